//! Names of the Python original.

use super::{Auth, Place, TOKEN, error_with};

const OLD: [(&str, &str); 4] = [
    ("PROXMOX_HOST", "https://192.0.2.10:8006"),
    ("PROXMOX_USER", "root@pam"),
    ("PROXMOX_PASSWORD", "s3cret"),
    ("PROXMOX_VERIFY_SSL", "False"),
];

#[test]
fn an_old_environment_is_enough() {
    let mut env = OLD.to_vec();
    env.extend([
        ("DATABASE_URL", "sqlite+aiosqlite:////srv/old.db"),
        ("INITIAL_ADMIN_USERNAME", "boss"),
        ("INITIAL_ADMIN_PASSWORD", "long enough"),
        ("PROXMOX_MOCK", "false"),
        ("NETBOX_URL", "http://netbox:8080/"),
        ("NETBOX_TOKEN", "0123456789"),
    ]);
    let loaded = Place::with("").load(&env).expect("it is right");
    let cluster = &loaded.config.proxmox[0];
    assert_eq!((cluster.hosts[0].url.as_str(), cluster.verify_tls), ("https://192.0.2.10:8006", false));
    assert!(
        matches!(&cluster.auth, Auth::Password { user, password } if user == "root@pam" && password.reveal() == "s3cret")
    );
    assert_eq!(loaded.config.database.url.reveal(), "sqlite:///srv/old.db");
    assert_eq!(loaded.config.admin.name.as_str(), "boss");
    let netbox = loaded.config.netbox.as_ref().expect("both names are given");
    assert_eq!((netbox.url.as_str(), netbox.token.reveal()), ("http://netbox:8080", "0123456789"));
    assert_eq!(
        loaded.notes,
        [
            "https://192.0.2.10:8006 of the cluster lab is called without knowing its certificate (verify_tls = false)",
            "NetBox at http://netbox:8080 is called without encryption"
        ]
    );
}

#[test]
fn three_slashes_are_relative_only_in_the_old_name() {
    let place = Place::with("");
    let here = std::env::current_dir().expect("there is one").join("x.db");
    assert_eq!(place.config(&[("DATABASE_URL", "sqlite:///x.db")]).database.file, Some(here));
    let file = place.config(&[("DIRETTORE__DATABASE__URL", "sqlite:///x.db")]).database.file;
    assert_eq!(file.as_deref().and_then(|f| f.to_str()), Some("/x.db"));
}

#[test]
fn the_new_names_come_first() {
    let place = Place::with(&format!("[admin]\nname = 'chief'\n{TOKEN}"));
    let mut env = OLD.to_vec();
    env.push(("INITIAL_ADMIN_USERNAME", "boss"));
    let loaded = place.load(&env).expect("it is right");
    assert_eq!(
        (loaded.config.proxmox[0].hosts[0].url.as_str(), loaded.config.admin.name.as_str()),
        ("https://pve1:8006", "chief")
    );
    assert_eq!(
        loaded.notes,
        [
            "PROXMOX_HOST, PROXMOX_USER, PROXMOX_PASSWORD and PROXMOX_VERIFY_SSL: not used, for proxmox is given",
            "INITIAL_ADMIN_USERNAME is not used: admin.name is given"
        ]
    );
}

#[test]
fn a_pretend_cluster_never_becomes_a_real_one() {
    let mut env = OLD.to_vec();
    env.push(("PROXMOX_MOCK", "true"));
    let loaded = Place::with("").load(&env).expect("it is right");
    assert!(loaded.config.proxmox.is_empty());
    assert!(loaded.notes[0].contains("`direttore demo` is the simulated lab"));
    assert_eq!(error_with("", &[("PROXMOX_MOCK", "maybe")]), "PROXMOX_MOCK: right would be true or false");
}

#[test]
fn the_community_of_all_devices_is_a_login() {
    let alone = Place::with("").load(&[("SNMP_COMMUNITY", "public")]).expect("it is right");
    assert_eq!(alone.notes, ["SNMP_COMMUNITY is not used: there is no NetBox to write into"]);
    let netbox =
        [("NETBOX_URL", "https://netbox.example"), ("NETBOX_TOKEN", "0123456789abcdef"), ("SNMP_COMMUNITY", "s3cret")];
    let loaded = Place::with("").load(&netbox).expect("it is right");
    let network = loaded.config.network.expect("it is there for the community");
    assert_eq!(network.snmp_login.as_deref(), Some("default"));
    assert!(!format!("{:?}", network.snmp).contains("s3cret"));
    let direttore_clients::device::snmp::Login::V2c { community } = network.snmp[0].login() else {
        panic!("it is no community")
    };
    assert_eq!(community, "s3cret");
    let given = "[network]\nsnmp_login = 'lab'\n[[network.snmp]]\nname = 'lab'\ncommunity = 'other'\n";
    let loaded = Place::with(given).load(&netbox).expect("it is right");
    assert_eq!(loaded.notes.last().map(String::as_str), Some("SNMP_COMMUNITY is not used: network.snmp is given"));
}

#[test]
fn the_old_names_of_sign_in_and_origins_are_taken() {
    let key = "0123456789abcdef0123456789abcdef";
    let env = [
        ("JWT_SECRET_KEY", key),
        ("JWT_ALGORITHM", "HS256"),
        ("JWT_ACCESS_TOKEN_EXPIRE_MINUTES", "30"),
        ("JWT_REFRESH_TOKEN_EXPIRE_DAYS", "2"),
        ("API_CORS_ORIGINS", "http://localhost:5173,https://Lab.example/"),
    ];
    let config = Place::with("").load(&env).expect("it is right").config;
    assert_eq!(config.sign_in.key.as_ref().map(|key| key.reveal()), Some(key));
    assert_eq!(config.sign_in.terms.access.as_secs(), 1800);
    assert_eq!(config.sign_in.terms.refresh.as_secs(), 2 * 24 * 3600);
    assert_eq!(config.http.cors_origins, ["http://localhost:5173", "https://lab.example"]);
    assert_eq!(error_with("", &[("JWT_ALGORITHM", "none")]), "JWT_ALGORITHM: \"none\"; right would be HS256");
    let said = error_with("", &[("JWT_SECRET_KEY", "CHANGE_ME_in_production_use_a_random_hex_string")]);
    assert!(said.contains("an example that everybody knows"), "{said}");
    let said = error_with("", &[("JWT_SECRET_KEY", "short")]);
    assert!(said.contains("JWT_SECRET_KEY: sign_in.key is too short"), "{said}");
    let said = error_with("", &[("API_CORS_ORIGINS", "https://lab.example/app")]);
    assert!(said.contains("without a path"), "{said}");
}

#[test]
fn half_an_old_connection_says_what_is_missing() {
    let said = error_with("", &[("NETBOX_URL", "http://netbox:8080")]);
    assert!(said.starts_with("NETBOX_URL: netbox.token is missing"), "{said}");
    let said = error_with("", &[("NETBOX_TOKEN", "t")]);
    assert!(said.starts_with("NETBOX_TOKEN: netbox.url is missing"), "{said}");
    let said = error_with("", &OLD[..2]);
    assert!(said.starts_with("PROXMOX_HOST: proxmox[0].password is missing"), "{said}");
    let said = error_with("", &[OLD[0], ("PROXMOX_USER", "root"), OLD[2]]);
    assert_eq!(said, "PROXMOX_USER: proxmox[0].user = \"root\"; right would be user@realm, like direttore@pve");
}
