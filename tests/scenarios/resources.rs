//! What can be reserved: pools and named things, who has their places, and when they can go.

use super::story::{Story, on_both};
use direttore_reply::Tone;
use direttore_store::{claim, resource};
use insta::assert_snapshot;

/// A Monday.
const MONDAY: &str = "2040-01-02T09:00Z";

pub async fn resources_come_and_go_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("viewer", "/resource list").await;
    s.say("operator", "/resource add rack-a kind=named").await;
    s.say("admin", r#"/resource add rack-a kind=named description="rack A, front""#).await;
    s.note("names that cannot be, and what cannot be a member");
    s.say("admin", "/resource add rack-a kind=pool").await;
    s.say("admin", "/resource add pve1 kind=named").await;
    s.say("admin", "/resource add web1 kind=pool").await;
    s.say("admin", "/resource add \"Rack B\" kind=named").await;
    s.say("admin", "/resource add rack-b pve1 kind=named").await;
    s.say("admin", "/resource add beds kind=pool nosuch").await;
    s.say("admin", "/resource add beds pve2 pve3 rack-a kind=pool longest=2d capacity=4").await;
    s.say("admin", "/resource add beds pve2 pve3 rack-a kind=pool longest=2d").await;
    s.say("admin", "/resource add more beds kind=pool").await;
    s.say("admin", "/resource add licences kind=pool capacity=3").await;
    s.note("rules of what the lab is made of");
    s.say("admin", "/resource edit pve1 longest=4h approval=yes approvers=operator,nobody").await;
    s.say("admin", "/resource edit pve1 longest=4h approval=yes approvers=operator").await;
    s.say("admin", "/resource edit pve1 approval=yes").await;
    s.say("admin", "/resource edit pve1 capacity=2").await;
    s.say("admin", "/resource edit pve1 before=30d").await;
    s.say("admin", "/resource edit web1 members=pve1").await;
    s.say("admin", "/resource edit web1 longest=1h clear=longest").await;
    s.say("viewer", "/resource list").await;
    s.say("viewer", "/resource list kind=pool").await;
    s.say("viewer", "/resource list kind=guest").await;
    s.note("what is taken away");
    s.say("admin", "/resource edit pve1 clear=longest,approvers approval=no").await;
    s.say("admin", "/resource remove pve1").await;
    s.say("admin", "/resource remove rack-a").await;
    s.say("admin", "/resource edit beds members=pve2,pve3").await;
    s.say("admin", "/resource remove rack-a").await;
    s.say("admin", "/resource remove rack-a").await;
    s.say("operator", "/resource remove beds").await;
    s.say("viewer", "/resource list").await;
}

