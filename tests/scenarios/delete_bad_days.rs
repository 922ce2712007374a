//! A guest goes while NetBox is away, says no, or has something else by now: nobody else's records go.

use super::story::on_sqlite_with_netbox;
use direttore_core::Rules;
use insta::assert_snapshot;

#[tokio::test]
async fn netbox_is_down_before_and_after_the_yes() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        let before = s.worlds();
        s.say("admin", "/guest delete web1").await;
        s.lab("netbox down");
        s.say("admin", "/guest delete web2").await;
        s.note("to the question before");
        s.fill("admin", &[("name", "web1")]).await;
        assert!(s.worlds() == before, "nothing was done");
        s.lab("netbox up");
        s.note("it goes away after the yes, and comes back while the job waits");
        s.say("admin", "/guest delete web1").await;
        s.lab("netbox status=503 on=\"DELETE\" times=3");
        s.fill("admin", &[("name", "web1")]).await;
        s.settle().await;
        s.note("the answer is lost");
        s.say("admin", "/guest delete web2").await;
        s.lab("netbox drop on=\"DELETE virtual-machines\" after");
        s.fill("admin", &[("name", "web2")]).await;
        s.settle().await;
        s.note("NetBox does not allow it any more: the guest is gone, and a person must see to the rest");
        s.say("admin", "/guest delete db1").await;
        s.lab("netbox deny=ipam.delete_ipaddress");
        s.fill("admin", &[("name", "db1")]).await;
        s.settle().await;
        s.say("admin", "/ipam addresses find=db1").await;
        s.lab("netbox allow=ipam.delete_ipaddress");
        s.say("admin", "/job retry J-3").await;
        s.settle().await;
        let left = s.netbox().world().to_string();
        for name in ["web1", "web2", "db1"] {
            assert!(!left.contains(&format!("\"{name}")), "{name} has left something");
        }
    })
    .await;
    assert_snapshot!(story, @r#"
    admin  /guest delete web1
       delete VM web1 (101) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its 2 addresses are free for others.
         vmid           101
         node           pve2
         owner          none
         running since  <time>
         in NetBox      VM web1
         address        10.0.10.21/24
         address        2001:db8:10::15/64
       The name confirms it
         name (required): Type web1 to go on
       answer: name=…
       [Cancel]
    %  netbox down
    admin  /guest delete web2
       refused: web2 (102) cannot be deleted: NetBox cannot be reached: <lab> broke the connection before it answered: <cause>; keep-addresses deletes it and leaves what NetBox has of it (wrong-state)
    -- to the question before
    admin  name=web1
       refused: web1 (101) cannot be deleted: NetBox cannot be reached: <lab> broke the connection before it answered: <cause>; keep-addresses deletes it and leaves what NetBox has of it (wrong-state)
    %  netbox up
    -- it goes away after the yes, and comes back while the job waits
    admin  /guest delete web1
       delete VM web1 (101) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its 2 addresses are free for others.
         vmid           101
         node           pve2
         owner          none
         running since  <time>
         in NetBox      VM web1
         address        10.0.10.21/24
         address        2001:db8:10::15/64
       The name confirms it
         name (required): Type web1 to go on
       answer: name=…
       [Cancel]
    %  netbox status=503 on="DELETE" times=3
    admin  name=web1
       warning: J-1 is queued: delete web1 (101)
       Its end is told here; /job cancel J-1 stops it.
       J-1: web1 (101) is deleted
       web1 (101) was stopped on pve2.
       web1 (101) is deleted, with its disks and snapshots.
       NetBox has nothing of web1 any more: 10.0.10.21/24 and 2001:db8:10::15/64 can be given to others.
         started by  admin
         task        <upid>
         task        <upid>
    -- the answer is lost
    admin  /guest delete web2
       delete VM web2 (102) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its 2 addresses are free for others.
         vmid           102
         node           pve3
         owner          none
         running since  <time>
         in NetBox      VM web2
         address        10.0.10.22/24
         address        2001:db8:10::16/64
       The name confirms it
         name (required): Type web2 to go on
       answer: name=…
       [Cancel]
    %  netbox drop on="DELETE virtual-machines" after
    admin  name=web2
       warning: J-2 is queued: delete web2 (102)
       Its end is told here; /job cancel J-2 stops it.
       J-2: web2 (102) is deleted
       web2 (102) was stopped on pve3.
       web2 (102) is deleted, with its disks and snapshots.
       NetBox has nothing of web2 any more: 10.0.10.22/24 and 2001:db8:10::16/64 can be given to others.
         started by  admin
         task        <upid>
         task        <upid>
    -- NetBox does not allow it any more: the guest is gone, and a person must see to the rest
    admin  /guest delete db1
       delete VM db1 (103) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its 2 addresses are free for others.
         vmid           103
         node           pve1
         owner          none
         running since  <time>
         in NetBox      VM db1
         address        10.0.10.23/24
         address        2001:db8:10::17/64
       The name confirms it
         name (required): Type db1 to go on
       answer: name=…
       [Cancel]
    %  netbox deny=ipam.delete_ipaddress
    admin  name=db1
       warning: J-3 is queued: delete db1 (103)
       Its end is told here; /job cancel J-3 stops it.
       failed: J-3 is stuck: delete db1 (103)
       db1 is deleted, but NetBox may still have its VM with 10.0.10.23/24 and 2001:db8:10::17/64: NetBox denies it: You do not have permission to perform this action.
       What was done before stays as it is until you decide.
       /job retry J-3 does it again, /job cancel J-3 leaves it as it is.
         started by     admin
         done and left  power-guest, delete-guest and forget-guest
    admin  /ipam addresses find=db1
       2 addresses
       address             status  name                 assigned
       10.0.10.23/24       active  db1.lab.example.org  db1 net0
       2001:db8:10::17/64  active  db1.lab.example.org  db1 net0
    %  netbox allow=ipam.delete_ipaddress
    admin  /job retry J-3
       warning: J-3 is queued again: delete db1 (103)
       It goes on from the step where it ended. Its end is told where it was first asked for.
       J-3: db1 (103) is deleted
       db1 (103) was stopped on pve1.
       db1 (103) is deleted, with its disks and snapshots.
       NetBox has nothing of db1 any more: 10.0.10.23/24 and 2001:db8:10::17/64 can be given to others.
         started by  admin
         task        <upid>
         task        <upid>
    "#);
}

