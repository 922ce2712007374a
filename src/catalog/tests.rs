//! The catalogue as it is built in: what it grants and asks, its examples, its page in the docs.

mod complete;
mod files;
mod kinds;
mod limits;
mod random;
mod read;
mod repeat;
mod wizard;

use crate::{Catalog, Confirm, Given, catalog, markdown};
use std::path::Path;

fn given(of: &[(&str, &[&str])]) -> Given {
    of.iter().map(|(k, v)| ((*k).to_owned(), v.iter().map(|v| (*v).to_owned()).collect())).collect()
}

fn answers(line: &str) -> String {
    let asked = catalog().read(line).unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
    let answers = asked.command.answers(&asked.given).unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
    serde_json::Value::Object(answers.0).to_string()
}

#[test]
fn permissions_and_questions_are_those_of_the_design() {
    let row = |c: &crate::Command| {
        let asks = match c.confirm {
            Confirm::No => "-",
            Confirm::Yes => "yes",
            Confirm::Name => "name",
            Confirm::Review => "review",
        };
        format!("{} {} {asks} {}", c.path, c.permission, if c.guarded { "guarded" } else { "-" })
    };
    let rows: Vec<String> = catalog().commands().iter().map(row).collect();
    let wanted = "\
alert ack power - -
alert list view - -
alert show view - -
alert silence power - -
alias add own - -
alias list own - -
alias remove own - -
audit users - -
device accept-key device.push yes -
device approve device.push - guarded
device backup device.push - -
device confirm device.push - guarded
device diff view - -
device discover view yes -
device drift view - -
device history view - -
device push device.push yes guarded
device reject device.push - -
device render view - -
device rollback device.push yes guarded
device run view - -
grant add users - -
grant list users - -
grant remove users - -
group add users - -
group create users - -
group delete users - -
group list users - -
group remove users - -
guest backup provision yes -
guest clone provision yes -
guest delete delete name guarded
guest list view - -
guest migrate provision yes guarded
guest owner view - -
guest resize provision yes guarded
guest restore provision yes guarded
guest show view - -
help anyone - -
inventory device view - -
inventory devices view - -
ipam addresses view - -
ipam allocate provision yes -
ipam check view - -
ipam prefixes view - -
ipam release provision yes -
ipam vlans view - -
job cancel own yes -
job list own - -
job retry own - -
job show own - -
key add own - -
key list own - -
key remove own - -
lab check view - -
lab status view - -
link anyone - -
node list view - -
node reboot delete name guarded
node show view - -
node shutdown delete name guarded
power reboot power - guarded
power reset power yes guarded
power resume power - guarded
power shutdown power - guarded
power start power - guarded
power stop power yes guarded
power suspend power - guarded
provision container provision review -
provision vm provision review -
reserve approve reserve - -
reserve calendar view - -
reserve cancel reserve - -
reserve change reserve - -
reserve check-in reserve - -
reserve extend reserve - -
reserve feed view - -
reserve list view - -
reserve maintenance users - -
reserve new reserve - -
reserve reject reserve - -
reserve release reserve - -
reserve show view - -
reserve take reserve - -
reserve wait reserve - -
resource add users - -
resource edit users - -
resource list view - -
resource remove users - -
snapshot create power - guarded
snapshot delete power yes guarded
snapshot list view - -
snapshot rollback power yes guarded
token list own - -
token new own - -
token revoke own - -
user create users - -
user delete users name -
user disable users yes -
user list users - -
user password own - -
user role users yes -
whoami anyone - -";
    assert_eq!(rows.join("\n"), wanted);
}

#[test]
fn every_example_says_its_command_and_nothing_is_missing() {
    for command in catalog().commands() {
        assert!((1..=3).contains(&command.examples.len()), "/{} has one to three examples", command.path);
        for example in &command.examples {
            let asked = catalog().read(&example.say).unwrap_or_else(|r| panic!("{}: {r}", example.say));
            assert_eq!(asked.command.path, command.path, "{}", example.say);
            let answers = command.answers(&asked.given).unwrap_or_else(|r| panic!("{}: {r}", example.say));
            assert_eq!(answers.missing(command), Vec::<&crate::Opt>::new(), "{}", example.say);
            let again = catalog().read(&command.line(&asked.given)).expect("our own line reads");
            assert_eq!(again.given, asked.given, "{}", example.say);
        }
    }
}

#[test]
fn what_must_be_asked_is_asked_on_a_page() {
    for command in catalog().commands() {
        let missing = command.answers(&Given::new()).expect("nothing is right").missing(command);
        let names: Vec<&str> = missing.iter().map(|o| o.name.as_str()).collect();
        let pages = command.form_pages(&names);
        assert_eq!(pages.iter().map(|p| p.ask.len()).sum::<usize>(), names.len(), "/{}", command.path);
        let titled = pages.iter().all(|p| command.pages.iter().any(|page| page.title == p.title));
        assert!(titled, "/{} asks {names:?} on a page of its own", command.path);
    }
}

#[test]
fn long_pages_are_cut_and_unplaced_options_come_last() {
    let options: String = ('a'..='h').map(|c| format!("[[options]]\nname='{c}'\nkind='text'\nhelp='x'\n")).collect();
    let head = "summary='s'\npermission='view'\nruns='now'\n";
    let pages = "[[pages]]\ntitle='First'\nask=['b','a','c','d','e','f']\n";
    let command = crate::load::command("x", "x.toml", &format!("{head}{options}{pages}")).expect("it is right");
    let shown: Vec<String> = command
        .form_pages(&["a", "b", "c", "d", "e", "f", "h", "zzz"])
        .iter()
        .map(|p| format!("{}: {}", p.title, p.ask.iter().map(|o| o.name.as_str()).collect::<String>()))
        .collect();
    assert_eq!(shown, ["First: bacde", "First: f", "s: h"]);
}

#[test]
fn the_reference_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let now = markdown(catalog());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(file.parent().expect("it is right")).expect("it is right");
        std::fs::write(&file, &now).expect("it is right");
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == now, "docs/commands.md is out of date: UPDATE_DOCS=1 cargo test -p direttore-catalog");
}

#[test]
fn groups_and_names_are_found() {
    let catalog: &Catalog = catalog();
    assert_eq!(catalog.get("guests").map(|c| c.path.as_str()), Some("guest list"));
    assert_eq!(catalog.group("lab").map(|c| c.verb()).collect::<Vec<_>>(), ["check", "status"]);
    assert_eq!(
        catalog.get("power shutdown").expect("it is right").usage(),
        "/power shutdown [guest…] [tag=] [timeout=] [reason=]"
    );
    assert_eq!(catalog.get("alias add").expect("it is right").usage(), "/alias add name line… [shared]");
}