#[tokio::test]
async fn resources_come_and_go() {
    let story = on_both(resources_come_and_go_told).await;
    assert_snapshot!(story, @r#"
    viewer  /resource list
       there is no resource yet
       /resource add rack-a kind=named adds one; nodes, guests and devices can be reserved without.
    operator  /resource add rack-a kind=named
       refused: this needs the permission users, which the role admin has; you are operator (not-allowed)
       that is the role of account operator; an administrator can change that (/user role)
    admin  /resource add rack-a kind=named description="rack A, front"
       rack-a can be reserved
       /reserve new rack-a reserves it.
         description  rack A, front
    -- names that cannot be, and what cannot be a member
    admin  /resource add rack-a kind=pool
       refused: resource rack-a exists already (exists-already)
    admin  /resource add pve1 kind=named
       refused: node pve1 exists already (exists-already)
    admin  /resource add web1 kind=pool
       refused: guest web1 exists already (exists-already)
    admin  /resource add "Rack B" kind=named
       refused: name: "Rack B" is no resource name (bad-value)
       right would be a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all
    admin  /resource add rack-b pve1 kind=named
       refused: rack-b cannot have members: only pools have (wrong-state)
    admin  /resource add beds kind=pool nosuch
       refused: there is no resource "nosuch" (no-such-resource)
       there are rack-a, pve1, pve2 and pve3
    admin  /resource add beds pve2 pve3 rack-a kind=pool longest=2d capacity=4
       refused: beds cannot have a capacity of 4: it has members, each of which is a place (wrong-state)
    admin  /resource add beds pve2 pve3 rack-a kind=pool longest=2d
       pool beds can be reserved
       /reserve new beds reserves it.
         members  pve2, pve3 and rack-a
         rules    at most 2 d
    admin  /resource add more beds kind=pool
       refused: beds cannot be a member of a pool: it is a pool itself; its members can be members (wrong-state)
    admin  /resource add licences kind=pool capacity=3
       pool licences can be reserved
       /reserve new licences reserves it.
         places  3
    -- rules of what the lab is made of
    admin  /resource edit pve1 longest=4h approval=yes approvers=operator,nobody
       refused: there is no account "nobody" (no-such-account)
    admin  /resource edit pve1 longest=4h approval=yes approvers=operator
       node pve1 is changed
       It holds for reservations that are made or changed from now on.
         rules  needs a yes of operator, at most 4 h
    admin  /resource edit pve1 approval=yes
       refused: pve1 cannot be changed: nothing was said that is not so already (wrong-state)
    admin  /resource edit pve1 capacity=2
       refused: pve1 cannot have a capacity of 2: whoever has it has all of it; named resources and pools can be had by several (wrong-state)
    admin  /resource edit pve1 before=30d
       refused: before: 30 d is too long to be kept free (bad-time)
       right would be at most 7 d
    admin  /resource edit web1 members=pve1
       refused: web1 (101) cannot have members: only pools have (wrong-state)
    admin  /resource edit web1 longest=1h clear=longest
       refused: longest was given twice (given-twice)
    viewer  /resource list
       6 resources
       Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
       name      kind   now          until  about
       beds      pool   3 of 3 free         pve2, pve3, rack-a; at most 2 d
       licences  pool   3 of 3 free
       rack-a    named  free                rack A, front
       pve1      node   free                needs a yes of operator, at most 4 h
       pve2      node   free
       pve3      node   free
    viewer  /resource list kind=pool
       2 resources
       Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
       name      kind  now          until  about
       beds      pool  3 of 3 free         pve2, pve3, rack-a; at most 2 d
       licences  pool  3 of 3 free
    viewer  /resource list kind=guest
       no guest is reserved or has rules
       /resource add rack-a kind=named adds one; nodes, guests and devices can be reserved without.
    -- what is taken away
    admin  /resource edit pve1 clear=longest,approvers approval=no
       node pve1 is changed
       It holds for reservations that are made or changed from now on.
    admin  /resource remove pve1
       refused: pve1 cannot be removed: it is a node of the lab; /resource edit with clear= takes its rules away (wrong-state)
    admin  /resource remove rack-a
       refused: rack-a cannot be removed: it is in the pool beds (wrong-state)
    admin  /resource edit beds members=pve2,pve3
       pool beds is changed
       It holds for reservations that are made or changed from now on.
         members  pve2 and pve3
         rules    at most 2 d
    admin  /resource remove rack-a
       rack-a is gone
       What was reserved of it before is still listed.
    admin  /resource remove rack-a
       refused: there is no resource "rack-a" (no-such-resource)
       there are beds, licences, pve1, pve2 and pve3
    operator  /resource remove beds
       refused: this needs the permission users, which the role admin has; you are operator (not-allowed)
       that is the role of account operator; an administrator can change that (/user role)
    viewer  /resource list
       5 resources
       Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
       name      kind  now          until  about
       beds      pool  2 of 2 free         pve2, pve3; at most 2 d
       licences  pool  3 of 3 free
       pve1      node  free
       pve2      node  free
       pve3      node  free
    "#);
}

pub async fn any_of_a_pool_told(s: &Story) {
    s.it_is(MONDAY).await;
    for name in ["gpu-a", "gpu-b", "gpu-c"] {
        s.say("admin", &format!("/resource add {name} kind=named")).await;
    }
    s.say("admin", "/resource add gpus gpu-a gpu-b gpu-c kind=pool").await;
    s.say("operator", "/reserve new gpus count=2 from=10:00 for=2h").await;
    s.note("one is left");
    s.say("admin", "/reserve new gpus count=2 from=11:00 for=2h").await;
    s.say("admin", "/reserve new gpus count=4 from=\"tomorrow 11:00\" for=2h").await;
    s.say("admin", "/reserve new gpus from=11:00 for=2h").await;
    s.say("admin", "/reserve new gpu-b from=11:30 for=10m").await;
    s.say("viewer", "/resource list").await;
    s.say("viewer", "/reserve list what=gpus").await;
    s.say("viewer", "/reserve list what=gpu-c").await;
    s.passes("1h30m").await;
    s.say("viewer", "/resource list").await;
    s.note("nothing goes that somebody has, or waits for");
    s.say("admin", "/resource remove gpus").await;
    s.say("admin", "/resource edit gpus clear=members").await;
    s.say("admin", "/resource edit gpus members=gpu-a,gpu-b").await;
    s.say("admin", "/resource remove gpu-c").await;
    s.say("admin", "/reserve wait gpus count=2 from=\"10:45\" for=20m").await;
    s.passes("5h").await;
    s.note("what is over is in nobody's way");
    s.say("admin", "/resource remove gpu-c").await;
    s.say("admin", "/resource remove gpus").await;
    s.say("admin", "/reserve list from=2040-01-02T09:00Z status=ended").await;
}

#[tokio::test]
async fn any_of_a_pool() {
    let story = on_both(any_of_a_pool_told).await;
    assert_snapshot!(story, @r#"
    admin  /resource add gpu-a kind=named
       gpu-a can be reserved
       /reserve new gpu-a reserves it.
    admin  /resource add gpu-b kind=named
       gpu-b can be reserved
       /reserve new gpu-b reserves it.
    admin  /resource add gpu-c kind=named
       gpu-c can be reserved
       /reserve new gpu-c reserves it.
    admin  /resource add gpus gpu-a gpu-b gpu-c kind=pool
       pool gpus can be reserved
       /reserve new gpus reserves it.
         members  gpu-a, gpu-b and gpu-c
    operator  /reserve new gpus count=2 from=10:00 for=2h
       gpu-a and gpu-b are yours
         R-1  2040-01-02 10:00 to 12:00 UTC (+00:00): gpu-a and gpu-b
    -- one is left
    admin  /reserve new gpus count=2 from=11:00 for=2h
       refused: 2040-01-02 11:00 to 13:00 UTC (+00:00) is taken for 2 of gpus: R-1 (a reservation of operator, 2040-01-02 10:00 to 12:00 UTC (+00:00)) (conflict)
       free: Mon 2040-01-02 12:00–14:00, Mon 2040-01-02 14:00–16:00 and Mon 2040-01-02 16:00–18:00; or /reserve wait for this one
       [Mon 2040-01-02 12:00–14:00] [Mon 2040-01-02 14:00–16:00] [Mon 2040-01-02 16:00–18:00]
    admin  /reserve new gpus count=4 from="tomorrow 11:00" for=2h
       refused: 4 are wanted of gpus, and the limit is the 3 that there are (over-limit)
       an administrator can book more, or change the limit (reserve.*)
    admin  /reserve new gpus from=11:00 for=2h
       gpu-c is yours
         R-2  2040-01-02 11:00 to 13:00 UTC (+00:00): gpu-c
    admin  /reserve new gpu-b from=11:30 for=10m
       refused: 2040-01-02 11:30 to 11:40 UTC (+00:00) is taken for gpu-b: R-1 (a reservation of operator, 2040-01-02 10:00 to 12:00 UTC (+00:00)) (conflict)
       free: Mon 2040-01-02 12:00–12:10, Mon 2040-01-02 12:10–12:20 and Mon 2040-01-02 12:20–12:30; or /reserve wait for this one
       [Mon 2040-01-02 12:00–12:10] [Mon 2040-01-02 12:10–12:20] [Mon 2040-01-02 12:20–12:30]
    viewer  /resource list
       4 resources
       Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
       name   kind   now          until                 about
       gpus   pool   3 of 3 free  <time>  gpu-a, gpu-b, gpu-c
       gpu-a  named  free         <time>
       gpu-b  named  free         <time>
       gpu-c  named  free         <time>
    viewer  /reserve list what=gpus
       2 reservations
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                   what             holder    status
       R-1  Mon 2 Jan 10:00–12:00  gpu-a and gpu-b  operator  booked
       R-2  Mon 2 Jan 11:00–13:00  gpu-c            admin     booked
    viewer  /reserve list what=gpu-c
       1 reservation
       Times are in UTC; /reserve show R-2 tells all of one.
       id   when                   what   holder  status
       R-2  Mon 2 Jan 11:00–13:00  gpu-c  admin   booked
    ~  1h30m
       R-1: gpu-a and gpu-b are yours in 15 minutes
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-1: gpu-a and gpu-b are yours now
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
    viewer  /resource list
       4 resources
       Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
       name   kind   now             until                 about
       gpus   pool   1 of 3 free     <time>  gpu-a, gpu-b, gpu-c
       gpu-a  named  operator (R-1)  <time>
       gpu-b  named  operator (R-1)  <time>
       gpu-c  named  free            <time>
    -- nothing goes that somebody has, or waits for
    admin  /resource remove gpus
       refused: gpus cannot be removed: R-1 (a reservation of operator, 2040-01-02 10:00 to 12:00 UTC (+00:00)) and R-2 (a reservation of admin, 2040-01-02 11:00 to 13:00 UTC (+00:00)) have it (wrong-state)
    admin  /resource edit gpus clear=members
       refused: gpus cannot lose all its members: R-1 (a reservation of operator, 2040-01-02 10:00 to 12:00 UTC (+00:00)) and R-2 (a reservation of admin, 2040-01-02 11:00 to 13:00 UTC (+00:00)) have it (wrong-state)
    admin  /resource edit gpus members=gpu-a,gpu-b
       pool gpus is changed
       It holds for reservations that are made or changed from now on.
         members  gpu-a and gpu-b
    admin  /resource remove gpu-c
       refused: gpu-c cannot be removed: R-2 (a reservation of admin, 2040-01-02 11:00 to 13:00 UTC (+00:00)) has it (wrong-state)
    admin  /reserve wait gpus count=2 from="10:45" for=20m
       you stand in line for 2 of gpus
       When it becomes free you are told, and it is held for you for a while. /reserve cancel R-3 leaves the line.
         R-3  2040-01-02 10:45 to 11:05 UTC (+00:00)
    ~  5h
       warning: R-3: gpus did not become free in time
         window  2040-01-02 10:45 to 11:05 UTC (+00:00)
       R-2: gpu-c is yours in 15 minutes
         window  2040-01-02 11:00 to 13:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-2: gpu-c is yours now
         window  2040-01-02 11:00 to 13:00 UTC (+00:00)
       R-1: gpu-a and gpu-b are yours for 15 more minutes
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Extend] [Release]
       R-1: your time with gpu-a and gpu-b is over
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       R-2: gpu-c is yours for 15 more minutes
         window  2040-01-02 11:00 to 13:00 UTC (+00:00)
       [Extend] [Release]
       R-2: your time with gpu-c is over
         window  2040-01-02 11:00 to 13:00 UTC (+00:00)
    -- what is over is in nobody's way
    admin  /resource remove gpu-c
       gpu-c is gone
       What was reserved of it before is still listed.
    admin  /resource remove gpus
       pool gpus is gone
       What was reserved of it before is still listed.
    admin  /reserve list from=2040-01-02T09:00Z status=ended
       2 reservations
       Times are in UTC; /reserve show R-1 tells all of one.
       id   when                   what             holder    status
       R-1  Mon 2 Jan 10:00–12:00  gpu-a and gpu-b  operator  ended
       R-2  Mon 2 Jan 11:00–13:00  gpus             admin     ended
    "#);
}

pub async fn several_have_a_place_told(s: &Story) {
    s.it_is(MONDAY).await;
    s.say("admin", "/resource add licences kind=pool capacity=3").await;
    s.say("operator", "/reserve new licences count=2 from=10:00 for=2h").await;
    s.say("admin", "/reserve new licences from=11:00 for=2h").await;
    s.say("admin", "/reserve new licences from=11:30 for=1h").await;
    s.say("admin", "/resource edit licences capacity=2").await;
    s.say("admin", "/resource edit licences capacity=4").await;
    s.say("admin", "/reserve new licences from=11:30 for=1h").await;
    s.say("viewer", "/resource list").await;
    s.passes("3h").await;
    s.say("viewer", "/resource list").await;
    s.say("admin", "/resource edit licences capacity=3").await;
    s.passes("3h").await;
    s.say("admin", "/resource edit licences capacity=1").await;
}

#[tokio::test]
async fn several_have_a_place() {
    let story = on_both(several_have_a_place_told).await;
    assert_snapshot!(story, @r#"
    admin  /resource add licences kind=pool capacity=3
       pool licences can be reserved
       /reserve new licences reserves it.
         places  3
    operator  /reserve new licences count=2 from=10:00 for=2h
       licences is yours
         R-1  2040-01-02 10:00 to 12:00 UTC (+00:00): licences
    admin  /reserve new licences from=11:00 for=2h
       licences is yours
         R-2  2040-01-02 11:00 to 13:00 UTC (+00:00)
    admin  /reserve new licences from=11:30 for=1h
       refused: 2040-01-02 11:30 to 12:30 UTC (+00:00) is taken for licences: R-1 (a reservation of operator, 2040-01-02 10:00 to 12:00 UTC (+00:00)) and R-2 (a reservation of admin, 2040-01-02 11:00 to 13:00 UTC (+00:00)) (conflict)
       free: Mon 2040-01-02 10:00–11:00, Mon 2040-01-02 12:00–13:00 and Mon 2040-01-02 13:00–14:00; or /reserve wait for this one
       [Mon 2040-01-02 10:00–11:00] [Mon 2040-01-02 12:00–13:00] [Mon 2040-01-02 13:00–14:00]
    admin  /resource edit licences capacity=2
       refused: licences cannot have a capacity of 2: R-2 (a reservation of admin, 2040-01-02 11:00 to 13:00 UTC (+00:00)) has a place above that (wrong-state)
    admin  /resource edit licences capacity=4
       pool licences is changed
       It holds for reservations that are made or changed from now on.
         places  4
    admin  /reserve new licences from=11:30 for=1h
       licences is yours
         R-3  2040-01-02 11:30 to 12:30 UTC (+00:00)
    viewer  /resource list
       1 resource
       Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
       name      kind  now          until                 about
       licences  pool  4 of 4 free  <time>
    ~  3h
       R-1: licences is yours in 15 minutes
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-1: licences is yours now
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       R-2: licences is yours in 15 minutes
         window  2040-01-02 11:00 to 13:00 UTC (+00:00)
       [Extend] [Cancel it]
       R-2: licences is yours now
         window  2040-01-02 11:00 to 13:00 UTC (+00:00)
       R-3: licences is yours in 15 minutes
         window  2040-01-02 11:30 to 12:30 UTC (+00:00)
       [Extend] [Cancel it]
       R-3: licences is yours now
         window  2040-01-02 11:30 to 12:30 UTC (+00:00)
       R-1: licences is yours for 15 more minutes
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
       [Extend] [Release]
       R-1: your time with licences is over
         window  2040-01-02 10:00 to 12:00 UTC (+00:00)
    viewer  /resource list
       1 resource
       Other nodes, guests and devices can be reserved too; they are here once they were, or have rules.
       name      kind  now          until  about
       licences  pool  2 of 4 free
    admin  /resource edit licences capacity=3
       refused: licences cannot have a capacity of 3: R-3 (a reservation of admin, 2040-01-02 11:30 to 12:30 UTC (+00:00)) has a place above that (wrong-state)
    ~  3h
       R-3: licences is yours for 15 more minutes
         window  2040-01-02 11:30 to 12:30 UTC (+00:00)
       [Extend] [Release]
       R-3: your time with licences is over
         window  2040-01-02 11:30 to 12:30 UTC (+00:00)
       R-2: licences is yours for 15 more minutes
         window  2040-01-02 11:00 to 13:00 UTC (+00:00)
       [Extend] [Release]
       R-2: your time with licences is over
         window  2040-01-02 11:00 to 13:00 UTC (+00:00)
    admin  /resource edit licences capacity=1
       pool licences is changed
       It holds for reservations that are made or changed from now on.
    "#);
}

/// Bookings and an edit that takes places away, all at once: whoever comes first, nobody has a place that is not there.
#[tokio::test]
async fn a_place_goes_or_is_taken_and_never_both() {
    on_both(async |s| {
        s.it_is(MONDAY).await;
        s.ask("admin", "/resource add licences kind=pool capacity=3").await;
        for day in 10..18 {
            let lines: Vec<String> = (0..3)
                .map(|n| format!(r#"/reserve new licences from="2040-01-{day} 10:00" for=1h title="{n}""#))
                .collect();
            let books = futures::future::join_all(lines.iter().map(|line| s.ask("operator", line)));
            let (booked, edited) = futures::join!(books, s.ask("admin", "/resource edit licences capacity=1"));
            assert!(booked.iter().flatten().chain(&edited).all(|r| r.tone != Tone::Failed), "{booked:?} {edited:?}");
            let mut tx = s.dispatch.store.read().await.expect("the database answers");
            let key = "pool/licences".parse().expect("a key");
            let of = resource::by_key(&mut tx, &key).await.expect("it can be read").expect("it is there");
            let highest = claim::highest_lane(&mut tx, of.id, 0).await.expect("it can be read").unwrap_or(-1);
            assert!(highest < of.rules.capacity, "place {highest} of {}", of.rules.capacity);
            assert_eq!(claim::overlaps(&mut tx).await, Ok(0));
            drop(tx);
            let is_edited = edited[0].tone == Tone::Success;
            let has = booked.iter().flatten().filter(|r| r.tone == Tone::Success).count();
            assert_eq!(has, if is_edited { 1 } else { 3 }, "{booked:?}");
            if !is_edited {
                // Out of the way of the next day's.
                for reply in booked.iter().flatten() {
                    s.ask("operator", &format!("/reserve cancel {}", reply.fields[0].name)).await;
                }
            }
            s.ask("admin", "/resource edit licences capacity=3").await;
        }
    })
    .await;
}
