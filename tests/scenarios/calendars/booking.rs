//! Reservations that are made, moved and cancelled in calendar programs.

use super::{
    super::story::{Story, on_both, on_sqlite},
    program::{Program, Sidecar, event},
};
use futures::future::join_all;

pub const MONDAY: &str = "2040-01-02T09:00Z";
pub const PVE1: &str = "/dav/cal/operator/r-node~lab~pve1/";
const MINE: &str = "/dav/cal/operator/mine/";
pub const NEW: [(&str, &str); 1] = [("If-None-Match", "*")];

/// In those hours of that day of January 2040.
fn at(day: u32, from: u32, to: u32, uid: &str) -> String {
    event(uid, &format!("DTSTART:204001{day:02}T{from:02}0000Z\nDTEND:204001{day:02}T{to:02}0000Z\nSUMMARY:{uid}"))
}

pub async fn in_chat(s: &Story, line: &str) -> String {
    let replies = s.ask("operator", line).await;
    replies.iter().map(|reply| reply.to_json().to_string()).collect()
}

#[tokio::test]
async fn a_program_books_moves_and_cancels() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let home = phone.find("/dav/cal/operator/", "1", "<displayname/><current-user-privilege-set/>").await;
        for part in [MINE, PVE1, "<D:displayname>My reservations<", "<D:displayname>pve1<", "<D:write-content/>"] {
            assert!(home.has(part), "{part}: {}", home.body);
        }
        let path = format!("{PVE1}a.ics");
        let body = at(3, 14, 16, "kernel");
        let told = phone.put(&path, &NEW, body.clone()).await;
        assert_eq!(told.status, 201, "{}", told.body);
        let kept = phone.ask("GET", &path, &[], "").await;
        assert_eq!((kept.status, kept.body.as_str()), (200, body.as_str()), "byte by byte");
        assert_eq!(kept.header("etag"), told.header("etag"));
        let listed = in_chat(s, "/reserve list mine").await;
        assert!(listed.contains("pve1") && listed.contains("Tue 3 Jan 14:00–16:00"), "{listed}");
        assert_eq!(phone.put(&path, &NEW, body).await.status, 412, "it is there already");
        for (calendar, status) in [(PVE1, 412), (MINE, 412), ("/dav/cal/operator/r-node~lab~pve2/", 201)] {
            let other = at(4, 9, 10, "other").replace("SUMMARY", "LOCATION:pve1\nSUMMARY");
            let told = phone.put(&format!("{calendar}a.ics"), &NEW, other).await;
            assert_eq!(told.status, status, "another one called so, in {calendar}: {}", told.body);
        }
        s.ask("operator", "/reserve cancel R-2").await;

        let matches = [("If-Match", kept.header("etag"))];
        let told =
            phone.put(&path, &matches, at(3, 15, 18, "kernel").replace("SUMMARY:kernel", "SUMMARY:longer")).await;
        assert_eq!(told.status, 204, "{}", told.body);
        let listed = in_chat(s, "/reserve list mine").await;
        assert!(listed.contains("Tue 3 Jan 15:00–18:00") && listed.contains("longer"), "{listed}");
        assert_eq!(phone.put(&path, &matches, at(3, 9, 10, "kernel")).await.status, 412, "the tag is stale");

        s.ask("operator", "/reserve change R-1 from=\"2040-01-03 10:00\" title=\"moved in chat\"").await;
        let moved = phone.ask("GET", &path, &[], "").await;
        for part in ["DTSTART:20400103T100000Z", "DTEND:20400103T130000Z", "SUMMARY:moved in chat", "UID:kernel"] {
            assert!(moved.has(part), "{part}: {}", moved.body);
        }
        let mine = phone.ask("GET", &format!("{MINE}a.ics"), &[], "").await;
        assert!(mine.has("LOCATION:pve1"), "{}", mine.body);

        let stale = [("If-Match", told.header("etag"))];
        assert_eq!(phone.ask("DELETE", &path, &stale, "").await.status, 412);
        let right = [("If-Match", moved.header("etag"))];
        assert_eq!(phone.ask("DELETE", &path, &right, "").await.status, 204);
        assert_eq!(phone.ask("GET", &path, &[], "").await.status, 404);
        assert!(in_chat(s, "/reserve show R-1").await.contains("cancelled"));
        // Somebody who takes back what was deleted.
        let told = phone.put(&path, &NEW, at(3, 14, 16, "kernel")).await;
        assert_eq!(told.status, 201, "{}", told.body);
        // What has begun is given back.
        s.it_is("2040-01-03T14:30Z").await;
        s.dispatch.do_due().await.expect("the calendar is looked after");
        assert_eq!(phone.ask("DELETE", &path, &[], "").await.status, 204);
        assert!(in_chat(s, "/reserve show R-3").await.contains("released"));
        let log = s.ask("admin", "/audit").await;
        let log: String = log.iter().map(|reply| reply.to_json().to_string()).collect();
        assert!(log.contains("reserve new") && log.contains("reserve cancel"), "{log}");
        assert!(!log.contains("refused"), "a name that is taken is between the program and its calendar: {log}");
    })
    .await;
}

