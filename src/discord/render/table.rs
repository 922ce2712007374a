//! Tables in letters of one width, no wider than a phone shows.

use super::markdown;
use direttore_reply::{Cell, Table};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a phone shows without wrapping.
const WIDE: usize = 60;
/// A column that is made narrower keeps as much.
const NARROW: usize = 6;
const GAP: usize = 2;

pub(super) fn block(table: &Table) -> String {
    let widest = widths(table);
    let mut widths = widest.clone();
    while widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1) > WIDE {
        // The widest gives way: names and numbers are short. Half a time would be another time.
        let may = widths.iter_mut().zip(&table.columns).filter(|(_, column)| *column != Table::WHEN);
        let Some(width) = may.map(|(width, _)| width).max().filter(|w| **w > NARROW) else { break };
        *width -= 1;
    }
    markdown::block(&lines(table, &widths))
}

/// With all columns as wide as they need.
pub(super) fn whole(table: &Table) -> String {
    lines(table, &widths(table))
}

fn widths(table: &Table) -> Vec<usize> {
    let column = |at: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.to_string().width());
        cells.chain([table.columns[at].width()]).max().unwrap_or(0)
    };
    (0..table.columns.len()).map(column).collect()
}

fn lines(table: &Table, widths: &[usize]) -> String {
    let is_number: Vec<bool> = (0..table.columns.len())
        .map(|at| !table.rows.is_empty() && table.rows.iter().all(|row| row.get(at).is_some_and(Cell::is_number)))
        .collect();
    let head: Vec<String> = table.columns.clone();
    let rows = table.rows.iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>());
    let line = |cells: Vec<String>| {
        let cells = cells.iter().zip(widths).zip(&is_number).map(|((cell, width), right)| fitted(cell, *width, *right));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    std::iter::once(head).chain(rows).map(line).collect::<Vec<_>>().join("\n")
}

/// Exactly so wide: cut, or filled with spaces.
fn fitted(cell: &str, width: usize, is_right: bool) -> String {
    let mut shown = cell.to_owned();
    if cell.width() > width {
        shown.clear();
        let mut used = 0;
        for c in cell.chars() {
            used += c.width().unwrap_or(0);
            if used + 1 > width {
                break;
            }
            shown.push(c);
        }
        shown.push('…');
    }
    let pad = " ".repeat(width.saturating_sub(shown.width()));
    if is_right { pad + &shown } else { shown + &pad }
}
