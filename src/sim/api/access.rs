//! Users, roles, the access control list and tokens.

use super::{Call, Handled, No, data};
use crate::table::format::split_list;
use crate::world::{AclEntry, AclKind, Token};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub fn permissions(call: &mut Call<'_>) -> Handled {
    let own = call.who.full();
    let asked = call.args.text("userid").unwrap_or(&own);
    let is_own = asked == own || (call.who.token.is_none() && asked.split('!').next() == Some(&call.who.user));
    if !is_own {
        call.check("/access", &["Sys.Audit"])?;
    }
    let (user, token) = asked.split_once('!').map_or((asked, None), |(user, token)| (user, Some(token)));
    let pools = call.world.pools.keys().map(|name| format!("/pool/{name}"));
    let paths: BTreeSet<String> = match call.args.text("path") {
        Some(path) => [path.to_owned()].into(),
        None => ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"]
            .map(str::to_owned)
            .into_iter()
            .chain(call.world.users.acl.iter().map(|entry| entry.path.clone()))
            .chain(pools.filter(|path| call.world.users.acl.iter().any(|entry| entry.path == *path)))
            .collect(),
    };
    let pool_of = |path: &str| {
        let vmid = path.strip_prefix("/vms/")?.parse::<u32>().ok()?;
        call.world.guests.get(&vmid)?.pool.clone()
    };
    let mut answer = Map::new();
    for path in paths {
        let owned = call.world.users.privileges(user, token, &path, pool_of(&path).as_deref());
        if !owned.is_empty() || call.args.has("path") {
            answer.insert(path, owned.into_iter().map(|(p, on)| (p, json!(u8::from(on)))).collect());
        }
    }
    data(Value::Object(answer))
}

pub fn users(call: &mut Call<'_>) -> Handled {
    let sees_all = call.may_any("/access/groups", &["User.Modify", "Sys.Audit"]);
    let (enabled, full) = (call.args.given_flag("enabled"), call.args.flag("full"));
    let users = call.world.users.users.iter();
    let seen = users.filter(|(name, user)| {
        (sees_all || **name == call.who.user) && enabled.is_none_or(|wanted| wanted != user.is_disabled)
    });
    let rows = seen.map(|(name, user)| {
        let realm = name.rsplit_once('@').map_or("pam", |(_, realm)| realm);
        let mut row = json!({"userid": name, "enable": u8::from(!user.is_disabled), "expire": 0, "realm-type": realm});
        if let Some(comment) = &user.comment {
            row["comment"] = json!(comment);
        }
        if full {
            row["groups"] = json!("");
            row["tokens"] = user.tokens.iter().map(|(id, token)| token_row(Some(id), token)).collect();
        }
        row
    });
    data(rows.collect::<Vec<_>>())
}

pub fn roles(call: &mut Call<'_>) -> Handled {
    let rows = call.world.users.roles.iter().map(|(name, privileges)| {
        let list: Vec<&str> = privileges.iter().map(String::as_str).collect();
        json!({"roleid": name, "privs": list.join(","), "special": u8::from(name != "Direttore")})
    });
    data(rows.collect::<Vec<_>>())
}

fn kind_name(kind: AclKind) -> &'static str {
    match kind {
        AclKind::User => "user",
        AclKind::Token => "token",
        AclKind::Group => "group",
    }
}

pub fn acl(call: &mut Call<'_>) -> Handled {
    let entries = call.world.users.acl.iter().filter(|e| call.may(&e.path, "Permissions.Modify"));
    let rows = entries.map(|e| json!({
        "path": e.path, "type": kind_name(e.kind), "ugid": e.whom, "roleid": e.role, "propagate": u8::from(e.propagates),
    }));
    data(rows.collect::<Vec<_>>())
}

pub fn change_acl(call: &mut Call<'_>) -> Handled {
    let path = call.args.must("path").to_owned();
    let is_path = path == "/" || (path.starts_with('/') && !path.ends_with('/') && !path.contains("//"));
    if !is_path {
        return Err(No::parameter("path", format!("invalid ACL path '{path}'")));
    }
    call.check(&path, &["Permissions.Modify"])?;
    let propagates = call.args.given_flag("propagate").unwrap_or(true);
    let is_removal = call.args.flag("delete");
    let mut entries = Vec::new();
    for (name, kind) in [("users", AclKind::User), ("tokens", AclKind::Token), ("groups", AclKind::Group)] {
        for whom in call.args.text(name).into_iter().flat_map(split_list) {
            let users = &call.world.users.users;
            let is_known = match (kind, whom.split_once('!')) {
                (AclKind::Token, Some((user, token))) => users.get(user).is_some_and(|u| u.tokens.contains_key(token)),
                (AclKind::User, _) => users.contains_key(whom),
                _ => false,
            };
            if !is_known {
                return Err(No::business(format!("{} '{whom}' does not exist", kind_name(kind))));
            }
            for role in split_list(call.args.must("roles")) {
                if !call.world.users.roles.contains_key(role) {
                    return Err(No::business(format!("role '{role}' does not exist")));
                }
                let (path, whom, role) = (path.clone(), whom.to_owned(), role.to_owned());
                entries.push(AclEntry { path, kind, whom, role, propagates });
            }
        }
    }
    if entries.is_empty() {
        return Err(No::parameter("users", "either 'users', 'groups' or 'tokens' is required."));
    }
    let acl = &mut call.world.users.acl;
    for entry in entries {
        acl.retain(|e| !(e.path == entry.path && e.kind == entry.kind && e.whom == entry.whom && e.role == entry.role));
        if !is_removal {
            acl.push(entry);
        }
    }
    call.made.clear();
    data(Value::Null)
}

