//! From serenity's types to our own: the only file that knows both.
//!
//! serenity reads an interaction into types of its own and drops what does not fit them. What it could not read comes
//! as it was, and is read by [`Interaction::parse`]: Discord may add a field at any time.

use crate::interaction::{Command, Interaction, Message, Unreadable, User, What};
use serde_json::Value;
use serenity::all::{
    ActionRow, ActionRowComponent, CommandDataOption, CommandDataOptionValue, ComponentInteractionDataKind, Event,
    GuildId, Interaction as Typed, Member, Message as TypedMessage, MessageFlags,
};

/// The interaction in an event; `None` when the event is about something else.
pub(crate) fn interaction(event: Event) -> Option<Result<Interaction, Unreadable>> {
    match event {
        Event::InteractionCreate(created) => Some(read(created.interaction).and_then(Interaction::answerable)),
        Event::Unknown(unknown) if unknown.kind == "INTERACTION_CREATE" => Some(Interaction::parse(unknown.value)),
        _ => None,
    }
}

fn read(typed: Typed) -> Result<Interaction, Unreadable> {
    let guild = |id: Option<GuildId>| id.map(GuildId::get);
    let roles = |member: Option<&Member>| member.map(|m| m.roles.iter().map(|r| r.get()).collect()).unwrap_or_default();
    // serenity makes up a user where there is none.
    let user = |user: serenity::all::User| match user.name.is_empty() {
        true => Err(Unreadable::new("neither member nor user is there")),
        false => Ok(User { id: user.id.get(), name: user.name }),
    };
    Ok(match typed {
        Typed::Command(it) => Interaction {
            id: it.id.get(),
            token: it.token,
            guild: guild(it.guild_id),
            channel: it.channel_id.get(),
            user: user(it.user)?,
            roles: roles(it.member.as_deref()),
            what: What::Command(command(it.data.name, it.data.options).0),
        },
        Typed::Autocomplete(it) => {
            let (command, focused) = command(it.data.name, it.data.options);
            let (name, typed) = focused.ok_or_else(|| Unreadable::new("no option has the focus"))?;
            Interaction {
                id: it.id.get(),
                token: it.token,
                guild: guild(it.guild_id),
                channel: it.channel_id.get(),
                user: user(it.user)?,
                roles: roles(it.member.as_deref()),
                what: What::Complete(command, name, typed),
            }
        }
        Typed::Component(it) => Interaction {
            id: it.id.get(),
            token: it.token,
            guild: guild(it.guild_id),
            channel: it.channel_id.get(),
            user: user(it.user)?,
            roles: roles(it.member.as_ref()),
            what: What::Component {
                custom_id: it.data.custom_id,
                values: match it.data.kind {
                    ComponentInteractionDataKind::StringSelect { values } => values,
                    _ => vec![],
                },
                on: message(&it.message),
            },
        },
        Typed::Modal(it) => Interaction {
            id: it.id.get(),
            token: it.token,
            guild: guild(it.guild_id),
            channel: it.channel_id.get(),
            user: user(it.user)?,
            roles: roles(it.member.as_ref()),
            what: What::Modal {
                custom_id: it.data.custom_id,
                texts: it.data.components.iter().flat_map(texts).collect(),
                on: it.message.as_deref().map(message),
            },
        },
        other => return Err(Unreadable::new(format!("type {} is unknown", u8::from(other.kind())))),
    })
}

fn message(typed: &TypedMessage) -> Message {
    let is_ephemeral = typed.flags.is_some_and(|flags| flags.contains(MessageFlags::EPHEMERAL));
    Message { id: typed.id.get(), is_ephemeral }
}

fn texts(row: &ActionRow) -> Vec<(String, String)> {
    let input = |component: &ActionRowComponent| match component {
        ActionRowComponent::InputText(input) => {
            Some((input.custom_id.clone(), input.value.clone().unwrap_or_default()))
        }
        _ => None,
    };
    row.components.iter().filter_map(input).collect()
}

/// The command, and the option that has the focus.
fn command(name: String, options: Vec<CommandDataOption>) -> (Command, Option<(String, String)>) {
    let (mut path, mut options) = (name, options);
    loop {
        match options.pop() {
            Some(CommandDataOption {
                name,
                value: CommandDataOptionValue::SubCommand(inner) | CommandDataOptionValue::SubCommandGroup(inner),
                ..
            }) => {
                path = format!("{path} {name}");
                options = inner;
            }
            last => {
                options.extend(last);
                break;
            }
        }
    }
    let mut focused = None;
    let mut said = Vec::new();
    for CommandDataOption { name, value, .. } in options {
        let value = match value {
            CommandDataOptionValue::Autocomplete { value, .. } => {
                focused = Some((name, value));
                continue;
            }
            CommandDataOptionValue::Boolean(flag) => Value::from(flag),
            CommandDataOptionValue::Integer(number) => Value::from(number),
            CommandDataOptionValue::Number(number) => Value::from(number),
            CommandDataOptionValue::String(text) => Value::from(text),
            // Kinds of options that no command of ours has.
            _ => continue,
        };
        said.push((name, value));
    }
    (Command { path, options: said }, focused)
}
