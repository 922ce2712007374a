//! What Matrix says of somebody, as ids that the configuration maps to roles: who they are, which rooms they are in, and
//! how much power they have there. Never a display name, which anybody can choose.

use crate::{
    settings::Settings,
    wire::{Error, Power, Wire},
};
use direttore_domain::{Claims, Role, Surface};
use futures::future::try_join_all;

/// Power levels that give a role, in Matrix' own steps: those of administrators and moderators.
const ADMIN: i64 = 100;
const OPERATOR: i64 = 50;
const VIEWER: i64 = 0;

fn user_id(user: &str) -> String {
    format!("user:{user}")
}

fn member_id(room: &str) -> String {
    format!("member:{room}")
}

fn power_id(room: &str, level: i64) -> String {
    format!("power:{room}:{level}")
}

/// The ids that the settings map, for [`direttore_core::RoleMaps`].
pub fn maps(settings: &Settings) -> Vec<(Surface, String, Role)> {
    let users = settings.users.iter().map(|(user, role)| (user_id(user), *role));
    let members = settings.members.iter().map(|(room, role)| (member_id(room), *role));
    let power = settings.power.iter().flat_map(|rule| {
        let steps = [(ADMIN, Role::Admin), (OPERATOR, Role::Operator), (VIEWER, Role::Viewer)];
        steps.map(|(level, role)| (power_id(&rule.room, level), role.min(rule.cap)))
    });
    users.chain(members).chain(power).map(|(id, role)| (Surface::Matrix, id, role)).collect()
}

/// What Matrix says of somebody now.
///
/// # Errors
/// The homeserver's, when it does not say who is in a room for another reason than that the bot is not.
pub async fn claims(wire: &dyn Wire, settings: &Settings, user: &str) -> Result<Claims, Error> {
    let is_named = settings.users.iter().any(|(named, _)| named == user);
    let mut roles: Vec<String> = is_named.then(|| user_id(user)).into_iter().collect();
    let members = try_join_all(
        settings
            .members
            .iter()
            .map(async |(room, _)| Ok::<_, Error>(power(wire, room, user).await?.map(|_| member_id(room)))),
    );
    let powers = try_join_all(settings.power.iter().map(async |rule| {
        Ok::<_, Error>(power(wire, &rule.room, user).await?.and_then(|power| Some(power_id(&rule.room, step(power)?))))
    }));
    let (members, powers) = futures::try_join!(members, powers)?;
    roles.extend(members.into_iter().chain(powers).flatten());
    Ok(Claims { name: called(user), roles })
}

/// Of somebody in a room; none of who is not in it, or where the bot itself is not.
async fn power(wire: &dyn Wire, room: &str, user: &str) -> Result<Option<Power>, Error> {
    match wire.power(room, user).await {
        Err(error @ Error::Refused { .. }) => {
            tracing::warn!("what {user} may by the room {room} is not known, so it counts for nothing: {error}");
            Ok(None)
        }
        other => other,
    }
}

/// The step that a power level reaches; who was put below all others reaches none.
fn step(power: Power) -> Option<i64> {
    match power {
        Power::Infinite => Some(ADMIN),
        Power::Level(level) => [ADMIN, OPERATOR, VIEWER].into_iter().find(|step| level >= *step),
    }
}

/// `alice` of `@alice:example.org`.
pub(crate) fn called(user: &str) -> String {
    let local = user.trim_start_matches('@');
    local.split_once(':').map_or(local, |(local, _)| local).to_owned()
}

#[cfg(test)]
mod tests;