#[tokio::test]
async fn who_comes_second_is_told_who_has_it() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let admin = Program::of(s, &sidecar, "admin", "laptop").await;
        s.ask("admin", "/reserve new pve1 from=\"2040-01-03 14:00\" for=2h title=upgrade").await;
        let told = phone.put(&format!("{PVE1}b.ics"), &NEW, at(3, 15, 17, "b")).await;
        assert_eq!(told.status, 409, "{}", told.body);
        for part in ["D:error", "free-time", "R-1", "admin", "2040-01-03 16:00"] {
            assert!(told.has(part), "{part}: {}", told.body);
        }
        assert_eq!(phone.put(&format!("{PVE1}b.ics"), &NEW, at(3, 16, 17, "b")).await.status, 201);
        // Moved onto it: refused, and what was there stays.
        let told = phone.put(&format!("{PVE1}b.ics"), &[], at(3, 14, 17, "b")).await;
        assert_eq!(told.status, 409, "{}", told.body);
        assert!(phone.ask("GET", &format!("{PVE1}b.ics"), &[], "").await.has("DTSTART:20400103T160000Z"));
        // Somebody else's is seen, and stays theirs.
        let all = phone.ask("GET", PVE1, &[], "").await;
        assert!(all.has("SUMMARY:upgrade") && all.has("SUMMARY:b"), "{}", all.body);
        let others = phone.find(PVE1, "1", "<getetag/>").await.texts("D:href");
        let theirs =
            others.iter().find(|href| href.ends_with(".ics") && !href.ends_with("b.ics")).expect("it is there");
        assert_eq!(phone.ask("DELETE", theirs, &[], "").await.status, 403);
        assert!(in_chat(s, "/reserve show R-1").await.contains("booked"));
        let told = admin.put("/dav/cal/admin/r-node~lab~pve1/b.ics", &[], at(3, 18, 19, "b")).await;
        assert_eq!(told.status, 403, "{}", told.body);
        let viewer = Program::of(s, &sidecar, "viewer", "tablet").await;
        let path = "/dav/cal/viewer/r-node~lab~pve1/";
        let told = viewer.find(path, "0", "<current-user-privilege-set/>").await;
        assert!(told.has("<D:read/>") && !told.has("write"), "{}", told.body);
        let told = viewer.put(&format!("{path}v.ics"), &NEW, at(4, 9, 10, "v")).await;
        assert_eq!(told.status, 403, "{}", told.body);
        assert!(told.has("need-privileges"), "{}", told.body);
        for name in ["mine", "r-mine", "r-node~lab~pve1"] {
            let told = phone.ask("MKCALENDAR", &format!("/dav/cal/operator/{name}/"), &[], "").await;
            assert!(matches!(told.status, 403 | 405), "{name}: {}", told.status);
        }
        assert_eq!(phone.ask("DELETE", PVE1, &[], "").await.status, 403);
        assert_eq!(phone.ask("GET", "/dav/cal/operator/r-node~lab~nosuch/", &[], "").await.status, 404);
    })
    .await;
}

