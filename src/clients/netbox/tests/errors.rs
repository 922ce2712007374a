//! Errors: those that a real NetBox gave, and those of what stands before one.

use super::{contracts::recordings, *};
use crate::netbox::{Error, NewAddress, Source, request::Request};
use std::collections::BTreeMap;

/// What an error is, in a word.
fn word(error: &Error) -> &'static str {
    match error {
        Error::Credentials { .. } => "credentials",
        Error::Denied { .. } => "denied",
        Error::NotFound { .. } => "not found",
        Error::Full => "full",
        Error::InUse { .. } => "in use",
        Error::Stale => "stale",
        Error::Busy { .. } => "busy",
        Error::Duplicate { .. } => "duplicate",
        Error::Refused { .. } => "refused",
        Error::Unavailable { .. } => "unavailable",
        _ => "another",
    }
}

/// Sends a request of this method and gives back the error.
async fn error_of(reply: Reply, method: &str) -> Error {
    let server = Server::scripted(&[reply]).await;
    let mut request = Request::post("ipam/ip-addresses", json!({}));
    request.method = method.parse().expect("a method");
    client(&server).tell(&request).await.expect_err("an error")
}

#[tokio::test]
async fn each_recorded_error_has_its_meaning() {
    let Some(recordings) = recordings() else { return };
    let mut seen = BTreeMap::<&str, Vec<String>>::new();
    for recording in recordings.iter().filter(|r| r.response.status >= 300) {
        let error = error_of(recording.reply(), &recording.request.method).await;
        let text = error.to_string();
        assert!(!text.contains("<!") && !text.is_empty(), "{}: {text}", recording.name);
        // A template that fails is the one server error among the recordings.
        assert_eq!(error.may_have_been_done(), recording.response.status == 500, "{}: {error:?}", recording.name);
        seen.entry(word(&error)).or_default().push(recording.name.clone());
    }
    let names = |word: &str| seen.get(word).cloned().unwrap_or_default();
    let all_start = |word: &str, starts: &[&str]| {
        let odd: Vec<_> = names(word).into_iter().filter(|n| !starts.iter().any(|s| n.starts_with(s))).collect();
        assert!(odd.is_empty() && !names(word).is_empty(), "{word}: {odd:?}");
    };
    all_start(
        "credentials",
        &["status-anonymous", "authentication-check", "auth-", "token-provision-bad", "graphql-no"],
    );
    assert_eq!(names("credentials").iter().filter(|n| n.starts_with("auth-")).count(), 10);
    all_start("denied", &["perm-", "auth-readonly-write", "render-config-readonly", "available-ips-no-permission"]);
    assert_eq!(names("denied").iter().filter(|n| n.starts_with("perm-")).count(), 6);
    assert_eq!(
        names("not found"),
        [
            "device-detail-404",
            "render-config-no-permission",
            "available-ips-404",
            "ip-get-deleted",
            "ip-delete-again",
            "vm-ip-after-vm-delete",
            "interface-after-vm-delete"
        ]
    );
    assert_eq!(
        names("full"),
        [
            "available-ips-post-full-prefix",
            "available-ips-post-too-many",
            "available-ips-post-p32-again",
            "ip-range-available-post-populated",
            "available-prefixes-post-bad",
            "available-vlans-post-too-many"
        ]
    );
    assert_eq!(names("in use"), ["site-delete-protected", "vlan-delete-in-use"]);
    assert_eq!(names("stale"), ["etag-patch-stale", "etag-put-stale", "etag-delete-stale", "etag-garbage"]);
    assert_eq!(
        names("duplicate"),
        [
            "device-create-duplicate-name",
            "prefix-create-duplicate",
            "available-vlans-post-duplicate-name",
            "ip-create-duplicate-other-mask",
            "ip-create-duplicate-in-unique-vrf",
            "bulk-create-one-bad",
            "vm-create-duplicate-name",
            "vm-create-duplicate-name-case",
            "vm-create-duplicate-vmid",
            "vminterface-create-duplicate"
        ]
    );
    assert_eq!(names("unavailable"), ["render-config-template-override"]);
    assert_eq!(names("another"), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_wrong_is_said_by_field() {
    let Some(recordings) = recordings() else { return };
    for (name, said) in [
        ("ip-create-bad-status", "refused: values are not accepted (status: free is not a valid choice.)"),
        (
            "device-create-bad-cf",
            "refused: values are not accepted (custom_fields.no_such: Custom field 'no_such' does not exist for this \
             object type.)",
        ),
        (
            "ip-create-network-assigned",
            "refused: 10.0.62.0 is a network ID, which may not be assigned to an interface.",
        ),
        (
            "available-ips-post-list-one-bad",
            "refused: values are not accepted ([1].dns_name: Only alphanumeric characters, asterisks, hyphens, \
             periods, and underscores are allowed in DNS names)",
        ),
        (
            "available-ips-post-prefix-length-bad",
            "refused: values are not accepted (prefix_length: Prefix length must be greater than or equal to the \
             parent mask length (24))",
        ),
        ("render-config-none", "refused: No config template found for this device."),
        ("device-create-bad-json", "refused: JSON parse error - Expecting value: line 1 column 9 (char 8)"),
        ("devices-cursor-and-offset", "refused: 'start' and 'offset' are mutually exclusive."),
        (
            "ip-create-duplicate-other-mask",
            "there is one already: Duplicate IP address found in global table: 10.0.60.10/24",
        ),
        (
            "vm-create-duplicate-name",
            "there is one already: Virtual machine name must be unique per cluster and tenant.",
        ),
        ("device-post-no-trailing-slash", "refused: Not Found"),
        (
            "device-no-trailing-slash",
            "refused: it sends us to /api/dcim/devices/1/; the address in the configuration must be the final one",
        ),
    ] {
        let recording = recordings.iter().find(|r| r.name == name).unwrap_or_else(|| panic!("there is {name}"));
        assert_eq!(error_of(recording.reply(), &recording.request.method).await.to_string(), said, "{name}");
    }
}

#[tokio::test]
async fn a_wrong_address_is_not_taken_for_gone() {
    let html =
        Reply::Headed("404 Not Found", vec![("content-type", "text/html".to_owned())], b"<!DOCTYPE html>".to_vec());
    let server = Server::scripted(&[html]).await;
    let error = client(&server).delete_address(5, None).await.expect_err("not there");
    assert!(!error.is_not_found() && matches!(error, Error::Refused { status: 404, .. }), "{error:?}");
    assert_eq!(client(&server).whoami().await, Ok(None), "a release that does not tell");
}

#[tokio::test]
async fn too_much_at_once_names_its_time() {
    let busy = |status: &'static str, after: Option<&str>| {
        let headers = after.map(|after| vec![("retry-after", after.to_owned())]).unwrap_or_default();
        Reply::Headed(status, headers, b"{\"detail\": \"Request was throttled.\"}".to_vec())
    };
    let seconds = |s: u64| Some(Duration::from_secs(s));
    for (reply, retry_after) in [
        (busy("429 Too Many Requests", Some("7")), seconds(7)),
        (busy("429 Too Many Requests", None), None),
        (busy("429 Too Many Requests", Some("Wed, 21 Oct 2026 07:28:00 GMT")), None),
        (busy("429 Too Many Requests", Some("99999999999999")), seconds(3600)),
        (busy("503 Service Unavailable", Some("30")), seconds(30)),
    ] {
        let error = error_of(reply, "POST").await;
        assert_eq!(error, Error::Busy { retry_after });
        assert!(error.is_temporary() && !error.may_have_been_done());
    }
}

#[tokio::test]
async fn pages_of_html_give_their_title_at_most() {
    let html = |status: &'static str, page: &str| {
        Reply::Headed(status, vec![("content-type", "text/html; charset=utf-8".to_owned())], page.as_bytes().to_vec())
    };
    let nginx = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>";
    for (reply, status, why) in [
        (html("502 Bad Gateway", nginx), 502, "502 Bad Gateway"),
        (html("500 Internal Server Error", "<h1>Server Error (500)</h1>"), 500, "Internal Server Error"),
        (html("504 Gateway Timeout", ""), 504, "Gateway Timeout"),
        (html("503 Service Unavailable", "no server is available"), 503, "no server is available"),
        (html("500 Internal Server Error", &"<TITLE class=x>\u{1b}[2J a".repeat(9000)), 500, "Internal Server Error"),
    ] {
        let error = error_of(reply, "POST").await;
        assert_eq!(error, Error::Unavailable { status, why: why.to_owned(), in_doubt: true });
        assert!(error.is_temporary());
    }
    let error = error_of(html("403 Forbidden", "<title>Blocked by policy</title>"), "GET").await;
    assert_eq!(error, Error::Denied { why: "Blocked by policy".to_owned() });
}

