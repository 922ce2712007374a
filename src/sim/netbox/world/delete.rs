//! Deletion: what goes along, what forgets, what stands in the way.

use super::{Action, World, rules};
use crate::netbox::table::{self, Fate, Kind};
use std::collections::BTreeSet;

/// Kind and id of an object.
type Named = (&'static str, u64);

impl World {
    /// # Errors
    /// Others depend on it; the words name them.
    pub fn delete(&mut self, kind: &str, id: u64) -> Result<(), String> {
        let (going, blocking) = self.closure(kind, id);
        if !blocking.is_empty() {
            let count = blocking.len();
            let names: Vec<String> =
                hashed(blocking).into_iter().map(|(k, id)| format!("{} ({id})", self.display(k, id))).collect();
            let were = if count == 1 { "object was" } else { "objects were" };
            return Err(format!("Unable to delete object. {count} dependent {were} found: {}", names.join(", ")));
        }
        // What was said is about the object itself, which is the last.
        let message = std::mem::take(&mut self.writer.message);
        let last = going.len();
        for ((kind, id), nth) in going.into_iter().zip(1..) {
            if nth == last {
                self.writer.message.clone_from(&message);
            }
            self.forget(kind, id);
            let Some(object) = self.get(kind, id).cloned() else { continue };
            let model = table::model(kind).expect("objects are of kinds of the table");
            self.note(Action::Delete, model, id, Some(&object), None);
            self.take(kind, id);
            rules::after_delete(self, model, &object);
        }
        Ok(())
    }

    /// Everything that goes with an object, it last, and everything that stands in the way.
    fn closure(&self, kind: &str, id: u64) -> (Vec<Named>, Vec<Named>) {
        let Some(model) = table::model(kind) else { return (Vec::new(), Vec::new()) };
        let mut going = vec![(model.kind, id, 0)];
        let mut known = BTreeSet::from([(model.kind, id)]);
        let mut blocking = Vec::new();
        let mut at = 0;
        while let Some((kind, id, depth)) = going.get(at).copied() {
            at += 1;
            for model in table::all() {
                for (other, object) in self.all(model.kind) {
                    let mut fate = None;
                    for field in model.fields {
                        match field.kind {
                            Kind::One(to, f) if to == kind && object.id(field.name) == Some(id) => fate = Some(f),
                            _ => {}
                        }
                    }
                    // What is assigned to an object goes with it; what merely lies in its scope does not.
                    if object.generic("assigned_object") == Some((kind, id)) {
                        fate = Some(Fate::Goes);
                    }
                    match fate {
                        Some(Fate::Goes) if known.insert((model.kind, other)) => {
                            going.push((model.kind, other, depth + 1));
                        }
                        Some(Fate::Protects) if !blocking.contains(&(model.kind, other)) => {
                            blocking.push((model.kind, other));
                        }
                        _ => {}
                    }
                }
            }
        }
        blocking.retain(|found| !known.contains(found));
        // Parts go before what they are parts of.
        going.sort_by_key(|(.., depth)| std::cmp::Reverse(*depth));
        (going.into_iter().map(|(kind, id, _)| (kind, id)).collect(), blocking)
    }

    /// Takes an object out of those that only mention it.
    fn forget(&mut self, kind: &str, id: u64) {
        for model in table::all() {
            let mentions: Vec<(u64, &'static table::Field)> = self
                .all(model.kind)
                .flat_map(|(other, o)| {
                    let names = move |f: &&'static table::Field| match f.kind {
                        Kind::One(to, Fate::Forgets) => to == kind && o.id(f.name) == Some(id),
                        Kind::Many(to) => to == kind && o.ids(f.name).contains(&id),
                        Kind::Tags => kind == "extras.tag" && o.ids(f.name).contains(&id),
                        _ => false,
                    };
                    model.fields.iter().filter(names).map(move |f| (other, f)).collect::<Vec<_>>()
                })
                .collect();
            for (other, field) in mentions {
                let rest = self.get(model.kind, other).map(|o| o.ids(field.name)).unwrap_or_default();
                let rest: Vec<u64> = rest.into_iter().filter(|i| *i != id).collect();
                match field.kind {
                    Kind::One(..) => self.set(model.kind, other, field.name, serde_json::Value::Null),
                    _ => self.set(model.kind, other, field.name, rest),
                }
            }
        }
    }
}

/// The order in which the real one names them: that of a Python set of ids, filled in this order.
fn hashed(found: Vec<Named>) -> Vec<Named> {
    let mut size = 8usize;
    while found.len() * 5 >= (size - 1) * 3 {
        size *= 4;
    }
    let mut slots: Vec<Option<Named>> = vec![None; size];
    for entry in found {
        let start = usize::try_from(entry.1).unwrap_or_default();
        let free = (0..size).map(|i| (start + i) % size).find(|slot| slots[*slot].is_none());
        slots[free.expect("a set is never full")] = Some(entry);
    }
    slots.into_iter().flatten().collect()
}
