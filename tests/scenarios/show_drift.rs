//! What of a guest differs between Proxmox and NetBox.

use super::story::{Story, client, on_sqlite_with_netbox};
use direttore_clients::proxmox::{Change, GuestAt};
use direttore_core::Rules;
use direttore_domain::GuestKind;
use insta::assert_snapshot;

pub async fn a_guest_is_compared_with_its_records_told(s: &Story) {
    s.say("viewer", "/guest show bastion").await;
    s.say("viewer", "/guest show staging-db").await;
    s.note("made by direttore: no difference");
    s.say(
        "operator",
        "/provision container box1 node=pve2 nic1=\"ip=netbox:10.0.30.0/24 ip6=netbox:2001:db8:30::/64\"",
    )
    .await;
    s.press("operator", "Create").await;
    s.settle().await;
    s.say("viewer", "/guest show box1").await;
    s.note("somebody gives it cores and another VLAN, and takes its address away in NetBox");
    let proxmox = client(&s.sim);
    let at = GuestAt {
        node: "pve2".parse().expect("a name"),
        kind: GuestKind::Container,
        vmid: 137.try_into().expect("in range"),
    };
    let config = proxmox.guest_config(&at).await.expect("the lab answers");
    let untagged = config.values["net0"].replace(",tag=300", ",tag=200");
    let values = vec![("cores".to_owned(), "4".to_owned()), ("net0".to_owned(), untagged)];
    proxmox.configure(&at, &Change { values, ..Change::default() }).await.expect("it can be changed");
    s.lab("netbox release 10.0.30.2");
    s.say("viewer", "/guest show box1").await;
    s.note("its records are gone altogether");
    s.lab("netbox vm box1 gone");
    s.say("viewer", "/guest show box1").await;
    s.note("NetBox cannot be asked");
    s.lab("netbox down");
    s.say("viewer", "/guest show box1").await;
}

