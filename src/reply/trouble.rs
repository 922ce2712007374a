//! The replies to trouble: one template each for a refusal, a failure and a bug.

use crate::{Reply, render};
use direttore_domain::{Failure, Refusal, Trouble, text};
use serde::Serialize;

/// Longer sentences hold somebody's 10 kB name; no surface shows that much.
const LONGEST: usize = 500;

#[derive(Serialize)]
struct Data {
    message: String,
    code: &'static str,
    hint: String,
}

/// The asker can fix it: sentence, code, hint.
pub fn render_refusal(refusal: &Refusal) -> Reply {
    say("refusal", &data(&refusal.to_string(), refusal.code(), refusal.hint()))
}

/// The world said no: sentence, code, hint.
pub fn render_failure(failure: &Failure) -> Reply {
    say("failure", &data(&failure.to_string(), failure.code(), failure.hint()))
}

/// We are wrong: one sentence; the log has the chain under `reference`.
pub fn render_bug(reference: &str) -> Reply {
    #[derive(Serialize)]
    struct Bug<'a> {
        reference: &'a str,
    }
    say("bug", &Bug { reference })
}

/// Any trouble; `reference` is said only for a bug.
pub fn render_trouble(trouble: &Trouble, reference: &str) -> Reply {
    match trouble {
        Trouble::Refusal(refusal) => render_refusal(refusal),
        Trouble::Failure(failure) => render_failure(failure),
        Trouble::Bug(_) => render_bug(reference),
    }
}

fn data(message: &str, code: &'static str, hint: Option<String>) -> Data {
    let short = |sentence: &str| text::shorten(sentence, LONGEST);
    Data { message: short(message), code, hint: hint.as_deref().map(short).unwrap_or_default() }
}

fn say(template: &str, data: &impl Serialize) -> Reply {
    // These have no dates, so that any zone will do until the dispatch sets the reader's.
    render(template, data, "UTC").expect("a test renders the templates of trouble with every refusal and failure")
}
