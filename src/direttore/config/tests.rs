//! Files and environments as people write them, and what is said about wrong ones.

mod chat;
mod database;
mod env_file;
mod hooks;
mod legacy;
mod matrix;
mod oidc;
mod provisioning;
mod wrong;

use super::*;
use std::time::Duration;

const TOKEN: &str =
    "[[proxmox]]\nurl = \"https://pve1:8006\"\ntoken_id = \"d@pve!bot\"\ntoken_secret = \"s3cret-uuid\"\n";

/// A folder with a `direttore.toml`, gone at the end.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn with(text: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        place.write("direttore.toml", text);
        place
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("it is ours");
    }

    fn load(&self, env: &[(&str, &str)]) -> Result<Loaded, String> {
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let file = self.folder.path().join("direttore.toml");
        // The folder's name is another one each time.
        load(Some(&file), &env).map_err(|e| e.to_string().replace(&format!("{}/", self.folder.path().display()), ""))
    }

    fn config(&self, env: &[(&str, &str)]) -> Config {
        self.load(env).unwrap_or_else(|e| panic!("{e}")).config
    }
}

fn error(text: &str) -> String {
    error_with(text, &[])
}

fn error_with(text: &str, env: &[(&str, &str)]) -> String {
    match Place::with(text).load(env) {
        Ok(loaded) => panic!("loads: {loaded:?}"),
        Err(error) => error,
    }
}

#[test]
fn an_empty_file_has_defaults_and_no_cluster() {
    let place = Place::with("");
    let config = place.config(&[]);
    assert_eq!(config.data_dir, place.folder.path().join("data"));
    assert_eq!(config.database.file, Some(place.folder.path().join("data/direttore.db")));
    assert_eq!((config.proxmox.len(), config.admin.name.as_str()), (0, "admin"));
    assert_eq!(config.cache.refresh, Duration::from_secs(10));
    assert_eq!(config.policy.question, Duration::from_secs(60));
}

#[test]
fn a_cluster_in_the_short_form() {
    let config = Place::with(TOKEN).config(&[]);
    let cluster = &config.proxmox[0];
    assert_eq!((cluster.name.as_str(), cluster.hosts[0].url.as_str()), ("lab", "https://pve1:8006"));
    let Auth::Token { id, secret } = &cluster.auth else { panic!("no token") };
    assert_eq!((id.as_str(), secret.reveal()), ("d@pve!bot", "s3cret-uuid"));
    assert!(cluster.verify_tls);
}

#[test]
fn several_hosts_with_fingerprints() {
    let print = "ab".repeat(32);
    let text = format!(
        "[[proxmox]]\nname = 'a'\nhosts = [{{ url = 'pve1', fingerprint = '{print}' }}, {{ url = 'http://[::1]:80/' }}]\n\
         user = 'root@pam'\npassword = 'p'\n"
    );
    let place = Place::with(&text);
    let loaded = place.load(&[]).expect("it is right");
    let hosts = &loaded.config.proxmox[0].hosts;
    assert_eq!(hosts[0].fingerprint.as_deref(), Some(["AB"; 32].join(":").as_str()));
    assert_eq!(hosts[1].url, "http://[::1]:80");
    assert_eq!(loaded.notes, ["http://[::1]:80 of the cluster a is called without encryption"]);
}

