//! Making guests with addresses from NetBox: in one line and page by page, and what the two worlds say afterwards.

use super::story::{Story, on_both_with_netbox, on_sqlite_with_netbox};
use direttore_core::Rules;
use insta::assert_snapshot;

/// A VM with two interfaces, VLANs and both families, in one line.
pub async fn a_vm_in_one_line_told(s: &Story) {
    s.say(
        "operator",
        r#"/provision vm web9 node=pve1 cores=2 memory=2G nic1="ip=netbox:10.0.10.0/24 ip6=netbox:2001:db8:10::/64" nic2="vlan=200 ip=netbox:10.0.20.0/24""#,
    )
    .await;
    s.press("operator", "Create").await;
    s.settle().await;
}

#[tokio::test]
async fn a_vm_in_one_line() {
    let story = on_both_with_netbox(a_vm_in_one_line_told).await;
    assert_snapshot!(story, @r#"
    operator  /provision vm web9 node=pve1 cores=2 memory=2G nic1="ip=netbox:10.0.10.0/24 ip6=netbox:2001:db8:10::/64" nic2="vlan=200 ip=netbox:10.0.20.0/24"
       Step 5 of 6: make the VM web9 on pve1?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the VM, its interfaces and its addresses.
       In one line: /provision vm web9 node=pve1 template=9000 cores=2 memory=2G disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=100 model=virtio ip=netbox:10.0.10.0/24 ip6=netbox:2001:db8:10::/64" nic2="bridge=vmbr0 vlan=200 model=virtio ip=netbox:10.0.20.0/24 ip6=none"
         name             web9
         vmid             the next free one (chosen)
         node             pve1
         template         template VM debian-13-cloud, linked clone (chosen)
         cores            2
         memory           2G
         disk             8G on local-lvm (chosen)
         nic1             net0 on vmbr0, VLAN 100, virtio; IPv4 from NetBox 10.0.10.0/24, next free now 10.0.10.8/24, gateway 10.0.10.1; IPv6 from NetBox 2001:db8:10::/64, next free now 2001:db8:10::2/64, gateway 2001:db8:10::1
         nic2             net1 on vmbr0, VLAN 200, virtio; IPv4 from NetBox 10.0.20.0/24, next free now 10.0.20.2/24
         login            the user of the image
         owner            operator
         free afterwards  <n> GiB of memory on pve1, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    operator  [Create]
       warning: J-1 is queued: make the VM web9
       Its end is told here; /job cancel J-1 stops it.
       J-1: web9 (137) is running
       The VM web9 is on pve1, and written down in NetBox.
       It runs and reports its addresses.
         started by  operator
         vmid        137
         node        pve1
         nic1        10.0.10.8/24, gateway 10.0.10.1
         nic1        2001:db8:10::2/64, gateway 2001:db8:10::1
         nic2        10.0.20.2/24
         task        <upid>
    "#);
}

/// A container page by page: back and forth, an answer that is wrong, a second interface.
pub async fn a_container_page_by_page_told(s: &Story) {
    s.say("operator", "/provision container").await;
    s.fill("operator", &[("node", "pve2")]).await;
    s.fill("operator", &[("template", "alpine")]).await;
    s.fill("operator", &[("name", "not a name")]).await;
    s.fill("operator", &[("name", "box1"), ("memory", "1G")]).await;
    s.press("operator", "Back").await;
    s.press("operator", "Next").await;
    s.press("operator", "Next").await;
    s.press("operator", "Next").await;
    s.fill("operator", &[("vlan", "4095")]).await;
    s.fill("operator", &[("ip", "netbox:10.0.30.0/24")]).await;
    s.fill("operator", &[("ip6", "netbox:2001:db8:30::/64")]).await;
    s.press("operator", "Add").await;
    s.fill("operator", &[("ip", "dhcp")]).await;
    s.press("operator", "Next").await;
    s.press("operator", "Next").await;
    s.press("operator", "Create").await;
    s.settle().await;
}

#[tokio::test]
async fn a_container_page_by_page() {
    let story = on_both_with_netbox(a_container_page_by_page_told).await;
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
    operator  node=pve2
       Make a new container, with addresses from NetBox
       So far: provision container node=pve2
       Guest template (2 of 6)
         template: A container template
             like alpine-3.22-default_20250617_amd64.tar.xz (container template on pve2), debian-13-standard_13.1-2_amd64.tar.zst (container template on pve2)
       answer: template=…
       [Back] [Next] [Cancel]
    operator  template=alpine
       Make a new container, with addresses from NetBox
       So far: provision container node=pve2 template=alpine
       Name and resources (3 of 6)
         name (required): The new container's DNS name, like web1
         vmid: Its VMID; the next free one when empty
         cores: CPU cores
         memory: Memory, like 2G
         disk: Size of the root disk, like 8G
       answer: name=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  name=not a name
       refused: name: "not a name" is no DNS name (bad-value)
       right would be letters, digits and inner hyphens, parts joined by dots, at most 64 in all, like web1
       Name and resources (3 of 6)
         name (required): The new container's DNS name, like web1
             wrong: name: "not a name" is no DNS name
         vmid: Its VMID; the next free one when empty
         cores: CPU cores
         memory: Memory, like 2G
         disk: Size of the root disk, like 8G
       answer: name=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  name=box1 memory=1G
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine memory=1G
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
       So far: provision container box1 node=pve2 template=alpine memory=1G
       Name and resources (3 of 6)
         name (required): The new container's DNS name, like web1 = box1
         vmid: Its VMID; the next free one when empty
         cores: CPU cores
         memory: Memory, like 2G = 1G
         disk: Size of the root disk, like 8G
       answer: name=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  [Next]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine memory=1G
       Container settings (3 of 6)
         swap: Swap, like 512M; 0 for none
         nesting: Let it run containers of its own
             one of true, false
         privileged: Do not map its users; only where it must be
             one of true, false
       answer: swap=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  [Next]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine memory=1G
       Storage and name servers (4 of 6)
         storage: Where its disk lies; the one with most room when empty
             one of local (dir, <n> GiB free), local-lvm (lvmthin, <n> GiB free)
         pool: The pool to put it into
             one of lab, prod
         dns: Name servers
         domain: The search domain, like lab.example.com
       answer: storage=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  [Next]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine memory=1G
       Network interface 1 (4 of 6)
         bridge: The bridge; the node's first when empty
             one of vmbr0 (VLAN-aware), vmbr1 (not VLAN-aware)
         vlan: 1 to 4094, or none; that of the NetBox prefix when empty
             one of none, 100 (servers), 200 (lab), 300 (dmz)
         ip: 10.0.10.5/24, dhcp, none, or netbox:10.0.10.0/24 for the next free one
             like dhcp, none, netbox:10.0.10.0/24 (VLAN 100 servers, site lab, 184 free), netbox:10.0.10.0/24@blue (253 free), netbox:10.0.20.0/24 (VLAN 200 lab, site lab, 126 free), netbox:10.0.20.128/25 (site lab, 125 free), netbox:10.0.30.0/24 (VLAN 300 dmz, site lab, 253 free)
         gw: The IPv4 gateway; that of NetBox when empty
       answer: bridge=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  vlan=4095
       refused: nic1 vlan: "4095" is no VLAN (bad-value)
       right would be a number from 1 to 4094, or none
       Network interface 1 (4 of 6)
         bridge: The bridge; the node's first when empty
             one of vmbr0 (VLAN-aware), vmbr1 (not VLAN-aware)
         vlan: 1 to 4094, or none; that of the NetBox prefix when empty
             one of none, 100 (servers), 200 (lab), 300 (dmz)
             wrong: nic1 vlan: "4095" is no VLAN
         ip: 10.0.10.5/24, dhcp, none, or netbox:10.0.10.0/24 for the next free one
             like dhcp, none, netbox:10.0.10.0/24 (VLAN 100 servers, site lab, 184 free), netbox:10.0.10.0/24@blue (253 free), netbox:10.0.20.0/24 (VLAN 200 lab, site lab, 126 free), netbox:10.0.20.128/25 (site lab, 125 free), netbox:10.0.30.0/24 (VLAN 300 dmz, site lab, 253 free)
         gw: The IPv4 gateway; that of NetBox when empty
       answer: bridge=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  ip=netbox:10.0.30.0/24
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine memory=1G nic1="ip=netbox:10.0.30.0/24"
       IPv6 and name of interface 1 (4 of 6)
         ip6: 2001:db8:10::5/64, auto, dhcp, none, or netbox:2001:db8:10::/64
             like auto, dhcp, none, netbox:2001:db8:10::/64 (VLAN 100 servers, site lab, plenty free), netbox:2001:db8:20::/64 (VLAN 200 lab, site lab, plenty free), netbox:2001:db8:30::/64 (VLAN 300 dmz, site lab, plenty free)
         gw6: The IPv6 gateway; that of NetBox when empty
         name: Its name inside the container; eth0 for the first when empty
       answer: ip6=… and so on, several on one line
       [Back] [Next] [Add] [Cancel]
    operator  ip6=netbox:2001:db8:30::/64
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine memory=1G nic1="ip=netbox:10.0.30.0/24 ip6=netbox:2001:db8:30::/64"
       Login (4 of 6)
         keys: Which of your SSH keys may log in; all of them when empty
         password: Make a password too, and show it once
             one of true, false
         stopped: Leave it stopped
             one of true, false
         tags: Tags of the guest
       answer: keys=… and so on, several on one line
       [Back] [Next] [Add] [Cancel]
    operator  [Add]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine memory=1G nic1="ip=netbox:10.0.30.0/24 ip6=netbox:2001:db8:30::/64" nic2=""
       Network interface 2 (4 of 6)
         bridge: The bridge; the node's first when empty
             one of vmbr0 (VLAN-aware), vmbr1 (not VLAN-aware)
         vlan: 1 to 4094, or none; that of the NetBox prefix when empty
             one of none, 100 (servers), 200 (lab), 300 (dmz)
         ip: 10.0.10.5/24, dhcp, none, or netbox:10.0.10.0/24 for the next free one
             like dhcp, none, netbox:10.0.10.0/24 (VLAN 100 servers, site lab, 184 free), netbox:10.0.10.0/24@blue (253 free), netbox:10.0.20.0/24 (VLAN 200 lab, site lab, 126 free), netbox:10.0.20.128/25 (site lab, 125 free), netbox:10.0.30.0/24 (VLAN 300 dmz, site lab, 253 free)
         gw: The IPv4 gateway; that of NetBox when empty
       answer: bridge=… and so on, several on one line
       [Back] [Next] [Cancel]
    operator  ip=dhcp
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine memory=1G nic1="ip=netbox:10.0.30.0/24 ip6=netbox:2001:db8:30::/64" nic2="ip=dhcp"
       IPv6 and name of interface 2 (4 of 6)
         ip6: 2001:db8:10::5/64, auto, dhcp, none, or netbox:2001:db8:10::/64
             like auto, dhcp, none, netbox:2001:db8:10::/64 (VLAN 100 servers, site lab, plenty free), netbox:2001:db8:20::/64 (VLAN 200 lab, site lab, plenty free), netbox:2001:db8:30::/64 (VLAN 300 dmz, site lab, plenty free)
         gw6: The IPv6 gateway; that of NetBox when empty
         name: Its name inside the container; eth0 for the first when empty
       answer: ip6=… and so on, several on one line
       [Back] [Next] [Add] [Remove] [Cancel]
    operator  [Next]
       Make a new container, with addresses from NetBox
       So far: provision container box1 node=pve2 template=alpine memory=1G nic1="ip=netbox:10.0.30.0/24 ip6=netbox:2001:db8:30::/64" nic2="ip=dhcp"
       Login (4 of 6)
         keys: Which of your SSH keys may log in; all of them when empty
         password: Make a password too, and show it once
             one of true, false
         stopped: Leave it stopped
             one of true, false
         tags: Tags of the guest
       answer: keys=… and so on, several on one line
       [Back] [Next] [Add] [Cancel]
    operator  [Next]
       Step 5 of 6: make the container box1 on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container box1 node=pve2 template=alpine cores=1 memory=1G disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=300 ip=netbox:10.0.30.0/24 ip6=netbox:2001:db8:30::/64" nic2="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
         name             box1
         vmid             the next free one (chosen)
         node             pve2
         template         container template alpine-3.22-default_20250617_amd64.tar.xz
         cores            1 (chosen)
         memory           1G
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, VLAN 300; IPv4 from NetBox 10.0.30.0/24, next free now 10.0.30.2/24, gateway 10.0.30.1 (assumed: NetBox names none); IPv6 from NetBox 2001:db8:30::/64, next free now 2001:db8:30::2/64, gateway 2001:db8:30::1 (assumed: NetBox names none)
         nic2             eth1 on vmbr0, untagged; IPv4 by DHCP
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
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
         nic1        2001:db8:30::2/64, gateway 2001:db8:30::1 (assumed)
         reported    <dhcp>
         task        <upid>
    "#);
}

/// Quotas count what is there and what is being made.
#[tokio::test]
async fn a_quota_is_said_with_its_numbers() {
    let rules = || {
        let mut rules = Rules::default();
        let quota = direttore_core::Quota { guests: Some(1), memory_mib: Some(1024), ..Default::default() };
        rules.quotas.roles.push((direttore_domain::Role::Operator, quota));
        rules
    };
    let story = on_sqlite_with_netbox(rules, async |s| {
        s.say("operator", "/provision container big memory=2G").await;
        s.say("operator", "/provision container one").await;
        s.press("operator", "Create").await;
        s.say("operator", "/provision container two").await;
        s.settle().await;
        s.say("operator", "/provision container two").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /provision container big memory=2G
       refused: this would be 2G of memory, and the quota of operator is 1G; 0G are in use (over-quota)
       delete what is not needed, or ask an administrator for more
    operator  /provision container one
       Step 5 of 6: make the container one on pve3?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container one node=pve3 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
         name             one
         vmid             the next free one (chosen)
         node             pve3 (chosen)
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, untagged; IPv4 by DHCP (chosen)
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve3, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    operator  [Create]
       warning: J-1 is queued: make the container one
       Its end is told here; /job cancel J-1 stops it.
    operator  /provision container two
       refused: this would be 2 of guests, and the quota of operator is 1; 1 are in use (over-quota)
       delete what is not needed, or ask an administrator for more
       J-1: one (137) is running
       The container one is on pve3, and written down in NetBox.
       It runs.
         started by  operator
         vmid        137
         node        pve3
         reported    <dhcp>
         task        <upid>
    operator  /provision container two
       refused: this would be 2 of guests, and the quota of operator is 1; 1 are in use (over-quota)
       delete what is not needed, or ask an administrator for more
    "#);
}
