//! Buttons and forms: an answer to an open question, from the one who was asked, while it is open.

use super::{
    Dispatch, Heard, Then, inbox,
    question::{ACCOUNT, ANYBODY, Open, command_of, number},
    record::Trace,
    say::{Asking, Confirmed, typed_name_form},
    wizard,
};
use crate::handlers;
use direttore_catalog::{Confirm, Given, catalog};
use direttore_domain::{Actor, Refusal, Trouble};
use direttore_reply::{Reply, Tone};
use direttore_store::{
    StoreError,
    question::{self, QuestionRow, QuestionState},
};
use futures::future::BoxFuture;
use serde_json::json;
use std::sync::Arc;

/// An open question with the one who answers it.
pub(super) struct Answering {
    row: QuestionRow,
    pub open: Open,
    actor: Arc<Actor>,
    blind: Option<StoreError>,
    trace: Trace,
}

impl Dispatch {
    pub(super) async fn press(&self, heard: &Heard, on: &str, label: &str) -> Vec<Reply> {
        let trace = Trace::new(self, heard, &format!("[{label}] on {on}"));
        match self.pressed(heard, on, label, trace.clone()).await {
            Ok(replies) => replies,
            Err(trouble) => vec![self.refuse(heard, None, &trace, &trouble)],
        }
    }

    /// The open form as it is; nothing changes but what the question of the form is called.
    pub(super) async fn look(&self, heard: &Heard, on: &str, find: Option<(&str, &str)>) -> Vec<Reply> {
        let trace = Trace::new(self, heard, &format!("a look at {on}"));
        match self.looked(heard, on, find, trace.clone()).await {
            Ok(reply) => vec![reply],
            Err(trouble) => vec![self.refuse(heard, None, &trace, &trouble)],
        }
    }

