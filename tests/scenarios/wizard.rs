//! The wizard between its pages: back and forth, interfaces added and removed, a restart, somebody else, too late.

use super::story::{Story, on_both_with_netbox, on_sqlite_with_netbox};
use direttore_core::Rules;
use insta::assert_snapshot;
use std::time::Duration;

/// What was said before stands on the pages when one comes back from the review.
pub async fn a_review_is_edited_told(s: &Story) {
    s.say("operator", "/provision container box1 node=pve2 memory=1G nic1=\"ip=netbox:10.0.30.0/24\" nic2=\"ip=dhcp\"")
        .await;
    s.press("operator", "Edit").await;
    s.press("operator", "Next").await;
    s.press("operator", "Next").await;
    s.fill("operator", &[("memory", "2G"), ("cores", "")]).await;
    s.press("operator", "Back").await;
    let mut page = s.fill("operator", &[("name", "box2")]).await.remove(0).id;
    s.note("on to the second interface");
    for _ in 0..4 {
        page = s.answer("operator", &page, "Next").await.remove(0).id;
    }
    page = s.press_on("operator", &page, "Next").await.remove(0).id;
    page = s.press_on("operator", &page, "Remove").await.remove(0).id;
    for _ in 0..2 {
        page = s.answer("operator", &page, "Next").await.remove(0).id;
    }
    s.press_on("operator", &page, "Next").await;
    s.press("operator", "Create").await;
    s.settle().await;
}

