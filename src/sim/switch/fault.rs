//! The fault grammar of the switches, and the faults that are in force. The grammar stands in the module's header.

use std::time::Duration;

/// One line, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Somebody configures it by hand.
    Hand(Vec<String>),
    Slow(Duration),
    /// Its own clock goes forward by so much.
    Later(Duration),
    /// It answers no connection, for so long or until it is told otherwise.
    Down(Option<Duration>),
    Up,
    Reboot(Duration),
    /// `None`: until cleared.
    Refuse(Option<u32>),
    Password {
        is_right: bool,
    },
    Reject(String),
    LockOut(String),
    HostKey,
    Strike(Fault),
    Clear,
}

/// What happens to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// The prompt never comes.
    Hang,
    /// The session is lost.
    Drop,
    /// Bytes that mean nothing come before the answer.
    Junk,
    /// So many megabytes come before the answer.
    Flood(u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub strike: Strike,
    /// A part of the command.
    pub on: Option<String>,
    /// It is done first.
    pub is_after: bool,
    pub times: Option<u32>,
}

#[derive(Debug, Default)]
pub struct Faults {
    pub slow: Duration,
    pub refuse: Option<Option<u32>>,
    pub is_password_wrong: bool,
    pub reject: Vec<String>,
    pub lock_out: Vec<String>,
    pub waiting: Vec<Fault>,
}

impl Faults {
    /// The fault that strikes this command, if any; it counts as used.
    pub fn take(&mut self, command: &str) -> Option<Fault> {
        let i = self.waiting.iter().position(|f| f.on.as_deref().is_none_or(|part| command.contains(part)))?;
        let fault = self.waiting[i].clone();
        if let Some(times) = &mut self.waiting[i].times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.waiting.remove(i);
            }
        }
        Some(fault)
    }

    /// Whether this login is refused; it counts.
    pub fn take_refusal(&mut self) -> bool {
        match &mut self.refuse {
            None => false,
            Some(None) => true,
            Some(Some(times)) => {
                *times = times.saturating_sub(1);
                if *times == 0 {
                    self.refuse = None;
                }
                true
            }
        }
    }
}

const WORDS: &str = "a quoted line of configuration, slow=2s, later=10m, down [10s], up, reboot [3s], refuse [times=2], accept, \
    password wrong, password right, reject=\"…\", lockout=\"…\", hostkey, hang, drop, junk, flood=50 or clear";

/// What follows the switch's name.
///
/// # Errors
/// What would be right.
pub fn parse(line: &str) -> Result<Told, String> {
    let line = line.trim();
    if let Some(quote) = line.chars().next().filter(|c| ['\'', '"'].contains(c)) {
        let inner = line[1..].strip_suffix(quote).ok_or_else(|| format!("{line} has no closing {quote}"))?;
        let lines: Vec<String> = split(inner);
        return if lines.is_empty() {
            Err("there is nothing between the quotes".into())
        } else {
            Ok(Told::Hand(lines))
        };
    }
    let words = words(line)?;
    let Some(first) = words.first() else { return Err(format!("nothing is said to the switch; right is {WORDS}")) };
    let (key, value) = first.split_once('=').map_or((first.as_str(), None), |(k, v)| (k, Some(v)));
    let rest = &words[1..];
    let time = |text: &str| duration(text).ok_or_else(|| format!("{text:?} is no length of time, such as 300ms or 2s"));
    let told = match (key, value, rest) {
        ("slow", Some(value), []) => Told::Slow(time(value)?),
        ("later", Some(value), []) => Told::Later(time(value)?),
        ("down", None, []) => Told::Down(None),
        ("down", None, [t]) => Told::Down(Some(time(t)?)),
        ("up", None, []) => Told::Up,
        ("reboot", None, []) => Told::Reboot(Duration::ZERO),
        ("reboot", None, [t]) => Told::Reboot(time(t)?),
        ("refuse", None, []) => Told::Refuse(None),
        ("refuse", None, [times]) => Told::Refuse(number_of_times(times)?),
        ("accept", None, []) => Told::Refuse(Some(0)),
        ("password", None, [word]) if word == "wrong" || word == "right" => {
            Told::Password { is_right: word == "right" }
        }
        ("reject", Some(text), []) if !text.is_empty() => Told::Reject(text.to_owned()),
        ("lockout", Some(text), []) if !text.is_empty() => Told::LockOut(text.to_owned()),
        ("hostkey", None, []) => Told::HostKey,
        ("clear", None, []) => Told::Clear,
        ("hang", None, _) => strike(Strike::Hang, rest)?,
        ("drop", None, _) => strike(Strike::Drop, rest)?,
        ("junk", None, _) => strike(Strike::Junk, rest)?,
        ("flood", Some(size), _) => {
            let size = size.parse().map_err(|_| format!("flood={size} is no number of megabytes"))?;
            strike(Strike::Flood(size), rest)?
        }
        _ => return Err(format!("{line:?} means nothing to a switch; right is {WORDS}")),
    };
    Ok(told)
}

fn strike(strike: Strike, options: &[String]) -> Result<Told, String> {
    let mut fault = Fault { strike, on: None, is_after: false, times: Some(1) };
    for option in options {
        match option.split_once('=') {
            None if option == "after" => fault.is_after = true,
            Some(("on", part)) => fault.on = Some(part.to_owned()),
            Some(("times", _)) => fault.times = number_of_times(option)?,
            _ => return Err(format!("{option:?} is no option; right is on=\"…\", after or times=2")),
        }
    }
    Ok(Told::Strike(fault))
}

fn number_of_times(option: &str) -> Result<Option<u32>, String> {
    match option.strip_prefix("times=") {
        Some("always") => Ok(None),
        Some(n) => n.parse().map(Some).map_err(|_| format!("times={n} is no number")),
        None => Err(format!("{option:?} is no option; right is times=2")),
    }
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    match &text[digits..] {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}

/// Parts between semicolons that are outside of quotes.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for c in text.chars() {
        match c {
            ';' if !is_quoted => parts.push(String::new()),
            _ => {
                is_quoted ^= c == '"';
                parts.last_mut().expect("there is one").push(c);
            }
        }
    }
    parts.into_iter().map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

/// Words; quotes hold one together and are left out.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut out: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => out.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    out.extend(word);
    if quote.is_some() { Err(format!("{line} has no closing quote")) } else { Ok(out) }
}