    fn looked<'s>(
        &'s self,
        heard: &'s Heard,
        on: &'s str,
        find: Option<(&'s str, &'s str)>,
        trace: Trace,
    ) -> BoxFuture<'s, Result<Reply, Trouble>> {
        Box::pin(async move {
            let Answering { open, actor, .. } = self.answering(heard, on, trace).await?;
            let mut reply = match &open {
                Open::Confirm { typed_name: Some(name), command, .. } => {
                    let mut reply =
                        self.rendered(&actor, "form", &json!({ "command": command, "title": "Confirm" }))?;
                    reply.form = Some(typed_name_form(name, None));
                    reply.actions = vec!["Cancel".to_owned()];
                    reply
                }
                Open::Form { .. } => self.form_reply(&actor, &open, None)?,
                Open::Alias { line, asked, .. } => self.alias_reply(&actor, line, asked)?,
                Open::Wizard { command: path, given, page } => {
                    let command = command_of(path).ok_or(Refusal::Expired { again: format!("/{path}") })?;
                    let at = wizard::At { command, given, page: *page };
                    self.wizard_reply(heard, &actor, &at, None, find).await?
                }
                Open::Confirm { .. } | Open::Pager { .. } | Open::Offers { .. } => {
                    return Err(Refusal::NothingOpen.into());
                }
            };
            on.clone_into(&mut reply.id);
            Ok(reply)
        })
    }

    pub(super) async fn fill(&self, heard: &Heard, on: &str, values: &[(String, String)], then: Then) -> Vec<Reply> {
        // Values of a form may be anything, so only their names are kept.
        let keys: Vec<&str> = values.iter().map(|(k, _)| k.as_str()).collect();
        let trace = Trace::new(self, heard, &format!("{}= on {on}", keys.join("= ")));
        match self.filled(heard, on, values, then, trace.clone()).await {
            Ok(replies) => replies,
            Err(trouble) => vec![self.refuse(heard, None, &trace, &trouble)],
        }
    }

    /// The question, if this person may answer it now.
    pub(super) async fn answering(&self, heard: &Heard, on: &str, mut trace: Trace) -> Result<Answering, Trouble> {
        let id = number(on).ok_or(Refusal::NothingOpen)?;
        let row = match self.pagers.get(id) {
            Some(row) => row,
            None => {
                let mut tx = self.store.read().await?;
                question::get(&mut tx, id).await?.ok_or(Refusal::NothingOpen)?
            }
        };
        let (actor, blind) = self.actor(heard).await?;
        if !may_answer(&row.asker, heard, &actor) {
            let asker = row.asker.rsplit_once(':').map_or(row.asker.as_str(), |(_, name)| name).to_owned();
            return Err(Refusal::NotTheAsker { asker }.into());
        }
        let open: Open = serde_json::from_value(row.body.clone()).map_err(|_| Refusal::NothingOpen)?;
        let is_taken = inbox::has_taken(row.id);
        if row.state != QuestionState::Open && !is_taken {
            return Err(Refusal::Answered.into());
        }
        if row.expires.is_some_and(|at| self.clock.now() >= at) && !is_taken {
            return Err(Refusal::Expired { again: open.again() }.into());
        }
        trace.actor(&actor);
        Ok(Answering { row, open, actor: Arc::new(actor), blind, trace })
    }

    pub(super) fn pressed<'s>(
        &'s self,
        heard: &'s Heard,
        on: &'s str,
        label: &'s str,
        trace: Trace,
    ) -> BoxFuture<'s, Result<Vec<Reply>, Trouble>> {
        Box::pin(async move {
            let Answering { row, open, actor, blind, trace } = self.answering(heard, on, trace).await?;
            let asking = |command: &str, given: Given| {
                let command = command_of(command).ok_or(Refusal::Expired { again: format!("/{command}") })?;
                Ok::<_, Trouble>(Asking {
                    heard,
                    actor: Arc::clone(&actor),
                    command,
                    given,
                    trace: trace.clone(),
                    blind: blind.clone(),
                })
            };
            match (&open, label) {
                (Open::Confirm { command, given, fingerprint, typed_name: None, .. }, "Yes" | "Create")
                    if label == yes_of(command) =>
                {
                    let confirmed = Confirmed { question: row.id, fingerprint: fingerprint.clone() };
                    Ok(self.ask(asking(command, given.clone())?, Some(confirmed)).await)
                }
                (Open::Confirm { command, typed_name: None, .. }, "No") if yes_of(command) == "Yes" => {
                    self.cancel(&row, &open, &actor, &trace, on).await
                }
                (Open::Confirm { command, given, said, .. }, "Edit") if yes_of(command) == "Create" => {
                    // What was chosen is chosen anew: another node has other templates.
                    let given = if said.is_empty() { given } else { said };
                    let mut reply = self.wizard_edit(heard, &actor, command, given).await?;
                    self.take(row.id).await?;
                    reply.replaces = Some(on.to_owned());
                    Ok(vec![reply])
                }
                (Open::Confirm { .. } | Open::Form { .. } | Open::Wizard { .. } | Open::Alias { .. }, "Cancel") => {
                    self.cancel(&row, &open, &actor, &trace, on).await
                }
                (Open::Wizard { command, given, page }, _) if buttons(&open).iter().any(|b| b == label) => {
                    let replies = self.wizard_pressed(asking(command, given.clone())?, *page, label).await?;
                    self.turn_page(row.id, on, replies).await
                }
                (Open::Form { command, given, asked, page }, "Back") if *page > 1 => {
                    let back = Open::Form {
                        command: command.clone(),
                        given: given.clone(),
                        asked: asked.clone(),
                        page: page - 1,
                    };
                    let mut reply = self.form(heard, &actor, &back, None).await?;
                    self.take(row.id).await?;
                    reply.replaces = Some(on.to_owned());
                    Ok(vec![reply])
                }
                (Open::Offers { offers, stays: true }, _) if offers.iter().any(|(offered, _)| offered == label) => {
                    let line = offers.iter().find(|(offered, _)| offered == label).map(|(_, line)| line.clone());
                    let asked = catalog().read(&line.unwrap_or_default())?;
                    let mut replies = self.ask(asking(&asked.command.path, asked.given)?, None).await;
                    replies.iter_mut().for_each(|reply| reply.is_beside = true);
                    Ok(replies)
                }
                (Open::Offers { offers, .. }, _) if offers.iter().any(|(offered, _)| offered == label) => {
                    let line = offers.iter().find(|(offered, _)| offered == label).map(|(_, line)| line.clone());
                    let asked = catalog().read(&line.unwrap_or_default())?;
                    let is_anybodys = row.asker == ANYBODY;
                    // Once only, also when two presses come at the same time; what is refused says what now. Where anybody may
                    // press, somebody who may not must not take it from who may; the reservation itself is changed once.
                    if !is_anybodys {
                        self.take(row.id).await?;
                    }
                    let mut replies = self.ask(asking(&asked.command.path, asked.given)?, None).await;
                    let is_done = replies.iter().all(|reply| !matches!(reply.tone, Tone::Refused | Tone::Failed));
                    if is_anybodys && !is_done {
                        return Ok(replies);
                    }
                    if is_anybodys {
                        self.take(row.id).await?;
                    }
                    for reply in &mut replies {
                        reply.replaces.get_or_insert_with(|| on.to_owned());
                    }
                    Ok(replies)
                }
                (Open::Pager { command, given, page, of }, "Next" | "Back") => {
                    let page = if label == "Next" { (page + 1).min(*of) } else { page.saturating_sub(1).max(1) };
                    let mut given = given.clone();
                    given.insert("page".to_owned(), vec![page.to_string()]);
                    let mut replies = self.ask(asking(command, given)?, None).await;
                    for reply in &mut replies {
                        reply.replaces = Some(on.to_owned());
                    }
                    Ok(replies)
                }
                _ => Err(Refusal::UnknownValue {
                    option: "button".into(),
                    given: direttore_domain::text::shorten(&direttore_domain::text::visible(label), 40),
                    nearest: None,
                    possible: buttons(&open),
                }
                .into()),
            }
        })
    }

    pub(super) fn filled<'s>(
        &'s self,
        heard: &'s Heard,
        on: &'s str,
        values: &'s [(String, String)],
        then: Then,
        trace: Trace,
    ) -> BoxFuture<'s, Result<Vec<Reply>, Trouble>> {
        Box::pin(async move {
            let Answering { row, open, actor, blind, trace } = self.answering(heard, on, trace).await?;
            if then == Then::Stay && !matches!(open, Open::Form { .. } | Open::Wizard { .. }) {
                // What has one page only would be carried out.
                return Err(Refusal::NothingOpen.into());
            }
            match open {
                Open::Confirm { command, given, fingerprint, typed_name: Some(name), .. } => {
                    let [(key, typed)] = values else { return Err(missing("name", "name=… and nothing else")) };
                    if key != "name" {
                        return Err(missing("name", "name=… and nothing else"));
                    }
                    if typed.trim() != name {
                        let right = direttore_domain::text::visible(&name);
                        let refusal = Refusal::NameMismatch {
                            given: direttore_domain::text::shorten(&direttore_domain::text::visible(typed), 60),
                            right,
                        };
                        let mut reply = self.refuse(heard, Some(&actor), &trace, &refusal.clone().into());
                        // The question stays open: the form comes again under its old id.
                        reply.form = Some(typed_name_form(&name, Some(refusal.to_string())));
                        reply.actions = vec!["Cancel".to_owned()];
                        on.clone_into(&mut reply.id);
                        return Ok(vec![reply]);
                    }
                    let command = command_of(&command).ok_or(Refusal::Expired { again: format!("/{command}") })?;
                    let confirmed = Confirmed { question: row.id, fingerprint };
                    Ok(self.ask(Asking { heard, actor, command, given, trace, blind }, Some(confirmed)).await)
                }
                Open::Form { command: path, mut given, asked, page } => {
                    let command = command_of(&path).ok_or(Refusal::Expired { again: format!("/{path}") })?;
                    let before = given.clone();
                    for (key, value) in values {
                        let Some(option) = command.option(key) else {
                            return Err(missing(key, &format!("one of {}", asked.join(", "))));
                        };
                        let words = if option.many {
                            value.split([' ', ',']).filter(|v| !v.is_empty()).map(str::to_owned).collect()
                        } else {
                            vec![value.clone()]
                        };
                        given.insert(key.clone(), words);
                    }
                    let answers = match command.answers(&given) {
                        Ok(answers) => answers,
                        Err(refusal) => {
                            // The form comes again with what was right before, and says what was wrong where.
                            let wrong =
                                values.iter().map(|(k, _)| k.as_str()).find(|k| refusal.to_string().starts_with(*k));
                            let open = Open::Form { command: path, given: before, asked, page };
                            let mut reply = self.form(heard, &actor, &open, wrong.map(|k| (k, &refusal))).await?;
                            self.take(row.id).await?;
                            let shown = self.refuse(heard, Some(&actor), &trace, &refusal.into());
                            (reply.tone, reply.title, reply.code) = (shown.tone, shown.title, shown.code);
                            reply.text = shown.text;
                            reply.replaces = Some(on.to_owned());
                            return Ok(vec![reply]);
                        }
                    };
                    let names: Vec<&str> = asked.iter().map(String::as_str).collect();
                    let pages = command.form_pages(&names).len();
                    if then == Then::Stay {
                        let open = Open::Form { command: path, given, asked, page };
                        let mut reply = self.form(heard, &actor, &open, None).await?;
                        self.take(row.id).await?;
                        reply.replaces = Some(on.to_owned());
                        return Ok(vec![reply]);
                    }
                    if !answers.missing(command).is_empty() && page < pages {
                        let open = Open::Form { command: path, given, asked, page: page + 1 };
                        let mut reply = self.form(heard, &actor, &open, None).await?;
                        self.take(row.id).await?;
                        reply.replaces = Some(on.to_owned());
                        return Ok(vec![reply]);
                    }
                    self.take(row.id).await?;
                    Ok(self.ask(Asking { heard, actor, command, given, trace, blind }, None).await)
                }
                Open::Wizard { command: path, given, page } => {
                    let command = command_of(&path).ok_or(Refusal::Expired { again: format!("/{path}") })?;
                    let asking = Asking { heard, actor, command, given, trace, blind };
                    let replies = self.wizard_filled(asking, page, values, then).await?;
                    self.turn_page(row.id, on, replies).await
                }
                Open::Alias { line, mut known, asked } => {
                    for (key, value) in values {
                        if !asked.contains(key) {
                            return Err(missing(key, &format!("one of {}", asked.join(", "))));
                        }
                        known.push((key.clone(), value.clone()));
                    }
                    let left: Vec<String> = asked.into_iter().filter(|a| !known.iter().any(|(k, _)| k == a)).collect();
                    if !left.is_empty() {
                        let open = Open::Alias { line, known, asked: left };
                        let mut reply = self.alias_form(heard, &actor, &open).await?;
                        self.take(row.id).await?;
                        reply.replaces = Some(on.to_owned());
                        return Ok(vec![reply]);
                    }
                    let expanded = handlers::alias_expand(&line, &known);
                    let asked = catalog().read(&expanded)?;
                    self.take(row.id).await?;
                    let (command, given) = (asked.command, asked.given);
                    Ok(self.ask(Asking { heard, actor, command, given, trace, blind }, None).await)
                }
                Open::Confirm { .. } | Open::Pager { .. } | Open::Offers { .. } => Err(Refusal::NothingOpen.into()),
            }
        })
    }

    /// The page that was answered is over; what follows stands in its place.
    async fn turn_page(&self, id: i64, on: &str, mut replies: Vec<Reply>) -> Result<Vec<Reply>, Trouble> {
        self.take(id).await?;
        replies.iter_mut().for_each(|reply| reply.replaces = Some(on.to_owned()));
        Ok(replies)
    }

    /// The question is over. Whoever took it before for the same thing that was heard takes it again.
    pub(super) async fn take(&self, id: i64) -> Result<(), Trouble> {
        if inbox::has_taken(id) {
            return Ok(());
        }
        let mut tx = self.store.write().await?;
        if !question::take(&mut tx, id).await? {
            return Err(Refusal::Answered.into());
        }
        self.note_taken(&mut tx, id).await?;
        Ok(tx.commit().await?)
    }

    async fn cancel(
        &self,
        row: &QuestionRow,
        open: &Open,
        actor: &Actor,
        trace: &Trace,
        on: &str,
    ) -> Result<Vec<Reply>, Trouble> {
        if !inbox::has_taken(row.id) {
            let mut tx = self.store.write().await?;
            if !question::cancel(&mut tx, row.id).await? {
                return Err(Refusal::Answered.into());
            }
            self.note_taken(&mut tx, row.id).await?;
            tx.commit().await?;
        }
        self.recorder.later(trace.entry("cancelled", json!({ "question": row.id })));
        let mut reply = self.rendered(actor, "cancelled", &json!({ "line": open.again() }))?;
        reply.replaces = Some(on.to_owned());
        Ok(vec![reply])
    }
}

