//! People: they see what Discord would show them, and can do only what their screen lets them do.

mod components;
mod handle;
mod modal;
mod options;

pub use handle::{Answer, AnswerKind, Choice, Handle};

use crate::{
    deliver::deliver,
    interactions::{Envelope, Interaction, payload},
    message::Message,
    rest::says,
    state::{Inner, State},
    world::Id,
};
use serde_json::Value;
use std::sync::Arc;

/// A file of a message, with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}

/// The screen does not let them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Cannot(String);

impl Cannot {
    fn because<T>(why: impl Into<String>) -> Result<T, Self> {
        Err(Self(why.into()))
    }
}

/// A user before a channel.
#[derive(Debug, Clone)]
pub struct Seat {
    inner: Arc<Inner>,
    user: Id,
    channel: Id,
}

/// A user.
#[derive(Debug, Clone)]
pub struct User {
    inner: Arc<Inner>,
    id: Id,
}

impl User {
    pub(crate) fn new(inner: Arc<Inner>, id: Id) -> Self {
        Self { inner, id }
    }

    pub fn id(&self) -> Id {
        self.id
    }

    /// # Panics
    /// There is no channel of that name.
    pub fn in_channel(&self, name: &str) -> Seat {
        let channel = self.inner.look(|state| state.place.channels.iter().find(|c| c.name == name).map(|c| c.id));
        let channel = channel.unwrap_or_else(|| panic!("the world has no channel {name}"));
        Seat { inner: Arc::clone(&self.inner), user: self.id, channel }
    }

    /// Alone with the bot.
    pub fn in_dm(&self) -> Seat {
        let channel = self.inner.change(|state| state.place.dm(self.id));
        Seat { inner: Arc::clone(&self.inner), user: self.id, channel }
    }
}

impl Seat {
    pub fn user_id(&self) -> Id {
        self.user
    }

    pub fn channel_id(&self) -> Id {
        self.channel
    }

    /// Messages on the screen, oldest first.
    pub fn sees(&self) -> Vec<Message> {
        self.inner.look(|state| state.seen_by(self.user, self.channel))
    }

    /// Waits until the screen is as wished.
    ///
    /// # Panics
    /// It never was.
    pub async fn sees_when(&self, is_right: impl Fn(&[Message]) -> bool) -> Vec<Message> {
        let look = |state: &State| Some(state.seen_by(self.user, self.channel)).filter(|seen| is_right(seen));
        self.inner.until("what a user is to see", look).await
    }

    /// Waits for a message with these words in it, and gives the newest.
    ///
    /// # Panics
    /// It never came.
    pub async fn sees_text(&self, words: &str) -> Message {
        let look = |state: &State| {
            let seen = state.seen_by(self.user, self.channel);
            seen.into_iter().rev().find(|m| !m.is_loading && m.text().contains(words))
        };
        self.inner.until(&format!("a message with {words:?}"), look).await
    }

    /// Writes a message.
    pub fn says(&self, text: &str) -> Id {
        let now = self.inner.clock.now_ms();
        self.inner.change(|state| says(state, self.user, self.channel, text, now))
    }

    /// Invokes a registered command: `guest list`, `vm power stop`. Options by name; users, roles and channels by name
    /// or id.
    ///
    /// # Errors
    /// The command is not there for them, or its options are not right.
    pub fn slash(&self, path: &str, options: &[(&str, Value)]) -> Result<Handle, Cannot> {
        let data = self.inner.look(|state| options::invocation(state, self, path, options))?;
        Ok(self.send(crate::interactions::COMMAND, None, data))
    }

    /// Types into an option that completes; the others may be given in part.
    ///
    /// # Errors
    /// The command is not there for them, or the option does not complete.
    pub fn autocomplete(&self, path: &str, options: &[(&str, Value)], focused: &str) -> Result<Handle, Cannot> {
        let data = self.inner.look(|state| options::completion(state, self, path, options, focused))?;
        Ok(self.send(crate::interactions::AUTOCOMPLETE, None, data))
    }

    /// Presses the newest button with that label or `custom_id`.
    ///
    /// # Errors
    /// There is none, or it is disabled.
    pub fn click(&self, what: &str) -> Result<Handle, Cannot> {
        self.press(None, what)
    }

    /// Presses a button of a certain message.
    ///
    /// # Errors
    /// There is none, or it is disabled.
    pub fn click_on(&self, message: Id, what: &str) -> Result<Handle, Cannot> {
        self.press(Some(message), what)
    }

    fn press(&self, message: Option<Id>, what: &str) -> Result<Handle, Cannot> {
        let (source, data) = self.inner.look(|state| components::press(state, self, message, what))?;
        Ok(self.send(crate::interactions::COMPONENT, Some(source), data))
    }

    /// Chooses in the newest select with that placeholder or `custom_id`: values or labels, or names and ids.
    ///
    /// # Errors
    /// There is none, it is disabled, or that cannot be chosen.
    pub fn select(&self, what: &str, values: &[&str]) -> Result<Handle, Cannot> {
        let (source, data) = self.inner.look(|state| components::choose(state, self, what, values))?;
        Ok(self.send(crate::interactions::COMPONENT, Some(source), data))
    }

    /// The modal on the screen: `data` of the callback that opened it.
    pub fn modal(&self) -> Option<Value> {
        self.inner.look(|state| modal::open(state, self).map(|(_, data)| data))
    }

    /// Waits until a modal opens.
    ///
    /// # Panics
    /// None did.
    pub async fn sees_modal(&self) -> Value {
        self.inner.until("a modal", |state| modal::open(state, self).map(|(_, data)| data)).await
    }

    /// Sends the open modal. Fields by label or `custom_id`; what is not named keeps what it was filled with.
    ///
    /// # Errors
    /// No modal is open, or a field does not take that.
    pub fn submit_modal(&self, values: &[(&str, Value)]) -> Result<Handle, Cannot> {
        let (opener, data) = self.inner.look(|state| modal::submission(state, self, values))?;
        self.inner.change(|state| {
            if let Some(kept) = state.interactions.get_mut(&opener.id) {
                kept.is_modal_open = false;
            }
        });
        Ok(self.send(crate::interactions::MODAL_SUBMIT, opener.source, data))
    }

    /// Closes the modal, of which the bot hears nothing.
    ///
    /// # Errors
    /// No modal is open.
    pub fn close_modal(&self) -> Result<(), Cannot> {
        self.inner.change(|state| {
            let opener = modal::open(state, self).map(|(opener, _)| opener.id);
            match opener.and_then(|id| state.interactions.get_mut(&id)) {
                Some(kept) => {
                    kept.is_modal_open = false;
                    Ok(())
                }
                None => Cannot::because("no modal is open"),
            }
        })
    }

    fn send(&self, kind: u8, source: Option<Id>, data: Value) -> Handle {
        let now = self.inner.clock.now_ms();
        let (id, payload) = self.inner.change(|state| {
            let id = state.id(now);
            let token = format!("aW50ZXJhY3Rpb24{id:x}");
            let attachment_limit = self.inner.settings.attachment_limit;
            let (user, channel) = (self.user, self.channel);
            let about = Envelope { id, token: token.clone(), kind, user, channel, source, attachment_limit };
            let payload = payload(state, &about, data);
            let interaction = Interaction {
                id,
                token,
                kind,
                user,
                channel,
                at_ms: now,
                source,
                answer: None,
                original: None,
                followups: Vec::new(),
                is_modal_open: false,
            };
            state.interactions.insert(id, interaction);
            (id, payload)
        });
        deliver(&self.inner, id, payload);
        Handle::new(Arc::clone(&self.inner), id)
    }
}
