use crate::device::Diff;

#[test]
fn the_same_text_has_no_difference() {
    assert!(Diff::of("a\nb\n", "a\nb\n").is_empty());
    assert_eq!(Diff::of("a\n", "a\n").named("x", "y"), "");
}

#[test]
fn changes_have_their_neighbours() {
    let before: String = (1..=12).map(|n| format!("line {n}\n")).collect();
    let after = before.replace("line 5\n", "line five\n").replace("line 12\n", "");
    let diff = Diff::of(&before, &after);
    assert_eq!((diff.added, diff.removed), (1, 2));
    assert_eq!(
        diff.named("before", "after"),
        "--- before\n+++ after\n@@ -2,11 +2,10 @@\n line 2\n line 3\n line 4\n-line 5\n+line five\n line 6\n line 7\n line 8\n \
         line 9\n line 10\n line 11\n-line 12\n"
    );
}

#[test]
fn places_are_those_of_diff() {
    assert_eq!(Diff::of("", "a\n").text, "@@ -0,0 +1 @@\n+a\n");
    assert_eq!(Diff::of("a\nb\n", "").text, "@@ -1,2 +0,0 @@\n-a\n-b\n");
}

#[test]
fn texts_without_anything_in_common_are_soon_compared() {
    let text = |word: &str| (0..60_000).map(|n| format!("{word} {n}\n")).collect::<String>();
    let (before, after) = (format!("head\n{}tail\n", text("old")), format!("head\n{}tail\n", text("new")));
    let diff = Diff::of(&before, &after);
    assert_eq!((diff.added, diff.removed), (60_000, 60_000));
    assert!(diff.text.starts_with("@@ -1,60002 +1,60002 @@\n head\n-old 0\n"));
    assert!(diff.text.ends_with("+new 59999\n tail\n"));
}
