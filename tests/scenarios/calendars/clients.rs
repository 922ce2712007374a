//! What programs that people use send first.

use super::{
    super::story::{on_both, on_sqlite},
    program::{Program, Sidecar, on},
};

/// iOS and macOS: the well-known address, whose principal this is, where its home is; and other addresses when they were
/// given the host alone.
#[tokio::test]
async fn a_telephone_finds_its_way() {
    on_sqlite(async |s| {
        let sidecar = Sidecar::of(s).await;
        let phone = Program::of(s, &sidecar, "operator", "phone").await;
        for method in ["GET", "PROPFIND", "OPTIONS"] {
            let told = phone.ask(method, "/.well-known/caldav", &[], "").await;
            assert_eq!((told.status, told.header("location")), (301, "/dav/"), "{method}");
        }
        let asked = "<current-user-principal/><principal-URL/><resourcetype/>";
        for path in ["/", "/principals/", "/dav/", "/dav/cal/operator/personal/"] {
            let told = phone.find(path, "0", asked).await;
            let principal = "<D:href>/dav/principals/operator/</D:href>";
            assert_eq!(told.status, 207, "{path}");
            assert!(told.has(&format!("<D:current-user-principal>{principal}")), "{path}: {}", told.body);
            assert!(told.has(&format!("<D:principal-URL>{principal}")), "{path}: {}", told.body);
        }
        // Before it has signed in, too: without DAV in the answer it gives up.
        for path in ["/dav/principals/operator/", "/dav/", "/dav/cal/operator/personal/"] {
            let told = Program::send(phone.request("OPTIONS", path)).await;
            assert_eq!(told.status, 200, "{path}");
            assert!(told.header("dav").contains("calendar-access"), "{}", told.header("dav"));
            assert!(told.header("allow").contains("REPORT"), "{}", told.header("allow"));
        }
        let told = phone
            .find(
                "/dav/principals/operator/",
                "0",
                "<C:calendar-home-set/><C:calendar-user-address-set/><CS:email-address-set/><displayname/>\
                 <supported-report-set/><C:schedule-inbox-URL/>",
            )
            .await;
        assert!(told.has("<C:calendar-home-set><D:href>/dav/cal/operator/</D:href>"), "{}", told.body);
        assert!(told.has("404 Not Found") && told.has("<C:schedule-inbox-URL/>"), "{}", told.body);
        let brief = "<propfind xmlns=\"DAV:\"><prop><displayname/><quota-used-bytes/></prop></propfind>";
        for header in [("Brief", "t"), ("Prefer", "return-minimal"), ("Prefer", "return=minimal, x")] {
            let told = phone.ask("PROPFIND", "/dav/cal/operator/", &[("Depth", "0"), header], brief).await;
            assert!(told.has("operator") && !told.has("404"), "{}", told.body);
        }
        assert_eq!(phone.find("/calendar/dav/operator/user/", "0", asked).await.status, 404);
    })
    .await;
}

/// Thunderbird: one question about the calendar, then sync and multiget.
#[tokio::test]
async fn thunderbird_asks_for_a_calendar() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let bird = Program::of(s, &sidecar, "operator", "bird").await;
        let calendar = "/dav/cal/operator/personal/";
        let told = bird
            .find(
                calendar,
                "0",
                "<resourcetype/><owner/><displayname/><current-user-principal/><current-user-privilege-set/>\
                 <A:calendar-color/><C:calendar-home-set/>",
            )
            .await;
        for part in [
            "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>",
            "<D:owner><D:href>/dav/principals/operator/</D:href></D:owner>",
            "<D:displayname>Personal</D:displayname>",
            "<D:privilege><D:write/></D:privilege>",
            "<D:privilege><D:bind/></D:privilege>",
            "<C:calendar-home-set><D:href>/dav/cal/operator/</D:href></C:calendar-home-set>",
        ] {
            assert!(told.has(part), "{part} is missing: {}", told.body);
        }
        assert_eq!(bird.put(&format!("{calendar}a.ics"), &[("If-None-Match", "*")], on(1, "a")).await.status, 201);
        let told = bird.sync(calendar, "", "").await;
        assert_eq!((told.status, told.names()), (207, vec!["a".to_owned()]));
        let (etag, token) = (told.texts("D:getetag").remove(0), told.texts("D:sync-token").remove(0));
        let multiget = "<C:calendar-multiget xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><prop><getetag/>\
            <C:calendar-data/></prop><href>/dav/cal/operator/personal/a.ics</href>\
            <href>/dav/cal/operator/personal/gone.ics</href><href>/dav/cal/viewer/personal/a.ics</href>\
            </C:calendar-multiget>";
        let told = bird.ask("REPORT", calendar, &[("Depth", "1")], multiget).await;
        assert_eq!(told.texts("D:getetag"), [etag]);
        assert_eq!(told.texts("C:calendar-data"), [on(1, "a")], "as it was sent");
        assert_eq!(told.body.matches("404 Not Found").count(), 2, "{}", told.body);
        assert_eq!(bird.sync(calendar, &token, "").await.names(), [""; 0]);
    })
    .await;
}

