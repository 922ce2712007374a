//! The catalogue as state events of rooms, by MSC4391, for clients that help to type commands. The proposal is not settled:
//! what is said here is the form that clients read, not the proposal's text.

use crate::{
    talk::Talk,
    wire::{Error, Power},
};
use base64ct::{Base64, Encoding};
use direttore_catalog::{Catalog, Command, Kind, Opt, catalog};
use direttore_domain::Surface;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::watch;

const KIND: &str = "org.matrix.msc4391.command_description";
/// What putting state takes, unless a room says otherwise; there it is refused, and left so.
const STATE: Power = Power::Level(50);

/// Puts what is new since it was put last, in every room where the bot may, and ends.
pub(crate) async fn run(talk: Arc<Talk>, mut leads: watch::Receiver<bool>) {
    if !talk.settings.descriptions {
        return;
    }
    let (first, longest) = talk.settings.paces.back_off;
    let mut pause = first;
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        let mut is_done = true;
        for room in &talk.settings.rooms {
            match describe_in(&talk, room).await {
                Ok(()) => {}
                Err(error @ Error::Refused { .. }) => {
                    tracing::warn!("the commands are not described in the room {room}: {error}");
                }
                Err(error) => {
                    tracing::debug!("the commands are not described in the room {room} yet: {error}");
                    is_done = false;
                }
            }
        }
        if is_done {
            return;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

async fn describe_in(talk: &Talk, room: &str) -> Result<(), Error> {
    let me = talk.wire.me();
    let power = talk.wire.power(room, me).await?;
    if power.is_none_or(|power| power < STATE) {
        tracing::warn!("the bot may not describe its commands in the room {room}: that takes a power level of 50");
        return Ok(());
    }
    let all = descriptions(catalog(), me);
    let name = format!("described/{room}");
    let print = Base64::encode_string(&Sha256::digest(json!(all).to_string()));
    let kept = talk.dispatch.kept(Surface::Matrix, &name).await?;
    if kept.as_ref() == Some(&json!(print)) {
        return Ok(());
    }
    for (key, content) in all {
        talk.wire.put_state(room, KIND, &key, content).await?;
    }
    talk.dispatch.keep(Surface::Matrix, &name, &json!(print)).await.map_err(Error::from)
}

/// State keys, and what each command is.
fn descriptions(catalog: &Catalog, me: &str) -> Vec<(String, Value)> {
    let key = |path: &str| Base64::encode_string(&Sha256::digest(format!("{path}{me}")));
    catalog.commands().iter().map(|command| (key(&command.path), described(command))).collect()
}

fn text(words: &str) -> Value {
    json!({ "m.text": [{ "body": words }] })
}

fn described(command: &Command) -> Value {
    let parameters: Vec<Value> = command.options.iter().map(parameter).collect();
    let mut out = json!({
        "command": command.path,
        "aliases": command.also,
        "description": text(&command.summary),
        "parameters": parameters,
    });
    // What stands at the end takes the rest of what is typed.
    if let Some(tail) = command.options.iter().find(|option| option.positional && (option.rest || option.many)) {
        out["fi.mau.tail_parameter"] = json!(tail.name);
    }
    out
}

fn parameter(option: &Opt) -> Value {
    let name = if option.at_most.is_some() { option.key(1) } else { option.name.clone() };
    let of = |kind: &str| json!({ "schema_type": "primitive", "type": kind });
    let one = match option.kind {
        Kind::Flag => of("boolean"),
        Kind::Integer => of("integer"),
        Kind::Choice if !option.choices.is_empty() => {
            let variants: Vec<Value> =
                option.choices.iter().map(|c| json!({ "schema_type": "literal", "value": c })).collect();
            json!({ "schema_type": "union", "variants": variants })
        }
        _ => of("string"),
    };
    let schema = if option.many { json!({ "schema_type": "array", "items": one }) } else { one };
    let mut out = json!({ "key": name, "schema": schema, "description": text(&option.help) });
    if !option.is_always_required() {
        out["optional"] = json!(true);
    }
    if let Some(default) = &option.default {
        out["fi.mau.default_value"] = default.clone();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_described_under_a_key_of_its_own() {
        let all = descriptions(catalog(), "@bot:x");
        let keys: std::collections::BTreeSet<&String> = all.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), catalog().commands().len());
        assert!(keys.iter().all(|key| key.len() == 44 && key.ends_with('=')), "a padded SHA-256");
        assert_ne!(all[0].0, descriptions(catalog(), "@other:x")[0].0);
        // A state event has room for 65,536 bytes.
        assert!(all.iter().all(|(_, content)| content.to_string().len() < 32_000));
    }

    #[test]
    fn a_command_is_described_in_the_form_that_clients_read() {
        let status = described(catalog().get("lab status").expect("a command"));
        insta::assert_snapshot!(serde_json::to_string_pretty(&status).expect("JSON"), @r#"
        {
          "command": "lab status",
          "aliases": [
            "status"
          ],
          "description": {
            "m.text": [
              {
                "body": "Show the state of the lab: nodes, their load, and how many guests run"
              }
            ]
          },
          "parameters": [
            {
              "key": "cluster",
              "schema": {
                "schema_type": "primitive",
                "type": "string"
              },
              "description": {
                "m.text": [
                  {
                    "body": "Only this cluster"
                  }
                ]
              },
              "optional": true
            },
            {
              "key": "live",
              "schema": {
                "schema_type": "primitive",
                "type": "boolean"
              },
              "description": {
                "m.text": [
                  {
                    "body": "Keep the answer fresh"
                  }
                ]
              },
              "optional": true
            }
          ]
        }
        "#);
    }
}
