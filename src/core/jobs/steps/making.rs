//! How a guest comes to be, whatever it is made from: created, cloned, restored.
//!
//! A VMID is given to whoever creates first. The one this job holds may be taken by somebody else at that very moment;
//! then the next free one is tried, unless one was asked for. What is ours is known by the mark in its description, which
//! is part of each call that makes a guest, and only that is ever destroyed. "Exists already" is never a success.

use super::{
    destroy::destroy_ours,
    guest::{GuestId, Target},
    hold_guest::{held_vmid, hold_next},
    new_guest::Made,
};
use crate::{
    ipam::{Mark, mark::is_mark},
    jobs::{
        step::{StepCx, StepError},
        task::{self, TaskCall, TaskEnd},
    },
    lab::{Cluster, boot_disk, mark},
};
use direttore_clients::proxmox::{Error, GuestAt, GuestConfig};
use direttore_domain::{ClusterName, Guest, GuestStatus, NodeName, PoolName, Upid, Vmid};
use serde_json::{Value, json};
use std::{collections::HashSet, future::Future, sync::Arc};

/// What one way of making a guest says of itself.
pub(super) trait Recipe: Sync {
    fn cluster(&self) -> &ClusterName;

    /// The guest, once it has its number.
    fn id(&self, vmid: Vmid) -> GuestId;

    /// The number that was asked for; no other one will do.
    fn asked(&self) -> Option<Vmid>;

    fn pool(&self) -> Option<&PoolName>;

    /// What stands above the mark.
    fn description(&self) -> Option<&str>;

    /// The type of its task.
    fn task_type(&self) -> &'static str;

    /// Where it is copied from, with the number that Proxmox then writes into the UPID. Others may copy the same guest
    /// at the same time, so which task is whose cannot be told.
    fn source(&self) -> Option<(Vmid, &NodeName)> {
        None
    }

    /// Whether the first try needs no look before: a template does not change, and of two who ask for one number Proxmox
    /// serves one.
    fn is_safe_unseen(&self) -> bool {
        false
    }

    /// Looks whether it can still be made.
    fn ready(&self, _cx: &StepCx) -> impl Future<Output = Result<(), StepError>> + Send {
        std::future::ready(Ok(()))
    }

    fn post(
        &self,
        cx: &StepCx,
        cluster: &Cluster,
        node: &NodeName,
        vmid: Vmid,
        description: String,
    ) -> impl Future<Output = Result<Upid, Error>> + Send;
}

/// How a guest of the number that is wanted looks.
#[derive(Debug, PartialEq)]
enum Look {
    Nobody,
    Ours,
    /// It has no description yet: it is being made, by us or by somebody else.
    Young,
    Others,
}

struct Call<'s, R> {
    cx: &'s StepCx,
    cluster: Arc<Cluster>,
    recipe: &'s R,
    id: GuestId,
    /// What its description ends with.
    mark: String,
}

/// Whether a description is that of a guest which the job made.
pub(super) fn bears(config: &GuestConfig, mark: &str) -> bool {
    config.values.get("description").is_some_and(|d| d.lines().any(|line| line.trim() == mark))
}

/// A description with the job's mark as its last line, in place of those of the jobs before.
pub(super) fn marked(said: Option<&str>, mark: &Mark) -> String {
    let is_mark = |line: &&str| is_mark(line.trim()) && !line.contains('/');
    let said: Vec<&str> = said.unwrap_or_default().trim_end().lines().filter(|line| !is_mark(line)).collect();
    let said = said.join("\n");
    match said.trim_end() {
        "" => mark.to_string(),
        said => format!("{said}\n\n{mark}"),
    }
}

impl<R: Recipe> Call<'_, R> {
    fn at(&self) -> GuestAt {
        GuestAt { node: self.id.node.clone(), kind: self.id.kind, vmid: self.id.vmid }
    }

    async fn look(&self) -> Result<Look, StepError> {
        let config = match self.cluster.client.guest_config(&self.at()).await {
            Ok(config) => config,
            Err(Error::NotFound { .. }) => {
                // A copy for another node is made on its source's node, and put there at the end.
                if let Some(look) = self.look_at_source().await? {
                    return Ok(look);
                }
                // On another node, or of the other kind, it is somebody else's.
                let view = self.cluster.view().await.map_err(|f| StepError::Retry(f.to_string()))?;
                return Ok(match view.guest(self.id.vmid) {
                    Some(guest) if guest.node != self.id.node || guest.kind != self.id.kind => Look::Others,
                    _ => Look::Nobody,
                });
            }
            Err(error) => return Err(StepError::of_read(&self.cluster, &error)),
        };
        Ok(match (bears(&config, &self.mark), config.values.get("lock")) {
            (true, _) => Look::Ours,
            (false, Some(lock)) if lock == "create" || lock == "clone" => Look::Young,
            (false, _) => Look::Others,
        })
    }
}

