//! `direttore sim`: the simulated lab alone, of any size.

use crate::exit::Exit;
use clap::Args;
use direttore_sim::{PveVersion, Settings, netbox, snmp, switch};
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, str::FromStr, time::Duration};

#[derive(Debug, Args)]
pub struct Simulate {
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Templates included, one for each node
    #[arg(long, default_value_t = 40)]
    guests: usize,
    /// Where the simulated Proxmox VE listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pve: SocketAddr,
    /// Plain HTTP instead of HTTPS
    #[arg(long)]
    plain: bool,
    /// Keeps the simulated world there
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Shortest and longest duration of a task, in milliseconds
    #[arg(long, value_name = "MIN,MAX", value_delimiter = ',', num_args = 1..=2, default_values_t = [300, 3000])]
    task_ms: Vec<u64>,
    /// How old the numbers of /cluster/resources may be, in milliseconds
    #[arg(long, default_value_t = 10_000)]
    lag_ms: u64,
    /// Pretend to be Proxmox VE 8.4 instead of 9.2
    #[arg(long)]
    pve8: bool,
    /// Simulate a NetBox too, which listens there
    #[arg(long, value_name = "ADDR")]
    netbox: Option<SocketAddr>,
    /// Simulate a switch too, like sw1=eos@127.0.0.1:2201 (junos, eos or ios); may be given several times
    #[arg(long = "switch", value_name = "NAME=KIND@ADDR")]
    switches: Vec<Wanted>,
    /// Simulate an SNMP agent of no switch too, which listens there
    #[arg(long, value_name = "ADDR")]
    snmp: Option<SocketAddr>,
    /// How many interfaces that agent has
    #[arg(long, value_name = "N", default_value_t = 48, requires = "snmp")]
    interfaces: usize,
    /// A fault from the start, like "pve1 latency=2s"; may be given several times
    #[arg(long, value_name = "SPEC")]
    fault: Vec<String>,
    /// Read faults from standard input, a line each, and answer each with a line
    #[arg(long)]
    control: bool,
}

/// A switch that is asked for.
#[derive(Debug, Clone)]
struct Wanted {
    name: String,
    kind: switch::Kind,
    addr: SocketAddr,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no switch, such as sw1=eos@127.0.0.1:2201");
        let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
        let (kind, addr) = rest.split_once('@').ok_or_else(wrong)?;
        let kind = match kind {
            "junos" => switch::Kind::Junos,
            "eos" => switch::Kind::Eos,
            "ios" => switch::Kind::Ios,
            other => return Err(format!("{other:?} is no kind of switch; there are junos, eos and ios")),
        };
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !is_name {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), kind, addr: addr.parse().map_err(|_| wrong())? })
    }
}

/// As the simulated NetBox writes it down.
pub fn reachable(switch: &switch::Switch) -> netbox::Reachable {
    let access = switch.access();
    netbox::Reachable {
        name: access.name,
        host: access.addr.ip(),
        ssh_port: access.addr.port(),
        snmp_port: access.snmp.map(|addr| addr.port()),
    }
}

/// What a program needs to reach a switch.
pub fn shown(switch: &switch::Switch) -> serde_json::Value {
    let access = switch.access();
    let credential = &access.credential;
    serde_json::json!({
        "name": access.name, "kind": access.kind, "ssh": access.addr, "snmp": access.snmp,
        "fingerprint": access.fingerprint, "user": credential.user, "password": credential.password,
        "enable": credential.enable, "community": credential.community, "passphrase": credential.passphrase,
    })
}

impl Simulate {
    pub async fn run(self) -> Result<ExitCode, Exit> {
        let (shortest, longest) = match self.task_ms.as_slice() {
            [one] => (*one, *one),
            [a, b] if a <= b => (*a, *b),
            _ => return Err(Exit::wrong("--task-ms wants the shorter duration first, like 300,3000")),
        };
        let settings = Settings {
            nodes: self.nodes,
            guests: self.guests,
            addr: self.pve,
            tls: !self.plain,
            dir: self.dir.clone(),
            task_time: (Duration::from_millis(shortest), Duration::from_millis(longest)),
            resources_lag: Duration::from_millis(self.lag_ms),
            version: if self.pve8 { PveVersion::V8_4 } else { PveVersion::V9_2 },
            ..Settings::default()
        };
        let sim = direttore_sim::start(settings).await.map_err(|e| Exit::failed(format!("{}: {e}", self.pve)))?;
        let credential = switch::Credential::made("admin");
        let mut switches = Vec::new();
        for Wanted { name, kind, addr } in &self.switches {
            let settings = switch::Settings {
                addr: *addr,
                snmp: Some(SocketAddr::new(addr.ip(), 0)),
                dir: self.dir.clone(),
                credential: Some(credential.clone()),
                ..switch::Settings::new(name, *kind, switch::wall())
            };
            switches.push(switch::start(settings).await.map_err(|e| Exit::failed(format!("{name}: {addr}: {e}")))?);
        }
        let netbox = match self.netbox {
            None => None,
            Some(addr) => {
                let switches = switches.iter().map(reachable).collect();
                let settings =
                    netbox::Settings { addr, dir: self.dir.clone(), switches, ..netbox::Settings::default() };
                Some(netbox::start(settings).await.map_err(|e| Exit::failed(format!("{addr}: {e}")))?)
            }
        };
        let agent = match self.snmp {
            None => None,
            Some(addr) => {
                let agent = snmp::many(addr, self.interfaces, &credential).await;
                Some(agent.map_err(|e| Exit::failed(format!("--snmp {addr}: {e}")))?)
            }
        };
        for fault in &self.fault {
            let told = match &netbox {
                Some(netbox) if fault.starts_with("netbox") => netbox.tell(fault),
                _ if fault.starts_with("switch ") => switch::tell(&switches, fault),
                _ => sim.tell(fault),
            };
            told.map_err(|e| Exit::wrong(format!("--fault {fault:?}: {e}")))?;
        }
        let mut ready = serde_json::json!({ "proxmox": sim.access() });
        if let Some(access) = netbox.as_ref().map(netbox::Sim::access) {
            ready["netbox"] =
                serde_json::json!({ "url": access.url, "token": access.token, "token_v1": access.token_v1 });
        }
        if !switches.is_empty() {
            ready["switches"] = switches.iter().map(shown).collect();
        }
        if let Some((_, access)) = &agent {
            ready["snmp"] = serde_json::json!(access);
        }
        println!("{ready}");
        if self.control {
            direttore_sim::serve_control(&sim, netbox.as_ref(), &switches, tokio::io::stdin(), tokio::io::stdout())
                .await?;
        } else {
            tokio::signal::ctrl_c().await?;
        }
        if let Some(netbox) = netbox {
            netbox.stop().await;
        }
        sim.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}
