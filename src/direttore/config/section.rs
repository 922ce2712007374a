//! Reading one section: its keys are known, each is read with its type, and whatever is wrong is said with place and right form.

use super::{
    error::{ConfigError, shown},
    secret::{self, Secret},
    tree::{Item, Place, Table, Value},
};
use direttore_domain::{nearest::nearest, text};
use std::{fmt::Display, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration};

/// No duration is longer than a day.
const MAX_MILLIS: u64 = 86_400_000;

pub(super) struct Section<'n> {
    /// `jobs`, `proxmox[0]`; empty at the top.
    path: String,
    place: Place,
    keys: &'static [&'static str],
    entries: Table,
    notes: &'n mut Vec<String>,
}

impl<'n> Section<'n> {
    /// An absent section is an empty one.
    ///
    /// # Errors
    /// When it is no section, or has a key that is not among `keys`.
    pub(super) fn open(
        path: impl Into<String>,
        item: Option<Item>,
        keys: &'static [&'static str],
        notes: &'n mut Vec<String>,
    ) -> Result<Self, ConfigError> {
        let path = path.into();
        let (place, entries) = match item {
            None => (Place::default(), Table::new()),
            Some(Item { place, value: Value::Table(entries) }) => (place, entries),
            Some(Item { place, value }) => {
                let why = format!("{path} is {}; right would be a section [{path}]", value.shown());
                return Err(ConfigError::new(place.shown, why));
            }
        };
        let section = Self { path, place, keys, entries, notes };
        match section.entries.iter().find(|(key, _)| !keys.contains(&key.as_str())) {
            Some((key, item)) => Err(section.unknown(key, &item.place)),
            None => Ok(section),
        }
    }

    fn unknown(&self, key: &str, place: &Place) -> ConfigError {
        let here = if self.path.is_empty() { "at the top".to_owned() } else { format!("in {}", self.path) };
        let right = match nearest(key, self.keys.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("there are {}", text::list(self.keys)),
        };
        ConfigError::new(place.shown.clone(), format!("there is no key {:?} {here}; {right}", shown(key)))
    }

    /// `jobs.poll_ms`
    pub(super) fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn notes(&mut self) -> &mut Vec<String> {
        self.notes
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Item> {
        debug_assert!(self.keys.contains(&key), "{key} is missing in the keys of {}", self.path);
        self.entries.remove(key)
    }

    /// What is wrong with a value that was found.
    pub(super) fn wrong(&self, key: &str, item: &Item, right: impl Display) -> ConfigError {
        let why = format!("{} = {}; right would be {right}", self.name(key), item.value.shown());
        ConfigError::new(item.place.shown.clone(), why)
    }

    /// What is wrong with the section as a whole.
    pub(super) fn error(&self, why: impl Into<String>) -> ConfigError {
        let place = if self.place.shown.is_empty() { "configuration" } else { &self.place.shown };
        ConfigError::new(place, why)
    }

    pub(super) fn missing(&self, key: &str, right: &str) -> ConfigError {
        let env = self.name(key).replace(['.', '['], "__").replace(']', "").to_ascii_uppercase();
        self.error(format!("{} is missing; right would be {right}, here or as DIRETTORE__{env}", self.name(key)))
    }

    /// A text that is not empty, and where it was given.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<(String, Place)>, ConfigError> {
        match self.take(key) {
            None => Ok(None),
            Some(Item { value: Value::Text(text) | Value::Raw(text), place }) if !text.trim().is_empty() => {
                Ok(Some((text, place)))
            }
            Some(item) => Err(self.wrong(key, &item, "text in quotes")),
        }
    }

    /// A text of a form.
    pub(super) fn parsed<T: FromStr>(&mut self, key: &str, right: &str) -> Result<Option<T>, ConfigError> {
        let Some((text, place)) = self.text(key)? else { return Ok(None) };
        let item = Item { value: Value::Text(text.clone()), place };
        text.trim().parse().map(Some).map_err(|_| self.wrong(key, &item, right))
    }

    /// A text that `fits`, without spaces around it.
    pub(super) fn fitting(
        &mut self,
        key: &str,
        right: &str,
        fits: fn(&str) -> bool,
    ) -> Result<Option<String>, ConfigError> {
        let Some((text, place)) = self.text(key)? else { return Ok(None) };
        if fits(text.trim()) {
            return Ok(Some(text.trim().to_owned()));
        }
        Err(self.wrong(key, &Item { value: Value::Text(text), place }, right))
    }

    /// A list of texts of a form, each of which is `right`.
    pub(super) fn list<T: FromStr>(&mut self, key: &str, right: &str) -> Result<Option<Vec<T>>, ConfigError> {
        let items = match self.take(key) {
            None => return Ok(None),
            Some(Item { value: Value::List(items), .. }) => items,
            Some(item) => return Err(self.wrong(key, &item, "a list in brackets")),
        };
        let read = |(at, item): (usize, Item)| {
            let text = match &item.value {
                Value::Text(text) | Value::Raw(text) => text.trim().parse().ok(),
                _ => None,
            };
            text.ok_or_else(|| self.wrong(&format!("{key}[{at}]"), &item, right))
        };
        items.into_iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
    }

    /// One of several words.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, words: &[(&str, T)], default: T) -> Result<T, ConfigError> {
        let Some((text, place)) = self.text(key)? else { return Ok(default) };
        if let Some((_, choice)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim())) {
            return Ok(*choice);
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Err(self.wrong(key, &Item { value: Value::Text(text), place }, format!("one of {}", text::list(&all))))
    }

    pub(super) fn number(&mut self, key: &str, default: u64, limits: RangeInclusive<u64>) -> Result<u64, ConfigError> {
        self.whole(key, default, limits, "a whole number")
    }

    /// A key that ends in `_ms`, from one millisecond to a day.
    pub(super) fn millis(&mut self, key: &str, default: u64) -> Result<Duration, ConfigError> {
        self.whole(key, default, 1..=MAX_MILLIS, "a whole number of milliseconds").map(Duration::from_millis)
    }

    pub(super) fn optional_millis(&mut self, key: &str) -> Result<Option<Duration>, ConfigError> {
        let millis = self.optional(key, 1..=MAX_MILLIS, "a whole number of milliseconds")?;
        Ok(millis.map(Duration::from_millis))
    }

    fn whole(&mut self, key: &str, default: u64, limits: RangeInclusive<u64>, what: &str) -> Result<u64, ConfigError> {
        Ok(self.optional(key, limits, what)?.unwrap_or(default))
    }

    /// A number that stands for no limit when it is absent.
    pub(super) fn optional_number(
        &mut self,
        key: &str,
        limits: RangeInclusive<u64>,
    ) -> Result<Option<u64>, ConfigError> {
        self.optional(key, limits, "a whole number")
    }

    fn optional(&mut self, key: &str, limits: RangeInclusive<u64>, what: &str) -> Result<Option<u64>, ConfigError> {
        let Some(item) = self.take(key) else { return Ok(None) };
        let number = match &item.value {
            Value::Integer(number) => u64::try_from(*number).ok(),
            Value::Raw(text) => text.trim().parse().ok(),
            _ => None,
        };
        let right = || format!("{what} from {} to {}", limits.start(), limits.end());
        number.filter(|n| limits.contains(n)).map(Some).ok_or_else(|| self.wrong(key, &item, right()))
    }

    pub(super) fn flag(&mut self, key: &str, default: bool) -> Result<bool, ConfigError> {
        let Some(item) = self.take(key) else { return Ok(default) };
        let flag = match &item.value {
            Value::Flag(flag) => Some(*flag),
            Value::Raw(text) => flag_of(text),
            _ => None,
        };
        flag.ok_or_else(|| self.wrong(key, &item, "true or false"))
    }

    /// `key`, or the content of the file that `key_file` names.
    pub(super) fn secret(&mut self, key: &str) -> Result<Option<(Secret, Place)>, ConfigError> {
        let file_key = format!("{key}_file");
        let name = self.name(key);
        match (self.take(key), self.text(&file_key)?) {
            (None, None) => Ok(None),
            (Some(item), Some(_)) => {
                let why = format!("{name} and {name}_file are both given; one of them is right");
                Err(ConfigError::new(item.place.shown, why))
            }
            (None, Some((path, place))) => {
                let path = place.folder.join(path);
                let secret = secret::from_file(&format!("{name}_file"), &path, &place, self.notes)?;
                Ok(Some((secret, place)))
            }
            (Some(Item { value: Value::Text(text) | Value::Raw(text), place }), None) if !text.trim().is_empty() => {
                Ok(Some((Secret::new(text), place)))
            }
            // What was given is not shown: it may be the secret in a wrong form.
            (Some(item), None) => {
                let why = format!("{name} is no secret; right would be text in quotes, or {name}_file");
                Err(ConfigError::new(item.place.shown, why))
            }
        }
    }

    /// A path; a relative one starts at the file's folder, from the environment at the working folder.
    pub(super) fn path(&mut self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        Ok(self.text(key)?.map(|(text, place)| place.folder.join(text)))
    }

    /// A list of sections.
    pub(super) fn sections(&mut self, key: &str, right: &str) -> Result<Vec<Item>, ConfigError> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Item { value: Value::List(items), .. }) => Ok(items),
            Some(item) => Err(self.wrong(key, &item, right)),
        }
    }
}

/// As people write it in an environment.
pub(super) fn flag_of(text: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(text.trim()));
    if is(&["true", "yes", "on", "1"]) { Some(true) } else { is(&["false", "no", "off", "0"]).then_some(false) }
}
