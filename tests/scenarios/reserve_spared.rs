//! What is to be destroyed at the end of a window, and who has it next: nobody loses a guest that is reserved.

use super::story::{PATIENCE, Story, on_both};
use direttore_domain::{JobId, Origin, Surface};
use direttore_store::job::{self, JobStatus, NewJob};
use insta::assert_snapshot;
use std::time::Duration;

const MONDAY: &str = "2040-01-02T09:00Z";
const GUEST: &str = "104";
const HOLDER: &str = "a worker of the test";

/// Somebody's job on the guest, which whatever comes after it waits for.
async fn is_busy(s: &Story) -> JobId {
    let now = s.clock.now();
    let origin = Origin { surface: Surface::Console, channel: "elsewhere".to_owned() };
    let new = NewJob {
        command: "snapshot create",
        title: "take a snapshot of db2 (104)",
        account_id: None,
        actor: "somebody",
        origin: &origin,
        question: None,
        position: 0,
        subject: &format!("lab/{GUEST}"),
        steps: vec![],
        now,
    };
    let mut tx = s.dispatch.store.write().await.expect("the database answers");
    let id = job::enqueue(&mut tx, &new).await.expect("the database answers");
    let leased = job::lease(&mut tx, HOLDER, Duration::from_secs(600), now).await.expect("the database answers");
    assert_eq!(leased.map(|job| job.id), Some(id), "nobody else has it");
    tx.commit().await.expect("the database answers");
    s.note("a job is busy with the guest");
    id
}

async fn is_free(s: &Story, id: JobId) {
    let mut tx = s.dispatch.store.write().await.expect("the database answers");
    let done = job::finish(&mut tx, id, HOLDER, JobStatus::Done, None, s.clock.now()).await;
    assert!(done.expect("the database answers"), "the lease was kept");
    tx.commit().await.expect("the database answers");
    s.note("that job is done");
}

/// What is due now, and what is told of it.
async fn due(s: &Story) {
    s.dispatch.do_due().await.expect("the database answers");
    s.unasked(|_| true).await.iter().for_each(|reply| s.show(reply));
}

#[tokio::test]
async fn a_guest_that_is_booked_while_its_end_waits_is_spared() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("admin", &format!("/reserve new {GUEST} from=now for=2h end=destroy")).await;
        s.passes("1m").await;
        let busy = is_busy(s).await;
        s.say("admin", "/reserve release R-1").await;
        due(s).await;
        s.say("operator", &format!("/reserve new {GUEST} from=14:00 for=1h")).await;
        is_free(s, busy).await;
        let left = s.dispatch.settle(&s.channel(), PATIENCE).await;
        assert!(left.is_empty(), "still at it: {left:?}");
        due(s).await;
        s.say("admin", "/job show J-2").await;
        s.note("who stands in line for it would have had it in vain, too");
        s.say("operator", "/reserve cancel R-2").await;
        s.say("admin", &format!("/reserve new {GUEST} from=now for=2h end=destroy")).await;
        s.say("operator", &format!("/reserve wait {GUEST} from=10:00 for=3h")).await;
        s.passes("1m").await;
        s.say("admin", "/reserve release R-3").await;
        due(s).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    admin  /reserve new 104 from=now for=2h end=destroy
       db2 (104) is yours
         R-1         2040-01-02 09:00 to 11:00 UTC (+00:00)
         at the end  the guests are destroyed, unless somebody has them next
    ~  1m
       R-1: db2 (104) is yours now
         window  2040-01-02 09:00 to 11:00 UTC (+00:00)
    -- a job is busy with the guest
    admin  /reserve release R-1
       R-1 is released
         R-1  db2 (104), 2040-01-02 09:00 to 09:01 UTC (+00:00) (released)
    operator  /reserve new 104 from=14:00 for=1h
       db2 (104) is yours
         R-2  2040-01-02 14:00 to 15:00 UTC (+00:00)
    -- that job is done
       J-2: db2 (104) is not destroyed
       db2 (104) is not destroyed: R-2 of operator has it next.
         started by  admin
       R-2: db2 (104) is kept for you
         window  2040-01-02 14:00 to 15:00 UTC (+00:00)
         reason  R-1 was to destroy it at its end
    admin  /job show J-2
       J-2 is done: delete db2 (104)
         started by  admin
         created     <time>
         started     <time>
         ended       <time>
       step            state    attempts
       spare-reserved  done            1
       delete-guest    pending         0
       forget-guest    pending         0
    -- who stands in line for it would have had it in vain, too
    operator  /reserve cancel R-2
       R-2 is cancelled
         R-2  db2 (104), 2040-01-02 14:00 to 15:00 UTC (+00:00) (cancelled)
    admin  /reserve new 104 from=now for=2h end=destroy
       db2 (104) is yours
         R-3         2040-01-02 09:01 to 11:01 UTC (+00:00)
         at the end  the guests are destroyed, unless somebody has them next
    operator  /reserve wait 104 from=10:00 for=3h
       you stand in line for db2 (104)
       When it becomes free you are told, and it is held for you for a while. /reserve cancel R-4 leaves the line.
         R-4  2040-01-02 10:00 to 13:00 UTC (+00:00)
    ~  1m
       R-3: db2 (104) is yours now
         window  2040-01-02 09:01 to 11:01 UTC (+00:00)
    admin  /reserve release R-3
       R-3 is released
         R-3  db2 (104), 2040-01-02 09:01 to 09:02 UTC (+00:00) (released)
       R-3: db2 (104) is not destroyed
         window  2040-01-02 09:01 to 09:02 UTC (+00:00)
         reason  R-4 of operator has db2 (104) next
       R-4: db2 (104) is free, and held for you
         window      2040-01-02 10:00 to 13:00 UTC (+00:00)
         held until  <time>
       [Take it] [Leave it]
    "#);
}

