//! A wizard: pages of questions with live choices, Back and Next, and a review at the end.
//!
//! What was answered so far is kept as what one line would have said, in the database, so that it outlives a restart and
//! ends in the same plan as that line.

use super::{
    Dispatch, Heard, Then,
    question::{Open, command_of},
    say::Asking,
};
use direttore_catalog::{Command, Given, Kind, WizardPage};
use direttore_domain::{Actor, Refusal, Trouble, policy};
use direttore_reply::{Form, Question, Reply, Tone};
use futures::future::BoxFuture;
use serde_json::json;

/// Where somebody is in a wizard.
pub(super) struct At<'a> {
    pub command: &'static Command,
    pub given: &'a Given,
    /// From 1.
    pub page: usize,
}

impl At<'_> {
    fn open(&self) -> Open {
        Open::Wizard { command: self.command.path.clone(), given: self.given.clone(), page: self.page }
    }
}

/// The buttons of a page, in their order.
pub(super) fn buttons(command: &Command, given: &Given, page: usize) -> Vec<&'static str> {
    let pages = command.wizard_pages(given);
    let mut labels = Vec::new();
    if page > 1 {
        labels.push("Back");
    }
    labels.push("Next");
    let Some(at) = pages.get(page.saturating_sub(1)) else { return labels };
    // After the last repetition too: whoever has filled it is one page further.
    let before = page.checked_sub(2).and_then(|b| pages.get(b));
    if at.can_add || before.is_some_and(|b| b.can_add && b.repeat != at.repeat && is_last_repetition(&pages, page - 2))
    {
        labels.push("Add");
    }
    if at.can_remove {
        labels.push("Remove");
    }
    labels.push("Cancel");
    labels
}

