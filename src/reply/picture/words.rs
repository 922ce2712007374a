//! How values get into a picture: escaped for XML, on one line, and by these filters.

use super::{
    chart::{self, Plot, Point},
    ink::{self, Widths},
};
use crate::{filters, format};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use direttore_domain::text;
use minijinja::{Environment, Error, ErrorKind, State, Value, context, value::Kwargs};

/// For the words beside a picture: one line, nothing invisible.
pub(super) fn plain(value: &Value) -> String {
    text::visible(&filters::words(value))
}

/// For SVG: what a macro captured is XML already, all else becomes text.
pub(super) fn xml(value: &Value) -> String {
    match value.as_str() {
        Some(made) if value.is_safe() => made.to_owned(),
        _ => escaped(&drawable(value)),
    }
}

/// One line of what the font has; the rest are boxes. The drawing library would say so in the log, each time.
fn drawable(value: &Value) -> String {
    plain(value).chars().map(|c| if c.is_ascii() || ink::has(c) { c } else { '□' }).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn add_to(env: &mut Environment<'static>) {
    // They would let data through unescaped, or escape it for another language.
    for name in ["safe", "escape", "e", "pprint", "urlencode", "tojson"] {
        env.remove_filter(name);
    }
    env.add_filter("percent", |value: Value| said(&value, |v| Ok(format::percent(number(v)?))));
    env.add_filter("bytes", |value: Value| said(&value, |v| Ok(format::bytes(number(v)?))));
    env.add_filter("plural", |value: Value, one: String, many: Option<String>| {
        said(&value, |v| Ok(format::plural(number(v)?, &one, many.as_deref())))
    });
    env.add_filter("listed", |value: Value| {
        said(&value, |v| Ok(text::list(&v.try_iter()?.map(|item| plain(&item)).collect::<Vec<_>>())))
    });
    env.add_filter("when", |state: &State<'_, '_>, value: Value| {
        said(&value, |v| Ok(format::when(filters::instant(v)?, &zone(state))))
    });
    env.add_filter("time", |state: &State<'_, '_>, value: Value| {
        said(&value, |v| Ok(time(filters::instant(v)?.millis(), &zone(state))))
    });
    env.add_filter("fit", |value: Value, width: f64, size: f64, rest: Kwargs| {
        let is_bold = rest.get::<Option<bool>>("bold")?.unwrap_or_default();
        rest.assert_all_used()?;
        said(&value, |v| Ok(fitted(&drawable(v), width as f32, size as f32, is_bold)))
    });
    env.add_filter("peak", |samples: Value, key: String| Ok::<_, Error>(chart::peak(&points(&samples, &key)?)));
    env.add_filter("latest", |samples: Value, key: String| Ok::<_, Error>(chart::latest(&points(&samples, &key)?)));
    env.add_filter("trace", |samples: Value, key: String, on: Value| {
        Ok::<_, Error>(chart::trace(&points(&samples, &key)?, &plot(&on)?))
    });
    env.add_filter("area", |samples: Value, key: String, on: Value| {
        Ok::<_, Error>(chart::area(&points(&samples, &key)?, &plot(&on)?))
    });
    env.add_filter("gaps", |samples: Value, key: String, on: Value| {
        let gaps = chart::gaps(&points(&samples, &key)?, &plot(&on)?);
        Ok::<_, Error>(gaps.into_iter().map(|(x, width)| context! { x, width }).collect::<Vec<_>>())
    });
    env.add_filter("ticks", |state: &State<'_, '_>, on: Value| {
        let ticks = chart::ticks(&plot(&on)?, tz(&zone(state)));
        Ok::<_, Error>(ticks.into_iter().map(|(x, at)| context! { x, at }).collect::<Vec<_>>())
    });
}

/// Nothing for none.
fn said(value: &Value, say: impl Fn(&Value) -> Result<String, Error>) -> Result<String, Error> {
    match value {
        value if value.is_undefined() => Err(Error::from(ErrorKind::UndefinedError)),
        value if value.is_none() => Ok(String::new()),
        value => say(value),
    }
}

fn number(value: &Value) -> Result<f64, Error> {
    filters::number(value)
}

fn zone(state: &State<'_, '_>) -> String {
    state.lookup("zone").and_then(|zone| zone.as_str().map(str::to_owned)).unwrap_or_default()
}

fn tz(zone: &str) -> Tz {
    Tz::from_str_insensitive(zone).unwrap_or(Tz::UTC)
}

/// `14:05`.
fn time(millis: i64, zone: &str) -> String {
    let at = DateTime::<Utc>::from_timestamp_millis(millis);
    at.map(|at| at.with_timezone(&tz(zone)).format("%H:%M").to_string()).unwrap_or_default()
}

/// As much of it as is not wider; what was cut is shown by `…`.
pub(super) fn fitted(text: &str, width: f32, size: f32, is_bold: bool) -> String {
    let Some(widths) = Widths::new(size, is_bold) else { return text.to_owned() };
    if text.chars().map(|c| widths.of(c)).sum::<f32>() <= width {
        return text.to_owned();
    }
    let mut left = width - widths.of('…');
    let kept = text.chars().take_while(|c| {
        left -= widths.of(*c);
        left >= 0.0
    });
    kept.collect::<String>().trim_end().to_owned() + "…"
}

/// The samples' times (`at`, milliseconds) with what each has under `key`.
fn points(samples: &Value, key: &str) -> Result<Vec<Point>, Error> {
    let point = |sample: Value| {
        let value = sample.get_attr(key)?;
        let value = if value.is_none() || value.is_undefined() { None } else { Some(number(&value)?) };
        Ok(Point { at: number(&sample.get_attr("at")?)?, value })
    };
    samples.try_iter()?.map(point).collect()
}

fn plot(of: &Value) -> Result<Plot, Error> {
    let get = |key: &str| number(&of.get_attr(key)?);
    Ok(Plot {
        x: get("x")?,
        y: get("y")?,
        width: get("width")?,
        height: get("height")?,
        from: get("from")?,
        to: get("to")?,
        top: get("top")?,
    })
}
