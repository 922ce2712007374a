//! From an event to its answer.

use super::{
    Talk,
    meant::{answers, by_sign, by_words, press},
    note::Posted,
    say::{Place, react},
};
use crate::{
    heard::{self, Words},
    live, render, roles, tell,
    wire::{Error, Event, Room},
};
use direttore_catalog::{Command, Confirm, Runs, catalog};
use direttore_core::dispatch::{Heard, What, unasked};
use direttore_domain::{Identity, Origin, Permission, Surface};
use direttore_reply::{Reply, Span, Tone};
use futures::future::BoxFuture;
use std::time::Duration;

/// Older than this nobody means it any more: what changes something, and what only reads.
const CHANGE: Duration = Duration::from_secs(60);
const READ: Duration = Duration::from_secs(600);

/// What an event leads to.
struct Meant {
    what: What,
    /// Of the thread that the answer stands in.
    root: String,
    /// The message that it answers, when there is one.
    on: Option<Posted>,
}

impl Talk {
    pub(super) async fn act(&self, event: &Event) -> Result<(), Error> {
        let me = self.wire.me();
        if event.sender == me {
            return Ok(());
        }
        if let Some(redacted) = event.redacts.as_deref().filter(|_| event.kind == "m.room.redaction") {
            return Box::pin(self.taken_back(event, redacted)).await;
        }
        if let Some(reaction) = heard::reaction(event, me) {
            let Some(posted) = self.insist(|| Box::pin(self.posted(&event.room, &reaction.on))).await? else {
                return Ok(());
            };
            // Somebody else's sign is no answer, and no reason to talk.
            let is_theirs = posted.asker.as_ref().is_none_or(|asker| *asker == event.sender);
            let Some(button) = by_sign(&posted, &reaction.key).filter(|_| is_theirs) else { return Ok(()) };
            let (what, root) = (press(&posted, button), posted.root.clone());
            return Box::pin(self.answer(event, Meant { what, root, on: Some(posted) })).await;
        }
        let Some(words) = heard::words(event, me, catalog(), self.settings.bare_commands) else { return Ok(()) };
        if !words.is_addressed && words.thread.is_none() && words.replies_to.is_none() && !self.settings.direct {
            return Ok(());
        }
        let room = self.insist(|| self.wire.room(&event.room)).await?;
        if room.is_encrypted && !event.was_encrypted {
            // Whoever runs the homeserver could put it there in anybody's name.
            tracing::warn!("{} came in plain text into the encrypted room {}: not heard", event.id, event.room);
            return Ok(());
        }
        match self.insist(|| Box::pin(self.meant(event, &words, &room))).await? {
            Some(Ok(meant)) => Box::pin(self.answer(event, meant)).await,
            Some(Err((root, wrong))) => {
                let place = Place { room: &event.room, root: &root, to: &event.id };
                self.reply(place, &render::words(&wrong), &format!("w/{}", event.id)).await.map(drop)
            }
            None => Ok(()),
        }
    }

    /// What words mean here; nothing when they are not for us. An error is said, in the thread with that root.
    async fn meant(
        &self,
        event: &Event,
        words: &Words,
        room: &Room,
    ) -> Result<Option<Result<Meant, (String, String)>>, Error> {
        let (here, who) = (event.room.as_str(), event.sender.as_str());
        let replied = match &words.replies_to {
            Some(message) => self.posted(here, message).await?,
            None => None,
        };
        let thread = words.thread.clone().or_else(|| replied.as_ref().map(|posted| posted.root.clone()));
        let is_between_two = room.is_direct && self.settings.direct;
        let open = match &thread {
            // A reply names its message; else it is the last one.
            Some(root) => match replied.filter(|posted| posted.asker.as_deref().is_none_or(|asker| asker == who)) {
                Some(posted) => Some(posted),
                None => self.open_in((here, root), who, &event.id).await?,
            },
            None if words.is_addressed || is_between_two => self.newest(here, who, &event.id).await?,
            None => None,
        };
        let root = thread.clone().unwrap_or_else(|| event.id.clone());
        let text = words.text.as_str();
        if text.is_empty() {
            return Ok(None);
        }
        if let Some(posted) = open {
            let at = posted.root.clone();
            if let Some(button) = by_words(&posted, text) {
                return Ok(Some(Ok(Meant { what: press(&posted, button), root: at, on: Some(posted) })));
            }
            let is_command = thread.is_none() && catalog().read(text).is_ok();
            if let Some(asks) = posted.asks.clone().filter(|_| !words.is_addressed && !is_command) {
                return Ok(Some(match answers(&posted, &asks, text) {
                    Ok(what) => Ok(Meant { what, root: at, on: Some(posted) }),
                    Err(wrong) => Err((at, wrong)),
                }));
            }
        }
        let is_for_us = words.is_addressed || is_between_two;
        Ok(is_for_us.then(|| Ok(Meant { what: What::Say(text.to_owned()), root, on: None })))
    }