#[test]
fn the_environment_wins_and_is_typed_by_the_key() {
    let place = Place::with(&format!("[jobs]\npoll_ms = 7\n[console]\nhistory = true\n{TOKEN}"));
    let config = place.config(&[
        ("DIRETTORE__JOBS__POLL_MS", "500"),
        ("DIRETTORE__CONSOLE__HISTORY", "off"),
        ("DIRETTORE__DATA_DIR", "/srv/d"),
        ("DIRETTORE__PROXMOX__0__TOKEN_SECRET", "123"),
        ("DIRETTORE__PROXMOX__0__NAME", "one"),
        ("DIRETTORE__PROXMOX__1__NAME", "two"),
        ("DIRETTORE__PROXMOX__1__HOSTS__0__URL", "pve9"),
        ("DIRETTORE__PROXMOX__1__USER", "root@pam"),
        ("DIRETTORE__PROXMOX__1__PASSWORD", "x"),
        ("DIRETTORE__LOG__LEVEL", ""),
        ("DIRETTORE_PASSWORD_FILE", "not ours"),
    ]);
    assert_eq!((config.jobs.poll, config.console.history), (Duration::from_millis(500), false));
    assert_eq!((config.data_dir.to_str(), config.log.level.as_str()), (Some("/srv/d"), "info"));
    let names: Vec<&str> = config.proxmox.iter().map(|c| c.name.as_str()).collect();
    assert_eq!((names, config.proxmox[1].hosts[0].url.as_str()), (vec!["one", "two"], "pve9"));
    let Auth::Token { secret, .. } = &config.proxmox[0].auth else { panic!("no token") };
    assert_eq!(secret.reveal(), "123");
}

#[test]
fn more_than_nine_positions() {
    let env: Vec<(String, String)> = (0..12)
        .flat_map(|n| {
            let key = move |k: &str| format!("DIRETTORE__PROXMOX__{n}__{k}");
            [
                (key("NAME"), format!("c{n}")),
                (key("URL"), "h".into()),
                (key("USER"), "u@p".into()),
                (key("PASSWORD"), "x".into()),
            ]
        })
        .collect();
    let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(Place::with("").config(&env).proxmox[11].name.as_str(), "c11");
}

#[test]
fn secrets_from_files() {
    let place = Place::with(&TOKEN.replace("token_secret = \"s3cret-uuid\"", "token_secret_file = \"token\""));
    place.write("token", "from-file\r\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let open = fs::Permissions::from_mode(0o644);
        fs::set_permissions(place.folder.path().join("token"), open).expect("it is ours");
    }
    let loaded = place.load(&[]).expect("it is right");
    let Auth::Token { secret, .. } = &loaded.config.proxmox[0].auth else { panic!("no token") };
    assert_eq!(secret.reveal(), "from-file");
    assert!(
        loaded.notes.iter().any(|n| n.contains("(proxmox[0].token_secret_file) can be read by everyone")),
        "{:?}",
        loaded.notes
    );
    // The environment's secret replaces the file's, however either is given.
    let config = place.config(&[("DIRETTORE__PROXMOX__0__TOKEN_SECRET", "env")]);
    assert!(matches!(&config.proxmox[0].auth, Auth::Token { secret, .. } if secret.reveal() == "env"));
    place.write("token", "\n");
    assert!(place.load(&[]).expect_err("empty").contains("token is empty"));
}

