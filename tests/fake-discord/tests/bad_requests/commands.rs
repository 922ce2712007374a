//! What a set of commands may be.

use super::{Rule, To, rule};
use serde_json::{Value, json};

fn command(fields: Value) -> Value {
    let mut command = json!({"name": "ping", "description": "Answers"});
    for (name, value) in fields.as_object().expect("an object") {
        command[name.as_str()] = value.clone();
    }
    command
}

fn option(name: &str, fields: Value) -> Value {
    let mut option = json!({"name": name, "description": "It", "type": 3});
    for (name, value) in fields.as_object().expect("an object") {
        option[name.as_str()] = value.clone();
    }
    option
}

/// One command with these fields instead of those.
fn one(name: &'static str, bad: Value, says: &'static str, good: Value) -> Rule {
    rule(name, To::Commands, json!([command(bad)]), says, json!([command(good)]))
}

/// One command with these options instead of those.
fn options(name: &'static str, bad: &[Value], says: &'static str, good: &[Value]) -> Rule {
    one(name, json!({"options": bad}), says, json!({"options": good}))
}

/// One option with these fields instead of those.
fn field(name: &'static str, bad: Value, says: &'static str, good: Value) -> Rule {
    options(name, &[option("o", bad)], says, &[option("o", good)])
}

fn many(count: usize, make: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..count).map(make).collect()
}

fn large(characters: usize) -> Value {
    // Four options of 1983 characters, and one that brings what is missing.
    let choices = many(20, |i| json!({"name": char::from(b'a' + i as u8).to_string(), "value": "v".repeat(98)}));
    let whole = json!({"choices": choices});
    let rest = characters - 4 * (20 * 99 + 3) - "pingAnswers".len();
    let mut all: Vec<Value> = ["a", "b", "c", "d"].iter().map(|name| option(name, whole.clone())).collect();
    all.push(option("e", json!({"description": "d".repeat(rest - 1)})));
    all.last_mut().expect("there is one")["type"] = json!(5);
    command(json!({"options": all}))
}

