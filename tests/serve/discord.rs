//! In a pretend Discord, by both ways in: connected, asked, checked, told to stop.

use crate::support::process::{Process, until};
use fake_discord::{Deliver, Fake, Fault, World};
use std::{fs, process::Command};
use tempfile::TempDir;

const CALLBACK: &str = "/interactions/{interaction_id}/{interaction_token}/callback";

/// A folder with a configuration. The cluster is nowhere: what is asked here needs none.
struct Home {
    folder: TempDir,
    fake: Fake,
}

impl Home {
    /// `None` where Discord's description is not on this machine, which the fake says.
    async fn new(by_http: bool) -> Option<Self> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        let now = u64::try_from(now.as_millis()).expect("this millennium");
        let fake = Fake::start(World::lab().tls().starts_at(now)).await?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("the folder is ours");
        write("ca.pem", fake.ca_pem().expect("the world has TLS"));
        write("direttore.toml", &configuration(&fake, by_http));
        Some(Self { folder, fake })
    }

    fn start(&self, what: &str) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
        command.args([what, "--config", "direttore.toml"]).current_dir(&self.folder);
        // What the machine's owner has configured must not reach it.
        command.env_clear();
        let kept = ["LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
        command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
        Process::start(&format!("direttore {what}"), &mut command)
    }
}

fn configuration(fake: &Fake, by_http: bool) -> String {
    let delivery = if by_http { "http" } else { "gateway" };
    format!(
        "[[proxmox]]\nurl = 'https://127.0.0.1:9'\ntoken_id = 'd@pve!bot'\ntoken_secret = 'x'\n\
         [http]\nlisten = '127.0.0.1:0'\n\
         [discord]\ntoken = '{}'\napplication_id = {}\nguild_id = {}\npublic_key = '{}'\ndelivery = '{delivery}'\n\
         look_ms = 100\nops_channel = {}\nstand_in = {{ addr = '{}', ca_file = 'ca.pem' }}\n\
         [discord.roles]\n'{}' = 'admin'\n",
        fake.token(),
        fake.application_id(),
        fake.guild_id("lab"),
        fake.public_key(),
        fake.channel_id("ops"),
        fake.tls_addr().expect("the world has TLS"),
        fake.role_id("admin"),
    )
}

/// The address that it says in its log.
fn endpoint(serve: &Process) -> String {
    until("it says where it serves HTTP", || {
        let said = serve.said();
        let at = said.split("HTTP at ").nth(1)?.split_whitespace().next()?;
        Some(format!("http://{at}/discord/interactions"))
    })
}

async fn metrics(serve: &Process) -> String {
    let url = endpoint(serve).replace("/discord/interactions", "/metrics");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    http.get(url).send().await.expect("an answer").text().await.expect("text")
}

fn stop(serve: &mut Process) {
    serve.terminate();
    let status = serve.end();
    assert!(status.success() && serve.said().contains("stopped; "), "{status}: {}", serve.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_gateway() {
    let Some(home) = Home::new(false).await else { return };
    let mut serve = home.start("serve");
    home.fake.ready().await;
    let line = "serves 1 cluster(s), Discord over the gateway";
    until("it says what it serves", || serve.said().contains(line).then_some(()));
    let asked = home.fake.user("alice").in_channel("ops").slash("whoami", &[]).expect("the command is there");
    let told = asked.reply().await.text();
    assert!(told.contains("alice") && told.contains("admin"), "{told}");
    let metrics = metrics(&serve).await;
    assert!(metrics.contains("direttore_chat_connected{surface=\"discord\"} 1\n"), "{metrics}");
    let answered = "direttore_commands_total{surface=\"discord\",command=\"whoami\",outcome=\"answered\"} 1\n";
    assert!(metrics.contains(answered), "{metrics}");
    stop(&mut serve);
    home.fake.sessions(0).await;
    home.fake.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn by_http() {
    let Some(home) = Home::new(true).await else { return };
    let mut serve = home.start("serve");
    // As Discord saves it: a PING, and signatures that must be refused.
    home.fake.deliver(Deliver::Http(endpoint(&serve))).await.expect("an endpoint");
    home.fake.ready().await;
    let asked = home.fake.user("bob").in_channel("ops").slash("whoami", &[]).expect("the command is there");
    let told = asked.reply().await.text();
    assert!(told.contains("has no account here"), "bob has none of the roles: {told}");
    assert_eq!(home.fake.identified(), 0, "nobody connects to the gateway");
    let metrics = metrics(&serve).await;
    assert!(!metrics.contains("direttore_chat_connected"), "there is no connection to watch: {metrics}");
    stop(&mut serve);
    home.fake.assert_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_heard_is_answered_before_it_stops() {
    for by_http in [false, true] {
        let Some(home) = Home::new(by_http).await else { return };
        let mut serve = home.start("serve");
        if by_http {
            home.fake.deliver(Deliver::Http(endpoint(&serve))).await.expect("an endpoint");
        }
        home.fake.ready().await;
        home.fake.fault("POST", CALLBACK, Fault::Hold, 1);
        let asked = home.fake.user("alice").in_channel("ops").slash("whoami", &[]).expect("the command is there");
        home.fake.until_requests(|all| all.iter().any(|r| r.route == CALLBACK)).await;
        serve.terminate();
        until("it is told to stop", || serve.said().contains("stopping").then_some(()));
        assert!(asked.answer_now().is_none(), "the answer is on its way");
        home.fake.release();
        assert!(asked.reply().await.text().contains("alice"));
        let status = serve.end();
        assert!(status.success(), "{status}: {}", serve.said());
        home.fake.assert_clean();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_ends_the_start() {
    let Some(home) = Home::new(true).await else { return };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let addr = taken.local_addr().expect("it is bound");
    let text = configuration(&home.fake, true).replace("127.0.0.1:0'", &format!("{addr}'"));
    fs::write(home.folder.path().join("direttore.toml"), text).expect("the folder is ours");
    let mut serve = home.start("serve");
    assert_eq!(serve.end().code(), Some(1));
    assert!(serve.said().contains(&format!("http.listen = \"{addr}\": ")), "{}", serve.said());
    assert_eq!(home.fake.requests().len(), 0, "Discord is not called before");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_checked() {
    let Some(home) = Home::new(false).await else { return };
    let mut check = home.start("check");
    let status = check.end();
    let said = check.said();
    // The cluster is nowhere.
    assert_eq!(status.code(), Some(1), "{said}");
    let rows: Vec<&str> = said.lines().filter(|line| line.starts_with("Discord ")).collect();
    for what in ["token", "application", "server", "commands", "roles", "permissions"] {
        assert!(rows.iter().any(|row| row.contains(what) && row.contains("ok")), "{what}: {said}");
    }
    home.fake.revoke_token();
    let mut check = home.start("check");
    check.end();
    let said = check.said();
    assert!(said.contains("Discord does not accept it") && !said.contains(&home.fake.token()), "{said}");
}
