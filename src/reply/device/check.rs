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
    /// It can be read, and there is no `<name>.sample.json` to try it with.
    NoSample,
    /// The sample is no JSON.
    WrongSample(String),
    Fails(TemplateError),
}

impl Check {
    pub fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::Renders(_) | Outcome::NoSample)
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
        self.names().map(|name| Check { template: name.to_owned(), outcome: one(name) }).collect()
    }
}
