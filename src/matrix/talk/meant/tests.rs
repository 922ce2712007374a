use super::*;
use crate::render::buttons;

fn posted(labels: &[&str], asks: Option<&[(&str, bool)]>) -> Posted {
    let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
    let asks = asks.map(|asks| asks.iter().map(|(key, is)| ((*key).to_owned(), *is)).collect());
    Posted { on: "q1".to_owned(), buttons: buttons(&labels), asks, root: "$root".to_owned(), asker: None }
}

fn said<'p>(posted: &'p Posted, text: &str) -> Option<&'p str> {
    by_words(posted, text).map(|button| button.label.as_str())
}

#[test]
fn a_button_is_meant_by_its_label_its_number_or_its_sign() {
    let question = posted(&["Yes", "No"], None);
    for yes in ["yes", "YES", " Yes ", "[Yes]", "✅"] {
        assert_eq!(said(&question, yes), Some("Yes"), "{yes}");
    }
    assert_eq!(said(&question, "❌"), Some("No"));
    for nothing in ["y", "1", "yes please", "", "ok", "🔥"] {
        assert_eq!(said(&question, nothing), None, "{nothing}");
    }
    let offers = posted(&["Mon 10:00", "Mon 12:00", "Cancel"], None);
    for second in ["2", "2.", "mon 12:00", "2️⃣", "2\u{20e3}"] {
        assert_eq!(said(&offers, second), Some("Mon 12:00"), "{second}");
    }
    assert_eq!(said(&offers, "3"), None);
    assert_eq!(by_sign(&offers, "1\u{20e3}").map(|b| b.label.as_str()), Some("Mon 10:00"));
    let form = posted(&["Add", "Cancel"], Some(&[("cores", false)]));
    assert_eq!((said(&form, "1"), said(&form, "add")), (None, Some("Add")), "a number answers the question");
}

/// What `text` does with a page of these questions.
fn filled(labels: &[&str], asks: &[(&str, bool)], text: &str) -> String {
    let posted = posted(labels, Some(asks));
    let show = |values: Vec<(String, String)>| {
        values.iter().map(|(key, value)| format!("{key}:{value}")).collect::<Vec<_>>().join(" ")
    };
    match answers(&posted, posted.asks.as_deref().unwrap_or_default(), text) {
        Ok(What::Fill { values, .. }) => format!("fill {}", show(values)),
        Ok(What::Set { values, .. }) => format!("set {}", show(values)),
        Ok(other) => format!("{other:?}"),
        Err(wrong) => format!("wrong: {wrong}"),
    }
}

#[test]
fn questions_are_answered_by_name_or_in_their_order() {
    let wizard = |asks: &[(&str, bool)], text: &str| filled(&["Back", "Next", "Cancel"], asks, text);
    let page = [("node", false), ("name", true), ("cores", false)];
    assert_eq!(wizard(&page, "node=pve1 Name=\"a b\""), "fill node:pve1 name:a b");
    assert_eq!(wizard(&page, "node=pve1\ncores='4'"), "fill node:pve1 cores:4");
    assert_eq!(wizard(&page, "pve1\nweb1\n4"), "fill node:pve1 name:web1 cores:4");
    assert_eq!(wizard(&page, "pve1\n-\n4"), "fill node:pve1 cores:4");
    assert_eq!(wizard(&page, "pve1"), "set node:pve1", "one after another, and the page stays");
    assert_eq!(wizard(&[("node", true), ("cores", false)], "4"), "fill cores:4", "the last one that is open");
    assert_eq!(wizard(&[("node", true), ("cores", true)], "pve2"), "fill node:pve2", "or the first once more");
    assert_eq!(
        wizard(&page, "a\nb\nc\nd"),
        "wrong: these are 4 answers to 3 questions; right would be one line for each of node, name, cores"
    );
    assert_eq!(
        wizard(&page, "node=pve1 name=a b"),
        "wrong: \"b\" is not of the form name=value; right would be quotes around all of a value"
    );
    assert_eq!(wizard(&page, "node=\"pve1"), "wrong: the answer ends inside a quotation that began with \"");
    assert_eq!(wizard(&page, "fly=1"), "fill fly:1", "the dispatch says what is asked");
}

#[test]
fn the_only_question_is_answered_by_anything() {
    let form = |text: &str| filled(&["Cancel"], &[("name", false)], text);
    assert_eq!(form("web1"), "fill name:web1");
    assert_eq!(form("name=web1"), "fill name:web1");
    assert_eq!(form("\"web 1\""), "fill name:web 1");
    assert_eq!(form("a=b"), "fill name:a=b", "a value may look like that");
    assert_eq!(form("two words"), "fill name:two words");
}
