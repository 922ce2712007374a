//! `/help`: what the asker may say here, with an example each; with a command, all about that one.

use super::Cx;
use crate::plan::{Outcome, Say};
use direttore_catalog::{Command, Confirm, catalog};
use direttore_domain::{Trouble, policy};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    command: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let may = |c: &&Command| policy::may_say(&cx.actor, c.permission, &c.path, &cx.channel).is_ok();
    let catalog = catalog();
    let Some(words) = ask.command else {
        return Ok(list(catalog.commands().iter().filter(may), None).into());
    };
    let words = words.trim().trim_start_matches('/').to_lowercase();
    let in_group: Vec<&Command> = catalog.group(&words).filter(may).collect();
    if !in_group.is_empty() {
        return Ok(list(in_group.into_iter(), Some(&words)).into());
    }
    let command = match catalog.get(&words) {
        Some(command) => command,
        None => catalog.read(&words)?.command,
    };
    policy::may_say(&cx.actor, command.permission, &command.path, &cx.channel)?;
    let options: Vec<Value> = command
        .options
        .iter()
        .map(|o| {
            json!({
                "option": o.name,
                "needed": if o.is_always_required() { "yes" } else { "no" },
                "right": o.right(),
                "what": o.help,
            })
        })
        .collect();
    let data = json!({
        "usage": command.usage(),
        "summary": command.summary,
        "help": command.help,
        "permission": command.permission.as_str(),
        "confirm": match command.confirm { Confirm::No => "no", Confirm::Yes => "yes", Confirm::Name => "name", Confirm::Review => "review" },
        "also": command.also,
        "options": options,
        "examples": command.examples.iter().map(|e| json!({ "say": e.say, "note": e.note })).collect::<Vec<_>>(),
    });
    Ok(Say::new("help_command", data).into())
}

fn list<'c>(commands: impl Iterator<Item = &'c Command>, group: Option<&str>) -> Say {
    let rows: Vec<Value> = commands
        .map(|c| {
            json!({
                "command": format!("/{}", c.path),
                "what": c.summary,
                "example": c.examples.first().map_or_else(|| format!("/{}", c.path), |e| e.say.clone()),
            })
        })
        .collect();
    Say::new("help", json!({ "rows": rows, "total": rows.len(), "group": group }))
}
