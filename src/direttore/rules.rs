//! `direttore rules test`: what a recorded webhook of NetBox would do. Nothing is done, and nobody is asked.

use crate::{cli::ConfigFile, config::Config, exit::Exit};
use clap::{Args, Subcommand};
use direttore_catalog::{Given, catalog};
use direttore_core::hooks::{
    Action, Event, Rule, Sender, Unfit,
    rule::{With, answers, known, wished},
};
use direttore_domain::{GuestKind, text};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

#[derive(Debug, Subcommand)]
pub enum Rules {
    /// What a recorded webhook of NetBox would do; nothing is done
    Test(Test),
}

#[derive(Debug, Args)]
pub struct Test {
    /// The body of a webhook, or a recording with the bodies of several
    #[arg(value_name = "FILE")]
    webhook: PathBuf,
    /// As if it came by this hook; the first from netbox otherwise
    #[arg(long, value_name = "NAME")]
    hook: Option<String>,
    #[command(flatten)]
    file: ConfigFile,
}

impl Rules {
    pub fn run(&self) -> Result<ExitCode, Exit> {
        let Self::Test(test) = self;
        let config = test.file.load()?;
        let hooks: Vec<&str> =
            config.hooks.iter().filter(|hook| hook.from == Sender::Netbox).map(|hook| hook.name.as_str()).collect();
        let hook = match &test.hook {
            Some(name) if !hooks.contains(&name.as_str()) => {
                return Err(Exit::wrong(format!(
                    "--hook {name}: there is no such hook from netbox in the configuration"
                )));
            }
            Some(name) => name.clone(),
            None => hooks.first().map(|name| (*name).to_owned()).unwrap_or_default(),
        };
        for body in bodies(&test.webhook)? {
            let event = Event::read(body.as_bytes())
                .map_err(|why| Exit::wrong(format!("{}: {why}", test.webhook.display())))?;
            print!("{}", told(&config, &event, &hook));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One for each delivery of a recording, or what the file has.
fn bodies(file: &Path) -> Result<Vec<String>, Exit> {
    let text = std::fs::read_to_string(file).map_err(|e| Exit::wrong(format!("{}: {e}", file.display())))?;
    let recorded: Option<Value> = serde_json::from_str(&text).ok();
    let deliveries = recorded.as_ref().and_then(|all| all["deliveries"].as_array());
    let Some(deliveries) = deliveries else { return Ok(vec![text]) };
    let bodies: Vec<String> = deliveries.iter().filter_map(|one| one["body_raw"].as_str()).map(str::to_owned).collect();
    match bodies.is_empty() {
        true => Err(Exit::wrong(format!("{}: this recording has no delivery with a body_raw", file.display()))),
        false => Ok(bodies),
    }
}

fn told(config: &Config, event: &Event, hook: &str) -> String {
    let who = event.user.as_deref().unwrap_or("nobody that is named");
    let mut out = format!("{} was {} by {}\n", event.object(), event.what, text::visible(who));
    if event.is_no_change() {
        return out + "  nothing of it changed, so no rule is looked at\n";
    }
    if config.rules.is_empty() {
        out += "  there is no rule: [[rules]] in direttore.toml\n";
    }
    for rule in &config.rules {
        match rule.unfit(event, hook, None) {
            Some(why) => out += format!("  {}: does not fit, {}\n", rule.name, because(rule, &why)).as_str(),
            None => {
                out += format!("  {}: fits\n", rule.name).as_str();
                for line in would(config, rule, event, hook) {
                    out += format!("    {line}\n").as_str();
                }
            }
        }
    }
    out
}

fn because(rule: &Rule, why: &Unfit) -> String {
    match why {
        Unfit::Object => format!("it is about {}", text::list(&rule.objects)),
        Unfit::Event => {
            let events: Vec<&str> = rule.events.iter().map(|what| what.as_str()).collect();
            format!("it is about what was {}", text::list(&events))
        }
        Unfit::Hook => format!("it is about the hook {}", rule.hook.as_deref().unwrap_or_default()),
        Unfit::Own => "it was direttore itself".to_owned(),
        Unfit::Condition(wanted, seen) => format!("it wants {wanted}, and {}", text::visible(seen)),
    }
}

/// What exactly would be done.
fn would(config: &Config, rule: &Rule, event: &Event, hook: &str) -> Vec<String> {
    let known = known(event, hook, &rule.name);
    let cannot = |why: String| vec![format!("would fail: {why}")];
    match &rule.action {
        Action::Announce { channel, spoken, .. } => match spoken.render(&known) {
            Ok(reply) => {
                let mut lines = vec![format!("would say in {channel}: {}", reply.title.plain("UTC"))];
                lines.extend(reply.text.plain("UTC").lines().map(|line| format!("  {line}")));
                lines
            }
            Err(why) => cannot(why),
        },
        Action::Run { account, command, with, tell } => match answers(with, &known) {
            Ok(answers) => {
                let told =
                    tell.as_ref().map(|(channel, _)| format!(", and tell of it in {channel}")).unwrap_or_default();
                vec![format!("would run as {account}: {}{told}", line(command, answers))]
            }
            Err(why) => cannot(why),
        },
        Action::Provision { account, kind, with } => match provisioned(config, event, with, &known) {
            Ok(answers) => {
                let command = if *kind == GuestKind::Vm { "provision vm" } else { "provision container" };
                let id = event.id.unwrap_or_default();
                vec![format!("would run as {account}, if the VM {id} is planned: {}", line(command, answers))]
            }
            Err(why) => cannot(why),
        },
        Action::Release { account } => {
            let name = text::visible(event.data["name"].as_str().unwrap_or_default());
            vec![format!("would give back as {account} the addresses that are left of {name}")]
        }
    }
}

fn provisioned(config: &Config, event: &Event, with: &With, known: &Value) -> Result<Vec<(String, String)>, String> {
    let given = answers(with, known)?;
    let cluster = |name: &str| {
        let found = config.proxmox.iter().find(|cluster| cluster.netbox_cluster.eq_ignore_ascii_case(name));
        found.map(|cluster| cluster.name.to_string())
    };
    let mut all = wished(&event.data, cluster);
    all.retain(|(key, _)| !given.iter().any(|(other, _)| other == key));
    all.extend(given);
    Ok(all)
}

fn line(command: &str, answers: Vec<(String, String)>) -> String {
    let given: Given = answers.into_iter().map(|(key, value)| (key, vec![value])).collect();
    match catalog().get(command) {
        Some(command) => text::visible(&format!("/{}", command.line(&given))),
        None => format!("/{command}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use serde_json::json;
    use std::collections::BTreeMap;

    const RULES: &str = r#"
        [[proxmox]]
        name = "lab"
        url = "https://pve1"
        token_id = "d@pve!bot"
        token_secret = "x"
        netbox_cluster = "LAB"
        [netbox]
        url = "https://netbox"
        token = "0000000000000000000000000000000000000000"
        [channels]
        ops = "console:demo"
        [[rules]]
        name = "tell"
        object = "virtualization.virtualmachine"
        announce = { channel = "ops", title = "{{ data.name }} is {{ data.status.label }}", text = "By **{{ user }}**." }
        [[rules]]
        name = "stop"
        object = "virtualization.virtualmachine"
        when = ["status = offline"]
        run = { as = "bot", command = "power stop", with = { guest = "{{ data.name }}" } }
        [[rules]]
        name = "make"
        object = "virtualization.virtualmachine"
        event = ["created", "updated"]
        provision = { as = "bot", with = { template = "debian-13", cores = 4 } }
        [[rules]]
        name = "gone"
        object = ["virtualization.virtualmachine", "dcim.device"]
        event = "deleted"
        release = { as = "bot" }
    "#;

    fn would_do(event: &str, status: &str) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("direttore.toml");
        std::fs::write(&file, RULES).expect("the folder is ours");
        let config = config::load(Some(&file), &BTreeMap::new()).expect("it is right").config;
        let data = json!({
            "id": 7, "name": "web1", "status": { "value": status, "label": status }, "vcpus": 2.0, "memory": 1024,
            "cluster": { "id": 1, "name": "lab" },
        });
        let body = json!({
            "event": event, "object_type": "virtualization.virtualmachine", "username": "alice", "request_id": "r1",
            "data": data,
        });
        let path = folder.path().join("recording.json");
        let recording = json!({ "deliveries": [{ "body_raw": body.to_string() }] });
        std::fs::write(&path, recording.to_string()).expect("the folder is ours");
        let bodies = bodies(&path).expect("it can be read");
        told(&config, &Event::read(bodies[0].as_bytes()).expect("a webhook"), "default")
    }

    #[test]
    fn it_says_what_would_be_done_and_what_not() {
        insta::assert_snapshot!(would_do("updated", "planned"), @r#"
        virtualization.virtualmachine/7 was updated by alice
          tell: fits
            would say in ops: web1 is planned
              By alice.
          stop: does not fit, it wants status = offline, and status is planned
          make: fits
            would run as bot, if the VM 7 is planned: /provision vm web1 cluster=lab template=debian-13 cores=4 memory=1024M
          gone: does not fit, it is about what was deleted
        "#);
        insta::assert_snapshot!(would_do("deleted", "offline"), @r#"
        virtualization.virtualmachine/7 was deleted by alice
          tell: fits
            would say in ops: web1 is offline
              By alice.
          stop: fits
            would run as bot: /power stop web1
          make: does not fit, it is about what was created and updated
          gone: fits
            would give back as bot the addresses that are left of web1
        "#);
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(bodies(&folder.path().join("none")).expect_err("no file").code, 2);
        let path = folder.path().join("empty.json");
        std::fs::write(&path, r#"{"deliveries": []}"#).expect("the folder is ours");
        assert_eq!(bodies(&path).expect_err("no delivery").code, 2);
    }
}
