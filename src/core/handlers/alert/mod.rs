//! `/alert …`: what is wrong, who looks after it, and what nobody is to be told of.

pub mod ack;
pub mod list;
pub mod show;
pub mod silence;

use super::Cx;
use crate::{
    alerts::{Standing, Subject, standing},
    lab::View,
};
use direttore_domain::{AlertId, Refusal, SilenceId, Trouble, grant::Touches, policy};
use direttore_store::{
    alert::{self, Alert},
    silence::Silence,
};
use std::sync::Arc;

/// As many are looked through.
const MOST: i64 = 10_000;

/// The lab as it is known, for what labels name in it.
struct Sight(Vec<Arc<View>>);

impl Sight {
    fn of(cx: &Cx) -> Self {
        Self(cx.lab.clusters().iter().filter_map(|cluster| cluster.view_now()).collect())
    }

    fn subject(&self, alert: &Alert) -> Subject {
        Subject::of(&alert.labels, self.0.iter())
    }

    /// Whether grants let the asker see it: what names nothing of the lab is everybody's.
    fn reaches(&self, cx: &Cx, alert: &Alert) -> bool {
        if cx.reaches_all() {
            return true;
        }
        match self.subject(alert) {
            Subject::Guest(guest) => cx.reaches(policy::touches(&guest)),
            Subject::Node(node) => cx.reaches(Touches::of_node(&node.name)),
            Subject::None => true,
        }
    }

    fn check(&self, cx: &Cx, alert: &Alert) -> Result<(), Refusal> {
        let Cx { actor, command, channel, .. } = cx;
        let what = alert.id.to_string();
        let check = |touched| policy::check_touch(actor, command.permission, &command.path, channel, &what, touched);
        match self.subject(alert) {
            _ if cx.reaches_all() => Ok(()),
            Subject::Guest(guest) => check(policy::touches(&guest)),
            Subject::Node(node) => check(Touches::of_node(&node.name)),
            Subject::None => Ok(()),
        }
    }

    fn standing(&self, cx: &Cx, alert: &Alert, silences: &[Silence]) -> Standing {
        let is_held = alert.is_firing && self.subject(alert).is_backed_up();
        standing(alert, silences, is_held, cx.clock.now())
    }
}

/// The alert of that name, if the asker's grants reach it.
async fn find(cx: &Cx, sight: &Sight, id: AlertId) -> Result<Alert, Trouble> {
    let mut tx = cx.store.read().await?;
    let found = alert::by_ids(&mut tx, &[id]).await?.pop();
    let alert = found.ok_or_else(|| no_such("alert", id.to_string()))?;
    sight.check(cx, &alert)?;
    Ok(alert)
}

async fn find_silence(cx: &Cx, id: SilenceId) -> Result<Silence, Trouble> {
    let mut tx = cx.store.read().await?;
    Ok(direttore_store::silence::get(&mut tx, id).await?.ok_or_else(|| no_such("silence", id.to_string()))?)
}

fn no_such(what: &'static str, given: String) -> Refusal {
    Refusal::NoSuch { what, given, nearest: None, has: vec![] }
}
