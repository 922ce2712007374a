//! Versions of a device's configuration: by the index, and where that has none, by the repository itself.

use crate::{
    devices::{Devices, name},
    handlers::Cx,
};
use direttore_clients::netbox::Device;
use direttore_domain::{Instant, Refusal, Trouble};
use direttore_store::device_version::{self, Version};

/// As many versions of a device are looked through.
const MOST: usize = 1000;

/// As many digits of a commit are shown, and as few tell one from another.
const SHOWN: usize = 8;
const FEWEST: usize = 4;

/// What stands on one side of a comparison.
pub(in super::super) struct Place {
    /// In a few words.
    pub what: String,
    pub at: Option<Instant>,
    pub text: String,
}

/// A version's commit, as people say it.
pub(in super::super) fn short(version: &Version) -> String {
    version.commit.chars().take(SHOWN).collect()
}

/// A device's, the newest first.
///
/// # Errors
/// The database's or the repository's.
pub(in super::super) async fn versions(cx: &Cx, row: &Device) -> Result<Vec<Version>, Trouble> {
    let id = i64::try_from(row.id).map_err(Trouble::bug)?;
    let limit = i64::try_from(MOST).map_err(Trouble::bug)?;
    let mut tx = cx.store.read().await?;
    let noted = device_version::list(&mut tx, id, limit).await?;
    drop(tx);
    if !noted.is_empty() {
        return Ok(noted);
    }
    let group = row.site.as_ref().and_then(|site| site.slug.as_deref());
    let found = cx.lab.need_devices()?.walk(name(row), group, MOST).await?;
    let read = |(id, found): (i64, direttore_clients::history::Version)| Version {
        id,
        blob: found.blob,
        commit: found.commit,
        author: found.author,
        why: String::new(),
        taken: "backup".to_owned(),
        job: None,
        at: found.at,
    };
    Ok((1..).zip(found).map(read).collect())
}

/// The newest version.
///
/// # Errors
/// That there is none; the database's or the repository's.
pub(in super::super) async fn newest(cx: &Cx, devices: &Devices, row: &Device) -> Result<Place, Trouble> {
    match versions(cx, row).await?.first() {
        Some(version) => placed(devices, version).await,
        None => Err(nothing_kept(row).into()),
    }
}

/// What there was at an instant.
///
/// # Errors
/// That nothing was kept by then; the database's or the repository's.
pub(in super::super) async fn since(cx: &Cx, devices: &Devices, row: &Device, at: Instant) -> Result<Place, Trouble> {
    let all = versions(cx, row).await?;
    if let Some(version) = all.iter().find(|version| version.at <= at) {
        return placed(devices, version).await;
    }
    let Some(oldest) = all.last() else { return Err(nothing_kept(row).into()) };
    let zone = cx.actor.zone().parse().unwrap_or(direttore_domain::Zone::UTC);
    Err(Refusal::WrongState {
        subject: name(row).to_owned(),
        verb: "be compared with that moment".to_owned(),
        why: format!("the first version that is kept is of {}", zone.text(oldest.at)),
    }
    .into())
}

/// The version whose commit begins so.
///
/// # Errors
/// That there is none, or that several do.
pub(in super::super) async fn about(cx: &Cx, devices: &Devices, row: &Device, given: &str) -> Result<Place, Trouble> {
    let wanted = given.trim().to_lowercase();
    let all = versions(cx, row).await?;
    let mut found: Vec<&Version> = match wanted.len() >= FEWEST {
        true => all.iter().filter(|version| version.commit.starts_with(&wanted)).collect(),
        false => vec![],
    };
    found.dedup_by(|a, b| a.commit == b.commit);
    match found.as_slice() {
        [one] => placed(devices, one).await,
        _ => Err(Refusal::NoSuch {
            what: "version",
            given: given.to_owned(),
            nearest: None,
            has: all.iter().take(5).map(short).collect(),
        }
        .into()),
    }
}

async fn placed(devices: &Devices, version: &Version) -> Result<Place, Trouble> {
    let text = devices.text(&version.blob).await?;
    Ok(Place { what: format!("version {}", short(version)), at: Some(version.at), text })
}

fn nothing_kept(row: &Device) -> Refusal {
    Refusal::WrongState {
        subject: name(row).to_owned(),
        verb: "be compared".to_owned(),
        why: format!("nothing of it is kept yet; /device backup {} keeps it", name(row)),
    }
}
