//! `[discord]` and `[http]`.

use super::{Place, error, error_with};
use crate::config::DiscordSection;
use direttore_discord::Delivery;
use direttore_domain::Role;
use std::time::Duration;

const DISCORD: &str =
    "[discord]\ntoken = \"MTAw.s3cret\"\napplication_id = 1000000000000000001\nguild_id = \"1000000000000000002\"\n";
const KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";

fn discord(more: &str) -> DiscordSection {
    Place::with(&format!("{DISCORD}{more}")).config(&[]).discord.expect("there is a section")
}

fn wrong(more: &str) -> String {
    error(&format!("{DISCORD}{more}\n"))
}

#[test]
fn without_its_section_there_is_no_discord() {
    let config = Place::with("").config(&[]);
    assert_eq!((config.discord, config.http.listen), (None, None));
}

#[test]
fn a_bot_with_its_defaults() {
    let bot = discord("");
    assert_eq!(
        (bot.token.reveal(), bot.application, bot.guild),
        ("MTAw.s3cret", 1_000_000_000_000_000_001, 1_000_000_000_000_000_002)
    );
    assert_eq!(
        (bot.delivery, bot.public_key, bot.ops_channel, bot.audit_channel),
        (Delivery::Gateway, None, None, None)
    );
    assert!(bot.roles.is_empty() && bot.stand_in.is_none());
    assert_eq!((bot.edit, bot.reconnect.1), (Duration::from_secs(3), Duration::from_secs(300)));
}

#[test]
fn the_defaults_are_those_of_the_surface() {
    let (bot, paces) = (discord(""), direttore_discord::Paces::default());
    assert_eq!((bot.edit, bot.edit_long, bot.long, bot.look), (paces.edit, paces.edit_long, paces.long, paces.look));
    assert_eq!(bot.complete, paces.complete);
    assert_eq!((bot.lead, bot.live, bot.mirror, bot.reconnect), (paces.lead, paces.live, paces.mirror, paces.back_off));
}

#[test]
fn everything_said_and_from_the_environment() {
    let bot = discord(
        "ops_channel = 1000000000000000003\naudit_channel = '1000000000000000004'\nedit_ms = 10\n\
         [discord.roles]\n'1000000000000000005' = 'admin'\n1000000000000000006 = 'Viewer'\n",
    );
    assert_eq!(
        (bot.ops_channel, bot.audit_channel),
        (Some(1_000_000_000_000_000_003), Some(1_000_000_000_000_000_004))
    );
    assert_eq!(bot.edit, Duration::from_millis(10));
    let roles: Vec<(u64, Role)> = bot.roles.into_iter().collect();
    assert_eq!(roles, [(1_000_000_000_000_000_005, Role::Admin), (1_000_000_000_000_000_006, Role::Viewer)]);
    let env = [
        ("DIRETTORE__DISCORD__TOKEN", "other"),
        ("DIRETTORE__DISCORD__GUILD_ID", "2000000000000000000"),
        ("DIRETTORE__DISCORD__APPLICATION_ID", "2000000000000000001"),
        ("DIRETTORE__DISCORD__ROLES__2000000000000000002", "operator"),
        ("DIRETTORE__DISCORD__DELIVERY", "http"),
        ("DIRETTORE__DISCORD__PUBLIC_KEY", KEY),
        ("DIRETTORE__HTTP__LISTEN", "[::1]:8080"),
    ];
    let config = Place::with("").config(&env);
    let bot = config.discord.expect("the environment is enough");
    assert_eq!((bot.token.reveal(), bot.guild), ("other", 2_000_000_000_000_000_000));
    assert_eq!(bot.roles.get(&2_000_000_000_000_000_002), Some(&Role::Operator));
    assert_eq!(bot.public_key.map(|k| (k[0], k[31])), Some((0x3d, 0x0c)));
    assert_eq!(config.http.listen.map(|a| a.to_string()).as_deref(), Some("[::1]:8080"));
}

