//! The catalogue and the handlers belong together.

use super::{input_fields, names};
use direttore_catalog::catalog;
use std::collections::BTreeSet;

#[test]
fn every_command_has_a_handler_and_every_handler_a_command() {
    let said: BTreeSet<&str> = catalog().commands().iter().map(|c| c.path.as_str()).collect();
    let meant: BTreeSet<&str> = names().iter().copied().collect();
    assert_eq!(said, meant);
}

#[test]
fn the_options_of_a_command_are_the_fields_of_its_input() {
    for command in catalog().commands() {
        let options: BTreeSet<&str> = command.options.iter().map(|o| o.name.as_str()).collect();
        let fields: BTreeSet<&str> = input_fields(&command.path).expect("a handler").iter().copied().collect();
        assert_eq!(options, fields, "/{}", command.path);
    }
}

#[test]
fn guarded_commands_take_a_reason() {
    for command in catalog().commands().iter().filter(|c| c.guarded) {
        assert!(command.option("reason").is_some(), "/{}", command.path);
    }
}
