//! Against a server in this process, and against the lab where there is one.

pub(in crate::device) mod lab;
mod login;
mod pool;
mod server;
mod shell;

use super::*;
use server::Box;
use std::{sync::Arc, time::Duration};

/// A device that the server plays.
fn device(at: &Box, platform: &str) -> Device {
    Device {
        name: "sw1".to_owned(),
        at: Peer {
            host: "127.0.0.1".to_owned(),
            port: at.port,
            login: Login::password("lab", "lab", Secret::new("right-horse")),
            policy: Policy::FirstUse,
            known: Vec::new(),
            legacy_ssh: false,
        },
        jump: None,
        platform: platform::by_slug(platform).expect("it is one"),
        limits: Limits { login: Duration::from_secs(20), command: Duration::from_secs(20), ..Limits::default() },
        read: Vec::new(),
    }
}

fn pool() -> Pool {
    Pool::new(Sizes { workers: 4, ..Sizes::default() })
}

/// What one command says, or what went wrong.
async fn say(device: Device, command: &str) -> Result<Output, Error> {
    let commands = [command.to_owned()];
    let done = pool().call(Arc::new(device), move |link| link.run(&commands)).await?;
    Ok(done.value.into_iter().next().expect("one command was said"))
}
