//! What IOS does its own way: every line is live at once, and an archive with a timer is the way back.

use super::{
    Echo, Next,
    industry::{Cli, Config, Ended, running_lines},
    long_stamp, written,
};
use crate::switch::{
    Kind,
    state::State,
    text::{Tree, Wrong, diff, tree, words},
};
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
enum Command {
    Running,
    Startup,
    Configure,
    ConfigureTimer,
    Confirm,
    RevertNow,
    RevertTimer,
    Replace,
    ReplaceForce,
    ReplaceTimer,
    Archive,
    ShowArchive,
    Differences,
    Incremental,
    Rollback,
    Write,
    Copy,
    More,
    Dir,
    Delete,
    Reload,
}

const TABLE: &[(&str, Command)] = &[
    ("show running-config", Command::Running),
    ("show startup-config", Command::Startup),
    ("configure", Command::Configure),
    ("configure terminal", Command::Configure),
    ("configure terminal revert timer *", Command::ConfigureTimer),
    ("configure confirm", Command::Confirm),
    ("configure revert now", Command::RevertNow),
    ("configure revert timer *", Command::RevertTimer),
    ("configure replace *", Command::Replace),
    ("configure replace * force", Command::ReplaceForce),
    ("configure replace * force revert trigger error", Command::ReplaceForce),
    ("configure replace * force revert trigger error timer *", Command::ReplaceTimer),
    ("configure replace * force time *", Command::ReplaceTimer),
    ("archive config", Command::Archive),
    ("show archive", Command::ShowArchive),
    ("show archive config differences", Command::Differences),
    ("show archive config differences *", Command::Differences),
    ("show archive config differences * *", Command::Differences),
    ("show archive config incremental-diffs *", Command::Incremental),
    ("show archive config rollback timer", Command::Rollback),
    ("write", Command::Write),
    ("write memory", Command::Write),
    ("copy * *", Command::Copy),
    ("more *", Command::More),
    ("dir *", Command::Dir),
    ("delete *", Command::Delete),
    ("delete /force *", Command::Delete),
    ("reload", Command::Reload),
];

const NO_TIMER: &str = "%No Rollback Confirmed Change pending\n";

pub async fn execute(cli: &mut Cli<'_>, said: &str, pipe: Option<&str>) -> Result<Next, Ended> {
    let (what, given) = words::find(TABLE, said)?;
    let first = given.first().cloned().unwrap_or_default();
    let device = cli.shell.device.clone();
    let user = cli.shell.who.user.clone();
    match what {
        Command::Running => {
            cli.shell.say("Building configuration...\n\n").await?;
            let now = device.now();
            cli.put(device.look(|s| running(s, now.seconds())), pipe).await?;
        }
        Command::Startup => cli.put(device.look(startup), pipe).await?,
        Command::Configure => {
            if said.split(' ').count() == 1 {
                cli.shell.ask("Configuring from terminal, memory, or network [terminal]? ", Echo::On).await?;
            }
            cli.config = Some(Config::default());
            cli.shell.say("Enter configuration commands, one per line.  End with CNTL/Z.\n").await?;
        }
        Command::ConfigureTimer => configure_timer(cli, minutes(&first)?).await?,
        Command::Confirm => {
            let was_there = device.change(|s, _| s.timer.take().is_some());
            if !was_there {
                cli.shell.say(NO_TIMER).await?;
            }
        }
        Command::RevertNow => {
            let was_there = device.change(|s, now| {
                let Some(timer) = s.timer.take() else { return false };
                s.run(timer.back, &user, now);
                true
            });
            let text = if was_there {
                "Rollback Confirmed Change: Rolling back to the archived configuration\nTotal number of passes: 1\nRollback Done\n\n"
            } else {
                NO_TIMER
            };
            cli.shell.say(text).await?;
        }
        Command::RevertTimer => {
            let time = minutes(&first)?;
            let was_there = device.change(|s, now| {
                let Some(timer) = &mut s.timer else { return false };
                timer.at = now + time;
                timer.set = time;
                true
            });
            if !was_there {
                cli.shell.say(NO_TIMER).await?;
            }
        }
        Command::Replace => {
            let question = "This will apply all necessary additions and deletions\nto replace the current running configuration with the\ncontents of the specified configuration file, which is\nassumed to be a complete configuration, not a partial\nconfiguration. Enter Y if you are sure you want to proceed. ? [no]: ";
            if cli.shell.ask(question, Echo::On).await?.eq_ignore_ascii_case("y") {
                replace(cli, &first, None).await?;
            }
        }
        Command::ReplaceForce => replace(cli, &first, None).await?,
        Command::ReplaceTimer => replace(cli, &first, Some(minutes(&given[1])?)).await?,
        Command::Archive => {
            let made = device.change(|s, _| archive(s));
            if made.is_none() {
                cli.shell.say("%Archive path is not configured\n").await?;
            }
        }
        Command::ShowArchive => cli.put(device.look(archives), pipe).await?,
        Command::Differences => {
            let lines = device.look(|s| {
                let of = |i: usize, default: &str| file(s, given.get(i).map_or(default, String::as_str));
                let (from, to) = match given.len() {
                    0 => (file(s, "nvram:startup-config"), file(s, "system:running-config")),
                    _ => (of(0, ""), of(1, "system:running-config")),
                };
                Some(diff::contextual(&from?, &to?))
            });
            show_or_miss(cli, lines, &given, pipe).await?;
        }
        Command::Incremental => {
            let lines = device.look(|s| {
                let wanted = file(s, &first)?;
                let differences = diff::contextual(&s.running, &wanted).into_iter().skip(1);
                let lines = differences.filter(|l| !l.trim_start().starts_with('-'));
                let lines = lines.map(|l| l.replacen('+', "", 1));
                Some(std::iter::once("!List of Commands:".to_owned()).chain(lines).collect())
            });
            show_or_miss(cli, lines, &given, pipe).await?;
        }
        Command::Rollback => {
            let now = device.now();
            let lines = device.look(|s| match &s.timer {
                None => vec![NO_TIMER.trim_end().to_owned()],
                Some(t) => vec![
                    format!("Time configured(in minutes): {}", t.set.as_secs() / 60),
                    "Timer type: absolute timer".to_owned(),
                    format!("Timer value: {} seconds", t.at.since(now).as_secs()),
                    format!("User: {}", t.by),
                ],
            });
            cli.put(lines, pipe).await?;
        }
        Command::Write => {
            device.change(|s, _| s.startup.clone_from(&s.running));
            cli.shell.say("Building configuration...\n[OK]\n").await?;
        }
        Command::Copy => copy(cli, &first, &given[1]).await?,
        Command::More => {
            let lines = device.look(|s| file(s, &first).map(|f| running_lines(Kind::Ios, &f)));
            show_or_miss(cli, lines, &given, pipe).await?;
        }
        Command::Dir => {
            let lines = device.look(|s| {
                let names = s.files.keys().enumerate();
                let rows = names.map(|(i, n)| format!("{:>5}  -rw-  {}", i + 1, n.trim_start_matches("flash:")));
                [String::from("Directory of flash:/"), String::new()].into_iter().chain(rows).collect()
            });
            cli.put(lines, pipe).await?;
        }
        Command::Delete => {
            let was_there = device.change(|s, _| s.files.remove(&first).is_some());
            if !was_there {
                cli.shell.say(&format!("%Error deleting {first} (No such file or directory)\n")).await?;
            }
        }
        Command::Reload => {
            let sure = cli.shell.ask("Proceed with reload? [confirm]", Echo::On).await?;
            if sure.is_empty() || sure.starts_with(['y', 'Y']) {
                let told = device.tell("reboot 1s");
                debug_assert!(told.is_ok(), "the word is one of the grammar");
                return Ok(Next::Bye);
            }
        }
    }
    Ok(Next::Go)
}

