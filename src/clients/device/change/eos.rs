//! EOS: a named configuration session, and its commit timer. The session's name is ours.

use super::{Committed, Pending, Preview, Scope, Undone, Wish};
use crate::device::{error::Error, link::Link};
use std::time::Duration;

pub(super) fn preview(link: &mut Link, wish: &Wish) -> Result<Preview, Error> {
    link.nobody_waits(wish)?;
    stage(link, wish)?;
    let name = wish.name();
    let diff = link.shell()?.order(&format!("show session-config named {name} diffs"));
    link.shell()?.order(&format!("configure session {name} abort"))?;
    Ok(Preview { diff: Some(diff?), ..Preview::default() })
}

pub(super) fn commit(link: &mut Link, wish: &Wish, timer: Duration) -> Result<Committed, Error> {
    if link.pending(wish)? == Pending::Ours {
        return Err(Error::PendingCommit { by: wish.name() });
    }
    link.nobody_waits(wish)?;
    stage(link, wish)?;
    let seconds = timer.as_secs().max(1);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let name = wish.name();
    let shell = link.shell()?;
    let commit = format!("configure session {name} commit timer {hours:02}:{minutes:02}:{rest:02}");
    shell.expect_new_name();
    let said = shell.say_patiently(&commit, &[])?;
    if let Err(e) = shell.accepted(&commit, said) {
        shell.say(&format!("configure session {name} abort"))?;
        return Err(e);
    }
    Ok(Committed { rolls_back_after: Some(Duration::from_secs(seconds)) })
}

pub(super) fn confirm(link: &mut Link, wish: &Wish) -> Result<(), Error> {
    if link.pending(wish)? != Pending::Ours {
        return Err(Error::NothingPending);
    }
    let commit = format!("configure session {} commit", wish.name());
    let shell = link.shell()?;
    let said = shell.say_patiently(&commit, &[])?;
    shell.accepted(&commit, said).map(drop)
}

pub(super) fn undo(link: &mut Link, wish: &Wish) -> Result<Undone, Error> {
    let (pending, named) = sessions(link, wish)?;
    if !named {
        return Ok(Undone::Nothing);
    }
    let abort = format!("configure session {} abort", wish.name());
    let shell = link.shell()?;
    shell.expect_new_name();
    let said = shell.say_patiently(&abort, &[])?;
    shell.accepted(&abort, said)?;
    Ok(if pending == Pending::Ours { Undone::Done } else { Undone::Nothing })
}

pub(super) fn pending(link: &mut Link, wish: &Wish) -> Result<Pending, Error> {
    sessions(link, wish).map(|(pending, _)| pending)
}

/// What waits for its confirmation, and whether there is a session of our name at all.
fn sessions(link: &mut Link, wish: &Wish) -> Result<(Pending, bool), Error> {
    let said = link.shell()?.order("show configuration sessions")?;
    Ok(sessions_in(&said, &wish.name()))
}

fn sessions_in(said: &str, name: &str) -> (Pending, bool) {
    let rows: Vec<Vec<&str>> =
        said.lines().map(|line| line.split_whitespace().filter(|w| *w != "*").collect()).collect();
    let named = rows.iter().any(|words| words.first() == Some(&name));
    let waiting = rows.iter().find(|words| words.iter().any(|w| w.eq_ignore_ascii_case("pendingCommitTimer")));
    let pending = match waiting.map(|words| words[0]) {
        None => Pending::Nothing,
        Some(session) if session == name => Pending::Ours,
        Some(session) => Pending::Other { by: format!("the session {session}") },
    };
    (pending, named)
}

/// The text in a session of our name, left pending. A refused line takes the session with it.
fn stage(link: &mut Link, wish: &Wish) -> Result<(), Error> {
    let name = wish.name();
    let (_, named) = sessions(link, wish)?;
    let comment = link.platform().comment;
    let shell = link.shell()?;
    if named {
        // Of an earlier try that did not come to its end.
        shell.order(&format!("configure session {name} abort"))?;
    }
    shell.order(&format!("configure session {name}"))?;
    let clean = (wish.scope == Scope::Replace).then(|| "rollback clean-config".to_owned());
    for line in clean.into_iter().chain(wish.lines(comment)) {
        if let Err(e) = shell.order(&line) {
            if matches!(e, Error::Rejected { .. }) {
                shell.say("abort")?;
            }
            return Err(e);
        }
    }
    shell.order("end").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_told_by_name_and_state() {
        let head =
            "Maximum number of completed sessions: 1\n\n  Name  State  User  Terminal\n  ----- ------ ---- ----\n";
        let ours = "  direttore-J-12  pendingCommitTimer  lab  vty1\n";
        let other = "* night-work  pendingCommitTimer  eve  vty2\n";
        let staged = "  direttore-J-12  pending  lab  vty1\n";
        let name = "direttore-J-12";
        assert_eq!(sessions_in(head, name), (Pending::Nothing, false));
        assert_eq!(sessions_in(&format!("{head}{ours}"), name), (Pending::Ours, true));
        assert_eq!(sessions_in(&format!("{head}{staged}"), name), (Pending::Nothing, true));
        let found = sessions_in(&format!("{head}{staged}{other}"), name);
        assert_eq!(found, (Pending::Other { by: "the session night-work".into() }, true));
    }
}