#[tokio::test]
async fn a_race_that_ends_in_the_database_is_a_duplicate() {
    let body = |error: &str| json!({"error": error, "exception": "IntegrityError", "netbox_version": "4.6.8", "python_version": "3.12.1"});
    let lost =
        "duplicate key value violates unique constraint \"virtualization_virtualmachine_unique_name\"\nDETAIL:  Key";
    let error = error_of(answer("500 Internal Server Error", &body(lost)), "POST").await;
    assert_eq!(word(&error), "duplicate");
    assert!(!error.may_have_been_done());
    let error = error_of(answer("500 Internal Server Error", &body("boom")), "POST").await;
    assert_eq!(error, Error::Unavailable { status: 500, why: "boom".to_owned(), in_doubt: true });
}

#[tokio::test]
async fn the_token_never_comes_back() {
    let secret = format!("Token {TOKEN} is bad; {TOKEN}");
    for reply in [
        answer("403 Forbidden", &json!({"detail": secret})),
        answer("400 Bad Request", &json!({"name": [secret], "x": {"y": [{"z": secret}]}})),
        answer("500 Internal Server Error", &json!({"error": secret})),
        Reply::Headed("302 Found", vec![("location", format!("/?next={TOKEN}"))], Vec::new()),
    ] {
        let error = error_of(reply, "POST").await;
        assert!(!format!("{error:?}{error}").contains("S3cret"), "{error:?}");
    }
}