    /// Who takes a command back gives up what it asks.
    async fn taken_back(&self, event: &Event, redacted: &str) -> Result<(), Error> {
        if live::end_by(self, &event.room, redacted).await? {
            return Ok(());
        }
        let open = self.open_in((&event.room, redacted), &event.sender, &event.id).await?;
        let Some(posted) = open.filter(|posted| posted.asker.as_ref() == Some(&event.sender)) else { return Ok(()) };
        match posted.buttons.iter().find(|button| matches!(button.label.as_str(), "No" | "Cancel")) {
            Some(button) => {
                let (what, root) = (press(&posted, button), posted.root.clone());
                Box::pin(self.answer(event, Meant { what, root, on: Some(posted) })).await
            }
            None => Ok(()),
        }
    }

    async fn answer(&self, event: &Event, meant: Meant) -> Result<(), Error> {
        let place = Place { room: &event.room, root: &meant.root, to: &event.id };
        if let Some(age) = self.too_old(event, &meant.what) {
            let minutes = age.as_secs().div_ceil(60).max(1);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            let title = format!("this is {minutes} {unit} old: send it again if it is still meant");
            let reply = Reply { code: Some("too-old".to_owned()), ..Reply::new(Tone::Refused, title) };
            let shown = render::shown(&reply, self.manner());
            return self.reply(place, &shown, &format!("o/{}", event.id)).await.map(drop);
        }
        let claims = || roles::claims(self.wire.as_ref(), &self.settings, &event.sender);
        let claims = self.insist(|| Box::pin(claims())).await?;
        let identity = Identity { surface: Surface::Matrix, subject: event.sender.clone() };
        let origin = Origin { surface: Surface::Matrix, channel: event.room.clone() };
        let heard = Heard { identity, claims, origin, what: meant.what.clone() };
        if let What::Say(line) = &meant.what
            && live::is_wanted(line)
        {
            return Box::pin(live::begin(self, event, place, heard, line)).await;
        }
        // It is long: boxed, it does not lie on the stack of all that leads to it.
        let mut replies = self.with_sign(event, Box::pin(self.dispatch.hear(heard))).await;
        if let (What::Say(line), Some(reply)) = (&meant.what, replies.first_mut()) {
            in_one_line(line, reply);
        }
        tell::note_jobs(self, place, &event.sender, &replies).await;
        let mut is_asked = false;
        for (at, reply) in replies.iter().enumerate() {
            is_asked |= self.say(event, place, at, reply).await?;
        }
        // What was answered is over; other words in the thread are talk.
        if let Some(posted) = meant.on.filter(|_| !is_asked && replies.iter().any(is_next)) {
            self.point((place.room, place.root), posted.asker.as_deref(), None, &event.id).await?;
        }
        Ok(())
    }

    /// Whether it was said so long ago that nobody may count on it any more.
    fn too_old(&self, event: &Event, what: &What) -> Option<Duration> {
        let age = self.dispatch.now().since(event.sent_at);
        let limit = match what {
            What::Say(line) if catalog().read(line).is_ok_and(|asked| only_reads(asked.command)) => READ,
            _ => CHANGE,
        };
        (age > limit).then_some(age)
    }

