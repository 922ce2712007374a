//! The pages of a wizard, and what their questions mean for [`Given`].
//!
//! What a person has answered so far is always a [`Given`]: the same that one line would have said. So Back, a restart
//! and the line shown at the end need nothing of their own. A page that repeats is there once for each network
//! interface; its answers are merged into that interface's text.

use crate::{
    Command, Given, Kind, Opt, Page,
    repeat::{SEPARATORS, pairs},
    value,
};
use direttore_domain::{NicWish, Refusal};

/// One page as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct WizardPage<'c> {
    /// With the number of the repetition: `Network interface 2`.
    pub title: String,
    pub step: u32,
    /// Steps in all.
    pub of: u32,
    pub ask: Vec<&'c Opt>,
    /// The option that this page is one of, and which: the 2 of `nic2`.
    pub repeat: Option<(&'c str, u32)>,
    /// On the last page of a repetition, while there is room for a further one.
    pub can_add: bool,
    /// On the last page of a repetition that is not the only one.
    pub can_remove: bool,
}

impl<'c> WizardPage<'c> {
    /// The question of this page that a refusal is about; it is called `nic2 ip` there and `ip` here.
    pub fn blamed(&self, refusal: &Refusal) -> Option<&'c Opt> {
        let (Refusal::UnknownValue { option, .. }
        | Refusal::BadValue { option, .. }
        | Refusal::MissingOption { option, .. }
        | Refusal::GivenTwice { option }) = refusal
        else {
            return None;
        };
        let said = match self.repeat {
            Some((name, nth)) => option.strip_prefix(&format!("{name}{nth} ")).unwrap_or(option),
            None => option,
        };
        self.ask.iter().copied().find(|o| o.name == said)
    }
}

impl Command {
    pub fn is_wizard(&self) -> bool {
        self.steps > 0
    }