#[tokio::test]
async fn a_guest_is_compared_with_its_records() {
    let story = on_sqlite_with_netbox(Rules::default, a_guest_is_compared_with_its_records_told).await;
    assert_snapshot!(story, @r#"
    viewer  /guest show bastion
       warning: bastion (116) is running
       cores: 4 in Proxmox, 3 in NetBox.
       the guest has 198.18.0.117, which is not on it in NetBox.
       the guest has 2001:db8::74, which is not on it in NetBox.
       NetBox has 10.0.10.29 on net0, the guest does not.
       NetBox has 2001:db8:10::1d on net0, the guest does not.
       net0 is untagged in Proxmox, but the prefix of 10.0.10.29 is on VLAN 100 in NetBox.
         address        198.18.0.117
         address        2001:db8::74
         status         running
         kind           VM
         node           pve2
         cluster        lab
         owner          none
         running since  <time>
       cpu  <n> %  of  4  cores
         memory         <n> MiB of 1 GiB
         disk           scsi0 on local-lvm, 8G
         net0           virtio=BC:24:11:6A:44:8D,bridge=vmbr0
         pool           prod
         tags           security
         netbox         VM bastion, 6 differences
    viewer  /guest show staging-db
       warning: staging-db (135) is stopped
         status   stopped
         kind     VM
         node     pve3
         cluster  lab
         owner    none
       cpu  <n> %  of  4  cores
         memory   1 GiB
         disk     scsi0 on local-lvm, 32G
         net0     virtio=BC:24:11:4C:28:68,bridge=vmbr0
         pool     lab
         tags     db staging
         netbox   no VM there
    -- made by direttore: no difference
    operator  /provision container box1 node=pve2 nic1="ip=netbox:10.0.30.0/24 ip6=netbox:2001:db8:30::/64"
       Step 5 of 6: make the container box1 on pve2?
       Note: nobody can log in: you have no SSH key here (/key add), and no password was asked for.
       It is made and started.
       NetBox gets the container, its interfaces and its addresses.
       In one line: /provision container box1 node=pve2 template=local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst cores=1 memory=512M disk=8G storage=local-lvm nic1="bridge=vmbr0 vlan=300 ip=netbox:10.0.30.0/24 ip6=netbox:2001:db8:30::/64"
         name             box1
         vmid             the next free one (chosen)
         node             pve2
         template         container template debian-13-standard_13.1-2_amd64.tar.zst (chosen)
         cores            1 (chosen)
         memory           512M (chosen)
         swap             512 MiB
         disk             8G on local-lvm (chosen)
         nic1             eth0 on vmbr0, VLAN 300; IPv4 from NetBox 10.0.30.0/24, next free now 10.0.30.2/24, gateway 10.0.30.1 (assumed: NetBox names none); IPv6 from NetBox 2001:db8:30::/64, next free now 2001:db8:30::2/64, gateway 2001:db8:30::1 (assumed: NetBox names none)
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
         task        <upid>
    viewer  /guest show box1
       box1 (137) is running
         address      10.0.30.2
         address      2001:db8:30::2
         status       running
         kind         container
         node         pve2
         cluster      lab
         owner        operator
       cpu  <n> %  of  1  core
         memory       <n> MiB of 512 MiB
         disk         rootfs on local-lvm, 8G
         net0         name=eth0,hwaddr=<mac>,ip=10.0.30.2/24,gw=10.0.30.1,ip6=2001:db8:30::2/64,gw6=2001:db8:30::1,bridge=vmbr0,tag=300,type=veth
         netbox       VM box1
         description  direttore:J-1
       task      by                 started               result
       vzstart   direttore@pve!bot  <time>  OK
       vzcreate  direttore@pve!bot  <time>  OK
    -- somebody gives it cores and another VLAN, and takes its address away in NetBox
    %  netbox release 10.0.30.2
    viewer  /guest show box1
       warning: box1 (137) is running
       cores: 4 in Proxmox, 1 in NetBox.
       eth0 is configured with 10.0.30.2, which is not on it in NetBox.
       eth0 is on VLAN 200 in Proxmox, but the prefix of 2001:db8:30::2 is on VLAN 300 in NetBox.
         address      10.0.30.2
         address      2001:db8:30::2
         status       running
         kind         container
         node         pve2
         cluster      lab
         owner        operator
       cpu  <n> %  of  4  cores
         memory       <n> MiB of 512 MiB
         disk         rootfs on local-lvm, 8G
         net0         name=eth0,hwaddr=<mac>,ip=10.0.30.2/24,gw=10.0.30.1,ip6=2001:db8:30::2/64,gw6=2001:db8:30::1,bridge=vmbr0,tag=200,type=veth
         netbox       VM box1, 3 differences
         description  direttore:J-1
       task      by                 started               result
       vzstart   direttore@pve!bot  <time>  OK
       vzcreate  direttore@pve!bot  <time>  OK
    -- its records are gone altogether
    %  netbox vm box1 gone
    viewer  /guest show box1
       warning: box1 (137) is running
         address      10.0.30.2
         address      2001:db8:30::2
         status       running
         kind         container
         node         pve2
         cluster      lab
         owner        operator
       cpu  <n> %  of  4  cores
         memory       <n> MiB of 512 MiB
         disk         rootfs on local-lvm, 8G
         net0         name=eth0,hwaddr=<mac>,ip=10.0.30.2/24,gw=10.0.30.1,ip6=2001:db8:30::2/64,gw6=2001:db8:30::1,bridge=vmbr0,tag=200,type=veth
         netbox       no VM there
         description  direttore:J-1
       task      by                 started               result
       vzstart   direttore@pve!bot  <time>  OK
       vzcreate  direttore@pve!bot  <time>  OK
    -- NetBox cannot be asked
    %  netbox down
    viewer  /guest show box1
       warning: box1 (137) is running
       Not seen: NetBox: <lab> broke the connection before it answered: <cause>.
         address      10.0.30.2
         address      2001:db8:30::2
         status       running
         kind         container
         node         pve2
         cluster      lab
         owner        operator
       cpu  <n> %  of  4  cores
         memory       <n> MiB of 512 MiB
         disk         rootfs on local-lvm, 8G
         net0         name=eth0,hwaddr=<mac>,ip=10.0.30.2/24,gw=10.0.30.1,ip6=2001:db8:30::2/64,gw6=2001:db8:30::1,bridge=vmbr0,tag=200,type=veth
         description  direttore:J-1
       task      by                 started               result
       vzstart   direttore@pve!bot  <time>  OK
       vzcreate  direttore@pve!bot  <time>  OK
    "#);
}
