//! direttore in processes of its own: its folder and database, and chats on a pipe.

use super::{
    lab::Lab,
    postgres,
    process::{Process, until},
};
use direttore_core::Clock;
use direttore_domain::{Identity, JobId, ReservationId, Role, Surface};
use direttore_store::{
    Settings, Store, StoreError, account,
    job::{self, JobRow, JobStatus},
    reservation::{self, Reservation},
};
use std::{fs, os::unix::fs::PermissionsExt, process::Command, sync::LazyLock, time::Duration};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How long a job stays with a worker that is not heard of: short, but much longer than a busy machine stalls.
pub const LEASE: Duration = Duration::from_millis(1200);

/// What the tests themselves ask of a database, or of Proxmox.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime can be made"));

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// How patient it is with Proxmox, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// For the answer to a POST or DELETE.
    pub write: u64,
    /// Between two looks at a task.
    pub task_poll: u64,
    /// After how long a device takes back what nobody confirmed.
    pub commit_timer: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { write: 60_000, task_poll: 20, commit_timer: 600_000 }
    }
}

/// A folder with a configuration, and a database.
pub struct Home {
    label: String,
    folder: TempDir,
    postgres: Option<postgres::Database>,
    settings: Settings,
    store: Store,
}

impl Home {
    /// `None`, said in `target/skipped.txt`, where PostgreSQL is wanted and not installed.
    pub fn new(label: &str, kind: Kind, lab: &Lab, pace: Pace) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let postgres = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(RUNTIME.block_on(postgres::database())?),
        };
        let file = format!("sqlite://{}/direttore.db", folder.path().display());
        let url = postgres.as_ref().map_or(file, |database| database.url.clone());
        fs::create_dir(folder.path().join("devices")).expect("the folder can be written");
        let path = folder.path().join("direttore.toml");
        fs::write(&path, configuration(lab, &url, pace)).expect("the folder can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is our file");
        let settings = postgres::settings(&url);
        let store = RUNTIME.block_on(async {
            let store = Store::open(&settings).await?;
            make_administrator(&store).await.map(|()| store)
        });
        let store = store.unwrap_or_else(|e| panic!("{label}: its database cannot be made: {e}"));
        Some(Self { label: label.to_owned(), folder, postgres, settings, store })
    }

    /// A chat as the administrator. `breakpoint` is where it kills itself, as in `answered:power-guest`.
    pub fn chat(&self, breakpoint: Option<&str>) -> Chat {
        let mut command = self.command(&["console", "--config", "direttore.toml"]);
        command.envs(breakpoint.map(|at| ("DIRETTORE_BREAKPOINT", at)));
        let label = match breakpoint {
            Some(at) => format!("{}: the bot that dies at {at}", self.label),
            None => format!("{}: the bot", self.label),
        };
        Chat { process: Process::start(&label, &mut command) }
    }

    /// A process of its own in its folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_direttore"));
        command.args(arguments).current_dir(&self.folder);
        // What the machine's owner has configured must not reach it.
        command.env_clear();
        let kept = ["DIRETTORE_RECORD_REQUESTS", "LLVM_PROFILE_FILE", "PATH", "TMPDIR"];
        command.envs(kept.into_iter().filter_map(|key| Some((key, std::env::var_os(key)?))));
        command
    }

    /// Writes a file into its folder.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("the folder can be written");
    }

    /// A device template of its own.
    pub fn template(&self, platform: &str, name: &str, text: &str) {
        let folder = self.folder.path().join("devices").join(platform);
        let made = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(format!("{name}.j2")), text));
        made.expect("the folder can be written");
    }

    /// More of the configuration.
    pub fn configure(&self, more: &str) {
        let file = self.folder.path().join("direttore.toml");
        let text = fs::read_to_string(&file).expect("it was written");
        fs::write(&file, format!("{text}\n{more}\n")).expect("the folder can be written");
    }

    /// A key of the section of network devices, in place of what it had.
    pub fn network(&self, key: &str, value: &str) {
        let file = self.folder.path().join("direttore.toml");
        let text = fs::read_to_string(&file).expect("it was written");
        let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(&format!("{key} = "))).collect();
        let section = lines.iter().position(|line| line.trim() == "[network]").expect("there are devices");
        let line = format!("{key} = {value:?}");
        lines.insert(section + 1, &line);
        fs::write(&file, lines.join("\n")).expect("the folder can be written");
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The first job, if there is one yet.
    pub fn job(&self) -> Option<JobRow> {
        let read = async { job::by_id(&mut self.store.read().await?, JobId(1)).await };
        RUNTIME.block_on(read).expect("the bot's database can be read")
    }

    /// The first reservation, if there is one yet.
    pub fn reservation(&self) -> Option<Reservation> {
        let read = async { reservation::get(&mut self.store.read().await?, ReservationId(1)).await };
        RUNTIME.block_on(read).expect("the bot's database can be read")
    }

    /// How many jobs there are, whatever became of them.
    pub fn jobs(&self) -> i64 {
        let counts = async { job::counts(&mut self.store.read().await?).await };
        let counts = RUNTIME.block_on(counts).expect("the bot's database can be read");
        counts.queued + counts.running + counts.done + counts.failed + counts.cancelled + counts.stuck
    }

    /// Whether nobody is in the middle of changing the first job.
    pub fn is_unlocked(&self) -> bool {
        let settings = Settings { lock_timeout: Duration::from_millis(300), ..self.settings.clone() };
        let lock = async {
            let store = Store::open(&settings).await?;
            let mut tx = store.write().await?;
            // It locks the job; without a commit nothing is changed.
            job::request_cancel(&mut tx, JobId(1)).await?;
            drop(tx);
            store.close().await;
            Ok::<(), StoreError>(())
        };
        RUNTIME.block_on(lock).is_ok()
    }

    /// Waits until the first job has ended, or is stuck.
    pub fn job_end(&self) -> JobStatus {
        let what = format!("{}: the job ends", self.label);
        until(&what, || self.job().map(|job| job.status).filter(|status| !status.is_unfinished()))
    }

    /// Forgets its database too, which a failed test leaves for whoever looks into it.
    pub fn leave(self) {
        RUNTIME.block_on(async {
            self.store.close().await;
            if let Some(database) = self.postgres {
                database.drop().await;
            }
        });
    }
}

