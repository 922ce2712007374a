//! Every mistake is named with its place and what would be right.

use super::{TOKEN, error, error_with};

#[test]
fn keys_that_do_not_exist() {
    assert_eq!(
        error("\n[jobs]\npol_ms = 1\n"),
        "direttore.toml:3: there is no key \"pol_ms\" in jobs; did you mean poll_ms?"
    );
    assert_eq!(error("[job]\n"), "direttore.toml:1: there is no key \"job\" at the top; did you mean jobs?");
    assert_eq!(
        error("[cache]\nzzz = 1\n"),
        "direttore.toml:2: there is no key \"zzz\" in cache; there are refresh_ms and overlay_ms"
    );
    assert_eq!(
        error(&format!("{TOKEN}hosts = [{{ urll = 'x' }}]\n").replace("url = \"https://pve1:8006\"\n", "")),
        "direttore.toml:4: there is no key \"urll\" in proxmox[0].hosts[0]; did you mean url?"
    );
    assert_eq!(
        error_with("", &[("DIRETTORE__JOBS__POL_MS", "1")]),
        "DIRETTORE__JOBS__POL_MS: there is no key \"pol_ms\" in jobs; did you mean poll_ms?"
    );
}

#[test]
fn values_of_the_wrong_type() {
    let right = "right would be a whole number of milliseconds from 1 to 86400000";
    assert_eq!(error("[jobs]\n\npoll_ms = \"1s\"\n"), format!("direttore.toml:3: jobs.poll_ms = \"1s\"; {right}"));
    assert_eq!(error("[jobs]\npoll_ms = 0\n"), format!("direttore.toml:2: jobs.poll_ms = 0; {right}"));
    assert_eq!(error("[jobs]\npoll_ms = 1.5\n"), format!("direttore.toml:2: jobs.poll_ms = 1.5; {right}"));
    assert_eq!(
        error_with("", &[("DIRETTORE__JOBS__POLL_MS", "fast")]),
        format!("DIRETTORE__JOBS__POLL_MS: jobs.poll_ms = \"fast\"; {right}")
    );
    assert_eq!(error("jobs = 3\n"), "direttore.toml:1: jobs is 3; right would be a section [jobs]");
    assert_eq!(
        error("[proxmox]\n"),
        "direttore.toml:1: proxmox = a section; right would be one section [[proxmox]] for each cluster"
    );
    assert_eq!(
        error("[console]\nhistory = \"yes\"\n"),
        "direttore.toml:2: console.history = \"yes\"; right would be true or false"
    );
    assert_eq!(
        error("[console]\ncolor = \"blue\"\n"),
        "direttore.toml:2: console.color = \"blue\"; right would be one of auto, always and never"
    );
    assert!(
        error("[log]\nlevel = \"loud\"\n")
            .starts_with("direttore.toml:2: log.level = \"loud\"; right would be off, error,")
    );
    assert!(
        error("[admin]\nname = \"Root User\"\n")
            .starts_with("direttore.toml:2: admin.name = \"Root User\"; right would be a lower-case")
    );
    assert!(error("data_dir = ''\n").starts_with("direttore.toml:1: data_dir = \"\"; right would be text in quotes"));
}

#[test]
fn what_is_no_toml() {
    assert!(error("a = 1\nb = \n").starts_with("direttore.toml:2: this is no TOML: "), "{}", error("a = 1\nb = \n"));
    assert!(
        error("[jobs]\npoll_ms = 1\npoll_ms = 2\n").starts_with("direttore.toml:3: this is no TOML: duplicate key")
    );
    let missing = super::load(Some("/nowhere/direttore.toml".as_ref()), &Default::default());
    assert!(missing.expect_err("absent").to_string().starts_with("/nowhere/direttore.toml: cannot be read: "));
}

#[test]
fn a_connection_that_lacks_something() {
    let without = |what: &str| error(&TOKEN.lines().filter(|l| !l.starts_with(what)).collect::<Vec<_>>().join("\n"));
    assert_eq!(
        without("token_secret"),
        "direttore.toml:1: proxmox[0].token_secret is missing; right would be the token's UUID in quotes, here or as DIRETTORE__PROXMOX__0__TOKEN_SECRET"
    );
    assert!(
        without("token_id")
            .starts_with("direttore.toml:1: proxmox[0].token_id is missing; right would be user@realm!token")
    );
    assert!(without("url").starts_with("direttore.toml:1: proxmox[0].url is missing; right would be a URL like"));
    let password =
        TOKEN.replace("token_id = \"d@pve!bot\"", "user = \"d@pve\"").replace("token_secret = \"s3cret-uuid\"", "");
    assert!(error(&password).contains("proxmox[0].password is missing"));
    assert!(error(&format!("{TOKEN}{TOKEN}")).starts_with("direttore.toml:1: proxmox[0].name is missing"));
    let named = TOKEN.replace("[[proxmox]]", "[[proxmox]]\nname = 'a'");
    assert_eq!(error(&format!("{named}{named}")), "direttore.toml:6: two clusters are named a; each has its own name");
}

