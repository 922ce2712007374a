//! Junos: an exclusive candidate, and `commit confirmed`. The comment of the commit bears our name.

use super::{Committed, Pending, Preview, Scope, Undone, Wish, minutes};
use crate::device::{error::Error, link::Link, shell::Shell};
use std::time::Duration;

pub(super) fn preview(link: &mut Link, wish: &Wish) -> Result<Preview, Error> {
    link.nobody_waits(wish)?;
    let shell = begin(link)?;
    let staged = stage(shell, wish);
    leave(shell)?;
    staged.map(|diff| Preview { diff: Some(diff), ..Preview::default() })
}

pub(super) fn commit(link: &mut Link, wish: &Wish, timer: Duration) -> Result<Committed, Error> {
    if link.pending(wish)? == Pending::Ours {
        return Err(Error::PendingCommit { by: wish.name() });
    }
    link.nobody_waits(wish)?;
    let shell = begin(link)?;
    let minutes = minutes(timer);
    let commit = format!("commit confirmed {minutes} comment {}", wish.name());
    let done = stage(shell, wish).and_then(|_| {
        // The name may be part of the change.
        shell.expect_new_name();
        let said = shell.say_patiently(&commit, &[])?;
        shell.accepted(&commit, said)
    });
    match done {
        Ok(_) => leave(shell)?,
        Err(e) => return Err(left_after(shell, e)),
    }
    Ok(Committed { rolls_back_after: Some(Duration::from_secs(minutes * 60)) })
}

pub(super) fn confirm(link: &mut Link, wish: &Wish) -> Result<(), Error> {
    if !ours(&link.pending(wish)?) {
        return Err(Error::NothingPending);
    }
    let shell = begin(link)?;
    let said = shell.say_patiently("commit", &[])?;
    shell.accepted("commit", said)?;
    leave(shell)
}

pub(super) fn undo(link: &mut Link, wish: &Wish) -> Result<Undone, Error> {
    if !ours(&link.pending(wish)?) {
        return Ok(Undone::Nothing);
    }
    let shell = begin(link)?;
    shell.order("rollback 1")?;
    shell.expect_new_name();
    let said = shell.say_patiently("commit", &[])?;
    shell.accepted("commit", said)?;
    leave(shell)?;
    Ok(Undone::Done)
}

pub(super) fn pending(link: &mut Link, wish: &Wish) -> Result<Pending, Error> {
    let user = link.device.at.login.user.clone();
    let said = link.read("show system commit")?;
    Ok(pending_in(&said, &wish.name(), &user))
}

