//! What could follow at the cursor: commands, options and values. Live values are left to whoever knows the lab.

mod within;

use crate::{
    Catalog, Command, Given, Kind, Opt,
    line::quote,
    read::{Place, Taking, words_from},
    split::{Word, next_word},
};
use direttore_domain::Role;

/// A text that can be put at [`Completion::start`], quoted where needed, without a space after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub value: String,
    pub help: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Byte of the line where the replacement starts; it ends at the cursor.
    pub start: usize,
    pub want: Want,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    Words(Vec<Candidate>),
    /// Values of this kind that begin with `prefix`; put them through [`crate::quote`].
    Live {
        kind: Kind,
        prefix: String,
        /// What the line says before the cursor, raw.
        given: Given,
        /// The command's path.
        command: String,
        /// The option's name when it was written as `name=`; absent for a value without a name, and inside the value
        /// of a network interface.
        key: Option<String>,
        /// Candidates that fit at the same place without asking anyone.
        words: Vec<Candidate>,
    },
    Nothing,
}

impl Catalog {
    /// For the `line` with the cursor at byte `cursor`. What follows the cursor is not looked at.
    pub fn complete(&self, line: &str, cursor: usize) -> Completion {
        let mut cursor = cursor.min(line.len());
        while !line.is_char_boundary(cursor) {
            cursor -= 1;
        }
        let line = &line[..cursor];
        let from = words_from(line);
        let words = words(line, from);
        let (partial, before) = words.split_last().expect("there is always a word at the cursor");
        let [first, rest @ ..] = before else {
            return self.first_words(partial);
        };
        let one = first.text.to_lowercase();
        let two = rest.first().and_then(|second| self.get(&format!("{one} {}", second.text.to_lowercase())));
        match (two, self.get(&one)) {
            (Some(command), _) => self.after(command, &rest[1..], partial, line),
            (None, Some(command)) => self.after(command, rest, partial, line),
            (None, None) if rest.is_empty() => {
                let verbs = self.group(&one).map(|c| candidate(c.verb(), &c.summary));
                words_at(partial.start_at, verbs.filter(|c| fits(&c.value, &partial.text)).collect())
            }
            (None, None) => nothing_at(partial.start_at),
        }
    }

    fn first_words(&self, partial: &Word) -> Completion {
        let groups = self.groups().map(|group| {
            let verbs: Vec<&str> = self.group(group).map(Command::verb).collect();
            candidate(group, &verbs.join(", "))
        });
        let single = self.commands.iter().filter(|c| c.group().is_none()).map(|c| candidate(&c.path, &c.summary));
        let mut all: Vec<Candidate> = groups.chain(single).filter(|c| fits(&c.value, &partial.text)).collect();
        all.sort_by(|a, b| a.value.cmp(&b.value));
        words_at(partial.start_at, all)
    }

    /// After the command's own words.
    fn after(&self, command: &Command, before: &[Word], partial: &Word, line: &str) -> Completion {
        let mut taking = Taking::new(command);
        for word in before {
            if let Place::Rest(option) = taking.place(word) {
                return self.in_rest(option, word, line);
            }
            // A wrong word is refused when the line is said; here it only must not be in the way.
            taking.put(word).ok();
        }
        match taking.place(partial) {
            Place::Named(option, _, at) if !option.parts.is_empty() => {
                self.within(&taking, option, &partial.text[at..], line)
            }
            Place::Named(option, key, at) => {
                let from = if option.many { partial.piece_at } else { partial.value_at };
                let begin = if option.many {
                    partial.commas.iter().rev().find(|c| **c >= at).map_or(at, |c| c + 1)
                } else {
                    at
                };
                self.value(&taking, option, Some(key), &partial.text[begin..], from, Vec::new())
            }
            Place::Rest(option) if option.kind == Kind::Command => self.in_rest(option, partial, line),
            Place::UnknownName(_) => nothing_at(partial.start_at),
            _ => {
                let names = if partial.is_bare { option_names(&taking, command, &partial.text) } else { Vec::new() };
                match taking.next_positional() {
                    Some(option) => {
                        let begin = if option.many { partial.commas.last().map_or(0, |c| c + 1) } else { 0 };
                        let names = if begin == 0 { names } else { Vec::new() };
                        let from = if option.many { partial.piece_at } else { partial.start_at };
                        self.value(&taking, option, None, &partial.text[begin..], from, names)
                    }
                    None => words_at(partial.start_at, names),
                }
            }
        }
    }