#[tokio::test]
async fn a_review_is_edited() {
    let story = on_both_with_netbox(a_review_is_edited_told).await;
    assert_snapshot!(story, @r#"
    operator  /provision container box1 node=pve2 memory=1G nic1="ip=netbox:10.0.30.0/24" nic2="ip=dhcp"
       Step 5 of 6: make the container box1 on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=1G disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=300 ip=netbox:10.0.30.0/24 ip6=none" nic2="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
         name             box1
         vmid             the next free one (chosen)
         node             pve2
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           1G
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, VLAN 300; IPv4 from NetBox 10.0.30.0/24, next free now 10.0.30.2/24, gateway 10.0.30.1 (assumed: NetBox names none)
         nic2             eth1 on vmbr0, untagged; IPv4 by DHCP
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    operator  [Edit]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 memory=1G nic1="ip=netbox:10.0.30.0/24" nic2="ip=dhcp"
       Where (1 of 6)
         node: The node that will run it; the best one when empty = pve2
             one of <nodes>
         cluster: The cluster; all are looked at when empty
             one of lab
       answer: node=… and so on, several on one line
       [Next] [Cancel]
    operator  [Next]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 memory=1G nic1="ip=netbox:10.0.30.0/24" nic2="ip=dhcp"
       Guest template (2 of 6)
         template: A container template
             like alpine-3.22-default_20250617_amd64.tar.xz (container template on pve2), debian-13-standard_13.1-2_amd64.tar.zst (container template on pve2)
       answer: template=…
       [Back] [Next] [Cancel]
    operator  [Next]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 memory=1G nic1="ip=netbox:10.0.30.0/24" nic2="ip=dhcp"
       Name and resources (3 of 6)
         name (required): The new container's DNS name, like web1 = box1
         vmid: Its VMID; the next free one when empty
         cores: CPU cores
         memory: Memory, like 2G = 1G
         disk: Size of the root disk, like 8G
       answer: name=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  memory=2G cores=
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 memory=2G nic1="ip=netbox:10.0.30.0/24" nic2="ip=dhcp"
       Container settings (3 of 6)
         swap: Swap, like 512M; 0 for none
         nesting: Let it run containers of its own
             one of true, false
         privileged: Do not map its users; only where it must be
             one of true, false
       answer: swap=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  [Back]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 memory=2G nic1="ip=netbox:10.0.30.0/24" nic2="ip=dhcp"
       Name and resources (3 of 6)
         name (required): The new container's DNS name, like web1 = box1
         vmid: Its VMID; the next free one when empty
         cores: CPU cores
         memory: Memory, like 2G = 2G
         disk: Size of the root disk, like 8G
       answer: name=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  name=box2
       Make a new container, with addresses from NetBox
       So far: provision container box2 node=pve2 memory=2G nic1="ip=netbox:10.0.30.0/24" nic2="ip=dhcp"
       Container settings (3 of 6)
         swap: Swap, like 512M; 0 for none
         nesting: Let it run containers of its own
             one of true, false
         privileged: Do not map its users; only where it must be
             one of true, false
       answer: swap=… and so on, several on one line
       [Back] [Next] [Cancel]
    -- on to the second interface
    operator  [Next]
       Make a new container, with addresses from NetBox
       So far: provision container box2 node=pve2 memory=2G nic1="ip=netbox:10.0.30.0/24" nic2="ip=dhcp"
       IPv6 and name of interface 2 (4 of 6)
         ip6: 2001:db8:10::5/64, auto, dhcp, none, or netbox:2001:db8:10::/64
             like auto, dhcp, none, netbox:2001:db8:10::/64 (VLAN 100 servers, site lab, plenty free), netbox:2001:db8:20::/64 (VLAN 200 lab, site lab, plenty free), netbox:2001:db8:30::/64 (VLAN 300 dmz, site lab, plenty free)
         gw6: The IPv6 gateway; that of NetBox when empty
         name: Its name inside the container; eth0 for the first when empty
       answer: ip6=… and so on, several on one line
       [Back] [Next] [Add] [Remove] [Cancel]
    operator  [Remove]
       Make a new container, with addresses from NetBox
       So far: provision container box2 node=pve2 memory=2G nic1="ip=netbox:10.0.30.0/24"
       Network interface 1 (4 of 6)
         bridge: The bridge; the node's first when empty
             one of vmbr0 (VLAN-aware), vmbr1 (not VLAN-aware)
         vlan: 1 to 4094, or none; that of the NetBox prefix when empty
             one of none, 100 (servers), 200 (lab), 300 (dmz)
         ip: 10.0.10.5/24, dhcp, none, or netbox:10.0.10.0/24 for the next free one = netbox:10.0.30.0/24
             like dhcp, none, netbox:10.0.10.0/24 (VLAN 100 servers, site lab, 184 free), netbox:10.0.10.0/24@blue (253 free), netbox:10.0.20.0/24 (VLAN 200 lab, site lab, 126 free), netbox:10.0.20.128/25 (site lab, 125 free), netbox:10.0.30.0/24 (VLAN 300 dmz, site lab, 253 free)
         gw: The IPv4 gateway; that of NetBox when empty
       answer: bridge=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  [Next]
       Step 5 of 6: make the container box2 on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container box2 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=2G disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=300 ip=netbox:10.0.30.0/24 ip6=none"
         name             box2
         vmid             the next free one (chosen)
         node             pve2
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           2G
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, VLAN 300; IPv4 from NetBox 10.0.30.0/24, next free now 10.0.30.2/24, gateway 10.0.30.1 (assumed: NetBox names none)
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    operator  [Create]
       warning: J-1 is queued: make the container box2
       Its end is told here; /job cancel J-1 stops it.
       J-1: box2 (137) is running
       The container box2 is on pve2, and written down in NetBox.
       It runs and reports its addresses.
         started by  operator
         vmid        137
         node        pve2
         nic1        10.0.30.2/24, gateway 10.0.30.1 (assumed)
         task        <upid>
    "#);
}

pub async fn a_restart_in_the_middle_told(s: &Story) {
    s.say("operator", "/provision container").await;
    s.fill("operator", &[("node", "pve2"), ("name", "box1")]).await;
    s.restart();
    s.fill("operator", &[("template", "alpine")]).await;
    s.press("operator", "Back").await;
    s.say("operator", "/provision container box1 node=pve2 nic1=\"ip=netbox:10.0.30.0/24\"").await;
    s.restart();
    s.press("operator", "Create").await;
    s.settle().await;
}

#[tokio::test]
async fn a_restart_in_the_middle() {
    let story = on_both_with_netbox(a_restart_in_the_middle_told).await;
    assert_snapshot!(story, @r#"
    operator  /provision container
       Make a new container, with addresses from NetBox
       What is left empty is chosen, and shown before anything is made. Next goes on without an answer.
       Where (1 of 6)
         node: The node that will run it; the best one when empty
             one of <nodes>
         cluster: The cluster; all are looked at when empty
             one of lab
       answer: node=… and so on, several on one line
       [Next] [Cancel]
    operator  node=pve2 name=box1
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2
       Guest template (2 of 6)
         template: A container template
             like alpine-3.22-default_20250617_amd64.tar.xz (container template on pve2), debian-13-standard_13.1-2_amd64.tar.zst (container template on pve2)
       answer: template=…
       [Back] [Next] [Cancel]
    -- the bot starts again
    operator  template=alpine
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine
       Name and resources (3 of 6)
         name (required): The new container's DNS name, like web1 = box1
         vmid: Its VMID; the next free one when empty
         cores: CPU cores
         memory: Memory, like 2G
         disk: Size of the root disk, like 8G
       answer: name=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  [Back]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine
       Guest template (2 of 6)
         template: A container template = alpine
             like alpine-3.22-default_20250617_amd64.tar.xz (container template on pve2), debian-13-standard_13.1-2_amd64.tar.zst (container template on pve2)
       answer: template=…
       [Back] [Next] [Cancel]
    operator  /provision container box1 node=pve2 nic1="ip=netbox:10.0.30.0/24"
       Step 5 of 6: make the container box1 on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=300 ip=netbox:10.0.30.0/24 ip6=none"
         name             box1
         vmid             the next free one (chosen)
         node             pve2
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, VLAN 300; IPv4 from NetBox 10.0.30.0/24, next free now 10.0.30.2/24, gateway 10.0.30.1 (assumed: NetBox names none)
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    -- the bot starts again
    operator  [Create]
       warning: J-1 is queued: make the container box1
       Its end is told here; /job cancel J-1 stops it.
       J-1: box1 (137) is running
       The container box1 is on pve2, and written down in NetBox.
       It runs and reports its addresses.
         started by  operator
         vmid        137
         node        pve2
         nic1        10.0.30.2/24, gateway 10.0.30.1 (assumed)
         task        <upid>
    "#);
}

pub async fn somebody_else_and_too_late_told(s: &Story) {
    let before = s.worlds();
    let page = s.say("operator", "/provision container").await.remove(0).id;
    s.press_on("viewer", &page, "Next").await;
    s.press_on("admin", &page, "Cancel").await;
    let review = s.say("operator", "/provision container box1 node=pve2").await.remove(0).id;
    s.press_on("viewer", &review, "Create").await;
    s.press_on("admin", &review, "Create").await;
    s.press_on("operator", &review, "Yes").await;
    s.clock.advance(Duration::from_secs(61));
    s.press_on("operator", &review, "Create").await;
    s.press_on("operator", &review, "Edit").await;
    s.note("a page waits a day");
    s.press_on("operator", &page, "Next").await;
    s.clock.advance(Duration::from_secs(25 * 3600));
    s.press("operator", "Back").await;
    s.note("who may no longer make guests cannot finish what was begun");
    let page = s.say("operator", "/provision container").await.remove(0).id;
    let review = s.say("operator", "/provision container box1 node=pve2").await.remove(0).id;
    let question = s.ask("admin", "/user role operator viewer").await.remove(0).id;
    s.answer("admin", &question, "Yes").await;
    s.press_on("operator", &review, "Create").await;
    s.press_on("operator", &review, "Edit").await;
    s.press_on("operator", &page, "Next").await;
    s.press_on("operator", &page, "Cancel").await;
    s.settle().await;
    assert!(s.worlds() == before, "nothing was made");
}

#[tokio::test]
async fn somebody_else_and_too_late() {
    let story = on_sqlite_with_netbox(Rules::default, somebody_else_and_too_late_told).await;
    assert_snapshot!(story, @r#"
    operator  /provision container
       Make a new container, with addresses from NetBox
       What is left empty is chosen, and shown before anything is made. Next goes on without an answer.
       Where (1 of 6)
         node: The node that will run it; the best one when empty
             one of <nodes>
         cluster: The cluster; all are looked at when empty
             one of lab
       answer: node=… and so on, several on one line
       [Next] [Cancel]
    viewer  [Next]
       refused: only operator can answer this (not-the-asker)
    admin  [Cancel]
       refused: only operator can answer this (not-the-asker)
    operator  /provision container box1 node=pve2
       Step 5 of 6: make the container box1 on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
         name             box1
         vmid             the next free one (chosen)
         node             pve2
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, untagged; IPv4 by DHCP (chosen)
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    viewer  [Create]
       refused: only operator can answer this (not-the-asker)
    admin  [Create]
       refused: only operator can answer this (not-the-asker)
    operator  [Yes]
       refused: button: "Yes" is none of the values possible (unknown-value)
       there are Create, Edit and Cancel
    operator  [Create]
       refused: this question has expired (expired)
       ask again: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
    operator  [Edit]
       refused: this question has expired (expired)
       ask again: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
    -- a page waits a day
    operator  [Next]
       Make a new container, with addresses from NetBox
       What is left empty is chosen, and shown before anything is made. Next goes on without an answer.
       Guest template (2 of 6)
         template: A container template
             like alpine-3.22-default_20250617_amd64.tar.xz (container template on pve1, pve2, pve3), debian-13-standard_13.1-2_amd64.tar.zst (container template on pve1, pve2, pve3)
       answer: template=…
       [Back] [Next] [Cancel]
    operator  [Back]
       refused: this question has expired (expired)
       ask again: /provision container
    -- who may no longer make guests cannot finish what was begun
    operator  /provision container
       Make a new container, with addresses from NetBox
       What is left empty is chosen, and shown before anything is made. Next goes on without an answer.
       Where (1 of 6)
         node: The node that will run it; the best one when empty
             one of <nodes>
         cluster: The cluster; all are looked at when empty
             one of lab
       answer: node=… and so on, several on one line
       [Next] [Cancel]
    operator  /provision container box1 node=pve2
       Step 5 of 6: make the container box1 on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
         name             box1
         vmid             the next free one (chosen)
         node             pve2
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, untagged; IPv4 by DHCP (chosen)
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    operator  [Create]
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account operator; an administrator can change that (/user role)
    operator  [Edit]
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account operator; an administrator can change that (/user role)
    operator  [Next]
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account operator; an administrator can change that (/user role)
    operator  [Cancel]
       cancelled; nothing was done
       /provision container asks again.
    "#);
}

/// What the plan refuses is mended on the page where it was said.
pub async fn what_is_refused_at_the_end_is_mended_where_it_was_said_told(s: &Story) {
    s.say("operator", "/provision container").await;
    let said = [("node", "pve2"), ("name", "web1"), ("nic1", "ip=netbox:10.0.99.0/29")];
    let mut page = s.fill("operator", &said).await.remove(0).id;
    for _ in 0..6 {
        page = s.answer("operator", &page, "Next").await.remove(0).id;
    }
    s.note("all other pages are passed over");
    s.press_on("operator", &page, "Next").await;
    page = s.fill("operator", &[("ip", "netbox:10.0.30.0/24")]).await.remove(0).id;
    page = s.answer("operator", &page, "Next").await.remove(0).id;
    s.press_on("operator", &page, "Next").await;
    s.fill("operator", &[("name", "box1")]).await;
    s.press("operator", "Cancel").await;
}

#[tokio::test]
async fn what_is_refused_at_the_end_is_mended_where_it_was_said() {
    let story =
        on_sqlite_with_netbox(Rules::default, what_is_refused_at_the_end_is_mended_where_it_was_said_told).await;
    assert_snapshot!(story, @r#"
    operator  /provision container
       Make a new container, with addresses from NetBox
       What is left empty is chosen, and shown before anything is made. Next goes on without an answer.
       Where (1 of 6)
         node: The node that will run it; the best one when empty
             one of <nodes>
         cluster: The cluster; all are looked at when empty
             one of lab
       answer: node=… and so on, several on one line
       [Next] [Cancel]
    operator  node=pve2 name=web1 nic1=ip=netbox:10.0.99.0/29
       Make a new container, with addresses from NetBox
       So far: provision container web1 node=pve2 nic1="ip=netbox:10.0.99.0/29"
       Guest template (2 of 6)
         template: A container template
             like alpine-3.22-default_20250617_amd64.tar.xz (container template on pve2), debian-13-standard_13.1-2_amd64.tar.zst (container template on pve2)
       answer: template=…
       [Back] [Next] [Cancel]
    -- all other pages are passed over
    operator  [Next]
       refused: 10.0.99.0/29 has no free address left that a guest may have (prefix-full)
       10.0.10.0/24, 10.0.10.0/24@blue, 10.0.20.0/24, 10.0.20.128/25 and 10.0.30.0/24 have room
       Network interface 1 (4 of 6)
         bridge: The bridge; the node's first when empty
             one of vmbr0 (VLAN-aware), vmbr1 (not VLAN-aware)
         vlan: 1 to 4094, or none; that of the NetBox prefix when empty
             one of none, 100 (servers), 200 (lab), 300 (dmz)
         ip: 10.0.10.5/24, dhcp, none, or netbox:10.0.10.0/24 for the next free one = netbox:10.0.99.0/29
             like dhcp, none, netbox:10.0.10.0/24 (VLAN 100 servers, site lab, 184 free), netbox:10.0.10.0/24@blue (253 free), netbox:10.0.20.0/24 (VLAN 200 lab, site lab, 126 free), netbox:10.0.20.128/25 (site lab, 125 free), netbox:10.0.30.0/24 (VLAN 300 dmz, site lab, 253 free)
         gw: The IPv4 gateway; that of NetBox when empty
       answer: bridge=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  ip=netbox:10.0.30.0/24
       Make a new container, with addresses from NetBox
       So far: provision container web1 node=pve2 nic1="ip=netbox:10.0.30.0/24"
       IPv6 and name of interface 1 (4 of 6)
         ip6: 2001:db8:10::5/64, auto, dhcp, none, or netbox:2001:db8:10::/64
             like auto, dhcp, none, netbox:2001:db8:10::/64 (VLAN 100 servers, site lab, plenty free), netbox:2001:db8:20::/64 (VLAN 200 lab, site lab, plenty free), netbox:2001:db8:30::/64 (VLAN 300 dmz, site lab, plenty free)
         gw6: The IPv6 gateway; that of NetBox when empty
         name: Its name inside the container; eth0 for the first when empty
       answer: ip6=… and so on, several on one line
       [Back] [Next] [Add] [Cancel]
    operator  [Next]
       refused: the guest web1 (101, on pve2) exists already (exists-already)
       Name and resources (3 of 6)
         name (required): The new container's DNS name, like web1 = web1
         vmid: Its VMID; the next free one when empty
         cores: CPU cores
         memory: Memory, like 2G
         disk: Size of the root disk, like 8G
       answer: name=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  name=box1
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 nic1="ip=netbox:10.0.30.0/24"
       Container settings (3 of 6)
         swap: Swap, like 512M; 0 for none
         nesting: Let it run containers of its own
             one of true, false
         privileged: Do not map its users; only where it must be
             one of true, false
       answer: swap=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  [Cancel]
       cancelled; nothing was done
       /provision container box1 node=pve2 nic1="ip=netbox:10.0.30.0/24" asks again.
    "#);
}
