//! Writing a run: all objects first, the branch last and once.

use super::{
    Entry, Error, Run, Version,
    read::{self, branch},
    thread::Place,
};
use git2::{Commit, ErrorCode, FileMode, Oid, Repository, Signature, Time, Tree, build::TreeUpdateBuilder};

/// `group/device`, as Oxidized writes it.
pub(super) fn path(device: &str, group: Option<&str>) -> Result<String, Error> {
    let part = |name: &str| {
        let why = match name {
            "" => "it is empty",
            "." | ".." => "it names a folder",
            _ if name.eq_ignore_ascii_case(".git") => "git keeps its own things there",
            _ if name.contains('/') || name.contains('\\') => "it has a slash",
            _ if name.chars().any(char::is_control) => "it has control characters",
            _ if name.len() > 200 => "it is longer than 200 bytes",
            _ => return Ok(name.to_owned()),
        };
        Err(Error::BadName { name: name.chars().take(80).collect(), why })
    };
    Ok(match group.filter(|group| !group.is_empty()) {
        Some(group) => format!("{}/{}", part(group)?, part(device)?),
        None => part(device)?,
    })
}

pub(super) fn record(place: &Place, run: &Run) -> Result<Vec<Version>, Error> {
    let repository = &place.repository;
    // All names are looked at before anything is written.
    let paths = run.entries.iter().map(|e| path(&e.device, e.group.as_deref())).collect::<Result<Vec<_>, _>>()?;
    let branch = branch(repository)?;
    let from = read::tip(repository)?;
    let mut tip = from;
    let mut versions = Vec::new();
    for (entry, path) in run.entries.iter().zip(&paths) {
        let parent = tip.map(|tip| repository.find_commit(tip)).transpose()?;
        let tree = parent.as_ref().map(Commit::tree).transpose()?;
        if is_kept(place, tree.as_ref(), path, &entry.text)? {
            continue;
        }
        let version = commit(place, run, entry, path, parent.as_ref(), tree.as_ref())?;
        tip = Some(version.0);
        versions.push(version.1);
    }
    if let Some(tip) = tip.filter(|_| !versions.is_empty()) {
        moved(repository, &branch, from, tip, &run.why)?;
    }
    Ok(versions)
}

/// Whether the newest version says the same. A sealed one is opened: each sealing is different.
fn is_kept(place: &Place, tree: Option<&Tree<'_>>, path: &str, text: &str) -> Result<bool, Error> {
    let Some(blob) = tree.map(|tree| read::blob_at(tree, path)).transpose()?.flatten() else { return Ok(false) };
    match read::text(place, &blob.to_string()) {
        Ok(kept) => Ok(kept == text),
        // Sealed with a key that was changed: it is written anew.
        Err(Error::WrongKey { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn commit(
    place: &Place,
    run: &Run,
    entry: &Entry,
    path: &str,
    parent: Option<&Commit<'_>>,
    tree: Option<&Tree<'_>>,
) -> Result<(Oid, Version), Error> {
    let repository = &place.repository;
    let bytes = place.seal.as_ref().map_or_else(|| entry.text.clone().into_bytes(), |seal| seal.close(&entry.text));
    let blob = repository.blob(&bytes)?;
    let empty;
    let tree = match tree {
        Some(tree) => tree,
        None => {
            empty = repository.find_tree(repository.treebuilder(None)?.write()?)?;
            &empty
        }
    };
    let mut changes = TreeUpdateBuilder::new();
    // A device that was in no group and comes into one of its name would be file and folder at once.
    if let Some((group, _)) = path.split_once('/')
        && tree.get_name(group).is_some_and(|there| there.kind() == Some(git2::ObjectType::Blob))
    {
        return Err(Error::BadName { name: group.to_owned(), why: "a device has this name already" });
    }
    changes.upsert(path, blob, FileMode::Blob);
    let tree = repository.find_tree(changes.create_updated(repository, tree)?)?;
    let time = Time::new(run.at.seconds(), 0);
    let author = entry.author.as_deref().map(clean).filter(|author| !author.is_empty());
    let author = author.unwrap_or_else(|| place.name.clone());
    let committer = Signature::new(&place.name, &place.email, &time)?;
    let by = Signature::new(&author, &place.email, &time)?;
    let parents: Vec<&Commit<'_>> = parent.into_iter().collect();
    let id = repository.commit(None, &by, &committer, &format!("{path}: {}\n", run.why.trim()), &tree, &parents)?;
    let version = Version {
        device: entry.device.clone(),
        group: entry.group.clone(),
        blob: blob.to_string(),
        commit: id.to_string(),
        at: run.at,
        author,
    };
    Ok((id, version))
}

/// What a commit's head cannot hold.
fn clean(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect::<String>().trim().to_owned()
}

/// Moves the branch from where it was read; anybody who moved it meanwhile is not written over.
fn moved(repository: &Repository, branch: &str, from: Option<Oid>, to: Oid, why: &str) -> Result<(), Error> {
    let log = why.lines().next().unwrap_or_default();
    let done = match from {
        Some(from) => repository.reference_matching(branch, to, true, from, log),
        None => repository.reference(branch, to, false, log),
    };
    match done {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.code(), ErrorCode::Modified | ErrorCode::Exists) => Err(Error::Moved),
        Err(error) => Err(error.into()),
    }
}
