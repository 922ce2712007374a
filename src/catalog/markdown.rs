//! `docs/commands.md`: the reference, made from the catalogue alone.

use crate::{Catalog, Command, Confirm, Kind, Opt, Runs, command::size};
use direttore_domain::{Permission, text};
use std::fmt::Write;

/// The whole page.
pub fn markdown(catalog: &Catalog) -> String {
    let mut out = String::from(
        "# Commands\n\nMade from `commands/`; do not edit: `UPDATE_DOCS=1 cargo test -p direttore-catalog` writes it anew.\n\n\
         Said after `/`, at the console also without it. `[…]` may be left out. A value with spaces stands in double quotes; \
         every value may also be said as `name=value`. `/whoami` shows your role, `/help` what it lets you say.\n",
    );
    let sections = catalog.groups().chain(["other"]);
    for section in sections {
        let commands: Vec<&Command> = match section {
            "other" => catalog.commands().iter().filter(|c| c.group().is_none()).collect(),
            group => catalog.group(group).collect(),
        };
        write_section(&mut out, section, &commands);
    }
    out
}

fn write_section(out: &mut String, title: &str, commands: &[&Command]) {
    let mut line = |text: String| writeln!(out, "{text}").expect("a String takes all");
    line(format!("\n## {title}\n\n| command | what it does | permission | asks first |\n| --- | --- | --- | --- |"));
    for command in commands {
        let asks = match command.confirm {
            Confirm::No => "",
            Confirm::Yes => "Yes or No",
            Confirm::Name => "the name",
            Confirm::Review => "a review",
        };
        line(format!(
            "| `{}` | {} | {} | {asks} |",
            cell(&command.usage()),
            cell(&command.summary),
            command.permission
        ));
    }
    for command in commands {
        line(format!("\n### /{}\n\n{}.{}", command.path, command.summary, paragraph(&command.help)));
        line(format!("\n{}", facts(command)));
        if !command.options.is_empty() {
            line("\n| option | kind | |\n| --- | --- | --- |".to_owned());
            command.options.iter().for_each(|o| line(option_row(o)));
            let parts = command.options.iter().flat_map(|o| o.parts.iter().map(move |part| (o, part)));
            parts.for_each(|(whole, part)| line(part_row(whole, part)));
        }
        line("\n```".to_owned());
        for example in &command.examples {
            let note = if example.note.is_empty() { String::new() } else { format!("    # {}", example.note) };
            line(format!("{}{note}", example.say));
        }
        line("```".to_owned());
    }
}

fn facts(command: &Command) -> String {
    let mut facts = vec![match command.permission {
        Permission::Anyone => "For anyone.".to_owned(),
        permission => format!("Needs `{permission}`."),
    }];
    facts.push(match command.runs {
        Runs::Now => "Answered at once.".to_owned(),
        Runs::Live => "Asks the lab.".to_owned(),
        Runs::Job => "Runs as a job.".to_owned(),
    });
    match command.confirm {
        Confirm::No => {}
        Confirm::Yes => facts.push("Asks Yes or No first.".to_owned()),
        Confirm::Name => facts.push("The name must be typed first.".to_owned()),
        Confirm::Review => facts.push("Everything is shown for review first.".to_owned()),
    }
    if command.is_wizard() {
        facts.push(format!("A wizard in {} steps asks for the rest.", command.steps));
    }
    if command.guarded {
        facts.push("Guarded by reservations.".to_owned());
    }
    if !command.also.is_empty() {
        let names: Vec<String> = command.also.iter().map(|a| format!("`/{a}`")).collect();
        facts.push(format!("Also: {}.", text::list(&names)));
    }
    facts.join(" ")
}

fn option_row(option: &Opt) -> String {
    let mut notes = vec![option.help.clone()];
    if option.required {
        let others: Vec<String> = option.unless.iter().map(|name| format!("`{name}`")).collect();
        notes.push(match others.as_slice() {
            [] => "Required".to_owned(),
            others => format!("Required unless {} is given", others.join(" or ")),
        });
    }
    if option.many {
        notes.push("Several are possible".to_owned());
    }
    if let Some(most) = option.at_most {
        notes.push(format!("`{}` to `{}`", option.key(1), option.key(most)));
    }
    if option.rest {
        notes.push("Takes the rest of the line".to_owned());
    }
    if option.kind == Kind::Choice {
        notes.push(format!("One of {}", text::list(&option.choices)));
    }
    if let Some((least, most)) = option.limits {
        let unit = match option.kind {
            Kind::Text => " characters",
            Kind::Seconds => " seconds",
            _ => "",
        };
        notes.push(match option.kind {
            Kind::Size => format!("{} to {}", size(least), size(most)),
            _ => format!("{least} to {most}{unit}"),
        });
    }
    if let Some(default) = &option.default {
        let shown = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        notes.push(format!("Default: {shown}"));
    }
    format!("| `{}` | {} | {}. |", option.name, option.kind, cell(&notes.join(". ")))
}

fn part_row(whole: &Opt, part: &Opt) -> String {
    format!("| in `{}`: `{}=` | {} | {}. |", whole.key(1), part.name, part.kind, cell(&part.help))
}

fn paragraph(help: &str) -> String {
    if help.is_empty() { String::new() } else { format!("\n\n{help}") }
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
