//! Answers of several devices as one table.

use direttore_reply::device::Rows;
use serde_json::{Map, Value, json};

/// Columns by what they are called, and rows by the columns' places: `c0`, `c1`, …, and `device`.
#[derive(Debug, Default)]
pub(in super::super) struct Tabled {
    pub columns: Vec<String>,
    pub rows: Vec<Value>,
}

impl Tabled {
    /// A column that others have too is theirs; platforms do not all tell the same.
    pub fn add(&mut self, device: &str, found: &Rows) {
        let places: Vec<usize> = found.columns.iter().map(|name| self.place(&plain(name))).collect();
        for row in &found.rows {
            let cells = places.iter().zip(row).map(|(place, cell)| (format!("c{place}"), json!(cell)));
            let row: Map<String, Value> = cells.chain([("device".to_owned(), json!(device))]).collect();
            self.rows.push(Value::Object(row));
        }
    }

    /// Every row with a cell for every column.
    pub fn filled(mut self) -> Self {
        for row in &mut self.rows {
            for place in 0..self.columns.len() {
                if let Some(row) = row.as_object_mut() {
                    row.entry(format!("c{place}")).or_insert_with(|| json!(""));
                }
            }
        }
        self
    }

    fn place(&mut self, name: &str) -> usize {
        self.columns.iter().position(|column| column == name).unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        })
    }
}

/// What heads a column: words alone.
fn plain(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_platforms_tell_is_one_table() {
        let rows = |columns: &[&str], rows: &[&[&str]]| Rows {
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows: rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect(),
        };
        let mut all = Tabled::default();
        all.add("sw1", &rows(&["vlan_id", "name"], &[&["100", "servers"], &["200", ""]]));
        all.add("sw2", &rows(&["name", "ports"], &[&["lab", "Gi1"]]));
        let all = all.filled();
        assert_eq!(all.columns, ["vlan id", "name", "ports"]);
        assert_eq!(
            all.rows,
            [
                json!({ "device": "sw1", "c0": "100", "c1": "servers", "c2": "" }),
                json!({ "device": "sw1", "c0": "200", "c1": "", "c2": "" }),
                json!({ "device": "sw2", "c0": "", "c1": "lab", "c2": "Gi1" }),
            ]
        );
    }
}