#[tokio::test]
async fn a_guest_that_is_being_destroyed_is_given_to_nobody() {
    let story = on_both(async |s: &Story| {
        s.it_is(MONDAY).await;
        s.say("admin", "/resource add labs kind=pool members=102,104").await;
        s.say("admin", &format!("/reserve new {GUEST} from=now for=2h end=destroy")).await;
        s.passes("1m").await;
        s.lab("hang on=\"DELETE qemu/104\"");
        s.say("admin", "/reserve release R-1").await;
        s.dispatch.do_due().await.expect("the database answers");
        while s.sim.waiting() > 0 {
            tokio::task::yield_now().await;
        }
        s.lab("hang times=always on=\"DELETE qemu/104\"");
        s.note("Proxmox has been told to, and has not answered");
        s.say("operator", &format!("/reserve new {GUEST} from=14:00 for=1h")).await;
        s.say("operator", "/reserve new labs from=14:00 for=1h").await;
        s.say("operator", "/reserve new labs from=14:00 for=1h count=2").await;
        s.lab("clear");
        s.settle().await;
        s.say("operator", &format!("/reserve new {GUEST} from=14:00 for=1h")).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    admin  /resource add labs kind=pool members=102,104
       pool labs can be reserved
       /reserve new labs reserves it.
         members  web2 (102) and db2 (104)
    admin  /reserve new 104 from=now for=2h end=destroy
       db2 (104) is yours
         R-1         2040-01-02 09:00 to 11:00 UTC (+00:00)
         at the end  the guests are destroyed, unless somebody has them next
    ~  1m
       R-1: db2 (104) is yours now
         window  2040-01-02 09:00 to 11:00 UTC (+00:00)
    %  hang on="DELETE qemu/104"
    admin  /reserve release R-1
       R-1 is released
         R-1  db2 (104), 2040-01-02 09:00 to 09:01 UTC (+00:00) (released)
    %  hang times=always on="DELETE qemu/104"
    -- Proxmox has been told to, and has not answered
    operator  /reserve new 104 from=14:00 for=1h
       refused: 2040-01-02 14:00 to 15:00 UTC (+00:00) is taken for db2 (104): J-1, which destroys db2 (104) (conflict)
       /reserve wait puts you in line for it
    operator  /reserve new labs from=14:00 for=1h
       web2 (102) is yours
         R-2  2040-01-02 14:00 to 15:00 UTC (+00:00): web2 (102)
    operator  /reserve new labs from=14:00 for=1h count=2
       refused: 2040-01-02 14:00 to 15:00 UTC (+00:00) is taken for 2 of labs: R-2 (a reservation of operator, 2040-01-02 14:00 to 15:00 UTC (+00:00)) and J-1, which destroys db2 (104) (conflict)
       /reserve wait puts you in line for it
    %  clear
       J-1: db2 (104) is deleted
       db2 (104) is deleted, with its disks and snapshots.
         started by  admin
         task        <upid>
    operator  /reserve new 104 from=14:00 for=1h
       refused: there is no resource "104" (no-such-resource)
       there are labs, pve1, pve2 and pve3
    "#);
}
