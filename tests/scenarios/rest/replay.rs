//! Real exchanges of the first direttore, asked of ours: what was no mistake there is answered with the same status and
//! in the same shape; what was one is answered as it should have been.

use super::{
    super::{
        calendars::program::Sidecar,
        story::{PATIENCE, Story, both, fresh, lab_settings},
    },
    program::{Script, Told},
};
use direttore_core::Rules;
use direttore_domain::{GuestKind, Instant};
use direttore_sim::{Inhabitant, Inhabitants, Settings, netbox::Settings as NetBoxSettings};
use direttore_store::{Store, account};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, fs, path::PathBuf};

/// 2026-02-28, 12:00 UTC.
const NOW: Instant = Instant(1_772_280_000_000);

/// What ours answers where the first one was wrong, and where the issue wants it otherwise.
const OTHERWISE: &[(u32, u16, &str)] = &[
    (14, 401, "a NUL in a password is a wrong password"),
    (16, 401, "a refresh token is used once"),
    (26, 200, "answered directly, without the slash too"),
    (31, 409, "names are the same in capitals"),
    (35, 422, "a name has an end"),
    (43, 422, "an empty password is none"),
    (55, 401, "a disabled account's token"),
    (58, 401, "a token from before the password was changed"),
    (60, 401, "no token"),
    (62, 401, "no token of ours"),
    (64, 404, "no such node"),
    (66, 404, "no such node"),
    (68, 404, "no such node"),
    (70, 404, "no such node"),
    (72, 404, "no such node"),
    (76, 403, "a viewer makes nothing"),
    (77, 401, "no token"),
    (80, 422, "numbers out of range"),
    (81, 422, "more interfaces than there may be"),
    (82, 422, "settings smuggled into an interface"),
    (83, 409, "a VMID that is taken"),
    (84, 404, "no such node"),
    (91, 404, "no such guest"),
    (93, 403, "an operator deletes nothing"),
    (94, 403, "a viewer deletes nothing"),
    (95, 401, "no token"),
    (107, 404, "no UPID"),
    (108, 404, "no UPID, and no path"),
    (111, 200, "answered directly, without the slash too"),
    (117, 404, "the guest was deleted before"),
    (119, 404, "a node that is spelt otherwise is another one"),
    (125, 422, "a slot in the past"),
    (126, 422, "a title has an end"),
    (127, 422, "a title has a beginning"),
    (129, 409, "the instants overlap, whatever the digits say"),
    (130, 201, "and these do not"),
    (131, 201, "one time with an offset, one without"),
    (136, 422, "no time"),
    (137, 401, "no token"),
    (141, 422, "a number larger than any"),
    (148, 409, "the slot is taken"),
    (154, 403, "a viewer cancels nothing"),
    (155, 401, "no token"),
    (157, 200, "our feed, which is text/calendar"),
    (158, 401, "no token"),
    (160, 401, "no token"),
    (161, 200, "all of them, as NetBox has them"),
    (165, 422, "less than nothing"),
    (176, 403, "a viewer takes no addresses"),
    (177, 401, "no token"),
    (181, 409, "the last administrator stays one"),
    (182, 200, "and still sees the accounts"),
];

/// What the first one's pretend lab did not look at: it answered the same whatever state a guest was in.
const BEFORE: &[(u32, &str)] = &[
    (73, "all bridge=vmbr1 aware"),
    (85, "guest 100 status=stopped"),
    (87, "guest 100 status=running"),
    (99, "guest 300 status=stopped"),
    (101, "guest 300 status=running"),
];

/// Prefixes that were there, and those of the pretend NetBox that stand for them: two with room, one of IPv6, a full one.
const PREFIXES: [(i64, &str); 4] =
    [(1, "10.0.10.0/24"), (2, "10.0.20.0/24"), (3, "2001:db8:10::/64"), (4, "10.0.99.0/29")];

fn folder() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contracts");
    std::env::var_os("DIRETTORE_CONTRACTS").map_or_else(beside, PathBuf::from).join("direttore/recorded")
}