/// A token as answers show it: never with its secret.
fn token_row(id: Option<&str>, token: &Token) -> Value {
    let mut row = json!({"privsep": u8::from(token.is_separated), "expire": token.expire});
    if let Some(id) = id {
        row["tokenid"] = json!(id);
    }
    if let Some(comment) = &token.comment {
        row["comment"] = json!(comment);
    }
    row
}

fn check_user(call: &Call<'_>) -> Result<String, No> {
    let user = call.args.must("userid").to_owned();
    if user != call.who.user {
        call.check("/access/groups", &["User.Modify"])?;
    }
    match call.world.users.users.contains_key(&user) {
        true => Ok(user),
        false => Err(No::business(format!("no such user ('{user}')"))),
    }
}

pub fn tokens(call: &mut Call<'_>) -> Handled {
    let user = check_user(call)?;
    let tokens = &call.world.users.users[&user].tokens;
    data(tokens.iter().map(|(id, token)| token_row(Some(id), token)).collect::<Vec<_>>())
}

fn of<'a>(call: &'a mut Call<'_>, user: &str, id: &str) -> Result<&'a mut Token, No> {
    let token = call.world.users.users.get_mut(user).and_then(|u| u.tokens.get_mut(id));
    token.ok_or_else(|| No::business(format!("no such token '{id}' for user '{user}'")))
}

pub fn token(call: &mut Call<'_>) -> Handled {
    let (user, id) = (check_user(call)?, call.args.must("tokenid").to_owned());
    data(token_row(None, of(call, &user, &id)?))
}

pub fn make_token(call: &mut Call<'_>) -> Handled {
    let (user, id) = (check_user(call)?, call.args.must("tokenid").to_owned());
    let token = Token {
        secret: crate::secret(),
        is_separated: call.args.given_flag("privsep").unwrap_or(true),
        expire: u64::try_from(call.args.int("expire").unwrap_or(0)).unwrap_or(0),
        comment: call.args.text("comment").map(str::to_owned),
        is_revoked: false,
    };
    let full = format!("{user}!{id}");
    let tokens = &mut call.world.users.users.entry(user).or_default().tokens;
    if tokens.contains_key(&id) {
        return Err(No::parameter("tokenid", "Token already exists."));
    }
    let answer = json!({"full-tokenid": full, "value": token.secret, "info": token_row(None, &token)});
    tokens.insert(id, token);
    data(answer)
}

pub fn change_token(call: &mut Call<'_>) -> Handled {
    let (user, id) = (check_user(call)?, call.args.must("tokenid").to_owned());
    let args = call.args.clone();
    let token = of(call, &user, &id)?;
    if let Some(comment) = args.text("comment") {
        token.comment = Some(comment.to_owned());
    }
    if args.text("delete").is_some_and(|list| split_list(list).any(|key| key == "comment")) {
        token.comment = None;
    }
    if let Some(is_separated) = args.given_flag("privsep") {
        token.is_separated = is_separated;
    }
    if let Some(expire) = args.int("expire").and_then(|n| u64::try_from(n).ok()) {
        token.expire = expire;
    }
    let mut answer = token_row(None, token);
    if args.flag("regenerate") {
        token.secret = crate::secret();
        answer["value"] = json!(token.secret);
        answer["full-tokenid"] = json!(format!("{user}!{id}"));
    }
    call.made.clear();
    data(answer)
}

pub fn remove_token(call: &mut Call<'_>) -> Handled {
    let (user, id) = (check_user(call)?, call.args.must("tokenid").to_owned());
    of(call, &user, &id)?;
    let full = format!("{user}!{id}");
    if let Some(user) = call.world.users.users.get_mut(&user) {
        user.tokens.remove(&id);
    }
    call.world.users.acl.retain(|e| !(e.kind == AclKind::Token && e.whom == full));
    call.made.clear();
    data(Value::Null)
}
