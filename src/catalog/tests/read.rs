//! Lines as people write them, and what is said when they cannot be read.

use super::{answers, given};
use crate::{Given, catalog};
use direttore_domain::Refusal;

fn refused(line: &str) -> Refusal {
    match catalog().read(line).and_then(|asked| asked.command.answers(&asked.given)) {
        Ok(answers) => panic!("{line}: {answers:?}"),
        Err(refusal) => refusal,
    }
}

fn said(line: &str) -> String {
    let refusal = refused(line);
    let hint = refusal.hint().map(|h| format!("; {h}")).unwrap_or_default();
    format!("{}: {refusal}{hint}", refusal.code())
}

#[test]
fn values_by_place_and_by_name() {
    let list = |rest: &str| catalog().read(&format!("guest list {rest}")).expect("it is right").given;
    assert_eq!(
        list("web status=running mine"),
        given(&[("find", &["web"]), ("mine", &["true"]), ("status", &["running"])])
    );
    assert_eq!(list("FIND='a b' Mine=Off"), given(&[("find", &["a b"]), ("mine", &["false"])]));
    assert_eq!(list(r#""mine""#), given(&[("find", &["mine"])]));
    assert_eq!(list(r#""a=b""#), given(&[("find", &["a=b"])]));
    assert_eq!(list("find=a=b"), given(&[("find", &["a=b"])]));
    let path = |line: &str| catalog().read(line).expect("it is right").command.path.clone();
    assert_eq!(
        [path("/Guest LIST"), path("  / guest  list"), path("guests"), path("help")].map(|p| p.replace(' ', "-")),
        ["guest-list", "guest-list", "guest-list", "help"]
    );
}

#[test]
fn a_flag_is_not_taken_for_a_value_that_is_awaited() {
    let line = "/snapshot create memory start memory";
    let wanted = given(&[("guest", &["memory"]), ("memory", &["true"]), ("name", &["start"])]);
    assert_eq!(catalog().read(line).expect("it is right").given, wanted);
    let wanted = given(&[("guest", &["web1"]), ("name", &["nightly"])]);
    assert_eq!(catalog().read("/snapshot create name=nightly web1").expect("it is right").given, wanted);
}

#[test]
fn many_values_in_every_way() {
    let guests =
        |rest: &str| catalog().read(&format!("power stop {rest}")).expect("it is right").given["guest"].clone();
    assert_eq!(guests("web1 web2,web3 guest=db1 \"web 4 (104)\""), ["web1", "web2", "web3", "db1", "web 4 (104)"]);
    assert_eq!(guests("web1,,web2,"), ["web1", "web2"]);
    assert_eq!(guests("\"a,b\""), ["a,b"]);
    assert_eq!(answers("power stop web1 web1"), r#"{"guest":["web1"]}"#);
    assert_eq!(answers("power stop tag=lab"), r#"{"guest":[],"tag":"lab"}"#);
}

#[test]
fn the_rest_of_a_line_is_taken_as_it_stands() {
    let line = |rest: &str| catalog().read(&format!("alias add up {rest}")).expect("it is right").given;
    assert_eq!(line("power start {guest}  tag=\"x y\"")["line"], ["power start {guest}  tag=\"x y\""]);
    assert_eq!(line("shared say \"open")["line"], ["say \"open"]);
    assert_eq!(line("shared say \"open")["shared"], ["true"]);
    assert_eq!(line("\"power start web1\"")["line"], ["power start web1"]);
    assert_eq!(line("line='power start web1' shared")["line"], ["power start web1"]);
    assert_eq!(answers("help /Power  Stop"), r#"{"command":"power stop"}"#);
}

#[test]
fn answers_are_typed_and_defaults_filled_in() {
    assert_eq!(
        answers("guest list status=RUNNING page=2"),
        r#"{"status":"running","mine":false,"sort":"name","page":2}"#
    );
    assert_eq!(answers("power shutdown web1 timeout=5m"), r#"{"guest":["web1"],"timeout":300}"#);
    assert_eq!(answers("job show 12"), r#"{"job":"J-12"}"#);
    assert_eq!(answers("grant remove #3"), r#"{"grant":3}"#);
    assert_eq!(
        answers(r#"grant add group:ops commands="Power  *","/guest list" pools=lab,prod"#),
        r#"{"to":"group:ops","pools":["lab","prod"],"nodes":[],"sites":[],"tenants":[],"tags":[],"commands":["power *","guest list"],"channels":[]}"#
    );
    assert_eq!(answers("user disable bob off=yes"), r#"{"name":"bob","off":true}"#);
}

#[test]
fn what_is_empty_is_not_given() {
    assert_eq!(answers("guest list find= sort='' status=\"\""), r#"{"mine":false,"sort":"name","page":1}"#);
    let command = catalog().get("snapshot create").expect("it is right");
    let answers = command.answers(&given(&[("guest", &[""]), ("name", &[])])).expect("it is right");
    assert_eq!(answers.missing(command).iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), ["guest", "name"]);
    let power = catalog().get("power start").expect("it is right");
    assert_eq!(power.answers(&Given::new()).expect("it is right").missing(power).len(), 1);
    assert_eq!(power.answers(&given(&[("tag", &["lab"])])).expect("it is right").missing(power).len(), 0);
}

#[test]
fn unknown_commands_name_what_is_near() {
    assert_eq!(said("gest lst"), "unknown-command: there is no command \"gest\"; did you mean guest list?");
    assert_eq!(said("guest lst"), "unknown-command: there is no command \"guest lst\"; did you mean guest list?");
    assert_eq!(
        said("/guest"),
        "unknown-command: there is no command \"guest\"; did you mean guest backup, guest clone, guest delete, guest list, guest migrate, guest owner, guest resize, guest restore or guest show?"
    );
    assert_eq!(said("/start web1"), "unknown-command: there is no command \"start\"; did you mean power start?");
    assert_eq!(said("hlep"), "unknown-command: there is no command \"hlep\"; did you mean help?");
    assert_eq!(said("qqqq"), "unknown-command: there is no command \"qqqq\"; /help lists what you may say");
    assert_eq!(said(" / "), "unknown-command: there is no command \"\"; /help lists what you may say");
}

#[test]
fn wrong_options_and_values() {
    assert_eq!(
        said("guest list stauts=running"),
        "unknown-option: /guest list has no option \"stauts\"; did you mean status?"
    );
    assert_eq!(
        said("guest list status=runing"),
        "unknown-value: status: \"runing\" is none of the values possible; did you mean running?"
    );
    assert_eq!(
        said("guest list page=0"),
        "bad-value: page: \"0\" is no number that fits; right would be a whole number from 1 to 100000"
    );
    assert_eq!(said("guest list mine=maybe"), "bad-value: mine: \"maybe\" is no answer; right would be yes or no");
    assert_eq!(
        said("guest list a b"),
        "too-many-values: \"b\" is one value too many for /guest list; put text with spaces in double quotes"
    );
    assert_eq!(said("guest show a guest=b"), "given-twice: guest was given twice");
    assert_eq!(
        said("guest list \"a b"),
        "open-quote: the line ends inside a quotation: \"a b; put text with spaces in double quotes"
    );
    assert_eq!(refused("node show pve_1").code(), "bad-value");
    assert_eq!(refused("snapshot create web1 current").code(), "bad-value");
    assert_eq!(refused("audit since=yesterday").code(), "bad-value");
    assert_eq!(refused("power shutdown web1 timeout=2h").code(), "bad-value");
    assert_eq!(refused("user role bob amdin").hint().as_deref(), Some("did you mean admin?"));
    assert_eq!(refused(&format!("guest list {}", "x".repeat(4000))).code(), "too-long");
    assert_eq!(refused(&format!("guest list find={}", "x".repeat(200))).code(), "bad-value");
}

#[test]
fn the_line_that_says_the_same() {
    let line = |of: &str| {
        let asked = catalog().read(of).expect("it is right");
        asked.command.line(&asked.given)
    };
    assert_eq!(line("/guests mine find=\"a b\" page=2"), "guest list \"a b\" page=2 mine");
    assert_eq!(line("power stop guest=a,b reason='x y'"), "power stop a b reason=\"x y\"");
    assert_eq!(line("snapshot create name=memory guest=a"), "snapshot create a \"memory\"");
    assert_eq!(line("snapshot create name=x memory"), "snapshot create \"memory\" x");
    assert_eq!(line("snapshot create name=x memory=on"), "snapshot create name=x memory=true");
    assert_eq!(line("alias add up shared power start web1"), "alias add up shared power start web1");
    assert_eq!(line("help 'a=b'"), "help command=\"a=b\"");
}

#[test]
fn hostile_text_is_shown_and_never_interpreted() {
    assert!(!said("gu\x1b[31mest").contains('\x1b'));
    assert!(!said("guest list \u{202e}x=1 \u{7}=y").contains('\u{202e}'));
    assert!(said(&format!("guest list {}=1", "k".repeat(3000))).len() < 400);
}
