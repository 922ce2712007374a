//! The files that the rules judge: those of the workspace, or a few made up to see a rule at work.

use super::rust::Source;
use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

/// Where a rule is broken, and which.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// From the root of the workspace.
    pub file: String,
    /// From 1; 1 also for what the whole file is about.
    pub line: usize,
    pub rule: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.rule)
    }
}

pub fn broken(file: &str, line: usize, rule: impl Into<String>) -> Broken {
    Broken { file: file.to_owned(), line, rule: rule.into() }
}

/// Text by path from the root, with `/` on every system.
pub struct Tree {
    pub texts: BTreeMap<String, String>,
}

/// What rules look at. Files of other kinds (pictures, recordings) may be large and no text.
const FOLDERS: [&str; 6] = ["src", "tests", "benches", "commands", "migrations", "templates"];
const KINDS: [&str; 4] = ["rs", "toml", "sql", "j2"];

impl Tree {
    /// The workspace that this test was built in.
    pub fn of_the_house() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut files = vec![root.join("Cargo.toml")];
        for folder in FOLDERS {
            gather(&root.join(folder), &mut files);
        }
        let texts = files.into_iter().map(|file| {
            let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            (name(&root, &file), text)
        });
        let tree = Self { texts: texts.collect() };
        assert!(tree.sources("src/").count() > 100, "the house was not found at {}", root.display());
        tree
    }

    pub fn of(texts: &[(&str, &str)]) -> Self {
        Self { texts: texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    /// Every text below a folder.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts.iter().filter(move |(path, _)| path.starts_with(folder)).map(|(p, t)| (p.as_str(), t.as_str()))
    }

    /// Every Rust file below a folder, read.
    pub fn sources<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, Source)> {
        self.below(folder).filter(|(path, _)| path.ends_with(".rs")).map(|(path, text)| (path, Source::read(text)))
    }

    /// The folders directly in `src`.
    pub fn crates(&self) -> Vec<&str> {
        let folders = self.below("src/").filter_map(|(path, _)| path["src/".len()..].split_once('/'));
        let mut folders: Vec<&str> = folders.map(|(folder, _)| folder).collect();
        folders.dedup();
        folders
    }

    /// # Panics
    /// With every place where the rule is broken.
    pub fn keeps(&self, rule: impl Fn(&Self) -> Vec<Broken>) {
        let mut all = rule(self);
        all.sort();
        all.dedup();
        let lines: Vec<String> = all.iter().map(Broken::to_string).collect();
        assert!(all.is_empty(), "{} places break a rule of the house:\n{}", all.len(), lines.join("\n"));
    }

    /// # Panics
    /// When the rule finds anything but these `file:line` in this made-up tree.
    pub fn breaks(&self, rule: impl Fn(&Self) -> Vec<Broken>, places: &[&str]) {
        let mut found: Vec<String> = rule(self).iter().map(|b| format!("{}:{}", b.file, b.line)).collect();
        found.sort();
        found.dedup();
        assert_eq!(found, places);
    }
}

/// Whether a file is there for tests alone: such files may name what they like.
pub fn is_test(path: &str) -> bool {
    path.contains("tests/") || path.ends_with("tests.rs")
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a folder of the workspace can be read").path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().and_then(|e| e.to_str()).is_some_and(|e| KINDS.contains(&e)) {
            files.push(path);
        }
    }
}

fn name(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).expect("it was found below the root");
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}
