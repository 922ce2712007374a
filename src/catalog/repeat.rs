//! Options that may be there several times: `nic1=… nic2=…`, and `nic=…`, which is the first.
//!
//! In [`Given`] each has a key of its own. In [`crate::Answers`] they are one array under the option's name, in their
//! order; a gap between them closes. One that is there and empty counts: a second interface of which nothing is said.

use crate::{Command, Given, Opt, value::shown};
use direttore_domain::{Refusal, nearest::nearest};

/// What stands between the words of such a value: `bridge=vmbr0 vlan=100`.
pub(crate) const SEPARATORS: [char; 3] = [' ', ',', '\t'];

/// The words of such a value, each as key and value.
pub(crate) fn pairs(text: &str) -> Vec<(&str, &str)> {
    text.split(SEPARATORS).filter_map(|word| word.split_once('=')).collect()
}

impl Opt {
    /// `nic2`, in [`Given`] and on a line.
    pub fn key(&self, nth: u32) -> String {
        format!("{}{nth}", self.name)
    }

    /// All keys that it can have in [`Given`], in order.
    pub fn keys(&self) -> Vec<String> {
        match self.at_most {
            None => vec![self.name.clone()],
            Some(most) => (1..=most).map(|nth| self.key(nth)).collect(),
        }
    }

    /// The numbers of those that are there.
    pub(crate) fn repetitions(&self, given: &Given) -> Vec<u32> {
        let is_there = |nth: &u32| !self.values(given, *nth).is_empty();
        (1..=self.at_most.unwrap_or(0)).filter(is_there).collect()
    }

    /// What was given for the repetition `nth`; what stands under the bare name is the first's.
    pub(crate) fn values<'g>(&self, given: &'g Given, nth: u32) -> &'g [String] {
        let bare = || given.get(&self.name).filter(|_| nth == 1);
        given.get(&self.key(nth)).or_else(bare).map_or(&[], Vec::as_slice)
    }

    /// The number in `nic2`, from 0 and without a limit.
    fn number_in(&self, said: &str) -> Option<u32> {
        let digits = said.strip_prefix(self.name.as_str()).filter(|_| self.at_most.is_some())?;
        let is_number = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|n: &u32| is_number && n.to_string() == digits)
    }
}

impl Command {
    /// The option that is said by this name, and its key in [`Given`].
    pub(crate) fn place_of(&self, said: &str) -> Option<(&Opt, String)> {
        self.options.iter().find_map(|option| match option.at_most {
            _ if option.name == said => {
                Some((option, option.at_most.map_or_else(|| said.to_owned(), |_| option.key(1))))
            }
            Some(most) => {
                let nth = option.number_in(said).filter(|nth| (1..=most).contains(nth))?;
                Some((option, option.key(nth)))
            }
            None => None,
        })
    }

    pub(crate) fn unknown_option(&self, given: &str) -> Refusal {
        let refusal =
            |nearest, has| Refusal::UnknownOption { command: self.path.clone(), given: shown(given), nearest, has };
        for option in &self.options {
            let Some(most) = option.at_most else { continue };
            if option.number_in(given).is_some() {
                return refusal(None, vec![format!("{} to {}", option.key(1), option.key(most))]);
            }
            if option.parts.iter().any(|part| part.name == given) {
                return refusal(Some(format!("{}=\"{given}=…\"", option.key(1))), Vec::new());
            }
        }
        let names: Vec<String> = self.options.iter().filter_map(|o| o.keys().into_iter().next()).collect();
        let near = nearest(given, names.iter().map(String::as_str)).map(str::to_owned);
        refusal(near, names)
    }
}