#[tokio::test]
async fn a_template_that_fails_is_for_its_writer() {
    let Some(failed) = contracts::recording("render-config-template-override") else { return };
    let server = Server::scripted(&[failed.reply()]).await;
    let error = client(&server).rendered_config(1).await.expect_err("it fails");
    let why = "UndefinedError: 'dcim.models.devices.Device object' has no attribute 'nope'".to_owned();
    assert_eq!(error, Error::Refused { status: 500, why, errors: BTreeMap::new() });
    let config = b"hostname r1\n\x1b".to_vec();
    let server =
        Server::scripted(&[Reply::Headed("200 OK", vec![("content-type", "text/plain".into())], config)]).await;
    assert_eq!(client(&server).rendered_config(1).await.as_deref(), Ok("hostname r1\n\u{1b}"));
    assert_eq!(server.lines(), ["POST /api/dcim/devices/1/render-config/ {}"]);
    assert_eq!(server.seen()[0].headers["accept"], "text/plain");
}

#[tokio::test]
async fn a_tag_that_no_server_gave_is_stale_without_asking() {
    let server = Server::scripted(&[answer("201 Created", &json!({}))]).await;
    let bad = crate::netbox::Etag("a\nb".to_owned());
    assert_eq!(client(&server).delete_address(5, Some(&bad)).await, Err(Error::Stale));
    assert_eq!(server.seen().len(), 0);
    let error = client(&server).take_next(Source::Range(1), &NewAddress::default()).await.expect_err("no id");
    assert_eq!(error, Error::Garbage { why: "the IP address has no id that makes sense".to_owned() });
}
