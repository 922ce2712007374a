//! Several programs at once.

use super::{
    super::story::on_both,
    program::{Program, Sidecar, on},
};
use futures::future::join_all;

const OBJECT: &str = "/dav/cal/operator/personal/a.ics";

/// Of all who change the same thing from the same state, one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_change_the_same_one_does() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let all = join_all((1..=8).map(|day| phone.put(OBJECT, &[("If-None-Match", "*")], on(day, "a")))).await;
        let made: Vec<u16> = all.iter().map(|told| told.status).filter(|status| *status != 412).collect();
        assert_eq!(made, [201]);
        let mut etag = phone.ask("GET", OBJECT, &[], "").await.header("etag").to_owned();
        for round in 1..=3 {
            let matches = [("If-Match", etag.as_str())];
            let bodies = (1..=8).map(|day| on(day, "a").replace("SUMMARY:a", &format!("SUMMARY:round {round}")));
            let all = join_all(bodies.map(|body| phone.put(OBJECT, &matches, body))).await;
            let done: Vec<_> = all.iter().filter(|told| told.status == 204).collect();
            assert!(all.iter().all(|told| matches!(told.status, 204 | 412)), "{all:?}");
            assert_eq!(done.len(), 1);
            let kept = phone.ask("GET", OBJECT, &[], "").await;
            assert_eq!(kept.header("etag"), done[0].header("etag"));
            etag = kept.header("etag").to_owned();
        }
        let deleted = [("If-Match", etag.as_str())];
        let all = join_all((1..=4).map(|_| phone.ask("DELETE", OBJECT, &deleted, ""))).await;
        assert_eq!(all.iter().filter(|told| told.status == 204).count(), 1, "{all:?}");
    })
    .await;
}

/// Whoever asks on and on sees every change, however many write.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_change_is_missed() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let (phone, laptop) =
            (Program::of(s, &sidecar, "operator", "phone").await, Program::of(s, &sidecar, "operator", "laptop").await);
        let path = |n: u32| format!("/dav/cal/operator/personal/{n}.ics");
        let writes = async {
            let paths: Vec<String> = (1..=24).map(path).collect();
            let puts = paths.iter().zip(1..).map(|(path, n)| phone.put(path, &[], on(n, &format!("e{n}"))));
            join_all(puts).await
        };
        let reads = async {
            let (mut token, mut seen) = (String::new(), std::collections::BTreeSet::new());
            while seen.len() < 24 {
                let told = laptop.sync("/dav/cal/operator/personal/", &token, "").await;
                assert_eq!(told.status, 207, "{}", told.body);
                seen.extend(told.names());
                token = told.texts("D:sync-token").remove(0);
            }
            seen
        };
        let (written, seen) = tokio::join!(writes, reads);
        assert!(written.iter().all(|told| told.status == 201), "{written:?}");
        assert_eq!(seen.len(), 24);
    })
    .await;
}
