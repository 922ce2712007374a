//! NX-OS: a checkpoint of our name before, and a rollback to it. Written by the vendor's manual.

use super::{Committed, Pending, Scope, Undone, Wish};
use crate::device::{error::Error, link::Link};

pub(super) fn commit(link: &mut Link, wish: &Wish) -> Result<Committed, Error> {
    link.unless(wish.scope, Scope::Replace)?;
    let (name, comment) = (wish.name(), link.platform().comment);
    if pending(link, wish)? == Pending::Ours {
        return Err(Error::PendingCommit { by: name });
    }
    let shell = link.shell()?;
    let mark = format!("checkpoint {name}");
    let said = shell.say_patiently(&mark, &[])?;
    shell.accepted(&mark, said)?;
    shell.order("configure terminal")?;
    for line in wish.lines(comment) {
        if line.trim_start().starts_with("hostname ") || line.trim_start().starts_with("switchname ") {
            shell.expect_new_name();
        }
        if let Err(e) = shell.order(&line) {
            if matches!(e, Error::Rejected { .. }) {
                shell.say("end")?;
                undo(link, wish)?;
            }
            return Err(e);
        }
    }
    shell.order("end")?;
    Ok(Committed { rolls_back_after: None })
}

pub(super) fn confirm(link: &mut Link, wish: &Wish) -> Result<(), Error> {
    if pending(link, wish)? != Pending::Ours {
        return Err(Error::NothingPending);
    }
    link.shell()?.order(&format!("no checkpoint {}", wish.name())).map(drop)
}

pub(super) fn undo(link: &mut Link, wish: &Wish) -> Result<Undone, Error> {
    if pending(link, wish)? != Pending::Ours {
        return Ok(Undone::Nothing);
    }
    let back = format!("rollback running-config checkpoint {}", wish.name());
    let shell = link.shell()?;
    shell.expect_new_name();
    let said = shell.say_patiently(&back, &[])?;
    shell.accepted(&back, said)?;
    shell.order(&format!("no checkpoint {}", wish.name()))?;
    Ok(Undone::Done)
}

pub(super) fn pending(link: &mut Link, wish: &Wish) -> Result<Pending, Error> {
    let name = wish.name();
    let said = link.shell()?.order("show checkpoint summary")?;
    let named = said.lines().any(|line| line.split([' ', ')', ':']).any(|word| word == name));
    Ok(if named { Pending::Ours } else { Pending::Nothing })
}
