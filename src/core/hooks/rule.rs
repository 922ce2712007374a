//! Rules: what is done when something changes in NetBox.

use super::{Condition, Event, What};
use direttore_domain::{AccountName, GuestKind, Origin};
use direttore_reply::{Filled, Spoken};
use serde_json::{Value, json};

/// From the configuration, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub name: String,
    /// `dcim.device`; at least one.
    pub objects: Vec<String>,
    /// Empty for all of them.
    pub events: Vec<What>,
    /// Only what came by the hook of that name.
    pub hook: Option<String>,
    /// All must fit.
    pub when: Vec<Condition>,
    /// Whether what direttore itself wrote counts too.
    pub own: bool,
    pub action: Action,
}

/// A template for each answer, by the option's name.
pub type With = Vec<(String, Filled)>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Announce {
        channel: String,
        origin: Origin,
        spoken: Spoken,
    },
    Run {
        account: AccountName,
        command: String,
        with: With,
        /// Where its answer, or the end of its job, is told: what the configuration calls it, and where that is.
        tell: Option<(String, Origin)>,
    },
    Provision {
        account: AccountName,
        kind: GuestKind,
        with: With,
    },
    Release {
        account: AccountName,
    },
}

impl Action {
    /// As whom it is done; announcing is nobody's deed.
    pub fn account(&self) -> Option<&AccountName> {
        match self {
            Self::Announce { .. } => None,
            Self::Run { account, .. } | Self::Provision { account, .. } | Self::Release { account } => Some(account),
        }
    }
}

/// Why a rule does not count for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    Object,
    Event,
    Hook,
    /// It is our own doing.
    Own,
    /// Which condition, and what it saw.
    Condition(String, String),
}

impl Rule {
    /// `own` is who direttore is in NetBox, where that is known.
    pub fn unfit(&self, event: &Event, hook: &str, own: Option<&str>) -> Option<Unfit> {
        if !self.objects.contains(&event.object_type) {
            return Some(Unfit::Object);
        }
        if !self.events.is_empty() && !self.events.contains(&event.what) {
            return Some(Unfit::Event);
        }
        if self.hook.as_deref().is_some_and(|wanted| wanted != hook) {
            return Some(Unfit::Hook);
        }
        if self.is_own(event, own) {
            return Some(Unfit::Own);
        }
        let wrong = self.when.iter().find(|condition| !condition.fits(event))?;
        Some(Unfit::Condition(wrong.to_string(), wrong.seen(event)))
    }

    /// Whether it is our own doing that this rule leaves alone.
    pub fn is_own(&self, event: &Event, own: Option<&str>) -> bool {
        !self.own && own.is_some() && event.user.as_deref() == own
    }
}

/// What templates know of an event.
pub fn known(event: &Event, hook: &str, rule: &str) -> Value {
    json!({
        "event": event.what.as_str(),
        "object_type": event.object_type,
        "id": event.id,
        "user": event.user,
        "request": event.request,
        "at": event.at,
        "data": event.data,
        "before": event.before,
        "after": event.after,
        "hook": hook,
        "rule": rule,
    })
}

/// The answers of a rule, each filled in by itself.
///
/// # Errors
/// The event has not what a template names.
pub fn answers(with: &With, known: &Value) -> Result<Vec<(String, String)>, String> {
    with.iter().map(|(key, value)| Ok((key.clone(), value.render(known)?))).collect()
}

/// What NetBox says of a planned VM, as answers of `/provision`. `cluster`: what Proxmox' cluster is called that NetBox
/// calls so.
pub fn wished(data: &Value, cluster: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(object) => object.get("name").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    let size = |key: &str| data[key].as_u64().filter(|size| *size > 0).map(|size| format!("{size}M"));
    let cores = data["vcpus"].as_f64().filter(|cores| *cores > 0.0).map(|cores| format!("{:.0}", cores.ceil()));
    let custom = &data["custom_fields"];
    let answers = [
        ("name", text(&data["name"])),
        ("cores", cores),
        ("memory", size("memory")),
        ("disk", size("disk")),
        ("node", text(&custom["proxmox_node"])),
        ("vmid", text(&custom["proxmox_vmid"])),
        ("cluster", text(&data["cluster"]).and_then(|name| cluster(&name))),
    ];
    answers.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planned_vm_says_what_it_is_to_be() {
        let data = json!({
            "name": "web9", "vcpus": 1.5, "memory": 2048, "disk": null, "cluster": { "id": 1, "name": "LAB" },
            "custom_fields": { "proxmox_node": "pve2", "proxmox_vmid": 901, "proxmox_other": null },
        });
        let said = wished(&data, |name| (name == "LAB").then(|| "lab".to_owned()));
        let said: Vec<String> = said.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(said, ["name=web9", "cores=2", "memory=2048M", "node=pve2", "vmid=901", "cluster=lab"]);
    }
}
