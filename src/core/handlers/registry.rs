//! Every command's handler, once.

use super::Cx;
use crate::plan::Outcome;
use direttore_catalog::{Answers, Command};
use direttore_domain::Trouble;
use futures::future::{BoxFuture, ready};
use serde::de::{DeserializeOwned, Deserializer, Visitor};

macro_rules! handlers {
    ($($path:literal => $($module:ident)::+),* $(,)?) => {
        /// The outcome of a command whose answers are complete.
        ///
        /// # Errors
        /// What the handler refuses, or the failure it met.
        pub fn plan<'a>(
            cx: &'a Cx,
            command: &Command,
            answers: Answers,
        ) -> BoxFuture<'a, Result<Outcome, Trouble>> {
            match command.path.as_str() {
                $($path => match typed(answers) {
                    Ok(input) => apart(|| $($module)::+::plan(cx, input)),
                    Err(trouble) => Box::pin(ready(Err(trouble))),
                })*
                other => Box::pin(ready(Err(Trouble::bug(format!("no handler for /{other}"))))),
            }
        }

        /// Every command that has a handler.
        pub fn names() -> &'static [&'static str] {
            &[$($path),*]
        }

        /// The fields of a handler's input, to be compared with the options of its command.
        pub fn input_fields(path: &str) -> Option<&'static [&'static str]> {
            match path {
                $($path => Some(fields::<super::$($module)::+::Input>()),)*
                _ => None,
            }
        }
    };
}

/// Each is long, and made in a frame of its own: made here, room for all of them would lie on the stack at once.
#[inline(never)]
fn apart<'a, F>(make: impl FnOnce() -> F) -> BoxFuture<'a, Result<Outcome, Trouble>>
where
    F: Future<Output = Result<Outcome, Trouble>> + Send + 'a,
{
    Box::pin(make())
}

use super::{
    alert, alias, audit, device, grant, group, guest, help, inventory, ipam, job, key, lab, link, node, power,
    provision, reserve, resource, snapshot, token, user, whoami,
};

handlers! {
    "alert ack" => alert::ack,
    "alert list" => alert::list,
    "alert show" => alert::show,
    "alert silence" => alert::silence,
    "alias add" => alias::add,
    "alias list" => alias::list,
    "alias remove" => alias::remove,
    "audit" => audit,
    "device accept-key" => device::accept_key,
    "device approve" => device::approve,
    "device backup" => device::backup,
    "device confirm" => device::confirm,
    "device diff" => device::diff,
    "device discover" => device::discover,
    "device drift" => device::drift,
    "device history" => device::history,
    "device push" => device::push,
    "device reject" => device::reject,
    "device render" => device::render,
    "device rollback" => device::rollback,
    "device run" => device::run,
    "grant add" => grant::add,
    "grant list" => grant::list,
    "grant remove" => grant::remove,
    "group add" => group::add,
    "group create" => group::create,
    "group delete" => group::delete,
    "group list" => group::list,
    "group remove" => group::remove,
    "guest backup" => guest::backup,
    "guest clone" => guest::clone,
    "guest delete" => guest::delete,
    "guest list" => guest::list,
    "guest migrate" => guest::migrate,
    "guest owner" => guest::owner,
    "guest resize" => guest::resize,
    "guest restore" => guest::restore,
    "guest show" => guest::show,
    "help" => help,
    "inventory device" => inventory::device,
    "inventory devices" => inventory::devices,
    "ipam addresses" => ipam::addresses,
    "ipam allocate" => ipam::allocate,
    "ipam check" => ipam::check,
    "ipam prefixes" => ipam::prefixes,
    "ipam release" => ipam::release,
    "ipam vlans" => ipam::vlans,
    "job cancel" => job::cancel,
    "job list" => job::list,
    "job retry" => job::retry,
    "job show" => job::show,
    "key add" => key::add,
    "key list" => key::list,
    "key remove" => key::remove,
    "lab check" => lab::check,
    "lab status" => lab::status,
    "link" => link,
    "node list" => node::list,
    "node reboot" => node::reboot,
    "node show" => node::show,
    "node shutdown" => node::shutdown,
    "power reboot" => power::reboot,
    "power reset" => power::reset,
    "power resume" => power::resume,
    "power shutdown" => power::shutdown,
    "power start" => power::start,
    "power stop" => power::stop,
    "power suspend" => power::suspend,
    "provision container" => provision::container,
    "provision vm" => provision::vm,
    "reserve approve" => reserve::approve,
    "reserve calendar" => reserve::calendar,
    "reserve cancel" => reserve::cancel,
    "reserve change" => reserve::change,
    "reserve check-in" => reserve::check_in,
    "reserve extend" => reserve::extend,
    "reserve feed" => reserve::feed,
    "reserve list" => reserve::list,
    "reserve maintenance" => reserve::maintenance,
    "reserve new" => reserve::new,
    "reserve reject" => reserve::reject,
    "reserve release" => reserve::release,
    "reserve show" => reserve::show,
    "reserve take" => reserve::take,
    "reserve wait" => reserve::wait,
    "resource add" => resource::add,
    "resource edit" => resource::edit,
    "resource list" => resource::list,
    "resource remove" => resource::remove,
    "snapshot create" => snapshot::create,
    "snapshot delete" => snapshot::delete,
    "snapshot list" => snapshot::list,
    "snapshot rollback" => snapshot::rollback,
    "token list" => token::list,
    "token new" => token::new,
    "token revoke" => token::revoke,
    "user create" => user::create,
    "user delete" => user::delete,
    "user disable" => user::disable,
    "user list" => user::list,
    "user password" => user::password,
    "user role" => user::role,
    "whoami" => whoami,
}

/// The catalogue has checked the form of every value, so an input that does not fit is our mistake.
fn typed<T: DeserializeOwned>(answers: Answers) -> Result<T, Trouble> {
    serde_json::from_value(serde_json::Value::Object(answers.0)).map_err(Trouble::bug)
}

/// The field names that a derived `Deserialize` announces.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Ask<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = serde::de::value::Error;
        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only structs are asked"))
        }
        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            Err(serde::de::Error::custom("asked"))
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut found: &'static [&'static str] = &[];
    // The error is the point: the names are known by then.
    let _ = T::deserialize(Ask(&mut found));
    found
}
