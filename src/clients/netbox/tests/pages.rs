//! Lists over several pages, and those that never end.

use super::*;
use crate::netbox::Error;

fn vrf(id: u64) -> Value {
    json!({"id": id, "name": format!("vrf{id}"), "rd": null, "enforce_unique": true})
}

fn vrfs(ids: std::ops::Range<u64>) -> Vec<Value> {
    ids.map(vrf).collect()
}

async fn ids_of(server: &Server) -> Result<Vec<u64>, Error> {
    Ok(client(server).vrfs().await?.iter().map(|v| v.id).collect())
}

#[tokio::test]
async fn all_pages_are_read_and_only_the_query_of_a_link_is_used() {
    let link = |offset: u64| format!("https://netbox.example.org/somewhere/?limit=1000&offset={offset}&x=a%20b");
    let server = Server::scripted(&[
        page(&vrfs(1..4), Some(&link(3)), 7),
        page(&vrfs(4..7), Some(&link(6)), 7),
        page(&vrfs(7..8), None, 7),
    ])
    .await;
    assert_eq!(ids_of(&server).await, Ok((1..8).collect()));
    assert_eq!(
        server.lines(),
        [
            "GET /api/ipam/vrfs/?limit=1000",
            "GET /api/ipam/vrfs/?limit=1000&offset=3&x=a+b",
            "GET /api/ipam/vrfs/?limit=1000&offset=6&x=a+b",
        ]
    );
    let connections: Vec<_> = server.seen().iter().map(|s| s.connection).collect();
    assert_eq!(connections, [1, 1, 1], "reads share a connection");
}

#[tokio::test]
async fn an_address_with_a_path_keeps_it() {
    let server = Server::scripted(&[page(&[], None, 0)]).await;
    let base = format!("{}/netbox/", server.url());
    let netbox = NetBox::new(Settings { url: base, ..settings(&server) }).expect("valid");
    assert_eq!(netbox.vrfs().await, Ok(vec![]));
    assert_eq!(netbox.url(), format!("{}/netbox", server.url()));
    assert_eq!(server.lines(), ["GET /netbox/api/ipam/vrfs/?limit=1000"]);
}

