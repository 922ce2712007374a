//! Tasks of a node: list, status, log, stop. A token sees only those that it started, unless it has `Sys.Audit`.

use super::{Answer, Call, Handled, No, data};
use crate::world::Task;
use direttore_domain::Upid;
use serde_json::{Value, json};

/// The caller's own: a user also owns what its tokens started.
fn is_own(call: &Call<'_>, task: &Task) -> bool {
    task.user == call.who.full() || (call.who.token.is_none() && task.split_user().0 == call.who.user)
}

fn find(call: &Call<'_>, privilege: &str) -> Result<usize, No> {
    let name = call.args.must("upid");
    if name.parse::<Upid>().is_err() {
        return Err(No::parameter("upid", "unable to parse worker upid"));
    }
    let node = call.node();
    let index = call.world.by_upid.get(name).copied().filter(|i| call.world.tasks[*i].node == node);
    let index = index.ok_or_else(|| No::parameter("upid", "no such task"))?;
    if !is_own(call, &call.world.tasks[index]) {
        call.check(&format!("/nodes/{node}"), &[privilege])?;
    }
    Ok(index)
}

/// The fields that every answer about a task has.
fn row(task: &Task) -> Value {
    let (user, token) = task.split_user();
    let mut row = json!({
        "upid": task.upid, "node": task.node, "pid": task.pid, "pstart": task.pstart,
        "starttime": task.started / 1000, "type": task.task_type, "id": task.id, "user": user,
    });
    if let Some(token) = token {
        row["tokenid"] = json!(token);
    }
    row
}

/// A row of a list: the exit stands in `status`, a running task says `RUNNING`.
pub fn list_row(task: &Task) -> Value {
    let mut row = row(task);
    match &task.exit {
        Some(exit) => {
            row["endtime"] = json!(task.ends / 1000);
            row["status"] = json!(exit);
        }
        None => row["status"] = json!("RUNNING"),
    }
    row
}

pub fn list(call: &mut Call<'_>) -> Handled {
    let node = call.node();
    let sees_all = call.may(&format!("/nodes/{node}"), "Sys.Audit");
    let args = &call.args;
    let source = args.text("source").unwrap_or("archive");
    let (start, limit) = (args.int("start").unwrap_or(0), args.int("limit").unwrap_or(50));
    let kinds: Option<Vec<String>> =
        args.text("statusfilter").map(|s| s.split(',').map(|k| k.trim().to_owned()).collect());
    let is_wanted = |task: &Task| {
        let seconds = i64::try_from(task.started / 1000).unwrap_or(i64::MAX);
        let is_running = task.exit.is_none();
        let of_source = match source {
            "active" => is_running,
            "all" => true,
            _ => !is_running,
        };
        task.node == node
            && of_source
            && (sees_all || is_own(call, task))
            && args.vmid("vmid").is_none_or(|vmid| task.id == vmid.to_string())
            && args.text("typefilter").is_none_or(|kind| task.task_type == kind)
            && args.text("userfilter").is_none_or(|user| task.user.contains(user))
            && args.int("since").is_none_or(|since| seconds >= since)
            && args.int("until").is_none_or(|until| seconds <= until)
            && (!args.flag("errors") || (!is_running && !task.is_ok()))
            && kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| kind == ending(task)))
    };
    let mut found: Vec<&Task> = call.world.tasks.iter().rev().filter(|task| is_wanted(task)).collect();
    // Running ones first, each part newest first.
    found.sort_by_key(|task| task.exit.is_some());
    let total = found.len();
    let page = found.into_iter().skip(usize::try_from(start).unwrap_or(0)).take(usize::try_from(limit).unwrap_or(0));
    Ok(Answer::Page(page.map(list_row).collect(), total))
}

fn ending(task: &Task) -> &'static str {
    match task.exit.as_deref() {
        None | Some("unexpected status") => "unknown",
        Some("OK") => "ok",
        Some(exit) if exit.starts_with("WARNINGS") => "warning",
        Some(_) => "error",
    }
}

pub fn index(call: &mut Call<'_>) -> Handled {
    let _ = call;
    data(json!([{"name": "log"}, {"name": "status"}]))
}

pub fn status(call: &mut Call<'_>) -> Handled {
    let task = &call.world.tasks[find(call, "Sys.Audit")?];
    let mut row = row(task);
    row["status"] = json!(if task.exit.is_some() { "stopped" } else { "running" });
    if let Some(exit) = &task.exit {
        row["exitstatus"] = json!(exit);
    }
    data(row)
}

pub fn log(call: &mut Call<'_>) -> Handled {
    let task = &call.world.tasks[find(call, "Sys.Audit")?];
    let lines = task.log(call.now);
    let (start, limit) = (call.args.int("start"), call.args.int("limit"));
    if call.args.flag("download") {
        let conflict = [("start", start), ("limit", limit)].into_iter().find(|(_, given)| given.is_some());
        if let Some((name, _)) = conflict {
            return Err(No::parameter(name, "The parameter 'download' can't be used with 'start' and 'limit'."));
        }
        return Ok(Answer::Text(lines.iter().map(|line| format!("{line}\n")).collect()));
    }
    let limit = limit.unwrap_or(50);
    let start = usize::try_from(start.unwrap_or(0)).unwrap_or(0);
    let count = if limit == 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(0) };
    let numbered = lines.iter().enumerate().skip(start).take(count);
    let mut rows: Vec<Value> = numbered.map(|(i, text)| json!({"n": i + 1, "t": text})).collect();
    if lines.is_empty() {
        rows.push(json!({"n": 1, "t": "no content"}));
    }
    Ok(Answer::Page(Value::from(rows), lines.len().max(1)))
}

pub fn stop(call: &mut Call<'_>) -> Handled {
    let index = find(call, "Sys.Modify")?;
    if call.world.tasks[index].exit.is_none() {
        call.world.interrupt(index, call.now, "received interrupt");
    }
    data(Value::Null)
}
