//! An administrator who goes over somebody's reservation says why: asked for it, or on the line.

use super::story::{Story, on_both};
use insta::assert_snapshot;

pub async fn who_goes_over_a_reservation_says_why_told(s: &Story) {
    s.it_is("2040-01-02T09:00Z").await;
    s.lab("all fail=qmstart text=\"no room\"");
    s.say("admin", "/power start 104").await;
    s.settle().await;
    s.ask("operator", "/reserve new pve2 from=now for=2h guests").await;
    s.dispatch.do_due().await.expect("the database answers");
    s.note("the node and its guests are somebody else's now");
    s.say("admin", "/job retry J-1").await;
    s.say("admin", "/job retry J-1 reason=\"its holder asked for it\"").await;
    s.settle().await;
    s.say("admin", "/provision vm web9 node=pve2 reason=\"half an hour only\"").await;
    s.say("admin", "/guest clone 104 copy").await;
    s.say("admin", "/guest clone 104 copy reason=\"a copy for its holder\"").await;
}

#[tokio::test]
async fn who_goes_over_a_reservation_says_why() {
    let story = on_both(who_goes_over_a_reservation_says_why_told).await;
    assert_snapshot!(story, @r#"
    %  all fail=qmstart text="no room"
    admin  /power start 104
       warning: J-1 is queued: start db2 (104)
       Its end is told here; /job cancel J-1 stops it.
       failed: J-1 failed: start db2 (104)
       no room.
       It had been begun: /guest show tells how things are now. /job retry J-1 tries it again.
         started by  admin
    -- the node and its guests are somebody else's now
    admin  /job retry J-1
       refused: db2 (104) is reserved: R-1 of operator, 2040-01-02 09:00 to 11:00 UTC (+00:00) (reason-needed)
       say why with reason=, and it is done all the same
       Let a failed, stuck or cancelled job go on
         reason: Why; needed from an administrator who goes over a reservation
       answer: reason=…
       [Cancel]
    admin  /job retry J-1 reason="its holder asked for it"
       warning: J-1 is queued again: start db2 (104)
       It goes on from the step where it ended. Its end is told where it was first asked for.
         reason  its holder asked for it
       J-1: db2 (104) is running
       db2 (104) is running on pve2.
         started by  admin
         task        <upid>
    admin  /provision vm web9 node=pve2 reason="half an hour only"
       Step 5 of 6: make the VM web9 on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       In one line: /provision vm web9 node=pve2 template=9001 cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none model=virtio ip=dhcp ip6=none" reason="half an hour only"
         name             web9
         vmid             the next free one (chosen)
         node             pve2
         template         template VM ubuntu-24-cloud, linked clone (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         disk             8G on local-lvm (chosen)
         nic1             net0 on vmbr0, untagged, virtio; IPv4 by DHCP (chosen)
         login            the user of the image
         owner            admin
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
         reason           half an hour only
       [Create] [Edit] [Cancel]
    admin  /guest clone 104 copy
       refused: pve2 is reserved: R-1 of operator, 2040-01-02 09:00 to 11:00 UTC (+00:00) (reason-needed)
       say why with reason=, and it is done all the same
       Copy a guest
         reason: Why; needed from an administrator who goes over a reservation
       answer: reason=…
       [Cancel]
    admin  /guest clone 104 copy reason="a copy for its holder"
       copy VM db2 (104) as copy?
       Every disk is copied.
       The copy has hardware addresses of its own and stays stopped; other addresses in its configuration are the original's.
         source                db2 (104) on pve2, running
         owner                 none
         running since         <time>
         name                  copy
         vmid                  the next free one
         node                  pve2
         size                  1 core, 8 GiB of memory
         scsi0                 8G on local-lvm, copied
         becomes the guest of  admin
         free afterwards       <n> GiB on local-lvm
         reason                a copy for its holder
       [Yes] [No]
    "#);
}