    /// What takes long gets a sign that it was heard.
    async fn with_sign<T>(&self, event: &Event, mut work: BoxFuture<'_, T>) -> T {
        match tokio::time::timeout(self.settings.paces.sign, &mut work).await {
            Ok(done) => done,
            Err(_) => {
                let txn = format!("h/{}", event.id);
                let sign = react(self.wire.as_ref(), &event.room, &event.id, "👀", &txn);
                let (_, done) = futures::join!(sign, work);
                done
            }
        }
    }

    /// Whether it asks something.
    async fn say(&self, event: &Event, place: Place<'_>, at: usize, reply: &Reply) -> Result<bool, Error> {
        let txn = format!("a/{}/{at}", event.id);
        let shown = render::shown(reply, self.manner());
        let is_here = !reply.reveals || self.wire.room(place.room).await.is_ok_and(|room| room.is_direct);
        if !is_here {
            self.say_alone(event, place, reply, &shown, &txn).await?;
            return Ok(false);
        }
        let id = self.reply(place, &shown, &txn).await?;
        let Some(posted) = Posted::new(&reply.id, &shown, place.root, Some(&event.sender)) else { return Ok(false) };
        self.insist(|| Box::pin(self.note(place.room, &id, &posted, &event.id))).await?;
        self.offer(place.room, &id, &posted, &txn);
        Ok(true)
    }

    /// A secret, to the asker alone; the others read that there was one.
    async fn say_alone(
        &self,
        event: &Event,
        place: Place<'_>,
        reply: &Reply,
        shown: &render::Shown,
        txn: &str,
    ) -> Result<(), Error> {
        let between = self.insist(|| self.wire.direct(&event.sender)).await;
        let told = match &between {
            Ok(room) => self.post(room, None, shown, txn).await.map(drop),
            Err(error) => Err(error.clone()),
        };
        let jobs = unasked::queued(reply);
        let done = if jobs.is_empty() { String::new() } else { format!("queued: {}. ", jobs.join(", ")) };
        let word = match told {
            Ok(()) => format!("{done}The rest is for you alone: it is in the room of the two of us."),
            Err(error) => {
                tracing::error!("a secret for {} could not be told: {error}", event.sender);
                format!("{done}The rest is for you alone, and I cannot write to you: {error}")
            }
        };
        self.reply(place, &render::words(&word), &format!("{txn}/w")).await.map(drop)
    }
}

/// Whether a command changes nothing.
fn only_reads(command: &Command) -> bool {
    let is_look = matches!(command.permission, Permission::View | Permission::Anyone);
    command.confirm == Confirm::No
        && command.runs != Runs::Job
        && (is_look || matches!(command.verb(), "list" | "show"))
}

/// Whether a reply stands in the place of what it answers to. A refusal that leaves the question open does not.
fn is_next(reply: &Reply) -> bool {
    match reply.tone {
        Tone::Info | Tone::Success | Tone::Warning => !reply.is_beside,
        Tone::Refused | Tone::Failed => {
            reply.replaces.is_some()
                || matches!(reply.code.as_deref(), Some("expired" | "answered-already" | "nothing-open"))
        }
    }
}

/// The first page of a wizard says how all of it can be said at once.
fn in_one_line(line: &str, reply: &mut Reply) {
    let asked = catalog().read(line).ok().filter(|asked| asked.command.is_wizard());
    let is_first = reply.tone == Tone::Info && reply.form.as_ref().is_some_and(|form| form.page == 1 && form.of > 1);
    if let Some(example) = asked.filter(|_| is_first).and_then(|asked| asked.command.examples.first()) {
        reply.text.0.extend([Span::Line, Span::Plain("In one line it is said like this: ".to_owned())]);
        reply.text.0.push(Span::Code(example.say.clone()));
    }
}
