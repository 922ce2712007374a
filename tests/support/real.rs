//! Real devices on loopback, as the file `DIRETTORE_TEST_DEVICES` names them.

use super::skipped;
use serde_json::Value;
use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// One that is logged in to with a key.
pub struct Real {
    pub host: String,
    pub port: u64,
    pub user: String,
    pub key: String,
    list: PathBuf,
}

impl Real {
    /// `None`, said in `target/skipped.txt`, where there is no lab or it has no such device. `whose` is the test.
    pub fn of_lab(name: &str, whose: &str) -> Option<Self> {
        let Some(list) = env::var_os("DIRETTORE_TEST_DEVICES").map(PathBuf::from) else {
            skipped(&format!("{whose}: there is no lab of devices (DIRETTORE_TEST_DEVICES)"));
            return None;
        };
        let text = fs::read_to_string(&list).expect("the lab's list");
        let lab: Value = serde_json::from_str(&text).expect("JSON");
        let all = lab["devices"].as_array().expect("a list of devices");
        let found = all.iter().find(|device| device["name"] == name)?;
        let word = |key: &str| found[key].as_str().expect("the lab says it").to_owned();
        let port = found["port"].as_u64().expect("the lab says it");
        Some(Self { host: word("host"), port, user: word("user"), key: word("key"), list })
    }

    /// Nobody else changes a device of the lab while this is held.
    pub fn turn(&self) -> File {
        let turn = File::open(&self.list).expect("the lab's list");
        turn.lock().expect("it can be waited for");
        turn
    }

    /// The lab's keys: `id_ed25519` and `id_rsa` are let in, `host_ed25519` and `host_rsa` are the hosts' own.
    pub fn key_named(&self, name: &str) -> PathBuf {
        Path::new(&self.key).with_file_name(name)
    }

    /// `SHA256:…`, as OpenSSH says it.
    pub fn fingerprint(&self, name: &str) -> String {
        let said = Command::new("ssh-keygen").arg("-lf").arg(self.key_named(name)).output().expect("ssh-keygen runs");
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        said.split_whitespace().nth(1).expect("size, fingerprint, name").to_owned()
    }
}
