//! `/api/users/`: accounts, for administrators.

use super::{
    Api,
    auth::permissions,
    detail::Detail,
    enter::Who,
    given::Path,
    input::{self, Fields},
    shapes::{ChangedUser, NewUser, User},
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use direttore_core::dispatch::{Act, Caller};
use direttore_domain::{Account, AccountName, Refusal, Role, Trouble};

const ROLES: [&str; 3] = ["admin", "operator", "viewer"];
const SHORTEST: usize = 8;
/// Bytes. Nobody types more, and hashing more takes time.
const LONGEST: usize = 1024;

/// All accounts, by number.
#[utoipa::path(get, path = "/api/users/", tag = "accounts", security(("bearer" = [])),
    responses((status = 200, description = "All accounts", body = [User])))]
pub async fn list(State(api): State<Api>, Who(caller): Who) -> Result<Json<Vec<User>>, Detail> {
    let mut accounts = api.dispatch.accounts(&caller).await?;
    accounts.sort_by_key(|account| account.id);
    Ok(Json(accounts.iter().map(shown).collect()))
}

/// A new account.
#[utoipa::path(post, path = "/api/users/", tag = "accounts", security(("bearer" = [])), request_body = NewUser,
    responses((status = 201, description = "Made", body = User)))]
pub async fn create(
    State(api): State<Api>,
    Who(caller): Who,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<User>), Detail> {
    api.dispatch.may(&caller, "user create")?;
    let mut fields = input::object(&headers, body, api.read).await?;
    let given: String = fields.need("username", Fields::text);
    let name = given.trim().to_lowercase().parse::<AccountName>();
    if fields.is_right("username") {
        match &name {
            _ if given.trim().is_empty() => fields.refuse_value("username", "username must not be blank"),
            Err(wrong) => fields.refuse_value("username", &format!("username must be {}", wrong.right)),
            Ok(_) => {}
        }
    }
    let password: String = fields.need("password", Fields::plain);
    if fields.is_right("password")
        && let Some(why) = bad_password(&password)
    {
        let why = format!("password {why}");
        fields.refuse_value("password", &why);
    }
    let role = fields.word("role", &ROLES).unwrap_or("viewer");
    fields.done()?;
    let name = name.map_err(|wrong| Detail::new(StatusCode::UNPROCESSABLE_ENTITY, wrong.to_string()))?;
    let act = Act::new("user create", [("name", name.to_string()), ("role", role.to_owned())]);
    let act = act.with_hash(api.dispatch.hashed(&password).await?);
    match api.dispatch.give(&caller, vec![act]).await {
        Ok(_) => {}
        Err(Trouble::Refusal(Refusal::Exists { .. })) => {
            return Err(Detail::new(StatusCode::CONFLICT, "Username already exists"));
        }
        Err(trouble) => return Err(trouble.into()),
    }
    let made = find(&api, &caller, |account| account.name == name).await?;
    Ok((StatusCode::CREATED, Json(shown(&made))))
}

/// Another role, another password, or whether it is active: all of what is given, or nothing.
#[utoipa::path(patch, path = "/api/users/{id}", tag = "accounts", security(("bearer" = [])), request_body = ChangedUser,
    params(("id" = i64, Path,)), responses((status = 200, description = "Changed", body = User)))]
pub async fn change(
    State(api): State<Api>,
    Who(caller): Who,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<User>, Detail> {
    api.dispatch.may(&caller, "user role")?;
    let id = input::path_number("user_id", &id)?;
    let mut fields = input::object(&headers, body, api.read).await?;
    let (role, active) = (fields.word("role", &ROLES), fields.flag("is_active"));
    let password = fields.plain("password");
    fields.done()?;
    if let Some(why) = password.as_deref().and_then(bad_password) {
        let said =
            if why.starts_with("must be at least") { format!("Password {why}") } else { format!("password {why}") };
        return Err(Detail::new(StatusCode::UNPROCESSABLE_ENTITY, said));
    }
    let account = find(&api, &caller, |account| account.id == id).await?;
    let name = || account.name.to_string();
    let mut acts = Vec::new();
    if let Some(role) = role {
        acts.push(Act::new("user role", [("name", name()), ("role", role.to_owned())]));
    }
    match active {
        Some(true) => acts.push(Act::new("user disable", [("name", name()), ("off", "yes".to_owned())])),
        Some(false) => acts.push(Act::new("user disable", [("name", name())])),
        None => {}
    }
    if let Some(password) = &password {
        let act = Act::new("user password", [("account", name())]);
        acts.push(act.with_hash(api.dispatch.hashed(password).await?));
    }
    api.dispatch.give(&caller, acts).await?;
    let account = find_after(&api, id).await?;
    Ok(Json(shown(&account)))
}

/// The account is gone; its lines in the audit log stay.
#[utoipa::path(delete, path = "/api/users/{id}", tag = "accounts", security(("bearer" = [])),
    params(("id" = i64, Path,)), responses((status = 204, description = "Gone")))]
pub async fn delete(State(api): State<Api>, Who(caller): Who, Path(id): Path<String>) -> Result<StatusCode, Detail> {
    api.dispatch.may(&caller, "user delete")?;
    let id = input::path_number("user_id", &id)?;
    let account = find(&api, &caller, |account| account.id == id).await?;
    api.dispatch.give(&caller, vec![Act::new("user delete", [("name", account.name.to_string())])]).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(api: &Api, caller: &Caller, is_it: impl Fn(&Account) -> bool) -> Result<Account, Detail> {
    let accounts = api.dispatch.accounts(caller).await?;
    accounts.into_iter().find(is_it).ok_or_else(|| Detail::not_found("User"))
}

/// Whoever changed it may see it, also who has just taken that right from themselves.
async fn find_after(api: &Api, id: i64) -> Result<Account, Detail> {
    api.dispatch.account(id).await?.ok_or_else(|| Detail::not_found("User"))
}

fn bad_password(given: &str) -> Option<String> {
    if given.chars().count() < SHORTEST {
        return Some(format!("must be at least {SHORTEST} characters"));
    }
    (given.len() > LONGEST).then(|| format!("must be at most {LONGEST} bytes"))
}

fn shown(account: &Account) -> User {
    User {
        id: account.id,
        username: account.name.clone(),
        role: account.role.map_or("none", Role::as_str),
        is_active: !account.is_disabled,
        permissions: permissions(account.role),
    }
}
