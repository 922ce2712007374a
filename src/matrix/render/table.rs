//! Tables: with spaces where nothing is drawn, as a table where something is.

use super::html::escaped;
use direttore_domain::text::visible;
use direttore_reply::{Cell, Table};
use unicode_width::UnicodeWidthStr;

/// Cells of a column that are all numbers stand at its right.
fn is_number(table: &Table, at: usize) -> bool {
    table.rows.iter().all(|row| row.get(at).is_some_and(Cell::is_number))
}

fn cell(row: &[Cell], at: usize) -> String {
    row.get(at).map(|cell| visible(&cell.to_string())).unwrap_or_default()
}

pub(super) fn plain(table: &Table) -> String {
    let columns = 0..table.columns.len();
    let widths: Vec<usize> = columns
        .clone()
        .map(|at| {
            let cells = table.rows.iter().map(|row| cell(row, at).width());
            cells.chain([visible(&table.columns[at]).width()]).max().unwrap_or(0)
        })
        .collect();
    let numbers: Vec<bool> = columns.clone().map(|at| is_number(table, at)).collect();
    let line = |cells: Vec<String>| {
        let fitted = cells.iter().enumerate().map(|(at, cell)| {
            let pad = " ".repeat(widths[at].saturating_sub(cell.width()));
            if numbers[at] { pad + cell.as_str() } else { format!("{cell}{pad}") }
        });
        fitted.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let head = table.columns.iter().map(|name| visible(name)).collect();
    let rows = table.rows.iter().map(|row| columns.clone().map(|at| cell(row, at)).collect());
    std::iter::once(head).chain(rows).map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn html(table: &Table) -> String {
    let heads: String = table.columns.iter().map(|name| format!("<th>{}</th>", escaped(&visible(name)))).collect();
    let row = |row: &Vec<Cell>| {
        let cells = (0..table.columns.len()).map(|at| format!("<td>{}</td>", escaped(&cell(row, at))));
        format!("<tr>{}</tr>", cells.collect::<String>())
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!("<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")
}
