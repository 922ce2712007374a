//! VyOS: the candidate of a session, and `commit-confirm`. Written by the project's manual.

use super::{Committed, Preview, Scope, Undone, Wish, minutes};
use crate::device::{error::Error, link::Link, shell::Answer};
use std::time::Duration;

const LEAVE: &str = "exit discard";

pub(super) fn preview(link: &mut Link, wish: &Wish) -> Result<Preview, Error> {
    stage(link, wish)?;
    let shell = link.shell()?;
    let diff = shell.order("compare");
    shell.say(LEAVE)?;
    Ok(Preview { diff: Some(diff?), ..Preview::default() })
}

pub(super) fn commit(link: &mut Link, wish: &Wish, timer: Duration) -> Result<Committed, Error> {
    stage(link, wish)?;
    let minutes = minutes(timer);
    let order = format!("commit-confirm {minutes}");
    let shell = link.shell()?;
    shell.expect_new_name();
    let said = shell.say_patiently(&order, &[Answer::new("[confirm]", "y"), Answer::new("[y/n]", "y")])?;
    let done = shell.accepted(&order, said);
    shell.say(LEAVE)?;
    done?;
    Ok(Committed { rolls_back_after: Some(Duration::from_secs(minutes * 60)) })
}

pub(super) fn confirm(link: &mut Link) -> Result<(), Error> {
    let shell = link.shell()?;
    shell.order("configure")?;
    let said = shell.say_patiently("confirm", &[])?;
    let nothing = said.to_lowercase().contains("no confirm pending");
    let done = if nothing { Err(Error::NothingPending) } else { shell.accepted("confirm", said).map(drop) };
    shell.say(LEAVE)?;
    done
}

/// Back to the revision before. Old releases ask for a reboot, which is the yes of whoever pushes to them.
pub(super) fn undo(link: &mut Link) -> Result<Undone, Error> {
    let shell = link.shell()?;
    shell.order("configure")?;
    let said = shell.say_patiently("rollback 1", &[Answer::new("[confirm]", "y"), Answer::new("[y/n]", "y")])?;
    shell.accepted("rollback 1", said)?;
    let said = shell.say_patiently("commit", &[])?;
    // New releases have it live already.
    if !said.contains("No configuration changes to commit") {
        shell.accepted("commit", said)?;
    }
    shell.say(LEAVE)?;
    Ok(Undone::Done)
}

fn stage(link: &mut Link, wish: &Wish) -> Result<(), Error> {
    link.unless(wish.scope, Scope::Replace)?;
    let comment = link.platform().comment;
    let shell = link.shell()?;
    shell.order("configure")?;
    for line in wish.lines(comment) {
        if let Err(e) = shell.order(&line) {
            if matches!(e, Error::Rejected { .. }) {
                shell.say(LEAVE)?;
            }
            return Err(e);
        }
    }
    Ok(())
}
