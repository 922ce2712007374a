//! From an interaction to its answer: acknowledged at once, carried out by the dispatch, shown as a message.
//!
//! Whatever happens, somebody who did something hears of it: also when our own code panics.

use crate::{
    commands, complete,
    custom_id::{CustomId, Stale},
    interaction::{Command, Id, Interaction, Message as On, What},
    live,
    message::{Callback, Message},
    render::{self, find_modal, modal},
    surface::Inner,
    tell,
    transport::{Answers, Error, code},
};
use direttore_catalog::{Runs, catalog};
use direttore_core::dispatch::{Heard, What as Meant, reference};
use direttore_domain::{Claims, Identity, Origin, Surface};
use direttore_reply::{Reply, Tone, render_bug};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

/// A command that is answered from what is known is answered without a word before; unless it takes longer.
const AT_ONCE: Duration = Duration::from_millis(1200);
/// A modal must be the first answer, within Discord's three seconds.
const FOR_A_MODAL: Duration = Duration::from_millis(2000);
/// Between the first two tries to acknowledge, or to say what comes after that; the others come ever slower.
const AGAIN: Duration = Duration::from_millis(150);
/// To acknowledge, within Discord's three seconds.
const TRIES: u32 = 3;
/// To say what comes after that: somebody reads "thinking…".
const LATER_TRIES: u32 = 5;

pub(crate) async fn answer(inner: &Arc<Inner>, it: Interaction) {
    let answers = inner.transport.of_interaction(it.id, it.token.clone());
    if let Err(error) = guarded(&answers, act(inner, &it, &answers)).await {
        inner.unanswered(&error);
    }
}

/// A panic becomes an answer too.
async fn guarded(answers: &Answers, work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => done,
        Err(_) => {
            let reference = reference();
            tracing::error!(reference, "panic while answering an interaction");
            sorry(answers, &render_bug(&reference)).await
        }
    }
}

/// Says it however it still can be said.
async fn sorry(answers: &Answers, reply: &Reply) -> Result<(), Error> {
    let message = render::message(reply, true);
    match first(answers, &Callback::Message(message.clone())).await {
        Err(error) if error.code() == Some(code::ALREADY_ACKNOWLEDGED) => {
            follow(answers, std::iter::once(message)).await
        }
        other => other,
    }
}

async fn act(inner: &Arc<Inner>, it: &Interaction, answers: &Answers) -> Result<(), Error> {
    match &it.what {
        What::Ping => Ok(()),
        What::Command(command) => said(inner, it, answers, command).await,
        What::Complete(command, name, typed) => completed(inner, it, answers, command, name, typed).await,
        What::Component { custom_id, values, on } => match CustomId::parse(custom_id) {
            Ok(id) => used(inner, it, answers, id, values, *on).await,
            Err(stale) => old(answers, stale).await,
        },
        What::Modal { custom_id, texts, on } => match CustomId::parse(custom_id) {
            Ok(CustomId::Fill { on: open }) => {
                turn(inner, it, answers, *on, Meant::Fill { on: open, values: texts.clone() }).await
            }
            Ok(CustomId::Find { on: open, key }) => {
                let part = texts.first().map(|(_, text)| text.clone()).unwrap_or_default();
                turn(inner, it, answers, *on, Meant::Find { on: open, key, part }).await
            }
            Ok(_) => old(answers, Stale::Unknown).await,
            Err(stale) => old(answers, stale).await,
        },
    }
}

/// What the dispatch hears. Roles count where they were given: in the configured guild.
pub(crate) fn heard(inner: &Inner, it: &Interaction, what: Meant) -> Heard {
    let is_home = it.guild == Some(inner.settings.guild);
    let roles = if is_home { it.roles.iter().map(Id::to_string).collect() } else { vec![] };
    Heard {
        identity: Identity { surface: Surface::Discord, subject: it.user.id.to_string() },
        claims: Claims { name: it.user.name.clone(), roles },
        origin: Origin { surface: Surface::Discord, channel: it.channel.to_string() },
        what,
    }
}

