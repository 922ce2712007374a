//! One object.

use super::{Answer, Answered, Call, No};
use crate::netbox::table::Model;
use std::sync::Arc;

pub fn read(call: &mut Call<'_>, model: &'static Model, id: u64) -> Answered {
    let object = find(call, "view", model, id)?;
    let mut answer = Answer::json(200, call.world.show(model, id, &call.form()));
    answer.etag = Some(object.updated);
    Ok(answer)
}

/// The object, if the caller may do this with it: what they may not see is not there.
pub fn find(
    call: &Call<'_>,
    action: &str,
    model: &'static Model,
    id: u64,
) -> Result<Arc<crate::netbox::world::Object>, No> {
    call.needs(action, model.kind)?;
    let found = call.world.get(model.kind, id).filter(|o| call.world.may_with(&call.who, action, model.kind, o));
    found.cloned().ok_or_else(|| No::missing(model.class))
}
