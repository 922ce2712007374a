//! Dialogues: what is said to a switch, and what it answers.
//!
//! `industry.rs` is what EOS and IOS have in common, `eos.rs` and `ios.rs` are what each does its own way, `junos.rs` is
//! the third, `facts.rs` reads a configuration for `show interfaces` and for SNMP.

mod eos;
pub mod facts;
mod industry;
mod ios;
mod junos;

pub use industry::serial;

use super::{
    Kind,
    device::Device,
    fault::{Fault, Strike},
    serve::{Echo, Gone, Line, Term},
    state::State,
    text::{Tree, edit, statement, tree},
};
use direttore_domain::Instant;
use std::sync::Arc;

/// Who sits at a terminal.
#[derive(Debug, Clone)]
pub struct Who {
    pub user: String,
    /// Of the connection.
    pub number: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Go,
    Bye,
}

pub struct Shell<'s> {
    pub device: Arc<Device>,
    pub term: Term<'s>,
    pub who: Who,
}

/// One shell, or one command, to its end.
///
/// # Errors
/// The other side went.
pub async fn run(device: Arc<Device>, term: Term<'_>, who: Who, command: Option<String>) -> Result<(), Gone> {
    let kind = device.kind;
    let shell = Shell { device, term, who };
    match kind {
        Kind::Junos => junos::Cli::new(shell).run(command).await,
        Kind::Eos | Kind::Ios => industry::Cli::new(shell, kind).run(command).await,
    }
}

/// The configuration as the platform writes it, without lines that change by themselves.
pub fn written(kind: Kind, config: &Tree) -> Vec<String> {
    match kind {
        Kind::Junos => statement::rows(config).into_iter().map(|row| format!("set {row}")).collect(),
        Kind::Eos => tree::print(config, 3),
        Kind::Ios => tree::print(config, 1),
    }
}

/// Somebody says lines in configuration mode and commits.
///
/// # Errors
/// The line that is not understood.
pub fn by_hand(kind: Kind, state: &mut State, lines: &[String], now: Instant) -> Result<(), String> {
    let mut config = state.running.clone();
    let mut path = Vec::new();
    for line in lines {
        let done = match kind {
            Kind::Junos => junos::change(&mut config, &[], line).map_err(|why| why.concat()),
            _ => edit::edit(kind, &mut config, &mut path, line).map_err(|why| format!("{why:?}")),
        };
        done.map_err(|why| format!("the switch does not understand {line:?}: {}", why.trim()))?;
    }
    if kind == Kind::Junos {
        statement::check(&config).map_err(|why| why.join(" "))?;
    }
    state.run(config, "hand", now);
    Ok(())
}

impl Shell<'_> {
    pub async fn say(&mut self, text: &str) -> Result<(), Gone> {
        self.term.write(text).await
    }

    /// Asks, and gives what was answered.
    pub async fn ask(&mut self, question: &str, echo: Echo) -> Result<String, Gone> {
        self.say(question).await?;
        match self.term.line(echo).await? {
            Line::Text(text) => Ok(text.trim().to_owned()),
            Line::End | Line::Out => Ok(String::new()),
        }
    }

    /// Thinks, and suffers what is wrong with the box, before or after the command.
    pub async fn suffer(&mut self, fault: &Fault) -> Result<(), Gone> {
        match fault.strike {
            Strike::Hang => Err(self.term.wait_for_end().await),
            Strike::Drop => {
                self.device.cut(self.who.number);
                Err(self.term.wait_for_end().await)
            }
            Strike::Junk => {
                let junk: Vec<u8> = (0..2048u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
                self.term.raw(&junk).await
            }
            Strike::Flood(megabytes) => {
                let row = format!("{}\n", "0123456789abcdef".repeat(4));
                let piece = row.repeat(1024);
                for _ in 0..megabytes * 16 {
                    self.say(&piece).await?;
                }
                Ok(())
            }
        }
    }

    pub async fn think(&mut self) {
        let wait = self.device.thinks();
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}

/// Lines that fit what stands behind `|`; an error when no such filter is known.
pub fn filtered(lines: Vec<String>, pipe: &str) -> Result<Vec<String>, ()> {
    let (verb, pattern) = pipe.trim().split_once(' ').unwrap_or((pipe.trim(), ""));
    let pattern = pattern.trim().trim_matches('"');
    let fits = |line: &String| {
        pattern.split('|').any(|part| match part.strip_prefix('^') {
            Some(head) => line.starts_with(head),
            None => line.contains(part),
        })
    };
    match verb {
        "no-more" if pattern.is_empty() => Ok(lines),
        "include" | "match" | "i" | "grep" if !pattern.is_empty() => Ok(lines.into_iter().filter(fits).collect()),
        "exclude" | "except" | "e" if !pattern.is_empty() => Ok(lines.into_iter().filter(|l| !fits(l)).collect()),
        "begin" | "find" | "b" if !pattern.is_empty() => Ok(lines.into_iter().skip_while(|l| !fits(l)).collect()),
        "count" if pattern.is_empty() => Ok(vec![format!("Count: {} lines", lines.len())]),
        "section" | "s" if !pattern.is_empty() => {
            let mut out = Vec::new();
            let mut is_inside = false;
            for line in lines {
                if !line.starts_with(' ') {
                    is_inside = fits(&line);
                }
                if is_inside && line != "!" {
                    out.push(line);
                }
            }
            Ok(out)
        }
        _ => Err(()),
    }
}

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `2026-11-23 00:46:04 UTC`.
pub fn stamp(at: Instant) -> String {
    let text = crate::netbox::time::iso(u64::try_from(at.millis()).unwrap_or(0) * 1000);
    format!("{} {} UTC", &text[..10], &text[11..19])
}

/// `00:46:04 UTC Mon Nov 23 2026`.
pub fn long_stamp(at: Instant) -> String {
    let text = stamp(at);
    let month = text[5..7].parse::<usize>().map_or(0, |m| m - 1);
    let day = usize::try_from(at.seconds().div_euclid(86_400).rem_euclid(7)).unwrap_or(0);
    format!(
        "{} UTC {} {} {} {}",
        &text[11..19],
        DAYS[day],
        MONTHS[month],
        text[8..10].trim_start_matches('0'),
        &text[..4]
    )
}