#[tokio::test]
async fn a_list_that_changes_between_pages_is_read_anew() {
    let server = Server::scripted(&[
        page(&vrfs(1..3), Some("/?offset=2"), 4),
        // The first was deleted meanwhile, so the third slipped through between the pages.
        page(&vrfs(4..5), None, 3),
        page(&vrfs(2..4), Some("/?offset=2"), 3),
        page(&vrfs(4..5), None, 3),
    ])
    .await;
    assert_eq!(ids_of(&server).await, Ok(vec![2, 3, 4]));
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn a_list_that_never_stands_still_is_read_three_times() {
    let pages = |n: usize| [page(&vrfs(1..3), Some("/?offset=2"), n), page(&vrfs(3..5), None, n + 1)];
    let server = Server::scripted(&[pages(4), pages(6), pages(8)].concat()).await;
    assert_eq!(ids_of(&server).await, Ok(vec![1, 2, 3, 4]));
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn what_is_on_two_pages_is_there_once() {
    let server = Server::scripted(&[page(&vrfs(1..4), Some("/?offset=3"), 5), page(&vrfs(3..6), None, 5)]).await;
    assert_eq!(ids_of(&server).await, Ok(vec![1, 2, 3, 4, 5]));
}

#[tokio::test]
async fn a_page_that_breaks_off_is_asked_for_again() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"count\":3,\"results\":[".to_vec();
    let server =
        Server::scripted(&[page(&vrfs(1..3), Some("/?offset=2"), 3), Reply::Raw(half), page(&vrfs(3..4), None, 3)])
            .await;
    assert_eq!(ids_of(&server).await, Ok(vec![1, 2, 3]));
    assert_eq!(server.lines()[1..], ["GET /api/ipam/vrfs/?offset=2", "GET /api/ipam/vrfs/?offset=2"]);
}

#[tokio::test]
async fn pages_without_an_end_end() {
    for (replies, said) in [
        (vec![page(&vrfs(1..3), Some("/?limit=1000"), 9)], "the pages of a list have no end"),
        (vec![page(&vrfs(1..3), Some("/?offset=2"), 9)], "a page of a list brings nothing new"),
        (vec![page(&[], Some("/?offset=2"), 9)], "a page of a list brings nothing new"),
        (vec![page(&vrfs(1..3), Some("/somewhere/"), 9)], "a page of a list names a next one without saying which"),
        (vec![ok(&json!({"count": 1, "next": null, "results": [{"name": "x"}]}))], "an object of a list has no id"),
        (vec![ok(&json!([1, 2]))], "it has not the expected form"),
        (vec![ok(&json!({"detail": "fine"}))], "it has not the expected form"),
    ] {
        let server = Server::scripted(&replies).await;
        assert_eq!(ids_of(&server).await, Err(Error::Garbage { why: said.to_owned() }));
        assert!(server.seen().len() <= 2, "{said}");
    }
    // A server that gives one object a page, and always has one more.
    let count = std::sync::atomic::AtomicU64::new(0);
    let server = Server::start(move |_| {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        page(&[vrf(n + 1)], Some(&format!("/?offset={n}")), 90)
    })
    .await;
    let netbox = NetBox::new(Settings { most: 100, ..settings(&server) }).expect("valid");
    assert_eq!(netbox.vrfs().await, Err(Error::Garbage { why: "the pages of a list have no end".to_owned() }));
    assert!(server.seen().len() < 10);
}

#[tokio::test]
async fn more_objects_than_we_take_are_refused_at_once() {
    let server = Server::scripted(&[page(&vrfs(1..3), Some("/?offset=2"), 1_000_000)]).await;
    let netbox = NetBox::new(Settings { most: 100, ..settings(&server) }).expect("valid");
    assert_eq!(netbox.vrfs().await, Err(Error::TooMany { most: 100 }));
    assert_eq!(server.seen().len(), 1);
    // One that does not say how many there are.
    let body = json!({"count": null, "next": null, "results": vrfs(1..102)});
    let server = Server::scripted(&[ok(&body)]).await;
    let netbox = NetBox::new(Settings { most: 100, ..settings(&server) }).expect("valid");
    assert_eq!(netbox.vrfs().await, Err(Error::TooMany { most: 100 }));
}

#[tokio::test]
async fn names_are_compared_letter_by_letter() {
    let fields = [
        json!({"id": 1, "name": "direttore_job_2", "type": {"value": "text", "label": "Text"}, "object_types": []}),
        json!({"id": 2, "name": "direttore_job", "type": "text", "object_types": ["ipam.ipaddress"]}),
    ];
    let server = Server::scripted(&[page(&fields, None, 2)]).await;
    let field = client(&server).custom_field("direttore_job").await.expect("an answer").expect("it is there");
    assert_eq!((field.id, field.kind.as_str(), field.object_types), (2, "text", vec!["ipam.ipaddress".to_owned()]));
    assert_eq!(client(&server).custom_field("Direttore_job").await, Ok(None));
}

#[tokio::test]
async fn of_the_first_few_no_more_are_asked_for_than_are_wanted() {
    use crate::netbox::Plain;
    let filters = [("family", "4".to_owned()), ("site", "lab".to_owned())];
    let server =
        Server::scripted(&[page(&vrfs(1..3), Some("/?limit=3&offset=2"), 9), page(&vrfs(3..5), Some("/?offset=4"), 9)])
            .await;
    let rows = client(&server).plain(Plain::Prefixes, &filters, Some(3)).await.expect("a list");
    assert_eq!(rows, vrfs(1..4), "as they came");
    let lines = ["GET /api/ipam/prefixes/?family=4&site=lab&limit=3", "GET /api/ipam/prefixes/?limit=3&offset=2"];
    assert_eq!(server.lines(), lines);
    let server = Server::scripted(&[page(&vrfs(1..2), None, 1)]).await;
    let rows = client(&server).plain(Plain::Devices, &filters, None).await.expect("a list");
    assert_eq!((rows, server.lines().len()), (vec![], 0), "devices have no such filters here, so nothing is asked");
    let rows = client(&server).plain(Plain::Devices, &[], None).await.expect("a list");
    assert_eq!(rows, vrfs(1..2));
    assert_eq!(server.lines(), ["GET /api/dcim/devices/?exclude=config_context&omit=config_context&limit=1000"]);
}
