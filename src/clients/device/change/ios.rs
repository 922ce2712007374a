//! IOS: lines are live at once, under a revert timer. The box keeps no name of a change, so a pending one is told by its user.

use super::{Committed, Pending, Scope, Undone, Wish, minutes};
use crate::device::{error::Error, link::Link, shell::Answer};
use std::time::Duration;

pub(super) fn commit(link: &mut Link, wish: &Wish, timer: Duration) -> Result<Committed, Error> {
    // The text would have to be on the box as a file first.
    link.unless(wish.scope, Scope::Replace)?;
    link.nobody_waits(wish)?;
    let minutes = minutes(timer).min(120);
    let comment = link.platform().comment;
    let shell = link.shell()?;
    shell.order(&format!("configure terminal revert timer {minutes}"))?;
    for line in wish.lines(comment) {
        if line.trim_start().starts_with("hostname ") {
            shell.expect_new_name();
        }
        if let Err(e) = shell.order(&line) {
            if matches!(e, Error::Rejected { .. }) {
                shell.say("end")?;
                shell.expect_new_name();
                revert(link)?;
            }
            return Err(e);
        }
    }
    shell.order("end")?;
    Ok(Committed { rolls_back_after: Some(Duration::from_secs(minutes * 60)) })
}

pub(super) fn confirm(link: &mut Link) -> Result<(), Error> {
    if pending(link)? == Pending::Nothing {
        return Err(Error::NothingPending);
    }
    let shell = link.shell()?;
    let said = shell.say("configure confirm")?;
    if said.contains("No Rollback Confirmed Change pending") {
        return Err(Error::NothingPending);
    }
    shell.accepted("configure confirm", said).map(drop)
}

pub(super) fn undo(link: &mut Link) -> Result<Undone, Error> {
    match pending(link)? {
        Pending::Nothing => Ok(Undone::Nothing),
        Pending::Other { by } => Err(Error::PendingCommit { by }),
        _ => {
            revert(link)?;
            Ok(Undone::Done)
        }
    }
}

fn revert(link: &mut Link) -> Result<(), Error> {
    let shell = link.shell()?;
    shell.expect_new_name();
    let said =
        shell.say_patiently("configure revert now", &[Answer::new("[no]:", "yes"), Answer::new("[confirm]", "")])?;
    if said.contains("No Rollback Confirmed Change pending") {
        return Ok(());
    }
    shell.accepted("configure revert now", said).map(drop)
}

pub(super) fn pending(link: &mut Link) -> Result<Pending, Error> {
    let user = link.device.at.login.user.clone();
    let said = link.shell()?.say("show archive config rollback timer")?;
    Ok(pending_in(&said, &user))
}

fn pending_in(said: &str, user: &str) -> Pending {
    if said.contains("No Rollback Confirmed Change pending") || !said.contains("Timer") {
        return Pending::Nothing;
    }
    let by = said.lines().find_map(|line| line.trim().strip_prefix("User:")).map(str::trim);
    match by {
        Some(by) if by == user => Pending::OurUser,
        by => Pending::Other { by: by.unwrap_or("somebody").to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pending_change_is_told_by_its_user() {
        let said = "Time configured(in minutes): 2\nTimer type: absolute timer\nTimer value: 80 sec\nUser: lab\n";
        assert_eq!(pending_in(said, "lab"), Pending::OurUser);
        assert_eq!(pending_in(said, "eve"), Pending::Other { by: "lab".into() });
        assert_eq!(pending_in("%No Rollback Confirmed Change pending", "lab"), Pending::Nothing);
        // Without an archive the command is not there, and nothing can be pending.
        assert_eq!(pending_in("% Invalid input detected at '^' marker.", "lab"), Pending::Nothing);
    }
}
