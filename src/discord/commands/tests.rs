use super::*;
use direttore_catalog::catalog;
use std::collections::BTreeSet;

fn all() -> Vec<Value> {
    describe(catalog())
}

/// Commands and subcommands with options, by path.
fn leaves() -> Vec<(String, Vec<Value>)> {
    let mut out = Vec::new();
    for command in all() {
        let name = command["name"].as_str().expect("a name").to_owned();
        let options = command["options"].as_array().cloned().unwrap_or_default();
        match options.first().map(|o| o["type"].clone()) {
            Some(kind) if kind == json!(SUBCOMMAND) => out.extend(options.iter().map(|o| {
                let verb = o["name"].as_str().expect("a name");
                (format!("{name} {verb}"), o["options"].as_array().cloned().unwrap_or_default())
            })),
            _ => out.push((name, options)),
        }
    }
    out
}

#[test]
fn every_command_of_the_catalogue_is_there_once() {
    let ours: BTreeSet<String> = leaves().into_iter().map(|(path, _)| path).collect();
    let theirs: BTreeSet<String> = catalog().commands().iter().map(|c| c.path.clone()).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), leaves().len());
}

/// What Discord refuses: names, lengths, counts, order.
#[test]
fn discords_limits_are_kept() {
    let is_name = |name: &str| {
        (1..=32).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    };
    assert!(all().len() <= 100);
    let mut texts = 0;
    for command in all() {
        let mut todo = vec![&command];
        texts = texts.max(characters(&command));
        while let Some(at) = todo.pop() {
            assert!(is_name(at["name"].as_str().expect("a name")), "{at}");
            let description = at["description"].as_str().expect("a description").chars().count();
            assert!((1..=100).contains(&description), "{at}");
            let list = at["options"].as_array().map_or(&[][..], Vec::as_slice);
            assert!(list.len() <= 25, "{}", at["name"]);
            assert!(at["choices"].as_array().is_none_or(|c| c.len() <= 25));
            assert!(at["autocomplete"].is_null() || at["choices"].is_null(), "{at}");
            let required: Vec<bool> = list.iter().map(|o| o["required"] == json!(true)).collect();
            assert!(required.is_sorted_by(|a, b| a >= b), "required ones come first: {}", at["name"]);
            todo.extend(list);
        }
    }
    // Discord, Application Commands: of names, descriptions and values together.
    assert!(texts < 8000, "{texts}");
}

/// What Discord counts of a command: names, descriptions and choices' values, in all of its options.
fn characters(of: &Value) -> usize {
    let text = |key: &str| of[key].as_str().map_or(0, |text| text.chars().count());
    let below = ["options", "choices"].into_iter().filter_map(|key| of[key].as_array()).flatten();
    text("name") + text("description") + text("value") + below.map(characters).sum::<usize>()
}

#[test]
fn only_administrators_see_what_only_they_may_say() {
    let hidden: Vec<String> = all()
        .iter()
        .filter(|c| c["default_member_permissions"] == json!("0"))
        .map(|c| c["name"].as_str().expect("a name").to_owned())
        .collect();
    assert!(hidden.contains(&"grant".to_owned()), "{hidden:?}");
    assert!(!hidden.contains(&"guest".to_owned()), "{hidden:?}");
}

#[test]
fn what_is_chosen_is_a_line() {
    let said = |path: &str, options: &[(&str, Value)]| {
        let options = options.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        line(catalog(), &interaction::Command { path: path.to_owned(), options })
    };
    assert_eq!(said("guest list", &[]), ("/guest list".to_owned(), false));
    assert_eq!(said("guest list", &[("share", json!(true))]), ("/guest list".to_owned(), true));
    assert_eq!(said("power stop", &[("guest", json!("web1, web2"))]).0, "/power stop web1 web2");
    assert_eq!(said("guest show", &[("guest", json!("a b\"c"))]).0, r#"/guest show "a b\"c""#);
    let nic = json!("ip=netbox:10.0.10.0/24 ip6=none");
    let whole = said("provision vm", &[("name", json!("web9")), ("cores", json!(4)), ("nic1", nic)]).0;
    assert_eq!(whole, r#"/provision vm web9 cores=4 nic1="ip=netbox:10.0.10.0/24 ip6=none""#);
    // What changes something cannot be shown around.
    assert!(!said("power stop", &[("guest", json!("web1")), ("share", json!(true))]).1);
    // An older registration of ours.
    assert_eq!(said("guest fly", &[]).0, "/guest fly");
}

#[test]
fn what_discord_adds_is_no_difference() {
    let ours = all();
    let mut theirs = ours.clone();
    for (at, one) in theirs.iter_mut().enumerate() {
        one["id"] = json!(at.to_string());
        one["version"] = json!("1");
        one["nsfw"] = json!(false);
        one["name_localizations"] = Value::Null;
        one["default_member_permissions"] = one.get("default_member_permissions").cloned().unwrap_or(Value::Null);
    }
    theirs.reverse();
    assert!(difference(&ours, &theirs).is_empty(), "{:?}", difference(&ours, &theirs));
    theirs[0]["description"] = json!("something else");
    let changed = theirs[0]["name"].as_str().expect("a name").to_owned();
    let gone = theirs.pop().and_then(|c| c["name"].as_str().map(str::to_owned)).expect("a command");
    theirs.push(json!({ "type": 1, "name": "old", "description": "of before", "id": "9" }));
    let found = difference(&ours, &theirs);
    assert_eq!(found, Difference { missing: vec![gone], changed: vec![changed], surplus: vec!["old".to_owned()] });
}
