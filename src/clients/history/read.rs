//! Reading: a text by its blob at once, the rest along the branch.

use super::{Error, Version, thread::Place, write};
use direttore_domain::Instant;
use git2::{Commit, ErrorCode, ObjectType, Oid, Repository, Sort, Tree};
use std::path::Path;

/// The branch that HEAD names, also before its first commit.
pub(super) fn branch(repository: &Repository) -> Result<String, Error> {
    let head = repository.find_reference("HEAD")?;
    match head.symbolic_target() {
        Ok(Some(branch)) => Ok(branch.to_owned()),
        _ => Err(Error::Corrupt { why: "HEAD names no branch".to_owned() }),
    }
}

pub(super) fn tip(repository: &Repository) -> Result<Option<Oid>, Error> {
    match repository.refname_to_id(&branch(repository)?) {
        Ok(tip) => Ok(Some(tip)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn blob_at(tree: &Tree<'_>, path: &str) -> Result<Option<Oid>, Error> {
    match tree.get_path(Path::new(path)) {
        Ok(entry) => Ok(Some(entry.id()).filter(|_| entry.kind() == Some(ObjectType::Blob))),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn text(place: &Place, blob: &str) -> Result<String, Error> {
    let unknown = || Error::NoSuchVersion { blob: blob.to_owned() };
    let id = Oid::from_str(blob).map_err(|_| unknown())?;
    let found = match place.repository.find_blob(id) {
        Ok(found) => found,
        Err(error) if error.code() == ErrorCode::NotFound => return Err(unknown()),
        Err(error) => return Err(error.into()),
    };
    match &place.seal {
        Some(seal) => seal.open(found.content()).ok_or_else(|| Error::WrongKey { blob: blob.to_owned() }),
        None => Ok(String::from_utf8_lossy(found.content()).into_owned()),
    }
}

pub(super) fn newest(place: &Place, device: &str, group: Option<&str>) -> Result<Option<(String, String)>, Error> {
    let path = write::path(device, group)?;
    let Some(tip) = tip(&place.repository)? else { return Ok(None) };
    let tree = place.repository.find_commit(tip)?.tree()?;
    let Some(blob) = blob_at(&tree, &path)? else { return Ok(None) };
    let blob = blob.to_string();
    Ok(Some((text(place, &blob)?, blob)))
}

pub(super) fn versions(place: &Place, device: &str, group: Option<&str>, most: usize) -> Result<Vec<Version>, Error> {
    let mut all = Vec::new();
    walk(place, device, group, |version| {
        all.push(version);
        all.len() < most
    })?;
    Ok(all)
}

pub(super) fn at(place: &Place, device: &str, group: Option<&str>, at: Instant) -> Result<Option<Version>, Error> {
    let mut found = None;
    walk(place, device, group, |version| {
        if version.at <= at {
            found = Some(version);
        }
        found.is_none()
    })?;
    Ok(found)
}

/// The commits that changed one file, newest first, until somebody has seen enough.
fn walk(place: &Place, device: &str, group: Option<&str>, mut take: impl FnMut(Version) -> bool) -> Result<(), Error> {
    let path = write::path(device, group)?;
    let repository = &place.repository;
    let Some(tip) = tip(repository)? else { return Ok(()) };
    let mut commits = repository.revwalk()?;
    commits.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
    commits.simplify_first_parent()?;
    commits.push(tip)?;
    for id in commits {
        let commit = repository.find_commit(id?)?;
        let Some(blob) = blob_at(&commit.tree()?, &path)? else { continue };
        let before = commit.parents().next().map(|parent| blob_at(&parent.tree()?, &path)).transpose()?.flatten();
        if before != Some(blob) && !take(version(&commit, device, group, blob)) {
            break;
        }
    }
    Ok(())
}

fn version(commit: &Commit<'_>, device: &str, group: Option<&str>, blob: Oid) -> Version {
    Version {
        device: device.to_owned(),
        group: group.map(str::to_owned),
        blob: blob.to_string(),
        commit: commit.id().to_string(),
        at: Instant::from_seconds(commit.time().seconds()),
        author: commit.author().name().unwrap_or_default().to_owned(),
    }
}
