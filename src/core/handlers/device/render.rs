//! `/device render`: what a device should say, from a template and NetBox. The device itself is not asked.

use super::{Cx, excerpt, meant, vars};
use crate::{
    devices::Wanted,
    plan::{Outcome, Say},
};
use direttore_domain::Trouble;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    device: String,
    template: String,
    vars: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let given = vars(ask.vars.as_deref())?;
    let meant = meant(cx, &ask.device).await?;
    let wanted = Wanted { template: ask.template, vars: given, at: cx.clock.now() };
    let intent = meant.devices.render(meant.ipam, &meant.row, &wanted).await?;
    let text = meant.devices.shown(&meant.target, &intent);
    let file = format!("{}-{}.txt", meant.target.name, wanted.template);
    let (shown, left, file) = excerpt(&text, &file, "what was rendered");
    let data = json!({
        "device": meant.target.name,
        "template": wanted.template,
        "platform": meant.target.platform.name,
        "lines": text.lines().count(),
        "text": shown,
        "left": left,
    });
    Ok(Say::new("device_render", data).with_file(file).into())
}
