//! Embeds `commands/**/*.toml`: writes a table of (path of the command, file, text) for `load.rs`.

use std::{env, fmt::Write, fs, path::Path};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("Cargo sets it")).join("../../commands");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut found = Vec::new();
    collect(&root, &mut Vec::new(), &mut found);
    found.sort();
    let mut table = String::from("&[\n");
    for (words, file) in found {
        let shown = format!("commands/{}.toml", words.replace(' ', "/"));
        writeln!(table, "    ({words:?}, {shown:?}, include_str!({file:?})),").expect("a String takes all");
    }
    table.push_str("]\n");
    let out = Path::new(&env::var("OUT_DIR").expect("Cargo sets it")).join("commands.rs");
    fs::write(out, table).expect("Cargo's own folder is writable");
}

/// Files of `folder` and its folders as (words joined by spaces, absolute file).
fn collect(folder: &Path, words: &mut Vec<String>, found: &mut Vec<(String, String)>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).expect("the folder commands/ is part of the source").flatten() {
        let path = entry.path();
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        words.push(name);
        if path.is_dir() {
            collect(&path, words, found);
        } else if path.extension().is_some_and(|e| e == "toml") {
            assert!(words.len() <= 2, "{} lies too deep: commands/<group>/<verb>.toml", path.display());
            let file = path.canonicalize().expect("it was just listed");
            found.push((words.join(" "), file.to_string_lossy().into_owned()));
        }
        words.pop();
    }
}
