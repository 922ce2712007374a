//! The careful way to start one Proxmox task exactly once.
//!
//! Before the POST the intent is stored: node, task types, VMID and the newest such task then visible. After a restart, a
//! 596 or a lost answer, a newer task of that type and VMID by our own token is looked for: found, it is ours and is
//! watched; not found, the POST is sent (again) only when the guest's state still asks for it. Where the state cannot
//! tell (reboot, reset, rollback), the step is stuck and a person decides; their retry then sends it.

use super::{
    breakpoint::{Place, reached},
    step::{StepCx, StepError},
};
use crate::lab::Cluster;
use direttore_clients::proxmox::{Error, Exit, Source, TaskFilter, TaskState};
use direttore_domain::{NodeName, Upid, Vmid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::time::Instant;

/// One call that starts one task.
pub trait TaskCall: Sync {
    /// Whether the guest's state tells that it was done.
    const SHOWS: bool = true;
    /// Whether stopping the task half-way leaves the guest as it was.
    const CAN_INTERRUPT: bool = false;

    fn cluster(&self) -> &Arc<Cluster>;
    fn vmid(&self) -> Vmid;
    /// Types that Proxmox may give the task, with the HA manager's.
    fn types(&self) -> Vec<&'static str>;
    /// Overrides [`TaskCall::SHOWS`] where it depends on the call.
    fn shows(&self) -> bool {
        Self::SHOWS
    }
    fn can_interrupt(&self) -> bool {
        Self::CAN_INTERRUPT
    }
    /// What an interrupted task leaves behind, as a sentence.
    fn left_by_interrupt(&self) -> Option<String> {
        None
    }
    /// Whether a task of this kind that is newer than the intent can only be this call's.
    fn is_told_by_tasks(&self) -> bool {
        true
    }
    /// Whether the first try may be sent without a look: Proxmox itself refuses what is not to be done.
    fn is_safe_unseen(&self) -> bool {
        false
    }
    /// The node that the call will probably go to, known without asking.
    fn likely_node(&self) -> impl Future<Output = NodeName> + Send;
    /// Whether the guest's state still asks for it: then the node to send it to.
    fn needed(&self) -> impl Future<Output = Result<Option<NodeName>, StepError>> + Send;
    fn post(&self, node: &NodeName) -> impl Future<Output = Result<Upid, Error>> + Send;
}

/// How it came out. The caller checks the guest's state: a task's word is not the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskEnd {
    /// The task ended well, perhaps with warnings.
    Ended { upid: Upid, warnings: u32 },
    /// No task was needed.
    Already,
    /// The task is over and nothing is known of its end: its worker was killed, or the node forgot it.
    Unknown { upid: Upid, why: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "lowercase")]
enum Note {
    Intent {
        node: NodeName,
        /// The newest task of these types and this guest by our token when the intent was stored.
        before: Option<Upid>,
        /// A person has been asked; coming here again means that they said: do it.
        #[serde(default)]
        asked: bool,
    },
    Posted {
        upid: Upid,
    },
}

impl TaskEnd {
    /// What the job's end tells of the task: its UPID, and warnings if it had any.
    pub fn tell(&self, done: &mut Value) {
        match self {
            Self::Ended { upid, warnings } => {
                done["upid"] = json!(upid);
                done["warnings"] = json!(warnings);
            }
            Self::Unknown { upid, .. } => done["upid"] = json!(upid),
            Self::Already => {}
        }
    }
}

/// How often a task that may have been started is looked for before it counts as not started.
const LOOKS: u32 = 3;
/// How long a running task may be out of sight (node or cluster does not answer) before the step waits for a retry.
const PATIENCE: u32 = 30;

pub async fn run<C: TaskCall>(cx: &StepCx, call: &C) -> Result<TaskEnd, StepError> {
    let note = cx.note().map(serde_json::from_value).transpose();
    let note: Option<Note> = note.map_err(|e| StepError::Stuck(format!("the step's note cannot be read: {e}")))?;
    match note {
        None => start(cx, call).await,
        Some(Note::Posted { upid }) => watch(cx, call, upid).await,
        Some(Note::Intent { node, before, asked }) => match find(cx, call, &node, before.as_ref()).await? {
            Some(upid) => attach(cx, call, upid).await,
            None => in_doubt(cx, call, node, before, asked).await,
        },
    }
}

/// Nothing has been sent by this step.
async fn start<C: TaskCall>(cx: &StepCx, call: &C) -> Result<TaskEnd, StepError> {
    if cx.wants_cancel() {
        return Err(StepError::Cancelled(None));
    }
    send(cx, call).await
}

/// Stores the intent and sends the call, when it is needed.
async fn send<C: TaskCall>(cx: &StepCx, call: &C) -> Result<TaskEnd, StepError> {
    let likely = call.likely_node().await;
    if cx.note().is_none() && call.is_safe_unseen() {
        return post(cx, call, likely, None).await;
    }
    // Both are asked at once: a round trip saved for each task.
    let (needed, seen) = futures::join!(call.needed(), newest(call, &likely));
    let Some(node) = needed? else {
        return Ok(TaskEnd::Already);
    };
    let seen = if node == likely { seen } else { newest(call, &node).await };
    let before = seen.map_err(|e| StepError::of_read(call.cluster(), &e))?;
    if cx.wants_cancel() && cx.note().is_none() {
        return Err(StepError::Cancelled(None));
    }
    post(cx, call, node, before).await
}

