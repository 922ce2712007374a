//! Provisioning when the asker, or the world, is not as it should be: a clear answer, and nothing left behind.

use super::story::{
    Paces, Story, fresh, lab_settings, netbox_client, on_a_new_database, on_both_with_netbox, on_sqlite_with_netbox,
};
use direttore_clients::netbox::{NewPrefix, PrefixFilter};
use direttore_core::Rules;
use insta::assert_snapshot;
use std::time::Duration;

const VM: &str = r#"/provision vm web9 node=pve1 disk=20G nic1="ip=netbox:10.0.10.0/24 ip6=netbox:2001:db8:10::/64" nic2="ip=netbox:10.0.20.0/24""#;
const CONTAINER: &str = r#"/provision container box1 node=pve2 nic1="ip=netbox:10.0.30.0/24" tags=lab"#;

/// Says the line and presses Create, in a lab where `faults` are told before the yes. Whatever comes of it, both worlds
/// are afterwards as they were. Gives the last reply's first line.
async fn leaves_nothing(s: &Story, line: &str, faults: &[&str], mends: &[&str]) {
    let before = s.worlds();
    s.say("operator", line).await;
    faults.iter().for_each(|fault| s.lab(fault));
    s.press("operator", "Create").await;
    let ends = s.settle().await;
    assert!(ends.iter().any(|r| r.title_plain().contains("failed")), "{faults:?}: it has failed");
    mends.iter().for_each(|mend| s.lab(mend));
    let after = s.worlds();
    assert_eq!(after.0["guests"], before.0["guests"], "{faults:?}: Proxmox is as before");
    assert_eq!(after.1, before.1, "{faults:?}: NetBox is as before");
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    assert_eq!(
        direttore_store::hold::all(&mut tx, None).await.expect("it can be read"),
        [],
        "{faults:?}: nothing is held"
    );
    assert_eq!(direttore_store::owner::all(&mut tx).await.expect("it can be read"), [], "{faults:?}: nobody owns it");
}

