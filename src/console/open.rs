//! What can still be answered: the messages with buttons and the forms, in the order they were shown.

use direttore_reply::Reply;

/// A terminal has no message to press on, so that a label means the newest message that has it.
#[derive(Debug, Default)]
pub(crate) struct Open {
    /// The newest last.
    messages: Vec<Message>,
}

#[derive(Debug)]
struct Message {
    id: String,
    actions: Vec<String>,
    has_form: bool,
    is_answered: bool,
}

/// Enough for a day of chat; older buttons have expired.
const KEPT: usize = 200;

impl Open {
    /// A reply was shown.
    pub(crate) fn shown(&mut self, reply: &Reply) {
        let old = reply.replaces.as_deref();
        self.messages.retain(|m| m.id != reply.id && Some(m.id.as_str()) != old);
        if !reply.actions.is_empty() || reply.form.is_some() {
            self.messages.push(Message {
                id: reply.id.clone(),
                actions: reply.actions.clone(),
                has_form: reply.form.is_some(),
                is_answered: false,
            });
        }
        if self.messages.len() > KEPT {
            self.messages.remove(0);
        }
    }

    /// The message that `[label]` presses, and the label as it is written there. Answered ones come last: pressing
    /// them again is for the dispatch to refuse.
    pub(crate) fn button(&self, label: &str) -> Option<(String, String)> {
        self.newest(|m| {
            let exact = m.actions.iter().find(|a| *a == label);
            exact.or_else(|| m.actions.iter().find(|a| a.to_lowercase() == label.to_lowercase())).cloned()
        })
    }

    /// As [`Self::button`], among what is not answered yet.
    pub(crate) fn open_button(&self, label: &str) -> Option<(String, String)> {
        self.button(label).filter(|(id, _)| self.messages.iter().any(|m| m.id == *id && !m.is_answered))
    }

    /// The form that `key=value` fills.
    pub(crate) fn form(&self) -> Option<String> {
        self.messages.iter().rev().find(|m| m.has_form && !m.is_answered).map(|m| m.id.clone())
    }

    /// `on` was pressed or filled, and these are the replies.
    pub(crate) fn answered(&mut self, on: &str, replies: &[Reply]) {
        let stays = |code: &str| !matches!(code, "expired" | "answered-already" | "nothing-open");
        let is_refused = replies.iter().any(|r| r.code.as_deref().is_some_and(stays));
        if let Some(message) = self.messages.iter_mut().find(|m| m.id == on && !is_refused) {
            message.is_answered = true;
        }
    }

    fn newest(&self, label: impl Fn(&Message) -> Option<String>) -> Option<(String, String)> {
        let find = |answered: bool| {
            let newest_first = self.messages.iter().rev().filter(|m| m.is_answered == answered);
            newest_first.into_iter().find_map(|m| Some((m.id.clone(), label(m)?)))
        };
        find(false).or_else(|| find(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use direttore_reply::{Form, Tone};

    fn question(id: &str, actions: &[&str]) -> Reply {
        let actions = actions.iter().map(|a| (*a).to_owned()).collect();
        Reply { id: id.into(), actions, ..Reply::new(Tone::Info, "?") }
    }

    fn refused(code: &str) -> Reply {
        Reply { code: Some(code.into()), ..Reply::new(Tone::Refused, "no") }
    }

    #[test]
    fn the_newest_message_with_the_label_is_meant() {
        let mut open = Open::default();
        open.shown(&question("a", &["Yes", "No"]));
        open.shown(&question("b", &["Next"]));
        open.shown(&question("c", &["Yes"]));
        assert_eq!(open.button("yes"), Some(("c".into(), "Yes".into())));
        assert_eq!(open.button("No").map(|b| b.0).as_deref(), Some("a"));
        assert_eq!(open.button("Maybe"), None);
        open.answered("c", &[refused("not-the-asker")]);
        assert_eq!(open.button("Yes").map(|b| b.0).as_deref(), Some("c"));
        open.answered("c", &[]);
        assert_eq!(open.button("Yes").map(|b| b.0).as_deref(), Some("a"));
        open.answered("a", &[refused("expired")]);
        assert_eq!(open.button("Yes").map(|b| b.0).as_deref(), Some("c"), "answered ones can be pressed again");
        assert_eq!(open.open_button("Yes"), None);
    }

    #[test]
    fn what_is_replaced_can_no_longer_be_pressed() {
        let mut open = Open::default();
        open.shown(&question("a", &["Yes"]));
        open.shown(&Reply { id: "b".into(), replaces: Some("a".into()), ..Reply::new(Tone::Info, "done") });
        assert_eq!(open.button("Yes"), None);
    }

    #[test]
    fn a_form_stays_open_until_it_is_filled_right() {
        let mut open = Open::default();
        open.shown(&Reply { form: Some(Form::default()), ..question("f", &["Cancel"]) });
        open.answered("f", &[refused("name-mismatch")]);
        assert_eq!(open.form().as_deref(), Some("f"));
        open.answered("f", &[Reply::new(Tone::Success, "done")]);
        assert_eq!(open.form(), None);
    }
}
