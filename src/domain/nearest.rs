//! The nearest known name to a mistyped one.

/// The candidate most like `given`, if one is like enough to be meant.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names are short; a very long input is no slip of the finger and would cost time.
    if given.is_empty() || given.len() > 100 {
        return None;
    }
    let given = given.to_lowercase();
    candidates
        .into_iter()
        .filter(|c| c.len() <= 200)
        .map(|c| (score(&given, c), c))
        .filter(|(score, _)| *score >= 0.72)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, c)| c)
}

fn score(given: &str, candidate: &str) -> f64 {
    let candidate = candidate.to_lowercase();
    if candidate.starts_with(given) {
        return 0.95;
    }
    strsim::normalized_damerau_levenshtein(given, &candidate).max(strsim::jaro_winkler(given, &candidate) - 0.08)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_nonsense_is_not() {
        assert_eq!(nearest("gest", ["guest", "node", "power"]), Some("guest"));
        assert_eq!(nearest("web", ["db1", "web1"]), Some("web1"));
        assert_eq!(nearest("qqqq", ["guest", "node"]), None);
        assert_eq!(nearest("", ["guest"]), None);
    }
}