/// The first row is the last commit; its comment and what is left of its time stand below, up to the next row.
fn pending_in(said: &str, name: &str, user: &str) -> Pending {
    let is_row = |line: &str| line.split_whitespace().next().is_some_and(|n| n.parse::<u32>().is_ok());
    let mut rows = said.lines().skip_while(|line| !is_row(line));
    let Some(first) = rows.next() else { return Pending::Nothing };
    let below: Vec<&str> = rows.take_while(|line| !is_row(line)).collect();
    let whole = [&[first], &below[..]].concat().join("\n");
    if !whole.contains("rollback in") {
        return Pending::Nothing;
    }
    if whole.contains(name) {
        return Pending::Ours;
    }
    let by = first.split(" by ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or("somebody");
    // Another comment is another's, also when the user is ours.
    let commented = below.iter().any(|l| !l.trim().is_empty() && !l.contains("rollback in"));
    if by == user && !commented { Pending::OurUser } else { Pending::Other { by: by.to_owned() } }
}

/// Whoever confirms or undoes knows that they committed.
fn ours(pending: &Pending) -> bool {
    matches!(pending, Pending::Ours | Pending::OurUser)
}

fn begin(link: &mut Link) -> Result<&mut Shell, Error> {
    let shell = link.shell()?;
    let said = shell.say("configure exclusive")?;
    if let Some((_, by)) = said.split_once("locked by") {
        let by = by.trim_start_matches(':').split_whitespace().next().unwrap_or("somebody").to_owned();
        return Err(Error::Locked { by });
    }
    shell.accepted("configure exclusive", said)?;
    Ok(shell)
}

/// The candidate's difference.
fn stage(shell: &mut Shell, wish: &Wish) -> Result<String, Error> {
    const VERBS: [&str; 10] =
        ["set", "delete", "deactivate", "activate", "rename", "insert", "annotate", "copy", "protect", "unprotect"];
    let verb = |line: &str| VERBS.contains(&line.split_whitespace().next().unwrap_or_default());
    let is_set = wish.text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).all(verb);
    let load = match (wish.scope, is_set) {
        (Scope::Merge, true) => "load set terminal",
        (Scope::Merge, false) => "load merge terminal",
        (Scope::Replace, false) => "load override terminal",
        // Lines of `set` make a whole when nothing was there before.
        (Scope::Replace, true) => {
            shell.order("delete").or_else(|_| {
                shell.say_answering("delete", &[super::super::shell::Answer::new("[yes,no] (no)", "yes")])
            })?;
            "load set terminal"
        }
    };
    let said = shell.paste(load, "^D at a new line", &wish.text)?;
    if let Err(Error::Rejected { words, .. }) = shell.accepted(load, said.clone()) {
        return Err(shell.rejected(offending(&said, &wish.text).as_str(), &words));
    }
    let check = shell.say_patiently("commit check", &[])?;
    shell.accepted("commit check", check)?;
    shell.order("show | compare | no-more")
}

/// The line that it complains about, if it names one.
fn offending(said: &str, text: &str) -> String {
    let named = said.lines().find_map(|l| text.lines().find(|t| t.trim().len() > 8 && l.contains(t.trim())));
    let by_number = || {
        let number = said.split("line ").nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok()?;
        text.lines().nth(number.checked_sub(1)?)
    };
    named.or_else(by_number).unwrap_or("one of the lines").trim().to_owned()
}

/// Out, and the candidate goes with it.
fn leave(shell: &mut Shell) -> Result<(), Error> {
    if shell.prompt().ends_with('#') {
        // Discards where there is something; without a change it says nothing of note.
        shell.say("rollback 0")?;
        shell.say_answering("exit configuration-mode", &[super::super::shell::Answer::new("[yes,no] (yes)", "yes")])?;
    }
    Ok(())
}

/// The error, after leaving as far as the session still allows: its loss discards the candidate as well.
fn left_after(shell: &mut Shell, e: Error) -> Error {
    if matches!(e, Error::Rejected { .. }) {
        // What matters is the refusal.
        let _left = leave(shell);
    }
    e
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pending_commit_is_told_by_its_comment_and_user() {
        let row = "0   2026-01-02 03:04:05 UTC by lab via cli commit confirmed, rollback in 2mins\n";
        let older = "1   2026-01-01 00:00:00 UTC by lab via cli\n    direttore-J-9\n";
        for (said, right) in [
            (format!("{row}    direttore-J-12\n{older}"), Pending::Ours),
            (format!("{row}{older}"), Pending::OurUser),
            (format!("{row}    direttore-J-7\n"), Pending::Other { by: "lab".into() }),
            (row.replace("by lab", "by eve"), Pending::Other { by: "eve".into() }),
            (older.to_owned(), Pending::Nothing),
            (String::new(), Pending::Nothing),
        ] {
            assert_eq!(pending_in(&said, "direttore-J-12", "lab"), right, "{said}");
        }
    }

    #[test]
    fn the_line_that_was_refused_is_found() {
        let text = "set system host-name a\nset bogus thing here\n";
        assert_eq!(
            offending("terminal:2:(4) syntax error: bogus\n  [edit]\n    'set bogus thing here'", text),
            "set bogus thing here"
        );
        assert_eq!(offending("error: syntax error in line 2", text), "set bogus thing here");
        assert_eq!(offending("load complete (1 errors)", text), "one of the lines");
    }
}
