//! `/device diff`: what runs now against what is kept, or two versions against each other. Masked: viewers may see it.

use super::{
    Cx, excerpt, known, name,
    parts::{self, Place},
};
use crate::{
    handlers::audit,
    plan::{Outcome, Say},
};
use direttore_domain::{Refusal, Trouble, device::last_change};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    device: String,
    since: Option<String>,
    #[serde(default)]
    version: Vec<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let (devices, row) = known(cx, &ask.device).await?;
    let platform = devices.platform(&row)?;
    if ask.version.len() > 2 {
        return Err(Refusal::TooManyAtOnce { what: "versions", given: ask.version.len(), max: 2 }.into());
    }
    let before = match (&ask.since, ask.version.first()) {
        (Some(since), Some(_)) => {
            let right = "either since or version".to_owned();
            let (option, given) = ("since".to_owned(), since.clone());
            return Err(Refusal::BadValue { option, given, what: "moment beside a version", right }.into());
        }
        (Some(since), None) => parts::since(cx, devices, &row, audit::instant(cx, since)?).await?,
        (None, Some(version)) => parts::about(cx, devices, &row, version).await?,
        (None, None) => parts::newest(cx, devices, &row).await?,
    };
    let mut change = None;
    let after = match ask.version.get(1) {
        Some(version) => parts::about(cx, devices, &row, version).await?,
        None => {
            let target = devices.target(&row).await?;
            let raw = devices.fetch_running(&target, None).await?;
            change = last_change(&raw);
            Place { what: "what runs now".to_owned(), at: None, text: devices.as_kept(&target, &raw) }
        }
    };
    let diff = devices.diff(platform, &before.text, &after.text);
    let text = diff.named(&before.what, &after.what);
    let file = format!("{}.diff", name(&row));
    let (shown, left, file) = excerpt(&text, &file, "the whole difference");
    let data = json!({
        "device": name(&row),
        "before": before.what,
        "before_at": before.at,
        "after": after.what,
        "after_at": after.at,
        "by": change.as_ref().and_then(|change| change.who.clone()),
        "changed": change.as_ref().map(|change| change.when.clone()),
        "added": diff.added,
        "removed": diff.removed,
        "text": shown,
        "left": left,
    });
    Ok(Say::new("device_diff", data).with_file(file).into())
}