/// Number and exchange, in the order they ran.
fn recorded() -> Vec<(u32, Value)> {
    let Ok(files) = fs::read_dir(folder()) else { return vec![] };
    let mut all: BTreeMap<u32, Value> = BTreeMap::new();
    for file in files {
        let path = file.expect("a file of the folder").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let text = fs::read_to_string(&path).expect("it can be read");
        let number = name.split('-').next().and_then(|n| n.parse().ok()).expect("it begins with its number");
        all.insert(number, serde_json::from_str(&text).expect("JSON"));
    }
    all.into_iter().collect()
}

fn lab() -> Settings {
    let row = |vmid, name: &str, kind, runs, cores, memory_mib| Inhabitant {
        vmid,
        name: name.to_owned(),
        kind,
        node: "pve-01".to_owned(),
        runs,
        cores,
        memory_mib,
    };
    let inhabitants = Inhabitants {
        nodes: vec!["pve-01".to_owned(), "pve-02".to_owned()],
        guests: vec![
            row(100, "ubuntu-22-04", GuestKind::Vm, true, 4, 4096),
            row(101, "win2022-template", GuestKind::Vm, false, 8, 8192),
            row(102, "rocky-linux-9", GuestKind::Vm, true, 2, 2048),
            row(300, "alpine-dns", GuestKind::Container, true, 1, 512),
            row(301, "ubuntu-web", GuestKind::Container, false, 2, 1024),
        ],
        media: [
            ("vztmpl", "ubuntu-22.04-standard_22.04-1_amd64.tar.gz"),
            ("vztmpl", "x.tar.gz"),
            ("iso", "ubuntu-22.04.4-live-server-amd64.iso"),
        ]
        .map(|(content, name)| (content.to_owned(), name.to_owned()))
        .into(),
    };
    Settings { inhabitants: Some(inhabitants), ..lab_settings() }
}

/// Whoever the recordings are of, and what of theirs is called otherwise here.
struct Replay<'s> {
    sidecar: &'s Sidecar,
    admin: Script<'s>,
    operator: Script<'s>,
    viewer: Script<'s>,
    /// Numbers of accounts, and UPIDs, as they were and as they are.
    accounts: BTreeMap<i64, i64>,
    reservations: BTreeMap<i64, i64>,
    prefixes: BTreeMap<i64, i64>,
    upids: BTreeMap<String, String>,
    /// The refresh token that was used last.
    spent: String,
    number: u32,
}

impl<'s> Replay<'s> {
    /// What is said for a token in the recordings is the one that is good here.
    fn token(&self, shown: &str) -> String {
        match shown {
            "<JWT access>" => self.admin.token.clone(),
            // Recorded to be shown twice.
            "<JWT refresh>" if self.number == 16 => self.spent.clone(),
            "<JWT refresh>" => self.admin.refresh.clone(),
            "<JWT operator access>" => self.operator.token.clone(),
            "<JWT viewer access>" => self.viewer.token.clone(),
            other => other.to_owned(),
        }
    }

    fn path(&self, recorded: &str) -> String {
        let mut path = recorded.to_owned();
        for (under, end, known) in [
            ("/api/users/", "", &self.accounts),
            ("/api/reservations/", "", &self.reservations),
            ("/api/inventory/prefixes/", "/allocate", &self.prefixes),
        ] {
            let id =
                recorded.strip_prefix(under).and_then(|rest| rest.strip_suffix(end)).and_then(|id| id.parse().ok());
            if let Some(is) = id.and_then(|id: i64| known.get(&id)) {
                path = format!("{under}{is}{end}");
            }
        }
        for (was, is) in &self.upids {
            path = path.replace(was, is);
        }
        path
    }

    fn body(&self, recorded: &Value) -> Value {
        match recorded {
            Value::Object(of) => of.iter().map(|(key, value)| (key.clone(), self.body(value))).collect(),
            Value::Array(of) => of.iter().map(|value| self.body(value)).collect(),
            Value::String(text) if text.starts_with("<JWT ") => Value::String(self.token(text)),
            // `<300 x n>`
            Value::String(text) => Value::String(repeated(text).unwrap_or_else(|| text.clone())),
            other => other.clone(),
        }
    }

