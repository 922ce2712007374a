//! The client against a scripted server on loopback, against what a real NetBox answered, and against its schema.

mod contracts;
mod errors;
mod lost;
mod pages;
mod rows;
mod sent;
mod trust;

use super::{NetBox, Settings, Timeouts};
use crate::server_for_tests::{Reply, Server};
use serde_json::{Value, json};
use std::time::Duration;

const TOKEN: &str = "nbt_Key123.S3cretS3cret";

/// Short for connections that never come, long enough for a busy machine to answer.
const TIMEOUTS: Timeouts =
    Timeouts { connect: Duration::from_secs(5), read: Duration::from_secs(20), write: Duration::from_secs(20) };

fn settings(server: &Server) -> Settings {
    Settings { timeouts: TIMEOUTS, ..Settings::new(&server.url(), TOKEN) }
}

fn client(server: &Server) -> NetBox {
    NetBox::new(settings(server)).expect("valid settings")
}

fn answer(status: &'static str, body: &Value) -> Reply {
    let kind = ("content-type", "application/json".to_owned());
    Reply::Headed(status, vec![kind, ("api-version", "4.6".to_owned())], body.to_string().into_bytes())
}

fn ok(body: &Value) -> Reply {
    answer("200 OK", body)
}

fn page(rows: &[Value], next: Option<&str>, count: usize) -> Reply {
    ok(&json!({"count": count, "next": next, "previous": null, "results": rows}))
}
