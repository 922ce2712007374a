//! What a device says, held against what it should say: the push that was last said yes to, a template, what it would say
//! after a restart.

use crate::{
    devices::{Devices, Target, Wanted},
    handlers::Cx,
};
use direttore_clients::{
    device::{Config, Error, Preview, reverse},
    netbox::Device,
};
use direttore_domain::{
    Failure, Trouble,
    device::{Diff, last_change},
};
use direttore_store::device_version::{self, Taken, Version};

/// How one comparison came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum State {
    Agrees,
    Differs,
    /// What runs would be lost at a restart.
    NotSaved,
    /// Nobody can say.
    Unknown,
}

impl State {
    pub(in super::super) fn as_str(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::NotSaved => "not saved",
            Self::Unknown => "unknown",
        }
    }
}

/// One comparison.
pub(in super::super) struct Check {
    /// With what: `push J-3`, `template vlan`, `startup`.
    pub against: String,
    pub state: State,
    pub note: String,
    /// Masked; empty where nothing differs.
    pub diff: String,
}

/// All that can be compared of one device.
///
/// # Errors
/// Why the device cannot be asked; a template that does not render.
pub(in super::super) async fn checks(
    cx: &Cx,
    devices: &Devices,
    row: &Device,
    wanted: Option<&Wanted>,
) -> Result<Vec<Check>, Trouble> {
    let target = devices.target(row).await?;
    let text = match wanted {
        Some(wanted) => {
            let intent = devices.render(cx.lab.need_ipam()?, row, wanted).await?;
            Some(intent.rendered.text)
        }
        None => None,
    };
    let mut tx = cx.store.read().await?;
    let pushed = device_version::newest(&mut tx, target.id, Some(Taken::Push)).await?;
    let newest = device_version::newest(&mut tx, target.id, None).await?;
    drop(tx);
    let (config, preview) = devices.look_at(&target, text).await?;
    let mut all = vec![kept(devices, &target, &config, pushed.as_ref(), newest.as_ref()).await?];
    if let (Some(wanted), Some(preview)) = (wanted, preview) {
        all.push(meant(devices, &target, &config, wanted, preview));
    }
    all.extend(startup(devices, &target, &config));
    Ok(all)
}

async fn kept(
    devices: &Devices,
    target: &Target,
    config: &Config,
    pushed: Option<&Version>,
    newest: Option<&Version>,
) -> Result<Check, Failure> {
    let (against, version) = match (pushed, newest) {
        (Some(pushed), _) => {
            (pushed.job.map_or_else(|| "the last push".to_owned(), |job| format!("push {job}")), pushed)
        }
        (None, Some(newest)) => (format!("version {}", super::short(newest)), newest),
        (None, None) => {
            let (note, diff) = ("nothing was pushed and nothing is kept yet".to_owned(), String::new());
            return Ok(Check { against: "the last push".to_owned(), state: State::Unknown, note, diff });
        }
    };
    let diff = devices.drift(target, &devices.text(&version.blob).await?, &config.running);
    let by = last_change(&config.running).map(|change| match change.who {
        Some(who) => format!(", last changed by {who} at {}", change.when),
        None => format!(", last changed at {}", change.when),
    });
    let mut check = checked(against, &diff, &target.name, "what is kept", "what runs now");
    if check.state == State::Differs {
        check.note.push_str(&by.unwrap_or_default());
    }
    Ok(check)
}

/// What a template would change.
fn meant(
    devices: &Devices,
    target: &Target,
    config: &Config,
    wanted: &Wanted,
    preview: Result<Preview, Error>,
) -> Check {
    let against = format!("template {}", wanted.template);
    let unknown = |note: String| Check { against: against.clone(), state: State::Unknown, note, diff: String::new() };
    let platform = target.platform;
    match preview {
        Err(error) => unknown(devices.said(target, &error)),
        Ok(Preview { diff: Some(said), .. }) => {
            let said = devices.masked(platform, &said);
            let count = |sign: char| said.lines().filter(|line| line.trim_start().starts_with(sign)).count();
            if said.trim().is_empty() {
                return Check { against, state: State::Agrees, note: String::new(), diff: String::new() };
            }
            let note = format!("it would add {} and remove {}", lines(count('+')), lines(count('-')));
            Check {
                against,
                state: State::Differs,
                note,
                diff: format!("{}, as it says itself:\n{said}\n", target.name),
            }
        }
        Ok(Preview { after: Some(after), .. }) => {
            let before = match platform.mechanism.stages() {
                true => config.running.clone(),
                // Told beforehand by us: both in one form.
                false => reverse::predict(&config.running, ""),
            };
            let diff = devices.diff(platform, &before, &after);
            let mut check = checked(against, &diff, &target.name, "what runs now", "what it would be");
            if check.state == State::Differs {
                check.note = format!("it would add {} and remove {}", lines(diff.added), lines(diff.removed));
            }
            check
        }
        Ok(_) => unknown(format!("{platform} does not tell what a text would change")),
    }
}

fn startup(devices: &Devices, target: &Target, config: &Config) -> Option<Check> {
    let startup = config.startup.as_deref()?;
    let diff = devices.drift(target, &devices.as_kept(target, startup), &config.running);
    let mut check = checked("startup".to_owned(), &diff, &target.name, "what a restart brings", "what runs now");
    if check.state == State::Differs {
        check.state = State::NotSaved;
        check.note = format!("{} would be lost or come back at a restart", lines(diff.added + diff.removed));
    }
    Some(check)
}

fn checked(against: String, diff: &Diff, device: &str, before: &str, after: &str) -> Check {
    if diff.is_empty() {
        return Check { against, state: State::Agrees, note: String::new(), diff: String::new() };
    }
    let note = format!("{} more and {} less", lines(diff.added), lines(diff.removed));
    let text = diff.named(&format!("{device}: {before} ({against})"), &format!("{device}: {after}"));
    Check { against, state: State::Differs, note, diff: text }
}

fn lines(count: usize) -> String {
    format!("{count} {}", if count == 1 { "line" } else { "lines" })
}
