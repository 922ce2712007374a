//! Any texts: a diff that is applied gives the other text, and no rule ever panics.

use super::ios;
use crate::device::{Diff, Mask, fetched, last_change};
use proptest::prelude::*;

/// What the `+` and ` ` lines say, with the untouched lines between the hunks taken from `before`.
fn applied(before: &str, diff: &Diff) -> String {
    let old: Vec<&str> = before.lines().collect();
    let mut out = String::new();
    let mut at = 0;
    for line in diff.text.lines() {
        if let Some(head) = line.strip_prefix("@@ -") {
            let place = head.split(' ').next().unwrap_or_default();
            let (start, length) = place.split_once(',').unwrap_or((place, "1"));
            let start: usize = start.parse().expect("a number");
            let start = if length == "0" { start } else { start - 1 };
            old[at..start].iter().for_each(|line| out.extend([line, "\n"]));
            at = start;
            continue;
        }
        let (sign, words) = line.split_at(1);
        at += usize::from(sign != "+");
        if sign != "-" {
            out.extend([words, "\n"]);
        }
    }
    old[at..].iter().for_each(|line| out.extend([line, "\n"]));
    out
}

proptest! {
    #[test]
    fn a_diff_says_all(before in "([a-d]{0,2}\n){0,20}", after in "([a-d]{0,2}\n){0,20}") {
        let diff = Diff::of(&before, &after);
        prop_assert_eq!(applied(&before, &diff), after);
    }

    #[test]
    fn any_text_is_judged(raw in "\\PC{0,200}") {
        let stored = ios().stored(&raw);
        prop_assert_eq!(ios().stored(&stored), stored.clone());
        let _ = fetched(&raw, Some(&stored), &ios());
        let _ = last_change(&raw);
        let masked = Mask::new([3; 32]).text(&raw, &ios());
        prop_assert_eq!(masked.lines().count(), raw.lines().count());
    }
}
