//! The form of one value: text as given becomes the JSON that a handler's input is read from, or a refusal that says what is right.

use crate::{Kind, Opt, Since, duration::parse_duration, repeat::pairs};
use direttore_domain::{
    AccountName, AlertRef, AliasName, BridgeName, ClusterName, Family, GrantTo, GroupName, Growth, GuestRef,
    HostAddress, Hostname, IpWish, JobId, KeyName, NicModel, NicWish, NodeName, Pond, PondOf, PoolName, PublicKey,
    PushId, Refusal, ReservationId, ResourceRef, Role, SnapshotName, StorageName, Tag, TokenName, VlanId, Vmid,
    WrongForm, disk::Size, nearest::nearest, text, when,
};
use serde_json::Value;
use std::{net::IpAddr, str::FromStr};

/// A text without limits of its own may have this many characters.
const MAX_TEXT: i64 = 1000;
/// Names of zones and of commands are shorter than this.
const MAX_WORDS: usize = 64;
/// Guest templates and backups: a storage, a folder and a file name.
const MAX_VOLID: usize = 200;
/// Times as people write them are shorter.
const MAX_WHEN: usize = 120;
/// NetBox takes as many characters of a device's name, and 100 of a site's or a tenant's.
const MAX_DEVICE: usize = 64;
const MAX_SITE: usize = 100;

/// One value of an option, typed. `name` is what the asker calls it: `nic2` for the second of what is there several times.
///
/// # Errors
/// `bad-value` or `unknown-value`, and for a network interface also `given-twice`.
pub(crate) fn typed(option: &Opt, name: &str, given: &str) -> Result<Value, Refusal> {
    let given = if option.kind == Kind::Text { given } else { given.trim() };
    let said = Said { option, name, given };
    match option.kind {
        Kind::Guest => said.canonical::<GuestRef>(),
        Kind::Node => said.canonical::<NodeName>(),
        Kind::Cluster => said.canonical::<ClusterName>(),
        Kind::Snapshot => said.canonical::<SnapshotName>(),
        Kind::Account => said.canonical::<AccountName>(),
        Kind::Group => said.canonical::<GroupName>(),
        Kind::Alias => said.canonical::<AliasName>(),
        Kind::Pool => said.canonical::<PoolName>(),
        Kind::Tag => said.canonical::<Tag>(),
        Kind::Receiver => said.canonical::<GrantTo>(),
        Kind::Job => said.form(JobId::from_str).map(|id| id.to_string().into()),
        Kind::Hostname => said.canonical::<Hostname>(),
        Kind::Growth => said.canonical::<Growth>(),
        Kind::Storage => said.canonical::<StorageName>(),
        Kind::Bridge => said.canonical::<BridgeName>(),
        Kind::Pond => said.canonical::<Pond>(),
        Kind::Key => said.canonical::<KeyName>(),
        Kind::PublicKey => said.canonical::<PublicKey>(),
        Kind::Resource => said.canonical::<ResourceRef>(),
        Kind::Reservation => said.form(ReservationId::from_str).map(|id| id.to_string().into()),
        Kind::Push => said.form(PushId::from_str).map(|id| id.to_string().into()),
        Kind::Alert => said.form(AlertRef::from_str).map(|id| id.to_string().into()),
        Kind::When => said.fits(is_free(given, MAX_WHEN), "time"),
        Kind::Length => said.fits(when::length(given).is_ok(), "length of time"),
        Kind::Token => said.canonical::<TokenName>(),
        Kind::Vmid => said.form(Vmid::from_str).map(|vmid| vmid.get().into()),
        Kind::Since => said.form(Since::from_str).map(|_| given.into()),
        Kind::Ipv4 => said.form(|text| IpWish::parse(text, Family::V4)).map(|wish| wish.to_string().into()),
        Kind::Ipv6 => said.form(|text| IpWish::parse(text, Family::V6)).map(|wish| wish.to_string().into()),
        Kind::Nic => said.nic(),
        Kind::Role => said.one_of(Role::ALL.iter().map(|r| r.as_str())),
        Kind::Model => said.one_of(NicModel::ALL.iter().map(|m| m.as_str())),
        Kind::Choice => said.one_of(option.choices.iter().map(String::as_str)),
        Kind::Zone => said.fits(is_zone(given), "time zone"),
        Kind::Template => said.fits(is_free(given, MAX_VOLID), "guest template"),
        Kind::Device => said.fits(is_free(given, MAX_DEVICE), "device name"),
        Kind::Site => said.fits(is_free(given, MAX_SITE), "site name"),
        Kind::Tenant => said.fits(is_free(given, MAX_SITE), "tenant name"),
        Kind::DeviceRole => said.fits(is_free(given, MAX_SITE), "device role"),
        Kind::DeviceTemplate => said.fits(is_free(given, MAX_DEVICE), "device template"),
        Kind::Backup => said.fits(is_backup(given), "backup"),
        Kind::Command => said.or_bad(command(given), "command"),
        Kind::Grant => said.or_bad(grant(given), "grant"),
        Kind::Vlan => said.or_bad(vlan(given), "VLAN"),
        Kind::Prefix => said.or_bad(prefix(given), "prefix"),
        Kind::Address => said.or_bad(address(given), "IP address"),
        Kind::Gateway => said.or_bad(given.parse().ok().map(|bare: IpAddr| bare.to_string()), "address"),
        Kind::Flag => said.or_bad(flag(given), "answer"),
        Kind::Integer => {
            let number = given.parse().ok();
            said.or_bad(within(option, number), if number.is_some() { "number that fits" } else { "whole number" })
        }
        Kind::Seconds => said.or_bad(within(option, seconds(given)), "length of time"),
        Kind::Size => said.or_bad(size(option, given), "size that fits"),
        Kind::Text => {
            let characters = i64::try_from(given.chars().count()).unwrap_or(i64::MAX);
            let (least, most) = option.limits.unwrap_or((0, MAX_TEXT));
            said.fits((least..=most).contains(&characters), "text that fits")
        }
    }
}

