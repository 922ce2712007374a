//! Logging in by whatever the device offers and the credential has.

use super::{
    algorithms,
    connect::{self, NOT_AUTHENTICATED, broken, limit},
    error::Error,
    limits::Deadline,
    target::{Key, Login, Peer, Secret},
};
use crate::said::tidy;
use ssh2::{KeyboardInteractivePrompt, Prompt, Session};
use std::{borrow::Cow, fs, io};

const KEYS: &str = "publickey";
const PASSWORD: &str = "password";
const INTERACTIVE: &str = "keyboard-interactive";

pub(super) fn login(session: &Session, peer: &Peer, deadline: Deadline) -> Result<(), Error> {
    let login = &peer.login;
    limit(session, deadline)?;
    // Asking what it offers is a login without a proof, and some let in whoever asks.
    let offered = match session.auth_methods(&login.user) {
        Ok(offered) => offered.to_owned(),
        Err(_) if session.authenticated() => return Ok(()),
        Err(e) if connect::code(&e) == NOT_AUTHENTICATED => String::new(),
        Err(e) => return Err(broken(&e, deadline)),
    };
    if session.authenticated() {
        return Ok(());
    }
    let offers: Vec<String> = offered.split(',').filter(|o| !o.is_empty()).map(tidy).collect();
    let has = |method: &str| offers.is_empty() || offers.iter().any(|o| o == method);
    let mut try_it = Try { session, peer, deadline, tried: Vec::new() };
    let is_in = (has(KEYS) && (try_it.agent()? || try_it.keys()?))
        || (has(PASSWORD) && try_it.password()?)
        || (has(INTERACTIVE) && try_it.interactive()?);
    if is_in {
        return Ok(());
    }
    Err(Error::Credentials { user: login.user.clone(), tried: try_it.tried, offers })
}

struct Try<'a> {
    session: &'a Session,
    peer: &'a Peer,
    deadline: Deadline,
    tried: Vec<String>,
}

impl Try<'_> {
    fn login(&self) -> &Login {
        &self.peer.login
    }

    /// Whether one way led in. A refusal leaves the next way open, everything else does not.
    fn one(&mut self, what: &str, way: impl FnOnce(&Session) -> Result<(), ssh2::Error>) -> Result<bool, Error> {
        limit(self.session, self.deadline)?;
        self.tried.push(what.to_owned());
        match way(self.session) {
            Ok(()) => Ok(self.session.authenticated()),
            Err(e) if is_refusal(connect::code(&e)) => Ok(false),
            Err(e) => Err(broken(&e, self.deadline)),
        }
    }

    fn agent(&mut self) -> Result<bool, Error> {
        if !self.login().agent {
            return Ok(false);
        }
        let no_agent =
            |e: ssh2::Error| Error::Settings(format!("the SSH agent does not answer: {}", tidy(e.message())));
        let session = self.session.clone();
        let mut agent = session.agent().map_err(no_agent)?;
        agent.connect().and_then(|()| agent.list_identities()).map_err(no_agent)?;
        let user = self.login().user.clone();
        for identity in agent.identities().map_err(no_agent)? {
            if self.one("agent", |_| agent.userauth(&user, &identity))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn keys(&mut self) -> Result<bool, Error> {
        let login = self.peer.login.clone();
        for key in &login.keys {
            let (text, passphrase) = read(key)?;
            let sign = |s: &Session| {
                s.userauth_pubkey_memory(&login.user, None, text.reveal(), passphrase.as_ref().map(Secret::reveal))
            };
            if self.one(KEYS, sign)? {
                return Ok(true);
            }
            if self.peer.legacy_ssh
                && algorithms::sign_the_old_way(self.session)
                && self.one("publickey with SHA-1", sign)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn password(&mut self) -> Result<bool, Error> {
        let Some(password) = self.login().password.clone() else { return Ok(false) };
        let user = self.login().user.clone();
        self.one(PASSWORD, |s| s.userauth_password(&user, password.reveal()))
    }

    fn interactive(&mut self) -> Result<bool, Error> {
        let Some(password) = self.login().password.clone() else { return Ok(false) };
        let user = self.login().user.clone();
        let mut answers = Answers { user: &user, password: &password };
        self.one(INTERACTIVE, |s| s.userauth_keyboard_interactive(&user, &mut answers))
    }
}

/// Refused, a key that does not verify, a key that cannot be used (-16, -19, -48 of the library), or a method gone (-33).
fn is_refusal(code: i32) -> bool {
    matches!(code, NOT_AUTHENTICATED | -16 | -19 | -33 | -48)
}

fn read(key: &Key) -> Result<(Secret, Option<Secret>), Error> {
    match key {
        Key::Memory { text, passphrase } => Ok((text.clone(), passphrase.clone())),
        Key::File { path, passphrase } => {
            let wrong = |e: io::Error| Error::Settings(format!("the key {} cannot be read: {e}", path.display()));
            Ok((Secret::new(fs::read_to_string(path).map_err(wrong)?), passphrase.clone()))
        }
    }
}

/// What is asked without an echo is the password, whatever it calls itself.
struct Answers<'a> {
    user: &'a str,
    password: &'a Secret,
}

impl KeyboardInteractivePrompt for Answers<'_> {
    fn prompt<'a>(&mut self, _: &str, _: &str, prompts: &[Prompt<'a>]) -> Vec<String> {
        let answer = |text: &Cow<'a, str>, echo: bool| match (echo, text.to_lowercase()) {
            (false, _) => self.password.reveal().to_owned(),
            (true, asked) if asked.contains("user") || asked.contains("login") => self.user.to_owned(),
            (true, _) => String::new(),
        };
        prompts.iter().map(|p| answer(&p.text, p.echo)).collect()
    }
}
