//! `/reserve feed`: a link by which calendar programs show reservations. Its secret is made when it is carried out, and
//! shown once; who asks again sees which feeds there are.

use super::parts::what;
use crate::{
    handlers::{
        Cx,
        token::{account, has_room},
    },
    plan::{Change, Outcome, Plan, Say},
};
use direttore_domain::{
    FeedScope, Permission, Refusal, ResourceKey, ResourceRef, Surface, TokenKind, TokenName, Trouble, policy,
};
use direttore_store::{
    resource,
    token::{self, TokenRow},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    what: Option<ResourceRef>,
    all: bool,
    new: bool,
    revoke: bool,
}

/// A feed that is asked about.
struct Feed {
    scope: FeedScope,
    /// What it shows, in words.
    of: String,
    /// The line that asks for it.
    line: String,
}

pub async fn plan(cx: &Cx, ask: Input) -> Result<Outcome, Trouble> {
    if ask.new && ask.revoke {
        return Err(both("a link", "new and revoke"));
    }
    let account = account(cx)?;
    let feed = meant(cx, ask.what.as_ref(), ask.all).await?;
    let tokens = token::list(&mut cx.store.read().await?, account).await?;
    let scope = feed.scope.to_string();
    let has = tokens.iter().find(|row| row.kind == TokenKind::Feed && row.scope == scope);
    match has {
        Some(row) if ask.revoke => Ok(revoke(cx, account, &feed, &row.name)),
        None if ask.revoke => {
            let none = Refusal::NoSuch { what: "feed of", given: feed.of, nearest: None, has: vec![] };
            Err(none.into())
        }
        Some(_) if !ask.new => list(cx, &feed, &tokens).await,
        has => make(cx, account, feed, &tokens, has),
    }
}

fn both(subject: &str, what: &str) -> Trouble {
    let why = format!("{what} exclude each other");
    Refusal::WrongState { subject: subject.to_owned(), verb: "be both".to_owned(), why }.into()
}

async fn meant(cx: &Cx, what: Option<&ResourceRef>, all: bool) -> Result<Feed, Trouble> {
    let (scope, of) = match (what, all) {
        (Some(_), true) => return Err(both("a feed", "what and all")),
        (Some(given), false) => {
            let want = what::wants(cx, std::slice::from_ref(given), 1, false).await?.remove(0);
            (FeedScope::Resource(want.key), format!("what is reserved of {}", want.name))
        }
        (None, true) => (FeedScope::All, told(&FeedScope::All)),
        (None, false) => (FeedScope::Mine, told(&FeedScope::Mine)),
    };
    let line = match &scope {
        FeedScope::Mine => "/reserve feed".to_owned(),
        FeedScope::All => "/reserve feed all".to_owned(),
        FeedScope::Resource(key) => format!("/reserve feed {}", said(key)),
    };
    Ok(Feed { scope, of, line })
}

fn told(scope: &FeedScope) -> String {
    match scope {
        FeedScope::Mine => "your reservations".to_owned(),
        FeedScope::All => "all reservations".to_owned(),
        FeedScope::Resource(_) => format!("what is reserved of {}", scope.short()),
    }
}

/// A resource as it is said where others may be called the same: `node:lab/pve1`.
fn said(key: &ResourceKey) -> String {
    key.to_string().replacen('/', ":", 1)
}

fn make(
    cx: &Cx,
    account: i64,
    feed: Feed,
    tokens: &[TokenRow],
    replaced: Option<&TokenRow>,
) -> Result<Outcome, Trouble> {
    let unset = Refusal::NotSetUp { what: "an address for calendar feeds", key: "http.public_url" };
    let server = cx.rules.public_url.as_deref().ok_or(unset)?;
    // Who may list them only elsewhere would subscribe to nothing.
    policy::may_say(&cx.actor, Permission::View, "reserve list", &Surface::Http.to_string())?;
    if replaced.is_none() {
        has_room(tokens)?;
    }
    let others = tokens.iter().filter(|row| replaced.is_none_or(|old| old.id != row.id));
    let taken: Vec<TokenName> = others.map(|row| row.name.clone()).collect();
    let name = feed.scope.token_name(&taken);
    let webcal = format!("webcal://{}", server.split_once("://").map_or(server, |(_, rest)| rest));
    let revoke = format!("{} revoke", feed.line);
    let data = json!({ "of": feed.of, "server": server, "webcal": webcal, "replaced": replaced.is_some(),
        "revoke": revoke });
    let target = target(cx, &feed.scope);
    let scope = feed.scope.to_string();
    let new = Change::NewToken { account, kind: TokenKind::Feed, name, scope, expires: None, told: cx.origin.clone() };
    let old = replaced.map(|row| Change::RevokeToken { account, name: row.name.clone() });
    let question = Say::new("reserve_feed", data);
    let done = question.clone().with_offers(vec![("Revoke", revoke)]);
    Ok(Plan::change(target, question, old.into_iter().chain([new]).collect(), done).into())
}

fn target(cx: &Cx, scope: &FeedScope) -> String {
    format!("feed {scope} of {}", cx.actor.name())
}

fn revoke(cx: &Cx, account: i64, feed: &Feed, name: &TokenName) -> Outcome {
    let said = Say::new("reserve_feed_revoked", json!({ "of": feed.of }));
    let change = Change::RevokeToken { account, name: name.clone() };
    Plan::change(target(cx, &feed.scope), said.clone(), vec![change], said).into()
}

async fn list(cx: &Cx, feed: &Feed, tokens: &[TokenRow]) -> Result<Outcome, Trouble> {
    let mut tx = cx.store.read().await?;
    let mut rows: Vec<Value> = Vec::new();
    for row in tokens.iter().filter(|row| row.kind == TokenKind::Feed) {
        let of = match row.scope.parse() {
            Ok(FeedScope::Resource(key)) => match resource::by_key(&mut tx, &key).await? {
                Some(found) => format!("what is reserved of {}", found.name),
                None => told(&FeedScope::Resource(key)),
            },
            Ok(scope) => told(&scope),
            Err(_) => row.scope.clone(),
        };
        rows.push(json!({ "of": of, "since": row.created, "used": row.last_used }));
    }
    drop(tx);
    let again = format!("{} new", feed.line);
    let data = json!({ "total": rows.len(), "rows": rows, "of": feed.of, "again": again });
    let offers = vec![("New link", again), ("Revoke", format!("{} revoke", feed.line))];
    Ok(Say::new("reserve_feeds", data).with_offers(offers).into())
}
