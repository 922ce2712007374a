//! Embeds the templates: writes the tables that `engine.rs` and `picture/mod.rs` include.

use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("templates.rs"), table("templates/replies", ".j2", "reply template", "TEMPLATES")?)?;
    // `lab_status.svg.j2` and `lab_status.alt.j2` keep their second ending: by it values are escaped.
    fs::write(out.join("pictures.rs"), table("templates/pictures", ".j2", "template of a picture", "PICTURES")?)?;
    fs::write(out.join("devices.rs"), devices("templates/devices")?)?;
    Ok(())
}

/// Templates and samples of the platforms' folders, by their paths.
fn devices(folder: &str) -> Result<String, Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..").join(folder).canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for platform in fs::read_dir(&folder)? {
        let platform = platform?.path();
        println!("cargo::rerun-if-changed={}", platform.display());
        for entry in fs::read_dir(&platform)? {
            let path = entry?.path();
            let name = path.strip_prefix(&folder)?.to_string_lossy().into_owned();
            println!("cargo::rerun-if-changed={}", path.display());
            files.push((name, path));
        }
    }
    files.sort();
    let mut table = "/// Templates and samples of devices, by path.\nstatic DEVICES: &[(&str, &str)] = &[\n".to_owned();
    for (name, path) in files {
        writeln!(table, "    ({name:?}, include_str!({:?})),", path.display().to_string())?;
    }
    table.push_str("];\n");
    Ok(table)
}

/// Name and source of each file with that ending, as a static of that name.
fn table(folder: &str, ending: &str, what: &str, name: &str) -> Result<String, Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..").join(folder).canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let file = path.file_name().ok_or("a template without a name")?.to_string_lossy().into_owned();
        if let Some(stem) = file.strip_suffix(ending) {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push((stem.to_owned(), path));
        }
    }
    files.sort();
    let mut table = format!("/// Name and source of each {what}, by name.\nstatic {name}: &[(&str, &str)] = &[\n");
    for (stem, path) in files {
        writeln!(table, "    ({stem:?}, include_str!({:?})),", path.display().to_string())?;
    }
    table.push_str("];\n");
    Ok(table)
}