/// Two programs and somebody in chat want one slot: exactly one has it, and the others hear who.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_three_who_want_it_one_has_it() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let laptop = Program::of(s, &sidecar, "admin", "laptop").await;
        for day in 3..9 {
            let (one, two) = (format!("{PVE1}p{day}.ics"), format!("/dav/cal/admin/r-node~lab~pve1/l{day}.ics"));
            let line = format!("/reserve new pve1 from=\"2040-01-{day:02} 10:30\" for=1h");
            let (phone, laptop, chat) = futures::join!(
                phone.put(&one, &NEW, at(day, 10, 12, &format!("p{day}"))),
                laptop.put(&two, &NEW, at(day, 11, 13, &format!("l{day}"))),
                in_chat(s, &line),
            );
            let won = [phone.status == 201, laptop.status == 201, chat.contains("is yours")];
            assert_eq!(won.iter().filter(|won| **won).count(), 1, "{phone:?} {laptop:?} {chat}");
            for told in [&phone, &laptop].into_iter().filter(|told| told.status != 201) {
                assert_eq!(told.status, 409, "{}", told.body);
                assert!(told.has("a reservation of"), "{}", told.body);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn ones_own_calendar_says_of_what() {
    on_sqlite(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let path = format!("{MINE}m.ics");
        let said =
            |location: &str| at(3, 9, 11, "m").replace("SUMMARY:m", &format!("SUMMARY:m\r\nLOCATION:{location}"));
        let told = phone.put(&path, &NEW, at(3, 9, 11, "m")).await;
        assert!(told.status == 403 && told.has("LOCATION") && told.has("pve1"), "{}", told.body);
        let told = phone.put(&path, &NEW, said("nosuch")).await;
        assert!(told.status == 403 && told.has("nosuch") && told.has("pve1"), "{}", told.body);
        assert_eq!(phone.put(&path, &NEW, said("pve1\\, node/lab/pve2")).await.status, 201);
        let listed = in_chat(s, "/reserve list mine").await;
        assert!(listed.contains("pve1 and pve2"), "{listed}");
        assert_eq!(phone.ask("GET", &format!("{PVE1}m.ics"), &[], "").await.status, 200);
        // To another place.
        let told = phone.put(&path, &[], said("pve3")).await;
        assert_eq!(told.status, 204, "{}", told.body);
        assert_eq!(phone.ask("GET", &format!("{PVE1}m.ics"), &[], "").await.status, 404);
        let busy = "<C:free-busy-query xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><C:time-range \
                    start=\"20400101T000000Z\" end=\"20400110T000000Z\"/></C:free-busy-query>";
        let told = phone.ask("REPORT", "/dav/cal/operator/r-node~lab~pve3/", &[], busy).await;
        assert!(told.has("20400103T090000Z/20400103T110000Z"), "{}", told.body);
    })
    .await;
}

#[tokio::test]
async fn what_changed_is_told() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let first = phone.sync(PVE1, "", "").await;
        assert_eq!(first.names().len(), 0, "{}", first.body);
        let token = first.texts("D:sync-token").remove(0);
        s.ask("operator", "/reserve new pve1 from=\"2040-01-03 14:00\" for=2h").await;
        let told = phone.sync(PVE1, &token, "").await;
        let names = told.names();
        assert_eq!(names.len(), 1, "{}", told.body);
        let token = told.texts("D:sync-token").remove(0);
        s.ask("operator", "/reserve cancel R-1").await;
        let told = phone.sync(PVE1, &token, "").await;
        assert!(told.has("404 Not Found") && told.names() == names, "{}", told.body);
        for day in 4..9 {
            s.ask("operator", &format!("/reserve new pve1 from=\"2040-01-{day:02} 14:00\" for=2h")).await;
        }
        let (mut seen, mut token) = (std::collections::BTreeSet::new(), String::new());
        for _ in 0..3 {
            let told = phone.sync(PVE1, &token, "<limit><nresults>2</nresults></limit>").await;
            assert_eq!(told.status, 207, "{}", told.body);
            seen.extend(told.names());
            token = told.texts("D:sync-token").remove(0);
        }
        // While anybody else on the server writes, in whatever database, what was before is told once more: also what
        // is gone already.
        seen.retain(|name| !names.contains(name));
        assert_eq!(seen.len(), 5, "{seen:?}");
        for wrong in ["data:,x", "data:,00000000-1-1", "x"] {
            assert!(phone.sync(PVE1, wrong, "").await.has("valid-sync-token"), "{wrong}");
        }
        let told = phone
            .ask(
                "PROPPATCH",
                PVE1,
                &[],
                "<propertyupdate xmlns=\"DAV:\"><set><prop><displayname>x</displayname></prop></set></propertyupdate>",
            )
            .await;
        assert_eq!(told.status, 403, "{}", told.body);
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_yes_is_tentative() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        s.ask("admin", "/resource add rack-a kind=named approval").await;
        s.ask("admin", "/resource add racks rack-a kind=pool").await;
        let (rack, racks) = ("/dav/cal/operator/r-named~rack-a/", "/dav/cal/operator/r-pool~racks/");
        let body = at(3, 9, 11, "q");
        let told = phone.put(&format!("{racks}q.ics"), &NEW, body.clone()).await;
        assert_eq!((told.status, told.header("etag")), (201, ""), "it is not as it was sent: {}", told.body);
        for calendar in [rack, racks, MINE] {
            let kept = phone.ask("GET", &format!("{calendar}q.ics"), &[], "").await;
            assert!(kept.has("STATUS:TENTATIVE"), "{calendar}: {}", kept.body);
        }
        s.ask("admin", "/reserve approve R-1").await;
        assert_eq!(phone.ask("GET", &format!("{rack}q.ics"), &[], "").await.body, body);
        // A guest has a calendar while somebody has it ahead.
        let guest = "r-guest~";
        assert!(!phone.find("/dav/cal/operator/", "1", "<resourcetype/>").await.has(guest));
        s.ask("operator", "/reserve new web1 from=\"2040-01-05 14:00\" for=2h").await;
        let home = phone.find("/dav/cal/operator/", "1", "<resourcetype/>").await;
        assert!(home.has(guest), "{}", home.body);
    })
    .await;
}

