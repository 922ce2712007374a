//! A line of text as a command and what was given with it.
//!
//! ```text
//! line    = ["/"] words { value | flag | name "=" value }
//! words   = group verb | word                     in any case, other names too
//! value   = text without spaces | "a b" | 'a b'   \ takes the next character as it is
//! ```
//! Values without a name go to the positional options in their order. An option that takes many takes all values that
//! are left, and several between commas. An option that takes the rest takes the line as it stands from there on.
//! A flag is said by its name alone or as `name=yes`; a quoted word is always a value. An option that may be there
//! several times is said as `nic1=… nic2=…`.

use crate::{
    Catalog, Command, Kind, Opt,
    split::{Word, next_word},
    value::{flag, shown},
};
use direttore_domain::{Refusal, nearest::nearest};
use std::collections::BTreeMap;

/// Longer lines are refused, in characters.
pub const MAX_LINE: usize = 4000;

/// Raw values by the option's name, or by `nic1`, `nic2`, … Only options that take many have several.
pub type Given = BTreeMap<String, Vec<String>>;

/// What a line asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked<'c> {
    pub command: &'c Command,
    pub given: Given,
}

impl Catalog {
    /// Reads one line. Values are taken as they are; [`Command::answers`] checks them.
    ///
    /// # Errors
    /// `unknown-command`, `unknown-option`, `given-twice`, `too-many-values`, `open-quote` and `too-long`.
    pub fn read(&self, line: &str) -> Result<Asked<'_>, Refusal> {
        let characters = line.chars().count();
        if characters > MAX_LINE {
            return Err(Refusal::TooLong { given: characters, max: MAX_LINE });
        }
        let (command, from) = self.find(line)?;
        let mut taking = Taking::new(command);
        taking.take(line, from)?;
        Ok(Asked { command, given: taking.given })
    }

    /// The command that a line begins with, and the byte where its words end.
    fn find(&self, line: &str) -> Result<(&Command, usize), Refusal> {
        let Some(first) = next_word(line, words_from(line)) else {
            return Err(Refusal::UnknownCommand { given: String::new(), nearest: None });
        };
        let one = first.text.to_lowercase();
        let second = next_word(line, first.end_at);
        if let Some(second) = &second {
            let two = format!("{one} {}", second.text.to_lowercase());
            if let Some(command) = self.get(&two) {
                return Ok((command, second.end_at));
            }
        }
        match self.get(&one) {
            Some(command) => Ok((command, first.end_at)),
            None => Err(self.unknown(&one, second.map(|w| w.text.to_lowercase()))),
        }
    }

    /// Looks for what may have been meant: a verb of this group, a group with such a name, a verb said without its group.
    fn unknown(&self, first: &str, second: Option<String>) -> Refusal {
        let either = |names: &[String]| (!names.is_empty()).then(|| join_or(names));
        let paths = |group: &str| self.group(group).map(|c| c.path.clone()).collect::<Vec<_>>();
        if self.groups.contains_key(first) {
            let near = second.as_deref().and_then(|s| nearest(s, self.group(first).map(Command::verb)));
            return Refusal::UnknownCommand {
                given: shown(&[Some(first), second.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ")),
                nearest: near.map(|verb| format!("{first} {verb}")).or_else(|| either(&paths(first))),
            };
        }
        let same_verb: Vec<String> =
            self.commands.iter().filter(|c| c.verb() == first).map(|c| c.path.clone()).collect();
        let near_group = nearest(first, self.groups.keys().map(String::as_str));
        let near_pair = near_group.and_then(|group| {
            let verb = nearest(second.as_deref()?, self.group(group).map(Command::verb))?;
            Some(format!("{group} {verb}"))
        });
        let near = near_pair
            .or_else(|| either(&same_verb))
            .or_else(|| nearest(first, self.names.keys().map(String::as_str)).map(str::to_owned))
            .or_else(|| near_group.and_then(|group| either(&paths(group))));
        Refusal::UnknownCommand { given: shown(first), nearest: near }
    }
}

/// Where the command's words begin: after spaces and one `/`.
pub(crate) fn words_from(line: &str) -> usize {
    let spaces = line.len() - line.trim_start().len();
    spaces + usize::from(line[spaces..].starts_with('/'))
}

/// `a`, `a or b`, `a, b or c`.
fn join_or(names: &[String]) -> String {
    match names {
        [init @ .., last] if !init.is_empty() => format!("{} or {last}", init.join(", ")),
        names => names.concat(),
    }
}

/// What a word after the command's own words is.
pub(crate) enum Place<'c> {
    /// `name=…`, with its key in [`Given`] and the value's first byte in the word's text.
    Named(&'c Opt, String, usize),
    Flag(&'c Opt),
    Positional(&'c Opt),
    /// The line from here on.
    Rest(&'c Opt),
    UnknownName(String),
    TooMany,
}

/// Options filled word by word.
pub(crate) struct Taking<'c> {
    command: &'c Command,
    pub(crate) given: Given,
}

impl<'c> Taking<'c> {
    pub(crate) fn new(command: &'c Command) -> Self {
        Self { command, given: Given::new() }
    }

    pub(crate) fn command(&self) -> &'c Command {
        self.command
    }

    fn take(&mut self, line: &str, mut from: usize) -> Result<(), Refusal> {
        while let Some(word) = next_word(line, from) {
            from = match self.place(&word) {
                Place::Rest(option) => {
                    self.add(option, &option.name, vec![rest_of(line, &word)])?;
                    line.len()
                }
                _ if word.open_at.is_some() => {
                    return Err(Refusal::OpenQuote { given: shown(&line[word.open_at.unwrap_or(from)..]) });
                }
                _ => {
                    self.put(&word)?;
                    word.end_at
                }
            };
        }
        Ok(())
    }

    /// Takes one word that is not the rest of the line.
    pub(crate) fn put(&mut self, word: &Word) -> Result<(), Refusal> {
        match self.place(word) {
            Place::Named(option, key, at) if option.many => self.add(option, &key, word.pieces(at)),
            Place::Named(option, key, at) => self.add(option, &key, vec![word.text[at..].to_owned()]),
            Place::Flag(option) => self.add(option, &option.name, vec!["true".to_owned()]),
            Place::Positional(option) if option.many => self.add(option, &option.name, word.pieces(0)),
            Place::Positional(option) | Place::Rest(option) => self.add(option, &option.name, vec![word.text.clone()]),
            Place::UnknownName(name) => Err(self.command.unknown_option(&name)),
            Place::TooMany => Err(Refusal::TooMany { command: self.command.path.clone(), given: shown(&word.text) }),
        }
    }

    pub(crate) fn place(&self, word: &Word) -> Place<'c> {
        let next = self.next_positional();
        let named = word.key().and_then(|key| self.command.place_of(&key));
        if let (Some((option, key)), Some(equals)) = (named, word.equals) {
            return Place::Named(option, key, equals + 1);
        }
        let is_awaited = next.is_some_and(|o| o.awaits_value() && !self.given.contains_key(&o.name));
        if word.is_bare {
            // A flag that stands instead of the value is no value.
            let is_instead = |o: &Opt| next.is_some_and(|next| next.unless.contains(&o.name));
            let is_this = |o: &&Opt| {
                o.kind == Kind::Flag && o.name.eq_ignore_ascii_case(&word.text) && (!is_awaited || is_instead(o))
            };
            if let Some(option) = self.command.options.iter().find(is_this) {
                return Place::Flag(option);
            }
        }
        match (next, word.key()) {
            (Some(option), _) if option.rest => Place::Rest(option),
            (_, Some(name)) => Place::UnknownName(name),
            (Some(option), None) => Place::Positional(option),
            (None, None) => Place::TooMany,
        }
    }

    /// Where a value without a name goes.
    pub(crate) fn next_positional(&self) -> Option<&'c Opt> {
        self.command.options.iter().find(|o| o.positional && (o.many || !self.given.contains_key(&o.name)))
    }

    fn add(&mut self, option: &Opt, key: &str, mut values: Vec<String>) -> Result<(), Refusal> {
        if option.kind == Kind::Flag {
            // Said in many ways, kept in one, so that the line that says it back reads the same.
            values.iter_mut().for_each(|v| *v = flag(v).map_or_else(|| v.clone(), |b| b.to_string()));
        }
        let have = self.given.entry(key.to_owned()).or_default();
        if !have.is_empty() && !option.many {
            return Err(Refusal::GivenTwice { option: key.to_owned() });
        }
        have.extend(values);
        // Empty pieces only matter while there is nothing else.
        if have.len() > 1 {
            have.retain(|v| !v.is_empty());
            have.is_empty().then(|| have.push(String::new()));
        }
        Ok(())
    }
}

/// The rest of the line as it stands; without the marks when all of it is one quotation.
fn rest_of(line: &str, first: &Word) -> String {
    let rest = line[first.start_at..].trim_end();
    let is_all = first.end_at == first.start_at + rest.len();
    if is_all && first.open_at.is_none() && rest.starts_with(['"', '\'']) {
        first.text.clone()
    } else {
        rest.to_owned()
    }
}
