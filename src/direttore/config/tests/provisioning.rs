//! `[netbox]`, `[provision]` and `[quota]`.

use super::{Place, TOKEN, error, error_with};
use crate::config::{Config, Limits};
use direttore_domain::disk::Size;
use std::time::Duration;

const NETBOX: &str = "[netbox]\nurl = \"https://netbox.lab\"\ntoken = \"nbt_s3cret.s3cret\"\n";

fn netbox(more: &str) -> crate::config::NetboxSection {
    Place::with(&format!("{NETBOX}{more}")).config(&[]).netbox.expect("there is a section")
}

fn wrong_netbox(more: &str) -> String {
    error(&format!("{NETBOX}{more}"))
}

#[test]
fn without_its_section_there_is_no_netbox() {
    assert_eq!(Place::with(TOKEN).config(&[]).netbox, None);
}

#[test]
fn a_netbox_with_its_defaults() {
    let netbox = netbox("");
    assert_eq!((netbox.url.as_str(), netbox.token.reveal()), ("https://netbox.lab", "nbt_s3cret.s3cret"));
    assert_eq!((netbox.verify_tls, netbox.probe, netbox.fingerprint), (true, false, None));
    assert_eq!((netbox.write, netbox.refresh), (Duration::from_secs(60), Duration::from_secs(60)));
    assert_eq!((netbox.gateway_field.as_str(), netbox.gateway_tag.as_str()), ("gateway", "gateway"));
    assert_eq!((netbox.tag.as_str(), netbox.job_field.as_str()), ("direttore", "direttore_job"));
    assert_eq!((netbox.site, netbox.tenant, netbox.role, netbox.platform), (None, None, None, None));
}

#[test]
fn addresses_of_a_netbox() {
    let url = |url: &str| {
        let text = NETBOX.replace("https://netbox.lab", url);
        Place::with(&text).load(&[]).map(|loaded| loaded.config.netbox.expect("there is a section").url)
    };
    for (given, meant) in [
        ("netbox.lab", "https://netbox.lab"),
        ("http://netbox:8080/", "http://netbox:8080"),
        ("https://lab.example/netbox/", "https://lab.example/netbox"),
        ("https://lab.example/netbox/api/", "https://lab.example/netbox"),
        ("http://[2001:db8::1]:8000/api", "http://[2001:db8::1]:8000"),
    ] {
        assert_eq!(url(given), Ok(meant.to_owned()));
    }
    for given in
        ["ftp://netbox", "https://netbox/?a=b", "https://netbox/#a", "https://", "https://net box", "https:///x"]
    {
        let said = url(given).expect_err(given);
        assert!(said.contains("right would be a URL like https://netbox.lab or https://lab.example/netbox"), "{said}");
    }
    let said = url("https://u:s3cret@netbox").expect_err("a password");
    assert!(!said.contains("s3cret") && said.contains("netbox.url has an @ in it"), "{said}");
}

#[test]
fn a_connection_that_nothing_proves_is_noted() {
    let notes = |text: &str| Place::with(text).load(&[]).expect("it is right").notes;
    assert_eq!(notes(NETBOX), [""; 0]);
    assert_eq!(notes(&NETBOX.replace("https", "http")), ["NetBox at http://netbox.lab is called without encryption"]);
    let unverified = format!("{NETBOX}verify_tls = false\n");
    assert_eq!(
        notes(&unverified),
        ["NetBox at https://netbox.lab is called without knowing its certificate (verify_tls = false)"]
    );
    assert_eq!(notes(&format!("{unverified}fingerprint = '{}'\n", "ab".repeat(32))), [""; 0]);
}

#[test]
fn a_token_is_needed_and_never_shown() {
    let said = error("[netbox]\nurl = 'https://netbox.lab'\n");
    assert!(said.starts_with("direttore.toml:1: netbox.token is missing; right would be the token alone"), "{said}");
    assert!(said.ends_with("here or as DIRETTORE__NETBOX__TOKEN"), "{said}");
    assert!(error("[netbox]\ntoken = 't'\n").contains("netbox.url is missing"));
    for pasted in ["Token s3cret", "Bearer nbt_s3cret.x", "s3créts3cret"] {
        let said = error(&NETBOX.replace("nbt_s3cret.s3cret", pasted));
        assert!(said.starts_with("direttore.toml:3: netbox.token has a character that no token has"), "{said}");
        assert!(!said.contains("s3c"), "{said}");
    }
    let place = Place::with(&NETBOX.replace("token = \"nbt_s3cret.s3cret\"", "token_file = \"token\""));
    place.write("token", "0123456789abcdef \n");
    let config = place.config(&[]);
    assert_eq!(config.netbox.as_ref().expect("there is a section").token.reveal(), "0123456789abcdef");
    assert!(!format!("{config:?}").contains("0123456789abcdef"));
    let config = place.config(&[("DIRETTORE__NETBOX__TOKEN", "env"), ("DIRETTORE__NETBOX__PROBE", "yes")]);
    let netbox = config.netbox.expect("there is a section");
    assert_eq!((netbox.token.reveal(), netbox.probe), ("env", true));
}