/// Programs are not told of a question, so what was known of the thing a moment ago must not count.
#[tokio::test]
async fn what_a_thing_demands_counts_from_when_it_is_said() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let put = async |hour: u32| {
            let name = format!("n{hour}");
            phone.put(&format!("{PVE1}{name}.ics"), &NEW, at(3, hour, hour + 2, &name)).await
        };
        assert_eq!(put(8).await.status, 201);
        s.ask("admin", "/resource edit pve1 longest=1h").await;
        let told = put(10).await;
        assert!(told.status != 201 && told.has("1 h"), "{}: {}", told.status, told.body);
        s.ask("admin", "/resource edit pve1 clear=longest approval=yes").await;
        assert_eq!(put(10).await.status, 201);
        let kept = phone.ask("GET", &format!("{PVE1}n10.ics"), &[], "").await;
        assert!(kept.has("STATUS:TENTATIVE"), "{}", kept.body);
        s.ask("admin", "/resource edit pve1 approval=no").await;
        assert_eq!(put(12).await.status, 201);
        assert!(!phone.ask("GET", &format!("{PVE1}n12.ics"), &[], "").await.has("TENTATIVE"));
    })
    .await;
}

/// However they come between each other, whoever is too late is told whose it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_all_who_want_one_slot_one_gets_it_and_the_others_hear_whose_it_is() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        // What has a row already is locked with the first look.
        assert_eq!(phone.put(&format!("{PVE1}first.ics"), &NEW, at(3, 8, 9, "first")).await.status, 201);
        for hour in 10..14 {
            let paths: Vec<(String, String)> =
                (0..8).map(|n| (format!("{PVE1}s{hour}-{n}.ics"), format!("s{hour}-{n}"))).collect();
            let all = join_all(paths.iter().map(|(path, uid)| phone.put(path, &NEW, at(3, hour, hour + 1, uid)))).await;
            assert_eq!(all.iter().filter(|told| told.status == 201).count(), 1, "{all:?}");
            let late: Vec<_> = all.iter().filter(|told| told.status != 201).collect();
            assert!(late.iter().all(|told| told.status == 409 && told.has("R-")), "{late:?}");
        }
    })
    .await;
}

/// Of all who move one from the same state, one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_move_one_one_does() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let path = format!("{PVE1}m.ics");
        let etag = phone.put(&path, &NEW, at(3, 8, 9, "m")).await.header("etag").to_owned();
        let matches = [("If-Match", etag.as_str())];
        let all = join_all((10..16).map(|hour| phone.put(&path, &matches, at(3, hour, hour + 1, "m")))).await;
        let mut told: Vec<u16> = all.iter().map(|told| told.status).collect();
        told.sort_unstable();
        assert_eq!(told, [204, 412, 412, 412, 412, 412], "{all:?}");
        let etag = phone.ask("GET", &path, &[], "").await.header("etag").to_owned();
        assert_eq!(all.iter().find(|told| told.status == 204).map(|told| told.header("etag")), Some(etag.as_str()));
    })
    .await;
}

#[tokio::test]
async fn a_calendar_looks_changed_when_it_is() {
    on_sqlite(async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        let tag = async || phone.find(PVE1, "0", "<CS:getctag/>").await.texts("CS:getctag").remove(0);
        let first = tag().await;
        assert_eq!(tag().await, first);
        s.ask("operator", "/reserve new pve1 from=\"2040-01-03 14:00\" for=2h").await;
        let second = tag().await;
        assert_ne!(second, first);
        assert_eq!(phone.sync(PVE1, &second, "").await.texts("D:sync-token"), std::slice::from_ref(&second));
        s.ask("operator", "/reserve cancel R-1").await;
        assert_ne!(tag().await, second);
        // What is over goes at a midnight that nothing else happens at.
        s.it_is("2040-01-04T09:00Z").await;
        assert!(phone.sync(PVE1, &second, "").await.has("valid-sync-token"));
    })
    .await;
}
