//! What was given, typed by kind and ready for a handler's input.

use crate::{Command, Given, Kind, Opt, value};
use direttore_domain::{Refusal, when};
use serde_json::{Map, Value};

/// Values by the option's name: integer, seconds, grant and VMID are numbers, a flag is a boolean, an option that takes
/// many or may be there several times is an array, everything else a string, in its one spelling. Defaults are filled
/// in, an absent flag is `false`, an absent optional array is `[]`; other absent options have no key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers(pub Map<String, Value>);

impl Command {
    /// Types what was given. An empty value counts as not given, so that a form's field can be left empty.
    /// Something required that is absent is no error here: see [`Answers::missing`].
    ///
    /// # Errors
    /// `unknown-option`, `given-twice`, `bad-value` and `unknown-value`; of a repeated option with its key, `nic2`.
    pub fn answers(&self, given: &Given) -> Result<Answers, Refusal> {
        if let Some(unknown) = given.keys().find(|k| self.option(k).is_none()) {
            return Err(self.unknown_option(unknown));
        }
        let mut answers = Map::new();
        for option in &self.options {
            let value = match option.at_most {
                Some(_) => Some(repeated_answer(option, given)?.into()),
                None => one_answer(option, given.get(&option.name).map_or(&[][..], Vec::as_slice))?,
            };
            if let Some(value) = value {
                answers.insert(option.name.clone(), value);
            }
        }
        Ok(Answers(answers))
    }
}

fn one_answer(option: &Opt, given: &[String]) -> Result<Option<Value>, Refusal> {
    let given: Vec<&String> = given.iter().filter(|v| !v.trim().is_empty()).collect();
    match given.as_slice() {
        [] => Ok(option.default.clone().or_else(|| when_absent(option))),
        values if option.many => {
            let typed: Result<Vec<Value>, Refusal> =
                values.iter().map(|v| value::typed(option, &option.name, v)).collect();
            let mut distinct: Vec<Value> = Vec::new();
            typed?.into_iter().for_each(|v| {
                if !distinct.contains(&v) {
                    distinct.push(v);
                }
            });
            Ok(Some(distinct.into()))
        }
        [one] => value::typed(option, &option.name, one).map(Some),
        _ => Err(Refusal::GivenTwice { option: option.name.clone() }),
    }
}

/// All that are there, in order.
fn repeated_answer(option: &Opt, given: &Given) -> Result<Vec<Value>, Refusal> {
    let is_twice = |key: &String| given.get(key).is_some_and(|v| !v.is_empty());
    if is_twice(&option.name) && is_twice(&option.key(1)) {
        return Err(Refusal::GivenTwice { option: option.key(1) });
    }
    let mut typed = Vec::new();
    for nth in option.repetitions(given) {
        match option.values(given, nth) {
            // An interface of which nothing is said is one all the same.
            [one] if option.kind != Kind::Nic && one.trim().is_empty() => {}
            [one] => typed.push(value::typed(option, &option.key(nth), one)?),
            _ => return Err(Refusal::GivenTwice { option: option.key(nth) }),
        }
    }
    Ok(typed)
}

fn when_absent(option: &Opt) -> Option<Value> {
    match option.kind {
        Kind::Flag => Some(false.into()),
        _ if option.many && !option.required => Some(Value::Array(Vec::new())),
        _ if option.many && !option.unless.is_empty() => Some(Value::Array(Vec::new())),
        _ => None,
    }
}

impl Answers {
    /// Whether the option has a value: an empty list is none.
    fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|v| v.as_array().is_none_or(|list| !list.is_empty()))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Options that must still be asked for, in the command's order.
    pub fn missing<'c>(&self, command: &'c Command) -> Vec<&'c Opt> {
        // "fri 14:00-16:00" says in the start when it ends.
        let is_window = |o: &Opt| o.kind == Kind::When && self.text(&o.name).is_some_and(when::has_end);
        let ends = command.options.iter().any(is_window);
        let excused = |o: &Opt| {
            o.unless.iter().any(|other| self.has(other)) || (ends && !o.unless.is_empty() && o.kind == Kind::Length)
        };
        command.options.iter().filter(|o| o.required && !self.has(&o.name) && !excused(o)).collect()
    }
}
