//! `ansible.txt`: an expression a line, and what Ansible (ansible-core 2.19, ansible.utils, netaddr) makes of it, as JSON.

use super::super::environment;
use minijinja::Value;
use serde_json::Value as Json;
use std::sync::Arc;

#[test]
fn filters_give_what_ansible_gives() {
    let env = environment::new(&Arc::default());
    let mut wrong = Vec::new();
    let mut seen = 0;
    for line in include_str!("ansible.txt").lines().filter(|line| !line.is_empty()) {
        let (expression, expected) = line.rsplit_once(" => ").expect("a line has both");
        let expected: Json = serde_json::from_str(expected).expect("it is JSON");
        let got = env.compile_expression(expression).and_then(|expression| expression.eval(Value::UNDEFINED));
        let got = got.map_err(|error| error.to_string()).map(|value| serde_json::to_value(&value).expect("it is JSON"));
        seen += 1;
        if got.as_ref() != Ok(&expected) {
            wrong.push(format!("{expression}\n  expected {expected}\n  got      {got:?}"));
        }
    }
    assert!(seen > 150, "the table has {seen} lines");
    assert!(wrong.is_empty(), "{} of {seen} differ\n{}", wrong.len(), wrong.join("\n"));
}
