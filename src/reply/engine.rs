//! From a template and its data to a reply.

use crate::{
    Cell, Reply, Table, filters,
    front::{self, Column, Front},
};
use direttore_domain::text;
use minijinja::{
    AutoEscape, Environment, Error, UndefinedBehavior, Value,
    value::{Serde, ValueKind},
};
use serde::Serialize;
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// Always ours: a template or its data is wrong.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error("there is no reply template {name}")]
    NoSuchTemplate { name: String },
    #[error("the reply template {template} cannot be rendered")]
    Template { template: String, source: Error },
    #[error("the reply template {template} has a wrong line ({why}): {line}")]
    Front { template: String, line: String, why: &'static str },
}

/// The reply that `templates/replies/<template>.j2` makes of `data`; `zone` is the reader's.
///
/// What the template does not know (`id`, `to`, `replaces`, `unasked`, `form`, `attachments`) is left empty.
pub fn render(template: &str, data: &impl Serialize, zone: &str) -> Result<Reply, RenderError> {
    static ENV: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(|| environment(TEMPLATES));
    match &*ENV {
        Ok(env) => render_in(env, template, data, zone),
        Err(broken) => {
            let template = broken.name().unwrap_or(template).to_owned();
            Err(RenderError::Template { template, source: Error::new(broken.kind(), broken.to_string()) })
        }
    }
}

/// Data as templates take it, which needs no way by JSON.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Values(Value);

impl Values {
    pub fn of(data: &impl Serialize) -> Self {
        Self(Value::from(Serde(data)))
    }
}

/// The names that [`render`] knows.
pub fn template_names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, _)| *name)
}

#[cfg(test)]
pub(crate) fn templates() -> &'static [(&'static str, &'static str)] {
    TEMPLATES
}

pub(crate) fn environment(templates: &[(&'static str, &'static str)]) -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    // Any mode but none: what `set` and macros capture is marked as escaped already, and not escaped again.
    env.set_auto_escape_callback(|_| AutoEscape::Custom("reply".into()));
    env.set_formatter(|out, _state, value| out.write_str(&filters::say(value)).map_err(Error::from));
    filters::add_to(&mut env);
    for (name, source) in templates {
        env.add_template_owned(*name, without_block_lines(source))?;
    }
    Ok(env)
}

/// A line of nothing but block tags and comments shall leave no line behind. Jinja's own `trim_blocks` would also join
/// the line after `title: {% if … %}…{% endif %}` to it. The line feed goes inside the last tag, so that errors still
/// name the right line.
fn without_block_lines(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        let tags = line.trim();
        match tags.len().checked_sub(2).filter(|_| line.ends_with('\n') && is_only_tags(tags)) {
            Some(close) => {
                let close = if tags[..close].ends_with(['-', '+']) { close - 1 } else { close };
                out.extend([&tags[..close], "\n", &tags[close..]]);
            }
            None => out.push_str(line),
        }
    }
    out
}

fn is_only_tags(line: &str) -> bool {
    let mut rest = line;
    while !rest.is_empty() {
        let close = match rest.get(..2) {
            Some("{%") => "%}",
            Some("{#") => "#}",
            _ => return false,
        };
        let Some(end) = rest.find(close) else { return false };
        rest = rest[end + 2..].trim_start();
    }
    !line.is_empty()
}

pub(crate) fn render_in(
    env: &Environment<'static>,
    name: &str,
    data: &impl Serialize,
    zone: &str,
) -> Result<Reply, RenderError> {
    let wrong = |source: Error| RenderError::Template { template: name.to_owned(), source };
    let template = env.get_template(name).map_err(|_| RenderError::NoSuchTemplate { name: name.to_owned() })?;
    let data = Value::from(Serde(data));
    let rendered = template.render(data.clone()).map_err(wrong)?;
    let Front { mut reply, rows, columns } = front::read(name, &rendered)?;
    reply.zone = zone.to_owned();
    if let Some(rows) = rows {
        reply.table = Some(table(&data, &rows, &columns, zone).map_err(wrong)?);
    }
    Ok(reply)
}

fn table(data: &Value, rows: &str, columns: &[Column], zone: &str) -> Result<Table, Error> {
    let list = lookup(data, rows)?;
    let mut table = Table { columns: columns.iter().map(|c| c.label.clone()).collect(), rows: Vec::new() };
    for row in list.try_iter()? {
        table.rows.push(columns.iter().map(|column| cell(&row, column, zone)).collect::<Result<_, _>>()?);
    }
    Ok(table)
}

/// `path` may name what lies deeper: `node.name`. Undefined when a part is missing.
fn lookup(value: &Value, path: &str) -> Result<Value, Error> {
    let mut found = value.clone();
    for part in path.split('.') {
        if found.is_undefined() || found.is_none() {
            return Ok(Value::UNDEFINED);
        }
        found = found.get_attr(part)?;
    }
    Ok(found)
}

fn cell(row: &Value, column: &Column, zone: &str) -> Result<Cell, Error> {
    let value = lookup(row, &column.key)?;
    if let Some(format) = &column.format {
        return Ok(Cell::Text(text::visible(&filters::formatted(&value, format, zone)?)));
    }
    if value.kind() == ValueKind::Number {
        return f64::try_from(value).map(Cell::from);
    }
    Ok(Cell::Text(text::visible(&filters::words(&value))))
}
