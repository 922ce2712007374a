//! The simulated switches of a story: in its NetBox, ready to be logged in to, with a history of their configurations.
//!
//! `sw1` is an EOS, `sw2` a Junos, `sw3` an IOS, each with an SNMP agent. Their timers go by the story's calendar.

use direttore_clients::device::{Limits, Login as Credentials, Secret, snmp};
use direttore_core::{
    Clock,
    devices::{Allowed, Devices, Settings},
};
use direttore_domain::Role;
use direttore_sim::{
    netbox::Reachable,
    switch::{self, Credential, Kind, Switch},
};
use direttore_store::Store;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// With the last part of their addresses.
const ALL: [(&str, Kind, u8); 3] = [("sw1", Kind::Eos, 2), ("sw2", Kind::Junos, 3), ("sw3", Kind::Ios, 4)];

pub struct Switches {
    pub all: Vec<Switch>,
    settings: Settings,
    folder: tempfile::TempDir,
}

impl Switches {
    /// `change` is what the story has otherwise.
    pub async fn start(clock: &Clock, change: impl FnOnce(&mut Settings)) -> Self {
        let credential = Credential::made("direttore");
        let mut all = Vec::new();
        for (name, kind, last) in ALL {
            let clock = clock.clone();
            let addr = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0));
            let settings = switch::Settings {
                addr,
                snmp: Some(addr),
                credential: Some(credential.clone()),
                ..switch::Settings::new(name, kind, Arc::new(move || clock.now()))
            };
            all.push(switch::start(settings).await.expect("loopback can be listened on"));
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let login = Credentials {
            enable: Some(Secret::new(&credential.enable)),
            ..Credentials::password("lab", &credential.user, Secret::new(&credential.password))
        };
        let mut settings = Settings::at(folder.path().join("configs"), [7; 32]);
        settings.logins.insert("lab".to_owned(), login);
        let community = snmp::Login::V2c { community: credential.community.clone() };
        settings.snmp_logins.insert("lab".to_owned(), community);
        settings.snmp_login = Some("lab".to_owned());
        // Patient enough for a busy machine; a story about a device that hangs is less so.
        settings.limits = Limits { connect: Duration::from_secs(5), ..Limits::default() };
        settings.snmp_limits.request = Duration::from_secs(5);
        let may = |role, platform: Option<&str>, command: &str| Allowed {
            role,
            platform: platform.map(str::to_owned),
            commands: vec![command.to_owned()],
        };
        settings.allowed = vec![may(Role::Viewer, None, "show *"), may(Role::Operator, Some("arista_eos"), "ping *")];
        change(&mut settings);
        Self { all, settings, folder }
    }

    /// For the story's NetBox.
    pub fn reachable(&self) -> Vec<Reachable> {
        let reachable = |switch: &Switch| {
            let access = switch.access();
            Reachable {
                name: access.name,
                host: access.addr.ip(),
                ssh_port: access.addr.port(),
                snmp_port: access.snmp.map(|addr| addr.port()),
            }
        };
        self.all.iter().map(reachable).collect()
    }

    /// As a process has them; another one has its own.
    pub fn devices(&self, store: &Store, clock: &Clock) -> Arc<Devices> {
        Arc::new(Devices::new(self.settings.clone(), store.clone(), clock.clone()))
    }

    /// The repository of their configurations.
    pub fn history(&self) -> PathBuf {
        self.folder.path().join("configs")
    }

    pub fn named(&self, name: &str) -> &Switch {
        self.all.iter().find(|switch| switch.name() == name).expect("there is such a switch")
    }

    pub async fn stop(self) {
        for switch in self.all {
            switch.stop().await;
        }
    }
}