fn missing(option: &str, right: &str) -> Trouble {
    Refusal::MissingOption { option: option.to_owned(), right: right.to_owned() }.into()
}

/// What says yes to a plan of the command.
pub(super) fn yes_of(command: &str) -> &'static str {
    match command_of(command).map(|c| c.confirm) {
        Some(Confirm::Review) => "Create",
        _ => "Yes",
    }
}

/// Whose answer counts: the asker's, an account's (what came by itself has no asker), or anybody's whom the policy lets.
fn may_answer(asker: &str, heard: &Heard, actor: &Actor) -> bool {
    match asker.strip_prefix(ACCOUNT) {
        Some(whose) => actor.account_id().is_some_and(|own| whose.starts_with(&format!("{own}:"))),
        None => asker == ANYBODY || asker == heard.identity.to_string(),
    }
}

fn buttons(open: &Open) -> Vec<String> {
    if let Open::Offers { offers, .. } = open {
        return offers.iter().map(|(label, _)| label.clone()).collect();
    }
    let labels: &[&str] = match open {
        Open::Confirm { typed_name: None, command, .. } if yes_of(command) == "Create" => &["Create", "Edit", "Cancel"],
        Open::Confirm { typed_name: None, .. } => &["Yes", "No"],
        Open::Confirm { .. } | Open::Form { page: 1, .. } | Open::Alias { .. } => &["Cancel"],
        Open::Form { .. } => &["Back", "Cancel"],
        Open::Wizard { command, given, page } => match command_of(command) {
            Some(command) => &wizard::buttons(command, given, *page),
            None => &["Cancel"],
        },
        Open::Offers { .. } => &[],
        Open::Pager { .. } => &["Back", "Next"],
    };
    labels.iter().map(|l| (*l).to_owned()).collect()
}