    async fn ask(&mut self, exchange: &Value) -> Told {
        let request = &exchange["request"];
        let text = |key: &str| request[key].as_str().unwrap_or_default();
        let mut asked = Script::nobody(self.sidecar).request(text("method"), &self.path(text("path")));
        let nothing = Map::new();
        let headers = request["headers"].as_object().unwrap_or(&nothing);
        for (name, value) in headers {
            let value = value.as_str().unwrap_or_default();
            asked = match value.strip_prefix("Bearer ") {
                Some(shown) => asked.bearer_auth(self.token(shown)),
                None if name.eq_ignore_ascii_case("origin") => asked.header(name, "https://lab.example"),
                None => asked.header(name, value),
            };
        }
        let body = self.body(&request["body"]);
        let is_form = headers.values().any(|value| value == "application/x-www-form-urlencoded");
        asked = match &body {
            Value::Null => asked,
            Value::String(raw) => asked.body(raw.clone()),
            form if is_form => asked.form(form),
            json => asked.body(json.to_string()),
        };
        Script::send(asked).await
    }

    /// Remembers how things are called here.
    fn learn(&mut self, exchange: &Value, told: &Told) {
        let was = &exchange["response"]["body"];
        let Ok(is) = serde_json::from_str::<Value>(&told.text) else { return };
        if was["username"].is_string()
            && let (Some(was), Some(is)) = (was["id"].as_i64(), is["id"].as_i64())
        {
            self.accounts.insert(was, is);
        }
        if was["start_dt"].is_string()
            && let (Some(was), Some(is)) = (was["id"].as_i64(), is["id"].as_i64())
        {
            self.reservations.insert(was, is);
        }
        if let (Some(was), Some(is)) = (was["upid"].as_str(), is["upid"].as_str()) {
            self.upids.insert(was.to_owned(), is.to_owned());
        }
        if was["refresh_token"].is_string() && told.status == 200 {
            let text = |key: &str| is[key].as_str().unwrap_or_default().to_owned();
            self.spent.clone_from(&self.admin.refresh);
            (self.admin.token, self.admin.refresh) = (text("access_token"), text("refresh_token"));
        }
    }
}

/// What a text like `<300 x n>` stands for.
fn repeated(text: &str) -> Option<String> {
    let (count, what) = text.strip_prefix('<')?.strip_suffix('>')?.split_once(" x ")?;
    Some(what.repeat(count.parse().ok()?))
}

/// Why a value has another shape than it had. Nothing there says nothing of its kind.
fn difference(was: &Value, is: &Value, at: &str) -> Option<String> {
    match (was, is) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Object(was), Value::Object(is)) => {
            let missing = was.keys().find(|key| !is.contains_key(*key));
            let more = is.keys().find(|key| !was.contains_key(*key));
            if let Some(key) = missing.or(more) {
                return Some(format!("{at}.{key}: only one of them has it"));
            }
            // What somebody added to NetBox is their own.
            let compared = was.iter().filter(|(key, _)| *key != "custom_fields");
            compared.into_iter().find_map(|(key, value)| difference(value, &is[key], &format!("{at}.{key}")))
        }
        (Value::Array(was), Value::Array(is)) => {
            // Where something stands is told by words and numbers.
            let first = was.first().filter(|first| first.is_object())?;
            is.iter().find_map(|value| difference(first, value, &format!("{at}[]")))
        }
        (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_)) => None,
        _ => Some(format!("{at}: {was} became {is}")),
    }
}

