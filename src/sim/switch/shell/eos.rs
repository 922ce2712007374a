//! What EOS does its own way: configuration sessions, which show a difference, and go back unless they are confirmed.

use super::{
    Next,
    industry::{Cli, Config, Ended, running_lines},
    written,
};
use crate::switch::{
    Kind,
    state::{Candidate, State},
    text::{Wrong, diff, tree, words},
};
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
enum Command {
    Running,
    RunningDiffs,
    Startup,
    Configure,
    Session,
    SessionCommit,
    SessionTimer,
    SessionAbort,
    NewSession,
    Sessions,
    Shown,
    ShownDiffs,
    Write,
    Copy,
    Replace,
    Dir,
    Delete,
    Reload,
}

const TABLE: &[(&str, Command)] = &[
    ("show running-config", Command::Running),
    ("show running-config all", Command::Running),
    ("show running-config diffs", Command::RunningDiffs),
    ("show startup-config", Command::Startup),
    ("configure", Command::Configure),
    ("configure terminal", Command::Configure),
    ("configure session", Command::NewSession),
    ("configure session *", Command::Session),
    ("configure session * commit", Command::SessionCommit),
    ("configure session * commit timer *", Command::SessionTimer),
    ("configure session * abort", Command::SessionAbort),
    ("configure replace *", Command::Replace),
    ("show configuration sessions", Command::Sessions),
    ("show configuration sessions detail", Command::Sessions),
    ("show session-config named *", Command::Shown),
    ("show session-config named * diffs", Command::ShownDiffs),
    ("write", Command::Write),
    ("write memory", Command::Write),
    ("copy * *", Command::Copy),
    ("dir flash:", Command::Dir),
    ("delete *", Command::Delete),
    ("reload", Command::Reload),
    ("reload now", Command::Reload),
];

/// As many as may be pending at once.
const SESSIONS: usize = 5;

pub async fn execute(cli: &mut Cli<'_>, said: &str, pipe: Option<&str>) -> Result<Next, Ended> {
    let (what, given) = words::find(TABLE, said)?;
    let first = given.first().cloned().unwrap_or_default();
    match what {
        Command::Running => {
            let lines = cli.shell.device.look(|s| headed(s, &s.running));
            cli.put(lines, pipe).await?;
        }
        Command::Startup => {
            let lines = cli.shell.device.look(|s| headed(s, &s.startup));
            cli.put(lines, pipe).await?;
        }
        Command::RunningDiffs => {
            let lines = cli
                .shell
                .device
                .look(|s| differences(&s.startup, &s.running, ("flash:/startup-config", "system:/running-config")));
            cli.put(lines, pipe).await?;
        }
        Command::Configure => cli.config = Some(Config::default()),
        Command::NewSession => {
            let name = cli.shell.device.look(|s| format!("sess-{}", s.sessions.len() + 1));
            open(cli, name).await?;
        }
        Command::Session => open(cli, first).await?,
        Command::SessionCommit => commit(cli, &first, None).await?,
        Command::SessionTimer => commit(cli, &first, Some(timer(&given[1])?)).await?,
        Command::SessionAbort => abort(cli, &first).await?,
        Command::Sessions => {
            let lines = cli.shell.device.look(sessions);
            cli.put(lines, pipe).await?;
        }
        Command::Shown | Command::ShownDiffs => {
            let is_diff = matches!(what, Command::ShownDiffs);
            let lines = cli.shell.device.look(|s| shown(s, &first, is_diff));
            match lines {
                Some(lines) => cli.put(lines, pipe).await?,
                None => cli.shell.say(&format!("% Session {first} does not exist\n")).await?,
            }
        }
        Command::Write => {
            cli.shell.device.change(|s, _| s.startup.clone_from(&s.running));
            cli.shell.say("Copy completed successfully.\n").await?;
        }
        Command::Copy => copy(cli, &first, &given[1]).await?,
        Command::Replace => {
            let user = cli.shell.who.user.clone();
            let done = cli.shell.device.change(|s, now| match s.files.get(&first).cloned() {
                Some(file) => {
                    s.run(file, &user, now);
                    true
                }
                None => false,
            });
            if !done {
                cli.shell.say(&format!("% Error: cannot open {first} (No such file or directory)\n")).await?;
            }
        }
        Command::Dir => {
            let lines = cli.shell.device.look(|s| {
                let rows = s.files.keys().map(|name| format!("       -rw-  {}", name.trim_start_matches("flash:")));
                [String::from("Directory of flash:/"), String::new()].into_iter().chain(rows).collect()
            });
            cli.put(lines, pipe).await?;
        }
        Command::Delete => {
            let was_there = cli.shell.device.change(|s, _| s.files.remove(&first).is_some());
            if !was_there {
                cli.shell.say(&format!("% Error deleting {first} (No such file or directory)\n")).await?;
            }
        }
        Command::Reload => {
            if !said.ends_with("now") {
                let sure = cli.shell.ask("Proceed with reload? [confirm]", super::Echo::On).await?;
                if !(sure.is_empty() || sure.starts_with(['y', 'Y'])) {
                    return Ok(Next::Go);
                }
            }
            let told = cli.shell.device.tell("reboot 1s");
            debug_assert!(told.is_ok(), "the word is one of the grammar");
            return Ok(Next::Bye);
        }
    }
    Ok(Next::Go)
}

