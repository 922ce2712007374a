//! The history is brought to another host over SSH, by a key. Whoever is not let in is told why, nothing is lost, and the
//! next backup catches up.

use crate::support::{
    bot::{Home, Kind, Pace},
    lab::Lab,
    real::Real,
    skipped,
};
use std::{path::PathBuf, process::Command};

/// A switch whose configuration changes, and a real OpenSSH with a bare repository behind it.
struct Trial {
    lab: Lab,
    home: Home,
    host: Real,
    there: PathBuf,
    changes: u32,
}

impl Trial {
    fn new() -> Option<Self> {
        let host = Real::of_lab("linux1", "scenarios")?;
        if Command::new("git").arg("--version").output().is_err() {
            skipped("scenarios: there is no git program that takes a history (git)");
            return None;
        }
        let label = "the history goes to another host";
        let lab = Lab::with_switches(label, (30, 60), true, &["sw1=eos"]);
        let home = Home::new(label, Kind::Sqlite, &lab, Pace::default()).expect("SQLite is built in");
        let there = home.folder().join("there.git");
        let Real { user, host: name, port, .. } = &host;
        home.network("history", "history.git");
        home.network("history_remote", &format!("ssh://{user}@{name}:{port}{}", there.display()));
        home.network("history_key_file", &host.key);
        home.network("history_host_key", &host.fingerprint("host_ed25519"));
        Some(Self { lab, home, host, there, changes: 0 })
    }

    /// Backs the switch up after somebody changed it, in a process of its own; what is told of it.
    fn backs_up_a_change(&mut self) -> String {
        self.changes += 1;
        self.lab.tell(&format!("switch sw1 'interface Ethernet1; description change {}'", self.changes));
        self.backs_up()
    }

    fn backs_up(&mut self) -> String {
        let mut chat = self.home.chat(None);
        chat.say(&["/device backup sw1"]);
        chat.hear("sw1 is backed up");
        chat.leave()
    }

    fn git(&self, repository: &str, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(self.home.folder().join(repository)).args(arguments);
        let output = git.output().expect("git runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn make_there(&self) {
        let made = Command::new("git").args(["init", "--quiet", "--bare"]).arg(&self.there).status();
        assert!(made.expect("git runs").success());
    }

    /// The commits that are there.
    fn is_there(&self) -> usize {
        self.git("there.git", &["log", "--all", "--format=%H"]).lines().count()
    }

    /// The commits that are kept here.
    fn is_here(&self) -> usize {
        self.git("history.git", &["log", "--all", "--format=%H"]).lines().count()
    }
}

#[test]
fn who_is_not_let_in_is_told_and_the_next_backup_catches_up() {
    let Some(mut trial) = Trial::new() else { return };
    let refused = |trial: &mut Trial, words: &str| {
        let kept = trial.is_here();
        let said = trial.backs_up_a_change();
        assert!(
            said.contains("All of it is kept here, and not brought to the remote") && said.contains(words),
            "{said}"
        );
        assert!(!said.contains("sw1 could not"), "{said}");
        assert_eq!(trial.is_here(), kept + 1, "{words}: it is kept here");
    };
    refused(&mut trial, "does not appear to be a git repository");
    trial.make_there();

    let (right, other) = ["host_ed25519", "host_rsa"].map(|name| trial.host.fingerprint(name)).into();
    trial.home.network("history_host_key", &other);
    refused(&mut trial, &format!("the key of the remote's host is not the one that is configured: {right}"));
    trial.home.network("history_host_key", &right);

    // A key that nobody lets in, and one that is not there.
    let stranger = trial.host.key_named("host_rsa");
    trial.home.network("history_key_file", &stranger.display().to_string());
    refused(&mut trial, &format!("does not let us in: the key {} was refused", stranger.display()));
    trial.home.network("history_key_file", "missing");
    refused(&mut trial, "missing cannot be read: No such file");
    assert_eq!(trial.is_there(), 0, "nobody was let in");

    // Nothing changed since, and all of it arrives.
    trial.home.network("history_key_file", &trial.host.key.clone());
    let said = trial.backs_up();
    assert!(!said.contains("not brought to the remote"), "{said}");
    assert_eq!((trial.is_there(), trial.is_here()), (4, 4));
    // The old form of a key too.
    let old = trial.host.key_named("id_rsa");
    trial.home.network("history_key_file", &old.display().to_string());
    let said = trial.backs_up_a_change();
    assert!(!said.contains("not brought to the remote"), "{said}");
    let tips = ["there.git", "history.git"].map(|repository| trial.git(repository, &["rev-parse", "master"]));
    assert_eq!((trial.is_there(), &tips[0]), (5, &tips[1]));
}

/// What somebody else put there stays, and what is kept here too.
#[test]
fn what_others_put_there_is_never_written_over() {
    let Some(mut trial) = Trial::new() else { return };
    trial.make_there();
    assert!(!trial.backs_up().contains("not brought to the remote"));
    let write = ["-c", "user.name=eve", "-c", "user.email=eve@example.net"];
    let commit = [&write[..], &["commit-tree", "-m", "by somebody else", "-p", "master", "master^{tree}"]].concat();
    let theirs = trial.git("there.git", &commit);
    trial.git("there.git", &["update-ref", "refs/heads/master", &theirs]);
    let said = trial.backs_up_a_change();
    assert!(said.contains("has other commits: fetch and merge them by hand"), "{said}");
    assert_eq!(trial.git("there.git", &["rev-parse", "master"]), theirs);
    assert_eq!(trial.is_here(), 2);
}
