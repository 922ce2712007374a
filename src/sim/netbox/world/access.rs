//! Users, what they may do, and their tokens.

use super::{Object, World};
use crate::netbox::time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    pub password: String,
    pub is_superuser: bool,
    pub permissions: Vec<Permission>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("is_superuser", &self.is_superuser).finish_non_exhaustive()
    }
}

/// What may be done with which kinds of objects.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Permission {
    pub id: u64,
    pub name: String,
    /// `ipam.ipaddress`.
    pub kinds: Vec<String>,
    /// `view`, `add`, `change`, `delete`, `render_config`.
    pub actions: Vec<String>,
    /// Field and value that the object must have.
    pub constraint: Option<(String, Value)>,
}

/// What is not shown of a token.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secret {
    /// Of a v2 token.
    pub key: Option<String>,
    pub secret: String,
    pub is_revoked: bool,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Secret {
    /// As it stands in `Authorization`, behind the keyword.
    pub fn plain(&self) -> String {
        match &self.key {
            Some(key) => format!("nbt_{key}.{}", self.secret),
            None => self.secret.clone(),
        }
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    pub user: u64,
    pub name: String,
    pub is_superuser: bool,
    pub may_write: bool,
}

impl World {
    pub fn add_user(&mut self, name: &str, user: User) -> u64 {
        let id = self.next_id("users.user");
        let moment = self.moment();
        let Value::Object(values) = json!({
            "username": name, "first_name": "", "last_name": "", "email": "", "is_active": true
        }) else {
            return id;
        };
        self.put("users.user", id, Object { values, created: moment, updated: moment, net: None });
        self.users.insert(id, user);
        id
    }

    /// `key` makes it a v2 token.
    pub fn add_token(&mut self, user: u64, key: Option<String>, secret: String, more: &Value) -> u64 {
        let id = self.next_id("users.token");
        let moment = self.moment();
        let version = if key.is_some() { 2 } else { 1 };
        let mut values = json!({
            "version": version, "user": user, "description": "", "expires": null, "enabled": true,
            "write_enabled": true, "allowed_ips": [],
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            values[name] = value.clone();
        }
        if let Value::Object(values) = values {
            self.put("users.token", id, Object { values, created: moment, updated: moment, net: None });
        }
        self.secrets.insert(id, Secret { key, secret, is_revoked: false });
        id
    }

    /// Who may call with this text from `Authorization`; the words of the refusal otherwise.
    pub fn caller(&self, header: Option<&str>) -> Result<Caller, String> {
        const MISSING: &str = "Authentication credentials were not provided.";
        const FORM: &str =
            "Invalid authorization header: Must be in the form \"Bearer <key>.<token>\" or \"Token <token>\"";
        let header = header.ok_or(MISSING)?;
        let mut words = header.split_whitespace();
        let keyword = words.next().unwrap_or_default().to_ascii_lowercase();
        let knows_v2 = self.version.has_tokens_v2();
        if !(keyword == "token" || keyword == "bearer" && knows_v2) {
            return Err(MISSING.to_owned());
        }
        let (Some(given), None) = (words.next(), words.next()) else { return Err(FORM.to_owned()) };
        let (id, secret) = match given.strip_prefix("nbt_").filter(|_| knows_v2) {
            Some(rest) => {
                let (key, secret) = rest.split_once('.').ok_or(
                    "Invalid authorization header: Could not parse key from v2 token. Did you mean to use 'Token' instead \
                     of 'Bearer'?",
                )?;
                let found = self.secrets.iter().find(|(_, s)| s.key.as_deref() == Some(key) && s.secret == secret);
                found.ok_or("Invalid v2 token")?
            }
            None => {
                let found = self.secrets.iter().find(|(_, s)| s.key.is_none() && s.secret == given);
                found.ok_or(if knows_v2 { "Invalid v1 token" } else { "Invalid token" })?
            }
        };
        let token = self.get("users.token", *id).ok_or("Invalid v2 token")?;
        if !token.is("enabled") || secret.is_revoked {
            return Err("Token disabled".to_owned());
        }
        if token.get("expires").as_str().and_then(time::parse).is_some_and(|at| at < time::now()) {
            return Err("Token expired".to_owned());
        }
        let allowed = token.get("allowed_ips").as_array().map(Vec::as_slice).unwrap_or_default();
        let here = crate::netbox::net::Net::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 32);
        let holds = |net: &Value| net.as_str().and_then(crate::netbox::net::Net::parse).is_some_and(|n| n.holds(here));
        if !allowed.is_empty() && !allowed.iter().any(holds) {
            return Err("Source IP 127.0.0.1 is not permitted to authenticate using this token.".to_owned());
        }
        let user = token.id("user").unwrap_or_default();
        let known = self.users.get(&user);
        Ok(Caller {
            user,
            name: self.get("users.user", user).map(|u| u.text("username").to_owned()).unwrap_or_default(),
            is_superuser: known.is_some_and(|u| u.is_superuser),
            may_write: token.is("write_enabled"),
        })
    }

    /// Whether they may do it with some of these objects.
    pub fn may(&self, who: &Caller, action: &str, kind: &str) -> bool {
        who.is_superuser || self.grants(who, action, kind).next().is_some()
    }

    /// Whether they may do it with this one.
    pub fn may_with(&self, who: &Caller, action: &str, kind: &str, object: &Object) -> bool {
        who.is_superuser
            || self.grants(who, action, kind).any(|p| match &p.constraint {
                Some((field, value)) => object.get(field) == value,
                None => true,
            })
    }

    fn grants<'a>(&'a self, who: &Caller, action: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Permission> {
        let all = self.users.get(&who.user).into_iter().flat_map(|u| &u.permissions);
        all.filter(move |p| p.kinds.iter().any(|k| k == kind) && p.actions.iter().any(|a| a == action))
    }
}
