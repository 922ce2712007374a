//! `direttore sim`: the simulated lab alone, of any size.

use crate::exit::Exit;
use clap::Args;
use direttore_sim::{PveVersion, Settings, netbox};
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

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
    /// A fault from the start, like "pve1 latency=2s"; may be given several times
    #[arg(long, value_name = "SPEC")]
    fault: Vec<String>,
    /// Read faults from standard input, a line each, and answer each with a line
    #[arg(long)]
    control: bool,
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
        let netbox = match self.netbox {
            None => None,
            Some(addr) => {
                let settings = netbox::Settings { addr, dir: self.dir, ..netbox::Settings::default() };
                Some(netbox::start(settings).await.map_err(|e| Exit::failed(format!("{addr}: {e}")))?)
            }
        };
        for fault in &self.fault {
            let told = match &netbox {
                Some(netbox) if fault.starts_with("netbox") => netbox.tell(fault),
                _ => sim.tell(fault),
            };
            told.map_err(|e| Exit::wrong(format!("--fault {fault:?}: {e}")))?;
        }
        let mut ready = serde_json::json!({ "proxmox": sim.access() });
        if let Some(access) = netbox.as_ref().map(netbox::Sim::access) {
            ready["netbox"] =
                serde_json::json!({ "url": access.url, "token": access.token, "token_v1": access.token_v1 });
        }
        println!("{ready}");
        if self.control {
            direttore_sim::serve_control(&sim, netbox.as_ref(), tokio::io::stdin(), tokio::io::stdout()).await?;
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
