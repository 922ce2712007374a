//! Rows as real agents have them, and agents that do not answer.

mod agents;
mod liars;
mod rows;
mod silence;

use super::{
    oids::Column,
    row::{Is, Tables},
};

fn number(n: u64) -> Is {
    Is::Number(n)
}

fn text(words: &str) -> Is {
    Is::Bytes(words.as_bytes().to_vec())
}

/// By column, index and value.
fn tables(rows: &[(Column, &[u32], Is)]) -> Tables {
    let mut tables = Tables::default();
    for (column, index, is) in rows {
        tables.rows.entry(*column).or_default().insert(index.to_vec(), is.clone());
    }
    tables
}
