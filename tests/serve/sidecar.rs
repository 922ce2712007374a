//! The server alone, without Discord: it listens, answers, and stops in order.

use crate::support::process::{Process, until};
use std::{fs, path::Path, process::Command};

const CONFIGURATION: &str = "[[proxmox]]\nurl = 'https://127.0.0.1:9'\ntoken_id = 'd@pve!bot'\ntoken_secret = 'x'\n\
    [http]\nlisten = '127.0.0.1:0'\n";

fn start(folder: &Path) -> Process {
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    command.args(["serve", "--config", "direttore.toml"]).current_dir(folder).env_clear();
    let kept = ["LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
    command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
    Process::start("direttore serve", &mut command)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_wherever_it_has_an_address() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("direttore.toml"), CONFIGURATION).expect("the folder is ours");
    let mut serve = start(folder.path());
    let url = until("it says where it serves HTTP", || {
        let said = serve.said();
        let at = said.split("HTTP at ").nth(1)?.split_whitespace().next()?;
        Some(format!("http://{at}"))
    });
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let status = async |path: &str| http.get(format!("{url}{path}")).send().await.expect("an answer").status().as_u16();
    for (path, expected) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/.well-known/caldav", 301),
        ("/dav/", 401),
        ("/discord/interactions", 404),
        ("/metrics", 200),
    ] {
        assert_eq!(status(path).await, expected, "{path}");
    }
    serve.terminate();
    let ended = serve.end();
    assert!(ended.success() && serve.said().contains("stopped; "), "{ended}: {}", serve.said());
}

#[test]
fn a_certificate_that_is_not_there_ends_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("{CONFIGURATION}tls_cert = 'none.crt'\ntls_key = 'none.key'\n");
    fs::write(folder.path().join("direttore.toml"), text).expect("the folder is ours");
    let mut serve = start(folder.path());
    assert_eq!(serve.end().code(), Some(1));
    assert!(serve.said().contains("none.crt: "), "{}", serve.said());
}
