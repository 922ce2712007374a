//! What was given, typed by kind and ready for a handler's input.

use crate::{Command, Given, Kind, Opt, value};
use direttore_domain::{Refusal, nearest::nearest};
use serde_json::{Map, Value};

/// Values by the option's name: integer, seconds and grant are numbers, a flag is a boolean, an option that takes many
/// is an array, everything else a string. Defaults are filled in, an absent flag is `false`, an absent optional `many`
/// is `[]`; other absent options have no key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers(pub Map<String, Value>);

impl Command {
    /// Types what was given. An empty value counts as not given, so that a form's field can be left empty.
    /// Something required that is absent is no error here: see [`Answers::missing`].
    ///
    /// # Errors
    /// `unknown-option`, `given-twice`, `bad-value` and `unknown-value`.
    pub fn answers(&self, given: &Given) -> Result<Answers, Refusal> {
        if let Some(unknown) = given.keys().find(|k| self.option(k).is_none()) {
            return Err(self.unknown_option(unknown));
        }
        let mut answers = Map::new();
        for option in &self.options {
            let given = given.get(&option.name).map_or(&[][..], Vec::as_slice);
            if let Some(value) = one_answer(option, given)? {
                answers.insert(option.name.clone(), value);
            }
        }
        Ok(Answers(answers))
    }

    pub(crate) fn unknown_option(&self, given: &str) -> Refusal {
        let names = || self.options.iter().map(|o| o.name.as_str());
        Refusal::UnknownOption {
            command: self.path.clone(),
            given: value::shown(given),
            nearest: nearest(given, names()).map(str::to_owned),
            has: names().map(str::to_owned).collect(),
        }
    }
}

fn one_answer(option: &Opt, given: &[String]) -> Result<Option<Value>, Refusal> {
    let given: Vec<&String> = given.iter().filter(|v| !v.trim().is_empty()).collect();
    match given.as_slice() {
        [] => Ok(option.default.clone().or_else(|| when_absent(option))),
        values if option.many => {
            let typed: Result<Vec<Value>, Refusal> = values.iter().map(|v| value::typed(option, v)).collect();
            let mut distinct: Vec<Value> = Vec::new();
            typed?.into_iter().for_each(|v| {
                if !distinct.contains(&v) {
                    distinct.push(v);
                }
            });
            Ok(Some(distinct.into()))
        }
        [one] => value::typed(option, one).map(Some),
        _ => Err(Refusal::GivenTwice { option: option.name.clone() }),
    }
}

fn when_absent(option: &Opt) -> Option<Value> {
    match option.kind {
        Kind::Flag => Some(false.into()),
        _ if option.many && !option.required => Some(Value::Array(Vec::new())),
        _ if option.many && option.unless.is_some() => Some(Value::Array(Vec::new())),
        _ => None,
    }
}

impl Answers {
    /// Whether the option has a value: an empty list is none.
    fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|v| v.as_array().is_none_or(|list| !list.is_empty()))
    }

    /// Options that must still be asked for, in the command's order.
    pub fn missing<'c>(&self, command: &'c Command) -> Vec<&'c Opt> {
        let excused = |o: &Opt| o.unless.as_deref().is_some_and(|other| self.has(other));
        command.options.iter().filter(|o| o.required && !self.has(&o.name) && !excused(o)).collect()
    }
}
