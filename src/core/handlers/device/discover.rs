//! `/device discover`: what a device tells by SNMP, against what NetBox has; and with `apply`, the job that writes it down.

use super::{Cx, reached};
use crate::{
    devices::{Agent, Devices, find, name},
    discover::{self, Part, Plan as Difference, Whose, Wish, Words},
    ipam::{Ipam, failure},
    jobs::steps::{ApplyDiscovery, Step},
    plan::{JobPlan, Outcome, Plan, Say, TextFile},
};
use direttore_clients::netbox::{Device, Site};
use direttore_domain::{Permission, Refusal, Trouble, grant::Touches, policy};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{fmt::Write, net::IpAddr};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    device: String,
    apply: bool,
    overwrite: bool,
    modules: bool,
    cables: bool,
    #[serde(default)]
    without: Vec<Part>,
    address: Option<String>,
    login: Option<String>,
    name: Option<String>,
    site: Option<String>,
    role: Option<String>,
    r#type: Option<String>,
}

/// Differences that a reply shows; the rest is in the file beside it.
const SHOWN: usize = 25;

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let (devices, ipam) = (cx.lab.need_devices()?, cx.lab.need_ipam()?);
    if ask.apply {
        provision(cx)?;
    }
    let meant = meant(cx, devices, ipam, &ask).await?;
    let (agent, row) = match &meant {
        Meant::Known(row, agent) => (agent, Some(row)),
        Meant::New(agent) => (agent, None),
    };
    let reading = devices.reading(agent, cx.is_confirmed).await?;
    let seen = &reading.seen;
    let whose = match row {
        Some(row) => Whose::Known(row.id),
        None => new(&ask, seen)?,
    };
    let label = match (&whose, row) {
        (Whose::New { name, .. }, _) => name.clone(),
        (_, Some(row)) => name(row).to_owned(),
        (Whose::Known(id), None) => id.to_string(),
    };
    let wish = Wish {
        overwrite: ask.overwrite,
        modules: ask.modules,
        cables: ask.cables,
        without: ask.without.iter().copied().collect(),
        answered: Some(reading.answered).filter(|address| !address.is_loopback()),
    };
    let words = Words { platforms: &devices.settings.platforms, software: &devices.settings.fields.software };
    let known = discover::known_or_failure(ipam, &whose, seen, &wish, &words).await?;
    let difference = discover::plan(seen, &known, &wish);
    let say = say(&label, agent, &seen.notes, &difference, ask.apply);
    if !ask.apply || difference.is_empty() {
        let may = !difference.is_empty() && provision(cx).is_ok();
        return Ok(if may { say.with_offers(vec![("Apply", line(&ask))]).into() } else { say.into() });
    }
    let subject = match &whose {
        Whose::Known(id) => format!("netbox/device/{id}"),
        Whose::New { name, site, .. } => format!("netbox/device/{site}/{name}"),
    };
    let step = ApplyDiscovery {
        device: label.clone(),
        whose,
        seen: seen.clone(),
        wish,
        agreed: difference.changes.iter().map(|change| change.key.clone()).collect(),
    };
    let title = format!("write what {label} tells into NetBox");
    let job = JobPlan::new(title, subject, vec![Step::ApplyDiscovery(step)]);
    Ok(Plan { jobs: vec![job], ..Plan::new(format!("device {label}"), say) }.into())
}

/// Looking needs `view`, as the command says.
fn provision(cx: &Cx) -> Result<(), Refusal> {
    policy::may_say(&cx.actor, Permission::Provision, &cx.command.path, &cx.channel)
}

enum Meant {
    Known(Box<Device>, Agent),
    New(Agent),
}

async fn meant(cx: &Cx, devices: &Devices, ipam: &Ipam, ask: &Input) -> Result<Meant, Trouble> {
    let login = ask.login.as_deref();
    let bare = ask.device.trim().trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let (row, at) = match (find(ipam, &ask.device).await, bare) {
        (Ok(row), _) => (row, ask.address.as_deref()),
        (Err(Trouble::Refusal(Refusal::NoSuch { .. })), Some(address)) => match having(ipam, address).await? {
            // NetBox says itself that it is there.
            Some(row) => {
                reached(cx, &row)?;
                let at = address.to_string();
                let agent = devices.agent(&row, Some(&at), login)?;
                return Ok(Meant::Known(Box::new(row), agent));
            }
            None => return strange(cx, devices, ipam, ask, &address.to_string()).await,
        },
        (Err(Trouble::Refusal(Refusal::NoSuch { .. })), None) if ask.address.is_some() => {
            return strange(cx, devices, ipam, ask, ask.address.as_deref().unwrap_or_default()).await;
        }
        (Err(trouble), _) => return Err(trouble),
    };
    reached(cx, &row)?;
    if at.is_some() {
        // A community is told to whoever is asked.
        provision(cx)?;
    }
    let agent = devices.agent(&row, at, login)?;
    Ok(Meant::Known(Box::new(row), agent))
}

