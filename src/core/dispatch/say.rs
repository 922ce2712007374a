//! From a line to its outcome: read, authorise, ask, plan, confirm.

use super::{
    Dispatch, Heard, is_store, measured,
    pagers::Pager,
    question::{Open, called},
    record::Trace,
    wizard::At,
};
use crate::{
    handlers::{self, Cx},
    plan::{Outcome, Pages, Plan, Say, TextFile},
};
use direttore_catalog::{Command, Confirm, Given, Opt, catalog};
use direttore_domain::{Actor, AliasName, Permission, Refusal, Trouble, policy};
use direttore_reply::{Attachment, Form, Question, Reply, Tone, render};
use direttore_store::{StoreError, alias, question};
use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// One command of one actor, past reading.
pub(super) struct Asking<'a> {
    pub heard: &'a Heard,
    pub actor: Arc<Actor>,
    pub command: &'static Command,
    pub given: Given,
    pub trace: Trace,
    /// Why the database does not answer, when it does not.
    pub blind: Option<StoreError>,
}

impl Dispatch {
    pub(super) async fn say(&self, heard: &Heard, line: &str) -> Vec<Reply> {
        let mut trace = Trace::new(self, heard, line);
        let (actor, blind) = match self.actor(heard).await {
            Ok(found) => found,
            Err(trouble) => return vec![self.refuse(heard, None, &trace, &trouble)],
        };
        trace.actor(&actor);
        match self.read(&actor, line).await {
            Ok(Read::Command(command, given)) => {
                self.ask(Asking { heard, actor: Arc::new(actor), command, given, trace, blind }, None).await
            }
            Ok(Read::Alias { line, known, asked }) => {
                let open = Open::Alias { line, known, asked };
                match self.alias_form(heard, &actor, &open).await {
                    Ok(reply) => vec![reply],
                    Err(trouble) => vec![self.refuse(heard, Some(&actor), &trace, &trouble)],
                }
            }
            Err(trouble) => vec![self.refuse(heard, Some(&actor), &trace, &trouble)],
        }
    }

    /// A command, or an alias that stands for one.
    async fn read(&self, actor: &Actor, line: &str) -> Result<Read, Trouble> {
        let unknown = match catalog().read(line) {
            Ok(asked) => return Ok(Read::Command(asked.command, asked.given)),
            Err(refusal @ Refusal::UnknownCommand { .. }) => refusal,
            Err(refusal) => return Err(refusal.into()),
        };
        let mut words = line.trim().trim_start_matches('/').splitn(2, char::is_whitespace);
        let Ok(name) = words.next().unwrap_or_default().to_lowercase().parse::<AliasName>() else {
            return Err(unknown.into());
        };
        // With the database gone there are no aliases; the word is then simply unknown.
        let Ok(mut tx) = self.store.read().await else { return Err(unknown.into()) };
        let Ok(Some(found)) = alias::find(&mut tx, actor.account_id(), &name).await else { return Err(unknown.into()) };
        drop(tx);
        let questions = handlers::alias_questions(&found.line);
        let known = alias_answers(&questions, words.next().unwrap_or_default())?;
        let asked: Vec<String> = questions.into_iter().filter(|q| !known.iter().any(|(k, _)| k == q)).collect();
        if !asked.is_empty() {
            return Ok(Read::Alias { line: found.line, known, asked });
        }
        // Once only: an alias expands to a command, never to another alias.
        let expanded = handlers::alias_expand(&found.line, &known);
        let asked = catalog().read(&expanded)?;
        Ok(Read::Command(asked.command, asked.given))
    }

