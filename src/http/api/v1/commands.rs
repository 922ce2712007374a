//! `/api/v1/commands`: what can be said, and saying it.

use super::{
    Problem, Who,
    shapes::{AnsweredShape, CommandShape, Commands},
};
use crate::{
    api::{Api, given::Path, once::ShownOnce, whole::LARGEST},
    body,
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use direttore_catalog::{Command, Confirm, Given, Kind, Opt, catalog};
use direttore_core::dispatch::{Answered, Waits};
use direttore_domain::Refusal;
use direttore_reply::{Reply, Tone};
use serde_json::{Map, Value, json};

/// The commands that you may give.
#[utoipa::path(get, path = "/api/v1/commands", tag = "commands", security(("bearer" = [])),
    responses((status = 200, description = "The commands", body = Commands)))]
pub async fn list(State(api): State<Api>, Who(caller): Who) -> Json<Value> {
    let all = api.dispatch.commands_for(&caller);
    Json(json!({ "commands": all.into_iter().map(described).collect::<Vec<_>>() }))
}

/// One command, and its options.
#[utoipa::path(get, path = "/api/v1/commands/{path}", tag = "commands", security(("bearer" = [])),
    params(("path" = String, Path, description = "Its words with slashes between: `guest/list`")),
    responses((status = 200, description = "The command", body = CommandShape)))]
pub async fn show(Who(_): Who, Path(path): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(described(find(&path)?)))
}

fn find(path: &str) -> Result<&'static Command, Problem> {
    let words = path.trim_matches('/').replace('/', " ");
    catalog().get(&words).ok_or_else(|| {
        let said = format!("there is no command {words:?}; GET /api/v1/commands lists them");
        Problem::new(StatusCode::NOT_FOUND, "unknown-command", said)
    })
}

fn described(command: &'static Command) -> Value {
    let option = |option: &Opt| {
        let mut out = Map::new();
        out.insert("name".into(), json!(option.name));
        out.insert("kind".into(), json!(option.kind.to_string()));
        out.insert("help".into(), json!(option.help));
        out.insert("required".into(), json!(option.required));
        out.insert("many".into(), json!(option.many || option.at_most.is_some()));
        if !option.choices.is_empty() {
            out.insert("choices".into(), json!(option.choices));
        }
        if let Some(default) = &option.default {
            out.insert("default".into(), default.clone());
        }
        if let Some((least, most)) = option.limits {
            out.insert("limits".into(), json!([least, most]));
        }
        Value::Object(out)
    };
    json!({
        "path": command.path.replace(' ', "/"),
        "summary": command.summary,
        "help": command.help,
        "permission": command.permission.to_string(),
        "confirm": match command.confirm {
            Confirm::No => "no",
            Confirm::Yes | Confirm::Review => "yes",
            Confirm::Name => "name",
        },
        "options": command.options.iter().map(option).collect::<Vec<_>>(),
    })
}

/// Give a command. What asks people first is answered with its plan.
#[utoipa::path(post, path = "/api/v1/commands/{path}", tag = "commands", security(("bearer" = [])),
    params(("path" = String, Path, description = "Its words with slashes between: `guest/list`")),
    request_body(content = Value, description = "Its options: a text, a number or a flag each, a list where several may be given"),
    responses((status = 200, description = "Answered, or planned", body = AnsweredShape),
        (status = 202, description = "Jobs were made", body = AnsweredShape)))]
pub async fn give(
    State(api): State<Api>,
    Who(caller): Who,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let command = find(&path)?;
    let bytes = body::read(&headers, body, LARGEST, api.read).await?;
    let given = given(command, &bytes)?;
    let answered = api.dispatch.ask_for(&caller, &command.path, given).await?;
    told(&answered)
}

