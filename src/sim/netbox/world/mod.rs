//! What there is: objects in tables, kept as the database keeps them (bare choices, ids of other objects).
//!
//! Nothing here knows HTTP. `write` reads a body, `rules` holds what is peculiar to a kind of object, `show` writes it
//! out, `delete` follows what hangs on what, `custom` is about custom fields, `access` about users and tokens. Every
//! change goes through [`World::put`] and [`World::take`], which remember how it was, so that a request that fails leaves
//! nothing behind.

pub mod access;
mod changes;
mod context;
mod counts;
pub mod custom;
mod delete;
pub mod made;
pub mod parse;
mod rules;
mod show;
mod view;
mod write;

pub use access::{Permission, User};
pub use changes::{Action, Change};
pub use context::merge;
pub use show::Form;
pub use write::Write;

use super::{Version, net::Net, table, time};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

pub type Fields = Map<String, Value>;

/// One object. Values by field name, without `id`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    pub values: Fields,
    /// Microseconds since 1970.
    pub created: u64,
    pub updated: u64,
    /// The address or network that it is about, read.
    #[serde(skip)]
    pub net: Option<Net>,
}

impl Object {
    pub fn get(&self, field: &str) -> &Value {
        self.values.get(field).unwrap_or(&Value::Null)
    }
    pub fn text(&self, field: &str) -> &str {
        self.get(field).as_str().unwrap_or_default()
    }
    /// The id of another object.
    pub fn id(&self, field: &str) -> Option<u64> {
        self.get(field).as_u64()
    }
    pub fn is(&self, field: &str) -> bool {
        self.get(field) == &Value::Bool(true)
    }
    pub fn ids(&self, field: &str) -> Vec<u64> {
        self.get(field).as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
    }
    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.values.insert(field.to_owned(), value.into());
    }
    /// The generic reference that is made of `…_type` and `…_id`.
    pub fn generic(&self, field: &str) -> Option<(&str, u64)> {
        Some((self.get(&format!("{field}_type")).as_str()?, self.id(&format!("{field}_id"))?))
    }

    fn read_net(&mut self) {
        let text = ["address", "prefix", "start_address"].iter().find_map(|f| self.get(f).as_str());
        self.net = text.and_then(Net::parse);
    }
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Table {
    /// The highest id ever given: a refused insertion uses one up, as in PostgreSQL.
    last: u64,
    rows: BTreeMap<u64, Arc<Object>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct World {
    pub version: Version,
    /// The objects are shown with this length of page at most.
    #[serde(skip)]
    pub max_page: usize,
    tables: BTreeMap<String, Table>,
    /// What is no object of the tables: passwords, secrets, permissions.
    pub users: BTreeMap<u64, User>,
    pub secrets: BTreeMap<u64, access::Secret>,
    pub changes: Vec<Change>,
    pub last_change: u64,
    /// No moment is given twice, so that every write moves the `ETag`.
    moment: u64,
    #[serde(skip)]
    undo: Vec<(String, u64, Option<Arc<Object>>)>,
    #[serde(skip)]
    undo_changes: usize,
    /// Who writes, and in which request.
    #[serde(skip)]
    pub writer: changes::Writer,
    #[serde(skip)]
    counts: counts::Cached,
}

impl World {
    pub fn new(version: Version) -> Self {
        Self {
            version,
            max_page: 1000,
            tables: BTreeMap::new(),
            users: BTreeMap::new(),
            secrets: BTreeMap::new(),
            changes: Vec::new(),
            last_change: 0,
            moment: 0,
            undo: Vec::new(),
            undo_changes: 0,
            writer: changes::Writer::default(),
            counts: counts::Cached::default(),
        }
    }

    /// What is not written on disk, made again.
    pub fn reindex(&mut self) {
        for table in self.tables.values_mut() {
            for object in table.rows.values_mut() {
                Arc::make_mut(object).read_net();
            }
        }
    }

    pub fn moment(&mut self) -> u64 {
        self.moment = time::now().max(self.moment + 1);
        self.moment
    }

    pub fn get(&self, kind: &str, id: u64) -> Option<&Arc<Object>> {
        self.tables.get(kind)?.rows.get(&id)
    }

    pub fn all(&self, kind: &str) -> impl Iterator<Item = (u64, &Arc<Object>)> {
        self.tables.get(kind).into_iter().flat_map(|t| t.rows.iter().map(|(id, object)| (*id, object)))
    }

    /// The first object of which the test holds.
    pub fn find(&self, kind: &str, test: impl Fn(&Object) -> bool) -> Option<(u64, &Arc<Object>)> {
        self.all(kind).find(|(_, object)| test(object))
    }

    pub fn next_id(&mut self, kind: &str) -> u64 {
        let table = self.tables.entry(kind.to_owned()).or_default();
        table.last += 1;
        table.last
    }

    /// Adds or replaces.
    pub fn put(&mut self, kind: &str, id: u64, mut object: Object) {
        object.read_net();
        self.counts = counts::Cached::default();
        let table = self.tables.entry(kind.to_owned()).or_default();
        let before = table.rows.insert(id, Arc::new(object));
        self.undo.push((kind.to_owned(), id, before));
    }

    pub fn take(&mut self, kind: &str, id: u64) {
        self.counts = counts::Cached::default();
        if let Some(table) = self.tables.get_mut(kind)
            && let Some(before) = table.rows.remove(&id)
        {
            self.undo.push((kind.to_owned(), id, Some(before)));
        }
    }

    /// Changes one field, which is no news to the change log.
    pub fn set(&mut self, kind: &str, id: u64, field: &str, value: impl Into<Value>) {
        if let Some(object) = self.get(kind, id) {
            let mut object = Object::clone(object);
            object.set(field, value);
            self.put(kind, id, object);
        }
    }

    /// Begins a request: what is done from here on can be undone.
    pub fn begin(&mut self) {
        self.undo.clear();
        self.undo_changes = self.changes.len();
    }

    pub fn roll_back(&mut self) {
        self.counts = counts::Cached::default();
        for (kind, id, before) in std::mem::take(&mut self.undo).into_iter().rev() {
            let rows = &mut self.tables.entry(kind).or_default().rows;
            match before {
                Some(object) => drop(rows.insert(id, object)),
                None => drop(rows.remove(&id)),
            }
        }
        self.changes.truncate(self.undo_changes);
        self.secrets.retain(|id, _| self.tables.get("users.token").is_some_and(|t| t.rows.contains_key(id)));
    }

    /// Whether anything changed since [`Self::begin`].
    pub fn is_changed(&self) -> bool {
        !self.undo.is_empty()
    }

    /// `r1 (A-1)`, `mgmt (10)`: what people see of an object.
    pub fn display(&self, kind: &str, id: u64) -> String {
        match (table::model(kind), self.get(kind, id)) {
            (Some(model), Some(object)) => self.display_of(model, id, object),
            _ => id.to_string(),
        }
    }
}
