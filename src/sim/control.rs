//! The control line of a simulation in a process of its own: lines in, answers out.

use crate::{
    Sim, netbox,
    switch::{self, Switch},
};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};

/// Reads lines until the end of `reader`. A line of the fault grammar is answered with `ok` or `error …`; `world`,
/// `tasks`, `waiting`, `requests` and `unserved` with one line of JSON. Lines that begin with `netbox` are for the
/// simulated NetBox, those that begin with `switch NAME` for a switch (`switches` asks them all); `netbox-world`, `netbox-calls`, `netbox-waiting`, `netbox-requests` and `netbox-unserved` ask it.
///
/// # Errors
/// Reading or writing fails.
pub async fn serve_control(
    sim: &Sim,
    netbox: Option<&netbox::Sim>,
    switches: &[Switch],
    reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match (line.trim(), netbox) {
            ("", _) => continue,
            ("world", _) => sim.world().to_string(),
            ("tasks", _) => json!(sim.tasks()).to_string(),
            ("waiting", _) => sim.waiting().to_string(),
            ("requests", _) => sim.requests().to_string(),
            ("unserved", _) => json!(sim.unserved()).to_string(),
            ("switches", _) => json!(switches.iter().map(Switch::view).collect::<Vec<_>>()).to_string(),
            (line, _) if line.starts_with("switch ") => said(switch::tell(switches, line)),
            (line, None) if line.starts_with("netbox") => "error there is no simulated NetBox here".to_owned(),
            ("netbox-world", Some(netbox)) => netbox.world().to_string(),
            ("netbox-calls", Some(netbox)) => json!(netbox.calls()).to_string(),
            ("netbox-waiting", Some(netbox)) => netbox.waiting().to_string(),
            ("netbox-requests", Some(netbox)) => netbox.requests().to_string(),
            ("netbox-unserved", Some(netbox)) => json!(netbox.unserved()).to_string(),
            (line, Some(netbox)) if line.starts_with("netbox") => said(netbox.tell(line)),
            (line, _) => said(sim.tell(line)),
        };
        writer.write_all(format!("{answer}\n").as_bytes()).await?;
        writer.flush().await?;
    }
    Ok(())
}

fn said(done: Result<(), String>) -> String {
    match done {
        Ok(()) => "ok".to_owned(),
        Err(why) => format!("error {}", why.replace('\n', " ")),
    }
}
