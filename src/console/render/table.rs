//! Tables that fit: numbers to the right, the widest text columns cut with `…`, one cell a line when even that is too wide.

use super::paint::{Ink, Paint};
use direttore_domain::text::visible;
use direttore_reply::{Cell, Table};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const GAP: &str = "  ";
/// Text columns are not cut below this.
const NARROWEST: usize = 6;

pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The table as lines of at most `max` columns; none when there are no rows.
pub(super) fn lines(table: &Table, max: usize, paint: Paint) -> Vec<String> {
    if table.rows.is_empty() || table.columns.is_empty() {
        return Vec::new();
    }
    let columns: Vec<Column> = (0..table.columns.len()).map(|at| Column::new(table, at)).collect();
    match fit(&columns, max) {
        Some(widths) => grid(&columns, &widths, paint),
        None => records(&columns, max, paint),
    }
}

struct Column {
    name: String,
    cells: Vec<String>,
    widest: usize,
    /// All cells are numbers or quantities as `1.5 GiB`: aligned to the right and never cut.
    is_numeric: bool,
    is_whole: bool,
}

impl Column {
    fn new(table: &Table, at: usize) -> Self {
        let cells: Vec<&Cell> = table.rows.iter().filter_map(|row| row.get(at)).collect();
        let is_numeric = cells.iter().all(|cell| match cell {
            Cell::Number(_) => true,
            Cell::Text(text) => text.is_empty() || is_quantity(text),
        });
        let name = visible(&table.columns[at]);
        let cells: Vec<String> =
            table.rows.iter().map(|row| row.get(at).map(|c| visible(&c.to_string())).unwrap_or_default()).collect();
        let widest = cells.iter().chain([&name]).map(|cell| width(cell)).max().unwrap_or(0);
        let is_whole = is_numeric || name == Table::WHEN;
        Self { name, cells, widest, is_numeric, is_whole }
    }
}

/// A number with a short unit: `37 %`, `1.5 GiB`.
fn is_quantity(text: &str) -> bool {
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let is_number = number.starts_with(|c: char| c.is_ascii_digit() || c == '-') && number.parse::<f64>().is_ok();
    is_number && unit.len() <= 3 && unit.bytes().all(|b| b.is_ascii_alphabetic() || b == b'%')
}

/// The widths that make a row at most `max` wide; `None` when no cutting of text achieves that.
fn fit(columns: &[Column], max: usize) -> Option<Vec<usize>> {
    let room = max.checked_sub(GAP.len() * (columns.len() - 1))?;
    let mut widths: Vec<usize> =
        columns.iter().map(|c| if c.is_whole { c.widest } else { c.widest.min(room) }).collect();
    let mut excess = widths.iter().sum::<usize>().saturating_sub(room);
    while excess > 0 {
        let cut = (0..columns.len()).filter(|at| !columns[*at].is_whole).max_by_key(|at| widths[*at])?;
        if widths[cut] <= NARROWEST {
            return None;
        }
        widths[cut] -= 1;
        excess -= 1;
    }
    Some(widths)
}

fn grid(columns: &[Column], widths: &[usize], paint: Paint) -> Vec<String> {
    let row = |cell: &dyn Fn(&Column) -> String, ink: Option<Ink>| {
        let mut line = String::new();
        for (i, (column, wide)) in columns.iter().zip(widths).enumerate() {
            let text = cut(&cell(column), *wide);
            let pad = " ".repeat(wide.saturating_sub(width(&text)));
            let text = ink.map_or_else(|| text.clone(), |ink| paint.ink(ink, &text));
            if i > 0 {
                line.push_str(GAP);
            }
            if column.is_numeric {
                line.push_str(&pad);
                line.push_str(&text);
            } else {
                line.push_str(&text);
                line.push_str(&pad);
            }
        }
        line.truncate(line.trim_end_matches(' ').len());
        line
    };
    let mut lines = vec![row(&|column| column.name.clone(), Some(Ink::Dim))];
    let rows = columns.first().map_or(0, |c| c.cells.len());
    lines.extend((0..rows).map(|at| row(&|column| column.cells[at].clone(), None)));
    lines
}

/// `name  value`, a line each, an empty line between rows.
fn records(columns: &[Column], max: usize, paint: Paint) -> Vec<String> {
    let names = columns.iter().map(|c| width(&c.name)).max().unwrap_or(0).min(max / 2);
    let rows = columns.first().map_or(0, |c| c.cells.len());
    let mut lines = Vec::new();
    for at in 0..rows {
        if at > 0 {
            lines.push(String::new());
        }
        for column in columns.iter().filter(|c| !c.cells[at].is_empty()) {
            let name = cut(&column.name, names);
            let pad = " ".repeat(names.saturating_sub(width(&name)));
            let value = cut(&column.cells[at], max.saturating_sub(names + GAP.len()).max(NARROWEST));
            lines.push(format!("{}{pad}{GAP}{value}", paint.ink(Ink::Dim, &name)));
        }
    }
    lines
}

/// At most `wide` columns. Marks without a width count too: a thousand of them on one letter are cut as well.
fn cut(text: &str, wide: usize) -> String {
    let most = wide.saturating_mul(4);
    if width(text) <= wide && text.chars().count() <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars().take(most.saturating_sub(1)) {
        used += c.width().unwrap_or(0);
        if used >= wide {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}