/// One value as it was said.
struct Said<'a> {
    option: &'a Opt,
    name: &'a str,
    given: &'a str,
}

impl Said<'_> {
    fn form<T>(&self, parse: impl FnOnce(&str) -> Result<T, WrongForm>) -> Result<T, Refusal> {
        parse(self.given).map_err(|wrong| Refusal::wrong_form(self.name, &wrong))
    }

    /// In the one spelling that the type has.
    fn canonical<T: FromStr<Err = WrongForm> + Into<String>>(&self) -> Result<Value, Refusal> {
        self.form(T::from_str).map(|read| Value::String(read.into()))
    }

    fn fits(&self, fits: bool, what: &'static str) -> Result<Value, Refusal> {
        self.or_bad(fits.then_some(self.given), what)
    }

    fn or_bad<T: Into<Value>>(&self, read: Option<T>, what: &'static str) -> Result<Value, Refusal> {
        read.map(Into::into).ok_or_else(|| Refusal::BadValue {
            option: self.name.to_owned(),
            given: shown(self.given),
            what,
            right: self.option.right(),
        })
    }

    /// A VM's interface has a model and no name, a container's a name and no model: the option's parts say which.
    fn nic(&self) -> Result<Value, Refusal> {
        let wish = NicWish::read_text(self.name, self.given)?;
        let known = || self.option.parts.iter().map(|p| p.name.as_str()).chain(["mac"]);
        let is_foreign = |(key, value): &(&str, &str)| !value.is_empty() && !known().any(|k| k == *key);
        let foreign = pairs(self.given).into_iter().find(is_foreign).filter(|_| !self.option.parts.is_empty());
        match foreign {
            None => Ok(wish.to_string().into()),
            Some((key, _)) => Err(Refusal::UnknownValue {
                option: self.name.to_owned(),
                given: shown(key),
                nearest: None,
                possible: known().map(str::to_owned).collect(),
            }),
        }
    }

    /// In any case.
    fn one_of<'v>(&self, possible: impl Iterator<Item = &'v str> + Clone) -> Result<Value, Refusal> {
        let found = possible.clone().find(|p| p.eq_ignore_ascii_case(self.given));
        found.map(Into::into).ok_or_else(|| Refusal::UnknownValue {
            option: self.name.to_owned(),
            given: shown(self.given),
            nearest: nearest(self.given, possible.clone()).map(str::to_owned),
            possible: possible.map(str::to_owned).collect(),
        })
    }
}

