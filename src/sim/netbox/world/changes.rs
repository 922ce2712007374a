//! The change log.

use super::{Fields, Object, World};
use crate::netbox::table::Model;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Who writes, and in which request.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    pub user: u64,
    pub name: String,
    pub request: String,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    Create,
    Update,
    Delete,
}

impl Action {
    /// Value and label.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Create => ("create", "Created"),
            Self::Update => ("update", "Updated"),
            Self::Delete => ("delete", "Deleted"),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    pub id: u64,
    pub time: u64,
    pub user: u64,
    pub user_name: String,
    pub request: String,
    pub action: Action,
    pub kind: String,
    pub object: u64,
    pub display: String,
    pub message: String,
    pub before: Value,
    pub after: Value,
}

/// Older ones are forgotten, as the real one does after ninety days.
const KEPT: usize = 2000;

impl World {
    pub fn note(&mut self, action: Action, model: &Model, id: u64, before: Option<&Object>, after: Option<&Object>) {
        let display = after.or(before).map(|o| self.display_of(model, id, o)).unwrap_or_default();
        let plain = |object: Option<&Object>| object.map_or(Value::Null, |o| Value::Object(self.plain(o)));
        let (before, after) = (plain(before), plain(after));
        self.last_change += 1;
        let Self { writer, last_change, .. } = &*self;
        let change = Change {
            id: *last_change,
            time: 0,
            user: writer.user,
            user_name: writer.name.clone(),
            request: writer.request.clone(),
            action,
            kind: model.kind.to_owned(),
            object: id,
            display,
            message: writer.message.clone(),
            before,
            after: if action == Action::Delete { json!({}) } else { after },
        };
        let time = self.moment();
        self.changes.push(Change { time, ..change });
        if self.changes.len() > 2 * KEPT {
            let surplus = self.changes.len() - KEPT;
            self.changes.drain(..surplus);
            self.undo_changes = self.undo_changes.saturating_sub(surplus);
        }
    }

    /// As the database has it: ids, bare values, tags by name.
    fn plain(&self, object: &Object) -> Fields {
        let mut values = object.values.clone();
        if let Some(Value::Array(tags)) = values.get_mut("tags") {
            for tag in tags {
                *tag = json!(tag.as_u64().map(|id| self.display("extras.tag", id)));
            }
        }
        values
    }
}
