//! What a modal may be, and which type of answer an interaction takes.

use super::{Rule, To, modal, rule};
use serde_json::{Value, json};

fn input(fields: Value) -> Value {
    let mut input = json!({"type": 4, "custom_id": "a", "style": 1, "label": "A"});
    for (name, value) in fields.as_object().expect("an object") {
        input[name.as_str()] = value.clone();
    }
    input
}

fn open(data: Value) -> Value {
    let mut whole =
        json!({"custom_id": "m", "title": "T", "components": [{"type": 1, "components": [input(json!({}))]}]});
    for (name, value) in data.as_object().expect("an object") {
        whole[name.as_str()] = value.clone();
    }
    json!({"type": 9, "data": whole})
}

fn dialog(name: &'static str, bad: Value, says: &'static str, good: Value) -> Rule {
    rule(name, To::Command, open(bad), says, open(good))
}

/// The text input of a modal with these fields instead of those.
fn field(name: &'static str, bad: Value, says: &'static str, good: Value) -> Rule {
    let whole = |fields: Value| json!({"components": [{"type": 1, "components": [input(fields)]}]});
    dialog(name, whole(bad), says, whole(good))
}

fn labelled(component: Value) -> Value {
    json!({"components": [{"type": 18, "label": "L", "component": component}]})
}

fn inputs(count: usize) -> Value {
    let row = |i: usize| json!({"type": 1, "components": [input(json!({"custom_id": format!("i{i}")}))]});
    json!({"components": (0..count).map(row).collect::<Vec<Value>>()})
}

fn answer(name: &'static str, to: To, bad: Value, says: &'static str) -> Rule {
    let good = if to == To::Completion { completion(1, 1) } else { json!({"type": 4, "data": {"content": "c"}}) };
    rule(name, to, bad, says, good)
}

fn completion(count: usize, name: usize) -> Value {
    let choices: Vec<Value> = (0..count).map(|i| json!({"name": "n".repeat(name), "value": i.to_string()})).collect();
    json!({"type": 8, "data": {"choices": choices}})
}

