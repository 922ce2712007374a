//! PAN-OS: the candidate is everybody's, so it must be clean before; a copy of our name is what an undo loads. Written by
//! the vendor's manual.

use super::{Committed, Preview, Scope, Undone, Wish};
use crate::device::{error::Error, link::Link, shell::Shell};

pub(super) fn preview(link: &mut Link, wish: &Wish) -> Result<Preview, Error> {
    link.unless(wish.scope, Scope::Replace)?;
    is_clean(link.shell()?)?;
    stage(link, wish)?;
    let shell = link.shell()?;
    shell.order("exit")?;
    let diff = shell.say("show config diff");
    shell.order("configure")?;
    revert(shell)?;
    shell.order("exit")?;
    Ok(Preview { diff: Some(diff?), ..Preview::default() })
}

pub(super) fn commit(link: &mut Link, wish: &Wish) -> Result<Committed, Error> {
    link.unless(wish.scope, Scope::Replace)?;
    is_clean(link.shell()?)?;
    let copy = copy_of(wish);
    let shell = link.shell()?;
    shell.order("configure")?;
    shell.order(&format!("save config to {copy}"))?;
    shell.order("exit")?;
    stage(link, wish)?;
    let shell = link.shell()?;
    shell.expect_new_name();
    let said = shell.say_patiently("commit", &[])?;
    if let Err(e) = shell.accepted("commit", said) {
        revert(shell)?;
        return Err(e);
    }
    shell.order("exit")?;
    Ok(Committed { rolls_back_after: None })
}

/// The copy is not needed any more.
pub(super) fn confirm(link: &mut Link, wish: &Wish) -> Result<(), Error> {
    link.shell()?.say(&format!("delete config saved {}", copy_of(wish))).map(drop)
}

pub(super) fn undo(link: &mut Link, wish: &Wish) -> Result<Undone, Error> {
    let shell = link.shell()?;
    shell.order("configure")?;
    let load = format!("load config from {}", copy_of(wish));
    let said = shell.say_patiently(&load, &[])?;
    let undone = if said.contains("does not exist") || said.contains("No such file") {
        Undone::Nothing
    } else {
        shell.accepted(&load, said)?;
        shell.expect_new_name();
        let said = shell.say_patiently("commit", &[])?;
        shell.accepted("commit", said)?;
        Undone::Done
    };
    shell.order("exit")?;
    Ok(undone)
}

fn copy_of(wish: &Wish) -> String {
    format!("{}.xml", wish.name())
}

fn is_clean(shell: &mut Shell) -> Result<(), Error> {
    let said = shell.order("show config diff")?;
    if said.trim().is_empty() { Ok(()) } else { Err(Error::PendingCommit { by: "somebody's candidate".to_owned() }) }
}

fn stage(link: &mut Link, wish: &Wish) -> Result<(), Error> {
    let comment = link.platform().comment;
    let shell = link.shell()?;
    shell.order("configure")?;
    for line in wish.lines(comment) {
        if let Err(e) = shell.order(&line) {
            if matches!(e, Error::Rejected { .. }) {
                revert(shell)?;
                shell.say("exit")?;
            }
            return Err(e);
        }
    }
    Ok(())
}

fn revert(shell: &mut Shell) -> Result<(), Error> {
    let said = shell.say_patiently("revert config", &[])?;
    shell.accepted("revert config", said).map(drop)
}