/// What means something else, or something at all, while a session is open; `None` for what is a line of configuration.
pub async fn in_session(cli: &mut Cli<'_>, said: &str) -> Result<Option<Next>, Ended> {
    let is_show = said.split(' ').next().is_some_and(|word| word.len() >= 2 && "show".starts_with(word));
    let session = cli.config.as_ref().and_then(|c| c.session.clone());
    let Some(session) = session else {
        return if is_show { Box::pin(cli.execute(said)).await.map(Some) } else { Ok(None) };
    };
    let (plain, pipe) = match said.split_once('|') {
        Some((plain, pipe)) => (plain.trim_end(), Some(pipe)),
        None => (said, None),
    };
    let words: Vec<&str> = plain.split_whitespace().collect();
    match words.as_slice() {
        ["show", "session-config"] | ["show", "session-config", "diffs"] => {
            let lines = cli.shell.device.look(|s| shown(s, &session, words.len() == 3)).unwrap_or_default();
            cli.put(lines, pipe).await?;
        }
        ["rollback", "clean-config"] => cli.shell.device.change(|s, _| {
            if let Some(candidate) = s.sessions.get_mut(&session) {
                candidate.tree.clear();
            }
        }),
        ["abort"] => {
            abort(cli, &session).await?;
            cli.config = None;
        }
        ["commit"] => {
            commit(cli, &session, None).await?;
            cli.config = None;
        }
        ["commit", "timer", time] => {
            let time = timer(time)?;
            commit(cli, &session, Some(time)).await?;
            cli.config = None;
        }
        ["commit", ..] | ["rollback", ..] => return Err(Wrong::Invalid(0).into()),
        _ if is_show => return Box::pin(cli.execute(said)).await.map(Some),
        _ => return Ok(None),
    }
    Ok(Some(Next::Go))
}

async fn open(cli: &mut Cli<'_>, name: String) -> Result<(), Ended> {
    let user = cli.shell.who.user.clone();
    let is_open = cli.shell.device.change(|s, _| {
        if !s.sessions.contains_key(&name) && s.sessions.len() >= SESSIONS {
            return false;
        }
        let base = s.running.clone();
        s.sessions.entry(name.clone()).or_insert_with(|| Candidate { tree: base.clone(), base, by: user });
        true
    });
    if is_open {
        cli.config = Some(Config { session: Some(name), path: Vec::new() });
        return Ok(());
    }
    let text = "% Maximum number of pending sessions has been reached. Please commit or abort previous sessions before creating a new one.\n";
    Ok(cli.shell.say(text).await?)
}

/// `00:05:00`.
fn timer(text: &str) -> Result<Duration, Wrong> {
    let parts: Vec<Option<u64>> = text.split(':').map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [Some(h), Some(m), Some(s)] if *m < 60 && *s < 60 && h + m + s > 0 => {
            Ok(Duration::from_secs(h * 3600 + m * 60 + s))
        }
        _ => Err(Wrong::Invalid(0)),
    }
}