/// Hears, and notes at once where the jobs that came of it are to be told of.
async fn hear(inner: &Arc<Inner>, it: &Interaction, what: Meant) -> Vec<Reply> {
    let replies = inner.dispatch.hear(heard(inner, it, what)).await;
    tell::note_jobs(inner, it, &replies).await;
    replies
}

/// Acknowledges; what is temporary is tried again while there is time.
pub(crate) async fn first(answers: &Answers, callback: &Callback) -> Result<(), Error> {
    for left in (0..TRIES).rev() {
        match answers.first(callback).await {
            Err(error) if error.is_temporary() && left > 0 => tokio::time::sleep(AGAIN).await,
            // An answer that got lost on its way back to us.
            Err(error) if error.code() == Some(code::ALREADY_ACKNOWLEDGED) && left + 1 < TRIES => return Ok(()),
            other => return other,
        }
    }
    Ok(())
}

async fn said(inner: &Arc<Inner>, it: &Interaction, answers: &Answers, command: &Command) -> Result<(), Error> {
    let (line, is_shared) = commands::line(catalog(), command);
    if live::is_wanted(command) {
        return live::begin(inner, it, answers, line).await;
    }
    let defer = Callback::Defer { is_ephemeral: !is_shared };
    let mut work = Box::pin(hear(inner, it, Meant::Say(line)));
    let is_quick = catalog().get(&command.path).is_none_or(|c| c.runs == Runs::Now);
    let replies = if is_quick {
        match tokio::time::timeout(AT_ONCE, &mut work).await {
            Ok(replies) => {
                let mut messages = replies.iter().map(|r| render::message(r, !is_shared));
                let Some(message) = messages.next() else { return first(answers, &defer).await };
                first(answers, &Callback::Message(message)).await?;
                return follow(answers, messages).await;
            }
            Err(_) => deferred(answers, &defer, work).await?,
        }
    } else {
        deferred(answers, &defer, work).await?
    };
    let mut messages = replies.iter().map(|r| render::message(r, !is_shared));
    if let Some(message) = messages.next() {
        edit(answers, message).await?;
    }
    follow(answers, messages).await
}

/// Acknowledges while the work goes on, which is done to its end whether Discord took that or not.
async fn deferred(
    answers: &Answers,
    defer: &Callback,
    work: impl Future<Output = Vec<Reply>>,
) -> Result<Vec<Reply>, Error> {
    let (acknowledged, replies) = futures::join!(first(answers, defer), work);
    acknowledged.map(|()| replies)
}

/// An edit cannot change who sees a message.
pub(crate) async fn edit(answers: &Answers, message: Message) -> Result<(), Error> {
    let message = Message { flags: None, ..message };
    again(|| answers.edit(&message)).await
}

async fn follow(answers: &Answers, messages: impl Iterator<Item = Message>) -> Result<(), Error> {
    for message in messages {
        // One that got lost on its way back to us comes twice; that is better than never.
        again(|| answers.follow_up(&message)).await?;
    }
    Ok(())
}

/// Asks until it is not for a passing reason that nothing comes of it.
async fn again<T, F: Future<Output = Result<T, Error>>>(ask: impl Fn() -> F) -> Result<T, Error> {
    let mut pause = AGAIN;
    for _ in 1..LATER_TRIES {
        match ask().await {
            Err(error) if error.is_temporary() => tokio::time::sleep(pause).await,
            other => return other,
        }
        pause *= 3;
    }
    ask().await
}

async fn completed(
    inner: &Arc<Inner>,
    it: &Interaction,
    answers: &Answers,
    command: &Command,
    name: &str,
    typed: &str,
) -> Result<(), Error> {
    let mut choices = vec![];
    if let Some((line, _)) = complete::line(catalog(), command, name, typed) {
        let who = heard(inner, it, Meant::Say(String::new()));
        let found = inner.dispatch.complete((&who.identity, &who.claims), &who.origin, &line, line.len());
        if let Ok(found) = tokio::time::timeout(inner.settings.paces.complete, found).await {
            choices = complete::choices(catalog(), command, name, &line, found);
        }
    }
    answers.first(&Callback::Choices(choices)).await
}

