//! Structured configurations against YANG models, by libyang's own program `yanglint` (Debian: libyang2-tools).
//!
//! The crate would build libyang from source, for which every builder would need cmake; the program does the same. The
//! folder of models is the user's, as vendors give them. Only XML and JSON can be judged, a command line's text cannot.

use std::{
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{io::AsyncReadExt, process::Command, time::timeout};

/// Of one judgement: large models take seconds to read.
const LONGEST: Duration = Duration::from_secs(60);

/// Bytes of what the program says.
const MOST: u64 = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Xml,
    Json,
}

/// One thing that the models do not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// In libyang's words.
    pub rule: String,
    /// In the data: `/ietf-interfaces:interfaces/interface[name='eth0']/…`.
    pub path: Option<String>,
    pub line: Option<usize>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no yanglint here: install libyang2-tools, or take yang.model_dirs out of the configuration")]
    NoProgram,
    #[error("the folder of models {path:?} has no .yang file")]
    NoModels { path: PathBuf },
    #[error("the folder of models {path:?} cannot be read: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the models in {path:?} cannot be used: {why}")]
    BadModels { path: PathBuf, why: String },
    #[error("yanglint did not come to an end within {} s", LONGEST.as_secs())]
    TooLong,
    #[error("yanglint cannot be run: {source}")]
    Failed { source: io::Error },
}

/// What of `data` the models do not allow; nothing when all is well. `data` is a file: the caller's, for it names it.
pub async fn judge(models: &Path, data: &Path, form: Form) -> Result<Vec<Violation>, Error> {
    judge_with("yanglint", models, data, form).await
}

async fn judge_with(program: &str, models: &Path, data: &Path, form: Form) -> Result<Vec<Violation>, Error> {
    let modules = modules(models)?;
    let mut command = Command::new(program);
    command.arg("-p").arg(models).args(["-t", "config", "-f", if form == Form::Xml { "xml" } else { "json" }]);
    command.args(modules).arg(data).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::NoProgram,
        _ => Error::Failed { source },
    })?;
    let mut said = Vec::new();
    let stderr = child.stderr.take().expect("it was piped");
    let talk = async {
        stderr.take(MOST).read_to_end(&mut said).await?;
        child.wait().await
    };
    let status =
        timeout(LONGEST, talk).await.map_err(|_| Error::TooLong)?.map_err(|source| Error::Failed { source })?;
    if status.success() {
        return Ok(Vec::new());
    }
    let said = String::from_utf8_lossy(&said);
    let violations = violations(&said);
    let about_models = violations.iter().all(|v| v.path.is_none()) && said.contains("module");
    if violations.is_empty() || about_models {
        let why = said.lines().next().unwrap_or("it said nothing").to_owned();
        return Err(Error::BadModels { path: models.to_owned(), why });
    }
    Ok(violations)
}

fn modules(models: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |source| Error::Unreadable { path: models.to_owned(), source };
    let mut all = Vec::new();
    for entry in std::fs::read_dir(models).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|ending| ending == "yang") && !is_submodule(&path) {
            all.push(path);
        }
    }
    all.sort();
    if all.is_empty() { Err(Error::NoModels { path: models.to_owned() }) } else { Ok(all) }
}

/// A part of a module cannot be read alone.
fn is_submodule(path: &Path) -> bool {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let first = text.lines().map(str::trim).find(|line| line.starts_with("module ") || line.starts_with("submodule "));
    first.is_some_and(|line| line.starts_with("submodule "))
}

/// `libyang err : RULE (Schema location "…", data location "…", line number 5.)`, or `(path: …)`.
fn violations(said: &str) -> Vec<Violation> {
    let mut all = Vec::new();
    for line in said.lines() {
        let Some((head, words)) = line.split_once(':') else { continue };
        if !head.trim_start().starts_with("libyang err") {
            continue;
        }
        let (rule, place) = words.rsplit_once(" (").unwrap_or((words, ""));
        let after = |mark: &str| place.split_once(mark).map(|(_, rest)| rest);
        let quoted = |mark: &str| after(mark).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        let path = quoted("ata location \"").or_else(|| quoted("chema location \""));
        let path = path.or_else(|| after("ath: ").map(|rest| rest.trim_end_matches(['.', ')']).to_owned()));
        let digits = after("ine number ").map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
        all.push(Violation { rule: rule.trim().to_owned(), path, line: digits.and_then(|digits| digits.parse().ok()) });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const MODEL: &str =
        "module lab { namespace \"urn:lab\"; prefix l; leaf mtu { type uint16 { range \"68..9000\"; } } }\n";

    #[test]
    fn what_libyang_says_is_read() {
        let said = "libyang err : Value \"99\" does not satisfy the range constraint. (Schema location \"/m:a/b\", data location \"/m:a/b[name='eth0']\", line number 5.)\n\
            libyang err : Node \"x\" not found as a child of \"a\" node. (path: /m:a)\nYANGLINT[E]: Failed to parse input data file.\n";
        let found = violations(said);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].rule, "Value \"99\" does not satisfy the range constraint.");
        assert_eq!((found[0].path.as_deref(), found[0].line), (Some("/m:a/b[name='eth0']"), Some(5)));
        assert_eq!(found[1].path.as_deref(), Some("/m:a"));
    }

    #[tokio::test]
    async fn what_is_missing_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data.xml");
        assert!(matches!(judge(folder.path(), &data, Form::Xml).await, Err(Error::NoModels { .. })));
        assert!(matches!(judge(&folder.path().join("no"), &data, Form::Xml).await, Err(Error::Unreadable { .. })));
        fs::write(folder.path().join("lab.yang"), MODEL).expect("a file");
        let absent = judge_with("no-such-program-here", folder.path(), &data, Form::Xml).await;
        assert!(matches!(absent, Err(Error::NoProgram)));
    }

    #[tokio::test]
    async fn a_model_judges() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data.xml");
        fs::write(folder.path().join("lab.yang"), MODEL).expect("a file");
        let xml = |mtu: u32| format!("<mtu xmlns=\"urn:lab\">{mtu}</mtu>\n");
        fs::write(&data, xml(1500)).expect("a file");
        match judge(folder.path(), &data, Form::Xml).await {
            Err(Error::NoProgram) => return eprintln!("skipped: there is no yanglint here"),
            good => assert_eq!(good.expect("it is judged"), []),
        }
        fs::write(&data, xml(9001)).expect("a file");
        let found = judge(folder.path(), &data, Form::Xml).await.expect("it is judged");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].path.as_deref().is_some_and(|path| path.contains("lab:mtu")), "{found:?}");
        fs::write(folder.path().join("bad.yang"), "module bad {").expect("a file");
        assert!(matches!(judge(folder.path(), &data, Form::Xml).await, Err(Error::BadModels { .. })));
    }
}
