//! Ansible's filters, as far as people use them for network devices. They give what Ansible gives: the table of
//! `tests/ansible.txt` was made with it. What it gives wrongly, or differently each time, is refused with words.

mod address;
mod given;
mod hardware;
mod json;
mod lists;
mod parsed;
mod patterns;
mod ranges;
mod subnet;
mod values;
mod vlans;
mod words;
mod yaml;

pub(super) use given::Given;

use minijinja::{Environment, Error, ErrorKind, Value};

fn wrong(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, why.into())
}

/// Text of a text, number or boolean.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn none() -> Value {
    Value::from(())
}

pub(super) fn add_to(env: &mut Environment<'static>) {
    // Markup is not our language here.
    for name in ["escape", "e", "safe"] {
        env.remove_filter(name);
    }
    address::add_to(env);
    subnet::add_to(env);
    hardware::add_to(env);
    patterns::add_to(env);
    vlans::add_to(env);
    ranges::add_to(env);
    values::add_to(env);
    lists::add_to(env);
    words::add_to(env);
    json::add_to(env);
    yaml::add_to(env);
}