    /// Inside the rest of the line: only a command's words can be completed there.
    fn in_rest(&self, option: &Opt, first: &Word, line: &str) -> Completion {
        let typed = &line[first.start_at..];
        let slash = usize::from(typed.starts_with('/'));
        let paths = self.commands.iter().filter(|c| option.kind == Kind::Command && fits(&c.path, &typed[slash..]));
        words_at(first.start_at + slash, paths.map(|c| candidate(&c.path, &c.summary)).collect())
    }

    fn value(
        &self,
        taking: &Taking<'_>,
        option: &Opt,
        key: Option<String>,
        prefix: &str,
        start: usize,
        mut words: Vec<Candidate>,
    ) -> Completion {
        let fitting = self.fixed_values(option).into_iter().filter(|c| fits(&c.value, prefix));
        words.splice(0..0, fitting.map(|c| Candidate { value: quote(&c.value), ..c }));
        let live = |kind, prefix: &str, words| Want::Live {
            kind,
            prefix: prefix.to_owned(),
            given: taking.given.clone(),
            command: taking.command().path.clone(),
            key,
            words,
        };
        match option.kind {
            _ if option.is_live() => Completion { start, want: live(option.kind, prefix, words) },
            Kind::Receiver => match prefix.strip_prefix("group:") {
                // The group's name is replaced, not the word before it.
                Some(name) => Completion { start: start + "group:".len(), want: live(Kind::Group, name, Vec::new()) },
                None => Completion { start, want: live(Kind::Account, prefix, words) },
            },
            _ => words_at(start, words),
        }
    }

    /// Values that need nobody to be asked.
    fn fixed_values(&self, option: &Opt) -> Vec<Candidate> {
        match option.kind {
            Kind::Receiver => {
                let roles = Role::ALL.iter().map(|r| candidate(&format!("role:{r}"), "everyone with this role"));
                roles.chain([candidate("group:", "everyone in this group")]).collect()
            }
            Kind::Command => {
                let all = self.groups().map(|g| candidate(&format!("{g} *"), &format!("every command of {g}")));
                all.chain(self.commands.iter().map(|c| candidate(&c.path, &c.summary))).collect()
            }
            _ => option.fixed().iter().map(|value| candidate(value, "")).collect(),
        }
    }
}

/// Words up to the end of the line; the last one is the one at the cursor, empty after a space.
fn words(line: &str, from: usize) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = from;
    while let Some(word) = next_word(line, at) {
        at = word.end_at;
        words.push(word);
    }
    if words.last().is_none_or(|w| w.end_at < line.len()) {
        let end = line.len();
        words.push(Word { start_at: end, end_at: end, value_at: end, piece_at: end, is_bare: true, ..Word::default() });
    }
    words
}

/// Names of options not given yet: flags as they are, others with `=`.
fn option_names(taking: &Taking<'_>, command: &Command, prefix: &str) -> Vec<Candidate> {
    // What a bare value would fill needs no name, unless its name is being typed.
    let is_next = |o: &Opt| prefix.is_empty() && taking.next_positional().is_some_and(|next| next.name == o.name);
    // Of what may be there several times only the next one is offered.
    let key = |o: &Opt| o.keys().into_iter().find(|k| (o.many || !taking.given.contains_key(k)) && fits(k, prefix));
    let free = command.options.iter().filter(|o| !is_next(o)).filter_map(|o| Some((o, key(o)?)));
    free.map(|(o, key)| candidate(&if o.kind == Kind::Flag { key } else { format!("{key}=") }, &o.help)).collect()
}

fn fits(value: &str, prefix: &str) -> bool {
    value.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn candidate(value: &str, help: &str) -> Candidate {
    Candidate { value: value.to_owned(), help: help.to_owned() }
}

fn words_at(start: usize, words: Vec<Candidate>) -> Completion {
    if words.is_empty() { nothing_at(start) } else { Completion { start, want: Want::Words(words) } }
}

fn nothing_at(start: usize) -> Completion {
    Completion { start, want: Want::Nothing }
}