impl<R: Recipe> Call<'_, R> {
    async fn look_at_source(&self) -> Result<Option<Look>, StepError> {
        let Some((_, node)) = self.recipe.source().filter(|(_, node)| **node != self.id.node) else { return Ok(None) };
        let at = GuestAt { node: node.clone(), ..self.at() };
        match self.cluster.client.guest_config(&at).await {
            Ok(config) if bears(&config, &self.mark) || config.values.contains_key("lock") => Ok(Some(Look::Young)),
            Ok(_) => Ok(Some(Look::Others)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(StepError::of_read(&self.cluster, &error)),
        }
    }
}

impl<R: Recipe> TaskCall for Call<'_, R> {
    fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    fn vmid(&self) -> Vmid {
        self.recipe.source().map_or(self.id.vmid, |(vmid, _)| vmid)
    }

    fn types(&self) -> Vec<&'static str> {
        vec![self.recipe.task_type()]
    }

    fn is_told_by_tasks(&self) -> bool {
        self.recipe.source().is_none()
    }

    fn is_safe_unseen(&self) -> bool {
        self.recipe.is_safe_unseen()
    }

    /// Proxmox takes away what it has made when the task is stopped.
    fn can_interrupt(&self) -> bool {
        true
    }

    /// Of a copy, the node of what is copied, which may have moved since the plan was made.
    async fn likely_node(&self) -> NodeName {
        let Some((vmid, node)) = self.recipe.source() else { return self.id.node.clone() };
        let view = self.cluster.view().await.ok();
        let seen = view.and_then(|v| v.guest(vmid).map(|g| g.node.clone()));
        seen.unwrap_or_else(|| node.clone())
    }

    async fn needed(&self) -> Result<Option<NodeName>, StepError> {
        let vmid = self.id.vmid;
        match self.look().await? {
            Look::Nobody => {
                self.recipe.ready(self.cx).await?;
                Ok(Some(self.likely_node().await))
            }
            Look::Others => Err(StepError::Taken(format!("the VMID {vmid} is taken"))),
            Look::Young => Err(StepError::Retry(format!("the guest {vmid} is being made"))),
            Look::Ours => {
                let now = self.cluster.client.guest_now(&self.at()).await;
                match now.map_err(|e| StepError::of_read(&self.cluster, &e))?.lock {
                    Some(lock) => Err(StepError::Retry(format!("the guest {vmid} is still being made ({lock})"))),
                    None => Ok(None),
                }
            }
        }
    }

    async fn post(&self, node: &NodeName) -> Result<Upid, Error> {
        let description = marked(self.recipe.description(), &self.cx.mark());
        self.recipe.post(self.cx, &self.cluster, node, self.id.vmid, description).await
    }
}

/// How many numbers are tried when others are quicker.
const TRIES: usize = 20;

/// Makes it, or finds that it was made.
pub(super) async fn make<R: Recipe>(cx: &StepCx, recipe: &R) -> Result<Made, StepError> {
    let cluster = cx.cluster(recipe.cluster())?;
    let mut not = HashSet::new();
    for _ in 0..TRIES {
        let held = held_vmid(cx).await?;
        let vmid = held.ok_or_else(|| StepError::Stuck("no VMID is held for this job any more".to_owned()))?;
        let (cluster, id) = (Arc::clone(cluster), recipe.id(vmid));
        let call = Call { cx, cluster, recipe, id, mark: cx.mark().to_string() };
        match task::run(cx, &call).await {
            Ok(end) => return call.finish(end).await,
            // It may be our own after all, when the answer to an earlier try was lost.
            Err(StepError::Taken(why)) => match call.look().await? {
                Look::Ours | Look::Young => return Err(StepError::Retry(why)),
                Look::Nobody | Look::Others if recipe.asked().is_some() => {
                    return Err(StepError::Fail(format!("the VMID {vmid} was taken by somebody else")));
                }
                Look::Nobody | Look::Others => {
                    cx.save_note(None).await?;
                    not.insert(vmid);
                    hold_next(cx, &call.cluster, &not).await?;
                }
            },
            Err(error) => return Err(error),
        }
    }
    Err(StepError::Retry(format!("others were quicker {TRIES} times in taking a VMID")))
}