/// Whether no later page is a repetition of the same option.
fn is_last_repetition(pages: &[WizardPage<'_>], at: usize) -> bool {
    let name = |p: &WizardPage<'_>| p.repeat.map(|(name, _)| name.to_owned());
    pages[at + 1..].iter().all(|p| name(p) != name(&pages[at]))
}

impl Dispatch {
    /// One page as a form. `wrong` is what an answer was refused for.
    pub(super) fn wizard<'s, 'a: 's>(
        &'s self,
        heard: &'s Heard,
        actor: &'s Actor,
        at: At<'a>,
        wrong: Option<&'s Refusal>,
    ) -> BoxFuture<'s, Result<Reply, Trouble>> {
        Box::pin(async move {
            let mut reply = self.wizard_reply(heard, actor, &at, wrong, None).await?;
            reply.id = self.store_question(heard, actor, &at.open(), self.settings.form).await?;
            Ok(reply)
        })
    }

    /// A page that is not open yet. `find` narrows the choices of one question.
    pub(super) async fn wizard_reply(
        &self,
        heard: &Heard,
        actor: &Actor,
        at: &At<'_>,
        wrong: Option<&Refusal>,
        find: Option<(&str, &str)>,
    ) -> Result<Reply, Trouble> {
        let At { command, given, .. } = *at;
        // The role may be another one since the page before, and the choices are not for everyone's eyes.
        let channel = heard.origin.channel_name();
        policy::may_say(actor, command.permission, &command.path, &channel)?;
        let pages = command.wizard_pages(given);
        let page = pages.get(at.page.saturating_sub(1)).ok_or_else(|| Trouble::bug("a page that is not there"))?;
        let blamed = wrong.and_then(|refusal| Some((page.blamed(refusal)?.name.clone(), refusal.to_string())));
        let choices = self.page_choices(actor, &channel, command, given, &page.ask, find).await;
        let ask = page.ask.iter().zip(choices).map(|(option, (choices, more))| Question {
            key: option.name.clone(),
            label: option.help.clone(),
            kind: option.kind.to_string(),
            required: option.required,
            value: command.page_value(given, page, &option.name),
            hints: if choices.iter().all(|(_, hint)| hint.is_empty()) {
                vec![]
            } else {
                choices.iter().map(|(_, hint)| hint.clone()).collect()
            },
            choices: choices.into_iter().map(|(value, _)| value).collect(),
            more,
            error: blamed.as_ref().filter(|(name, _)| *name == option.name).map(|(_, said)| said.clone()),
        });
        let form = Form { title: page.title.clone(), page: page.step, of: page.of, ask: ask.collect() };
        let mut data = json!({ "command": command.path, "title": form.title, "summary": command.summary });
        data["filled"] = json!(command.line(given));
        data["is_new"] = json!(given.is_empty());
        let mut reply = self.rendered(actor, "wizard", &data)?;
        if let Some(refusal) = wrong {
            let (shown, _) = self.trouble(&refusal.clone().into());
            (reply.tone, reply.title, reply.code, reply.text) = (shown.tone, shown.title, shown.code, shown.text);
        }
        reply.actions = buttons(command, given, at.page).into_iter().map(str::to_owned).collect();
        reply.form = Some(form);
        Ok(reply)
    }

    /// A button of a page. The next state is shown, or the review.
    pub(super) fn wizard_pressed<'s, 'a: 's>(
        &'s self,
        asking: Asking<'a>,
        page: usize,
        label: &'s str,
    ) -> BoxFuture<'s, Result<Vec<Reply>, Trouble>> {
        Box::pin(async move {
            let command = asking.command;
            let mut given = asking.given.clone();
            let here = command
                .wizard_pages(&given)
                .get(page.saturating_sub(1))
                .and_then(|p| p.repeat.map(|(name, nth)| (name.to_owned(), nth)));
            let page = match label {
                "Back" => page.saturating_sub(1).max(1),
                "Next" => return Box::pin(self.wizard_goes_on(asking, page)).await,
                "Add" => {
                    let name = here.map_or_else(|| repeated(command), |(name, _)| Some(name));
                    let name = name.ok_or_else(|| Trouble::bug("nothing repeats here"))?;
                    let nth = command.add_repeat(&mut given, &name)?;
                    page_of(command, &given, &name, nth)
                }
                "Remove" => {
                    let (name, nth) = here.ok_or_else(|| Trouble::bug("nothing repeats here"))?;
                    command.remove_repeat(&mut given, &name, nth);
                    page_of(command, &given, &name, nth.saturating_sub(1).max(1))
                }
                other => return Err(Trouble::bug(format!("no button {other}"))),
            };
            let at = At { command, given: &given, page };
            Ok(vec![self.wizard(asking.heard, &asking.actor, at, None).await?])
        })
    }

    /// Answers of a page; then the next one.
    pub(super) fn wizard_filled<'s, 'a: 's>(
        &'s self,
        mut asking: Asking<'a>,
        page: usize,
        values: &'s [(String, String)],
        then: Then,
    ) -> BoxFuture<'s, Result<Vec<Reply>, Trouble>> {
        Box::pin(async move {
            let command = asking.command;
            let pages = command.wizard_pages(&asking.given);
            let at = pages.get(page.saturating_sub(1)).ok_or_else(|| Trouble::bug("a page that is not there"))?;
            let mut given = asking.given.clone();
            match command.fill(&mut given, at, values) {
                Ok(()) if then == Then::Stay => {
                    let at = At { command, given: &given, page };
                    Ok(vec![self.wizard(asking.heard, &asking.actor, at, None).await?])
                }
                Ok(()) => {
                    asking.given = given;
                    Box::pin(self.wizard_goes_on(asking, page)).await
                }
                Err(refusal) => Box::pin(self.wizard_again(&asking, page, &refusal)).await,
            }
        })
    }

    /// The page once more, with what was right before and what was wrong now.
    async fn wizard_again(&self, asking: &Asking<'_>, page: usize, refusal: &Refusal) -> Result<Vec<Reply>, Trouble> {
        let shown = refusal.clone().into();
        // In the audit log it stands as what it is.
        let _ = self.refuse(asking.heard, Some(&asking.actor), &asking.trace, &shown);
        let at = At { command: asking.command, given: &asking.given, page };
        let mut reply = self.wizard(asking.heard, &asking.actor, at, Some(refusal)).await?;
        reply.tone = Tone::Refused;
        Ok(vec![reply])
    }

    async fn wizard_goes_on(&self, mut asking: Asking<'_>, page: usize) -> Result<Vec<Reply>, Trouble> {
        let command = asking.command;
        let pages = command.wizard_pages(&asking.given);
        if page < pages.len() {
            let at = At { command, given: &asking.given, page: page + 1 };
            return Ok(vec![self.wizard(asking.heard, &asking.actor, at, None).await?]);
        }
        let answers = command.answers(&asking.given)?;
        if let Some(missing) = answers.missing(command).first() {
            let refusal = Refusal::MissingOption { option: missing.name.clone(), right: missing.right() };
            let at = pages.iter().position(|p| p.ask.iter().any(|o| o.name == missing.name)).map_or(1, |at| at + 1);
            return Box::pin(self.wizard_again(&asking, at, &refusal)).await;
        }
        let line = format!("/{}", command.line(&asking.given));
        asking.trace.command(&command.path, &line);
        match self.asked(&mut asking, None).await {
            Ok(replies) => Ok(replies),
            // What the plan refuses is mended where it was said.
            Err(Trouble::Refusal(refusal)) => {
                let at = about(&refusal).and_then(|key| place_of(&pages, &key)).unwrap_or(page);
                Box::pin(self.wizard_again(&asking, at, &refusal)).await
            }
            Err(other) => Err(other),
        }
    }

    /// The first page of what a review showed.
    pub(super) fn wizard_edit<'s>(
        &'s self,
        heard: &'s Heard,
        actor: &'s Actor,
        command: &'s str,
        given: &'s Given,
    ) -> BoxFuture<'s, Result<Reply, Trouble>> {
        Box::pin(async move {
            let command = command_of(command).ok_or_else(|| Refusal::Expired { again: format!("/{command}") })?;
            self.wizard(heard, actor, At { command, given, page: 1 }, None).await
        })
    }
}

