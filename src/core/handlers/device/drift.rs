//! `/device drift`: whether devices still say what was pushed, what a template means, and what a restart would bring.

use super::{
    Cx, excerpt, name,
    parts::{Chosen, State, checks},
    vars,
};
use crate::{
    devices::{Devices, Wanted},
    plan::{Outcome, Say},
};
use direttore_clients::netbox::Device;
use direttore_domain::Trouble;
use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[serde(default)]
    device: Vec<String>,
    site: Option<String>,
    role: Option<String>,
    tag: Option<String>,
    template: Option<String>,
    vars: Option<String>,
}

/// As many are asked while somebody waits.
const MOST: usize = 200;

/// As many lines of results are shown.
const ROWS: usize = 60;

/// What is said of one device, one line for each comparison, and its differences.
struct Told {
    rows: Vec<Value>,
    diff: String,
    is_well: bool,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let Input { device, site, role, tag, template, vars: given } = ask;
    let given = vars(given.as_deref())?;
    let chosen = Chosen { named: device, site, role, tag };
    let rows = chosen.find(cx, MOST).await?;
    let devices = cx.lab.need_devices()?;
    let wanted = template.map(|template| Wanted { template, vars: given, at: cx.clock.now() });
    let one = |row: Device| look(cx, devices, row, wanted.as_ref());
    let all: Vec<(String, Result<Told, Trouble>)> =
        stream::iter(rows.into_iter().map(one)).buffered(MOST).collect().await;
    let [(_, Err(_))] = all.as_slice() else { return Ok(said(all, wanted.as_ref())) };
    // Of the only one there is nothing else to say.
    all.into_iter()
        .next()
        .map_or_else(|| Err(Trouble::bug("there was one")), |(_, told)| told.map(|_| said(vec![], None)))
}

async fn look(cx: &Cx, devices: &Devices, row: Device, wanted: Option<&Wanted>) -> (String, Result<Told, Trouble>) {
    let device = name(&row).to_owned();
    let told = checks(cx, devices, &row, wanted).await.map(|checks| Told {
        rows: checks
            .iter()
            .map(|check| json!({ "device": device, "against": check.against, "state": check.state.as_str(), "note": check.note }))
            .collect(),
        diff: checks.iter().map(|check| check.diff.as_str()).collect(),
        is_well: checks.iter().all(|check| check.state == State::Agrees),
    });
    (device, told)
}

fn said(all: Vec<(String, Result<Told, Trouble>)>, wanted: Option<&Wanted>) -> Outcome {
    let total = all.len();
    let (mut bad, mut good, mut diffs, mut differ) = (Vec::new(), Vec::new(), String::new(), 0);
    for (device, told) in all {
        match told {
            Ok(told) => {
                differ += usize::from(!told.is_well);
                diffs.push_str(&told.diff);
                if told.is_well { good.extend(told.rows) } else { bad.extend(told.rows) }
            }
            Err(trouble) => {
                differ += 1;
                let note = words(&trouble);
                bad.push(json!({ "device": device, "against": "", "state": "not asked", "note": note }));
            }
        }
    }
    let rows: Vec<Value> = bad.into_iter().chain(good).collect();
    let (shown, left, file) = excerpt(&diffs, "drift.diff", "all differences");
    let data = json!({
        "total": total,
        "differ": differ,
        "template": wanted.map(|wanted| &wanted.template),
        "device": rows.first().map(|row| &row["device"]),
        "more": rows.len().saturating_sub(ROWS),
        "rows": rows.iter().take(ROWS).collect::<Vec<_>>(),
        "text": shown,
        "left": left,
    });
    Say::new("device_drift", data).with_file(file).into()
}

fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Refusal(refusal) => refusal.to_string(),
        Trouble::Failure(failure) => failure.to_string(),
        Trouble::Bug(_) => "a mistake of ours".to_owned(),
    }
}
