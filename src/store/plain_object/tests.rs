use super::*;
use crate::{
    Store, StoreError,
    plain_calendar::{self, About},
    trials::{NOW, on_both, operator},
};

async fn calendar(store: &Store) -> (Tx, i64) {
    let alice = operator(store, "alice").await;
    let mut tx = store.write().await.expect("a transaction");
    let id = plain_calendar::create(&mut tx, alice.id, "work", &About::default(), "VEVENT", NOW).await.expect("new");
    (tx, id)
}

fn event<'a>(name: &'a str, start: Option<i64>, end: Option<i64>) -> NewObject<'a> {
    let span = Span { start, end, is_exact: true };
    NewObject { name, uid: name, component: "VEVENT", body: "BEGIN", etag: name, span }
}

#[tokio::test]
async fn an_object_is_kept_as_it_came() {
    on_both(async |store| {
        let (mut tx, id) = calendar(&store).await;
        let body = "BEGIN:VCALENDAR\r\nX-Ö:\u{1f4c5}\n";
        put(&mut tx, id, &NewObject { body, ..event("a.ics", Some(1), Some(2)) }, 1, NOW).await.expect("kept");
        let kept = get(&mut tx, id, "a.ics").await.expect("read").expect("it is there");
        assert_eq!((kept.body.as_str(), kept.size), (body, 27));
        assert_eq!(by_uid(&mut tx, id, "a.ics").await.expect("read").as_deref(), Some("a.ics"));
        put(&mut tx, id, &NewObject { etag: "2", ..event("a.ics", Some(3), None) }, 2, NOW).await.expect("replaced");
        let kept = get(&mut tx, id, "a.ics").await.expect("read").expect("it is there");
        assert_eq!((kept.etag.as_str(), kept.span.start, kept.span.end, kept.rev), ("2", Some(3), None, 2));
        let heads = list(&mut tx, id, Wanted::default(), false).await.expect("read");
        assert_eq!((heads[0].body.as_str(), heads[0].size), ("", 5));
        let found = named(&mut tx, id, &["x.ics", "a.ics", "\""]).await.expect("read");
        assert_eq!(found.iter().map(|o| o.body.as_str()).collect::<Vec<_>>(), ["BEGIN"]);
        let other = put(&mut tx, id, &NewObject { name: "b.ics", ..event("a.ics", None, None) }, 3, NOW).await;
        assert_eq!(other, Err(StoreError::Conflict("an object with that UID")));
    })
    .await;
}

#[tokio::test]
async fn objects_are_found_by_when_they_happen() {
    on_both(async |store| {
        let (mut tx, id) = calendar(&store).await;
        let all = [
            event("before", Some(0), Some(10)),
            event("into", Some(5), Some(11)),
            event("instant", Some(10), Some(10)),
            event("last", Some(19), Some(25)),
            event("after", Some(20), Some(30)),
            event("open", None, None),
            event("endless", Some(0), None),
        ];
        for (rev, new) in (1..).zip(&all) {
            put(&mut tx, id, new, rev, NOW).await.expect("kept");
        }
        let mut found = async |from, to, component| {
            let wanted = Wanted { component, from, to };
            let found = list(&mut tx, id, wanted, true).await.expect("read");
            found.into_iter().map(|o| o.name).collect::<Vec<_>>()
        };
        assert_eq!(found(Some(10), Some(20), None).await, ["endless", "instant", "into", "last", "open"]);
        assert_eq!(found(Some(25), None, Some("VEVENT")).await, ["after", "endless", "open"]);
        assert_eq!(found(None, Some(5), None).await, ["before", "endless", "open"]);
        assert_eq!(found(None, None, Some("VTODO")).await, [""; 0]);
        assert_eq!(found(None, None, None).await.len(), all.len());
    })
    .await;
}

#[tokio::test]
async fn changes_come_in_order_and_each_object_once() {
    on_both(async |store| {
        let (mut tx, id) = calendar(&store).await;
        put(&mut tx, id, &event("a", None, None), 1, NOW).await.expect("kept");
        put(&mut tx, id, &event("b", None, None), 2, NOW).await.expect("kept");
        put(&mut tx, id, &event("a", None, None), 3, NOW).await.expect("replaced");
        assert!(delete(&mut tx, id, "b", 4, NOW).await.expect("deleted"));
        assert!(!delete(&mut tx, id, "b", 5, NOW).await.expect("gone"));
        put(&mut tx, id, &event("c", None, None), 5, NOW).await.expect("kept");
        let mut told = async |since, limit| {
            let found = changes(&mut tx, id, since, limit).await.expect("read");
            found.into_iter().map(|c| (c.name, c.etag.is_some(), c.rev)).collect::<Vec<_>>()
        };
        let all = [("a".to_owned(), true, 3), ("b".to_owned(), false, 4), ("c".to_owned(), true, 5)];
        assert_eq!(told(0, 10).await, all);
        assert_eq!(told(0, 2).await, all[..2]);
        assert_eq!(told(4, 10).await, all[2..]);
        assert_eq!(told(5, 10).await, []);
        put(&mut tx, id, &event("b", None, None), 6, NOW).await.expect("it is there again");
        let again = changes(&mut tx, id, 5, 10).await.expect("read");
        assert_eq!(again.iter().map(|c| (c.name.as_str(), c.etag.as_deref())).collect::<Vec<_>>(), [("b", Some("b"))]);
    })
    .await;
}