/// What a command was answered with: what was said, the plan that waits, or the jobs that it makes.
pub fn told(answered: &Answered) -> Result<Response, Problem> {
    let replies = &answered.replies;
    if let Some(refused) = replies.iter().find(|reply| matches!(reply.tone, Tone::Refused | Tone::Failed)) {
        return Err(Problem::of(refused));
    }
    let mut body = Map::new();
    if let Some(plan) = plan(answered) {
        body.insert("plan".into(), plan);
    }
    let jobs: Vec<&String> = replies.iter().filter_map(|reply| reply.job.as_ref()).collect();
    let makes_jobs = !jobs.is_empty() || replies.iter().any(is_queued);
    if let Some(job) = jobs.first() {
        body.insert("job".into(), json!(job));
    }
    body.insert("replies".into(), replies.iter().map(Reply::to_json).collect());
    let status = if makes_jobs { StatusCode::ACCEPTED } else { StatusCode::OK };
    let mut response = (status, Json(Value::Object(body))).into_response();
    if replies.iter().any(|reply| reply.reveals) {
        response.extensions_mut().insert(ShownOnce);
    }
    Ok(response)
}

/// The plan that waits for a yes.
pub fn plan(answered: &Answered) -> Option<Value> {
    match &answered.waits {
        Waits::No => None,
        Waits::Yes { plan } => Some(json!({ "id": plan, "confirm": "yes" })),
        Waits::Name { plan } => Some(json!({ "id": plan, "confirm": "name" })),
    }
}

/// Several jobs at once are in a table.
fn is_queued(reply: &Reply) -> bool {
    reply.tone == Tone::Warning && reply.table.as_ref().is_some_and(|table| table.columns.iter().any(|c| c == "job"))
}

/// Answers in JSON as they would be said: a text, a number or a flag each, a list where there may be several.
fn given(command: &'static Command, bytes: &[u8]) -> Result<Given, Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Given::new());
    }
    let unreadable = |why: String| Problem::new(StatusCode::BAD_REQUEST, "unreadable-request", why);
    let fields = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(unreadable("the body must be one JSON object of options and their values".to_owned())),
        Err(error) => return Err(unreadable(format!("the body is no JSON: {error}"))),
    };
    let mut given = Given::new();
    for (name, value) in fields {
        let Some(option) = command.option(&name) else {
            // The command itself says which there are.
            given.insert(name, vec![String::new()]);
            continue;
        };
        let values = match value {
            Value::Null => continue,
            Value::Array(values) if option.many || option.at_most.is_some() => values,
            other => vec![other],
        };
        let texts: Result<Vec<String>, Problem> = values.iter().map(|value| text(option, &name, value)).collect();
        let texts = texts?;
        if option.at_most.is_some() && name == option.name {
            for (nth, text) in (1..).zip(texts) {
                given.insert(option.key(nth), vec![text]);
            }
        } else {
            given.insert(name, texts);
        }
    }
    Ok(given)
}

fn text(option: &Opt, name: &str, value: &Value) -> Result<String, Problem> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        // MiB, as its limits are.
        Value::Number(number) if option.kind == Kind::Size => Ok(format!("{number}M")),
        Value::Number(number) => Ok(number.to_string()),
        // An interface as an object of its words.
        Value::Object(words) if option.kind == Kind::Nic => {
            let mut said = Vec::new();
            for (key, value) in words {
                match value {
                    Value::Null => {}
                    Value::String(text) if text.contains([' ', ',', '\t']) => return Err(bad(name, value)),
                    Value::String(text) => said.push(format!("{key}={text}")),
                    Value::Number(number) => said.push(format!("{key}={number}")),
                    _ => return Err(bad(name, value)),
                }
            }
            Ok(said.join(" "))
        }
        other => Err(bad(name, other)),
    }
}

fn bad(option: &str, given: &Value) -> Problem {
    let refusal = Refusal::BadValue {
        option: option.to_owned(),
        given: direttore_domain::text::shorten(&given.to_string(), 60),
        what: "value",
        right: "a text, a number, true or false; a list where several may be given".to_owned(),
    };
    direttore_domain::Trouble::from(refusal).into()
}
