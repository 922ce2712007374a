//! Limits of every surface, so that a command that fits here fits everywhere.
//! Discord: names, descriptions, counts and the sum of characters of an application command; rows and titles of modals.

use crate::{Kind, catalog, command::QUESTIONS_PER_PAGE};

/// `^[-_'\p{L}\p{N}]{1,32}$`, lower case; ours are narrower so that they are words on Matrix and at the console too.
fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_sentence(text: &str) -> bool {
    (1..=100).contains(&text.chars().count()) && text.trim() == text && !text.ends_with('.') && !text.contains('\n')
}

#[test]
fn names_and_descriptions() {
    for command in catalog().commands() {
        let path = &command.path;
        assert!(command.words().count() <= 2 && command.words().all(is_name), "{path}");
        assert!(command.also.iter().all(|a| a.split(' ').count() <= 2 && a.split(' ').all(is_name)), "{path}");
        assert!(is_sentence(&command.summary), "{path}: {}", command.summary);
        for option in command.options.iter().flat_map(|o| std::iter::once(o).chain(&o.parts)) {
            assert!(is_name(&option.name) && is_sentence(&option.help), "{path} {}: {}", option.name, option.help);
        }
    }
}

#[test]
fn counts_and_choices() {
    let top = catalog().groups().count() + catalog().commands().iter().filter(|c| c.group().is_none()).count();
    assert!(top <= 100, "{top} commands of the first level");
    for group in catalog().groups() {
        assert!(catalog().group(group).count() <= 25, "{group}");
    }
    for command in catalog().commands() {
        // Of what is there several times at least four must find a place; the others can be said in one line.
        let count = |o: &crate::Opt| o.at_most.map_or(1, |most| most.min(4));
        assert!(command.options.iter().map(count).sum::<u32>() <= 25, "/{}", command.path);
        for option in &command.options {
            let name = format!("/{} {}", command.path, option.name);
            assert!(option.choices.len() <= 25, "{name}");
            assert!(option.choices.iter().all(|c| (1..=100).contains(&c.chars().count())), "{name}");
            match (option.kind, option.limits) {
                (Kind::Text, Some((least, most))) => assert!((0..=6000).contains(&least) && (1..=4000).contains(&most)),
                (_, Some((least, most))) => assert!(least > -(1 << 53) && most < 1 << 53, "{name}"),
                _ => {}
            }
        }
    }
}

#[test]
fn required_options_come_first() {
    for command in catalog().commands() {
        let required: Vec<bool> = command.options.iter().map(|o| o.is_always_required()).collect();
        assert!(required.is_sorted_by(|a, b| a >= b), "/{}", command.path);
    }
}

#[test]
fn the_sum_of_characters_of_a_registered_command() {
    let size = |c: &crate::Command| -> usize {
        let option = |o: &crate::Opt| {
            o.name.len() + o.help.chars().count() + o.choices.iter().map(|c| 2 * c.chars().count()).sum::<usize>()
        };
        c.verb().len() + c.summary.chars().count() + c.options.iter().map(option).sum::<usize>()
    };
    for group in catalog().groups() {
        let sum: usize = group.len() + 100 + catalog().group(group).map(size).sum::<usize>();
        assert!(sum <= 8000, "{group} has {sum}");
    }
    assert!(catalog().commands().iter().all(|c| size(c) <= 8000));
}

#[test]
fn pages_fit_a_modal() {
    for command in catalog().commands() {
        for page in &command.pages {
            let name = format!("/{}: {}", command.path, page.title);
            assert!((1..=45).contains(&page.title.chars().count()), "{name}");
            assert!((1..=QUESTIONS_PER_PAGE).contains(&page.ask.len()), "{name}");
        }
        for (n, page) in command.pages.iter().enumerate() {
            let earlier = command.pages[..n].iter().filter(|p| p.repeat == page.repeat);
            let again = earlier.flat_map(|p| &p.ask).any(|a| page.ask.contains(a));
            assert!(!again, "/{} asks something twice", command.path);
        }
    }
}

#[test]
fn a_wizard_asks_for_every_part_once() {
    for command in catalog().commands().iter().filter(|c| c.is_wizard()) {
        for option in command.options.iter().filter(|o| !o.parts.is_empty()) {
            let pages = command.pages.iter().filter(|p| p.repeat.as_ref() == Some(&option.name));
            let mut asked: Vec<&str> = pages.flat_map(|p| p.ask.iter().map(String::as_str)).collect();
            let mut parts: Vec<&str> = option.parts.iter().map(|p| p.name.as_str()).collect();
            asked.sort_unstable();
            parts.sort_unstable();
            assert_eq!(asked, parts, "/{}", command.path);
        }
        // Review and progress are steps without a page of questions.
        assert!(command.pages.iter().all(|p| p.step <= command.steps - 2), "/{}", command.path);
    }
}
