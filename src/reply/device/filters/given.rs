//! Arguments of a filter, in order or by name, as Python takes them.

use super::wrong;
use minijinja::{
    Error, Value,
    value::{Kwargs, Rest},
};

pub(in super::super) struct Given {
    filter: &'static str,
    names: &'static [&'static str],
    values: Vec<Option<Value>>,
}

impl Given {
    /// `names` in Python's order.
    pub(in super::super) fn read(
        filter: &'static str,
        names: &'static [&'static str],
        args: &Rest<Value>,
        named: &Kwargs,
    ) -> Result<Self, Error> {
        let positional: &[Value] = args;
        if positional.len() > names.len() {
            return Err(wrong(format!("{filter} takes at most {}, {} were given", names.len(), positional.len())));
        }
        let mut values: Vec<Option<Value>> = positional.iter().cloned().map(Some).collect();
        values.resize(names.len(), None);
        for name in named.args() {
            let Some(at) = names.iter().position(|known| *known == name) else {
                return Err(wrong(format!("{filter} has no argument {name}, it has {}", names.join(", "))));
            };
            values[at] = Some(named.peek(name)?);
        }
        Ok(Self { filter, names, values })
    }

    pub(in super::super) fn get(&self, name: &str) -> Option<&Value> {
        let at = self.names.iter().position(|known| *known == name)?;
        self.values[at].as_ref().filter(|value| !value.is_undefined())
    }

    pub(in super::super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_none()).map(super::text)
    }

    pub(in super::super) fn need_text(&self, name: &str) -> Result<String, Error> {
        self.text(name).ok_or_else(|| wrong(format!("{} needs {name}", self.filter)))
    }

    pub(in super::super) fn flag(&self, name: &str, otherwise: bool) -> bool {
        self.get(name).map_or(otherwise, Value::is_true)
    }

    pub(in super::super) fn number(&self, name: &str, otherwise: i64) -> Result<i64, Error> {
        match self.get(name) {
            None => Ok(otherwise),
            Some(value) => whole(value)
                .and_then(|n| i64::try_from(n).ok())
                .ok_or_else(|| wrong(format!("{}: {name} is {value}, which is no whole number", self.filter))),
        }
    }
}

/// A whole number, also one that is written as a text.
pub(super) fn whole(value: &Value) -> Option<i128> {
    if value.is_integer() { i128::try_from(value.clone()).ok() } else { value.as_str()?.trim().parse().ok() }
}
