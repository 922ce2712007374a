//! Tables in letters of one width, no wider than a phone shows.

use super::markdown;
use direttore_reply::{Cell, Table};
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a phone shows without wrapping.
const WIDE: usize = 60;
/// A column that is made narrower keeps as much.
const NARROW: usize = 6;
const GAP: usize = 2;

pub(super) fn block(table: &Table) -> String {
    let cells = cells(table);
    let mut widths = widths(&cells);
    while widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1) > WIDE {
        // The widest gives way: names and numbers are short. Half a time would be another time.
        let may = widths.iter_mut().zip(&table.columns).filter(|(_, column)| *column != Table::WHEN);
        let Some(width) = may.map(|(width, _)| width).max().filter(|w| **w > NARROW) else { break };
        *width -= 1;
    }
    markdown::block(&lines(table, &cells, &widths))
}

/// With all columns as wide as they need.
pub(super) fn whole(table: &Table) -> String {
    let cells = cells(table);
    lines(table, &cells, &widths(&cells))
}

/// A cell as it is shown, and how wide it is.
struct Shown<'a> {
    text: Cow<'a, str>,
    width: usize,
}

impl<'a> From<Cow<'a, str>> for Shown<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self { width: text.width(), text }
    }
}

/// The names of the columns, then the rows.
fn cells(table: &Table) -> Vec<Vec<Shown<'_>>> {
    let head = table.columns.iter().map(|name| Cow::from(name).into()).collect();
    let rows = table.rows.iter().map(|row| row.iter().map(|cell| text(cell).into()).collect());
    std::iter::once(head).chain(rows).collect()
}

fn text(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => text.into(),
        Cell::Number(_) => cell.to_string().into(),
    }
}

/// Of each column the widest.
fn widths(cells: &[Vec<Shown<'_>>]) -> Vec<usize> {
    let columns = cells.first().map_or(0, Vec::len);
    (0..columns)
        .map(|at| cells.iter().filter_map(|row| row.get(at)).map(|cell| cell.width).max().unwrap_or(0))
        .collect()
}

fn lines(table: &Table, cells: &[Vec<Shown<'_>>], widths: &[usize]) -> String {
    let is_number: Vec<bool> = (0..table.columns.len())
        .map(|at| !table.rows.is_empty() && table.rows.iter().all(|row| row.get(at).is_some_and(Cell::is_number)))
        .collect();
    let mut out = String::new();
    for row in cells {
        let begin = out.len();
        for ((cell, width), is_right) in row.iter().zip(widths).zip(&is_number) {
            put(&mut out, cell, *width, *is_right);
            out.push_str("  ");
        }
        out.truncate(begin + out[begin..].trim_end().len());
        out.push('\n');
    }
    out.pop();
    out
}

/// Exactly so wide: cut, or filled with spaces.
fn put(out: &mut String, cell: &Shown<'_>, width: usize, is_right: bool) {
    let cut = (cell.width > width).then(|| Shown::from(Cow::from(cut(&cell.text, width))));
    let cell = cut.as_ref().unwrap_or(cell);
    let spaces = std::iter::repeat_n(' ', width.saturating_sub(cell.width));
    if is_right {
        out.extend(spaces);
        out.push_str(&cell.text);
    } else {
        out.push_str(&cell.text);
        out.extend(spaces);
    }
}

fn cut(text: &str, width: usize) -> String {
    let mut shown = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        shown.push(c);
    }
    shown.push('…');
    shown
}