pub fn rules() -> Vec<Rule> {
    let choice = |name: &str, value: &str| json!({"name": name, "value": value});
    let sub = |name: &str, inner: &[Value]| option(name, json!({"type": 1, "options": inner}));
    let group = |name: &str, inner: &[Value]| option(name, json!({"type": 2, "options": inner}));
    let named = |names: &[&str]| -> Value { names.iter().map(|n| command(json!({"name": n}))).collect() };
    let users = |count: usize| -> Value { many(count, |i| json!({"name": format!("u{i}"), "type": 2})).into() };
    let chats = |count: usize| -> Value { many(count, |i| command(json!({"name": format!("c{i}")}))).into() };
    vec![
        one(
            "a command's name is lower case",
            json!({"name": "Ping"}),
            "APPLICATION_COMMAND_INVALID_NAME",
            json!({"name": "ping"}),
        ),
        one(
            "a command's name has no space",
            json!({"name": "a b"}),
            "APPLICATION_COMMAND_INVALID_NAME",
            json!({"name": "a-b"}),
        ),
        one(
            "a command's name has no dot",
            json!({"name": "a.b"}),
            "APPLICATION_COMMAND_INVALID_NAME",
            json!({"name": "äö"}),
        ),
        one(
            "a command's name has 32 characters",
            json!({"name": "n".repeat(33)}),
            "Must be between 1 and 32 in length.",
            json!({"name": "n".repeat(32)}),
        ),
        one(
            "a command has a description",
            json!({"description": ""}),
            "Must be between 1 and 100 in length.",
            json!({"description": "d"}),
        ),
        one(
            "a command's description has 100 characters",
            json!({"description": "d".repeat(101)}),
            "\"description\"",
            json!({"description": "d".repeat(100)}),
        ),
        rule(
            "a command's description is there",
            To::Commands,
            json!([{"name": "ping"}]),
            "BASE_TYPE_REQUIRED",
            json!([command(json!({}))]),
        ),
        rule(
            "a command's name is there",
            To::Commands,
            json!([{"description": "d"}]),
            "BASE_TYPE_REQUIRED",
            json!([command(json!({}))]),
        ),
        one(
            "permissions are a number",
            json!({"default_member_permissions": "many"}),
            "NUMBER_TYPE_COERCE",
            json!({"default_member_permissions": "32"}),
        ),
        one("contexts are known", json!({"contexts": [7]}), "BASE_TYPE_CHOICES", json!({"contexts": [0]})),
        one("contexts are not empty", json!({"contexts": []}), "BASE_TYPE_MIN_LENGTH", json!({"contexts": [0]})),
        options(
            "25 options",
            &many(26, |i| option(&format!("o{i}"), json!({}))),
            "Must be 25 or fewer in length.",
            &many(25, |i| option(&format!("o{i}"), json!({}))),
        ),
        options(
            "names of options are unique",
            &[option("a", json!({})), option("a", json!({}))],
            "APPLICATION_COMMAND_OPTIONS_DUPLICATE_NAME",
            &[option("a", json!({})), option("b", json!({}))],
        ),
        options(
            "required options come first",
            &[option("a", json!({})), option("b", json!({"required": true}))],
            "Required options must be placed before non-required options",
            &[option("b", json!({"required": true})), option("a", json!({}))],
        ),
        options(
            "subcommands or options",
            &[sub("a", &[]), option("b", json!({}))],
            "mutually exclusive",
            &[sub("a", &[]), sub("b", &[])],
        ),
        options(
            "a group holds subcommands",
            &[group("g", &[option("a", json!({}))])],
            "BASE_TYPE_CHOICES",
            &[group("g", &[sub("a", &[option("o", json!({}))])])],
        ),
        options(
            "no subcommand in a subcommand",
            &[sub("a", &[sub("b", &[])])],
            "BASE_TYPE_CHOICES",
            &[sub("a", &[option("b", json!({}))])],
        ),
        options(
            "an option's type is known",
            &[option("a", json!({"type": 99}))],
            "BASE_TYPE_CHOICES",
            &[option("a", json!({"type": 5}))],
        ),
        field(
            "an option has a description",
            json!({"description": ""}),
            "Must be between 1 and 100 in length.",
            json!({}),
        ),
        options(
            "an option's name is lower case",
            &[option("Guest", json!({}))],
            "APPLICATION_COMMAND_INVALID_NAME",
            &[option("guest", json!({}))],
        ),
        field(
            "choices or completion",
            json!({"autocomplete": true, "choices": [choice("a", "a")]}),
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
            json!({"autocomplete": true}),
        ),
        field(
            "25 choices",
            json!({"choices": many(26, |i| choice(&format!("c{i}"), "v"))}),
            "Must be 25 or fewer in length.",
            json!({"choices": many(25, |i| choice(&format!("c{i}"), "v"))}),
        ),
        field(
            "a choice's value has 100 characters",
            json!({"choices": [choice("a", &"v".repeat(101))]}),
            "\"value\"",
            json!({"choices": [choice("a", &"v".repeat(100))]}),
        ),
        field(
            "a choice's name has 100 characters",
            json!({"choices": [choice(&"n".repeat(101), "v")]}),
            "Must be between 1 and 100 in length.",
            json!({"choices": [choice(&"n".repeat(100), "v")]}),
        ),
        field(
            "names of choices are unique",
            json!({"choices": [choice("a", "1"), choice("a", "2")]}),
            "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATED",
            json!({"choices": [choice("a", "1"), choice("b", "2")]}),
        ),
        field("min_length is up to 6000", json!({"min_length": 6001}), "NUMBER_TYPE_MAX", json!({"min_length": 6000})),
        field("max_length is from 1", json!({"max_length": 0}), "NUMBER_TYPE_MIN", json!({"max_length": 1})),
        field(
            "integers have 53 bits",
            json!({"type": 4, "max_value": 9_007_199_254_740_992_i64}),
            "NUMBER_TYPE_MAX",
            json!({"type": 4, "max_value": 9_007_199_254_740_991_i64}),
        ),
        field(
            "min_value is not above max_value",
            json!({"type": 4, "min_value": 2, "max_value": 1}),
            "APPLICATION_COMMAND_OPTIONS_RANGE_INVALID",
            json!({"type": 4, "min_value": 1, "max_value": 1}),
        ),
        rule(
            "names of commands are unique",
            To::Commands,
            named(&["a", "a"]),
            "Application command names must be unique",
            named(&["a", "b"]),
        ),
        rule(
            "100 commands",
            To::Commands,
            chats(101),
            "Maximum number of application commands reached (100)",
            chats(100),
        )
        .code(30032),
        rule(
            "15 commands for users",
            To::Commands,
            users(16),
            "Maximum number of application commands reached (15)",
            users(15),
        )
        .code(30032),
        rule(
            "8000 characters in a command",
            To::Commands,
            json!([large(8001)]),
            "Command exceeds maximum size (8000)",
            json!([large(8000)]),
        ),
        rule(
            "no description for users' commands",
            To::Commands,
            json!([{"name": "u", "type": 2, "description": "d"}]),
            "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED",
            json!([{"name": "U u", "type": 2}]),
        ),
        rule(
            "no options for users' commands",
            To::Commands,
            json!([{"name": "u", "type": 2, "options": [option("o", json!({}))]}]),
            "APPLICATION_COMMAND_OPTIONS_NOT_ALLOWED",
            json!([{"name": "u", "type": 2}]),
        ),
    ]
}
