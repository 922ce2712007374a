//! `/reserve list`: on one line each what matters, which a phone shows whole.

use super::story::{Story, on_both};
use direttore_reply::Reply;
use insta::assert_snapshot;

/// Columns of a phone.
const WIDE: usize = 60;

pub async fn reservations_are_listed_told(s: &Story) {
    s.it_is("2040-12-03T09:00Z").await;
    s.say("operator", "/reserve new pve1 from=\"tomorrow 9:00\" for=3h").await;
    s.say("operator", "/reserve new pve2 pve3 from=\"2040-12-30 22:00\" for=8h title=\"a longer test of two nodes\"")
        .await;
    s.say("operator", "/reserve new pve2 from=\"2040-12-31 20:00\" for=16h").await;
    s.say("operator", "/reserve new pve1 from=\"2041-02-01 9:00\" for=1h").await;
    s.say("admin", "/reserve wait pve1 from=\"tomorrow 10:00\" for=1h").await;
    s.say("viewer", "/reserve list").await;
    s.note("who stands in line for it stands there too");
    s.say("viewer", "/reserve list what=pve1").await;
    s.note("a day begins when it does where the asker is");
    s.say("operator", "/whoami zone=Pacific/Auckland").await;
    s.say("operator", "/reserve list from=2041-01-01").await;
    s.say("operator", "/reserve list from=2041-01-02").await;
    s.say("operator", "/reserve list from=fri").await;
    s.say("operator", "/reserve list from=someday").await;
}

#[tokio::test]
async fn reservations_are_listed() {
    let story = on_both(reservations_are_listed_told).await;
    assert_snapshot!(story, @r#"
    operator  /reserve new pve1 from="tomorrow 9:00" for=3h
       pve1 is yours
         R-1  2040-12-04 09:00 to 12:00 UTC (+00:00)
    operator  /reserve new pve2 pve3 from="2040-12-30 22:00" for=8h title="a longer test of two nodes"
       pve2 and pve3 are yours
         R-2    2040-12-30 22:00 to <time> (+00:00)
         title  a longer test of two nodes
    operator  /reserve new pve2 from="2040-12-31 20:00" for=16h
       pve2 is yours
         R-3  2040-12-31 20:00 to <time> (+00:00)
    operator  /reserve new pve1 from="2041-02-01 9:00" for=1h
       pve1 is yours
         R-4  2041-02-01 09:00 to 10:00 UTC (+00:00)
    admin  /reserve wait pve1 from="tomorrow 10:00" for=1h
       you stand in line for pve1
       When it becomes free you are told, and it is held for you for a while. /reserve cancel R-5 leaves the line.
         R-5  2040-12-04 10:00 to 11:00 UTC (+00:00)
    viewer  /reserve list
       5 reservations
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                           what                       holder    status
       R-1  Tue 4 Dec 09:00–12:00          pve1                       operator  booked
       R-5  Tue 4 Dec 10:00–11:00          pve1                       admin     waiting
       R-2  30 Dec 22:00–31 Dec 06:00      pve2 and pve3: a longer …  operator  booked
       R-3  31 Dec 20:00–1 Jan 2041 12:00  pve2                       operator  booked
       R-4  Fri 1 Feb 2041 09:00–10:00     pve1                       operator  booked
    -- who stands in line for it stands there too
    viewer  /reserve list what=pve1
       3 reservations
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                        what  holder    status
       R-1  Tue 4 Dec 09:00–12:00       pve1  operator  booked
       R-5  Tue 4 Dec 10:00–11:00       pve1  admin     waiting
       R-4  Fri 1 Feb 2041 09:00–10:00  pve1  operator  booked
    -- a day begins when it does where the asker is
    operator  /whoami zone=Pacific/Auckland
       you are operator, operator
         identity  console:operator
         account   operator
         role      operator
         because   that is the role of account operator
         zone      Pacific/Auckland
         now       <time>
    operator  /reserve list from=2041-01-01
       2 reservations
       Times are in Pacific/Auckland; /reserve show R-3 tells all of one.
       id   when                               what  holder    status
       R-3  1 Jan 2041 09:00–2 Jan 2041 01:00  pve2  operator  booked
       R-4  Fri 1 Feb 2041 22:00–23:00         pve1  operator  booked
    operator  /reserve list from=2041-01-02
       2 reservations
       Times are in Pacific/Auckland; /reserve show R-3 tells all of one.
       id   when                               what  holder    status
       R-3  1 Jan 2041 09:00–2 Jan 2041 01:00  pve2  operator  booked
       R-4  Fri 1 Feb 2041 22:00–23:00         pve1  operator  booked
    operator  /reserve list from=fri
       3 reservations
       Times are in Pacific/Auckland; /reserve show R-2 tells all of one.
       id   when                               what                    holder    status
       R-2  Mon 31 Dec 11:00–19:00             pve2 and pve3: a long…  operator  booked
       R-3  1 Jan 2041 09:00–2 Jan 2041 01:00  pve2                    operator  booked
       R-4  Fri 1 Feb 2041 22:00–23:00         pve1                    operator  booked
    operator  /reserve list from=someday
       refused: from: "someday" is no time (bad-time)
       right would be a time like 14:30, tomorrow 9am, fri 14:00, 2026-12-01 09:00 or in 2h
    "#);
}

#[tokio::test]
async fn a_list_fits_on_a_phone() {
    on_both(async |s: &Story| {
        s.it_is("2040-12-03T09:00Z").await;
        s.ask("admin", "/reserve new pve2 from=\"2040-12-30 22:00\" for=8h title=\"a longer test\"").await;
        s.ask("operator", "/reserve new pve3 from=\"2040-12-10 22:00\" for=2h title=\"another one\"").await;
        let replies: Vec<Reply> = s.ask("viewer", "/reserve list").await;
        let style = direttore_console::Style { width: WIDE, ..direttore_console::Style::PLAIN };
        let shown = direttore_console::render(&replies[0], &style);
        for when in ["Mon 10 Dec 22:00–11 Dec", "30 Dec 22:00–31 Dec 06:00"] {
            let is_there = shown.contains(when) || shown.contains("10 Dec 22:00–11 Dec 00:00");
            assert!(is_there, "{when}: {shown}");
        }
        assert!(shown.lines().all(|line| line.chars().count() <= WIDE), "{shown}");
    })
    .await;
}