/// A button or a select.
async fn used(
    inner: &Arc<Inner>,
    it: &Interaction,
    answers: &Answers,
    id: CustomId,
    values: &[String],
    on: On,
) -> Result<(), Error> {
    match id {
        CustomId::Press { on: open, label } => {
            turn(inner, it, answers, Some(on), Meant::Press { on: open, label }).await
        }
        CustomId::Set { on: open, key } if values.iter().any(|v| v == render::FIND) => {
            first(answers, &Callback::Modal(find_modal(&open, &key))).await
        }
        CustomId::Set { on: open, key } => {
            let values = vec![(key, values.first().cloned().unwrap_or_default())];
            turn(inner, it, answers, Some(on), Meant::Set { on: open, values }).await
        }
        CustomId::Write { on: open } => {
            let look = inner.dispatch.hear(heard(inner, it, Meant::Look { on: open.clone() }));
            let Ok(replies) = tokio::time::timeout(FOR_A_MODAL, look).await else {
                let slow = Reply::new(Tone::Failed, "this takes too long just now; press again in a moment");
                return first(answers, &Callback::Message(render::message(&slow, true))).await;
            };
            let callback = match replies.into_iter().next() {
                Some(Reply { form: Some(mut form), .. }) => {
                    inner.written.put_into(&open, &mut form);
                    Callback::Modal(modal(&open, &form))
                }
                Some(reply) => Callback::Message(render::message(&reply, true)),
                None => Callback::DeferUpdate,
            };
            first(answers, &callback).await
        }
        CustomId::Fill { .. } | CustomId::Find { .. } => old(answers, Stale::Unknown).await,
    }
}

/// Something that changes the message it was done on, if it may; the others hear of it beside that message.
async fn turn(
    inner: &Arc<Inner>,
    it: &Interaction,
    answers: &Answers,
    on: Option<On>,
    what: Meant,
) -> Result<(), Error> {
    let texts = if let Meant::Fill { values, .. } = &what { Some(values.clone()) } else { None };
    let taken = if on.is_some() { Callback::DeferUpdate } else { Callback::Defer { is_ephemeral: true } };
    let (acknowledged, replies) = futures::join!(first(answers, &taken), hear(inner, it, what));
    acknowledged?;
    let mut replies = replies.into_iter();
    let Some(reply) = replies.next() else { return Ok(()) };
    if let (Some(texts), Some(_), Tone::Refused) = (texts, &reply.form, reply.tone) {
        inner.written.keep(&reply.id, texts);
    }
    let message = render::message(&reply, true);
    if on.is_none() || is_next(&reply) {
        edit(answers, message).await?;
    } else {
        follow(answers, std::iter::once(message)).await?;
    }
    follow(answers, replies.map(|r| render::message(&r, true))).await
}

/// Whether a reply stands in the place of the message it answers to. A refusal that leaves the question open, or that
/// somebody else gets, must not wipe it away.
fn is_next(reply: &Reply) -> bool {
    if reply.is_beside {
        return false;
    }
    match reply.tone {
        Tone::Info | Tone::Success | Tone::Warning => true,
        Tone::Refused | Tone::Failed => {
            reply.replaces.is_some() || reply.form.is_some() || reply.code.as_deref() == Some("expired")
        }
    }
}

async fn old(answers: &Answers, stale: Stale) -> Result<(), Error> {
    let title = match stale {
        Stale::Version => "this form is from an older version of me; start again with the command",
        Stale::Unknown => "I do not know this button; start again with the command",
    };
    let reply = Reply { code: Some("expired".to_owned()), ..Reply::new(Tone::Refused, title) };
    first(answers, &Callback::Message(render::message(&reply, true))).await
}

#[cfg(test)]
mod tests;
