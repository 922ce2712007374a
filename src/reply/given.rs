//! Templates that a configuration gives: the language of `templates/replies/`, for a title and a text, and for single
//! values, which are taken as they are.

use crate::{
    RenderError, Reply,
    engine::{environment, render_in},
    filters,
};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value, value::Serde};
use serde::Serialize;

const NAME: &str = "of the configuration";

/// What is said: a title, and a text that may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    source: String,
}

impl Spoken {
    /// # Errors
    /// Why it cannot be read, as a clause.
    pub fn new(title: &str, text: &str) -> Result<Self, String> {
        if title.trim().is_empty() || title.contains('\n') {
            return Err("the title is one line that is not empty".to_owned());
        }
        let spoken = Self { source: format!("---\ntitle: {}\npublic: true\n---\n{text}", title.trim()) };
        spoken.environment().map_err(|why| words(&why))?;
        Ok(spoken)
    }

    fn environment(&self) -> Result<Environment<'static>, Error> {
        let mut env = environment(&[])?;
        env.add_template_owned(NAME, self.source.clone())?;
        Ok(env)
    }

    /// The reply that it makes of the data, which is escaped.
    ///
    /// # Errors
    /// It names what the data has not, or its markup cannot be read; as a clause.
    pub fn render(&self, data: &impl Serialize) -> Result<Reply, String> {
        let env = self.environment().map_err(|why| words(&why))?;
        render_in(&env, NAME, data, "UTC").map_err(|why| match why {
            RenderError::Template { source, .. } => words(&source),
            RenderError::Front { line, why, .. } => format!("{why} in {line:?}"),
            other @ RenderError::NoSuchTemplate { .. } => other.to_string(),
        })
    }
}

/// One value, like `{{ data.name }}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    source: String,
}

impl Filled {
    /// # Errors
    /// Why it cannot be read, as a clause.
    pub fn new(source: &str) -> Result<Self, String> {
        let filled = Self { source: source.to_owned() };
        filled.environment().map_err(|why| words(&why))?;
        Ok(filled)
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    fn environment(&self) -> Result<Environment<'static>, Error> {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|_| AutoEscape::None);
        env.set_formatter(|out, _state, value| out.write_str(&filters::words(value)).map_err(Error::from));
        env.add_template_owned(NAME, self.source.clone())?;
        Ok(env)
    }

    /// The value, as it stands in the data.
    ///
    /// # Errors
    /// It names what the data has not, as a clause.
    pub fn render(&self, data: &impl Serialize) -> Result<String, String> {
        let rendered = self.environment().and_then(|env| env.get_template(NAME)?.render(Value::from(Serde(data))));
        rendered.map_err(|why| format!("{:?} cannot be filled in: {}", self.source, words(&why)))
    }
}

/// Without the template's name, which says nothing.
fn words(error: &Error) -> String {
    let kind = error.kind().to_string();
    match error.detail() {
        Some(detail) => format!("{kind} ({detail})"),
        None => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn data_is_no_markup() {
        let spoken =
            Spoken::new("{{ data.name }} is {{ data.state | code }}", "**now**\n{{ data.name }}").expect("right");
        let reply =
            spoken.render(&json!({ "data": { "name": "**x**\n---\ntone: failed", "state": "up" } })).expect("said");
        assert_eq!(reply.title.plain("UTC"), "**x**\\n---\\ntone: failed is up");
        assert!(reply.public && reply.tone != crate::Tone::Failed);
        assert!(reply.text.plain("UTC").starts_with("now"));
    }

    #[test]
    fn what_cannot_be_read_is_said_when_it_is_given() {
        assert!(Spoken::new("{{ data.name", "").is_err() && Spoken::new("a\nb", "").is_err());
        assert!(Spoken::new(" ", "").is_err() && Spoken::new("x", "{% if %}").is_err());
        assert!(Filled::new("{{").is_err());
        let missing = Spoken::new("{{ data.nothing.more }}", "").expect("it can be read");
        assert!(missing.render(&json!({ "data": {} })).is_err());
    }

    #[test]
    fn a_value_stays_as_it_is() {
        let filled = Filled::new("{{ data.name }}-{{ data.id }}").expect("right");
        assert_eq!(filled.render(&json!({ "data": { "name": "a*b", "id": 7 } })).as_deref(), Ok("a*b-7"));
        let why = filled.render(&json!({ "data": { "name": "x" } })).expect_err("no id");
        assert!(why.contains("cannot be filled in"), "{why}");
    }
}
