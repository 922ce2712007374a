//! The calendar of reservations, in words and as a picture; what of it stands beside guests and nodes; completion.

use super::{
    pictures::picture,
    story::{Story, at_console, on_both},
};
use direttore_domain::{Claims, Origin, Surface};
use insta::assert_snapshot;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";

/// A week with something of everything in it.
async fn a_busy_week(s: &Story) {
    s.it_is(MONDAY).await;
    s.ask("admin", "/resource add licences kind=pool capacity=3").await;
    s.ask("admin", "/resource add rack-a kind=named approval").await;
    for line in [
        r#"/reserve new pve1 from="2040-01-02 08:58" for=3h title="kernel tests""#,
        r#"/reserve new pve2 from="tue 9:00" until="thu 17:00" title="soak test of the storage""#,
        r#"/reserve new licences count=2 from="tue 10:00" for=4h"#,
        r#"/reserve new rack-a from="wed 9:00" for=8h title="new cables""#,
        r#"/reserve new pve1 from="fri 22:00" for=12h"#,
        r#"/reserve new pve2 from="2040-01-09 10:00" for=2h title="the week after""#,
    ] {
        s.ask("operator", line).await;
    }
    for line in [
        r#"/reserve new web1 from="tue 12:00" for=2h title="an upgrade""#,
        r#"/reserve new licences from="tue 12:00" for=4h"#,
        r#"/reserve maintenance from="sun 6:00" for=4h title="new switches""#,
    ] {
        s.ask("admin", line).await;
    }
    s.passes("1m").await;
}

pub async fn the_week_in_words_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("viewer", "/reserve calendar").await;
    a_busy_week(s).await;
    s.say("operator", "/reserve calendar").await;
    s.say("admin", "/reserve calendar show=day from=tomorrow").await;
    s.say("operator", "/reserve calendar pve2 from=2040-01-09").await;
    s.say("operator", "/reserve calendar licences").await;
    s.say("operator", "/reserve calendar from=banana").await;
    s.say("operator", "/reserve calendar nosuch").await;
    s.note("what ends is no more in it, and the weeks are those of the zone");
    s.say("operator", "/reserve cancel R-2").await;
    s.say("operator", "/whoami zone=Pacific/Auckland").await;
    s.say("operator", "/reserve calendar from=2040-01-09T00:00+13:00").await;
}