#[test]
fn a_token_is_needed_and_never_shown() {
    let said = error(&DISCORD.replace("token = \"MTAw.s3cret\"\n", ""));
    assert!(said.starts_with("direttore.toml:1: discord.token is missing; right would be the token alone"), "{said}");
    assert!(said.ends_with("here or as DIRETTORE__DISCORD__TOKEN"), "{said}");
    let said = error(&DISCORD.replace("MTAw", "Bot MTAw"));
    assert!(said.starts_with("direttore.toml:2: discord.token has a character that no token has"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
    let place = Place::with(&DISCORD.replace("token = \"MTAw.s3cret\"", "token_file = \"bot\""));
    place.write("bot", "from-file\n");
    assert_eq!(place.config(&[]).discord.expect("there is a section").token.reveal(), "from-file");
    assert!(!format!("{:?}", discord("")).contains("s3cret"));
}

#[test]
fn ids_of_another_form() {
    let right = "17 to 20 digits (Developer Mode, right click, Copy ID)";
    for (given, shown) in [
        ("'#ops'", "\"#ops\""),
        ("'<#1000000000000000003>'", "\"<#1000000000000000003>\""),
        ("42", "42"),
        ("-1000000000000000003", "-1000000000000000003"),
        ("'99999999999999999999'", "\"99999999999999999999\""),
        ("true", "true"),
        ("1e18", "1e18"),
    ] {
        let said = wrong(&format!("ops_channel = {given}"));
        assert_eq!(
            said,
            format!("direttore.toml:5: discord.ops_channel = {shown}; right would be the id of the channel: {right}")
        );
    }
    let said = error("[discord]\ntoken = 't'\nguild_id = 1000000000000000002\n");
    assert!(
        said.starts_with("direttore.toml:1: discord.application_id is missing; right would be the id of the"),
        "{said}"
    );
    let said = error("[discord]\ntoken = 't'\n");
    assert!(said.contains("discord.guild_id is missing; right would be the id of the server"), "{said}");
}

#[test]
fn roles_of_another_form() {
    for (given, said) in [
        (
            "[discord.roles]\n'@ops' = 'admin'",
            "6: discord.roles has \"@ops\"; right would be \"<role id>\" = \"operator\", with the id of a role",
        ),
        (
            "[discord.roles]\n'1000000000000000005' = 'root'",
            "6: discord.roles.1000000000000000005 = \"root\"; right would be admin, operator or viewer",
        ),
        (
            "[discord.roles]\n'1000000000000000005' = 1",
            "6: discord.roles.1000000000000000005 = 1; right would be admin",
        ),
        (
            "[discord.roles]\n'1000000000000000002' = 'viewer'",
            "6: discord.roles has the server's own id, which stands for everybody",
        ),
        ("roles = 'admin'", "5: discord.roles = \"admin\"; right would be a section [discord.roles]"),
    ] {
        let really = wrong(given);
        assert!(really.starts_with(&format!("direttore.toml:{said}")), "{really}");
    }
}

#[test]
fn by_http_it_needs_a_key_and_a_server() {
    let by_http = format!("{DISCORD}delivery = 'http'\n");
    assert!(error(&by_http).starts_with(
        "direttore.toml:1: discord.public_key is missing; right would be the application's public key: 64"
    ));
    for given in ["'abc'", &format!("'{}'", KEY.replace('3', "g")), &format!("'{}'", "é".repeat(32))] {
        let said = error(&format!("{by_http}public_key = {given}\n"));
        assert!(said.starts_with("direttore.toml:6: discord.public_key = "), "{said}");
    }
    let with_key = format!("{by_http}public_key = '{KEY}'\n");
    assert_eq!(
        error(&with_key),
        "configuration: http.listen is missing; right would be an address and a port, like \"127.0.0.1:8080\" \
         (discord.delivery = \"http\" needs it), here or as DIRETTORE__HTTP__LISTEN"
    );
    let said = error(&format!("{with_key}[http]\nlisten = 'localhost'\n"));
    assert!(
        said.starts_with("direttore.toml:8: http.listen = \"localhost\"; right would be an address and a port"),
        "{said}"
    );
    let loaded = Place::with(&format!("{with_key}[http]\nlisten = '127.0.0.1:0'\n")).load(&[]).expect("it is right");
    assert_eq!(loaded.notes, [""; 0]);
    assert!(wrong("delivery = 'pigeon'").contains("right would be one of gateway and http"));
}

#[test]
fn a_server_of_its_own() {
    let http = |lines: &str| Place::with(&format!("[http]\nlisten = '127.0.0.1:8080'\n{lines}"));
    let loaded = http("").load(&[]).expect("it is right");
    assert_eq!((loaded.notes, loaded.config.http.tls, loaded.config.http.public_url), (vec![], None, None));
    let with_tls =
        http("tls_cert = 'tls.crt'\ntls_key = 'tls.key'\npublic_url = 'lab.example/dir/'\n").config(&[]).http;
    let (cert, key) = with_tls.tls.expect("both are given");
    assert!(cert.ends_with("tls.crt") && key.ends_with("tls.key"), "{cert:?} {key:?}");
    assert_eq!(with_tls.public_url.as_deref(), Some("https://lab.example/dir"));
    let wrong = |lines: &str| http(lines).load(&[]).expect_err("it is wrong");
    assert!(wrong("tls_cert = 'tls.crt'\n").contains("http.tls_key is missing"));
    assert!(wrong("tls_key = 'tls.key'\n").contains("http.tls_cert is missing"));
    assert!(wrong("public_url = 'ftp://x'\n").contains("http.public_url = \"ftp://x\"; right would be a URL"));
    let open = Place::with("[http]\nlisten = '0.0.0.0:8080'\n").load(&[]).expect("it is right");
    assert!(open.notes.len() == 1 && open.notes[0].starts_with("http.listen = \"0.0.0.0:8080\" is plain HTTP"));
}

#[test]
fn something_in_discords_place() {
    let place = Place::with(&format!("{DISCORD}stand_in = {{ addr = '127.0.0.1:8443', ca_file = 'ca.pem' }}\n"));
    assert!(
        place
            .load(&[])
            .expect_err("no file")
            .starts_with("direttore.toml:5: discord.stand_in.ca_file: ca.pem cannot be read")
    );
    place.write("ca.pem", "nothing\n");
    assert!(place.load(&[]).expect_err("no certificate").contains("ca.pem has no certificate in it"));
    place.write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
    let loaded = place.load(&[]).expect("it is right");
    assert_eq!(loaded.notes, ["Discord is not called: 127.0.0.1:8443 is asked in its place (discord.stand_in)"]);
    let stand_in = loaded.config.discord.and_then(|d| d.stand_in).expect("it was given");
    assert_eq!((stand_in.addr.port(), stand_in.ca_pem.trim()), (8443, "-----BEGIN CERTIFICATE-----"));
    let said = wrong("stand_in = { addr = 'discord.com:443' }");
    assert!(
        said.starts_with("direttore.toml:5: discord.stand_in.addr = \"discord.com:443\"; right would be an address"),
        "{said}"
    );
    assert!(wrong("stand_in = { addr = '127.0.0.1:1' }").contains("discord.stand_in.ca_file is missing"));
    assert!(
        wrong("stand_in = '127.0.0.1:1'").contains("discord.stand_in is \"127.0.0.1:1\"; right would be a section")
    );
}

#[test]
fn paces_that_do_not_fit_together() {
    assert!(
        wrong("reconnect_max_ms = 10").contains("discord.reconnect_max_ms is less than discord.reconnect_first_ms")
    );
    let said = error_with(DISCORD, &[("DIRETTORE__DISCORD__EDIT_MS", "soon")]);
    assert!(said.starts_with("DIRETTORE__DISCORD__EDIT_MS: discord.edit_ms = \"soon\""), "{said}");
}