    /// Everything after reading. `confirmed` is the question that this is the yes to.
    pub(super) fn ask<'s, 'a: 's>(
        &'s self,
        mut asking: Asking<'a>,
        confirmed: Option<Confirmed>,
    ) -> BoxFuture<'s, Vec<Reply>> {
        Box::pin(async move {
            let line = format!("/{}", asking.command.line(&asking.given));
            asking.trace.command(&asking.command.path, &line);
            match self.asked(&mut asking, confirmed).await {
                Ok(replies) => replies,
                Err(trouble) => {
                    let mut reply = self.refuse(asking.heard, Some(&asking.actor), &asking.trace, &trouble);
                    Box::pin(self.offer_ways(&asking, &trouble, &mut reply)).await;
                    Box::pin(self.ask_reason(&asking, &trouble, &mut reply)).await;
                    vec![reply]
                }
            }
        })
    }

    pub(super) fn asked<'s, 'a: 's>(
        &'s self,
        asking: &'s mut Asking<'a>,
        confirmed: Option<Confirmed>,
    ) -> BoxFuture<'s, Result<Vec<Reply>, Trouble>> {
        Box::pin(async move {
            let Asking { heard, actor, command, .. } = &*asking;
            let (heard, command) = (*heard, *command);
            let channel = heard.origin.channel_name();
            policy::may_say(actor, command.permission, &command.path, &channel)?;
            let answers = command.answers(&asking.given)?;
            let missing: Vec<&Opt> = answers.missing(command);
            if !missing.is_empty() && command.is_wizard() {
                let at = At { command, given: &asking.given, page: 1 };
                return Ok(vec![self.wizard(heard, actor, at, None).await?]);
            }
            if !missing.is_empty() {
                let asked = missing.iter().map(|o| o.name.clone()).collect();
                let open = Open::Form { command: command.path.clone(), given: asking.given.clone(), asked, page: 1 };
                return Ok(vec![self.form(heard, actor, &open, None).await?]);
            }
            if let (Some(error), true) =
                (&asking.blind, !matches!(command.permission, Permission::Anyone | Permission::View))
            {
                return Err(error.clone().into());
            }
            let cx = self.cx(asking, confirmed.is_some());
            if command.path == "audit" {
                // What was just read is a moment behind; the one who asks for the log sees it whole.
                let _ = self.recorder.flush().await;
            }
            match handlers::plan(&cx, command, answers).await? {
                Outcome::Say(say) => {
                    let reply = self.shown(asking, &say).await?;
                    if let Some(Confirmed { question, .. }) = confirmed {
                        // The question is over: there is nothing left to do.
                        self.take(question).await?;
                    }
                    measured::command(asking.heard, &asking.command.path, "answered");
                    let is_live = asking.given.contains_key("live");
                    if !self.is_poll(&asking.heard.identity, &asking.command.path, is_live) {
                        self.recorder.later(asking.trace.entry("answered", serde_json::Value::Null));
                    }
                    Ok(vec![reply])
                }
                Outcome::Do(plan) => {
                    asking.trace.target(&plan.target);
                    let touches = Box::pin(self.touches(asking, &plan)).await?;
                    if !touches.is_empty() {
                        let mut tx = self.store.read().await?;
                        Box::pin(self.guard(&mut tx, asking, &plan, &touches)).await?;
                    }
                    match (command.confirm, confirmed) {
                        (Confirm::No, _) => Ok(self.carry(asking, *plan, None).await?.0),
                        (_, Some(yes)) if yes.fingerprint == plan.fingerprint() => {
                            Ok(self.carry(asking, *plan, Some(yes.question)).await?.0)
                        }
                        (_, Some(yes)) => {
                            self.take(yes.question).await?;
                            Ok(vec![self.confirm(asking, &plan, true).await?])
                        }
                        (_, None) => Ok(vec![self.confirm(asking, &plan, false).await?]),
                    }
                }
            }
        })
    }

    /// What its handler may look at.
    pub(super) fn cx(&self, asking: &Asking<'_>, is_confirmed: bool) -> Cx {
        let Asking { heard, actor, command, .. } = asking;
        Cx {
            actor: Arc::clone(actor),
            origin: heard.origin.clone(),
            channel: heard.origin.channel_name(),
            command,
            lab: self.lab.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            rules: Arc::clone(&self.rules),
            things: Arc::clone(&self.things),
            is_confirmed,
            shows_pictures: heard.origin.surface.shows_pictures(),
        }
    }

    /// A reply that only shows; a list with more pages gets a pager.
    fn shown<'s, 'a: 's>(&'s self, asking: &'s Asking<'a>, say: &'s Say) -> BoxFuture<'s, Result<Reply, Trouble>> {
        Box::pin(async move {
            let mut reply = self.said(&asking.actor, say)?;
            if asking.blind.is_some() {
                warn_blind(&mut reply);
            }
            if let Some(picture) = say.picture.as_ref().filter(|_| asking.heard.origin.surface.shows_pictures()) {
                reply.attachments.extend(self.drawn(picture, asking.actor.zone()).await);
            }
            reply.attachments.extend(say.file.as_ref().map(attached));
            if let Some(pages) = say.pages.filter(|p| p.of > 1) {
                // Without the database the page is shown without its buttons.
                if asking.blind.is_none()
                    && let Some(id) = self.pager(asking, pages)
                {
                    reply.id = called(id);
                    reply.actions.extend((pages.page > 1).then(|| "Back".to_owned()));
                    reply.actions.extend((pages.page < pages.of).then(|| "Next".to_owned()));
                }
                return Ok(reply);
            }
            let offers = say.offers.iter().map(|(label, line)| ((*label).to_owned(), line.clone()));
            self.under_buttons(asking.heard, &asking.actor, offers.collect(), &mut reply).await;
            Ok(reply)
        })
    }

    /// Opens a pager at a page.
    fn pager(&self, asking: &Asking<'_>, Pages { page, of }: Pages) -> Option<i64> {
        let Asking { heard, actor, command, given, .. } = asking;
        let open = Open::Pager { command: command.path.clone(), given: given.clone(), page, of };
        let now = self.clock.now();
        self.pagers.later(Pager {
            asker: heard.identity.to_string(),
            account_id: actor.account_id(),
            origin: heard.origin.clone(),
            body: serde_json::to_value(open).ok()?,
            expires: now + self.settings.form,
            now,
        })
    }

    /// Puts lines that could be said next under a reply, each under its button.
    pub(super) fn under_buttons<'s>(
        &'s self,
        heard: &'s Heard,
        actor: &'s Actor,
        offers: Vec<(String, String)>,
        reply: &'s mut Reply,
    ) -> BoxFuture<'s, ()> {
        Box::pin(async move {
            if offers.is_empty() {
                return;
            }
            let labels = offers.iter().map(|(label, _)| label.clone()).collect();
            // Without the database they can still be said.
            if let Ok(id) =
                self.store_question(heard, actor, &Open::Offers { offers, stays: false }, self.settings.form).await
            {
                reply.id = id;
                reply.actions = labels;
            }
        })
    }

    /// The question before a plan is carried out.
    fn confirm<'s, 'a: 's>(
        &'s self,
        asking: &'s Asking<'a>,
        plan: &'s Plan,
        changed: bool,
    ) -> BoxFuture<'s, Result<Reply, Trouble>> {
        Box::pin(async move {
            let mut settled = asking.given.clone();
            settled.extend(plan.settled.iter().cloned());
            let mut data = plan.question.data.clone();
            if let Some(data) = data.as_object_mut() {
                data.insert("line".into(), json!(format!("/{}", asking.command.line(&settled))));
                data.insert("asking".into(), json!(true));
                data.insert("changed_since".into(), json!(changed));
            }
            let mut reply = self.rendered(&asking.actor, plan.question.template, &data)?;
            reply.attachments.extend(plan.question.file.as_ref().map(attached));
            reply.tone = Tone::Info;
            reply.public = false;
            let open = Open::Confirm {
                command: asking.command.path.clone(),
                given: settled,
                said: if plan.settled.is_empty() { Given::default() } else { asking.given.clone() },
                fingerprint: plan.fingerprint(),
                typed_name: plan.typed_name.clone(),
            };
            reply.id = self.store_question(asking.heard, &asking.actor, &open, self.settings.question).await?;
            match (&plan.typed_name, asking.command.confirm) {
                (Some(name), Confirm::Name) => {
                    reply.form = Some(typed_name_form(name, None));
                    reply.actions = vec!["Cancel".to_owned()];
                }
                (_, Confirm::Review) => {
                    reply.actions = vec!["Create".to_owned(), "Edit".to_owned(), "Cancel".to_owned()];
                }
                _ => reply.actions = vec!["Yes".to_owned(), "No".to_owned()],
            }
            measured::command(asking.heard, &asking.command.path, "asked");
            self.recorder.later(asking.trace.entry("asked", json!({ "question": reply.id, "changed": changed })));
            Ok(reply)
        })
    }

    /// A form for options that are missing. `wrong` is an earlier answer's trouble, by option.
    pub(super) fn form<'s>(
        &'s self,
        heard: &'s Heard,
        actor: &'s Actor,
        open: &'s Open,
        wrong: Option<(&'s str, &'s Refusal)>,
    ) -> BoxFuture<'s, Result<Reply, Trouble>> {
        Box::pin(async move {
            let mut reply = self.form_reply(actor, open, wrong)?;
            reply.id = self.store_question(heard, actor, open, self.settings.form).await?;
            Ok(reply)
        })
    }

    /// A form that is not open yet.
    pub(super) fn form_reply(
        &self,
        actor: &Actor,
        open: &Open,
        wrong: Option<(&str, &Refusal)>,
    ) -> Result<Reply, Trouble> {
        let Open::Form { command, given, asked, page } = open else { return Err(Trouble::bug("no form")) };
        let command = super::question::command_of(command).ok_or_else(|| Trouble::bug("a form of no command"))?;
        let names: Vec<&str> = asked.iter().map(String::as_str).collect();
        let pages = command.form_pages(&names);
        let at = pages.get(page.saturating_sub(1)).ok_or_else(|| Trouble::bug("a page that is not there"))?;
        let ask = at.ask.iter().map(|o| Question {
            key: o.name.clone(),
            label: o.help.clone(),
            kind: o.kind.to_string(),
            required: o.required,
            value: given.get(&o.name).map(|v| v.join(" ")),
            choices: o.choices.clone(),
            hints: vec![],
            more: 0,
            error: wrong.filter(|(option, _)| *option == o.name).map(|(_, refusal)| refusal.to_string()),
        });
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let form = Form { title: at.title.to_owned(), page: count(*page), of: count(pages.len()), ask: ask.collect() };
        let data = json!({ "command": command.path, "title": form.title });
        let mut reply = self.rendered(actor, "form", &data)?;
        reply.actions.extend((*page > 1).then(|| "Back".to_owned()));
        reply.actions.push("Cancel".to_owned());
        reply.form = Some(form);
        Ok(reply)
    }

    pub(super) async fn alias_form(&self, heard: &Heard, actor: &Actor, open: &Open) -> Result<Reply, Trouble> {
        let Open::Alias { line, asked, .. } = open else { return Err(Trouble::bug("no alias")) };
        let mut reply = self.alias_reply(actor, line, asked)?;
        reply.id = self.store_question(heard, actor, open, self.settings.form).await?;
        Ok(reply)
    }

    pub(super) fn alias_reply(&self, actor: &Actor, line: &str, asked: &[String]) -> Result<Reply, Trouble> {
        let mut reply = self.rendered(actor, "form", &json!({ "command": line, "title": "Fill in" }))?;
        let ask = asked.iter().map(|key| Question {
            key: key.clone(),
            label: key.clone(),
            kind: "text".to_owned(),
            required: true,
            ..Question::default()
        });
        reply.form = Some(Form { title: "Fill in".to_owned(), page: 1, of: 1, ask: ask.collect() });
        reply.actions = vec!["Cancel".to_owned()];
        Ok(reply)
    }

    pub(super) fn said(&self, actor: &Actor, say: &Say) -> Result<Reply, Trouble> {
        match &say.values {
            Some(values) => self.rendered(actor, say.template, values),
            None => self.rendered(actor, say.template, &say.data),
        }
    }

    pub(super) fn rendered(&self, actor: &Actor, template: &str, data: &impl Serialize) -> Result<Reply, Trouble> {
        let mut reply = render(template, data, actor.zone()).map_err(Trouble::bug)?;
        reply.id = self.next_id();
        reply.to = actor.name();
        Ok(reply)
    }

    pub(super) async fn store_question(
        &self,
        heard: &Heard,
        actor: &Actor,
        open: &Open,
        life: Duration,
    ) -> Result<String, Trouble> {
        let body = serde_json::to_value(open).map_err(Trouble::bug)?;
        let now = self.clock.now();
        let asker = heard.identity.to_string();
        let new = question::NewQuestion {
            kind: open.kind(),
            asker: &asker,
            account_id: actor.account_id(),
            origin: &heard.origin,
            body: &body,
            expires: Some(now + life),
            now,
        };
        let mut tx = self.store.write().await?;
        let id = question::create(&mut tx, &new).await?;
        tx.commit().await?;
        Ok(called(id))
    }

    /// The reply to what was not done, and its line in the audit log.
    pub(super) fn refuse(&self, heard: &Heard, actor: Option<&Actor>, trace: &Trace, trouble: &Trouble) -> Reply {
        let (mut reply, reference) = self.trouble(trouble);
        measured::trouble(heard, trace, trouble);
        reply.id = self.next_id();
        reply.to = actor.map_or_else(|| heard.identity.to_string(), Actor::name);
        reply.zone = actor.map_or("UTC", Actor::zone).to_owned();
        let mut trace = trace.clone();
        trace.reference(reference);
        let outcome = match trouble {
            Trouble::Refusal(_) => "refused",
            Trouble::Failure(_) | Trouble::Bug(_) => "failed",
        };
        let detail = json!({ "code": trouble.code(), "said": trouble.to_string() });
        if !is_store(trouble) {
            self.recorder.later(trace.entry(outcome, detail));
        }
        reply
    }
}

