//! Any text: nothing panics, and a command that was read is read the same from its own line.

use crate::{Command, Given, Kind, catalog};
use proptest::{collection::vec, prelude::*};

/// Text made of what the grammar cares about, and of anything.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        4 => "[a-z]{1,6}",
        2 => proptest::sample::select(vec!["\"", "'", "\\", "=", ",", " ", "/", "guest", "mine", "memory", "shared", "tag=", "nic1=", "nic=", "nic9=", "bridge=vmbr0", "ip=dhcp"])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    vec(pieces, 0..8).prop_map(|pieces| pieces.concat())
}

fn line() -> impl Strategy<Value = String> {
    let commands: Vec<String> = catalog().commands().iter().map(|c| c.path.clone()).collect();
    let with_command = (proptest::sample::select(commands), vec(text(), 0..5))
        .prop_map(|(command, rest)| format!("/{command} {}", rest.join(" ")));
    prop_oneof![3 => with_command, 1 => text(), 1 => any::<String>()]
}

/// What could have been given to a command, whatever it means.
fn command_and_given() -> impl Strategy<Value = (&'static Command, Given)> {
    let commands: Vec<&'static Command> = catalog().commands().iter().collect();
    let value = prop_oneof![3 => text(), 1 => any::<String>()];
    (proptest::sample::select(commands), vec((any::<bool>(), any::<bool>(), vec(value, 1..4)), 25)).prop_map(
        |(command, raw)| {
            let mut given = Given::new();
            for (option, (is_there, flag, mut values)) in command.options.iter().zip(raw) {
                if option.kind == Kind::Flag {
                    values = vec![flag.to_string()];
                } else if option.many {
                    values.retain(|v| !v.is_empty());
                } else {
                    values.truncate(1);
                }
                if !is_there || values.is_empty() {
                    continue;
                }
                // Of what may be there several times every second one, so that there are gaps.
                for key in option.keys().into_iter().step_by(2) {
                    given.insert(key, values.clone());
                }
            }
            (command, given)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_line_is_read_or_refused(line in line()) {
        if let Ok(asked) = catalog().read(&line) {
            let again = asked.command.line(&asked.given);
            if again.chars().count() <= crate::MAX_LINE {
                prop_assert_eq!(&catalog().read(&again).expect("our own line reads").given, &asked.given, "{}", again);
            }
            if let Ok(answers) = asked.command.answers(&asked.given) {
                answers.missing(asked.command);
            }
        }
    }

    #[test]
    fn what_was_given_is_read_back((command, given) in command_and_given()) {
        let line = command.line(&given);
        prop_assume!(line.chars().count() <= crate::MAX_LINE);
        let asked = catalog().read(&line).map_err(|r| TestCaseError::fail(format!("{line}: {r}")))?;
        prop_assert_eq!(&asked.command.path, &command.path);
        prop_assert_eq!(&asked.given, &given, "{}", line);
    }

    #[test]
    fn any_cursor_is_completed(line in line(), cursor in 0usize..200) {
        let completion = catalog().complete(&line, cursor);
        prop_assert!(completion.start <= line.len() && line.is_char_boundary(completion.start));
    }

    #[test]
    fn any_text_is_a_time_or_none(text in "[0-9TZ:+\\-a-z ]{0,25}|\\PC{0,20}") {
        text.parse::<crate::Since>().ok();
        crate::duration::parse_duration(&text);
    }
}