    /// All pages in their order. Those that repeat come once for each repetition that `given` has, and at least once.
    pub fn wizard_pages(&self, given: &Given) -> Vec<WizardPage<'_>> {
        let mut pages = Vec::new();
        for block in self.pages.chunk_by(|a, b| a.repeat.is_some() && a.repeat == b.repeat) {
            let Some(option) = block[0].repeat.as_deref().and_then(|name| self.option(name)) else {
                pages.extend(block.iter().map(|page| self.wizard_page(page, None)));
                continue;
            };
            let mut there = option.repetitions(given);
            if there.is_empty() {
                there.push(1);
            }
            let is_full = there.len() >= option.keys().len();
            for nth in &there {
                pages.extend(block.iter().map(|page| self.wizard_page(page, Some((option, *nth)))));
                let last = pages.last_mut().expect("a block has pages");
                (last.can_add, last.can_remove) = (!is_full, there.len() > 1);
            }
        }
        pages
    }

    fn wizard_page<'c>(&'c self, page: &'c Page, repeat: Option<(&'c Opt, u32)>) -> WizardPage<'c> {
        let options = repeat.map_or(&self.options, |(option, _)| &option.parts);
        WizardPage {
            title: repeat.map_or_else(|| page.title.clone(), |(_, nth)| format!("{} {nth}", page.title)),
            step: page.step,
            of: self.steps,
            ask: page.ask.iter().filter_map(|name| options.iter().find(|o| o.name == *name)).collect(),
            repeat: repeat.map(|(option, nth)| (option.name.as_str(), nth)),
            can_add: false,
            can_remove: false,
        }
    }

    /// What is answered already to a question of this page; several values with spaces between them.
    pub fn page_value(&self, given: &Given, page: &WizardPage<'_>, key: &str) -> Option<String> {
        let said = match page.repeat.and_then(|(name, nth)| Some((self.option(name)?, nth))) {
            Some((option, nth)) => {
                let text = option.values(given, nth).first()?;
                pairs(text).into_iter().find(|(k, _)| *k == key).map(|(_, value)| value.to_owned())
            }
            None => self.place_of(key).and_then(|(_, key)| given.get(&key)).map(|values| values.join(" ")),
        };
        said.filter(|text| !text.is_empty())
    }

    /// Takes answers to this page's questions; an empty one takes back what was there. A person may answer ahead: what
    /// can be said on a line is taken on every page. On an error `given` is as it was.
    ///
    /// # Errors
    /// `unknown-option`, `given-twice`, and those of [`Command::answers`].
    pub fn fill(&self, given: &mut Given, page: &WizardPage<'_>, values: &[(String, String)]) -> Result<(), Refusal> {
        let mut filled = given.clone();
        self.name_the_first(&mut filled);
        let mut parts: Vec<(&str, &str)> = Vec::new();
        for (at, (key, value)) in values.iter().enumerate() {
            if values[..at].iter().any(|(earlier, _)| earlier == key) {
                return Err(Refusal::GivenTwice { option: key.clone() });
            }
            let is_part = |name: &str| self.option(name).is_some_and(|o| o.parts.iter().any(|p| p.name == *key));
            match (page.repeat, self.place_of(key)) {
                // What the page itself asks comes first: a container's `name` is also the name of an interface.
                (Some(_), _) if page.ask.iter().any(|o| o.name == *key) => parts.push((key, value)),
                (_, Some((option, key))) => put(&mut filled, option, key, value),
                (Some((name, _)), None) if is_part(name) => parts.push((key, value)),
                _ => return Err(self.unknown_option(key)),
            }
        }
        if let (Some((name, nth)), false) = (page.repeat, parts.is_empty()) {
            let option = self.option(name).ok_or_else(|| self.unknown_option(name))?;
            merge(&mut filled, option, nth, &parts)?;
        }
        self.answers(&filled)?;
        *given = filled;
        Ok(())
    }

    /// A further repetition of which nothing is said yet, and its number.
    ///
    /// # Errors
    /// `too-many-at-once` when there are as many as there may be, `unknown-option`.
    pub fn add_repeat(&self, given: &mut Given, name: &str) -> Result<u32, Refusal> {
        let option = self.option(name).ok_or_else(|| self.unknown_option(name))?;
        let Some(most) = option.at_most else { return Err(self.unknown_option(name)) };
        // The first is shown also while nothing is said of it.
        let there = option.repetitions(given);
        let last = there.last().copied().unwrap_or(1);
        let is_free = |nth: &u32| !there.contains(nth);
        let Some(next) = (last + 1..=most).chain(1..last).find(is_free) else {
            let (given, max) = (there.len() + 1, there.len());
            return Err(Refusal::TooManyAtOnce { what: "network interfaces", given, max });
        };
        if there.is_empty() {
            given.insert(option.key(1), vec![String::new()]);
        }
        given.insert(option.key(next), vec![String::new()]);
        Ok(next)
    }

    /// Takes away one repetition; later ones move up. What is not there is left alone.
    pub fn remove_repeat(&self, given: &mut Given, name: &str, nth: u32) {
        let Some((option, most)) = self.option(name).and_then(|o| Some((o, o.at_most?))) else { return };
        self.name_the_first(given);
        if given.remove(&option.key(nth)).is_none() {
            return;
        }
        for later in nth + 1..=most {
            if let Some(values) = given.remove(&option.key(later)) {
                given.insert(option.key(later - 1), values);
            }
        }
    }

    /// What stands under the bare name is the first: `nic` becomes `nic1`.
    fn name_the_first(&self, given: &mut Given) {
        for option in self.options.iter().filter(|o| o.at_most.is_some()) {
            if given.contains_key(&option.key(1)) {
                continue;
            }
            if let Some(bare) = given.remove(&option.name) {
                given.insert(option.key(1), bare);
            }
        }
    }
}

/// An ordinary answer, as a line would have put it.
fn put(given: &mut Given, option: &Opt, key: String, value: &str) {
    if value.trim().is_empty() {
        given.remove(&key);
        return;
    }
    let values = match option.kind {
        Kind::Flag => vec![value::flag(value).map_or_else(|| value.to_owned(), |yes| yes.to_string())],
        _ if option.many => value.split([' ', ',']).filter(|v| !v.is_empty()).map(str::to_owned).collect(),
        _ => vec![value.to_owned()],
    };
    given.insert(key, values);
}

/// Answers of one interface into its text, which is then checked as a whole.
fn merge(given: &mut Given, option: &Opt, nth: u32, parts: &[(&str, &str)]) -> Result<(), Refusal> {
    let key = option.key(nth);
    let before = option.values(given, nth).first().cloned().unwrap_or_default();
    let is_new = |k: &str| parts.iter().any(|(part, _)| *part == k);
    let kept = pairs(&before).into_iter().filter(|(k, _)| !is_new(k));
    let all: Vec<(&str, &str)> = kept.chain(parts.iter().copied()).collect();
    if let Some((part, value)) = all.iter().find(|(_, value)| value.trim().contains(SEPARATORS)) {
        return Err(Refusal::BadValue {
            option: format!("{key} {part}"),
            given: value::shown(value),
            what: "value in one word",
            right: "without spaces and commas".to_owned(),
        });
    }
    let text = NicWish::read(&key, all)?.to_string();
    let is_only = option.repetitions(given).iter().all(|n| *n == nth);
    if text.is_empty() && is_only {
        given.remove(&key);
    } else {
        given.insert(key, vec![text]);
    }
    Ok(())
}
