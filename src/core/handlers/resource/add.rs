//! `/resource add`.

use super::{card, members, parts::rules};
use crate::{
    handlers::{Cx, reserve::parts::what},
    plan::{Change, Outcome, Plan, Say},
    reserve::Stock,
};
use direttore_domain::{AccountName, Refusal, ResourceKey, ResourceName, ResourceRef, Trouble};
use direttore_store::resource::ResourceRules;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: String,
    kind: String,
    #[serde(default)]
    members: Vec<ResourceRef>,
    capacity: Option<i64>,
    description: Option<String>,
    approval: bool,
    #[serde(default)]
    approvers: Vec<AccountName>,
    longest: Option<String>,
    before: Option<String>,
    after: Option<String>,
    #[serde(rename = "check-in")]
    check_in: Option<String>,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    let name: ResourceName = ask.name.parse().map_err(|wrong| Refusal::wrong_form("name", &wrong))?;
    is_new(cx, &name).await?;
    let name_text = name.to_string();
    let key = if ask.kind == "pool" { ResourceKey::Pool(name) } else { ResourceKey::Named(name) };
    if !ask.members.is_empty() && ask.kind != "pool" {
        return Err(super::cannot(&name_text, "have members", "only pools have".to_owned()).into());
    }
    let members = members(cx, &ask.members).await?;
    let said = rules::Said {
        capacity: ask.capacity,
        description: ask.description,
        approval: Some(ask.approval),
        approvers: ask.approvers,
        longest: ask.longest,
        before: ask.before,
        after: ask.after,
        check_in: ask.check_in,
    };
    let rules = rules::said(cx, (&key, &name_text), members.len(), &ResourceRules::default(), said).await?;
    let names: Vec<String> = members.iter().map(|(_, name)| name.clone()).collect();
    let said = Say::new("resource_added", card(&key, &name_text, &rules, &names));
    let target = key.to_string();
    let stock = Stock::Add { of: (key, name_text), rules, members };
    Ok(Plan::change(target, said.clone(), vec![Change::Stock(Box::new(stock))], said).into())
}

/// Whatever is called so already would be hard to tell from it.
async fn is_new(cx: &Cx, name: &ResourceName) -> Result<(), Trouble> {
    let given: ResourceRef = name.to_string().parse().map_err(Trouble::bug)?;
    let exists = |what: &'static str| Err(Refusal::Exists { what, given: name.to_string() }.into());
    match what::wants(cx, &[given], 1, false).await {
        Ok(found) => exists(match found.first().map(|want| want.key.kind()) {
            None | Some("named") => "resource",
            Some(kind) => kind,
        }),
        Err(Trouble::Refusal(Refusal::NoSuch { .. })) => Ok(()),
        // Several are, or one that the asker may not touch.
        Err(Trouble::Refusal(_)) => exists("something of the name"),
        Err(trouble) => Err(trouble),
    }
}