/// `yes`, `true`, `on`, `1` and their opposites, in any case.
pub(crate) fn flag(given: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(given.trim()));
    if is(&["true", "yes", "on", "1"]) { Some(true) } else { is(&["false", "no", "off", "0"]).then_some(false) }
}

fn within(option: &Opt, number: Option<i64>) -> Option<i64> {
    let (least, most) = option.limits.unwrap_or((i64::MIN, i64::MAX));
    number.filter(|n| (least..=most).contains(n))
}

fn seconds(given: &str) -> Option<i64> {
    given.parse().ok().or_else(|| i64::try_from(parse_duration(given)?.as_secs()).ok()).filter(|s| *s >= 0)
}

fn size(option: &Opt, given: &str) -> Option<String> {
    // No size of the field, but what begins at nothing may also be said to be nothing.
    let is_zero = ["0", "0M", "0G"].iter().any(|zero| zero.eq_ignore_ascii_case(given));
    if is_zero && option.limits.is_some_and(|(least, _)| least <= 0) {
        return Some("0".to_owned());
    }
    let size: Size = given.parse().ok()?;
    within(option, i64::try_from(size.mib).ok()).map(|_| size.to_string())
}

fn grant(given: &str) -> Option<i64> {
    given.trim_start_matches('#').parse().ok().filter(|number| *number > 0)
}

fn vlan(given: &str) -> Option<String> {
    if ["none", "untagged"].iter().any(|word| word.eq_ignore_ascii_case(given)) {
        return Some("none".to_owned());
    }
    given.parse().ok().map(|vlan: VlanId| vlan.to_string())
}

fn prefix(given: &str) -> Option<String> {
    let pond: Pond = given.parse().ok()?;
    matches!(pond.what, PondOf::Prefix(_)).then(|| pond.to_string())
}

fn address(given: &str) -> Option<String> {
    let bare = given.parse().ok().map(|bare: IpAddr| bare.to_string());
    bare.or_else(|| given.parse().ok().map(|with_length: HostAddress| with_length.to_string()))
}

/// `Area/City`, `Etc/GMT+1`, `UTC`: whether it exists is for those who know the zones.
fn is_zone(given: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'+' | b'-');
    given.len() <= MAX_WORDS && given.starts_with(|c: char| c.is_ascii_alphabetic()) && given.bytes().all(fits)
}

/// A name that somebody else made the rules for.
fn is_free(given: &str, most: usize) -> bool {
    (1..=most).contains(&given.chars().count()) && !given.chars().any(char::is_control)
}

/// `local:backup/vzdump-….vma.zst`, `pbs:backup/vm/101/2026-02-28T14:00:00Z`.
fn is_backup(given: &str) -> bool {
    let Some((storage, volume)) = given.split_once(':') else { return false };
    let file = volume.strip_prefix("backup/").unwrap_or_default();
    given.len() <= MAX_VOLID
        && storage.parse::<StorageName>().is_ok()
        && !file.is_empty()
        && !file.split('/').any(|part| matches!(part, "" | "." | ".."))
        && !file.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Lower case, single spaces, without the leading slash.
fn command(given: &str) -> Option<String> {
    let given = given.strip_prefix('/').unwrap_or(given);
    let words = given.split_whitespace().map(str::to_ascii_lowercase).collect::<Vec<_>>().join(" ");
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'*');
    (!words.is_empty() && words.len() <= MAX_WORDS && words.bytes().all(fits)).then_some(words)
}

/// As refusals show what was given.
pub(crate) fn shown(given: &str) -> String {
    // Cut before escaping: ten kilobytes of control characters would become sixty.
    text::shorten(&text::visible(&text::shorten(given, 100)), 60)
}
