//! What files there must be, and how long they may get.

use super::tree::{Broken, Tree, broken, is_test};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Beyond it there are two things in a file.
const LINES: usize = 500;

/// Files among the handlers that are no command's.
const HELPERS: [&str; 4] = ["cx.rs", "plain.rs", "registry.rs", "seen.rs"];

fn lengths(tree: &Tree) -> Vec<Broken> {
    let files = tree.texts.iter().filter(|(file, _)| file.ends_with(".rs"));
    let long = files.map(|(file, text)| (file, text.lines().count())).filter(|(_, lines)| *lines > LINES);
    long.map(|(file, lines)| broken(file, LINES + 1, format!("{lines} lines; past {LINES} it is two files"))).collect()
}

/// A file of code says at its top what it is for.
fn headers(tree: &Tree) -> Vec<Broken> {
    let files = tree.below("src/").filter(|(file, _)| file.ends_with(".rs") && !is_test(file));
    let bare = files.filter(|(_, text)| !text.starts_with("//!"));
    bare.map(|(file, _)| broken(file, 1, "it does not begin with //! and what it is for")).collect()
}

/// Every folder directly in `src` is one crate of the workspace, named after it.
fn members(tree: &Tree) -> Vec<Broken> {
    let root: Table = tree.texts["Cargo.toml"].parse().expect("Cargo has read it");
    let members = root.get("workspace").and_then(|w| w.get("members")).and_then(Value::as_array);
    let mut all = Vec::new();
    if !members.is_some_and(|m| m.contains(&Value::from("src/*"))) {
        all.push(broken("Cargo.toml", 1, "src/* is not among the members: a new crate would be forgotten"));
    }
    for (file, _) in tree.below("src/").filter(|(file, _)| file.matches('/').count() == 1) {
        all.push(broken(file, 1, "files stand in a crate's folder, not directly in src"));
    }
    for folder in tree.crates() {
        let file = format!("src/{folder}/Cargo.toml");
        let Some(text) = tree.texts.get(&file) else {
            all.push(broken(&file, 1, "it is missing: every folder in src is a crate"));
            continue;
        };
        let manifest: Table = text.parse().expect("Cargo has read it");
        let name = manifest.get("package").and_then(|p| p.get("name")).and_then(Value::as_str);
        let right = if folder == "direttore" { folder.to_owned() } else { format!("direttore-{folder}") };
        if name != Some(right.as_str()) {
            all.push(broken(&file, 1, format!("the package of src/{folder} is called {right}")));
        }
        let lints = manifest.get("lints").and_then(|l| l.get("workspace")).and_then(Value::as_bool);
        if lints != Some(true) {
            all.push(broken(&file, 1, "[lints] workspace = true is missing: the house's lints do not reach it"));
        }
    }
    all
}

/// The tree of `commands/` is the tree of `src/core/handlers/`.
fn commands(tree: &Tree) -> Vec<Broken> {
    const WORDS: &str = "commands/";
    const MEANING: &str = "src/core/handlers/";
    // `/reserve check-in` is meant by `check_in.rs`: a module has no hyphens.
    let stems = |folder: &'static str, end: &'static str| -> BTreeSet<String> {
        let stem = |file: &str| Some(file[folder.len()..].strip_suffix(end)?.replace('-', "_"));
        tree.below(folder).filter_map(|(file, _)| stem(file)).collect()
    };
    let words = stems(WORDS, ".toml");
    let is_helper = |stem: &str| {
        let file = format!("{stem}.rs");
        // What several commands share stands in a folder called so.
        file.contains("/parts/")
            || file.ends_with("/mod.rs")
            || file == "mod.rs"
            || HELPERS.contains(&file.as_str())
            || is_test(&file)
    };
    let meaning: BTreeSet<String> = stems(MEANING, ".rs").into_iter().filter(|stem| !is_helper(stem)).collect();
    let unheard = words.difference(&meaning).map(|stem| {
        broken(
            &format!("{WORDS}{}.toml", stem.replace('_', "-")),
            1,
            format!("it has no handler at {MEANING}{stem}.rs"),
        )
    });
    let unsaid = meaning.difference(&words).map(|stem| {
        broken(&format!("{MEANING}{stem}.rs"), 1, format!("it has no words at {WORDS}{}.toml", stem.replace('_', "-")))
    });
    unheard.chain(unsaid).collect()
}

