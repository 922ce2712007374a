//! A terminal on a device: what is said, and everything up to the next prompt.
//!
//! A prompt counts only after the echo of what was said, or after a silence: a line of a banner may look like one. The pty is
//! wide, so that nothing is wrapped; what is drawn and drawn over is settled by `screen`.

use super::{
    error::{Error, Phase},
    limits::{Deadline, Limits},
    link::Masked,
    platform::{Platform, Rules, rules},
    screen,
    target::Secret,
    wire::{Came, Wire},
};
use ssh2::Session;
use std::time::{Duration, Instant};

/// After this silence a prompt counts without an echo: some boxes have none.
const SILENCE: Duration = Duration::from_millis(1500);
/// An echo is looked for in what comes first.
const ECHO_WITHIN: usize = 16 << 10;

pub(super) struct Shell {
    wire: Wire,
    platform: &'static Platform,
    rules: &'static Rules,
    /// The part of the prompt that stays.
    base: Option<String>,
    /// The prompt as it stood last.
    prompt: String,
    masked: Masked,
    limits: Limits,
    whole: Deadline,
}

/// A question in the middle of a command, and its answer.
pub(super) struct Answer {
    /// What the last line ends with, in lower case.
    pub(super) asked: &'static str,
    pub(super) say: Secret,
}

impl Answer {
    pub(super) fn new(asked: &'static str, say: &str) -> Self {
        Self { asked, say: Secret::new(say) }
    }
}

