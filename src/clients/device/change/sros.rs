//! SR OS: the MD-CLI's exclusive candidate, and `commit confirmed`. Written by the vendor's manual.

use super::{Committed, Preview, Scope, Undone, Wish, minutes};
use crate::device::{error::Error, link::Link, shell::Answer};
use std::time::Duration;

pub(super) fn preview(link: &mut Link, wish: &Wish) -> Result<Preview, Error> {
    stage(link, wish)?;
    let shell = link.shell()?;
    let diff = shell.order("compare");
    leave(link)?;
    Ok(Preview { diff: Some(diff?), ..Preview::default() })
}

pub(super) fn commit(link: &mut Link, wish: &Wish, timer: Duration) -> Result<Committed, Error> {
    stage(link, wish)?;
    let minutes = minutes(timer);
    let order = format!("commit confirmed {minutes}");
    let shell = link.shell()?;
    shell.expect_new_name();
    let said = shell.say_patiently(&order, &[])?;
    let done = shell.accepted(&order, said);
    leave(link)?;
    done?;
    Ok(Committed { rolls_back_after: Some(Duration::from_secs(minutes * 60)) })
}

pub(super) fn confirm(link: &mut Link) -> Result<(), Error> {
    ask(link, "commit confirmed accept")
}

pub(super) fn undo(link: &mut Link) -> Result<Undone, Error> {
    match ask(link, "commit confirmed cancel") {
        Ok(()) => Ok(Undone::Done),
        Err(Error::NothingPending) => Ok(Undone::Nothing),
        Err(e) => Err(e),
    }
}

fn ask(link: &mut Link, order: &str) -> Result<(), Error> {
    let configure = link.platform().configure;
    let shell = link.shell()?;
    shell.order(configure)?;
    shell.expect_new_name();
    let said = shell.say_patiently(order, &[])?;
    let nothing = said.to_lowercase().contains("no commit confirmed");
    let done = if nothing { Err(Error::NothingPending) } else { shell.accepted(order, said).map(drop) };
    leave(link)?;
    done
}

fn stage(link: &mut Link, wish: &Wish) -> Result<(), Error> {
    link.unless(wish.scope, Scope::Replace)?;
    let (configure, comment) = (link.platform().configure, link.platform().comment);
    let shell = link.shell()?;
    let said = shell.say(configure)?;
    if said.contains("exclusive") && said.contains("locked") {
        return Err(Error::Locked { by: "another session".to_owned() });
    }
    shell.accepted(configure, said)?;
    for line in wish.lines(comment) {
        if let Err(e) = shell.order(&line) {
            if matches!(e, Error::Rejected { .. }) {
                leave(link)?;
            }
            return Err(e);
        }
    }
    link.shell()?.order("validate").map(drop)
}

fn leave(link: &mut Link) -> Result<(), Error> {
    let shell = link.shell()?;
    shell.say("discard /")?;
    shell.say_answering("quit-config", &[Answer::new("[y,n]", "y")]).map(drop)
}
