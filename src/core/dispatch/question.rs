//! What is kept of an open question: enough to go on after a restart, no secret, nothing that is trusted later.

use direttore_catalog::{Command, Given, catalog};
use serde::{Deserialize, Serialize};

/// The body of a stored question. Its kind is the variant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Open {
    /// Yes or no, or a typed name. `given` has what was chosen for the asker too; `said` is without, and empty where
    /// nothing was chosen.
    Confirm {
        command: String,
        given: Given,
        #[serde(default)]
        said: Given,
        fingerprint: String,
        typed_name: Option<String>,
    },
    /// Missing options; `asked` are those that the form is about, a page at a time.
    Form { command: String, given: Given, asked: Vec<String>, page: usize },
    /// A page of a wizard.
    Wizard { command: String, given: Given, page: usize },
    /// An alias with questions of its own.
    Alias { line: String, known: Vec<(String, String)>, asked: Vec<String> },
    /// Lines that could be said next, each under its button; one of them, once, or where it `stays`, by whoever wants to.
    Offers {
        offers: Vec<(String, String)>,
        #[serde(default)]
        stays: bool,
    },
    /// A list with more pages.
    Pager { command: String, given: Given, page: usize, of: usize },
}

/// Instead of an asker: whoever speaks for the account of the number and name that follow, and anybody at all.
pub(super) const ACCOUNT: &str = "account:";
pub(super) const ANYBODY: &str = "anybody";

/// What the question of a number is called where people press: its number, or one below zero without its sign.
pub(super) fn called(id: i64) -> String {
    if id < 0 { format!("p{}", id.unsigned_abs()) } else { format!("q{id}") }
}

/// The number of the question that is called so.
pub(super) fn number(called: &str) -> Option<i64> {
    let of = |digits: &str| digits.parse().ok().filter(|n: &i64| *n > 0);
    match called.strip_prefix('p') {
        Some(digits) => of(digits).map(|n| -n),
        None => called.strip_prefix('q').and_then(of),
    }
}

impl Open {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Confirm { .. } => "confirm",
            Self::Form { .. } => "form",
            Self::Wizard { .. } => "wizard",
            Self::Alias { .. } => "alias",
            Self::Offers { .. } => "offers",
            Self::Pager { .. } => "pager",
        }
    }

    /// The line that would ask it again.
    pub fn again(&self) -> String {
        match self {
            Self::Confirm { command, given, .. }
            | Self::Form { command, given, .. }
            | Self::Wizard { command, given, .. }
            | Self::Pager { command, given, .. } => {
                command_of(command).map_or_else(|| format!("/{command}"), |c| format!("/{}", c.line(given)))
            }
            Self::Alias { line, .. } => line.clone(),
            Self::Offers { offers, .. } => offers.first().map(|(_, line)| line.clone()).unwrap_or_default(),
        }
    }
}

/// The command of a stored question; none when it is from a version that knew another.
pub(super) fn command_of(path: &str) -> Option<&'static Command> {
    catalog().get(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_found_by_what_it_is_called() {
        for id in [1, 12, i64::MAX, -1, -9_007_199_254_740_992] {
            assert_eq!(number(&called(id)), Some(id));
        }
        for wrong in ["", "q", "p", "r12", "12", "q0", "p0", "q-1", "p-1", "qq1", "q1x"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }
}
