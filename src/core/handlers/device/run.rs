//! `/device run`: one command that only shows, said to devices; by an allow-list, and its answer masked.

use super::{
    Cx, excerpt,
    parts::{Chosen, Tabled, allowed, pattern_words, shows_configuration, wrong_line},
};
use crate::{
    devices::{Devices, Target},
    plan::{Outcome, Say},
};
use direttore_clients::device::Output;
use direttore_domain::{Failure, Refusal, Role, Trouble, nearest::nearest, text};
use direttore_reply::device::Rows;
use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[serde(default)]
    device: Vec<String>,
    command: String,
    site: Option<String>,
    role: Option<String>,
    tag: Option<String>,
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Text,
    Table,
}

/// As many are asked while somebody waits.
const MOST: usize = 50;

/// As many lines of each answer are shown where there are several.
const EACH: usize = 12;

/// As many rows of all of them.
const ROWS: usize = 60;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let Input { device, command, site, role, tag, format } = ask;
    let rows = Chosen { named: device, site, role, tag }.find(cx, MOST).await?;
    let devices = cx.lab.need_devices()?;
    let command = checked_form(&command)?;
    let mut targets = Vec::new();
    for row in &rows {
        let target = devices.target(row).await?;
        may(cx, devices, &target, &command)?;
        if format == Format::Table {
            has_table(devices, &target, &command)?;
        }
        targets.push(target);
    }
    let one = |target: Target| say(devices, target, command.clone());
    let said: Vec<(Target, Result<Output, Trouble>)> =
        stream::iter(targets.into_iter().map(one)).buffered(MOST).collect().await;
    if let [(_, Err(_))] = said.as_slice() {
        let only = said.into_iter().next().and_then(|(_, told)| told.err());
        return Err(only.unwrap_or_else(|| Trouble::bug("there was one")));
    }
    let answers: Vec<Answer> =
        said.iter().map(|(target, said)| heard(devices, target, said, &command, format)).collect();
    Ok(told(&answers, &command))
}

fn checked_form(command: &str) -> Result<String, Refusal> {
    // Line breaks are not blanks: what comes behind one is another command.
    if command.trim().chars().any(char::is_control) {
        return Err(bad(command, "one line without control characters"));
    }
    Ok(pattern_words(command))
}

fn bad(command: &str, right: &str) -> Refusal {
    Refusal::BadValue {
        option: "command".to_owned(),
        given: text::visible(&text::shorten(command, 80)),
        what: "command to run",
        right: right.to_owned(),
    }
}

fn may(cx: &Cx, devices: &Devices, target: &Target, command: &str) -> Result<(), Refusal> {
    if let Some(right) = wrong_line(command, target.platform) {
        return Err(bad(command, right));
    }
    if cx.actor.role < Some(Role::Operator) && shows_configuration(command, target.platform) {
        let right = "a command that shows no configuration, for a viewer; /device diff shows what changed";
        return Err(bad(command, right));
    }
    allowed(&devices.settings.allowed, cx.actor.role, target.platform, command).map_err(|has| {
        let right = match has.as_slice() {
            [] => format!("none: network.run allows you nothing on {}", target.platform),
            has => text::list(has),
        };
        bad(command, &right)
    })
}

/// Before anybody is asked: what nobody can read as rows needs no answer.
fn has_table(devices: &Devices, target: &Target, command: &str) -> Result<(), Refusal> {
    if devices.table(target.platform, command, "").is_some() {
        return Ok(());
    }
    let has = devices.tables_of(target.platform);
    Err(Refusal::NoSuch {
        what: "table template",
        given: format!("{command} on {}", target.platform),
        nearest: nearest(command, has.iter().map(String::as_str)).map(str::to_owned),
        has,
    })
}

async fn say(devices: &Devices, target: Target, command: String) -> (Target, Result<Output, Trouble>) {
    let said = devices.call(&target, move |link| link.run(&[command])).await;
    let said = said.map_err(|error| devices.trouble(&target, &error));
    let said = said.and_then(|outputs| {
        let none = || Failure::Garbage { peer: target.name.clone(), why: "it said nothing at all".to_owned() };
        outputs.into_iter().next().ok_or_else(|| none().into())
    });
    (target, said)
}

/// What one device said, masked, or why it did not.
struct Answer {
    device: String,
    text: String,
    why: Option<String>,
    rows: Option<Rows>,
    /// Why there are no rows.
    note: Option<String>,
}

fn heard(devices: &Devices, target: &Target, said: &Result<Output, Trouble>, command: &str, format: Format) -> Answer {
    let device = target.name.clone();
    let output = match said {
        Ok(output) => output,
        Err(trouble) => {
            let why = Some(trouble_words(trouble));
            return Answer { device, text: String::new(), why, rows: None, note: None };
        }
    };
    let masked = devices.masked(target.platform, &text::visible_lines(&output.text));
    let (text, why) = (masked.trim_end().to_owned(), output.complaint.clone());
    let read = match format {
        Format::Table if why.is_none() => devices.table(target.platform, command, &text),
        _ => None,
    };
    let (rows, note) = match read {
        Some(Ok(found)) if found.rows.is_empty() => (None, Some("its template finds no row in this".to_owned())),
        Some(Ok(found)) => (Some(found), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    Answer { device, text, why, rows, note }
}

fn told(said: &[Answer], command: &str) -> Outcome {
    let is_one = said.len() == 1;
    let (mut blocks, mut whole, mut left, mut table) = (Vec::<Value>::new(), String::new(), 0, Tabled::default());
    for Answer { device, text, why, rows, note } in said {
        let head = if is_one { String::new() } else { format!("===== {device} =====\n") };
        // A string takes all.
        let _ =
            writeln!(whole, "{head}{}", if text.is_empty() { why.clone().unwrap_or_default() } else { text.clone() });
        if let Some(rows) = rows {
            table.add(device, rows);
            continue;
        }
        let shown: Vec<&str> = text.lines().take(if is_one { usize::MAX } else { EACH }).collect();
        let cut = text.lines().count() - shown.len();
        left += cut;
        let (shown, more, _) = excerpt(&shown.join("\n"), "", "");
        left += more;
        blocks.push(json!({ "device": device, "text": shown, "left": cut + more, "why": why, "note": note }));
    }
    let (table, first) = (table.filled(), said.first().map(|answer| answer.device.as_str()).unwrap_or_default());
    let more = table.rows.len().saturating_sub(ROWS);
    let file = (left + more > 0).then(|| crate::plan::TextFile {
        name: if is_one { format!("{first}.txt") } else { "answers.txt".to_owned() },
        text: whole,
        about: "the whole answer".to_owned(),
    });
    let data = json!({
        "command": command,
        "device": first,
        "total": said.len(),
        "failed": said.iter().filter(|answer| answer.why.is_some()).count(),
        "columns": table.columns,
        "rows": table.rows.iter().take(ROWS).collect::<Vec<_>>(),
        "more": more,
        "blocks": blocks,
        "left": left,
    });
    Say::new("device_run", data).with_file(file).into()
}

fn trouble_words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Refusal(refusal) => refusal.to_string(),
        Trouble::Failure(failure) => failure.to_string(),
        Trouble::Bug(_) => "a mistake of ours".to_owned(),
    }
}
