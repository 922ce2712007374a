//! Somebody on Discord, as the surface hears them: an identity, and what Discord says of it each time.

use super::story::Story;
use direttore_core::{RoleMaps, Rules, dispatch::What};
use direttore_domain::{Claims, Identity, Role, Surface};
use direttore_reply::Reply;

#[derive(Clone)]
pub struct Member {
    subject: &'static str,
    pub claims: Claims,
}

/// Discord's ids of the roles that [`rules`] map.
pub const VIEWERS: &str = "701";
pub const OPERATORS: &str = "702";
pub const ADMINS: &str = "703";

/// Three of Discord's roles give one of ours each.
pub fn rules() -> Rules {
    let map = [(VIEWERS, Role::Viewer), (OPERATORS, Role::Operator), (ADMINS, Role::Admin)];
    let map = map.map(|(id, role)| (Surface::Discord, id.to_owned(), role)).into();
    Rules { roles: RoleMaps(map), ..Rules::default() }
}

impl Member {
    pub fn new(subject: &'static str, name: &str, roles: &[&str]) -> Self {
        let roles = roles.iter().map(|&id| id.to_owned()).collect();
        Self { subject, claims: Claims { name: name.to_owned(), roles } }
    }

    /// The same one once their roles were changed.
    pub fn with(&self, roles: &[&str]) -> Self {
        Self::new(self.subject, &self.claims.name, roles)
    }

    pub fn identity(&self) -> Identity {
        Identity { surface: Surface::Discord, subject: self.subject.to_owned() }
    }

    pub async fn says(&self, s: &Story, line: &str) -> Vec<Reply> {
        self.does(s, line, What::Say(line.to_owned())).await
    }

    /// Presses a button of the newest message that has it.
    pub async fn presses(&self, s: &Story, label: &str) -> Vec<Reply> {
        let on = s.newest(|r| r.actions.iter().any(|a| a == label));
        self.does(s, &format!("[{label}]"), What::Press { on, label: label.to_owned() }).await
    }

    pub async fn does(&self, s: &Story, said: &str, what: What) -> Vec<Reply> {
        let who = format!("@{}", self.claims.name);
        s.hear_from(&who, self.identity(), self.claims.clone(), said, what).await
    }

    /// As [`Member::says`], without a line in the transcript.
    pub async fn asks(&self, s: &Story, line: &str) -> Vec<Reply> {
        s.act_on(self.identity(), self.claims.clone(), What::Say(line.to_owned())).await
    }
}
