//! Where a thing may stand, and what may stand nowhere.

use super::{
    rust::Source,
    tree::{Broken, Tree, broken, is_test},
};
use regex::Regex;

/// The words of a rule, the places where they may stand, and what to do instead.
struct Place {
    words: &'static [&'static str],
    home: &'static [&'static str],
    instead: &'static str,
}

/// In the code that ships.
const SHIPPED: &[Place] = &[
    Place {
        words: &["Utc::now(", "Local::now(", "SystemTime::now("],
        // The simulation is another machine: it has a clock of its own.
        home: &["src/core/clock.rs", "src/sim/"],
        instead: "calendar time comes from Clock::now, so that a demo or a test can move it",
    },
    Place {
        words: &["thread::sleep("],
        // Once, before anything runs: another process is just writing the signing key.
        home: &["src/direttore/app.rs"],
        instead: "it holds up every task of its thread: tokio::time::sleep",
    },
];

/// In the handlers, which read.
const READING: &[Place] = &[Place {
    words: &[".write()", ".commit()"],
    home: &[],
    instead: "a handler does not write: put a Change or a Job into the plan, dispatch carries it out",
}];

/// In all code, of tests too.
const EVERYWHERE: &[Place] = &[
    Place { words: &["#[ignore"], home: &[], instead: "a test that lacks its peer says so in target/skipped.txt" },
    Place { words: &["todo!(", "unimplemented!("], home: &[], instead: "write it, or leave it out" },
    Place {
        words: &["#[allow(", "#![allow("],
        home: &[],
        instead: "#[expect(…, reason = \"…\")] goes when its reason goes",
    },
];

fn judged(places: &[Place], file: &str, code: &str) -> Vec<Broken> {
    let strict = places.iter().filter(|p| !p.home.iter().any(|home| file.starts_with(home)));
    let words = strict.flat_map(|place| place.words.iter().map(move |words| (words, place.instead)));
    let lines = words.flat_map(|(words, why)| Source::lines_with(code, words).map(move |line| (line, words, why)));
    lines.map(|(line, words, why)| broken(file, line, format!("{words} here: {why}"))).collect()
}

fn shipped(tree: &Tree) -> Vec<Broken> {
    let files = tree.sources("src/").filter(|(file, _)| !is_test(file));
    files.flat_map(|(file, source)| judged(SHIPPED, file, &source.code)).collect()
}

fn reading(tree: &Tree) -> Vec<Broken> {
    let files = tree.sources("src/core/handlers/").filter(|(file, _)| !is_test(file));
    files.flat_map(|(file, source)| judged(READING, file, &source.code)).collect()
}

fn everywhere(tree: &Tree) -> Vec<Broken> {
    let files = ["src/", "tests/", "benches/"].into_iter().flat_map(|folder| tree.sources(folder));
    files.flat_map(|(file, source)| judged(EVERYWHERE, file, &source.all_code)).collect()
}

/// SQL in the code outside the store. Tests may look into a database from outside.
fn sql(tree: &Tree) -> Vec<Broken> {
    const STATEMENT: &str = r"(?is)^\s*(select\s.+\sfrom\s|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|(create|alter|drop)\s+(table|index|trigger|database)\s|pragma\s)";
    let statement = Regex::new(STATEMENT).expect("it is tested below");
    let files = tree.sources("src/").filter(|(file, _)| !file.starts_with("src/store/") && !is_test(file));
    let texts =
        files.flat_map(|(file, source)| source.literals.into_iter().map(move |(line, text)| (file, line, text)));
    let found = texts.filter(|(_, _, text)| statement.is_match(text));
    found.map(|(file, line, _)| broken(file, line, "SQL stands in src/store alone")).collect()
}

#[test]
fn the_clock_is_asked_in_one_place() {
    Tree::of_the_house().keeps(shipped);
}

#[test]
fn another_clock_is_found() {
    let now = "// Utc::now() in a comment\nfn f() { chrono::Utc::now() }\n";
    let tree = Tree::of(&[
        ("src/core/clock.rs", now),
        ("src/core/dispatch/say.rs", now),
        ("src/core/dispatch/tests.rs", now),
        (
            "src/direttore/main.rs",
            "fn main() {\n    let t = std::time::SystemTime::now();\n    std::thread::sleep(t)\n}",
        ),
        ("src/sim/lib.rs", "fn f() { SystemTime::now() }"),
    ]);
    let found = ["src/core/dispatch/say.rs:2", "src/direttore/main.rs:2", "src/direttore/main.rs:3"];
    tree.breaks(shipped, &found);
}

#[test]
fn handlers_only_read() {
    Tree::of_the_house().keeps(reading);
}

#[test]
fn a_handler_that_writes_is_found() {
    let writes =
        "async fn plan() {\n    let mut tx = cx.store.write().await?;\n    let x = 1;\n    tx.commit().await\n}";
    let tree = Tree::of(&[
        ("src/core/dispatch/carry.rs", writes),
        ("src/core/handlers/group/add.rs", writes),
        ("src/core/handlers/group/list.rs", "async fn plan() { cx.store.read().await? }"),
    ]);
    tree.breaks(reading, &["src/core/handlers/group/add.rs:2", "src/core/handlers/group/add.rs:4"]);
}

#[test]
fn nothing_is_half_done_or_hushed_up() {
    Tree::of_the_house().keeps(everywhere);
}

#[test]
fn what_is_half_done_or_hushed_up_is_found() {
    let test = "#[test]\n#[ignore = \"slow\"]\nfn f() {}\nconst A: &str = \"#[ignore]\";";
    let code = "#![allow(dead_code)]\nfn f() {\n    todo!()\n}\n#[cfg(test)]\nmod tests {\n    #[allow(unused)]\n    fn g() {}\n}";
    let tree = Tree::of(&[("src/domain/lib.rs", code), ("tests/main.rs", test)]);
    tree.breaks(everywhere, &["src/domain/lib.rs:1", "src/domain/lib.rs:3", "src/domain/lib.rs:7", "tests/main.rs:2"]);
}

#[test]
fn sql_stays_in_the_store() {
    Tree::of_the_house().keeps(sql);
}

#[test]
fn sql_elsewhere_is_found() {
    let said = "const A: &str = \"select a guest\";\nconst B: &str = \"update the lab\";\nconst C: &str = \"delete from the list\";";
    let code = "fn f() {\n  q(\"select id\n  from job\");\n  q(r#\" INSERT INTO job values (1)\"#);\n  q(\"update job set x = 1\");\n}";
    let tree = Tree::of(&[
        ("src/core/jobs/run.rs", code),
        ("src/domain/text.rs", said),
        ("src/http/lib.rs", "const A: &str = \"drop table job \";"),
        ("src/store/job.rs", code),
    ]);
    let found = ["src/core/jobs/run.rs:2", "src/core/jobs/run.rs:4", "src/core/jobs/run.rs:5", "src/domain/text.rs:3"];
    tree.breaks(sql, &[&found[..], &["src/http/lib.rs:1"]].concat());
}
