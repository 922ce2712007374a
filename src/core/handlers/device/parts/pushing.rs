//! What `/device push` and `/device rollback` have in common: what each device would do, shown, and the job that does it.

use crate::{
    devices::{Devices, Foreseen, PushWish, Target},
    handlers::{Cx, device::excerpts},
    jobs::steps::{PushDevices, Step},
    plan::{Behalf, Change, JobPlan, Outcome, Plan, PushDeed, PushTarget, Say, TextFile},
};
use direttore_domain::{Permission, Refusal, Trouble, role::Allowance, text};
use direttore_store::device_push;
use serde_json::{Value, json};

/// One device, with what the push would do to it.
pub struct Planned {
    pub target: Target,
    pub foreseen: Foreseen,
}

/// Nobody else is pushing to it, and nothing is held on it.
pub async fn must_be_free(cx: &Cx, target: &Target) -> Result<(), Trouble> {
    let Some(live) = device_push::live(&mut cx.store.read().await?, target.id).await? else { return Ok(()) };
    let why = match live.state {
        direttore_domain::PushState::Held => {
            format!("{} waits there for /device confirm or /device rollback", live.push)
        }
        _ => format!("{} is being pushed to it", live.push),
    };
    Err(Refusal::WrongState { subject: target.name.clone(), verb: "be pushed to".to_owned(), why }.into())
}

/// The plan of a push whose devices have been asked. `nothing` is said when no device would change.
pub fn plan_of(cx: &Cx, wish: PushWish, all: Vec<Planned>, unchanged: &[String]) -> Result<Outcome, Trouble> {
    if all.is_empty() {
        let data = json!({ "devices": unchanged, "name": wish.name(), "is_back": wish.is_back() });
        return Ok(Say::new("device_unchanged", data).into());
    }
    let devices = cx.lab.need_devices()?;
    let needs_yes = Permission::DevicePush.allowed_to(cx.actor.role) == Allowance::WithApproval;
    let names: Vec<String> = all.iter().map(|p| p.target.name.clone()).collect();
    let job = job(&wish, &all.iter().map(|p| &p.target).collect::<Vec<_>>(), devices.settings.batch);
    let diffs: Vec<(&str, &str)> = all.iter().map(|p| (p.target.name.as_str(), p.foreseen.diff.as_str())).collect();
    let (shown, file) = differences(wish.name(), &diffs);
    let rows: Vec<Value> = all
        .iter()
        .zip(shown)
        .map(|(p, (shown, left))| {
            json!({
                "device": p.target.name,
                "platform": p.target.platform.name,
                "mechanism": p.target.platform.mechanism.in_words(),
                "is_safe": p.target.platform.mechanism.rolls_back_by_itself(),
                "diff": shown,
                "left": left,
            })
        })
        .collect();
    let timer = wish.timer(devices.settings.commit_timer);
    let data = json!({
        "name": wish.name(),
        "is_back": wish.is_back(),
        "devices": names,
        "rows": rows,
        "unchanged": unchanged,
        "hold": wish.hold_s,
        "timer": timer.as_secs(),
        "checks": wish.checks,
        "needs_yes": needs_yes,
        "reason": wish.reason,
        "several": all.len() > 1,
    });
    let state = json!(all.iter().map(|p| &p.foreseen.hash).collect::<Vec<_>>());
    let targets = all
        .into_iter()
        .map(|p| PushTarget {
            device: p.target.id,
            name: p.target.name,
            hash: p.foreseen.hash,
            body: p.foreseen.body,
            diff: p.foreseen.diff,
        })
        .collect();
    let ask = Change::Push(PushDeed::Ask { wish: wish.clone(), targets, needs_yes });
    let target = format!("device {}", text::list(&names));
    let question = Say::new("device_push", data).with_file(file);
    let plan = Plan { state, changes: vec![ask], ..Plan::new(target, question) };
    Ok(match needs_yes {
        true => Plan {
            done: Some(Say::new(
                "device_push_waits",
                json!({ "devices": names, "name": wish.name(), "is_back": wish.is_back() }),
            )),
            ..plan
        },
        false => Plan { jobs: vec![job], ..plan },
    }
    .into())
}

/// Of devices and their differences, what one reply shows of each, and how many lines it leaves out; all of them as a file
/// where it leaves any out.
pub fn differences(name: &str, all: &[(&str, &str)]) -> (Vec<(String, usize)>, Option<TextFile>) {
    let shown = excerpts(&all.iter().map(|(_, diff)| *diff).collect::<Vec<_>>());
    let is_cut = shown.iter().any(|(_, left)| *left > 0);
    let file = is_cut.then(|| TextFile {
        name: format!("{name}.diff"),
        text: all.iter().map(|(device, diff)| format!("{device}\n{diff}\n\n")).collect(),
        about: "the whole difference".to_owned(),
    });
    (shown, file)
}

/// One device first, then the others in batches.
pub fn job(wish: &PushWish, targets: &[&Target], batch: usize) -> JobPlan {
    let ids: Vec<i64> = targets.iter().map(|t| t.id).collect();
    let names: Vec<&str> = targets.iter().map(|t| t.name.as_str()).collect();
    let subject = match ids.as_slice() {
        [_] => targets[0].subject(),
        ids => format!("netbox/device/{}", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
    };
    let (canary, rest) = ids.split_at(ids.len().min(1));
    let batches = [canary].into_iter().chain(rest.chunks(batch.max(1)));
    let steps = batches.map(|some| Step::PushDevices(PushDevices { devices: some.to_vec() })).collect();
    let shown = match names.as_slice() {
        [one] => (*one).to_owned(),
        all if all.len() <= 4 => text::list(all),
        all => format!("{} devices", all.len()),
    };
    let title = if wish.is_back() { format!("roll {shown} back") } else { format!("push {} to {shown}", wish.name()) };
    JobPlan::new(title, subject, steps)
}

/// The job that a second person says yes to, for whoever asked for it.
pub fn job_for(wish: &PushWish, targets: &[&Target], devices: &Devices, push: &device_push::Push) -> JobPlan {
    let behalf = Behalf { account_id: push.account_id, actor: push.actor.clone(), origin: push.origin.clone() };
    JobPlan { behalf: Some(behalf), ..job(wish, targets, devices.settings.batch) }
}