#[test]
fn no_secret_is_printed() {
    let place =
        Place::with(&format!("[database]\nurl = 'postgres://u:s3cret@h/d'\n{TOKEN}[admin]\npassword = 's3cret'\n"));
    let shown = format!("{:?}", place.load(&[]).expect("it is right"));
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn the_example_is_complete_and_shows_the_defaults() {
    let text = example();
    let place = Place::with(&text);
    let (config, plain) = (place.config(&[]), Place::with(TOKEN).config(&[]));
    let of = |c: &Config| {
        (
            c.jobs.clone(),
            c.cache.clone(),
            c.policy.clone(),
            c.audit.clone(),
            c.console.clone(),
            c.log.clone(),
            c.metrics.clone(),
            c.admin.clone(),
            c.provision.clone(),
            c.quota.clone(),
            c.http.clone(),
        )
    };
    assert_eq!(of(&config), of(&plain));
    assert_eq!(
        (config.database.pool, config.database.lock_timeout),
        (plain.database.pool, plain.database.lock_timeout)
    );
    let times = |p: &Proxmox| (p.connect, p.read, p.write, p.verify_tls);
    assert_eq!(times(&config.proxmox[0]), times(&plain.proxmox[0]));
    let secret = "0".repeat(40);
    let short = Place::with(&format!("[netbox]\nurl = 'https://netbox.example'\ntoken = '{secret}'\n"));
    assert_eq!(config.netbox, short.config(&[]).netbox);
    let ids = "application_id = 1000000000000000001\nguild_id = 1000000000000000002\n";
    let short = Place::with(&format!("[discord]\n{ids}token = '{secret}'\n"));
    assert_eq!(config.discord, short.config(&[]).discord);
    let short = "[matrix]\nhomeserver = 'https://matrix.example.org'\nuser_id = '@direttore:example.org'\n";
    let short = Place::with(&format!("{short}password = '{secret}'\n")).config(&[]).matrix;
    let without_place = |matrix: Option<MatrixSection>| matrix.map(|m| MatrixSection { folder: PathBuf::new(), ..m });
    assert_eq!(without_place(config.matrix), without_place(short));
    let sections = [
        KEYS,
        super::netbox::KEYS,
        super::network::KEYS,
        super::network::CREDENTIAL_KEYS,
        super::network::JUMP_KEYS,
        super::network::RUN_KEYS,
        super::network::CHECK_KEYS,
        super::snmp::SNMP_KEYS,
        super::discord::KEYS,
        super::matrix::KEYS,
        super::http::KEYS,
        super::hooks::KEYS,
        super::rules::KEYS,
        provision::KEYS,
        quota::LIMIT_KEYS,
        proxmox::KEYS,
        proxmox::HOST_KEYS,
        super::database::KEYS,
        jobs::KEYS,
        cache::KEYS,
        policy::KEYS,
        audit::KEYS,
        console::KEYS,
        log::KEYS,
        scrape::KEYS,
        admin::KEYS,
        super::oidc::KEYS,
    ];
    for key in sections.into_iter().flatten() {
        let is_there = text.lines().any(|line| {
            let line = line.trim_start_matches(['#', ' ', '{']);
            let heads = [
                format!("{key} = "),
                format!("[{key}]"),
                format!("[[{key}]]"),
                format!("[{key}."),
                format!("[discord.{key}]"),
                format!("[matrix.{key}]"),
                format!("[[network.{key}]]"),
            ];
            heads.iter().any(|head| line.starts_with(head))
        });
        assert!(is_there, "the example has no {key}");
    }
    let actions = [rules::ANNOUNCE_KEYS, rules::RUN_KEYS, rules::PROVISION_KEYS, rules::RELEASE_KEYS];
    for key in actions.into_iter().flatten() {
        assert!(text.contains(&format!(" {key} = ")), "the example has no {key} of a rule's action");
    }
    for key in super::discord::STAND_IN_KEYS {
        assert!(text.contains(&format!("{key} = \"")), "the example has no discord.stand_in.{key}");
    }
    for key in quota::KEYS {
        assert!(text.contains(&format!("[quota.{key}")), "the example has no quota.{key}");
    }
}

#[test]
fn a_file_cut_anywhere_loads_or_says_why() {
    let text = example();
    for end in (0..text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
        let result = tree::parse("x.toml", PathBuf::new(), &text[..end])
            .and_then(|tree| read(tree, Path::new("/srv"), false, &mut Vec::new()));
        if let Err(error) = result {
            assert!(error.place.starts_with("x.toml:"), "{error}");
        }
    }
}

#[test]
fn a_collector_is_named_by_its_url() {
    let endpoint =
        |text: &str| Place::with(&format!("[telemetry]\nendpoint = '{text}'")).config(&[]).telemetry.endpoint;
    assert_eq!(Place::with("").config(&[]).telemetry.endpoint, None);
    assert_eq!(endpoint("http://127.0.0.1:4318/").as_deref(), Some("http://127.0.0.1:4318"));
    assert_eq!(endpoint("collector:4318").as_deref(), Some("http://collector:4318"));
    let wrong = |text: &str| error(&format!("[telemetry]\nendpoint = '{text}'"));
    for text in ["grpc://collector:4317", "http://", "http://collector:4318?key=1"] {
        assert!(wrong(text).contains("right would be the URL of a collector"), "{text}: {}", wrong(text));
    }
    let with_password = wrong("http://me:s3cret@collector:4318");
    assert!(with_password.contains("telemetry.endpoint has an @ in it") && !with_password.contains("s3cret"));
}
