//! What calendar programs get: real requests to a server before the story's database and clock.

use super::{
    super::{
        calendars::program::{Program, Sidecar, Told},
        story::{Story, on_both_by_rules},
    },
    at_an_address, secret,
};
use direttore_core::{Reserve, Rules};
use direttore_store::account;
use std::time::Duration;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";

/// Somebody's subscription.
struct Feed<'s> {
    sidecar: &'s Sidecar,
    http: reqwest::Client,
    path: String,
}

impl<'s> Feed<'s> {
    async fn of(story: &Story, sidecar: &'s Sidecar, who: &str, line: &str) -> Self {
        let secret = secret(&story.ask(who, line).await);
        let http = reqwest::Client::builder().no_proxy().no_gzip().build().expect("a client");
        Self { sidecar, http, path: format!("/calendar/{secret}.ics") }
    }

    async fn ask(&self, method: &str, path: &str, etag: Option<&str>) -> Told {
        let mut request = self.http.request(method.parse().expect("a method"), self.sidecar.url(path));
        if let Some(etag) = etag {
            request = request.header("If-None-Match", etag);
        }
        Program::send(request).await
    }

    /// With any headers.
    async fn with(&self, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = self.http.get(self.sidecar.url(&self.path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer")
    }

    async fn get(&self) -> Told {
        let told = self.ask("GET", &self.path, None).await;
        assert_eq!(told.status, 200, "{}", told.body);
        fits(&told.body);
        told
    }

    async fn status(&self) -> u16 {
        self.ask("GET", &self.path, None).await.status
    }
}

/// Every line ends in CRLF and has at most 75 octets.
fn fits(body: &str) {
    assert!(body.starts_with("BEGIN:VCALENDAR\r\n") && body.ends_with("\r\nEND:VCALENDAR\r\n"), "{body}");
    assert!(body.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])), "{body}");
}

/// The events, each as its lines unfolded, by what they are called.
fn events(told: &Told) -> Vec<String> {
    let body = told.body.replace("\r\n ", "");
    let events = body.split("BEGIN:VEVENT\r\n").skip(1);
    events.map(|event| event.split("END:VEVENT").next().unwrap_or_default().to_owned()).collect()
}

fn value<'e>(event: &'e str, key: &str) -> &'e str {
    let line = event.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {key} in {event}"))
}

/// `R-1 0 CONFIRMED pve1 (operator)`, of each.
fn told(feed: &Told) -> Vec<String> {
    let one = |event: &String| {
        let about = value(event, "DESCRIPTION").rsplit("\\n").next().unwrap_or_default();
        let id = about.split("\\,").next().unwrap_or_default();
        format!("{id} {} {} {}", value(event, "SEQUENCE"), value(event, "STATUS"), value(event, "SUMMARY"))
    };
    events(feed).iter().map(one).collect()
}

async fn on_both(tell: impl AsyncFn(&Story, &Sidecar)) {
    on_both_by_rules(at_an_address, async |s| {
        s.it_is(MONDAY).await;
        tell(s, &Sidecar::of(s).await).await;
    })
    .await;
}