fn minutes(text: &str) -> Result<Duration, Wrong> {
    let minutes = text.parse::<u64>().ok().filter(|m| (1..=120).contains(m)).ok_or(Wrong::Invalid(0))?;
    Ok(Duration::from_secs(minutes * 60))
}

async fn show_or_miss(
    cli: &mut Cli<'_>,
    lines: Option<Vec<String>>,
    given: &[String],
    pipe: Option<&str>,
) -> Result<(), Ended> {
    match lines {
        Some(lines) => cli.put(lines, pipe).await,
        None => {
            Ok(cli.shell.say(&format!("%Error opening {} (No such file or directory)\n", given.join(" or "))).await?)
        }
    }
}

/// A configuration by the name of its file.
fn file(state: &State, name: &str) -> Option<Tree> {
    match name {
        "system:running-config" | "running-config" => Some(state.running.clone()),
        "nvram:startup-config" | "startup-config" => Some(state.startup.clone()),
        name => state.files.get(name).cloned(),
    }
}

fn archive_path(state: &State) -> Option<String> {
    let section = state.running.iter().find(|n| n.line == "archive")?;
    section.under.iter().find_map(|n| n.line.strip_prefix("path ")).map(str::to_owned)
}

/// Puts what runs into the archive; its name, or nothing when there is no archive.
fn archive(state: &mut State) -> Option<String> {
    let path = archive_path(state)?;
    state.archived += 1;
    let name = format!("{path}-{}", state.archived);
    state.files.insert(name.clone(), state.running.clone());
    // The archive keeps so many and no more.
    if state.archived > 14 {
        state.files.remove(&format!("{path}-{}", state.archived - 14));
    }
    Some(name)
}

fn archives(state: &State) -> Vec<String> {
    let Some(path) = archive_path(state) else { return vec!["Archive feature not enabled".to_owned()] };
    let mut lines = vec![
        "The maximum archive configurations allowed is 14.".to_owned(),
        format!("The next archive file will be named {path}-{}", state.archived + 1),
        " Archive #  Name".to_owned(),
    ];
    let names = state.files.keys().filter(|n| n.starts_with(&path));
    lines.extend(names.enumerate().map(|(i, n)| format!("   {:<8} {n}", i + 1)));
    lines
}

