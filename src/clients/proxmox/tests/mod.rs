//! The client against a scripted server on loopback: what it sends, and what it makes of each kind of answer.

mod calls;
mod logins;
mod lost;
mod provision;
mod refusals;
mod trust;

use super::{Auth, GuestAt, Host, Inner, Proxmox, Session, Settings, Timeouts, Transport};
use crate::server_for_tests as server;
use direttore_domain::GuestKind;
use server::Server;
use std::{sync::Arc, time::Duration};

/// Short for connections that never come, long enough for a busy machine to answer.
const TIMEOUTS: Timeouts =
    Timeouts { connect: Duration::from_secs(5), read: Duration::from_secs(20), write: Duration::from_secs(20) };

fn token() -> Auth {
    Auth::Token { id: "bot@pve!direttore".into(), secret: "5ec2e7-0000".into() }
}

fn password() -> Auth {
    Auth::Password { user: "root@pam".into(), password: "hunter2 ą&=".into() }
}

fn settings(hosts: &[&Server], auth: Auth) -> Settings {
    let hosts = hosts.iter().map(|s| Host { url: s.url(), fingerprint: None }).collect();
    let cluster = "lab".parse().expect("a name");
    Settings { cluster, hosts, auth, verify_tls: true, timeouts: TIMEOUTS, record: None }
}

fn client(hosts: &[&Server]) -> Proxmox {
    Proxmox::new(settings(hosts, token())).expect("valid settings")
}

/// With a password, and tickets due for renewal at `age`.
fn client_with_tickets(hosts: &[&Server], age: Duration) -> Proxmox {
    let settings = settings(hosts, password());
    let session = Session::new(settings.auth).expect("valid").renewing_after(age);
    let transport = Transport::new(&settings.hosts, true, settings.timeouts, None).expect("valid");
    Proxmox(Arc::new(Inner { cluster: settings.cluster, transport, session }))
}

fn guest(kind: GuestKind, vmid: u32) -> GuestAt {
    GuestAt { node: "pve1".parse().expect("a name"), kind, vmid: vmid.try_into().expect("in range") }
}

const UPID: &str = "UPID:pve1:00000ACD:00006AE8:679A423B:qmstart:100:bot@pve!direttore:";