async fn commit(cli: &mut Cli<'_>, name: &str, time: Option<Duration>) -> Result<(), Ended> {
    let user = cli.shell.who.user.clone();
    let said = cli.shell.device.change(|s, now| {
        let pending = s.timer.as_ref().and_then(|t| t.session.clone());
        match pending {
            Some(pending) if pending != name => {
                return Some(format!("% Cannot commit session {name}: session {pending} is pending commit timer\n"));
            }
            Some(_) => {
                // The second commit confirms, or winds the timer up again.
                let back = s.timer.take().map(|t| t.back).unwrap_or_default();
                match time {
                    Some(time) => s.arm(back, Some(name.to_owned()), &user, now, time),
                    None => drop(s.sessions.remove(name)),
                }
                return None;
            }
            None => {}
        }
        let Some(candidate) = s.sessions.get(name).cloned() else {
            return Some(format!("% Session {name} does not exist\n"));
        };
        match time {
            Some(time) => s.arm(s.running.clone(), Some(name.to_owned()), &user, now, time),
            None => drop(s.sessions.remove(name)),
        }
        s.run(candidate.tree, &user, now);
        None
    });
    match said {
        Some(text) => Ok(cli.shell.say(&text).await?),
        None => Ok(()),
    }
}

async fn abort(cli: &mut Cli<'_>, name: &str) -> Result<(), Ended> {
    let user = cli.shell.who.user.clone();
    let was_there = cli.shell.device.change(|s, now| {
        if let Some(timer) = s.timer.take_if(|t| t.session.as_deref() == Some(name)) {
            s.run(timer.back, &user, now);
        }
        s.sessions.remove(name).is_some()
    });
    if was_there { Ok(()) } else { Ok(cli.shell.say(&format!("% Session {name} does not exist\n")).await?) }
}

async fn copy(cli: &mut Cli<'_>, from: &str, to: &str) -> Result<(), Ended> {
    let user = cli.shell.who.user.clone();
    let done = cli.shell.device.change(|s, now| {
        let source = match from {
            "running-config" => Some(s.running.clone()),
            "startup-config" => Some(s.startup.clone()),
            file => s.files.get(file).cloned(),
        };
        let Some(source) = source else { return Err("No such file or directory") };
        match to {
            "startup-config" => s.startup = source,
            "running-config" => s.run(source, &user, now),
            file if file.starts_with("flash:") => drop(s.files.insert(file.to_owned(), source)),
            _ => return Err("Invalid destination"),
        }
        Ok(())
    });
    let text = match done {
        Ok(()) => "Copy completed successfully.\n".to_owned(),
        Err(why) => format!("% Error copying {from} to {to} ({why})\n"),
    };
    Ok(cli.shell.say(&text).await?)
}

fn headed(state: &State, config: &tree::Tree) -> Vec<String> {
    let name = state.name().unwrap_or("switch");
    let mut lines = vec![
        "! Command: show running-config".to_owned(),
        format!("! device: {name} (DCS-7050TX-64, EOS-4.31.2F)"),
        "!".to_owned(),
        "! boot system flash:/EOS-4.31.2F.swi".to_owned(),
        "!".to_owned(),
    ];
    lines.extend(running_lines(Kind::Eos, config));
    lines
}

fn differences(from: &tree::Tree, to: &tree::Tree, names: (&str, &str)) -> Vec<String> {
    diff::unified(&written(Kind::Eos, from), &written(Kind::Eos, to), names, 3)
}

fn shown(state: &State, name: &str, is_diff: bool) -> Option<Vec<String>> {
    let candidate = state.sessions.get(name)?;
    if !is_diff {
        return Some(headed(state, &candidate.tree));
    }
    let label = format!("session:/{name}-session-config");
    Some(differences(&state.running, &candidate.tree, ("system:/running-config", &label)))
}

fn sessions(state: &State) -> Vec<String> {
    let mut lines = vec![
        "Maximum number of completed sessions: 1".to_owned(),
        format!("Maximum number of pending sessions: {SESSIONS}"),
        String::new(),
        format!("  {:<24} {:<20} {:<12} Terminal", "Name", "State", "User"),
        format!("  {:-<24} {:-<20} {:-<12} {:-<8}", "", "", "", ""),
    ];
    for (name, candidate) in &state.sessions {
        let is_timed = state.timer.as_ref().is_some_and(|t| t.session.as_ref() == Some(name));
        let word = if is_timed { "pendingCommitTimer" } else { "pending" };
        lines.push(format!("  {name:<24} {word:<20} {:<12} vty1", candidate.by));
    }
    lines
}