pub fn rules() -> Vec<Rule> {
    let message = json!({"type": 4, "data": {"content": "c"}});
    let valued = |n: usize| json!({"type": 8, "data": {"choices": [{"name": "n", "value": "v".repeat(n)}]}});
    let select = |fields: Value| {
        let mut select = json!({"type": 3, "custom_id": "s", "options": [{"label": "A", "value": "a"}]});
        for (name, value) in fields.as_object().expect("an object") {
            select[name.as_str()] = value.clone();
        }
        labelled(select)
    };
    let radio = |count: usize| {
        let options: Vec<Value> = (0..count).map(|i| json!({"label": "L", "value": i.to_string()})).collect();
        labelled(json!({"type": 21, "custom_id": "r", "options": options}))
    };
    vec![
        dialog("a modal has components", json!({"components": []}), "Must be between 1 and", inputs(1)),
        dialog("5 components in a modal", inputs(6), "Must be between 1 and 5 in length.", inputs(5)),
        dialog(
            "a modal's title has 45 characters",
            json!({"title": "t".repeat(46)}),
            "Must be between 1 and 45 in length.",
            json!({"title": "t".repeat(45)}),
        ),
        dialog(
            "a modal has a title",
            json!({"title": ""}),
            "Must be between 1 and 45 in length.",
            json!({"title": "t"}),
        ),
        dialog(
            "a modal's custom id has 100 characters",
            json!({"custom_id": "i".repeat(101)}),
            "Must be between 1 and 100 in length.",
            json!({"custom_id": "i".repeat(100)}),
        ),
        dialog("a modal has a custom id", json!({"custom_id": null}), "BASE_TYPE_REQUIRED", json!({"custom_id": "m"})),
        dialog(
            "one input in a row of a modal",
            json!({"components": [{"type": 1, "components": [input(json!({})), input(json!({"custom_id": "b"}))]}]}),
            "Must be between 1 and 1 in length.",
            inputs(1),
        ),
        dialog(
            "no buttons in a modal",
            json!({"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "B", "custom_id": "b"}]}]}),
            "BASE_TYPE_CHOICES",
            inputs(1),
        ),
        dialog(
            "custom ids in a modal are unique",
            json!({"components": [{"type": 1, "components": [input(json!({}))]}, {"type": 1, "components": [input(json!({}))]}]}),
            "Component custom id cannot be duplicated",
            inputs(2),
        ),
        field(
            "an input's label has 45 characters",
            json!({"label": "l".repeat(46)}),
            "Must be between 1 and 45 in length.",
            json!({"label": "l".repeat(45)}),
        ),
        field("an input in a row has a label", json!({"label": null}), "BASE_TYPE_REQUIRED", json!({"label": "l"})),
        field(
            "an input's placeholder has 100 characters",
            json!({"placeholder": "p".repeat(101)}),
            "Must be 100 or fewer",
            json!({"placeholder": "p".repeat(100)}),
        ),
        field(
            "an input's value has 4000 characters",
            json!({"value": "v".repeat(4001)}),
            "\"value\"",
            json!({"value": "v".repeat(4000)}),
        ),
        field(
            "an input's max_length is up to 4000",
            json!({"max_length": 4001}),
            "NUMBER_TYPE_MAX",
            json!({"max_length": 4000}),
        ),
        field(
            "an input's min_length is not above max_length",
            json!({"min_length": 5, "max_length": 4}),
            "TEXT_INPUT_COMPONENT_LENGTHS_INVALID",
            json!({"min_length": 4, "max_length": 4}),
        ),
        field(
            "an input's value has the length it asks for",
            json!({"value": "abc", "max_length": 2}),
            "\"value\"",
            json!({"value": "ab", "max_length": 2}),
        ),
        field("an input's style is known", json!({"style": 3}), "BASE_TYPE_CHOICES", json!({"style": 2})),
        dialog(
            "a label has one component",
            json!({"components": [{"type": 18, "label": "L"}]}),
            "BASE_TYPE_REQUIRED",
            labelled(json!({"type": 4, "custom_id": "a", "style": 1})),
        ),
        dialog(
            "nothing is disabled in a modal",
            select(json!({"disabled": true})),
            "COMPONENT_DISABLED_IN_MODAL",
            select(json!({})),
        ),
        dialog(
            "max_values is not above the options in a modal",
            select(json!({"max_values": 2})),
            "SELECT_COMPONENT_MAX_VALUES_EXCEEDED",
            select(json!({"max_values": 1})),
        ),
        dialog("radio groups have 2 options", radio(1), "Must be between 2 and 10", radio(2)),
        answer(
            "no update of what is not there",
            To::Command,
            json!({"type": 7, "data": {"content": "c"}}),
            "Value must be one of {4, 5, 9, 10, 12}.",
        ),
        answer(
            "no deferred update of what is not there",
            To::Command,
            json!({"type": 6}),
            "Value must be one of {4, 5, 9, 10, 12}.",
        ),
        answer("no choices for a command", To::Command, completion(1, 1), "Value must be one of {4, 5, 9, 10, 12}."),
        answer(
            "no choices for a button",
            To::Button,
            completion(1, 1),
            "Value must be one of {4, 5, 6, 7, 9, 10, 12}.",
        ),
        answer("no modal from a modal", To::ButtonModal, modal(), "Value must be one of {4, 5, 6, 7, 10, 12}."),
        answer("no modal from a command's modal", To::CommandModal, modal(), "Value must be one of {4, 5, 10, 12}."),
        answer(
            "no update from a command's modal",
            To::CommandModal,
            json!({"type": 6}),
            "Value must be one of {4, 5, 10, 12}.",
        ),
        answer("only choices for a completion", To::Completion, message.clone(), "Value must be one of {8}."),
        answer("no defer of a completion", To::Completion, json!({"type": 5}), "Value must be one of {8}."),
        answer("an answer's type is there", To::Command, json!({"data": {"content": "c"}}), "BASE_TYPE_REQUIRED"),
        answer("an answer's type is known", To::Command, json!({"type": 99}), "BASE_TYPE_CHOICES"),
        answer("an answer is an object", To::Command, json!([message]), "BASE_TYPE_REQUIRED"),
        rule("25 completions", To::Completion, completion(26, 1), "\"choices\"", completion(25, 1)),
        rule("a completion's value has 100 characters", To::Completion, valued(101), "\"value\"", valued(100)),
        rule(
            "a completion's name has 100 characters",
            To::Completion,
            completion(1, 101),
            "\"name\"",
            completion(1, 100),
        ),
    ]
}