#[tokio::test]
async fn the_week_in_words() {
    let story = on_both(the_week_in_words_told).await;
    assert_snapshot!(story, @r#"
    viewer  /reserve calendar
       Reservations, week of 2 Jan 2040
       Nothing is reserved then.
       Before: /reserve calendar from=2039-12-26, after: /reserve calendar from=2040-01-09.
    ~  1m
       R-4: operator asks for rack-a
         window  2040-01-04 09:00 to 17:00 UTC (+00:00)
         title   new cables
       [Approve] [Reject]
       R-1: pve1 is yours now
         window  2040-01-02 08:58 to 11:58 UTC (+00:00)
         title   kernel tests
    operator  /reserve calendar
       Reservations, week of 2 Jan 2040
       Before: /reserve calendar from=2039-12-26, after: /reserve calendar from=2040-01-09.
       id   what           when                     holder  status   title
       R-1  pve1           Mon 2 08:58–11:58        you     active   kernel tests
       R-2  pve2           Tue 3 09:00–Thu 5 17:00  you     booked   soak test of the …
       R-3  licences       Tue 3 10:00–14:00        you     booked
       R-7  web1 (101)     Tue 3 12:00–14:00        admin   booked   an upgrade
       R-8  licences       Tue 3 12:00–16:00        admin   booked
       R-4  rack-a         Wed 4 09:00–17:00        you     pending  new cables
       R-5  pve1           Fri 6 22:00–Sat 7 10:00  you     booked
       R-9  the whole lab  Sun 8 06:00–10:00        admin   booked   new switches
    admin  /reserve calendar show=day from=tomorrow
       Reservations on Tue 3 Jan 2040
       Before: /reserve calendar show=day from=2040-01-02, after: /reserve calendar show=day from=2040-01-04.
       id   what        when                     holder    status  title
       R-2  pve2        Tue 3 09:00–5 Jan 17:00  operator  booked  soak test of the st…
       R-3  licences    Tue 3 10:00–14:00        operator  booked
       R-7  web1 (101)  Tue 3 12:00–14:00        you       booked  an upgrade
       R-8  licences    Tue 3 12:00–16:00        you       booked
    operator  /reserve calendar pve2 from=2040-01-09
       Reservations, week of 9 Jan 2040: pve2
       Before: /reserve calendar from=2040-01-02, after: /reserve calendar from=2040-01-16.
       id   what  when               holder  status  title
       R-6  pve2  Mon 9 10:00–12:00  you     booked  the week after
    operator  /reserve calendar licences
       Reservations, week of 2 Jan 2040: licences
       Before: /reserve calendar from=2039-12-26, after: /reserve calendar from=2040-01-09.
       id   what           when               holder  status  title
       R-3  licences       Tue 3 10:00–14:00  you     booked
       R-8  licences       Tue 3 12:00–16:00  admin   booked
       R-9  the whole lab  Sun 8 06:00–10:00  admin   booked  new switches
    operator  /reserve calendar from=banana
       refused: from: "banana" is no time (bad-time)
       right would be a time like 14:30, tomorrow 9am, fri 14:00, 2026-12-01 09:00 or in 2h
    operator  /reserve calendar nosuch
       refused: there is no resource "nosuch" (no-such-resource)
       there are rack-a, licences, pve1, pve2 and pve3
    -- what ends is no more in it, and the weeks are those of the zone
    operator  /reserve cancel R-2
       R-2 is cancelled
         R-2  pve2, 2040-01-03 09:00 to <time> (+00:00) (cancelled)
    operator  /whoami zone=Pacific/Auckland
       you are operator, operator
         identity  console:operator
         account   operator
         role      operator
         because   that is the role of account operator
         zone      Pacific/Auckland
         now       <time>
    operator  /reserve calendar from=2040-01-09T00:00+13:00
       Reservations, week of 9 Jan 2040
       Before: /reserve calendar from=2040-01-02, after: /reserve calendar from=2040-01-16.
       id   what  when                      holder  status  title
       R-6  pve2  Mon 9 23:00–Tue 10 01:00  you     booked  the week after
    "#);
}

#[tokio::test]
async fn the_week_is_drawn() {
    on_both(async |s| {
        a_busy_week(s).await;
        let week = s.ask_on(Surface::Discord, "operator", "/reserve calendar").await;
        assert_eq!(picture(&week).name, "calendar.png");
        let told = week[0].table.as_ref().map_or(0, |table| table.rows.len());
        assert_eq!(told, 8, "all that are drawn are said too");
        let alt: Vec<&str> = picture(&week).alt.lines().skip(1).collect();
        insta::allow_duplicates! {
            assert_snapshot!(alt.join("\n"), @"
            Nothing is booked on pve3.
            the whole lab: R-9 admin: new switches, maintenance, 2040-01-08 06:00 UTC to 2040-01-08 10:00 UTC
            pve1: R-1 operator: kernel tests, yours, active, 2040-01-02 08:58 UTC to 2040-01-02 11:58 UTC
            pve1: R-5 operator, yours, booked, 2040-01-06 22:00 UTC to 2040-01-07 10:00 UTC
            pve2: R-2 operator: soak test of the storage, yours, booked, 2040-01-03 09:00 UTC to 2040-01-05 17:00 UTC
            licences, place 1: R-3 operator, yours, booked, 2040-01-03 10:00 UTC to 2040-01-03 14:00 UTC
            licences, place 2: R-3 operator, yours, booked, 2040-01-03 10:00 UTC to 2040-01-03 14:00 UTC
            licences, place 3: R-8 admin, booked, 2040-01-03 12:00 UTC to 2040-01-03 16:00 UTC
            rack-a: R-4 operator: new cables, yours, pending, 2040-01-04 09:00 UTC to 2040-01-04 17:00 UTC
            web1 (101): R-7 admin: an upgrade, booked, 2040-01-03 12:00 UTC to 2040-01-03 14:00 UTC
            ");
        }
        let day = s.ask_on(Surface::Discord, "admin", "/reserve calendar show=day from=tue").await;
        let alt: Vec<&str> = picture(&day).alt.lines().skip(1).collect();
        insta::allow_duplicates! {
            assert_snapshot!(alt.join("\n"), @"
            Nothing is booked on pve1 and pve3.
            pve2: R-2 operator: soak test of the storage, booked, 2040-01-03 09:00 UTC to 2040-01-05 17:00 UTC
            licences, place 3: R-8 admin, yours, booked, 2040-01-03 12:00 UTC to 2040-01-03 16:00 UTC
            licences, place 1: R-3 operator, booked, 2040-01-03 10:00 UTC to 2040-01-03 14:00 UTC
            licences, place 2: R-3 operator, booked, 2040-01-03 10:00 UTC to 2040-01-03 14:00 UTC
            web1 (101): R-7 admin: an upgrade, yours, booked, 2040-01-03 12:00 UTC to 2040-01-03 14:00 UTC
            ");
        }
        let one = s.ask_on(Surface::Discord, "admin", "/reserve calendar pve3").await;
        assert!(picture(&one).alt.contains("Nothing is booked on pve3."), "{}", picture(&one).alt);
    })
    .await;
}

pub async fn who_has_it_stands_beside_it_told(s: &Story) {
    a_busy_week(s).await;
    s.passes("1h").await;
    let fields = async |line: &str| {
        let replies = s.ask("viewer", line).await;
        let told = replies[0].fields.iter().filter(|f| f.name == "reserved" || f.name == "next");
        for field in told {
            s.note(&format!("{line}: {} = {}", field.name, field.value.plain("UTC")));
        }
    };
    fields("/node show pve1").await;
    fields("/node show pve2").await;
    fields("/guest show web1").await;
    s.passes("1d2h15m").await;
    fields("/guest show web1").await;
    s.note("a node with its guests");
    s.ask("operator", "/reserve new pve3 from=now for=2h guests").await;
    fields("/guest show ldap1").await;
    fields("/guest show web1").await;
    s.note("whoever takes a node down sees who has it");
    s.say("admin", "/node reboot pve2 reason=memory").await;
}

#[tokio::test]
async fn who_has_it_stands_beside_it() {
    let story = on_both(who_has_it_stands_beside_it_told).await;
    assert_snapshot!(story, @"
    ~  1m
       R-4: operator asks for rack-a
         window  2040-01-04 09:00 to 17:00 UTC (+00:00)
         title   new cables
       [Approve] [Reject]
       R-1: pve1 is yours now
         window  2040-01-02 08:58 to 11:58 UTC (+00:00)
         title   kernel tests
    ~  1h
    -- /node show pve1: reserved = R-1 of operator until <time>
    -- /node show pve1: next = R-5 of operator from <time>
    -- /node show pve2: next = R-2 of operator from <time>
    -- /guest show web1: next = R-7 of admin from <time>
    ~  1d2h15m
       R-1: pve1 is yours for 15 more minutes
         window  2040-01-02 08:58 to 11:58 UTC (+00:00)
         title   kernel tests
       [Extend] [Release]
       R-1: your time with pve1 is over
         window  2040-01-02 08:58 to 11:58 UTC (+00:00)
         title   kernel tests
       R-2: pve2 is yours in 15 minutes
         window  2040-01-03 09:00 to <time> (+00:00)
         title   soak test of the storage
       [Extend] [Cancel it]
       R-2: pve2 is yours now
         window  2040-01-03 09:00 to <time> (+00:00)
         title   soak test of the storage
       R-3: licences is yours in 15 minutes
         window  2040-01-03 10:00 to 14:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-3: licences is yours now
         window  2040-01-03 10:00 to 14:00 UTC (+00:00)
       R-7: web1 (101) is yours in 15 minutes
         window  2040-01-03 12:00 to 14:00 UTC (+00:00)
         title   an upgrade
       [Extend] [Cancel it]
       R-8: licences is yours in 15 minutes
         window  2040-01-03 12:00 to 16:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-7: web1 (101) is yours now
         window  2040-01-03 12:00 to 14:00 UTC (+00:00)
         title   an upgrade
       R-8: licences is yours now
         window  2040-01-03 12:00 to 16:00 UTC (+00:00)
    -- /guest show web1: reserved = R-7 of admin until <time>
    -- /guest show web1: next = R-9 of admin (maintenance) from <time>
    -- a node with its guests
    -- /guest show ldap1: reserved = R-10 of operator until <time>
    -- /guest show ldap1: next = R-9 of admin (maintenance) from <time>
    -- /guest show web1: reserved = R-7 of admin until <time>
    -- /guest show web1: next = R-9 of admin (maintenance) from <time>
    -- whoever takes a node down sees who has it
    admin  /node reboot pve2 reason=memory
       reboot node pve2?
       11 guests there go down with it: alice-dev (125), api1 (128), bastion (116), bgp-lab-1 (119), ci-runner-3 (107), grafana (110), k8s-node1 (122), mail (113), minio (131), staging-web (134) and web1 (101).
       Only guests that start with their node come back by themselves.
         node            pve2
         cluster         lab
         running guests  11
         reserved        pve2 by operator (R-2) until <time>
         reserved        web1 (101) by admin (R-7) until <time>
         reason          memory
       The name confirms it
         name (required): Type pve2 to go on
       answer: name=…
       [Cancel]
    ");
}

#[tokio::test]
async fn what_can_be_reserved_is_offered() {
    on_both(async |s| {
        a_busy_week(s).await;
        s.ask("admin", "/resource add licence-servers web1 kind=pool description=two").await;
        let offered = async |who: &str, line: &str| {
            let origin = Origin { surface: Surface::Console, channel: "story".to_owned() };
            let identity = at_console(who);
            let found = s.dispatch.complete((&identity, &Claims::default()), &origin, line, line.len()).await;
            let of = |(value, hint): &(String, String)| format!("{value} ({hint})");
            found.values.iter().filter(|(v, _)| !v.ends_with('=')).map(of).collect::<Vec<_>>().join("\n")
        };
        let all = [
            offered("operator", "/reserve new li").await,
            offered("operator", "/reserve new pve").await,
            offered("operator", "/reserve new web1").await,
            offered("admin", "/resource remove l").await,
            offered("admin", "/resource edit rack-a members=lic").await,
            offered("operator", "/reserve cancel ").await,
            offered("operator", "/reserve release ").await,
            offered("operator", "/reserve extend r-5").await,
            offered("admin", "/reserve approve ").await,
            offered("admin", "/reserve show soak").await,
            offered("operator", "/reserve take ").await,
            offered("viewer", "/reserve cancel ").await,
            offered("stranger", "/reserve show ").await,
        ];
        insta::allow_duplicates! {
            assert_snapshot!(all.join("\n--\n"), @"
            licence-servers (pool, two)
            licences (pool)
            alice-dev (125 on pve2, running)
            --
            pve1 (node, online)
            pve2 (node, online)
            pve3 (node, online)
            --
            web1 (101 on pve2, running)
            --
            licence-servers (pool, two)
            licences (pool)
            --
            alice-dev (125 on pve2, running)
            --
            R-1 (pve1, 2040-01-02 08:58 to 11:58 UTC (+00:00), kernel tests)
            R-2 (pve2, 2040-01-03 09:00 to 2040-01-05 17:00 UTC (+00:00), soak test of the storage)
            R-3 (licences, 2040-01-03 10:00 to 14:00 UTC (+00:00))
            R-4 (rack-a, 2040-01-04 09:00 to 17:00 UTC (+00:00), new cables)
            R-5 (pve1, 2040-01-06 22:00 to 2040-01-07 10:00 UTC (+00:00))
            R-6 (pve2, 2040-01-09 10:00 to 12:00 UTC (+00:00), the week after)
            --
            R-1 (pve1, 2040-01-02 08:58 to 11:58 UTC (+00:00), kernel tests)
            --
            R-5 (pve1, 2040-01-06 22:00 to 2040-01-07 10:00 UTC (+00:00))
            --
            R-4 (rack-a, 2040-01-04 09:00 to 17:00 UTC (+00:00), new cables)
            --
            R-2 (pve2, 2040-01-03 09:00 to 2040-01-05 17:00 UTC (+00:00), soak test of the storage)
            --

            --

            --
            ");
        }
    })
    .await;
}