#[tokio::test]
async fn what_may_be_anothers_is_left_alone() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        s.note("its records are changed between question and yes");
        s.say("admin", "/guest delete web1").await;
        s.lab("netbox release 10.0.10.21");
        s.fill("admin", &[("name", "web1")]).await;
        s.press("admin", "Cancel").await;
        s.note("its records are gone by then");
        s.say("admin", "/guest delete web2").await;
        s.lab("netbox vm web2 gone");
        s.fill("admin", &[("name", "web2")]).await;
        s.press("admin", "Cancel").await;
        s.note("another guest has the name, with other hardware addresses");
        s.say("admin", "/guest delete db1 keep-addresses").await;
        s.fill("admin", &[("name", "db1")]).await;
        s.settle().await;
        let before = s.netbox().world();
        s.say("admin", "/guest clone web2 db1 vmid=300").await;
        s.press("admin", "Yes").await;
        s.settle().await;
        s.say("admin", "/guest delete db1").await;
        s.fill("admin", &[("name", "db1")]).await;
        s.settle().await;
        assert!(s.netbox().world() == before, "NetBox is as before");
        s.note("the deletion fails: its records stay");
        s.say("admin", "/guest delete mail").await;
        s.lab("all fail=destroy");
        s.fill("admin", &[("name", "mail")]).await;
        s.settle().await;
        assert!(s.netbox().world() == before, "NetBox is as before");
    })
    .await;
    assert_snapshot!(story, @r#"
    -- its records are changed between question and yes
    admin  /guest delete web1
       delete VM web1 (101) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its 2 addresses are free for others.
         vmid           101
         node           pve2
         owner          none
         running since  <time>
         in NetBox      VM web1
         address        10.0.10.21/24
         address        2001:db8:10::15/64
       The name confirms it
         name (required): Type web1 to go on
       answer: name=…
       [Cancel]
    %  netbox release 10.0.10.21
    admin  name=web1
       delete VM web1 (101) for good?
       It has changed since you asked.
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its address is free for others.
         vmid           101
         node           pve2
         owner          none
         running since  <time>
         in NetBox      VM web1
         address        2001:db8:10::15/64
       The name confirms it
         name (required): Type web1 to go on
       answer: name=…
       [Cancel]
    admin  [Cancel]
       cancelled; nothing was done
       /guest delete web1 asks again.
    -- its records are gone by then
    admin  /guest delete web2
       delete VM web2 (102) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its 2 addresses are free for others.
         vmid           102
         node           pve3
         owner          none
         running since  <time>
         in NetBox      VM web2
         address        10.0.10.22/24
         address        2001:db8:10::16/64
       The name confirms it
         name (required): Type web2 to go on
       answer: name=…
       [Cancel]
    %  netbox vm web2 gone
    admin  name=web2
       delete VM web2 (102) for good?
       It has changed since you asked.
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       NetBox has nothing of it.
         vmid           102
         node           pve3
         owner          none
         running since  <time>
       The name confirms it
         name (required): Type web2 to go on
       answer: name=…
       [Cancel]
    admin  [Cancel]
       cancelled; nothing was done
       /guest delete web2 asks again.
    -- another guest has the name, with other hardware addresses
    admin  /guest delete db1 keep-addresses
       delete VM db1 (103) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       What NetBox has of it stays.
         vmid           103
         node           pve1
         owner          none
         running since  <time>
       The name confirms it
         name (required): Type db1 to go on
       answer: name=…
       [Cancel]
    admin  name=db1
       warning: J-1 is queued: delete db1 (103)
       Its end is told here; /job cancel J-1 stops it.
       J-1: db1 (103) is deleted
       db1 (103) was stopped on pve1.
       db1 (103) is deleted, with its disks and snapshots.
         started by  admin
         task        <upid>
         task        <upid>
    admin  /guest clone web2 db1 vmid=300
       copy VM web2 (102) as db1?
       Every disk is copied.
       The copy has hardware addresses of its own and stays stopped; other addresses in its configuration are the original's.
         source                web2 (102) on pve3, running
         owner                 none
         running since         <time>
         name                  db1
         vmid                  300
         node                  pve3
         size                  2 cores, 2 GiB of memory
         scsi0                 8G on local-lvm, copied
         becomes the guest of  admin
         free afterwards       <n> GiB on local-lvm
       [Yes] [No]
    admin  [Yes]
       warning: J-2 is queued: copy web2 (102) as db1
       Its end is told here; /job cancel J-2 stops it.
       J-2: db1 (300) is a copy of web2 (102) and is stopped
       db1 (300) is a copy of web2 (102) and is stopped on pve3.
         started by  admin
         task        <upid>
    admin  /guest delete db1
       delete VM db1 (300) for good?
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       In NetBox nothing is touched: the VM db1 in NetBox has other hardware addresses than db1 (300).
         vmid   300
         node   pve3
         owner  admin
       The name confirms it
         name (required): Type db1 to go on
       answer: name=…
       [Cancel]
    admin  name=db1
       warning: J-3 is queued: delete db1 (300)
       Its end is told here; /job cancel J-3 stops it.
       J-3: db1 (300) is deleted
       db1 (300) is deleted, with its disks and snapshots.
         started by  admin
         task        <upid>
    -- the deletion fails: its records stay
    admin  /guest delete mail
       delete VM mail (113) for good?
       It runs: it is stopped first, at once.
       Its disks and snapshots are deleted with it, and its entries in backup and replication jobs. This cannot be undone.
       Its VM in NetBox is deleted, too, and its 2 addresses are free for others.
         vmid           113
         node           pve2
         owner          none
         running since  <time>
         in NetBox      VM mail
         address        10.0.10.28/24
         address        2001:db8:10::1c/64
       The name confirms it
         name (required): Type mail to go on
       answer: name=…
       [Cancel]
    %  all fail=destroy
    admin  name=mail
       warning: J-4 is queued: delete mail (113)
       Its end is told here; /job cancel J-4 stops it.
       failed: J-4 failed: delete mail (113)
       qmdestroy failed: exit code 1.
       What was done was taken back (power-guest): nothing of it is left. /job retry J-4 tries it again.
         started by  admin
    "#);
}