/// What ends the reading.
#[derive(Clone, Copy)]
enum Until<'a> {
    /// The first prompt of a session.
    AnyPrompt,
    /// The prompt after the echo of this.
    Echo(&'a str),
    /// The next prompt, whatever else was said.
    Prompt,
    /// This text.
    Text(&'a str),
}

impl Shell {
    pub(super) fn open(
        session: &Session,
        platform: &'static Platform,
        masked: Masked,
        limits: Limits,
        whole: Deadline,
    ) -> Result<Self, Error> {
        let deadline = whole.within(Phase::Prompt, limits.login);
        let mut wire = Wire::open(session, &limits, deadline)?;
        wire.ask(deadline, |c| c.request_pty("vt100", None, Some((511, 1000, 0, 0))))?;
        wire.ask(deadline, |c| c.shell())?;
        let (rules, base, prompt) = (rules(platform), None, String::new());
        let mut shell = Self { wire, platform, rules, base, prompt, masked, limits, whole };
        shell.first_prompt(deadline)?;
        for line in platform.opening {
            shell.say_by(line, &[], deadline)?;
        }
        Ok(shell)
    }

    fn first_prompt(&mut self, deadline: Deadline) -> Result<(), Error> {
        let licence = Answer::new("license? [y/n]:", "n");
        self.read(Until::AnyPrompt, &[licence], deadline).map(drop)
    }

    /// Into the mode that may see and change everything.
    pub(super) fn enable(&mut self, enable: Option<&Secret>) -> Result<(), Error> {
        if !self.platform.enable || !self.prompt.ends_with('>') {
            return Ok(());
        }
        let answers: Vec<Answer> =
            enable.iter().map(|secret| Answer { asked: "assword:", say: (*secret).clone() }).collect();
        let said = self.say_by("enable", &answers, self.whole.within(Phase::Login, self.limits.login));
        let refused =
            || Error::Credentials { user: "enable".to_owned(), tried: vec!["password".to_owned()], offers: Vec::new() };
        match said {
            Ok(_) if self.prompt.ends_with('#') => Ok(()),
            // It asks again, or asks what we cannot answer.
            Ok(_) | Err(Error::NoPrompt { .. }) => Err(refused()),
            Err(e) => Err(e),
        }
    }

    /// Says a line and gives what came, without echo and prompt.
    pub(super) fn say(&mut self, line: &str) -> Result<String, Error> {
        self.say_answering(line, &[])
    }

    pub(super) fn say_answering(&mut self, line: &str, answers: &[Answer]) -> Result<String, Error> {
        self.say_by(line, answers, self.whole.within(Phase::Command, self.limits.command))
    }

    /// Says a line that a device thinks about for long.
    pub(super) fn say_patiently(&mut self, line: &str, answers: &[Answer]) -> Result<String, Error> {
        self.say_by(line, answers, self.whole.within(Phase::Command, self.limits.commit))
    }

    fn say_by(&mut self, line: &str, answers: &[Answer], deadline: Deadline) -> Result<String, Error> {
        self.wire.write(format!("{line}{}", self.platform.enter).as_bytes(), deadline)?;
        let bytes = self.read(Until::Echo(line), answers, deadline)?;
        Ok(self.without_frame(&bytes, line))
    }

    /// Says a line that must not be complained about.
    pub(super) fn order(&mut self, line: &str) -> Result<String, Error> {
        let said = self.say(line)?;
        self.accepted(line, said)
    }

    /// What was said, unless it is a complaint.
    pub(super) fn accepted(&self, line: &str, said: String) -> Result<String, Error> {
        match self.rules.complaint(&said) {
            None => Ok(said),
            Some(words) => Err(self.rejected(line, &words)),
        }
    }

    pub(super) fn rejected(&self, line: &str, words: &str) -> Error {
        let first = line.lines().next().unwrap_or_default();
        Error::Rejected { line: self.masked.of(first.trim()), words: self.masked.of(words) }
    }

    /// A line after which a text is taken as it is until `^D`.
    pub(super) fn paste(&mut self, line: &str, ready: &str, text: &str) -> Result<String, Error> {
        let deadline = self.whole.within(Phase::Command, self.limits.commit);
        self.wire.write(format!("{line}{}", self.platform.enter).as_bytes(), deadline)?;
        self.read(Until::Text(ready), &[], deadline)?;
        self.wire.write(text.as_bytes(), deadline)?;
        self.wire.write(if text.ends_with('\n') { b"\x04" } else { b"\n\x04" }, deadline)?;
        let bytes = self.read(Until::Prompt, &[], deadline)?;
        Ok(self.without_frame(&bytes, ""))
    }

    /// Keys that are no line, and what came up to the prompt.
    pub(super) fn press(&mut self, keys: &[u8]) -> Result<String, Error> {
        let deadline = self.whole.within(Phase::Command, self.limits.command);
        self.wire.write(keys, deadline)?;
        let bytes = self.read(Until::Prompt, &[], deadline)?;
        Ok(self.without_frame(&bytes, ""))
    }

    /// Keys after which the device hangs up, or gives its prompt.
    pub(super) fn last_press(&mut self, keys: &[u8]) -> Result<(), Error> {
        match self.press(keys) {
            Ok(_) | Err(Error::Lost { .. }) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// The device may be called otherwise from now on.
    pub(super) fn expect_new_name(&mut self) {
        self.base = None;
    }

    pub(super) fn prompt(&self) -> &str {
        &self.prompt
    }

    fn read(&mut self, until: Until<'_>, answers: &[Answer], deadline: Deadline) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut answered_at = 0;
        let mut echoed = false;
        let mut nudges = 0;
        let mut heard = Instant::now();
        loop {
            let came = match self.wire.read(&mut bytes, Some(SILENCE), deadline) {
                Err(late @ Error::TimedOut { .. }) => return Err(self.no_prompt(late, &bytes, heard, deadline)),
                other => other?,
            };
            match came {
                Came::End => return Err(Error::Lost { phase: deadline.phase(), why: self.hung_up(&bytes) }),
                Came::Bytes(_) => heard = Instant::now(),
                Came::Quiet => {}
            }
            if let Until::Text(text) = until {
                if screen::shown(&bytes).contains(text) {
                    return Ok(bytes);
                }
                if self.rules.base(&screen::last_line(&bytes, 0)).is_some() && came == Came::Quiet {
                    let said = screen::shown(&bytes);
                    let words = self.rules.complaint(&said).unwrap_or_else(|| crate::said::tidy(&said));
                    return Err(self.rejected(text, &words));
                }
                continue;
            }
            let tail = screen::last_line(&bytes, answered_at);
            if self.rules.is_pager(&tail) {
                answered_at = bytes.len();
                self.wire.write(b" ", deadline)?;
            } else if let Some(answer) = answers.iter().find(|a| tail.to_lowercase().ends_with(a.asked)) {
                answered_at = bytes.len();
                self.wire.write(format!("{}{}", answer.say.reveal(), self.platform.enter).as_bytes(), deadline)?;
            } else if let Some(base) = self.rules.base(&tail).filter(|base| self.is_ours(base)) {
                echoed = echoed || has_echo(&bytes, until);
                if echoed || came == Came::Quiet {
                    // A banner's line was taken for the first prompt at worst: what follows an echo is sure.
                    self.base = (!matches!(until, Until::AnyPrompt)).then_some(base);
                    self.prompt = tail;
                    return Ok(bytes);
                }
            } else if came == Came::Quiet && matches!(until, Until::AnyPrompt) && nudges < 3 {
                nudges += 1;
                self.wire.write(self.platform.enter.as_bytes(), deadline)?;
            }
        }
    }

    /// Boxes cut their name short where the prompt becomes long.
    fn is_ours(&self, base: &str) -> bool {
        const SURE: usize = 16;
        let Some(known) = &self.base else { return true };
        let cut = |text: &str| text.chars().take(SURE).collect::<String>();
        known == base || (cut(known).chars().count() == SURE && cut(known) == cut(base))
    }

    /// Still talking is slow; silent is a prompt that never came.
    fn no_prompt(&self, late: Error, bytes: &[u8], heard: Instant, deadline: Deadline) -> Error {
        if deadline.phase() == Phase::Session || (heard.elapsed() < SILENCE && deadline.phase() == Phase::Command) {
            return late;
        }
        let from = bytes.len().saturating_sub(400);
        Error::NoPrompt { tail: crate::said::tidy(&self.masked.of(&screen::shown(&bytes[from..]))) }
    }

    fn hung_up(&self, bytes: &[u8]) -> String {
        let last = self.masked.of(&screen::shown(&bytes[bytes.len().saturating_sub(200)..]));
        let last = crate::said::tidy(&last);
        if last.is_empty() { "the device hung up".to_owned() } else { format!("the device hung up after {last:?}") }
    }

    /// What stands between the echo and the prompt.
    fn without_frame(&self, bytes: &[u8], line: &str) -> String {
        let shown = screen::shown(bytes);
        let mut lines: Vec<&str> = shown.split('\n').collect();
        if lines.last().is_some_and(|last| self.rules.base(last.trim_end()).is_some()) {
            lines.pop();
            while lines.last().is_some_and(|last| last.trim().is_empty() || self.rules.is_above_prompt(last.trim())) {
                lines.pop();
            }
        }
        // The echo may be drawn twice, with the prompt before it.
        let echo = screen::squeezed(line.lines().last().unwrap_or_default());
        let near = lines.iter().take(4 + line.lines().count()).rposition(|l| {
            let l = screen::squeezed(l);
            !echo.is_empty()
                && (l == echo || (l.ends_with(&echo) && self.rules.base(&l[..l.len() - echo.len()]).is_some()))
        });
        let begin = near.map_or(0, |at| at + 1);
        let text = lines[begin.min(lines.len())..].join("\n");
        text.trim_matches('\n').to_owned()
    }
}

fn has_echo(bytes: &[u8], until: Until<'_>) -> bool {
    match until {
        Until::AnyPrompt | Until::Prompt => true,
        Until::Text(_) => false,
        Until::Echo(line) => {
            let begin = &bytes[..bytes.len().min(ECHO_WITHIN + line.len() * 2)];
            let first: String = screen::squeezed(line.lines().next().unwrap_or_default()).chars().take(24).collect();
            let shown = screen::shown(begin);
            // The prompt must stand on a line below.
            shown.contains('\n') && screen::squeezed(&shown).contains(&first)
        }
    }
}
