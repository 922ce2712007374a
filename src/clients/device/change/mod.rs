//! Changing a device, by the safest way that it has: one file for each mechanism.
//!
//! A change is told by its [`Wish`], whose job names what is left on the box: a session, a checkpoint, a saved copy. Nothing
//! else is remembered here, so after a crash the same call on a new session finds what is pending, confirms it or undoes it.
//! `preview` leaves nothing behind. After an error of `commit`, or without an answer from it, `undo` is always right: where
//! nothing was done it says [`Undone::Nothing`].

mod candidate;
mod checkpoint;
mod eos;
mod held;
mod ios;
mod junos;
mod netconf;
mod plain;
mod sros;
mod vyos;

pub use held::Held;

use super::{
    error::Error,
    link::Link,
    platform::{Mechanism, Timer},
};
use std::time::Duration;

/// What is to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What the change is called on the box, beside our own name: `J-12`.
    pub job: String,
    /// Lines of the platform, or XML.
    pub text: String,
    pub scope: Scope,
    /// The running configuration before. Platforms that go line by line need it to undo.
    pub before: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The text is added to what is there.
    Merge,
    /// The text is all there is.
    Replace,
}

/// What a change would do, in the device's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The device's own difference, where it has one.
    pub diff: Option<String>,
    /// The configuration as it would be, where the device says that instead or it can be told beforehand.
    pub after: Option<String>,
    /// The lines that would undo it, where we must say them.
    pub reverse: Vec<String>,
}

/// A change that is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// When the device goes back by itself. It counts in its own steps, so this may be longer than was asked for.
    pub rolls_back_after: Option<Duration>,
}

/// What stands on the box unconfirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pending {
    Nothing,
    /// Ours by its name.
    Ours,
    /// Of our user, and the platform keeps no name: whoever was about to commit knows whether it is theirs.
    OurUser,
    Other {
        by: String,
    },
    /// The platform does not tell.
    Unseen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    Done,
    /// There was nothing of ours: never done, confirmed before, or rolled back already.
    Nothing,
}

impl Wish {
    /// The name of what is left on the box: of letters, digits and dashes.
    fn name(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
        format!("direttore-{}", self.job.chars().map(plain).collect::<String>())
    }

    /// The lines to say, one by one; a banner and its text are one.
    fn lines(&self, comment: &str) -> Vec<String> {
        lines_of(&self.text, comment)
    }
}

fn lines_of(text: &str, comment: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(comment) || matches!(bare, "end" | "configure terminal" | "configure") {
            continue;
        }
        let Some(banner) = bare.strip_prefix("banner ") else {
            all.push(line.to_owned());
            continue;
        };
        // `banner motd ^C…^C`, or without a sign up to a line `EOF`.
        let sign = banner.split_whitespace().nth(1);
        let is_over = |line: &str| match sign {
            Some(sign) => line
                .contains(sign.chars().take(if sign.starts_with("^C") { 2 } else { 1 }).collect::<String>().as_str()),
            None => line == "EOF",
        };
        let mut whole = line.to_owned();
        let opened_and_closed = sign.is_some_and(|s| s.chars().count() > 1 && !s.starts_with("^C"));
        if !opened_and_closed {
            for next in lines.by_ref() {
                whole.push('\n');
                whole.push_str(next);
                if is_over(next) {
                    break;
                }
            }
        }
        all.push(whole);
    }
    all
}

/// Whole minutes, up.
fn minutes(timer: Duration) -> u64 {
    timer.as_secs().div_ceil(60).max(1)
}

