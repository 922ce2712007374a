//! Inside the value of an option with parts: `nic1="bridge=vmbr0 vl`.

use super::{Candidate, Completion, candidate, fits, nothing_at, words_at};
use crate::{Catalog, Opt, read::Taking, repeat::SEPARATORS};

impl Catalog {
    /// `typed` is the value up to the cursor, where `line` ends.
    pub(super) fn within(&self, taking: &Taking<'_>, option: &Opt, typed: &str, line: &str) -> Completion {
        let (before, word) = match typed.rfind(SEPARATORS) {
            Some(at) => (&typed[..at], &typed[at + 1..]),
            None => ("", typed),
        };
        let (name, value) = word.split_once('=').map_or((None, word), |(name, value)| (Some(name), value));
        // With an escape in it the text is not what stands in the line.
        if !line.ends_with(value) {
            return nothing_at(line.len());
        }
        let start = line.len() - value.len();
        let Some(name) = name else {
            let is_said =
                |part: &&Opt| before.split(SEPARATORS).any(|w| w.split_once('=').is_some_and(|(k, _)| k == part.name));
            let free = option.parts.iter().filter(|part| !is_said(part) && fits(&part.name, word));
            let names: Vec<Candidate> = free.map(|part| candidate(&format!("{}=", part.name), &part.help)).collect();
            return words_at(start, names);
        };
        match option.parts.iter().find(|part| part.name == name) {
            Some(part) => self.value(taking, part, None, value, start, Vec::new()),
            None => nothing_at(start),
        }
    }
}