/// vdirsyncer: homes with their calendars, both kinds of things, put and put again.
#[tokio::test]
async fn vdirsyncer_goes_both_ways() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let vdir = Program::of(s, &sidecar, "operator", "vdir").await;
        let told = vdir.find("/dav/cal/operator/", "1", "<resourcetype/>").await;
        assert_eq!(told.texts("D:href")[..2], ["/dav/cal/operator/", "/dav/cal/operator/personal/"]);
        let path = "/dav/cal/operator/personal/b%40home.ics";
        let made = vdir.put(path, &[("If-None-Match", "*")], on(2, "b@home")).await;
        assert_eq!((made.status, made.header("etag").is_empty()), (201, false));
        let stale = vdir.put(path, &[("If-Match", "\"other\"")], on(3, "b@home")).await;
        assert_eq!(stale.status, 412);
        let etag = made.header("etag").to_owned();
        let changed = vdir.put(path, &[("If-Match", &etag)], on(3, "b@home")).await;
        assert_eq!(changed.status, 204);
        assert_ne!(changed.header("etag"), etag);
        let filter = |name: &str| format!("<C:comp-filter name=\"{name}\"/>");
        let asked = "<getcontenttype/><getetag/>";
        let told = vdir.query("/dav/cal/operator/personal/", asked, &filter("VEVENT")).await;
        assert_eq!(told.texts("D:getetag"), [changed.header("etag")]);
        assert!(told.has("text/calendar; charset=utf-8; component=VEVENT"), "{}", told.body);
        assert_eq!(vdir.query("/dav/cal/operator/personal/", asked, &filter("VTODO")).await.names(), [""; 0]);
        let got = vdir.ask("GET", "/dav/cal/operator/personal/b@home.ics", &[], "").await;
        assert_eq!((got.body, got.headers["etag"].clone()), (on(3, "b@home"), changed.headers["etag"].clone()));
        let again = [("If-None-Match", changed.header("etag"))];
        assert_eq!(vdir.ask("GET", path, &again, "").await.status, 304);
        let head = vdir.ask("HEAD", path, &[], "").await;
        let length = on(3, "b@home").len().to_string();
        assert_eq!((head.status, head.header("content-length"), head.body.as_str()), (200, length.as_str(), ""));
        assert_eq!(vdir.ask("DELETE", path, &[("If-Match", &etag)], "").await.status, 412);
        assert_eq!(vdir.ask("DELETE", path, &[("If-Match", changed.header("etag"))], "").await.status, 204);
        assert_eq!(vdir.ask("DELETE", path, &[], "").await.status, 404);
    })
    .await;
}

/// A calendar is made, described, and given as one file.
#[tokio::test]
async fn a_calendar_is_made_and_described() {
    on_both(async |s| {
        let sidecar = Sidecar::of(s).await;
        let mac = Program::of(s, &sidecar, "operator", "mac").await;
        let work = "/dav/cal/operator/my%20work/";
        let body = "<C:mkcalendar xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" \
            xmlns:A=\"http://apple.com/ns/ical/\"><set><prop><displayname>Work &amp; play</displayname>\
            <A:calendar-color>#FF2968FF</A:calendar-color><C:supported-calendar-component-set>\
            <C:comp name=\"VEVENT\"/></C:supported-calendar-component-set></prop></set></C:mkcalendar>";
        assert_eq!(mac.ask("MKCALENDAR", work, &[], body).await.status, 201);
        let again = mac.ask("MKCALENDAR", work, &[], body).await;
        assert!(again.status == 403 && again.has("<D:resource-must-be-null/>"), "{}", again.body);
        assert_eq!(mac.ask("MKCALENDAR", "/dav/cal/operator/", &[], "").await.status, 403);
        let plain = mac.ask("MKCOL", "/dav/cal/operator/folder/", &[], "").await;
        assert!(plain.status == 403 && plain.has("<D:valid-resourcetype/>"), "{}", plain.body);
        let asked = "<displayname/><A:calendar-color/><A:calendar-order/><C:supported-calendar-component-set/>";
        let told = mac.find(work, "0", asked).await;
        assert!(told.has("Work &amp; play") && told.has("#FF2968FF"), "{}", told.body);
        assert!(told.has("<C:comp name=\"VEVENT\"/>") && !told.has("VTODO"), "{}", told.body);
        let todo = on(1, "t").replace("VEVENT", "VTODO").replace("DTEND", "DUE");
        let told = mac.put(&format!("{work}t.ics"), &[], todo.clone()).await;
        assert!(told.status == 403 && told.has("<C:supported-calendar-component/>"), "{}", told.body);
        assert_eq!(mac.put("/dav/cal/operator/personal/t.ics", &[], todo).await.status, 201);
        let patch = |props: &str| {
            format!(
                "<propertyupdate xmlns=\"DAV:\" xmlns:A=\"http://apple.com/ns/ical/\"><set><prop>{props}</prop></set>\
                 </propertyupdate>"
            )
        };
        let told = mac.ask(
            "PROPPATCH",
            work,
            &[],
            patch("<displayname>Work</displayname><A:calendar-order>7</A:calendar-order>"),
        );
        let told = told.await;
        assert!(told.status == 207 && !told.has("403"), "{}", told.body);
        let told = mac.ask("PROPPATCH", work, &[], patch("<displayname>No</displayname><getetag>x</getetag>")).await;
        assert!(told.has("403 Forbidden") && told.has("424 Failed Dependency"), "{}", told.body);
        let told = mac.find(work, "0", asked).await;
        assert!(told.has("<D:displayname>Work</D:displayname>") && told.has(">7<"), "{}", told.body);
        for day in 1..=3 {
            assert_eq!(mac.put(&format!("{work}{day}.ics"), &[], on(day, &format!("e{day}"))).await.status, 201);
        }
        let whole = mac.ask("GET", work, &[], "").await;
        assert_eq!((whole.status, whole.header("content-type")), (200, "text/calendar; charset=utf-8"));
        assert_eq!((whole.body.matches("BEGIN:VCALENDAR").count(), whole.body.matches("BEGIN:VEVENT").count()), (1, 3));
        assert!(whole.body.contains("X-WR-CALNAME:Work\r\n"), "{}", whole.body);
        assert_eq!(mac.ask("DELETE", work, &[], "").await.status, 204);
        assert_eq!(mac.find(work, "0", asked).await.status, 404);
    })
    .await;
}
