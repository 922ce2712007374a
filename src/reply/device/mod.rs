//! What is sent to a network device, made of `templates/devices/<platform>/<name>.j2` and data.
//!
//! Templates are written as people who know Jinja with Ansible or Nornir write them: `trim_blocks`, `lstrip_blocks`, the
//! filters of Ansible (`filters/`). Nothing is escaped, an undefined name is an error, and so is printing nothing (`none`):
//! what comes out is a configuration. Templates of users lie over ours ([`folder::read`]); fuel, depth and size are
//! limited, because anybody may have written them. What is rendered depends on data alone, the moment among it, so that a
//! text that was approved can be made again.
//!
//! What a device answers is read by templates too, of another language (`table.rs`).
//!
//! Start at [`Templates`].

mod check;
mod environment;
mod filters;
pub mod folder;
mod now;
mod table;
mod trouble;

#[cfg(test)]
mod tests;

pub use check::{Check, Outcome};
pub use table::Rows;
pub use trouble::TemplateError;

use direttore_domain::Instant;
use environment::{Shared, Written};
use minijinja::{Environment, Value, value::Serde};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Write, sync::Arc};

include!(concat!(env!("OUT_DIR"), "/devices.rs"));

/// What one template said of one device's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// `junos/vlan`.
    pub template: String,
    /// Lines, each ended by a line feed; holds secrets if the data does.
    pub text: String,
    /// SHA-256 of the text, in hexadecimal digits.
    pub hash: String,
}

impl Rendered {
    /// A text from elsewhere, such as NetBox' own rendering.
    pub fn of(template: &str, text: String) -> Self {
        let mut hash = String::with_capacity(64);
        for byte in Sha256::digest(text.as_bytes()) {
            write!(hash, "{byte:02x}").expect("a string takes all");
        }
        Self { template: template.to_owned(), text, hash }
    }
}

/// One template or sample, by its path below `templates/devices`: `junos/vlan.j2`, `junos/vlan.sample.json`,
/// `eos/show_vlan.textfsm`, `eos/show_vlan.sample.txt`.
pub type Source = (String, String);

/// Ours, with those of users over them.
pub struct Templates {
    env: Environment<'static>,
    names: Vec<String>,
    broken: BTreeMap<String, TemplateError>,
    samples: BTreeMap<String, Result<Json, String>>,
    tables: table::Tables,
}

impl Templates {
    /// A user's template takes the place of ours with the same name. One that is broken is told of when it is asked for.
    pub fn new(users: impl IntoIterator<Item = Source>) -> Self {
        let ours = DEVICES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        let all: BTreeMap<String, String> = ours.chain(users).collect();
        let tables = table::Tables::new(&all);
        let names: Vec<String> = all.keys().filter_map(|path| path.strip_suffix(".j2")).map(str::to_owned).collect();
        let shared: Shared = Arc::new(names.iter().cloned().collect());
        let mut env = environment::new(&shared);
        let mut broken = BTreeMap::new();
        let mut samples = BTreeMap::new();
        for (path, text) in all {
            if let Some(name) = path.strip_suffix(".j2") {
                if let Err(error) = env.add_template_owned(name.to_owned(), text.clone()) {
                    broken.insert(name.to_owned(), TemplateError::of(name, &error, Some(&text), &Json::Null));
                }
            } else if let Some(name) = path.strip_suffix(".sample.json") {
                samples.insert(name.to_owned(), serde_json::from_str(&text).map_err(|error| error.to_string()));
            }
        }
        Self { env, names, broken, samples, tables }
    }

    /// `junos/vlan`, …
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Those of one platform: `vlan`, …
    pub fn of_platform(&self, platform: &str) -> Vec<&str> {
        self.names().filter_map(|name| name.split_once('/')).filter(|(of, _)| *of == platform).map(|(_, n)| n).collect()
    }

    /// The commands of a platform whose answers can be read as rows: `show vlan`, …
    pub fn tables_of(&self, platform: &str) -> Vec<String> {
        self.tables.of_platform(platform)
    }

    /// A command's answer as rows; none where there is no template for the command.
    pub fn table(&self, platform: &str, command: &str, answer: &str) -> Option<Result<Rows, String>> {
        self.tables.has(platform, command).then(|| self.tables.of_command(platform, command, answer))
    }

    /// `name` is `junos/vlan`. The context of NetBox (`config_context`) is also there by its own names, under those that
    /// `data` has itself; `at` is what `now()` gives.
    pub fn render(&self, name: &str, data: &Json, at: Instant) -> Result<Rendered, TemplateError> {
        if let Some(broken) = self.broken.get(name) {
            return Err(broken.clone());
        }
        let Ok(template) = self.env.get_template(name) else {
            let has = self.names.clone();
            let nearest = direttore_domain::nearest::nearest(name, has.iter().map(String::as_str)).map(str::to_owned);
            return Err(TemplateError::NoSuch { name: name.to_owned(), nearest, has });
        };
        let data = spread(data);
        let mut context = data.clone();
        context.insert("__now".to_owned(), Json::from(at.millis()));
        let mut out = Written::default();
        let done = template.render_captured_to(Value::from(Serde(&context)), &mut out).map(|_| ());
        if out.is_over {
            return Err(TemplateError::TooLong { name: name.to_owned(), max: environment::LONGEST });
        }
        done.map_err(|error| TemplateError::of(name, &error, None, &Json::Object(data)))?;
        let mut text = String::from_utf8(out.bytes).map_err(|_| TemplateError::NoText { name: name.to_owned() })?;
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(Rendered::of(name, text))
    }

    /// What a template is tried with by [`Templates::check_all`].
    pub fn sample(&self, name: &str) -> Option<&Result<Json, String>> {
        self.samples.get(name)
    }
}

/// The context's names beside those that are given.
fn spread(data: &Json) -> Map<String, Json> {
    let given = data.as_object().cloned().unwrap_or_default();
    let mut all = given.get("config_context").and_then(Json::as_object).cloned().unwrap_or_default();
    all.extend(given);
    all
}