/// Whoever runs the tests is the administrator, without a password: hashing one takes longer than most trials.
async fn make_administrator(store: &Store) -> Result<(), StoreError> {
    let name = "admin".parse().expect("it has the form of a name");
    let uid = rustix::process::getuid().as_raw();
    let identity = Identity { surface: Surface::Console, subject: format!("uid:{uid}") };
    let mut tx = store.write().await?;
    let admin = account::create(&mut tx, &name, Some(Role::Admin), None, Clock::default().now()).await?;
    account::link(&mut tx, &identity, admin.id).await?;
    tx.commit().await
}

fn configuration(lab: &Lab, database: &str, pace: Pace) -> String {
    let Lab { url, token_id, token_secret, .. } = lab;
    let Pace { write, task_poll, commit_timer } = pace;
    let netbox = lab.netbox.as_ref().map_or_else(String::new, |(url, token)| {
        format!("[netbox]\n            url = \"{url}\"\n            token = \"{token}\"\n            refresh_ms = 200\n            write_ms = {write}")
    });
    let community = lab.community.as_deref().unwrap_or_default();
    let network = lab.login.as_ref().map_or_else(String::new, |[user, password, enable]| {
        format!("[network]\ntemplates = \"devices\"\nsnmp_login = \"lab\"\ncommit_timer_ms = {commit_timer}\nverify_ms = 5000\n[[network.credentials]]\nname = \"lab\"\nuser = \"{user}\"\npassword = \"{password}\"\nenable = \"{enable}\"\n[[network.snmp]]\nname = \"lab\"\ncommunity = \"{community}\"")
    });
    let (lease, heartbeat) = (LEASE.as_millis(), LEASE.as_millis() / 6);
    format!(
        r#"
            [database]
            url = "{database}"
            pool = 3
            [[proxmox]]
            url = "{url}"
            token_id = "{token_id}"
            token_secret = "{token_secret}"
            write_ms = {write}
            {netbox}
            {network}
            [provision]
            verify_ms = 1000
            [jobs]
            poll_ms = 100
            lease_ms = {lease}
            heartbeat_ms = {heartbeat}
            task_poll_ms = {task_poll}
            retry_first_ms = 30
            retry_max_ms = 200
            progress_ms = 1000
            ha_patience_ms = 30000
            [console]
            history = false
        "#
    )
}

/// One process of it, talked to as at a terminal.
pub struct Chat {
    process: Process,
}

impl Chat {
    pub fn say(&mut self, lines: &[&str]) {
        lines.iter().for_each(|line| self.process.say(line));
    }

    /// Waits for a line with `words` in it.
    pub fn hear(&mut self, words: &str) {
        self.process.hear(words, |line| line.contains(words));
    }

    /// Waits for a line that fits.
    pub fn hear_that(&mut self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        self.process.hear(what, fits)
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// As [`Process::freeze`].
    pub fn freeze(&self) {
        self.process.freeze();
    }

    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// Waits until it has killed itself at its breakpoint.
    pub fn dies(mut self) {
        use std::os::unix::process::ExitStatusExt;
        let status = self.process.end();
        if status.signal() != Some(9) {
            self.process.fail(&format!("was not killed but ended: {status}"));
        }
    }

    /// Says goodbye and waits for a good end. Gives all it said.
    pub fn leave(mut self) -> String {
        self.process.hang_up();
        let status = self.process.end();
        if !status.success() {
            self.process.fail(&format!("ended: {status}"));
        }
        self.process.said()
    }
}