#[test]
fn names_that_netbox_would_not_have() {
    for (line, right) in [
        ("tag = 'Direttore bot'", "netbox.tag = \"Direttore bot\"; right would be a slug"),
        ("site = 'lab/1'", "netbox.site = \"lab/1\"; right would be a slug"),
        ("gateway_field = 'gate-way'", "netbox.gateway_field = \"gate-way\"; right would be a custom field's name"),
        ("job_field = 'a__b'", "netbox.job_field = \"a__b\"; right would be a custom field's name"),
        ("tokn = 'x'", "there is no key \"tokn\" in netbox; did you mean token?"),
        ("read_ms = 0", "netbox.read_ms = 0; right would be a whole number of milliseconds"),
        ("fingerprint = 'ab'", "netbox.fingerprint = \"ab\"; right would be the SHA-256"),
    ] {
        let said = wrong_netbox(line);
        assert!(said.starts_with(&format!("direttore.toml:4: {right}")), "{said}");
    }
    let found = netbox("site = ' lab-1 '\nrole = 'server'\ntenant = 'r_d'\nplatform = 'debian'\n");
    assert_eq!((found.site.as_deref(), found.role.as_deref()), (Some("lab-1"), Some("server")));
    assert_eq!((found.tenant.as_deref(), found.platform.as_deref()), (Some("r_d"), Some("debian")));
}

#[test]
fn a_cluster_is_called_in_netbox_as_it_is_called_here() {
    assert_eq!(Place::with(TOKEN).config(&[]).proxmox[0].netbox_cluster, "lab");
    let named = format!("{TOKEN}netbox_cluster = 'Lab, room 4'\n");
    assert_eq!(Place::with(&named).config(&[]).proxmox[0].netbox_cluster, "Lab, room 4");
}