enum Read {
    Command(&'static Command, Given),
    Alias { line: String, known: Vec<(String, String)>, asked: Vec<String> },
}

/// The yes to a question.
pub(super) struct Confirmed {
    pub question: i64,
    pub fingerprint: String,
}

pub(super) fn typed_name_form(name: &str, error: Option<String>) -> Form {
    let ask = Question {
        key: "name".to_owned(),
        label: format!("Type {} to go on", direttore_domain::text::visible(name)),
        kind: "text".to_owned(),
        required: true,
        error,
        ..Question::default()
    };
    Form { title: "The name confirms it".to_owned(), page: 1, of: 1, ask: vec![ask] }
}

fn warn_blind(reply: &mut Reply) {
    if reply.tone == Tone::Info {
        reply.tone = Tone::Warning;
    }
    let warning = "The database does not answer: this is shown from memory, and nothing can be changed now.";
    reply.text.0.push(direttore_reply::Span::Line);
    reply.text.0.push(direttore_reply::Span::Plain(warning.to_owned()));
}

/// Answers to an alias' questions from the rest of the line: `name=value`, or one after another.
fn alias_answers(questions: &[String], rest: &str) -> Result<Vec<(String, String)>, Refusal> {
    let mut known: Vec<(String, String)> = Vec::new();
    for word in rest.split_whitespace() {
        let named = word.split_once('=').filter(|(k, _)| questions.iter().any(|q| q == k));
        let (key, value) = match named {
            Some((key, value)) => (key.to_owned(), value),
            None => match questions.iter().find(|q| !known.iter().any(|(k, _)| k == *q)) {
                Some(next) => (next.clone(), word),
                None => return Err(Refusal::TooMany { command: "alias".into(), given: word.to_owned() }),
            },
        };
        if known.iter().any(|(k, _)| *k == key) {
            return Err(Refusal::GivenTwice { option: key });
        }
        known.push((key, value.trim_matches('"').to_owned()));
    }
    Ok(known)
}

pub(super) fn attached(file: &TextFile) -> Attachment {
    let TextFile { name, text, about } = file;
    Attachment {
        name: name.clone(),
        media_type: "text/plain".to_owned(),
        bytes: text.clone().into_bytes(),
        alt: about.clone(),
    }
}
