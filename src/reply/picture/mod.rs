//! What is drawn: `templates/pictures/<name>.svg.j2` and its data become a PNG, `<name>.alt.j2` says the same in words.
//!
//! The way: the template is filled in (`words.rs` escapes every value for XML and has the filters, `chart.rs` turns
//! samples into lines), `style.css` gives the looks, `ink.rs` makes dots of it with the fonts that are built in. Nothing
//! is loaded from a file, the network or the system. Templates and fonts are made ready at the first picture.
//!
//! Must never be the only place where something is said: the reply has the words, and a picture may be missing.

mod chart;
mod ink;
mod words;

#[cfg(test)]
mod tests;

use crate::Attachment;
use direttore_domain::text;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value, context, value::Serde};
use serde::Serialize;
use std::sync::LazyLock;

include!(concat!(env!("OUT_DIR"), "/pictures.rs"));

/// What Discord takes for an attachment's description, in characters.
const ALT: usize = 1024;

/// Always ours: a template or its data is wrong.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    #[error("there is no picture {name}")]
    NoSuchPicture { name: String },
    #[error("the picture's template {template} cannot be filled in")]
    Template { template: String, source: Error },
    #[error("the picture {name} is no SVG that can be drawn")]
    Svg { name: String, source: resvg::usvg::Error },
    #[error("the picture {name} has {wide} by {high} dots, and at most {most} in all can be drawn")]
    Size { name: String, wide: u32, high: u32, most: u32 },
    #[error("the picture {name} cannot be written as PNG")]
    Png { name: String, source: Box<dyn std::error::Error + Send + Sync> },
}

/// The picture that `templates/pictures/<name>.svg.j2` makes of `data`; `zone` is the reader's. It takes some ten
/// milliseconds of one processor, so that tasks let a thread of its own do it.
///
/// # Errors
/// Whatever is wrong with the template or its data.
pub fn draw(name: &str, data: &impl Serialize, zone: &str) -> Result<Attachment, DrawError> {
    static ENV: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(|| environment(PICTURES));
    match &*ENV {
        Ok(env) => draw_in(env, name, data, zone),
        Err(broken) => {
            let template = broken.name().unwrap_or(name).to_owned();
            Err(DrawError::Template { template, source: Error::new(broken.kind(), broken.to_string()) })
        }
    }
}

fn environment(templates: &[(&'static str, &'static str)]) -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|name| match name.ends_with(".svg") {
        true => AutoEscape::Custom("xml".into()),
        false => AutoEscape::None,
    });
    env.set_formatter(|out, state, value| {
        let said = match state.auto_escape() {
            AutoEscape::None => words::plain(value),
            _ => words::xml(value),
        };
        out.write_str(&said).map_err(Error::from)
    });
    words::add_to(&mut env);
    for (name, source) in templates {
        env.add_template_owned(*name, *source)?;
    }
    Ok(env)
}

fn draw_in(env: &Environment<'static>, name: &str, data: &impl Serialize, zone: &str) -> Result<Attachment, DrawError> {
    let data = Value::from(Serde(data));
    let filled_in = |ending: &str| {
        let template = format!("{name}.{ending}");
        let found = env.get_template(&template).map_err(|_| DrawError::NoSuchPicture { name: name.to_owned() })?;
        let wrong = |source| DrawError::Template { template: template.clone(), source };
        found.render(context! { zone, ..data.clone() }).map_err(wrong)
    };
    let svg = filled_in("svg")?;
    let alt = in_words(&filled_in("alt")?);
    let bytes = ink::png(name, &svg)?;
    Ok(Attachment { name: format!("{name}.png"), media_type: "image/png".to_owned(), bytes, alt })
}

/// The lines that are not empty, as many as fit; how many are left out is said.
fn in_words(filled_in: &str) -> String {
    let lines: Vec<&str> = filled_in.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let more = |left: usize| if left == 0 { String::new() } else { format!("\n… and {left} more") };
    let fitting = (1..=lines.len()).rev().find_map(|count| {
        let alt = lines[..count].join("\n") + &more(lines.len() - count);
        (alt.chars().count() <= ALT).then_some(alt)
    });
    fitting.unwrap_or_else(|| text::shorten(&lines.join(" "), ALT))
}
