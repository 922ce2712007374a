//! What may be said to a device by `/device run`: by a list, and never what could do more than show.
//!
//! Patterns are over the words as they are said, with one blank between them. Whatever a list says, viewers see no whole
//! configuration, and nobody leads an answer into a file or a second command.

use crate::devices::Allowed;
use direttore_clients::device::Platform;
use direttore_domain::{Role, grant::pattern_fits};

/// Filters of network devices that only choose among lines. At least three letters of one: `t` is `tee` on some.
const FILTERS: [&str; 16] = [
    "include", "exclude", "begin", "section", "count", "match", "except", "find", "last", "display", "no-more",
    "nomore", "json", "xml", "trim", "resolve",
];

/// Commands that show a configuration, or a file that may be one, on whatever platform.
const WHOLE: [&str; 22] = [
    "show running-config",
    "show startup-config",
    "show configuration",
    "show candidate-config",
    "show derived-config",
    "show full-configuration",
    "show session-config",
    "show archive",
    "show checkpoint",
    "show rollback",
    "show system rollback",
    "show tech-support",
    "show file",
    "show bootvar",
    "admin display-config",
    "admin show configuration",
    "write terminal",
    "file show",
    "request support information",
    "more",
    "copy",
    "cat",
];

/// The command with one blank between its words.
pub(in super::super) fn pattern_words(command: &str) -> String {
    command.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is wrong with a line, whoever says it.
pub(in super::super) fn wrong_line(command: &str, platform: &Platform) -> Option<&'static str> {
    if command.trim().is_empty() {
        return Some("one line of text");
    }
    if command.chars().any(char::is_control) {
        return Some("one line without control characters");
    }
    if command.contains([';', '&', '`', '<', '>']) || command.contains("$(") || command.contains("${") {
        return Some("one command that only shows: without ; & ` < > and $(");
    }
    let mut pipes = command.split('|').skip(1).map(|after| after.split_whitespace().next().unwrap_or_default());
    let is_filter = |word: &str| {
        let word = word.to_lowercase();
        word.len() >= 3 && FILTERS.iter().any(|filter| filter.starts_with(word.as_str()))
    };
    // Behind a pipe of a shell stands any program.
    let has_shell = ["linux", "vyos"].contains(&platform.slug);
    if pipes.clone().next().is_some() && has_shell {
        return Some("a command without a pipe on this platform");
    }
    pipes
        .any(|word| !is_filter(word))
        .then_some("a pipe to a filter like include, match, section or count, written with three letters at least")
}

/// Whether a command shows a whole configuration, or may: also where its words are shortened.
pub(in super::super) fn shows_configuration(command: &str, platform: &Platform) -> bool {
    let said: Vec<String> =
        command.split('|').next().unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let own = [Some(platform.running), platform.startup].into_iter().flatten();
    // Linux' own words show addresses and routes; there the list decides.
    let own = own.filter(|_| platform.slug != "linux").map(|words| words.split('|').next().unwrap_or_default());
    let is_meant = |whole: &str| {
        let whole: Vec<&str> = whole.split_whitespace().collect();
        let is_short = |(said, whole): (&String, &&str)| whole.starts_with(said.as_str());
        said.len() >= whole.len() && said.iter().zip(&whole).all(is_short)
    };
    let says_export =
        said.iter().any(|word| word == "export" || word.starts_with("/export") || word.ends_with("/export"));
    says_export || own.chain(WHOLE).any(is_meant)
}

/// The patterns by which a role may say something to a platform; none of them fits where the command is not among them.
///
/// # Errors
/// All patterns there are for the role and the platform.
pub(in super::super) fn allowed(
    list: &[Allowed],
    role: Option<Role>,
    platform: &Platform,
    command: &str,
) -> Result<(), Vec<String>> {
    let is_of = |slug: &str| slug == platform.slug || platform.also.contains(&slug);
    let mine = list.iter().filter(|one| role >= Some(one.role) && one.platform.as_deref().is_none_or(is_of));
    let patterns: Vec<&String> = mine.flat_map(|one| &one.commands).collect();
    let lower = command.to_lowercase();
    let fits = |pattern: &&String| pattern_fits(&pattern_words(pattern).to_lowercase(), &lower);
    match patterns.iter().any(fits) {
        true => Ok(()),
        false => Err(patterns.into_iter().cloned().collect()),
    }
}