/// Both databases go through the same migrations.
fn migrations(tree: &Tree) -> Vec<Broken> {
    const PAIR: [&str; 2] = ["migrations/sqlite/", "migrations/postgres/"];
    let mut all = Vec::new();
    for [here, there] in [PAIR, [PAIR[1], PAIR[0]]] {
        for (file, _) in tree.below(here) {
            let twin = format!("{there}{}", &file[here.len()..]);
            if !tree.texts.contains_key(&twin) {
                all.push(broken(file, 1, format!("it has no twin at {twin}")));
            }
        }
    }
    all
}

#[test]
fn files_are_short() {
    Tree::of_the_house().keeps(lengths);
}

#[test]
fn a_long_file_is_found() {
    let (right, long) = ("\n".repeat(LINES), "\n".repeat(LINES + 1));
    let tree = Tree::of(&[("src/domain/a.rs", &right), ("src/domain/b.rs", &long), ("src/domain/c.toml", &long)]);
    tree.breaks(lengths, &["src/domain/b.rs:501"]);
}

#[test]
fn files_say_what_they_are_for() {
    Tree::of_the_house().keeps(headers);
}

#[test]
fn a_bare_file_is_found() {
    let tree = Tree::of(&[
        ("src/domain/a.rs", "//! A."),
        ("src/domain/b.rs", "use super::a;"),
        ("src/domain/b/tests.rs", "use super::a;"),
    ]);
    tree.breaks(headers, &["src/domain/b.rs:1"]);
}

#[test]
fn folders_of_src_are_crates() {
    Tree::of_the_house().keeps(members);
}

#[test]
fn a_folder_that_is_no_crate_is_found() {
    let right = "[package]\nname = \"direttore-domain\"\n[lints]\nworkspace = true";
    let tree = Tree::of(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"src/domain\"]"),
        ("src/domain/Cargo.toml", right),
        ("src/lost/lib.rs", ""),
        ("src/reply/Cargo.toml", right),
        ("src/stray.rs", ""),
        ("src/store/Cargo.toml", "[package]\nname = \"direttore-store\""),
    ]);
    let found =
        ["Cargo.toml:1", "src/lost/Cargo.toml:1", "src/reply/Cargo.toml:1", "src/store/Cargo.toml:1", "src/stray.rs:1"];
    tree.breaks(members, &found);
}

#[test]
fn commands_and_handlers_are_one_tree() {
    Tree::of_the_house().keeps(commands);
}

#[test]
fn a_command_without_handler_and_a_handler_without_command_are_found() {
    let tree = Tree::of(&[
        ("commands/guest/list.toml", ""),
        ("commands/guest/show.toml", ""),
        ("src/core/handlers/cx.rs", ""),
        ("src/core/handlers/guest/lost.rs", ""),
        ("src/core/handlers/guest/list.rs", ""),
        ("src/core/handlers/guest/list/tests.rs", ""),
        ("src/core/handlers/guest/mod.rs", ""),
        ("src/core/handlers/mod.rs", ""),
    ]);
    tree.breaks(commands, &["commands/guest/show.toml:1", "src/core/handlers/guest/lost.rs:1"]);
}

#[test]
fn migrations_come_in_pairs() {
    Tree::of_the_house().keeps(migrations);
}

#[test]
fn a_migration_for_one_database_is_found() {
    let tree = Tree::of(&[
        ("migrations/postgres/0001_a.sql", ""),
        ("migrations/postgres/0002_b.sql", ""),
        ("migrations/sqlite/0001_a.sql", ""),
        ("migrations/sqlite/0003_c.sql", ""),
    ]);
    tree.breaks(migrations, &["migrations/postgres/0002_b.sql:1", "migrations/sqlite/0003_c.sql:1"]);
}
