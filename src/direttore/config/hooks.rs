//! `[[hooks]]`: what other systems may post to. Each needs a secret that its sender proves to have.

use super::{error::ConfigError, section::Section, tree::Item};
use direttore_core::hooks::{Hook, Sender};

pub(super) const KEYS: &[&str] = &["name", "from", "secret", "secret_file"];

/// It can be guessed at without end, and is never typed.
const MIN_SECRET: usize = 16;

const NAME: &str = "letters, digits, - and _, at most 40 of them, like default";
const SECRET: &str = "at least 16 random characters, the same as the sender has";

/// All hooks, in their order.
pub(super) fn read(items: Vec<Item>, notes: &mut Vec<String>) -> Result<Vec<Hook>, ConfigError> {
    let mut hooks: Vec<Hook> = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let place = item.place.shown.clone();
        let hook = hook(Section::open(format!("hooks[{at}]"), Some(item), KEYS, notes)?)?;
        if hooks.iter().any(|other| (other.from, &other.name) == (hook.from, &hook.name)) {
            let why = format!("two hooks from {} are named {}; each has its own name", hook.from, hook.name);
            return Err(ConfigError::new(place, why));
        }
        hooks.push(hook);
    }
    Ok(hooks)
}

fn is_name(given: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !given.is_empty() && given.len() <= 40 && given.bytes().all(fits)
}

fn hook(mut section: Section<'_>) -> Result<Hook, ConfigError> {
    let name = section.fitting("name", NAME, is_name)?.ok_or_else(|| section.missing("name", NAME))?;
    let senders = Sender::ALL.map(|sender| (sender.as_str(), Some(sender)));
    let words = Sender::ALL.map(Sender::as_str).join(", ");
    let from = section.choice("from", &senders, None)?;
    let from = from.ok_or_else(|| section.missing("from", &format!("one of {words}")))?;
    let wrong = |why: &str| format!("the hook {name} has {why}; right would be {SECRET}, as secret or secret_file");
    let Some((secret, place)) = section.secret("secret")? else { return Err(section.error(wrong("no secret"))) };
    if secret.reveal().chars().count() < MIN_SECRET {
        return Err(ConfigError::new(place.shown, wrong("a secret that is too short")));
    }
    Ok(Hook { secret: secret.reveal().to_owned(), name, from })
}
