//! `template check`: each template with its sample, before anybody needs it.

use super::{Rendered, TemplateError, Templates};
use direttore_domain::Instant;

/// One template, tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `junos/vlan`.
    pub template: String,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Renders(Rendered),
    /// So many rows of its sample.
    Reads(usize),
    /// It can be read, and there is no `<name>.sample.json` or `<name>.sample.txt` to try it with.
    NoSample,
    /// The sample is no JSON.
    WrongSample(String),
    /// It reads no row of its sample, or cannot be read itself.
    NoRows(String),
    Fails(TemplateError),
}

impl Check {
    pub fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::Renders(_) | Outcome::Reads(_) | Outcome::NoSample)
    }
}

impl Templates {
    /// All, by name. A part that others include has no sample of its own, and needs none.
    pub fn check_all(&self, at: Instant) -> Vec<Check> {
        let one = |name: &str| match (self.broken.get(name), self.sample(name)) {
            (Some(broken), _) => Outcome::Fails(broken.clone()),
            (None, None) => Outcome::NoSample,
            (None, Some(Err(why))) => Outcome::WrongSample(why.clone()),
            (None, Some(Ok(sample))) => self.render(name, sample, at).map_or_else(Outcome::Fails, Outcome::Renders),
        };
        let rendered = self.names().map(|name| (name, one(name)));
        let read = self.tables.names().map(|name| (name, self.check_table(name)));
        rendered.chain(read).map(|(name, outcome)| Check { template: name.to_owned(), outcome }).collect()
    }

    fn check_table(&self, name: &str) -> Outcome {
        let sample = self.tables.sample(name);
        match (self.tables.read(name, sample.unwrap_or_default()), sample) {
            (Err(why), _) => Outcome::NoRows(why),
            (Ok(_), None) => Outcome::NoSample,
            (Ok(found), Some(_)) if found.rows.is_empty() => {
                Outcome::NoRows("it finds no row in its sample".to_owned())
            }
            (Ok(found), Some(_)) => Outcome::Reads(found.rows.len()),
        }
    }
}