/// The device that has an address in NetBox.
async fn having(ipam: &Ipam, address: IpAddr) -> Result<Option<Device>, Trouble> {
    let rows = ipam.client.addresses_among(&[address]).await.map_err(|e| failure(&e))?;
    let on_device = |on: &direttore_clients::netbox::Assigned| on.object_type == "dcim.interface";
    let mut parents = rows.into_iter().filter_map(|row| row.assigned.filter(on_device)?.parent);
    match (parents.next(), parents.next()) {
        (Some(one), None) => Ok(Some(ipam.client.device(one.id).await.map_err(|e| failure(&e))?)),
        _ => Ok(None),
    }
}

/// One that NetBox does not have: of what grants can name it has the site that it is to be in.
async fn strange(cx: &Cx, devices: &Devices, ipam: &Ipam, ask: &Input, at: &str) -> Result<Meant, Trouble> {
    provision(cx)?;
    let view = ipam.view().await?;
    let is_said = |text: &str| ask.site.as_deref().is_some_and(|given| given.trim().eq_ignore_ascii_case(text));
    let by = |word: fn(&Site) -> &str| view.sites.iter().find(|site| is_said(word(site)));
    let site = by(|site| &site.name).or_else(|| by(|site| &site.slug)).map(|site| site.slug.as_str());
    let Cx { actor, command, channel, .. } = cx;
    let touched = Touches { site, ..Touches::default() };
    policy::check_touch(actor, command.permission, &command.path, channel, &ask.device, touched)?;
    Ok(Meant::New(devices.agent_of(&ask.device, at, ask.login.as_deref())?))
}

/// What it is to be in NetBox.
fn new(ask: &Input, seen: &direttore_domain::device::seen::Seen) -> Result<Whose, Refusal> {
    let is_address = ask.device.trim().trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    let told = Some(seen.system.name.clone()).filter(|name| !name.is_empty());
    let name = ask.name.clone().or_else(|| if is_address { told } else { Some(ask.device.trim().to_owned()) });
    let lacks = |has: &str, right: &str| Refusal::NotReady {
        what: ask.device.clone(),
        has: has.to_owned(),
        right: right.to_owned(),
    };
    let name = name.ok_or_else(|| lacks("no name of its own", "name="))?;
    if name.chars().count() > 64 {
        return Err(lacks("a name of more than 64 characters", "a shorter one by name="));
    }
    if ask.r#type.is_none() && seen.system.model.is_empty() {
        return Err(lacks("told no model", "its type by type="));
    }
    let site = ask.site.clone().ok_or_else(|| lacks("no site in NetBox", "one by site="))?;
    let role = ask.role.clone().ok_or_else(|| lacks("no role in NetBox", "one by role="))?;
    Ok(Whose::New { name, site, role, kind: ask.r#type.clone() })
}

/// The same once more, to be carried out.
fn line(ask: &Input) -> String {
    let quoted = |value: &str| {
        if value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/[]".contains(c)) {
            value.to_owned()
        } else {
            format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
        }
    };
    let mut line = format!("/device discover {}", quoted(&ask.device));
    for (flag, is_set) in [("overwrite", ask.overwrite), ("modules", ask.modules), ("cables", ask.cables)] {
        if is_set {
            line.push(' ');
            line.push_str(flag);
        }
    }
    for (word, part) in Part::ALL {
        if ask.without.contains(&part) {
            let _ = write!(line, " without={word}");
        }
    }
    for (option, value) in [
        ("address", &ask.address),
        ("login", &ask.login),
        ("name", &ask.name),
        ("site", &ask.site),
        ("role", &ask.role),
        ("type", &ask.r#type),
    ] {
        if let Some(value) = value {
            let _ = write!(line, " {option}={}", quoted(value));
        }
    }
    line + " apply"
}

fn say(label: &str, agent: &Agent, notes: &[String], difference: &Difference, applies: bool) -> Say {
    let created = difference.created();
    let mut rows: Vec<[String; 3]> = Vec::new();
    for change in &difference.changes {
        let verb = if change.id.is_none() { "create" } else { "change" };
        rows.push([change.what.clone(), verb.to_owned(), change.why.clone()]);
    }
    for left in &difference.skipped {
        rows.push([left.what.clone(), "leave".to_owned(), left.why.clone()]);
    }
    for left in &difference.gone {
        rows.push([left.what.clone(), "gone".to_owned(), left.why.clone()]);
    }
    let whole = (rows.len() > SHOWN).then(|| {
        let text = rows.iter().fold(String::new(), |mut text, [what, how, why]| {
            let _ = writeln!(text, "{how:<7} {what}: {why}");
            text
        });
        TextFile { name: format!("discovery-{label}.txt"), text, about: "all differences".to_owned() }
    });
    let shown: Vec<Value> =
        rows.iter().take(SHOWN).map(|[what, how, why]| json!({ "what": what, "done": how, "why": why })).collect();
    let data = json!({
        "device": label,
        "asked": format!("{}:{} as {}", agent.host, agent.port, agent.login_name),
        "created": created,
        "changed": difference.changes.len() - created,
        "unchanged": difference.unchanged,
        "skipped": difference.skipped.len(),
        "gone": difference.gone.len(),
        "rows": shown,
        "left": rows.len().saturating_sub(SHOWN),
        "notes": notes,
        "applies": applies,
    });
    Say::new("device_discover", data).with_file(whole)
}