async fn configure_timer(cli: &mut Cli<'_>, time: Duration) -> Result<(), Ended> {
    let user = cli.shell.who.user.clone();
    let said = cli.shell.device.change(|s, now| {
        if s.timer.is_some() {
            return Err("%Rollback Confirmed Change is already pending: confirm it, or revert it\n");
        }
        let name = archive(s).ok_or("%Rollback Confirmed Change: the archive is not configured\n")?;
        s.arm(s.running.clone(), None, &user, now, time);
        Ok(name)
    });
    let name = match said {
        Ok(name) => name,
        Err(text) => return Ok(cli.shell.say(text).await?),
    };
    cli.config = Some(Config::default());
    let minutes = time.as_secs() / 60;
    let text = format!(
        "Rollback Confirmed Change: Backing up current running config to {name}\n\nEnter configuration commands, one per line.  End with CNTL/Z.\nRollback Confirmed Change: Rollback will begin in {minutes} minute{}.\nEnter \"configure confirm\" if you wish to keep what you've configured\n\n",
        if minutes == 1 { "" } else { "s" }
    );
    Ok(cli.shell.say(&text).await?)
}

async fn replace(cli: &mut Cli<'_>, name: &str, time: Option<Duration>) -> Result<(), Ended> {
    let user = cli.shell.who.user.clone();
    let said = cli.shell.device.change(|s, now| {
        let wanted = file(s, name).ok_or_else(|| format!("%Error opening {name} (No such file or directory)\n"))?;
        let mut said = String::new();
        if let Some(time) = time {
            let kept = archive(s).ok_or("%Rollback Confirmed Change: the archive is not configured\n")?;
            said = format!("Rollback Confirmed Change: Backing up current running config to {kept}\n");
            s.arm(s.running.clone(), None, &user, now, time);
        }
        let passes = u8::from(s.running != wanted);
        s.run(wanted, &user, now);
        Ok::<String, String>(format!("{said}Total number of passes: {passes}\nRollback Done\n\n"))
    });
    Ok(cli.shell.say(&said.unwrap_or_else(|why| why)).await?)
}

async fn copy(cli: &mut Cli<'_>, from: &str, to: &str) -> Result<(), Ended> {
    let device = cli.shell.device.clone();
    let Some(source) = device.look(|s| file(s, from)) else {
        return Ok(cli.shell.say(&format!("%Error opening {from} (No such file or directory)\n")).await?);
    };
    let short = to.rsplit(':').next().unwrap_or(to);
    if !(to.starts_with("flash:") || ["startup-config", "running-config", "nvram:startup-config"].contains(&to)) {
        return Err(Wrong::Invalid(0).into());
    }
    let is_quiet = device.look(|s| s.running.iter().any(|n| n.line == "file prompt quiet"));
    let mut target = to.to_owned();
    if !is_quiet {
        let given = cli.shell.ask(&format!("Destination filename [{short}]? "), Echo::On).await?;
        if !given.is_empty() && to.starts_with("flash:") {
            target = format!("flash:{given}");
        }
    }
    let size: usize = written(Kind::Ios, &source).iter().map(|l| l.len() + 1).sum();
    let user = cli.shell.who.user.clone();
    device.change(|s, now| match target.as_str() {
        "startup-config" | "nvram:startup-config" => s.startup = source,
        // Into what runs a file is merged, it does not take its place.
        "running-config" => {
            let mut next = s.running.clone();
            merge(&mut next, &source);
            s.running = next;
            s.touch(&user, now);
        }
        _ => drop(s.files.insert(target.clone(), source)),
    });
    let text = match to {
        "startup-config" | "nvram:startup-config" => "Building configuration...\n[OK]\n".to_owned(),
        _ => format!("{size} bytes copied in 0.112 secs\n"),
    };
    Ok(cli.shell.say(&text).await?)
}

fn merge(tree: &mut Tree, from: &Tree) {
    for node in from {
        let i = tree.iter().position(|n| n.line == node.line);
        let i = i.unwrap_or_else(|| tree::place(tree, tree::Node::new(node.line.as_str())));
        merge(&mut tree[i].under, &node.under);
    }
}

fn running(state: &State, seconds: i64) -> Vec<String> {
    let mut config = state.running.clone();
    // The real one corrects this number all the time.
    for node in config.iter_mut().filter(|n| n.line.starts_with("ntp clock-period")) {
        node.line = format!("ntp clock-period {}", 17_179_800 + seconds.rem_euclid(100));
    }
    let body = running_lines(Kind::Ios, &config);
    let size: usize = body.iter().map(|l| l.len() + 1).sum();
    let mut lines = vec![
        format!("Current configuration : {size} bytes"),
        "!".to_owned(),
        format!("! Last configuration change at {} by {}", long_stamp(state.changed_at), state.changed_by),
        "!".to_owned(),
    ];
    lines.extend(body);
    lines.push(String::new());
    lines
}

fn startup(state: &State) -> Vec<String> {
    let body = running_lines(Kind::Ios, &state.startup);
    let size: usize = body.iter().map(|l| l.len() + 1).sum();
    let mut lines = vec![format!("Using {size} out of 2097152 bytes"), "!".to_owned()];
    lines.extend(body);
    lines.push(String::new());
    lines
}
