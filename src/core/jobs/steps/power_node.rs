//! Shutdown and reboot of a node. Proxmox answers with nothing and starts no task: the node's going is the only sign.

use super::Apply;
use crate::jobs::{
    breakpoint::{Place, reached},
    step::{StepCx, StepError},
};
use direttore_clients::proxmox::{Error, NodePower};
use direttore_domain::{ClusterName, NodeName};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PowerNode {
    pub cluster: ClusterName,
    pub node: NodeName,
    pub power: NodePower,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "lowercase")]
enum Note {
    /// Seconds that the node had been up when the intent was stored.
    Intent {
        uptime: u64,
        #[serde(default)]
        asked: bool,
    },
    Posted {
        uptime: u64,
    },
}

/// How often running a node must look down before it is said to be: people pull plugs on that word.
const SURELY: u32 = 3;

/// How a node looks from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Up { uptime: u64 },
    Down,
}

impl PowerNode {
    async fn look(&self, cx: &StepCx) -> Result<Look, StepError> {
        let cluster = cx.cluster(&self.cluster)?;
        match cluster.client.node_status(&self.node).await {
            Ok(now) => Ok(Look::Up { uptime: now.uptime }),
            // Another node answered and could not connect to this one. Anything else is no sign: a busy node is slow.
            Err(Error::Unavailable { status: 595, .. }) => Ok(Look::Down),
            Err(error) => Err(StepError::of_read(cluster, &error)),
        }
    }

    async fn send(&self, cx: &StepCx, uptime: u64) -> Result<(), StepError> {
        let cluster = cx.cluster(&self.cluster)?;
        save(cx, &Note::Intent { uptime, asked: false }).await?;
        reached(Place::Intent, Self::NAME);
        let sent = cluster.client.node_power(&self.node, self.power).await;
        if sent.is_ok() {
            reached(Place::Answered, Self::NAME);
        }
        match sent {
            Ok(()) => {}
            // The node may have gone with the answer: whether it goes is seen below.
            Err(error) if error.may_have_been_done() => return self.doubt(cx, uptime, false).await,
            Err(error) => {
                cx.save_note(None).await?;
                let why = cluster.failure(&error).to_string();
                return Err(if error.is_temporary() { StepError::Retry(why) } else { StepError::Fail(why) });
            }
        }
        save(cx, &Note::Posted { uptime }).await?;
        reached(Place::Stored, Self::NAME);
        Ok(())
    }

    /// Whether the request arrived is seen by the node's going; one that stays may still be about to go.
    async fn doubt(&self, cx: &StepCx, uptime: u64, asked: bool) -> Result<(), StepError> {
        for look in 0..3 {
            if look > 0 {
                cx.pause(cx.settings.task_poll).await;
            }
            match self.look(cx).await? {
                Look::Up { uptime: now } if now >= uptime => {}
                _ => return save(cx, &Note::Posted { uptime }).await,
            }
        }
        if asked && !cx.wants_cancel() {
            return Box::pin(self.send(cx, uptime)).await;
        }
        save(cx, &Note::Intent { uptime, asked: true }).await?;
        Err(StepError::Stuck(format!("it is not known whether node {} got the request; it is still up", self.node)))
    }

    async fn is_surely_down(&self, cx: &StepCx) -> Result<bool, StepError> {
        for _ in 1..SURELY {
            cx.pause(cx.settings.task_poll).await;
            if self.look(cx).await? != Look::Down {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Waits until a node that was told to go has gone, and for a reboot has come back.
    async fn wait(&self, cx: &StepCx, uptime: u64) -> Result<(), StepError> {
        let looks = cx.settings.ha_patience.as_millis() * 4 / cx.settings.task_poll.as_millis().max(1);
        let mut down = 0;
        for look in 0..looks.max(1) {
            if look > 0 {
                cx.pause(cx.settings.task_poll).await;
            }
            if cx.is_lost() {
                return Err(StepError::Lost);
            }
            let seen = self.look(cx).await;
            down = if seen == Ok(Look::Down) { down + 1 } else { 0 };
            match (seen, self.power) {
                (Ok(Look::Down), NodePower::Shutdown) if down >= SURELY => return Ok(()),
                (Ok(Look::Up { uptime: now }), NodePower::Reboot) if now < uptime => return Ok(()),
                (Err(StepError::Fail(why)), _) => return Err(StepError::Stuck(why)),
                // Still up, not back yet, or nobody to be asked, which is no sign of anything.
                _ => cx.progress(None, None),
            }
        }
        let not = match self.power {
            NodePower::Shutdown => "gone down",
            NodePower::Reboot => "come back",
        };
        Err(StepError::Stuck(format!("Proxmox took the request, but node {} has not {not}", self.node)))
    }
}

async fn save(cx: &StepCx, note: &Note) -> Result<(), StepError> {
    let note = serde_json::to_value(note).map_err(|e| StepError::Fail(e.to_string()))?;
    cx.save_note(Some(note)).await
}

impl Apply for PowerNode {
    const NAME: &'static str = "power-node";

    async fn apply(&self, cx: &StepCx) -> Result<Value, StepError> {
        let note = cx.note().map(serde_json::from_value).transpose();
        let note: Option<Note> = note.map_err(|e| StepError::Stuck(format!("the step's note cannot be read: {e}")))?;
        let uptime = match note {
            Some(Note::Posted { uptime }) => uptime,
            Some(Note::Intent { uptime, asked }) => {
                self.doubt(cx, uptime, asked).await?;
                uptime
            }
            None => {
                if cx.wants_cancel() {
                    return Err(StepError::Cancelled(None));
                }
                match self.look(cx).await? {
                    Look::Down if self.power == NodePower::Shutdown && self.is_surely_down(cx).await? => {
                        return Ok(self.told("already"));
                    }
                    Look::Down => return Err(StepError::Retry(format!("node {} does not answer", self.node))),
                    Look::Up { uptime } => {
                        self.send(cx, uptime).await?;
                        uptime
                    }
                }
            }
        };
        self.wait(cx, uptime).await?;
        // The view tells of the node's going within a refresh; asking now makes it so at once, if anybody answers.
        let _ = cx.cluster(&self.cluster)?.refresh().await;
        Ok(self.told(match self.power {
            NodePower::Shutdown => "node-down",
            NodePower::Reboot => "node-back",
        }))
    }
}

impl PowerNode {
    fn told(&self, what: &str) -> Value {
        json!({ "what": what, "label": self.node, "node": self.node })
    }
}