impl Link {
    /// What the change would do. Nothing is left on the box.
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::Locked`], [`Error::PendingCommit`], [`Error::Unsupported`]; whatever can happen to a session.
    pub fn preview(&mut self, wish: &Wish) -> Result<Preview, Error> {
        match self.platform().mechanism {
            Mechanism::Timer(Timer::Junos) => junos::preview(self, wish),
            Mechanism::Timer(Timer::Eos) => eos::preview(self, wish),
            Mechanism::Timer(Timer::Sros) => sros::preview(self, wish),
            Mechanism::Timer(Timer::Vyos) => vyos::preview(self, wish),
            Mechanism::Timer(Timer::Netconf) => netconf::preview(self, wish),
            Mechanism::Candidate => candidate::preview(self, wish),
            Mechanism::Timer(Timer::Ios) | Mechanism::Checkpoint | Mechanism::SafeMode | Mechanism::Plain => {
                plain::preview(self, wish)
            }
        }
    }

    /// Makes the change live, with the device's own timer where it has one. A refused line leaves nothing of the change,
    /// but where changes go line by line: there [`Link::undo`] must follow.
    ///
    /// # Errors
    /// As [`Link::preview`].
    pub fn commit(&mut self, wish: &Wish, timer: Duration) -> Result<Committed, Error> {
        match self.platform().mechanism {
            Mechanism::Timer(Timer::Junos) => junos::commit(self, wish, timer),
            Mechanism::Timer(Timer::Eos) => eos::commit(self, wish, timer),
            Mechanism::Timer(Timer::Ios) => ios::commit(self, wish, timer),
            Mechanism::Timer(Timer::Sros) => sros::commit(self, wish, timer),
            Mechanism::Timer(Timer::Vyos) => vyos::commit(self, wish, timer),
            Mechanism::Timer(Timer::Netconf) => netconf::commit(self, wish, timer),
            Mechanism::Checkpoint => checkpoint::commit(self, wish),
            Mechanism::Candidate => candidate::commit(self, wish),
            Mechanism::Plain => plain::commit(self, wish),
            Mechanism::SafeMode => Err(Error::Unsupported {
                platform: self.platform().name,
                what: "commit without a session that is held open",
            }),
        }
    }

    /// Keeps what was committed.
    ///
    /// # Errors
    /// [`Error::NothingPending`]: the device has rolled it back, or it was confirmed before. Whatever can happen to a session.
    pub fn confirm(&mut self, wish: &Wish) -> Result<(), Error> {
        match self.platform().mechanism {
            Mechanism::Timer(Timer::Junos) => junos::confirm(self, wish),
            Mechanism::Timer(Timer::Eos) => eos::confirm(self, wish),
            Mechanism::Timer(Timer::Ios) => ios::confirm(self),
            Mechanism::Timer(Timer::Sros) => sros::confirm(self),
            Mechanism::Timer(Timer::Vyos) => vyos::confirm(self),
            Mechanism::Timer(Timer::Netconf) => netconf::confirm(self, wish),
            Mechanism::Checkpoint => checkpoint::confirm(self, wish),
            Mechanism::Candidate => candidate::confirm(self, wish),
            // Live is kept.
            Mechanism::Plain | Mechanism::SafeMode => Ok(()),
        }
    }

    /// Brings back what was before the change, now.
    ///
    /// # Errors
    /// [`Error::NotRestored`] where lines remain; whatever can happen to a session.
    pub fn undo(&mut self, wish: &Wish) -> Result<Undone, Error> {
        match self.platform().mechanism {
            Mechanism::Timer(Timer::Junos) => junos::undo(self, wish),
            Mechanism::Timer(Timer::Eos) => eos::undo(self, wish),
            Mechanism::Timer(Timer::Ios) => ios::undo(self),
            Mechanism::Timer(Timer::Sros) => sros::undo(self),
            Mechanism::Timer(Timer::Vyos) => vyos::undo(self),
            Mechanism::Timer(Timer::Netconf) => netconf::undo(self, wish),
            Mechanism::Checkpoint => checkpoint::undo(self, wish),
            Mechanism::Candidate => candidate::undo(self, wish),
            Mechanism::Plain => plain::undo(self, wish),
            // The session that held it is gone, and the change with it.
            Mechanism::SafeMode => Ok(Undone::Nothing),
        }
    }

    /// What stands on the box unconfirmed, or locked by others.
    ///
    /// # Errors
    /// Whatever can happen to a session.
    pub fn pending(&mut self, wish: &Wish) -> Result<Pending, Error> {
        match self.platform().mechanism {
            Mechanism::Timer(Timer::Junos) => junos::pending(self, wish),
            Mechanism::Timer(Timer::Eos) => eos::pending(self, wish),
            Mechanism::Timer(Timer::Ios) => ios::pending(self),
            Mechanism::Timer(Timer::Netconf) => netconf::pending(self),
            Mechanism::Checkpoint => checkpoint::pending(self, wish),
            Mechanism::Timer(Timer::Sros | Timer::Vyos) | Mechanism::Candidate => Ok(Pending::Unseen),
            Mechanism::Plain | Mechanism::SafeMode => Ok(Pending::Nothing),
        }
    }

    /// Running to startup, where these are two.
    ///
    /// # Errors
    /// [`Error::Rejected`]; whatever can happen to a session.
    pub fn save(&mut self) -> Result<(), Error> {
        use super::shell::Answer;
        let Some(command) = self.platform().save else { return Ok(()) };
        let (configure, leave) = (self.platform().configure, self.platform().leave);
        let in_config = self.platform().mechanism == Mechanism::Timer(Timer::Vyos);
        let answers = [
            Answer::new("[confirm]", ""),
            Answer::new("filename [startup-config]?", ""),
            Answer::new("(y/n)", "y"),
            Answer::new("(y/n)?[n]", "y"),
            Answer::new("[y/n]:", "y"),
        ];
        let shell = self.shell()?;
        if in_config {
            shell.order(configure)?;
        }
        let said = shell.say_patiently(command, &answers)?;
        shell.accepted(command, said)?;
        if in_config {
            shell.order(leave)?;
        }
        Ok(())
    }

    /// Nobody else may have something unconfirmed there. Ours of an earlier try is fine.
    fn nobody_waits(&mut self, wish: &Wish) -> Result<(), Error> {
        match self.pending(wish)? {
            Pending::Other { by } => Err(Error::PendingCommit { by }),
            Pending::OurUser => Err(Error::PendingCommit { by: self.device.at.login.user.clone() }),
            Pending::Nothing | Pending::Ours | Pending::Unseen => Ok(()),
        }
    }

    fn unless(&self, scope: Scope, forbidden: Scope) -> Result<(), Error> {
        let what = "safe way to replace the whole configuration from a text";
        if scope == forbidden { Err(Error::Unsupported { platform: self.platform().name, what }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_box_are_of_plain_letters() {
        let wish = Wish { job: "J-12;reload".into(), text: String::new(), scope: Scope::Merge, before: String::new() };
        assert_eq!(wish.name(), "direttore-J-12-reload");
    }

    #[test]
    fn lines_are_said_one_by_one_and_banners_whole() {
        let text =
            "! comment\nhostname a\n\nbanner motd ^C\nhello\n there ^C\nbanner login\nhi\nEOF\nend\nvlan 20\n name X\n";
        let right = ["hostname a", "banner motd ^C\nhello\n there ^C", "banner login\nhi\nEOF", "vlan 20", " name X"];
        assert_eq!(lines_of(text, "!"), right);
        assert_eq!(lines_of("banner motd #hello#\nvlan 3", "!"), ["banner motd #hello#", "vlan 3"]);
    }

    #[test]
    fn timers_are_never_shorter_than_asked() {
        assert_eq!([0, 1, 60, 61, 600].map(|s| minutes(Duration::from_secs(s))), [1, 1, 1, 2, 10]);
    }
}