async fn post<C: TaskCall>(cx: &StepCx, call: &C, node: NodeName, before: Option<Upid>) -> Result<TaskEnd, StepError> {
    save(cx, &Note::Intent { node: node.clone(), before: before.clone(), asked: false }).await?;
    reached(Place::Intent, cx.name);
    let sent = call.post(&node).await;
    if sent.is_ok() {
        reached(Place::Answered, cx.name);
    }
    match sent {
        Ok(upid) => attach(cx, call, upid).await,
        Err(error) if error.may_have_been_done() => {
            let why = call.cluster().failure(&error).to_string();
            for look in 0..LOOKS {
                if look > 0 {
                    cx.pause(cx.settings.task_poll).await;
                }
                // An error here leaves the doubt as it is: the intent stands, and the retry looks again.
                if let Some(upid) = find(cx, call, &node, before.as_ref()).await? {
                    return attach(cx, call, upid).await;
                }
            }
            if call.shows() { Err(StepError::Retry(why)) } else { ask_a_person(cx, node, before).await }
        }
        Err(Error::AlreadySo { .. }) => {
            cx.save_note(None).await?;
            Ok(TaskEnd::Already)
        }
        Err(error) => {
            // Proxmox has said no, or was never reached: nothing was started.
            cx.save_note(None).await?;
            let why = call.cluster().failure(&error).to_string();
            Err(match error {
                // Not on that node any more: the next try looks where it is now.
                Error::NotFound { .. } | Error::Credentials { .. } | Error::Certificate { .. } => StepError::Retry(why),
                Error::Exists { .. } => StepError::Taken(why),
                error if error.is_temporary() => StepError::Retry(why),
                _ => StepError::Fail(why),
            })
        }
    }
}

/// An intent is stored and no task is to be found.
async fn in_doubt<C: TaskCall>(
    cx: &StepCx,
    call: &C,
    node: NodeName,
    before: Option<Upid>,
    asked: bool,
) -> Result<TaskEnd, StepError> {
    if cx.wants_cancel() {
        return cancelled_in_doubt(cx, call, &node, before.as_ref()).await;
    }
    if call.shows() {
        return send(cx, call).await;
    }
    if asked {
        return send(cx, call).await;
    }
    ask_a_person(cx, node, before).await
}

/// To be cancelled while it is not known whether it was sent: it is looked for, and never sent again.
async fn cancelled_in_doubt<C: TaskCall>(
    cx: &StepCx,
    call: &C,
    node: &NodeName,
    before: Option<&Upid>,
) -> Result<TaskEnd, StepError> {
    for _ in 0..LOOKS {
        cx.pause(cx.settings.task_poll).await;
        if let Some(upid) = find(cx, call, node, before).await? {
            return attach(cx, call, upid).await;
        }
    }
    Err(StepError::Stuck(
        "it is to be cancelled, and it is not known whether Proxmox got the request before".to_owned(),
    ))
}

/// A task is over and its worker told nothing: whether it did its work is for a person to see. Their retry is a new task.
pub async fn ask_about(cx: &StepCx, upid: &Upid, why: String) -> StepError {
    let note = Note::Intent { node: upid.node.clone(), before: Some(upid.clone()), asked: true };
    match save(cx, &note).await {
        Ok(()) => StepError::Stuck(why),
        Err(lost) => lost,
    }
}

async fn ask_a_person(cx: &StepCx, node: NodeName, before: Option<Upid>) -> Result<TaskEnd, StepError> {
    save(cx, &Note::Intent { node, before, asked: true }).await?;
    Err(StepError::Stuck(
        "it is not known whether Proxmox got the request, and the guest's state cannot tell".to_owned(),
    ))
}

async fn attach<C: TaskCall>(cx: &StepCx, call: &C, upid: Upid) -> Result<TaskEnd, StepError> {
    save(cx, &Note::Posted { upid: upid.clone() }).await?;
    reached(Place::Stored, cx.name);
    watch(cx, call, upid).await
}

/// Follows the task to its end.
async fn watch<C: TaskCall>(cx: &StepCx, call: &C, upid: Upid) -> Result<TaskEnd, StepError> {
    let client = &call.cluster().client;
    let (mut silent, mut stopping) = (0, false);
    let mut pause = cx.settings.task_poll_first.min(cx.settings.task_poll);
    let mut log = Log { next: 0, asked: None };
    loop {
        if cx.is_lost() {
            return Err(StepError::Lost);
        }
        if cx.wants_cancel() && call.can_interrupt() && !stopping {
            // When it cannot be stopped now, it is asked again with the next look.
            stopping = client.stop_task(&upid).await.is_ok();
        }
        match client.task_state(&upid).await {
            Ok(TaskState::Running) => {
                silent = 0;
                log.tell(cx, call, &upid).await;
            }
            Ok(TaskState::Ended(exit)) => return ended(cx, call, upid, exit, stopping).await,
            Err(Error::NotFound { why, .. }) => return Ok(TaskEnd::Unknown { upid, why }),
            Err(error) if error.is_temporary() => {
                silent += 1;
                if silent > PATIENCE {
                    return Err(StepError::Retry(call.cluster().failure(&error).to_string()));
                }
            }
            Err(error) => return Err(StepError::Retry(call.cluster().failure(&error).to_string())),
        }
        // Short tasks are not waited for longer than they take, long ones are asked about no more often than before.
        cx.pause(pause).await;
        pause = (pause * 2).min(cx.settings.task_poll);
    }
}