/// Takes back what [`make`] made, or may have left.
pub(super) async fn unmake<R: Recipe>(cx: &StepCx, recipe: &R, done: &Value) -> Result<(), StepError> {
    let made: Option<Made> = serde_json::from_value(done.clone()).ok();
    let vmid = match made {
        Some(made) => Some(made.guest.vmid),
        None => held_vmid(cx).await?,
    };
    match vmid {
        Some(vmid) => destroy_ours(cx, &recipe.id(vmid), cx.mark().as_str()).await,
        None => Ok(()),
    }
}

/// What the end of a job tells of a guest that it made, with what later steps need.
pub(super) async fn tell(cx: &StepCx, made: &Made, what: &str) -> Result<Value, StepError> {
    let target = Target::new(cx, &made.guest)?;
    let mut done = target.tell(what).await?;
    if let (Some(done), Value::Object(made)) = (done.as_object_mut(), json!(made)) {
        done.extend(made);
    }
    Ok(done)
}

impl<R: Recipe> Call<'_, R> {
    /// Looks at what was made.
    async fn finish(&self, end: TaskEnd) -> Result<Made, StepError> {
        let (cx, vmid) = (self.cx, self.id.vmid);
        let config = match self.cluster.client.guest_config(&self.at()).await {
            Ok(config) => config,
            Err(Error::NotFound { .. }) => {
                let why = match end {
                    TaskEnd::Unknown { upid, why } => format!("task {upid} ended without a result ({why})"),
                    _ => "Proxmox says that it is done".to_owned(),
                };
                return Err(cx.broke(format!("{why}, but there is no guest {vmid}")).await);
            }
            Err(error) => return Err(StepError::of_read(&self.cluster, &error)),
        };
        if !bears(&config, &self.mark) {
            return Err(cx.broke(format!("the guest {vmid} is not the one that was made")).await);
        }
        if let TaskEnd::Unknown { upid, why } = &end {
            // Its disks may be half copied.
            return Err(cx.broke(format!("task {upid} ended without a result ({why})")).await);
        }
        self.cluster.observe_new(row(&self.id, self.recipe.pool(), &config));
        let (upid, warnings) = match &end {
            TaskEnd::Ended { upid, warnings } => (Some(upid.to_string()), *warnings),
            TaskEnd::Unknown { .. } | TaskEnd::Already => (None, 0),
        };
        Ok(Made { guest: self.id.clone(), mark: mark(&config), upid, warnings })
    }
}

/// A guest that was made just now, as the list will have it.
fn row(id: &GuestId, pool: Option<&PoolName>, config: &GuestConfig) -> Guest {
    let number = |key: &str, otherwise: u64| {
        config.values.get(key).and_then(|v| v.parse::<u32>().ok()).map_or(otherwise, u64::from)
    };
    let tags = config.values.get("tags").map(String::as_str).unwrap_or_default();
    Guest {
        cluster: id.cluster.clone(),
        vmid: id.vmid,
        kind: id.kind,
        node: id.node.clone(),
        name: Some(id.label.clone()),
        status: GuestStatus::Stopped,
        is_template: false,
        cores: (number("cores", 1) * number("sockets", 1)) as f64,
        cpu: 0.0,
        memory: number("memory", 512) << 20,
        memory_used: 0,
        disk: boot_disk(config).and_then(|(_, disk)| disk.size).map_or(0, |size| size.mib << 20),
        disk_used: 0,
        uptime: 0,
        pool: pool.cloned(),
        tags: tags.split([';', ',', ' ']).filter_map(|tag| tag.parse().ok()).collect(),
        lock: None,
        ha: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_one_mark() {
        let mark = crate::ipam::Marks::default().of_job(direttore_domain::JobId(12), direttore_domain::Instant(1));
        assert_eq!(marked(None, &mark), "direttore:J-12.1");
        assert_eq!(marked(Some("front end\n"), &mark), "front end\n\ndirettore:J-12.1");
        assert_eq!(marked(Some("front end\n\ndirettore-abc:J-5.7\n"), &mark), "front end\n\ndirettore:J-12.1");
        let talk = "made by direttore:J-5.7 once";
        assert_eq!(marked(Some(talk), &mark), format!("{talk}\n\ndirettore:J-12.1"));
        let config = |text: &str| GuestConfig {
            digest: String::new(),
            values: [("description".to_owned(), text.to_owned())].into(),
        };
        assert!(bears(&config(&marked(Some("a"), &mark)), "direttore:J-12.1"));
        assert!(!bears(&config("direttore:J-12.12"), "direttore:J-12.1") && !bears(&config(talk), "direttore:J-5.7"));
    }
}
