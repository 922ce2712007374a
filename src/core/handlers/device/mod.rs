//! `/device …`: what network devices should say, what they say, and how one becomes the other.

pub mod accept_key;
pub mod approve;
pub mod backup;
pub mod confirm;
pub mod diff;
pub mod discover;
pub mod drift;
pub mod history;
mod parts;
pub mod push;
pub mod reject;
pub mod render;
pub mod rollback;
pub mod run;

pub use parts::pushing::differences;

use super::Cx;
use crate::{
    devices::{Devices, Target, find, name},
    ipam::{Ipam, failure, touches},
    plan::TextFile,
};
use direttore_clients::netbox;
use direttore_domain::{Refusal, Trouble, policy};
use std::sync::Arc;

/// What a handler about one device begins with.
pub(super) struct Meant<'c> {
    pub devices: &'c Arc<Devices>,
    pub ipam: &'c Arc<Ipam>,
    pub row: netbox::Device,
    pub target: Target,
}

/// The device meant, ready to be logged in to.
///
/// # Errors
/// That there is no such device, that grants do not reach it, and what it lacks.
pub(super) async fn meant<'c>(cx: &'c Cx, given: &str) -> Result<Meant<'c>, Trouble> {
    let row = find(cx.lab.need_ipam()?, given).await?;
    ready(cx, row).await
}

/// The same by its number in NetBox: another device may have that number for a name.
///
/// # Errors
/// As [`meant`].
pub(super) async fn meant_by_id(cx: &Cx, id: u64) -> Result<Meant<'_>, Trouble> {
    let row = cx.lab.need_ipam()?.client.device(id).await.map_err(|e| failure(&e))?;
    ready(cx, row).await
}

async fn ready(cx: &Cx, row: netbox::Device) -> Result<Meant<'_>, Trouble> {
    let (devices, ipam) = (cx.lab.need_devices()?, cx.lab.need_ipam()?);
    reached(cx, &row)?;
    let target = devices.target(&row).await?;
    Ok(Meant { devices, ipam, row, target })
}

/// The device meant, whether or not it can be logged in to.
///
/// # Errors
/// That there is no such device, and that grants do not reach it.
pub(super) async fn known<'c>(cx: &'c Cx, given: &str) -> Result<(&'c Arc<Devices>, netbox::Device), Trouble> {
    let (devices, ipam) = (cx.lab.need_devices()?, cx.lab.need_ipam()?);
    let row = find(ipam, given).await?;
    reached(cx, &row)?;
    Ok((devices, row))
}

/// A device is in no pool and on no node: a grant that names some does not reach it.
pub(in crate::handlers) fn reached(cx: &Cx, row: &netbox::Device) -> Result<(), Refusal> {
    let Cx { actor, command, channel, .. } = cx;
    policy::check_touch(actor, command.permission, &command.path, channel, name(row), touches(row))
}

/// As many lines and characters of a text as one reply shows; the whole is a file beside it.
const LINES: usize = 60;
const CHARACTERS: usize = 3000;

/// As many characters of each, however many texts one reply shows.
const LEAST: usize = 300;

/// What a reply shows of a text, how many lines it leaves out, and the whole as a file where it leaves some out.
pub(super) fn excerpt(text: &str, file: &str, about: &str) -> (String, usize, Option<TextFile>) {
    let (shown, left) = begin(text, CHARACTERS);
    let whole = TextFile { name: file.to_owned(), text: text.to_owned(), about: about.to_owned() };
    (shown, left, (left > 0).then_some(whole))
}

/// The same of several texts in one reply: what one does not need, those after it may have.
pub(super) fn excerpts(texts: &[&str]) -> Vec<(String, usize)> {
    let mut room = CHARACTERS;
    let mut all = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let (shown, left) = begin(text, (room / (texts.len() - at)).max(LEAST));
        room = room.saturating_sub(shown.len());
        all.push((shown, left));
    }
    all
}

/// Whole lines of at most so many characters, and how many come after them.
fn begin(text: &str, most: usize) -> (String, usize) {
    let mut shown = String::new();
    for line in text.lines().take(LINES) {
        if shown.len() + line.len() > most {
            break;
        }
        shown.push_str(line);
        shown.push('\n');
    }
    let left = text.lines().count() - shown.lines().count();
    (shown.trim_end().to_owned(), left)
}

/// `bgp_as=64500 peer="spine 1"`, as names and values.
///
/// # Errors
/// A word that is none of that form.
pub(super) fn vars(given: Option<&str>) -> Result<Vec<(String, String)>, Refusal> {
    let Some(given) = given else { return Ok(vec![]) };
    let wrong = || Refusal::BadValue {
        option: "vars".to_owned(),
        given: given.to_owned(),
        what: "values for a template",
        right: "names and values like bgp_as=64500 peer=\"spine 1\"".to_owned(),
    };
    let mut all: Vec<(String, String)> = Vec::new();
    let mut rest = given.trim();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or_else(wrong)?;
        let is_name = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name || all.iter().any(|(other, _)| other == key) {
            return Err(wrong());
        }
        let (value, left) = match after.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            Some(quote) => after[1..].split_once(quote).ok_or_else(wrong)?,
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        all.push((key.to_owned(), value.to_owned()));
        rest = left.trim_start();
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