#[test]
fn what_new_guests_get() {
    let plain = Place::with("").config(&[]).provision;
    assert_eq!((plain.dns.len(), plain.full_clone, plain.verify), (0, false, Duration::from_secs(60)));
    assert_eq!(plain.tags.iter().map(|t| t.as_str()).collect::<Vec<_>>(), ["direttore"]);
    assert_eq!((plain.vm_template, plain.domain, plain.user, plain.pool), (None, None, None, None));
    let text = "[provision]\nvm_template = 'debian-13'\npool = 'lab/web'\nstorage = 'local-lvm'\nbridge = 'vmbr0'\n\
        dns = ['10.0.10.1', '2001:db8::1']\ndomain = 'lab.example'\nuser = 'debian'\ntags = []\nverify_ms = 5\n";
    let place = Place::with(text);
    let said = place.config(&[("DIRETTORE__PROVISION__DNS__1", "10.0.10.2")]).provision;
    assert_eq!(said.dns.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.10.1", "10.0.10.2"]);
    assert_eq!((said.vm_template.as_deref(), said.domain.as_deref()), (Some("debian-13"), Some("lab.example")));
    assert_eq!((said.user.as_deref(), said.tags.len()), (Some("debian"), 0));
    assert_eq!(said.bridge.map(|b| b.to_string()).as_deref(), Some("vmbr0"));
    let tag = place.config(&[("DIRETTORE__PROVISION__TAGS__0", "web")]).provision.tags;
    assert_eq!(tag[0].as_str(), "web");
}

#[test]
fn what_no_guest_can_get() {
    let wrong = |line: &str| error(&format!("[provision]\n{line}\n"));
    for (line, said) in [
        ("dns = ['10.0.10.1', 'ns1']", "provision.dns[1] = \"ns1\"; right would be an IP address, like 10.0.10.1"),
        ("dns = '10.0.10.1'", "provision.dns = \"10.0.10.1\"; right would be a list in brackets"),
        ("dns = [1]", "provision.dns[0] = 1; right would be an IP address"),
        ("tags = ['a b']", "provision.tags[0] = \"a b\"; right would be letters, digits, _ first"),
        ("domain = 'lab..example'", "provision.domain = \"lab..example\"; right would be a DNS name"),
        ("user = 'Root'", "provision.user = \"Root\"; right would be a small letter or _"),
        ("bridge = 'a bridge'", "provision.bridge = \"a bridge\"; right would be a bridge's name"),
        ("pool = 'a//b'", "provision.pool = \"a//b\"; right would be letters"),
        ("vm_template = ''", "provision.vm_template = \"\"; right would be text in quotes"),
        ("verify = 5", "there is no key \"verify\" in provision; did you mean verify_ms?"),
    ] {
        assert!(wrong(line).starts_with(&format!("direttore.toml:2: {said}")), "{}", wrong(line));
    }
}

#[test]
fn quotas_of_roles_and_accounts() {
    let text = "[quota.operator]\nguests = 20\nmemory = '256G'\n[quota.viewer]\nguests = 0\n\
        [quota.accounts.alice]\nguests = 50\ndisk = '1.5T'\n[quota.accounts.'b.ob']\ncores = 8\n";
    let quota = Place::with(text).config(&[("DIRETTORE__QUOTA__ACCOUNTS__CAROL__CORES", "4")]).quota;
    let gib = |n: u64| Some(Size { mib: n * 1024 });
    let own = |name: &str| quota.accounts[name];
    assert_eq!(quota.operator, Limits { guests: Some(20), memory: gib(256), ..Limits::default() });
    assert_eq!(quota.viewer, Limits { guests: Some(0), ..Limits::default() });
    assert_eq!(quota.admin, Limits::default());
    assert_eq!(own("alice"), Limits { guests: Some(50), disk: gib(1536), ..Limits::default() });
    assert_eq!(own("b.ob"), Limits { cores: Some(8), ..Limits::default() });
    assert_eq!(own("carol"), Limits { cores: Some(4), ..Limits::default() });
}

#[test]
fn quotas_that_say_nothing() {
    for (text, said) in [
        ("[quota.operator]\ngests = 1", "2: there is no key \"gests\" in quota.operator; did you mean guests?"),
        ("[quota.operators]", "1: there is no key \"operators\" in quota; did you mean operator?"),
        ("[quota]\nguests = 1", "2: there is no key \"guests\" in quota; there are admin, operator"),
        ("[quota.operator]\nguests = -1", "2: quota.operator.guests = -1; right would be a whole number from 0 to"),
        (
            "[quota.operator]\nmemory = 'lots'",
            "2: quota.operator.memory = \"lots\"; right would be a size like \"64G\"",
        ),
        ("[quota]\naccounts = 3", "2: quota.accounts = 3; right would be a section [quota.accounts.alice]"),
        (
            "[quota.accounts]\nalice = 3",
            "2: quota.accounts.alice is 3; right would be a section [quota.accounts.alice]",
        ),
        ("[quota.accounts.alice]\ndisk = '0'", "2: quota.accounts.alice.disk = \"0\"; right would be a size"),
        ("[quota.accounts.Alice]", "1: quota.accounts has \"Alice\"; right would be an account: a lower-case letter"),
    ] {
        let said_really = error(&format!("{text}\n"));
        assert!(said_really.starts_with(&format!("direttore.toml:{said}")), "{said_really}");
    }
    let said = error_with("", &[("DIRETTORE__QUOTA__OPERATOR__CORES", "many")]);
    assert!(said.starts_with("DIRETTORE__QUOTA__OPERATOR__CORES: quota.operator.cores = \"many\""), "{said}");
}

#[test]
fn tasks_are_first_asked_about_soon() {
    let jobs = |text: &str| -> (u128, u128) {
        let config: Config = Place::with(text).config(&[]);
        (config.jobs.task_poll_first.as_millis(), config.jobs.task_poll.as_millis())
    };
    assert_eq!(jobs(""), (10, 1000));
    assert_eq!(jobs("[jobs]\ntask_poll_ms = 5\n"), (5, 5));
    assert_eq!(jobs("[jobs]\ntask_poll_first_ms = 50\n"), (50, 1000));
    let said = error("[jobs]\ntask_poll_first_ms = 50\ntask_poll_ms = 20\n");
    assert_eq!(said, "direttore.toml:1: jobs.task_poll_ms is less than jobs.task_poll_first_ms");
}