/// The option that repeats.
fn repeated(command: &Command) -> Option<String> {
    command.options.iter().find(|o| o.kind == Kind::Nic).map(|o| o.name.clone())
}

/// The first page of a repetition, from 1.
fn page_of(command: &Command, given: &Given, name: &str, nth: u32) -> usize {
    let pages = command.wizard_pages(given);
    pages.iter().position(|p| p.repeat == Some((name, nth))).map_or(1, |at| at + 1)
}

/// The page that asks for it, from 1: `node`, or `nic2 vlan`.
fn place_of(pages: &[WizardPage<'_>], key: &str) -> Option<usize> {
    let (option, sub) = key.split_once(' ').map_or((key, None), |(option, sub)| (option, Some(sub)));
    let fits = |p: &WizardPage<'_>| match p.repeat {
        Some((name, nth)) => {
            let is_it = option == format!("{name}{nth}") || option == name;
            is_it && sub.is_none_or(|sub| p.ask.iter().any(|o| o.name == sub))
        }
        None => p.ask.iter().any(|o| o.name == option),
    };
    pages.iter().position(fits).map(|at| at + 1)
}

/// The answer that a refusal is about.
fn about(refusal: &Refusal) -> Option<String> {
    Some(match refusal {
        Refusal::BadValue { option, .. }
        | Refusal::UnknownValue { option, .. }
        | Refusal::MissingOption { option, .. }
        | Refusal::GivenTwice { option } => option.clone(),
        Refusal::NoSuch { what, .. } => match *what {
            "guest template" => "template",
            "bridge" | "prefix" | "IP range" | "VRF" => "nic",
            "key" => "keys",
            other => other,
        }
        .to_owned(),
        Refusal::PrefixFull { .. } => "nic".to_owned(),
        Refusal::Exists { what, .. } => match *what {
            "the VMID" => "vmid",
            "the address" => "nic",
            _ => "name",
        }
        .to_owned(),
        Refusal::BeingMade { .. } => "name".to_owned(),
        Refusal::WrongState { subject, .. } => {
            let word = subject.split(' ').next().unwrap_or_default();
            match word {
                "storage" | "node" => word,
                "bridge" => "nic",
                "the" => "template",
                _ => "nic",
            }
            .to_owned()
        }
        _ => return None,
    })
}