#[tokio::test]
async fn an_event_says_what_is_reserved() {
    on_both(async |s, sidecar| {
        s.ask("operator", "/whoami zone=Europe/Rome").await;
        let feed = Feed::of(s, sidecar, "operator", "/reserve feed").await;
        let made = feed.get().await;
        assert_eq!(events(&made).len(), 0);
        s.ask(
            "operator",
            r#"/reserve new pve1 pve2 from="tomorrow 14:00" for=2h title="a; \"b\", c\\d 🚀" note="two, or
three""#,
        )
        .await;
        // A date is said once its second is over.
        s.clock.advance(Duration::from_secs(3));
        let told = feed.get().await;
        assert_eq!(told.header("content-type"), "text/calendar; charset=utf-8");
        assert_eq!(told.header("cache-control"), "private, max-age=300");
        assert_eq!(told.header("last-modified"), "Mon, 02 Jan 2040 09:00:00 GMT");
        assert_eq!(told.header("content-disposition"), "");
        for line in [
            "VERSION:2.0",
            "NAME:Reservations of operator",
            "X-WR-CALNAME:Reservations of operator",
            "X-WR-TIMEZONE:Europe/Rome",
            "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        ] {
            assert!(told.body.contains(&format!("\r\n{line}\r\n")), "{line} in {}", told.body);
        }
        assert!(!told.body.contains("METHOD"), "nobody is invited");
        let [event] = &events(&told)[..] else { panic!("{}", told.body) };
        let uid = value(event, "UID");
        assert!(uid.len() == "@direttore".len() + 36 && uid.ends_with("@direttore"), "{uid}");
        for (key, said) in [
            ("DTSTART", "20400103T130000Z"),
            ("DTEND", "20400103T150000Z"),
            ("STATUS", "CONFIRMED"),
            ("SEQUENCE", "0"),
            ("TRANSP", "OPAQUE"),
            ("LOCATION", "pve1 and pve2"),
            ("CATEGORIES", "booked"),
            ("SUMMARY", r#"pve1 and pve2: a\; "b"\, c\\d 🚀 (operator)"#),
            ("DESCRIPTION", r#"a\; "b"\, c\\d 🚀\ntwo\, or\nthree\nR-1\, operator"#),
        ] {
            assert_eq!(value(event, key), said);
        }
        for key in ["DTSTAMP", "CREATED", "LAST-MODIFIED"] {
            assert!(value(event, key).starts_with("20400102T0900"), "{key} in {event}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    on_both(async |s, sidecar| {
        let feed = Feed::of(s, sidecar, "operator", "/reserve feed all").await;
        s.ask("operator", r#"/reserve new pve1 from="tomorrow 14:00" for=2h"#).await;
        let first = feed.get().await;
        let etag = first.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.len() == 34, "a strong one: {etag}");
        for given in [etag.clone(), "*".to_owned(), format!("\"other\", W/{etag}")] {
            let told = feed.ask("GET", &feed.path, Some(&given)).await;
            assert_eq!((told.status, told.body.as_str(), told.header("etag")), (304, "", etag.as_str()), "{given}");
            assert_eq!(told.header("cache-control"), "private, max-age=300");
        }
        let head = feed.ask("HEAD", &feed.path, None).await;
        assert_eq!((head.status, head.body.as_str(), head.header("etag")), (200, "", etag.as_str()));
        assert_eq!(head.header("content-length"), first.body.len().to_string());
        assert_eq!(feed.ask("HEAD", &feed.path, Some(&etag)).await.status, 304);
        let posted = feed.ask("POST", &feed.path, None).await;
        assert_eq!((posted.status, posted.header("allow")), (405, "GET,HEAD"));
        s.note("others may look at it, and time may pass");
        s.ask("viewer", "/reserve list").await;
        s.clock.advance(Duration::from_secs(3600));
        assert_eq!(feed.ask("GET", &feed.path, Some(&etag)).await.status, 304, "the same all day");
        s.ask("admin", r#"/reserve new pve2 from="fri 10:00" for=1h"#).await;
        let second = feed.ask("GET", &feed.path, Some(&etag)).await;
        assert_eq!((second.status, events(&second).len()), (200, 2));
        assert_ne!(second.header("etag"), etag);
    })
    .await;
}

#[tokio::test]
async fn it_is_asked_for_by_date_and_comes_packed() {
    on_both(async |s, sidecar| {
        let feed = Feed::of(s, sidecar, "operator", "/reserve feed all").await;
        for hour in 10..20 {
            s.ask("operator", &format!("/reserve new pve1 from=\"tomorrow {hour}:00\" for=1h title=\"hour {hour}\""))
                .await;
        }
        s.clock.advance(Duration::from_secs(3));
        let plain = feed.get().await;
        let (date, etag) = (plain.header("last-modified"), plain.header("etag"));
        assert!(date.ends_with(" GMT") && plain.header("vary") == "accept-encoding", "{date}");
        let status = async |headers: &[(&str, &str)]| feed.with(headers).await.status().as_u16();
        assert_eq!(status(&[("If-Modified-Since", date)]).await, 304);
        assert_eq!(status(&[("If-Modified-Since", "Mon, 02 Jan 2040 08:00:00 GMT")]).await, 200);
        assert_eq!(status(&[("If-Modified-Since", date), ("If-None-Match", "\"other\"")]).await, 200);

        let packed = feed.with(&[("Accept-Encoding", "gzip, br")]).await;
        let header =
            |name: &str| packed.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        assert_eq!((header("content-encoding").as_str(), header("vary").as_str()), ("gzip", "accept-encoding"));
        let tag = header("etag");
        assert_eq!(tag, format!("\"{}-gzip\"", etag.trim_matches('"')));
        let length = packed.bytes().await.expect("bytes").len();
        assert!(length * 2 < plain.body.len(), "{length} of {}", plain.body.len());
        for known in [tag.as_str(), etag] {
            let headers = [("Accept-Encoding", "gzip"), ("If-None-Match", known)];
            assert_eq!((status(&headers).await, status(&headers[1..]).await), (304, 304), "{known}");
        }
        let unpacking = reqwest::Client::builder().no_proxy().build().expect("a client");
        let told = Program::send(unpacking.get(sidecar.url(&feed.path))).await;
        assert_eq!((told.header("etag"), told.body.as_str()), (tag.as_str(), plain.body.as_str()));
        assert_eq!(status(&[("Accept-Encoding", "gzip;q=0")]).await, 200);

        // What is the same to a date may be another calendar once something is changed.
        s.ask("operator", "/reserve cancel R-1").await;
        assert_eq!(status(&[("If-Modified-Since", date)]).await, 200);
    })
    .await;
}

#[tokio::test]
async fn every_change_is_one_more() {
    on_both(async |s, sidecar| {
        let all = Feed::of(s, sidecar, "viewer", "/reserve feed all").await;
        let pve1 = Feed::of(s, sidecar, "viewer", "/reserve feed pve1").await;
        s.ask("operator", r#"/reserve new pve1 from="tomorrow 14:00" for=2h"#).await;
        let uid = value(&events(&all.get().await)[0], "UID").to_owned();
        assert_eq!(told(&all.get().await), ["R-1 0 CONFIRMED pve1 (operator)"]);
        s.ask("operator", r#"/reserve change R-1 from="tomorrow 15:00" for=2h"#).await;
        assert_eq!(told(&all.get().await), ["R-1 1 CONFIRMED pve1 (operator)"]);
        s.ask("operator", "/reserve change R-1 what=pve2").await;
        assert_eq!(told(&all.get().await), ["R-1 2 CONFIRMED pve2 (operator)"]);
        assert_eq!(told(&pve1.get().await), ["R-1 2 CANCELLED pve2 (operator)"], "it is there no more");
        s.ask("operator", "/reserve cancel R-1").await;
        for feed in [&all, &pve1] {
            assert_eq!(told(&feed.get().await), ["R-1 3 CANCELLED pve2 (operator)"]);
            assert_eq!(value(&events(&feed.get().await)[0], "UID"), uid, "it is the same all along");
            assert_eq!(value(&events(&feed.get().await)[0], "TRANSP"), "TRANSPARENT");
        }
        s.note("it stays for a month after its end, and goes");
        s.clock.advance(Duration::from_secs(31 * 24 * 3600));
        assert_eq!(told(&all.get().await).len(), 1);
        s.clock.advance(Duration::from_secs(24 * 3600));
        assert_eq!(told(&all.get().await).len(), 0);
        assert_eq!(all.get().await.header("last-modified"), "Mon, 02 Jan 2040 09:00:00 GMT", "when it was made");
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_yes_is_tentative_and_who_waits_in_line_has_nothing() {
    let strict = || {
        let reserve = Reserve { approve_over: Duration::from_secs(4 * 3600), ..Reserve::default() };
        Rules { reserve, ..at_an_address() }
    };
    on_both_by_rules(strict, async |s| {
        s.it_is(MONDAY).await;
        let sidecar = Sidecar::of(s).await;
        let mine = Feed::of(s, &sidecar, "operator", "/reserve feed").await;
        let all = Feed::of(s, &sidecar, "operator", "/reserve feed all").await;
        s.ask("admin", r#"/reserve new pve1 from="tomorrow 14:00" for=2h"#).await;
        s.ask("operator", r#"/reserve wait pve1 from="tomorrow 14:00" for=2h"#).await;
        s.ask("operator", r#"/reserve new pve2 from="tomorrow 9:00" for=8h title=long"#).await;
        assert_eq!(told(&mine.get().await), ["R-3 0 TENTATIVE pve2: long (operator)"]);
        assert_eq!(told(&all.get().await).len(), 2);
        s.ask("admin", "/reserve approve R-3").await;
        s.ask("admin", "/reserve cancel R-1").await;
        s.dispatch.do_due().await.expect("the database answers");
        assert_eq!(
            told(&mine.get().await),
            ["R-3 1 CONFIRMED pve2: long (operator)", "R-2 1 TENTATIVE pve1 (operator)"],
            "what is offered is not taken yet"
        );
    })
    .await;
}

#[tokio::test]
async fn a_link_shows_what_its_owner_may_see_now() {
    on_both(async |s, sidecar| {
        let pve1 = Feed::of(s, sidecar, "viewer", "/reserve feed pve1").await;
        let pve2 = Feed::of(s, sidecar, "viewer", "/reserve feed pve2").await;
        s.ask("operator", r#"/reserve new pve1 pve2 from="tomorrow 14:00" for=2h"#).await;
        let seen = async || (told(&pve1.get().await).len(), told(&pve2.get().await).len());
        assert_eq!(seen().await, (1, 1));
        s.ask("admin", "/grant add viewer nodes=pve2").await;
        assert_eq!(seen().await, (0, 1), "a grant that narrows");
        s.ask("admin", "/grant remove 1").await;
        assert_eq!(seen().await, (1, 1));
        s.ask("admin", "/grant add viewer channels=discord:1").await;
        assert_eq!(seen().await, (0, 0), "elsewhere only");
        s.ask("admin", "/grant remove 2").await;
        let viewer = "viewer".parse().expect("a name");
        let mut tx = s.dispatch.store.write().await.expect("a transaction");
        let viewer = account::by_name(&mut tx, &viewer).await.expect("read").expect("there").id;
        account::set_role(&mut tx, viewer, None).await.expect("written");
        tx.commit().await.expect("committed");
        assert_eq!(seen().await, (0, 0), "without a role");
    })
    .await;
}

#[tokio::test]
async fn a_link_that_was_taken_back_leads_nowhere() {
    on_both(async |s, sidecar| {
        let first = Feed::of(s, sidecar, "operator", "/reserve feed").await;
        let other = Feed::of(s, sidecar, "operator", "/reserve feed all").await;
        assert_eq!((first.status().await, other.status().await), (200, 200));
        let second = Feed::of(s, sidecar, "operator", "/reserve feed new").await;
        assert_eq!((first.status().await, second.status().await, other.status().await), (404, 200, 200));
        s.ask("operator", "/reserve feed revoke").await;
        assert_eq!((second.status().await, other.status().await), (404, 200));
        s.note("the old path takes the same secrets");
        let old = |feed: &Feed<'_>| {
            let secret = feed.path.trim_start_matches("/calendar/").trim_end_matches(".ics").to_owned();
            format!("/api/reservations/export/ical?token={secret}")
        };
        let told = other.ask("GET", &old(&other), None).await;
        assert_eq!((told.status, told.body), (200, other.get().await.body));
        assert_eq!(other.ask("GET", "/api/reservations/export/ical", None).await.status, 401, "nobody is signed in");
        for path in [old(&second).as_str(), "/api/reservations/export/ical?token="] {
            assert_eq!(other.ask("GET", path, None).await.status, 404, "{path}");
        }
        s.note("a disabled account's leads nowhere while it is");
        s.say("admin", "/user disable operator").await;
        s.press("admin", "Yes").await;
        assert_eq!(other.status().await, 404);
        s.say("admin", "/user disable operator off=true").await;
        s.press("admin", "Yes").await;
        assert_eq!(other.status().await, 200);
        s.note("one kind of secret is not another's");
        let phone = Program::of(s, sidecar, "operator", "phone").await;
        for path in [
            format!("/calendar/{}.ics", phone.secret),
            other.path.trim_end_matches(".ics").to_owned(),
            "/calendar/.ics".to_owned(),
            "/calendar/%FF.ics".to_owned(),
            "/calendar/".to_owned(),
        ] {
            assert_eq!(other.ask("GET", &path, None).await.status, 404, "{path}");
        }
        let secret = other.path.trim_start_matches("/calendar/").trim_end_matches(".ics");
        let request = phone.request("PROPFIND", "/dav/").basic_auth("operator", Some(secret));
        assert_eq!(Program::send(request).await.status, 401);
    })
    .await;
}

/// Who has a link is not kept out by somebody at the same address who guesses.
#[tokio::test]
async fn who_guesses_is_told_to_wait() {
    on_both(async |s, sidecar| {
        let feed = Feed::of(s, sidecar, "operator", "/reserve feed").await;
        assert_eq!(feed.status().await, 200);
        let guess = "/calendar/aaaaaaa-bbbbbbb-ccccccc-ddddddd.ics";
        let mut refused = 0;
        let last = loop {
            let told = feed.ask("GET", guess, None).await;
            if told.status != 404 {
                break told;
            }
            refused += 1;
            assert!(refused < 10_000, "there is no end to it");
        };
        assert_eq!((last.status, last.header("retry-after")), (429, "10"));
        assert!(refused >= 30, "{refused}");
        assert_eq!(feed.status().await, 200);
        s.ask("operator", r#"/reserve new pve1 from="tomorrow 14:00" for=2h"#).await;
        assert_eq!(told(&feed.get().await).len(), 1, "also what is new in it");
    })
    .await;
}