#[test]
fn a_connection_that_says_too_much() {
    assert!(error(&format!("{TOKEN}user = 'x@pam'\n")).contains("are both given; either of them is right"));
    assert!(error(&format!("{TOKEN}hosts = []\n")).contains("url is the short form for one host"));
    let both = error(&format!("{TOKEN}token_secret_file = 'x'\n"));
    assert_eq!(
        both,
        "direttore.toml:4: proxmox[0].token_secret and proxmox[0].token_secret_file are both given; one of them is right"
    );
    let gone = TOKEN.replace("token_secret = \"s3cret-uuid\"", "token_secret_file = '/nowhere/token'");
    assert!(
        error(&gone).starts_with("direttore.toml:4: proxmox[0].token_secret_file: /nowhere/token cannot be read: ")
    );
}

#[test]
fn forms_of_a_connection() {
    let with_url = |url: &str| error(&TOKEN.replace("https://pve1:8006", url));
    for wrong in [
        "ftp://pve1",
        "https://pve1/api2",
        "https://pve1:0",
        "https://pve1:99999",
        "https://[::x]:8006",
        "https://",
        "a b",
    ] {
        assert!(with_url(wrong).contains("right would be a URL like https://pve1.lab:8006"), "{wrong}");
    }
    assert!(!with_url("https://u:s3cret@pve1").contains("s3cret"));
    assert!(
        error(&format!("{TOKEN}fingerprint = 'AB:CD'\n")).contains("right would be the SHA-256 of the certificate")
    );
    assert!(error(&format!("{TOKEN}fingerprint = '{}'\n", "é".repeat(32))).contains("right would be the SHA-256"));
    assert!(
        error(&TOKEN.replace("d@pve!bot", "d@pve"))
            .contains("proxmox[0].token_id = \"d@pve\"; right would be user@realm!token")
    );
    let pasted = error(&TOKEN.replace("d@pve!bot", "d!bot=5ec2e7"));
    assert!(pasted.contains("proxmox[0].token_id = \"d!bot\"") && !pasted.contains("5ec2e7"), "{pasted}");
    let number = error(&TOKEN.replace("\"s3cret-uuid\"", "12345"));
    assert!(number.contains("proxmox[0].token_secret is no secret") && !number.contains("12345"), "{number}");
}

#[test]
fn numbers_that_do_not_fit_together() {
    assert!(error("[jobs]\nlease_ms = 10\n").starts_with("direttore.toml:1: jobs.lease_ms is less than twice"));
    assert!(error("[jobs]\nretry_max_ms = 10\n").contains("less than jobs.retry_first_ms"));
    assert!(error("[audit]\nsigning_key = 'short'\n").contains("at least 32 random characters"));
    assert!(error("[audit]\ngather_ms = 2000\n").contains("from 1 to 1000"));
}

#[test]
fn variables_that_lead_nowhere() {
    let wrong = |name: &str| error_with(TOKEN, &[(name, "1")]);
    assert_eq!(wrong("DIRETTORE__"), "DIRETTORE__: names no key; right would be DIRETTORE__SECTION__KEY");
    assert_eq!(
        wrong("DIRETTORE__PROXMOX__2__URL"),
        "DIRETTORE__PROXMOX__2__URL: position 2 is too far: they count from 0, the next free one is 1"
    );
    assert!(wrong("DIRETTORE__PROXMOX__URL").contains("right would be a position like __0__ there"));
    assert!(wrong("DIRETTORE__PROXMOX__0__URL__X").contains("but direttore.toml:2 has a value there"));
    assert!(wrong("DIRETTORE__0__X").contains("names no key"));
    assert_eq!(wrong("DIRETTORE__JOBS"), "DIRETTORE__JOBS: jobs is \"1\"; right would be a section [jobs]");
}

#[test]
fn a_token_for_metrics_that_is_none() {
    assert_eq!(
        error("[metrics]\ntoken = 'short'\n"),
        "direttore.toml:2: metrics.token is too short; right would be at least 16 random characters"
    );
    assert_eq!(
        error("[metrics]\ntoken = 'sixteen and more characters'\n"),
        "direttore.toml:2: metrics.token has characters that no header can carry; right would be letters and digits"
    );
}

#[test]
fn logins_for_snmp() {
    let netbox = "[netbox]\nurl = 'https://netbox.example'\ntoken = '0123456789abcdef'\n[network]\n";
    let login = |text: &str| error(&format!("{netbox}[[network.snmp]]\nname = 'lab'\n{text}\n"));
    for (text, expected) in [
        ("", "community is missing"),
        ("version = '1'", "right would be one of 2c and 3"),
        ("version = '3'", "user is missing"),
        ("version = '3'\nuser = 'u'\nauth = 'crc'\nauth_password = '12345678'", "SHA, SHA-224"),
        ("version = '3'\nuser = 'u'\nauth = 'SHA'", "auth_password is missing"),
        ("version = '3'\nuser = 'u'\nauth_password = 'short'", "at least 8 characters"),
        ("version = '3'\nuser = 'u'\nprivacy = 'DES'\nprivacy_password = '12345678'", "DES and 3DES"),
        ("version = '3'\nuser = 'u'\nprivacy_password = '12345678'", "privacy needs authentication"),
        ("community = 'x'\n[[network.snmp]]\nname = 'lab'\ncommunity = 'y'", "each has its own name"),
    ] {
        let said = login(text);
        assert!(said.contains(expected), "{text}: {said}");
    }
    let said = error(&format!("{netbox}snmp_login = 'lab'\n"));
    assert!(said.contains("right would be the name of one of [[network.snmp]]"), "{said}");
}
