//! The engine as people who write templates for devices expect it.

use super::{filters, now};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, syntax::SyntaxConfig};
use std::{borrow::Cow, collections::BTreeSet, io, sync::Arc};

/// Bytes of one rendered text.
pub(super) const LONGEST: usize = 16 << 20;

/// Instructions of one rendering: thousands of interfaces fit, a loop without end does not.
const FUEL: u64 = 3_000_000;

/// How deep templates include, extend and call each other.
const DEPTH: usize = 100;

/// The names of all templates.
pub(super) type Shared = Arc<BTreeSet<String>>;

pub(super) fn new(names: &Shared) -> Environment<'static> {
    let mut env = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    env.set_syntax(syntax.expect("the delimiters are Jinja's own"));
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(DEPTH);
    // By this an error names what is undefined.
    env.set_debug(true);
    env.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    env.set_formatter(|out, _state, value| {
        if value.is_none() {
            return Err(Error::new(ErrorKind::InvalidOperation, "none cannot be printed"));
        }
        if value.is_undefined() {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        match value.as_str() {
            Some(text) => out.write_str(text).map_err(Error::from),
            // As Python says them.
            None if !value.is_number() && value.to_string() == "true" => out.write_str("True").map_err(Error::from),
            None if !value.is_number() && value.to_string() == "false" => out.write_str("False").map_err(Error::from),
            None => out.write_str(&value.to_string()).map_err(Error::from),
        }
    });
    let known = Arc::clone(names);
    env.set_path_join_callback(move |name, parent| joined(name, parent, &known));
    filters::add_to(&mut env);
    env.add_function("now", now::now);
    env
}

/// `{% include "part.j2" %}` means one of the same folder first.
fn joined<'s>(name: &'s str, parent: &'s str, known: &BTreeSet<String>) -> Cow<'s, str> {
    let bare = name.strip_prefix("./").unwrap_or(name);
    let bare = bare.strip_suffix(".j2").unwrap_or(bare);
    let beside = parent.rsplit_once('/').map(|(folder, _)| format!("{folder}/{bare}"));
    match beside.filter(|beside| known.contains(beside)) {
        Some(beside) => Cow::Owned(beside),
        None => Cow::Borrowed(bare),
    }
}

/// What is rendered, up to a limit.
#[derive(Default)]
pub(super) struct Written {
    pub(super) bytes: Vec<u8>,
    pub(super) is_over: bool,
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > LONGEST {
            self.is_over = true;
            return Err(io::Error::other("the text is too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
