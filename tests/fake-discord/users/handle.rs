//! What comes of an interaction.

use crate::{
    message::Message,
    state::{Inner, State},
    world::Id,
};
use serde_json::Value;
use std::sync::Arc;

/// The kind of an initial answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    Message,
    /// `thinking…`
    Deferred,
    /// Nothing is seen until the message is edited.
    DeferredUpdate,
    /// The message that it came from was changed.
    Update,
    Choices,
    Modal,
    /// Three seconds passed: `The application did not respond`.
    None,
}

/// The initial answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub kind: AnswerKind,
    /// The callback as it was sent.
    pub body: Value,
    /// The message that it made or changed, as it stands.
    pub message: Option<Message>,
}

impl Answer {
    pub fn is_ephemeral(&self) -> bool {
        self.message.as_ref().is_some_and(Message::is_ephemeral)
    }
}

/// One completion.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub name: String,
    pub value: Value,
}

/// An interaction that was sent.
#[derive(Debug, Clone)]
pub struct Handle {
    inner: Arc<Inner>,
    id: Id,
}

fn answered(state: &State, id: Id, now_ms: u64) -> Option<Answer> {
    let interaction = state.interactions.get(&id)?;
    let kind = match interaction.answer_kind() {
        Some(4) => AnswerKind::Message,
        Some(5) => AnswerKind::Deferred,
        Some(6) => AnswerKind::DeferredUpdate,
        Some(7) => AnswerKind::Update,
        Some(8) => AnswerKind::Choices,
        Some(_) => AnswerKind::Modal,
        None if interaction.is_overdue(now_ms) => AnswerKind::None,
        None => return None,
    };
    let message = interaction.original.and_then(|id| state.message(id)).cloned();
    Some(Answer { kind, body: interaction.answer.clone().unwrap_or_default(), message })
}

impl Handle {
    pub(super) fn new(inner: Arc<Inner>, id: Id) -> Self {
        Self { inner, id }
    }

    pub fn id(&self) -> Id {
        self.id
    }

    pub fn token(&self) -> String {
        self.inner.look(|state| state.interactions.get(&self.id).map(|i| i.token.clone())).unwrap_or_default()
    }

    /// The initial answer if there is one by now.
    pub fn answer_now(&self) -> Option<Answer> {
        self.inner.look(|state| answered(state, self.id, self.inner.clock.now_ms()))
    }

    /// Waits for the initial answer, or until the fake's clock says that it comes too late.
    ///
    /// # Panics
    /// Neither happened within half a minute.
    pub async fn answer(&self) -> Answer {
        let look = |state: &State| answered(state, self.id, self.inner.clock.now_ms());
        self.inner.until("an answer to an interaction", look).await
    }

    /// Waits for the message that answers: written at once, or put where the bot was thinking.
    ///
    /// # Panics
    /// It never came.
    pub async fn reply(&self) -> Message {
        self.settled(|seen| seen.first().is_some_and(|m| !m.is_loading)).await.swap_remove(0)
    }

    /// `@original` and followups as they stand.
    pub fn messages(&self) -> Vec<Message> {
        self.inner.look(|state| messages(state, self.id))
    }

    /// Waits until `@original` and the followups are as wished.
    ///
    /// # Panics
    /// They never were.
    pub async fn settled(&self, is_right: impl Fn(&[Message]) -> bool) -> Vec<Message> {
        let look = |state: &State| Some(messages(state, self.id)).filter(|all| is_right(all));
        self.inner.until("what an interaction comes to", look).await
    }

    /// Waits for completions.
    ///
    /// # Panics
    /// They never came.
    pub async fn choices(&self) -> Vec<Choice> {
        let answer = self.answer().await;
        let list = answer.body["data"]["choices"].as_array().cloned().unwrap_or_default();
        let choice =
            |c: Value| Choice { name: c["name"].as_str().unwrap_or_default().to_owned(), value: c["value"].clone() };
        list.into_iter().map(choice).collect()
    }

    /// Nobody answered in time.
    pub fn has_failed(&self) -> bool {
        self.answer_now().is_some_and(|answer| answer.kind == AnswerKind::None)
    }
}

fn messages(state: &State, id: Id) -> Vec<Message> {
    let Some(interaction) = state.interactions.get(&id) else { return Vec::new() };
    let all = interaction.original.iter().chain(&interaction.followups);
    all.filter_map(|id| state.message(*id)).cloned().collect()
}
