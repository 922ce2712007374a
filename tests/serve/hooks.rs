//! Webhooks while the receiver dies: what it accepted is stored once, and the rest can be sent again.

use crate::{
    scenarios::hooks::{SECRET, signature},
    support::{
        postgres,
        process::{Process, until},
    },
};
use direttore_store::{Store, hook};
use std::{
    fs,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

const MANY: usize = 600;
const AT_ONCE: usize = 16;

fn start(folder: &Path) -> (Process, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    command.args(["serve", "--config", "direttore.toml"]).current_dir(folder).env_clear();
    let kept = ["LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
    command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
    let serve = Process::start("direttore serve", &mut command);
    let url = until("it says where it serves HTTP", || {
        let said = serve.said();
        let at = said.split("HTTP at ").nth(1)?.split_whitespace().next()?;
        Some(format!("http://{at}/hooks/netbox/default"))
    });
    (serve, url)
}

fn body(nth: usize) -> String {
    format!(
        "{{\"event\": \"created\", \"timestamp\": \"2026-11-22T02:46:03+00:00\", \"object_type\": \"dcim.device\", \
         \"username\": \"admin\", \"request_id\": \"r{nth}\", \"data\": {{\"id\": {nth}, \"name\": \"sw{nth}\"}}}}"
    )
}

/// All of them, several at once; gives the status of each, 0 where none came back.
async fn send_all(url: &str, answered: &Arc<AtomicUsize>) -> Vec<u16> {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut tasks = Vec::new();
    let turns = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    for nth in 0..MANY {
        let (http, url, answered, turns) = (http.clone(), url.to_owned(), Arc::clone(answered), Arc::clone(&turns));
        tasks.push(tokio::spawn(async move {
            let _turn = turns.acquire().await.expect("it is never closed");
            let body = body(nth);
            let sent = http.post(url).header("X-Hook-Signature", signature(&body)).body(body).send().await;
            answered.fetch_add(1, Ordering::Relaxed);
            sent.map_or(0, |answer| answer.status().as_u16())
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.expect("it does not panic"));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_killed_has_all_that_it_accepted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!(
        "[[proxmox]]\nurl = 'https://127.0.0.1:9'\ntoken_id = 'd@pve!bot'\ntoken_secret = 'x'\n\
         [http]\nlisten = '127.0.0.1:0'\n[[hooks]]\nname = 'default'\nfrom = 'netbox'\nsecret = '{SECRET}'\n"
    );
    fs::write(folder.path().join("direttore.toml"), text).expect("the folder is ours");
    let (mut serve, url) = start(folder.path());
    let answered = Arc::new(AtomicUsize::new(0));
    let first = {
        let (url, answered) = (url.clone(), Arc::clone(&answered));
        tokio::spawn(async move { send_all(&url, &answered).await })
    };
    until("a part of them is answered", || (answered.load(Ordering::Relaxed) > MANY / 4).then_some(()));
    serve.kill();
    let first = first.await.expect("it does not panic");
    let accepted = first.iter().filter(|status| **status == 202).count();
    assert!(accepted > 0 && accepted < MANY, "it died in the midst of them: {accepted}");
    assert!(first.iter().all(|status| [0, 202].contains(status)), "{first:?}");

    let (mut serve, url) = start(folder.path());
    let second = send_all(&url, &Arc::default()).await;
    for (nth, (before, after)) in first.iter().zip(&second).enumerate() {
        match before {
            202 => assert_eq!(*after, 200, "{nth} was accepted, so it is there"),
            _ => assert!([200, 202].contains(after), "{nth}: {after}"),
        }
    }
    serve.terminate();
    assert!(serve.end().success());
    let url = format!("sqlite://{}", folder.path().join("data/direttore.db").display());
    let store = Store::open(&postgres::settings(&url)).await.expect("its database");
    let count = hook::count(&mut store.read().await.expect("a transaction")).await.expect("it can be counted");
    assert_eq!(usize::try_from(count), Ok(MANY), "each is there once");
}

#[test]
fn a_hook_without_a_secret_ends_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "[[proxmox]]\nurl = 'https://127.0.0.1:9'\ntoken_id = 'd@pve!bot'\ntoken_secret = 'x'\n\
        [http]\nlisten = '127.0.0.1:0'\n[[hooks]]\nname = 'lab'\nfrom = 'netbox'\n";
    fs::write(folder.path().join("direttore.toml"), text).expect("the folder is ours");
    let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
    command.args(["serve", "--config", "direttore.toml"]).current_dir(folder.path()).env_clear();
    let mut serve = Process::start("direttore serve", &mut command);
    assert_eq!(serve.end().code(), Some(2));
    assert!(serve.said().contains("the hook lab has no secret"), "{}", serve.said());
}
