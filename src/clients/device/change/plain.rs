//! Platforms without anything: line by line, live. What was before is stored by whoever pushes; the reverse is what makes
//! the one of the other, computed anew from what the device has then.

use super::{Committed, Preview, Scope, Undone, Wish};
use crate::device::{error::Error, link::Link, platform::Over, reverse};

/// What can be told beforehand: the box shows nothing until it is live.
pub(super) fn preview(link: &mut Link, wish: &Wish) -> Result<Preview, Error> {
    if !has_sections(link) {
        return Ok(Preview::default());
    }
    let before = link.running()?;
    let reverse = reverse::prepare(&before, &wish.text);
    Ok(Preview { diff: None, after: Some(reverse::predict(&before, &wish.text)), reverse })
}

pub(super) fn commit(link: &mut Link, wish: &Wish) -> Result<Committed, Error> {
    let lines = match wish.scope {
        Scope::Merge => wish.lines(link.platform().comment),
        Scope::Replace if has_sections(link) => reverse::restore(&link.running()?, &wish.text),
        Scope::Replace => {
            return link.unless(wish.scope, Scope::Replace).map(|()| Committed { rolls_back_after: None });
        }
    };
    say(link, &lines)?;
    Ok(Committed { rolls_back_after: None })
}

pub(super) fn undo(link: &mut Link, wish: &Wish) -> Result<Undone, Error> {
    if !has_sections(link) {
        return Err(Error::Unsupported { platform: link.platform().name, what: "lines that undo others" });
    }
    let lines = reverse::restore(&link.running()?, &wish.before);
    if lines.is_empty() {
        return Ok(Undone::Nothing);
    }
    say(link, &lines)?;
    let left = reverse::restore(&link.running()?, &wish.before);
    match left.first() {
        None => Ok(Undone::Done),
        Some(first) => Err(Error::NotRestored { lines: left.len(), first: link.masked().of(first) }),
    }
}

/// Whether the configuration is made of sections and lines that `no` takes away.
fn has_sections(link: &Link) -> bool {
    !link.platform().configure.is_empty()
}

fn say(link: &mut Link, lines: &[String]) -> Result<(), Error> {
    let platform = link.platform();
    if platform.reads == Over::Exec && platform.configure.is_empty() {
        // Commands of a host: each must end well.
        return lines.iter().try_for_each(|line| link.read(line).map(drop));
    }
    let shell = link.shell()?;
    shell.order(platform.configure)?;
    for line in lines {
        if line.trim_start().starts_with("hostname ") {
            shell.expect_new_name();
        }
        if let Err(e) = shell.order(line) {
            if matches!(e, Error::Rejected { .. }) {
                shell.say(platform.leave)?;
            }
            return Err(e);
        }
    }
    shell.order(platform.leave).map(drop)
}
