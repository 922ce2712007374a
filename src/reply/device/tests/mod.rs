//! Filters against Ansible's, our templates with their samples, users' templates, and what is said of bad ones.

mod ansible;
mod bad;
mod built_in;
mod own;
mod tables;

use super::Templates;
use direttore_domain::Instant;
use serde_json::Value as Json;

/// 2026-11-22 10:00:00.
const NOW: Instant = Instant(1_795_341_600_000);

fn with(templates: &[(&str, &str)]) -> Templates {
    Templates::new(templates.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

/// What one template says of data.
fn say(text: &str, data: &Json) -> Result<String, String> {
    let rendered = with(&[("x/one.j2", text)]).render("x/one", data, NOW);
    rendered.map(|rendered| rendered.text).map_err(|error| error.to_string())
}
