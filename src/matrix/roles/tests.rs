use super::*;
use crate::{
    settings::{Paces, PowerRule, SignIn},
    wire::{File, Room},
};
use direttore_core::RoleMaps;
use futures::future::BoxFuture;
use insta::assert_snapshot;
use serde_json::Value;

/// Who has which power where. A room that is not in it refuses to say.
struct Rooms(Vec<(&'static str, &'static str, Power)>);

impl Wire for Rooms {
    fn me(&self) -> &str {
        "@bot:x"
    }
    fn send<'a>(&'a self, _: &'a str, _: &'a str, _: Value, _: &'a str) -> BoxFuture<'a, Result<String, Error>> {
        unreachable!("roles send nothing")
    }
    fn send_file<'a>(
        &'a self,
        _: &'a str,
        _: File,
        _: Option<Value>,
        _: &'a str,
    ) -> BoxFuture<'a, Result<String, Error>> {
        unreachable!("roles send nothing")
    }
    fn redact<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        unreachable!("roles send nothing")
    }
    fn put_state<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str, _: Value) -> BoxFuture<'a, Result<(), Error>> {
        unreachable!("roles send nothing")
    }
    fn direct<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<String, Error>> {
        unreachable!("roles send nothing")
    }
    fn room<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Room, Error>> {
        unreachable!("roles ask for nothing but power")
    }
    fn power<'a>(&'a self, room: &'a str, user: &'a str) -> BoxFuture<'a, Result<Option<Power>, Error>> {
        Box::pin(async move {
            if room == "!away" {
                return Err(Error::Away { why: "no route".to_owned() });
            }
            if !self.0.iter().any(|(of, ..)| *of == room) {
                let (code, why) = ("M_FORBIDDEN".to_owned(), "not in the room".to_owned());
                return Err(Error::Refused { status: 403, code, why });
            }
            Ok(self.0.iter().find(|(of, who, _)| *of == room && *who == user).map(|(.., power)| *power))
        })
    }
}

fn settings() -> Settings {
    Settings {
        homeserver: String::new(),
        user: "@bot:x".to_owned(),
        sign_in: SignIn::Password(String::new()),
        folder: std::path::PathBuf::new(),
        passphrase: None,
        recovery_key: None,
        device_name: String::new(),
        rooms: vec![],
        direct: true,
        ops_room: None,
        audit_room: None,
        bare_commands: true,
        descriptions: false,
        users: vec![("@root:x".to_owned(), Role::Admin)],
        members: vec![("!team".to_owned(), Role::Viewer)],
        power: vec![
            PowerRule { room: "!ops".to_owned(), cap: Role::Operator },
            PowerRule { room: "!own".to_owned(), cap: Role::Admin },
            PowerRule { room: "!left".to_owned(), cap: Role::Admin },
        ],
        paces: Paces::default(),
    }
}

/// Who is what by which rule: the table that reviewers read.
#[tokio::test]
async fn every_rule_gives_its_role_and_no_more() {
    let rooms = Rooms(vec![
        ("!team", "@ann:x", Power::Level(0)),
        ("!ops", "@ann:x", Power::Level(50)),
        ("!ops", "@founder:x", Power::Infinite),
        ("!ops", "@hundred:x", Power::Level(100)),
        ("!ops", "@muted:x", Power::Level(-1)),
        ("!ops", "@plain:x", Power::Level(49)),
        ("!own", "@founder:x", Power::Infinite),
        ("!own", "@hundred:x", Power::Level(99)),
    ]);
    let (settings, mut lines) = (settings(), Vec::new());
    let rules = RoleMaps(maps(&settings));
    for user in ["@root:x", "@ann:x", "@founder:x", "@hundred:x", "@muted:x", "@plain:x", "@nobody:x", "@root:y"] {
        let claims = claims(&rooms, &settings, user).await.expect("all rooms answer");
        let given = rules.given(Surface::Matrix, &claims);
        let given = given.map_or("nothing".to_owned(), |(role, rule)| format!("{role} by {rule}"));
        lines.push(format!("{user} ({}): {given}", claims.name));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    @root:x (root): admin by user:@root:x
    @ann:x (ann): operator by power:!ops:50
    @founder:x (founder): admin by power:!own:100
    @hundred:x (hundred): operator by power:!own:50
    @muted:x (muted): nothing
    @plain:x (plain): viewer by power:!ops:0
    @nobody:x (nobody): nothing
    @root:y (root): nothing
    "#);
}

/// Where it is not known what somebody may, nobody guesses.
#[tokio::test]
async fn a_homeserver_that_does_not_answer_gives_no_claims() {
    let settings = Settings { members: vec![("!away".to_owned(), Role::Admin)], power: vec![], ..settings() };
    assert!(claims(&Rooms(vec![]), &settings, "@ann:x").await.is_err());
}
