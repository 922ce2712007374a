//! `/alert silence`: nobody is told of some alerts for a while; or they are again.

use super::{Sight, find, find_silence};
use crate::{
    alerts::{AlertDeed, shown},
    handlers::{Cx, reserve::parts::time},
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{AlertRef, Instant, Matchers, Refusal, SilenceId, Trouble, grant::Touches, policy};
use direttore_store::silence::{self, Silence};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    alert: Option<AlertRef>,
    r#match: Option<String>,
    r#for: Option<u64>,
    until: Option<String>,
    reason: Option<String>,
}

/// No silence lasts longer.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let until = until(cx, &ask)?;
    match (ask.alert, &ask.r#match, until) {
        (Some(_), Some(_), _) => Err(Refusal::GivenTwice { option: "match (or alert)".to_owned() }.into()),
        (None, None, _) => Err(missing("alert", "an alert's name like A-12, or match=\"name=NodeDown node=pve*\"")),
        (Some(AlertRef::Silence(id)), None, until) => change(cx, id, until).await,
        (Some(AlertRef::Alert(id)), None, Some(until)) => {
            find(cx, &Sight::of(cx), id).await?;
            Ok(begin(Matchers::of_alert(id), until, ask.reason))
        }
        (Some(AlertRef::Alert(id)), None, None) => {
            let sight = Sight::of(cx);
            let alert = find(cx, &sight, id).await?;
            let open = silence::open(&mut cx.store.read().await?).await?;
            let quiet: Vec<Silence> = open.into_iter().filter(|s| shown::fits(&s.matchers, &alert)).collect();
            for kept in &quiet {
                reached(cx, &kept.matchers).await?;
            }
            end(&id.to_string(), &quiet)
        }
        (None, Some(given), until) => {
            let matchers: Matchers = given.parse().map_err(|wrong| Refusal::wrong_form("match", &wrong))?;
            reached(cx, &matchers).await?;
            match until {
                Some(until) => Ok(begin(matchers, until, ask.reason)),
                None => {
                    let open = silence::open(&mut cx.store.read().await?).await?;
                    let quiet: Vec<Silence> = open.into_iter().filter(|s| s.matchers == matchers).collect();
                    end(&matchers.to_string(), &quiet)
                }
            }
        }
    }
}

/// Until when; none for what is to end now.
fn until(cx: &Cx, ask: &Input) -> Result<Option<Instant>, Trouble> {
    let now = cx.clock.now();
    match (ask.r#for, &ask.until) {
        (Some(_), Some(_)) => Err(Refusal::GivenTwice { option: "until (or for)".to_owned() }.into()),
        (None, None) => Err(missing("for", "how long, like 2h, or until=\"tomorrow 09:00\"; 0 ends it")),
        (Some(0), None) => Ok(None),
        (Some(seconds), None) => Ok(Some(now + Duration::from_secs(seconds))),
        (None, Some(until)) => {
            let at = time::moment(cx, "until", until)?;
            if at > now && at.since(now) <= LONGEST {
                return Ok(Some(at));
            }
            let why = if at > now { "it is more than a year away" } else { "it is over already" };
            let right = "a time within a year from now, like tomorrow 09:00".to_owned();
            Err(Refusal::BadTime { option: "until".to_owned(), why: why.to_owned(), right }.into())
        }
    }
}

fn begin(matchers: Matchers, until: Instant, reason: Option<String>) -> Outcome {
    let data = json!({ "what": matchers, "until": until, "why": reason });
    let target = format!("alerts {matchers}");
    let deed = AlertDeed::Silence { matchers, until, why: reason.unwrap_or_default() };
    let done = Say::new("alert_silenced", data.clone());
    Plan::change(target, Say::new("alert_silenced", data), vec![Change::Alert(deed)], done).into()
}

async fn change(cx: &Cx, id: SilenceId, until: Option<Instant>) -> Result<Outcome, Trouble> {
    let kept = find_silence(cx, id).await?;
    reached(cx, &kept.matchers).await?;
    let Some(until) = until else { return end(&id.to_string(), std::slice::from_ref(&kept)) };
    if kept.ended.is_some() || kept.until <= cx.clock.now() {
        return Err(over(&id.to_string()));
    }
    let data = json!({ "what": kept.matchers, "until": until, "why": kept.why });
    let done = Say::new("alert_silenced", data.clone());
    let deed = AlertDeed::Prolong { silence: id, until };
    let question = Say::new("alert_silenced", data);
    Ok(Plan::change(format!("silence {id}"), question, vec![Change::Alert(deed)], done).into())
}

fn end(what: &str, silences: &[Silence]) -> Result<Outcome, Trouble> {
    let open: Vec<SilenceId> = silences.iter().filter(|s| s.ended.is_none()).map(|s| s.id).collect();
    if open.is_empty() {
        return Err(over(what));
    }
    let names: Vec<String> = open.iter().map(ToString::to_string).collect();
    let data = json!({ "names": names, "what": what });
    let done = Say::new("alert_heard", data.clone());
    let deed = AlertDeed::End { silences: open };
    let question = Say::new("alert_heard", data);
    Ok(Plan::change(format!("silences {}", names.join(", ")), question, vec![Change::Alert(deed)], done).into())
}

fn over(what: &str) -> Trouble {
    let (subject, verb) = (what.to_owned(), "be told of again".to_owned());
    Refusal::WrongState { subject, verb, why: "nothing keeps it quiet".to_owned() }.into()
}

fn missing(option: &str, right: &str) -> Trouble {
    Refusal::MissingOption { option: option.to_owned(), right: right.to_owned() }.into()
}

/// A matcher may be about everything there is: who is narrowed by grants silences by name.
async fn reached(cx: &Cx, matchers: &Matchers) -> Result<(), Trouble> {
    let Cx { actor, command, channel, .. } = cx;
    if cx.reaches_all() {
        return Ok(());
    }
    if let Some(id) = matchers.alert() {
        return find(cx, &Sight::of(cx), id).await.map(drop);
    }
    let what = format!("all alerts with {matchers}");
    Ok(policy::check_touch(actor, command.permission, &command.path, channel, &what, Touches::default())?)
}