async fn ended<C: TaskCall>(
    cx: &StepCx,
    call: &C,
    upid: Upid,
    exit: Exit,
    stopping: bool,
) -> Result<TaskEnd, StepError> {
    let why = exit.to_string();
    match exit {
        Exit::Ok => return Ok(TaskEnd::Ended { upid, warnings: 0 }),
        Exit::Warnings(warnings) => return Ok(TaskEnd::Ended { upid, warnings }),
        Exit::Failed(_) => {}
    }
    if stopping && why.contains("received interrupt") {
        cx.save_note(None).await?;
        return Err(StepError::Cancelled(call.left_by_interrupt()));
    }
    if why.contains("unexpected status") || why.contains("unable to get last line") {
        return Ok(TaskEnd::Unknown { upid, why });
    }
    let failed = Exit::Failed(why.clone()).into_result();
    // The task is over and did not do it: a further try is a new task.
    cx.save_note(None).await?;
    match failed {
        Err(Error::AlreadySo { .. }) => Ok(TaskEnd::Already),
        Err(Error::Locked { why }) => Err(StepError::Retry(why)),
        Err(Error::Exists { why }) => Err(StepError::Taken(why)),
        // A failed task may have done half of its work: a rollback stops the guest first.
        _ => Err(StepError::Broke(why)),
    }
}

async fn save(cx: &StepCx, note: &Note) -> Result<(), StepError> {
    let note = serde_json::to_value(note).map_err(|e| StepError::Fail(e.to_string()))?;
    cx.save_note(Some(note)).await
}

/// The newest task of this call's kind by our own user, running or ended.
async fn newest<C: TaskCall>(call: &C, node: &NodeName) -> Result<Option<Upid>, Error> {
    let client = &call.cluster().client;
    let filter = TaskFilter { vmid: Some(call.vmid()), source: Source::All, ..TaskFilter::default() };
    let (types, user) = (call.types(), client.user());
    let tasks = client.tasks(node, &filter).await?;
    let ours = tasks.into_iter().map(|t| t.upid).filter(|u| u.user == user && types.contains(&u.task_type.as_str()));
    Ok(ours.max_by_key(Upid::order))
}

/// A task of this call's kind that is newer than the intent.
async fn find<C: TaskCall>(
    cx: &StepCx,
    call: &C,
    node: &NodeName,
    before: Option<&Upid>,
) -> Result<Option<Upid>, StepError> {
    if cx.is_lost() {
        return Err(StepError::Lost);
    }
    if !call.is_told_by_tasks() {
        return Ok(None);
    }
    let found = newest(call, node).await.map_err(|e| match StepError::of_read(call.cluster(), &e) {
        // Not being able to look must not end the step: the doubt stays.
        StepError::Fail(why) => StepError::Retry(why),
        other => other,
    })?;
    Ok(found.filter(|upid| before.is_none_or(|b| upid.order() > b.order())))
}

/// Reads on in a task's log, to tell how far it is.
struct Log {
    next: u64,
    asked: Option<Instant>,
}

impl Log {
    async fn tell<C: TaskCall>(&mut self, cx: &StepCx, call: &C, upid: &Upid) {
        if self.asked.is_some_and(|at| at.elapsed() < cx.settings.progress.max(Duration::from_millis(100))) {
            return;
        }
        self.asked = Some(Instant::now());
        // The log is decoration: without it the task goes on.
        let Ok(lines) = call.cluster().client.task_log(upid, self.next, 50).await else { return };
        self.next += u64::try_from(lines.len()).unwrap_or(0);
        let percent = lines.iter().rev().find_map(|l| percent(l));
        cx.progress(percent, lines.last().map(String::as_str));
    }
}

/// `12` of `transferred 1.0 GiB of 8.0 GiB (12.50%)`.
fn percent(line: &str) -> Option<u8> {
    let end = line.rfind('%')?;
    let start = line[..end].rfind(|c: char| !c.is_ascii_digit() && c != '.').map_or(0, |at| at + 1);
    let whole = line[start..end].split('.').next()?;
    whole.parse::<u8>().ok().filter(|p| *p <= 100)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn how_far_a_task_is() {
        assert_eq!(percent("transferred 1.0 GiB of 8.0 GiB (12.50%)"), Some(12));
        assert_eq!(percent("INFO:  42% (3.4 GiB of 8.0 GiB) in 3s"), Some(42));
        assert_eq!(percent("é 300%"), None);
        assert_eq!(percent("no number"), None);
    }
}