#[tokio::test]
async fn a_vm_that_fails_at_each_step_leaves_nothing() {
    on_both_with_netbox(async |s| {
        for (faults, mends) in [
            (&["netbox deny=ipam.add_ipaddress"][..], &["netbox allow=ipam.add_ipaddress"][..]),
            (&["all fail=clone times=always"], &["clear"]),
            (&["status=403 on=\"PUT config\" times=always"], &["clear"]),
            (&["all fail=resize times=always"], &["clear"]),
            (&["netbox deny=virtualization.add_virtualmachine"], &["netbox allow=virtualization.add_virtualmachine"]),
            (&["netbox deny=virtualization.add_vminterface"], &["netbox allow=virtualization.add_vminterface"]),
            (&["netbox deny=dcim.add_macaddress"], &["netbox allow=dcim.add_macaddress"]),
            (&["netbox deny=extras.add_journalentry"], &["netbox allow=extras.add_journalentry"]),
            (&["all fail=qmstart times=always"], &["clear"]),
        ] {
            leaves_nothing(s, VM, faults, mends).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_container_that_fails_at_each_step_leaves_nothing() {
    on_both_with_netbox(async |s| {
        for (faults, mends) in [
            (&["all fail=vzcreate times=always"][..], &["clear"][..]),
            (&["status=403 on=\"PUT config\" times=always"], &["clear"]),
            (&["netbox deny=virtualization.add_virtualmachine"], &["netbox allow=virtualization.add_virtualmachine"]),
            (&["all fail=vzstart times=always"], &["clear"]),
        ] {
            leaves_nothing(s, CONTAINER, faults, mends).await;
        }
    })
    .await;
}

/// NetBox is away, or stores and says 500, at each kind of call: the job waits and comes through, exactly once.
#[tokio::test]
async fn netbox_is_away_at_each_call_and_nothing_is_there_twice() {
    on_sqlite_with_netbox(Rules::default, async |s| {
        for (at, fault) in [
            "netbox drop on=\"POST available-ips\"",
            "netbox drop on=\"POST ip-addresses\" after",
            "netbox drop on=\"POST available-ips\" after",
            "netbox status=500 on=\"POST available-ips\" after",
            "netbox status=503 on=\"GET available-ips\" retry=0",
            "netbox status=429 on=\"POST virtual-machines\" retry=0",
            "netbox status=500 on=\"POST virtual-machines\" after",
            "netbox drop on=\"POST virtualization/interfaces\" after",
            "netbox html on=\"POST mac-addresses\" after",
            "netbox status=502 on=\"PATCH ip-addresses\" after",
            "netbox drop on=\"PATCH virtual-machines\" after",
            "netbox status=500 on=\"POST journal-entries\" after",
            "netbox garbage on=\"PATCH virtualization/interfaces\" after",
        ]
        .into_iter()
        .enumerate()
        {
            let name = format!("web{}", at + 20);
            let line = VM.replace("web9", &name);
            s.say("operator", &line).await;
            s.lab(fault);
            s.press("operator", "Create").await;
            let ends = s.settle().await;
            let title = ends.last().map(direttore_reply::Reply::title_plain).unwrap_or_default();
            assert!(title.ends_with("is running"), "{fault}: {title}");
            assert_eq!(s.netbox().waiting(), 0, "{fault} has struck");
            let addresses = s.netbox().world()["addresses"].as_array().map_or(0, |all| {
                all.iter()
                    .filter(|a| a["description"].as_str().is_some_and(|d| d.starts_with(&format!("{name},"))))
                    .count()
            });
            assert_eq!(addresses, 3, "{fault}: the addresses asked for, once each");
            let journal = s.netbox().world().to_string().matches(&format!("(J-{})", at + 1)).count();
            assert_eq!(journal, 1, "{fault}: one entry in the journal");
        }
    })
    .await;
}

/// What the asker can mend is refused before anything is done, by name.
#[tokio::test]
async fn what_is_refused_at_once() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        s.lab("pve1 bridge=vmbr7 plain");
        s.lab("pve3 storage=local-lvm full");
        for line in [
            r#"/provision vm web9 nic1="vlan=0""#,
            r#"/provision vm web9 nic1="vlan=4095""#,
            r#"/provision vm web9 nic1="ip=2001:db8::5/64""#,
            r#"/provision vm web9 nic1="ip6=10.0.10.5/24""#,
            r#"/provision vm web9 nic1="ip=10.0.10.0/24""#,
            r#"/provision vm web9 nic1="ip=10.0.10.77/24 gw=10.0.11.1""#,
            r#"/provision vm web9 nic1="ip=10.0.10.1/24""#,
            r#"/provision vm web9 nic1="ip=10.0.10.5/16""#,
            r#"/provision vm web9 nic1="ip=10.0.10.2/24""#,
            r#"/provision vm web9 nic1="ip=netbox:10.0.99.0/29""#,
            r#"/provision vm web9 nic1="ip=netbox:10.0.0.0/16""#,
            r#"/provision vm web9 nic1="ip=netbox:10.0.40.0/24""#,
            r#"/provision vm web9 nic1="ip=netbox:10.0.11.0/24""#,
            r#"/provision vm web9 nic1="ip=netbox:10.0.10.0/24@red""#,
            r#"/provision vm web9 node=pve1 nic1="bridge=vmbr7 vlan=100""#,
            r#"/provision vm web9 node=pve1 nic1="bridge=vmbr9""#,
            r#"/provision container web9 nic1="name=eth0" nic2="name=eth0""#,
            r#"/provision vm web9 nic1="mac=BC:24:11:00:00:01" nic2="mac=BC:24:11:00:00:01""#,
            "/provision vm not_dns_safe",
            "/provision vm web1",
            "/provision vm web9 vmid=101",
            "/provision vm web9 node=pve3",
            "/provision vm web9 node=pve1 storage=local-zfs",
            "/provision vm web9 node=pve1 template=fedora-40",
            "/provision vm web9 node=pve1 disk=1G",
            "/provision vm web9 node=pve1 cores=128",
            r#"/provision vm web9 node=pve1 template=debian-13.1.0-amd64-netinst.iso nic1="ip=netbox:10.0.10.0/24""#,
            "/provision vm web9 node=pve9",
        ] {
            s.say("operator", line).await;
        }
        s.lab("pve1 offline");
        s.cluster.refresh().await.expect("the others answer");
        s.say("operator", "/provision vm web9 node=pve1").await;
        s.say("viewer", "/provision vm web9").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    %  pve1 bridge=vmbr7 plain
    %  pve3 storage=local-lvm full
    operator  /provision vm web9 nic1="vlan=0"
       refused: nic1 vlan: "0" is no VLAN (bad-value)
       right would be a number from 1 to 4094, or none
    operator  /provision vm web9 nic1="vlan=4095"
       refused: nic1 vlan: "4095" is no VLAN (bad-value)
       right would be a number from 1 to 4094, or none
    operator  /provision vm web9 nic1="ip=2001:db8::5/64"
       refused: nic1 ip: "2001:db8::5/64" is no IPv4 address (bad-value)
       right would be an IPv4 address with its length, dhcp, none, or netbox:<IPv4 prefix>
    operator  /provision vm web9 nic1="ip6=10.0.10.5/24"
       refused: nic1 ip6: "10.0.10.5/24" is no IPv6 address (bad-value)
       right would be an IPv6 address with its length, auto, dhcp, none, or netbox:<IPv6 prefix>
    operator  /provision vm web9 nic1="ip=10.0.10.0/24"
       refused: nic1 ip: "10.0.10.0/24" is no address of a guest but its network's (bad-value)
       right would be another address of 10.0.10.0/24
    operator  /provision vm web9 nic1="ip=10.0.10.77/24 gw=10.0.11.1"
       refused: nic1 gw: "10.0.11.1" is no gateway that the guest can reach (bad-value)
       right would be an address of 10.0.10.0/24
    operator  /provision vm web9 nic1="ip=10.0.10.1/24"
       refused: nic1 ip: "10.0.10.1/24" is no address of a guest (bad-value)
       right would be another address of 10.0.10.0/24; this is its gateway in NetBox
    operator  /provision vm web9 nic1="ip=10.0.10.5/16"
       refused: nic1 ip: "10.0.10.5/16" is no address of its prefix (bad-value)
       right would be 10.0.10.5/24; NetBox has the prefix 10.0.10.0/24 there
    operator  /provision vm web9 nic1="ip=10.0.10.2/24"
       refused: the address 10.0.10.2/24 (sw1 Management1, in NetBox; nic1 ip) exists already (exists-already)
    operator  /provision vm web9 nic1="ip=netbox:10.0.99.0/29"
       refused: 10.0.99.0/29 has no free address left that a guest may have (prefix-full)
       10.0.10.0/24, 10.0.10.0/24@blue, 10.0.20.0/24, 10.0.20.128/25 and 10.0.30.0/24 have room
    operator  /provision vm web9 nic1="ip=netbox:10.0.0.0/16"
       refused: 10.0.0.0/16 cannot give an address: it is a container for other prefixes (wrong-state)
    operator  /provision vm web9 nic1="ip=netbox:10.0.40.0/24"
       refused: 10.0.40.0/24 cannot give an address: it is reserved (wrong-state)
    operator  /provision vm web9 nic1="ip=netbox:10.0.11.0/24"
       refused: there is no prefix "10.0.11.0/24" (no-such-prefix)
       did you mean 10.0.10.0/24?
    operator  /provision vm web9 nic1="ip=netbox:10.0.10.0/24@red"
       refused: there is no VRF "red" (no-such-vrf)
       there is blue
    operator  /provision vm web9 node=pve1 nic1="bridge=vmbr7 vlan=100"
       refused: bridge vmbr7 of pve1 cannot carry VLAN 100 (nic1): it is not VLAN-aware; choose another bridge, or vlan=none (wrong-state)
    operator  /provision vm web9 node=pve1 nic1="bridge=vmbr9"
       refused: there is no bridge "vmbr9 on pve1" (no-such-bridge)
       did you mean vmbr0?
    operator  /provision container web9 nic1="name=eth0" nic2="name=eth0"
       refused: nic2 name: "eth0" is no value of two interfaces (bad-value)
       right would be a different one for each
    operator  /provision vm web9 nic1="mac=BC:24:11:00:00:01" nic2="mac=BC:24:11:00:00:01"
       refused: nic2 mac: "BC:24:11:00:00:01" is no value of two interfaces (bad-value)
       right would be a different one for each
    operator  /provision vm not_dns_safe
       refused: name: "not_dns_safe" is no DNS name (bad-value)
       right would be letters, digits and inner hyphens, parts joined by dots, at most 64 in all, like web1
    operator  /provision vm web1
       refused: the guest web1 (101, on pve2) exists already (exists-already)
    operator  /provision vm web9 vmid=101
       refused: the VMID 101 (web1) exists already (exists-already)
    operator  /provision vm web9 node=pve3
       refused: storage local-lvm of pve3 cannot hold the disk: 8G are asked for, and it is full (wrong-state)
    operator  /provision vm web9 node=pve1 storage=local-zfs
       refused: there is no storage "local-zfs" (no-such-storage)
       did you mean local?
    operator  /provision vm web9 node=pve1 template=fedora-40
       refused: there is no guest template "fedora-40" (no-such-template)
       there are debian-13-cloud on pve1 and debian-13.1.0-amd64-netinst.iso on pve1
    operator  /provision vm web9 node=pve1 disk=1G
       refused: disk: "1G" is no size that the template fits into (bad-value)
       right would be 8G or more; debian-13-cloud has a disk of 8G
    operator  /provision vm web9 node=pve1 cores=128
       refused: node pve1 cannot run it: it has 32 processors, and 128 were asked for (wrong-state)
    operator  /provision vm web9 node=pve1 template=debian-13.1.0-amd64-netinst.iso nic1="ip=netbox:10.0.10.0/24"
       refused: the ISO debian-13.1.0-amd64-netinst.iso cannot carry a fixed address: that takes cloud-init; choose a template VM that has it, or ip=dhcp (wrong-state)
    operator  /provision vm web9 node=pve9
       refused: there is no node "pve9" (no-such-node)
       did you mean pve1?
    %  pve1 offline
    operator  /provision vm web9 node=pve1
       refused: node pve1 cannot run it: it is offline; online are pve2 and pve3 (wrong-state)
    viewer  /provision vm web9
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    "#);
}

/// Two who ask for the same: the second is told so; a second Create makes nothing; the VMID that somebody takes at that
/// moment is not fought over.
#[tokio::test]
async fn two_ask_for_the_same() {
    let story = on_both_with_netbox(async |s| {
        let one = s.say("operator", "/provision container twin node=pve1").await.remove(0).id;
        let two = s.say("admin", "/provision container twin node=pve2").await.remove(0).id;
        s.press_on("operator", &one, "Create").await;
        s.press_on("admin", &two, "Create").await;
        s.press_on("operator", &one, "Create").await;
        s.settle().await;
        s.say("operator", "/provision container other node=pve1 vmid=500").await;
        s.lab("vmid next taken");
        s.press("operator", "Create").await;
        s.settle().await;
        s.lab("guest 500 gone");
        s.say("operator", "/job retry J-2").await;
        s.settle().await;
        s.say("operator", "/provision container third node=pve1").await;
        s.lab("vmid next taken");
        s.press("operator", "Create").await;
        s.settle().await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /provision container twin node=pve1
       Step 5 of 6: make the container twin on pve1?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container twin node=pve1 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
         name             twin
         vmid             the next free one (chosen)
         node             pve1
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, untagged; IPv4 by DHCP (chosen)
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve1, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    admin  /provision container twin node=pve2
       Step 5 of 6: make the container twin on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container twin node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
         name             twin
         vmid             the next free one (chosen)
         node             pve2
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, untagged; IPv4 by DHCP (chosen)
         login            root
         owner            admin
         free afterwards  <n> GiB of memory on pve2, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    operator  [Create]
       warning: J-1 is queued: make the container twin
       Its end is told here; /job cancel J-1 stops it.
    admin  [Create]
       refused: a guest twin is being made already, by J-1 (being-made)
       /job show J-1 tells how far it is
    operator  [Create]
       refused: this was answered already (answered-already)
       J-1: twin (137) is running
       The container twin is on pve1, and written down in NetBox.
       It runs.
         started by  operator
         vmid        137
         node        pve1
         reported    <dhcp>
         task        <upid>
    operator  /provision container other node=pve1 vmid=500
       Step 5 of 6: make the container other on pve1?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container other node=pve1 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm vmid=500 nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
         name             other
         vmid             500
         node             pve1
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, untagged; IPv4 by DHCP (chosen)
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve1, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    %  vmid next taken
    operator  [Create]
       warning: J-2 is queued: make the container other
       Its end is told here; /job cancel J-2 stops it.
       failed: J-2 failed: make the container other
       the VMID 500 was taken by somebody else.
       What was done was taken back (hold-guest and create-guest): nothing of it is left. /job retry J-2 tries it again.
         started by  operator
    %  guest 500 gone
    operator  /job retry J-2
       warning: J-2 is queued again: make the container other
       It goes on from the step where it ended. Its end is told where it was first asked for.
       J-2: other (500) is running
       The container other is on pve1, and written down in NetBox.
       It runs.
         started by  operator
         vmid        500
         node        pve1
         reported    <dhcp>
         task        <upid>
    operator  /provision container third node=pve1
       Step 5 of 6: make the container third on pve1?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container third node=pve1 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=none ip=dhcp ip6=none"
         name             third
         vmid             the next free one (chosen)
         node             pve1
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, untagged; IPv4 by DHCP (chosen)
         login            root
         owner            operator
         free afterwards  <n> GiB of memory on pve1, <n> GiB on local-lvm
       [Create] [Edit] [Cancel]
    %  vmid next taken
    operator  [Create]
       warning: J-3 is queued: make the container third
       Its end is told here; /job cancel J-3 stops it.
       J-3: third (139) is running
       The container third is on pve1, and written down in NetBox.
       It runs.
         started by  operator
         vmid        139
         node        pve1
         reported    <dhcp>
         task        <upid>
    "#);
}

/// The template goes, and the node, between yes and the work.
#[tokio::test]
async fn what_goes_while_it_is_made() {
    let story = on_sqlite_with_netbox(Rules::default, async |s| {
        leaves_nothing(s, CONTAINER, &["pve2 volume=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst gone"], &[])
            .await;
        let before = s.worlds();
        s.say("operator", VM).await;
        s.lab("hang on=\"PUT config\"");
        s.press("operator", "Create").await;
        while s.sim.waiting() > 0 {
            tokio::task::yield_now().await;
        }
        s.lab("pve1 offline");
        s.lab("pve1 online");
        let ends = s.settle().await;
        assert!(!ends.is_empty(), "it ends");
        let after = s.worlds();
        assert!(matches!(after.1.to_string().matches("web9,").count(), 0 | 3), "all addresses, or none");
        drop(before);
    })
    .await;
    assert!(story.contains("J-2"), "{story}");
}

/// As many as fit, and no more: no address and no VMID twice, and who is refused leaves nothing.
#[tokio::test]
async fn a_hundred_and_fifty_at_once_from_a_prefix_for_125() {
    on_a_new_database(async |store| {
        let netbox = Some(direttore_sim::netbox::Settings::default());
        // A busy machine is no lab that does not answer.
        let paces = Paces { wait: Duration::from_secs(60), ..Paces::default() };
        let s = Story::paced(store, lab_settings(), fresh(), netbox, Rules::default(), paces).await;
        // Of the 128 addresses two are the network's own and one is taken for the gateway.
        let client = netbox_client(s.netbox());
        let container = PrefixFilter { prefix: "10.0.0.0/16".parse().ok(), ..PrefixFilter::default() };
        let container = client.prefixes(&container).await.expect("it answers").remove(0).id;
        let new = NewPrefix { status: "active".to_owned(), ..NewPrefix::default() };
        let pool = client.take_prefix(container, 25, &new).await.expect("there is room").prefix;
        let before = s.worlds();
        let asked = (0..150).map(|n| format!(r#"/provision container many{n} nic1="ip=netbox:{pool}" stopped"#));
        let pressed = asked.map(async |line| {
            let replies = s.ask("operator", &line).await;
            let Some(question) = replies.iter().find(|r| r.actions.iter().any(|a| a == "Create")) else {
                // Asked when the others had taken all of it.
                assert_eq!(replies[0].code.as_deref(), Some("prefix-full"));
                return 1;
            };
            s.answer("operator", &question.id, "Create").await;
            0
        });
        let refused: usize = futures::future::join_all(pressed).await.into_iter().sum();
        let ends = s.settle().await;
        let (done, failed): (Vec<_>, Vec<_>) = ends.iter().partition(|r| !r.title_plain().contains("failed"));
        assert_eq!((done.len(), failed.len() + refused), (125, 25));
        let netbox = s.netbox().world();
        let rows = netbox["addresses"].as_array().expect("a list");
        let ours: Vec<&str> = rows
            .iter()
            .filter(|a| a["description"].as_str().is_some_and(|d| d.starts_with("many")))
            .filter_map(|a| a["address"].as_str())
            .collect();
        let distinct: std::collections::BTreeSet<&&str> = ours.iter().collect();
        assert_eq!((ours.len(), distinct.len()), (125, 125));
        let guests = s.sim.world()["guests"].as_object().map_or(0, |g| g.len());
        assert_eq!(
            guests,
            before.0["guests"].as_object().map_or(0, |g| g.len()) + 125,
            "one guest for each that succeeded"
        );
        s.end().await;
    })
    .await;
}
