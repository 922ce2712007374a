//! `/resource edit`: what is not said stays.

use super::{card, find, members, parts::rules};
use crate::{
    handlers::Cx,
    plan::{Change, Outcome, Plan, Say},
    reserve::Stock,
};
use direttore_domain::{AccountName, Refusal, ResourceKey, ResourceRef, Trouble};
use direttore_store::resource::{self, ResourceRules};
use serde::Deserialize;
use std::time::Duration;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    resource: ResourceRef,
    #[serde(default)]
    members: Vec<ResourceRef>,
    capacity: Option<i64>,
    description: Option<String>,
    approval: Option<String>,
    #[serde(default)]
    approvers: Vec<AccountName>,
    longest: Option<String>,
    before: Option<String>,
    after: Option<String>,
    #[serde(rename = "check-in")]
    check_in: Option<String>,
    #[serde(default)]
    clear: Vec<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let (key, name) = find(cx, &ask.resource).await?;
    let mut tx = cx.store.read().await?;
    let row = resource::by_key(&mut tx, &key).await?;
    let had = match &row {
        Some(row) => resource::members(&mut tx, row.id).await?,
        None => vec![],
    };
    drop(tx);
    let before = row.map(|row| row.rules).unwrap_or_default();
    if let Some(option) = twice(&ask) {
        return Err(Refusal::GivenTwice { option: option.to_owned() }.into());
    }
    let clears_members = ask.clear.iter().any(|word| word == "members");
    let new = if ask.members.is_empty() { None } else { Some(members(cx, &ask.members).await?) };
    let new = if clears_members { Some(vec![]) } else { new };
    if new.is_some() && !matches!(key, ResourceKey::Pool(_)) {
        return Err(super::cannot(&name, "have members", "only pools have".to_owned()).into());
    }
    let names: Vec<String> = match &new {
        Some(new) => new.iter().map(|(_, name)| name.clone()).collect(),
        None => had.into_iter().map(|member| member.name).collect(),
    };
    let mut cleared = before.clone();
    ask.clear.iter().for_each(|word| clear(&mut cleared, word));
    let said = rules::Said {
        capacity: ask.capacity,
        description: ask.description,
        approval: ask.approval.map(|word| word == "yes"),
        approvers: ask.approvers,
        longest: ask.longest,
        before: ask.before,
        after: ask.after,
        check_in: ask.check_in,
    };
    let rules = rules::said(cx, (&key, &name), names.len(), &cleared, said).await?;
    if rules == before && new.is_none() {
        let why = "nothing was said that is not so already".to_owned();
        return Err(super::cannot(&name, "be changed", why).into());
    }
    let said = Say::new("resource_changed", card(&key, &name, &rules, &names));
    let target = key.to_string();
    let stock = Stock::Edit { of: (key, name), before, rules, members: new };
    Ok(Plan::change(target, said.clone(), vec![Change::Stock(Box::new(stock))], said).into())
}

/// What is both given and cleared.
fn twice(ask: &Input) -> Option<&str> {
    let is_given = |word: &str| match word {
        "members" => !ask.members.is_empty(),
        "description" => ask.description.is_some(),
        "approvers" => !ask.approvers.is_empty(),
        "longest" => ask.longest.is_some(),
        "before" => ask.before.is_some(),
        "after" => ask.after.is_some(),
        _ => ask.check_in.is_some(),
    };
    ask.clear.iter().map(String::as_str).find(|word| is_given(word))
}

fn clear(rules: &mut ResourceRules, word: &str) {
    match word {
        "description" => rules.description.clear(),
        "approvers" => rules.approvers.clear(),
        "longest" => rules.longest = Duration::ZERO,
        "before" => rules.before = Duration::ZERO,
        "after" => rules.after = Duration::ZERO,
        "check-in" => rules.check_in = Duration::ZERO,
        _ => {}
    }
}