#[test]
fn what_is_told_of_a_shape() {
    let was = json!([{ "id": 1, "name": "x", "vlan": null }]);
    for (is, said) in [
        (json!([{ "id": 7, "name": "y", "vlan": 4 }, { "id": 8, "name": "", "vlan": null }]), None),
        (json!([]), None),
        (json!([{ "id": "7", "name": "y", "vlan": 4 }]), Some("$[].id: 1 became \"7\"")),
        (json!([{ "id": 7, "vlan": 4 }]), Some("$[].name: only one of them has it")),
        (json!({}), Some("$: [{\"id\":1,\"name\":\"x\",\"vlan\":null}] became {}")),
    ] {
        assert_eq!(difference(&was, &is, "$").as_deref(), said, "{is}");
    }
    assert_eq!(repeated("<3 x ab>").as_deref(), Some("ababab"));
    assert_eq!(repeated("<JWT access>"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_the_first_direttore_go_on_working() {
    let all = recorded();
    if all.is_empty() {
        let line = "scenarios::rest::replay: the first direttore's recordings are not there; set DIRETTORE_CONTRACTS";
        crate::support::skipped(line);
        return;
    }
    let start = async |store: Store| {
        let netbox = Some(NetBoxSettings::default());
        Story::with_all(store, lab(), fresh(), netbox, Rules::default()).await
    };
    both(start, async |story: &Story| {
        story.clock.start_at(NOW);
        as_it_was(story).await;
        let sidecar = Sidecar::of(story).await;
        let nobody = || Script::nobody(&sidecar);
        let (admin, operator, viewer) = (nobody(), nobody(), nobody());
        let (accounts, reservations, prefixes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let upids = BTreeMap::new();
        let mut replay = Replay {
            sidecar: &sidecar,
            admin,
            operator,
            viewer,
            accounts,
            reservations,
            prefixes,
            upids,
            spent: String::new(),
            number: 0,
        };
        let (mut same, mut better, mut wrong) = (0, 0, Vec::new());
        for (number, exchange) in &all {
            replay.number = *number;
            prepare(story, &mut replay, *number).await;
            let told = replay.ask(exchange).await;
            let name = exchange["name"].as_str().unwrap_or_default();
            let (was, body) = (exchange["response"]["status"].as_u64(), &exchange["response"]["body"]);
            let otherwise = OTHERWISE.iter().find(|(of, ..)| of == number);
            let expected = otherwise.map_or(was, |(_, status, _)| Some((*status).into()));
            if expected != Some(told.status.into()) {
                wrong.push(format!("{number} {name}: {expected:?} expected, not {}", told.said()));
                continue;
            }
            replay.learn(exchange, &told);
            if otherwise.is_some() {
                better += 1;
                continue;
            }
            let is = serde_json::from_str(&told.text).unwrap_or_else(|_| Value::String(told.text.clone()));
            match difference(body, &is, "$") {
                None => same += 1,
                Some(why) => wrong.push(format!("{number} {name}: {why}")),
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        println!("{same} recordings answered as they were, {better} as they should have been");
        assert_eq!((same, better), (89, 52), "a recording was left out");
    })
    .await;
}

/// The administrator has the password of the recordings.
async fn as_it_was(story: &Story) {
    let hash = story.dispatch.passwords.hash("changeme").await.expect("hashed");
    let mut tx = story.dispatch.store.write().await.expect("a transaction");
    let admin = account::by_name(&mut tx, &"admin".parse().expect("a name")).await.expect("read").expect("there");
    account::set_password(&mut tx, admin.id, Some(&hash)).await.expect("set");
    tx.commit().await.expect("committed");
}

/// What was done between the recordings: people signed in anew, and guests were as the pretend lab took them to be.
async fn prepare(story: &Story, replay: &mut Replay<'_>, number: u32) {
    // What was begun is done, for the first one began nothing.
    let left = story.dispatch.settle("api", PATIENCE).await;
    assert!(left.is_empty(), "before {number}: {left:?}");
    for (_, fault) in BEFORE.iter().filter(|(before, _)| *before == number) {
        story.sim.tell(fault).expect("the grammar of faults");
        story.cluster.forget_shelves();
        story.cluster.refresh().await.expect("the lab answers");
    }
    let told = match number {
        // The copied token has ended the session.
        17 => replay.admin.sign_in("admin", "changeme").await,
        48 => replay.viewer.sign_in("victor", "secure1234").await,
        49 => replay.operator.sign_in("alice", "my-new-secure-password").await,
        93 => replay.operator.sign_in("alice", "changed-again-123").await,
        168 => {
            let told = replay.admin.get("/api/inventory/prefixes").await;
            let all = told.json();
            let id = |prefix: &str| {
                let found = all.as_array().expect("a list").iter().find(|row| row["prefix"] == prefix);
                found.and_then(|row| row["id"].as_i64()).unwrap_or_else(|| panic!("no {prefix} in {all}"))
            };
            replay.prefixes = PREFIXES.iter().map(|(was, is)| (*was, id(is))).collect();
            told
        }
        _ => return,
    };
    assert_eq!(told.status, 200, "before {number}: {}", told.said());
}
