//! Devices, as NetBox has them.

use super::story::{Story, on_sqlite_with_netbox};
use direttore_core::Rules;
use insta::assert_snapshot;

pub async fn devices_are_listed_and_shown_told(s: &Story) {
    for line in [
        "/inventory devices",
        "/inventory devices sw status=active",
        "/inventory devices role=switch platform=junos",
        "/inventory devices 10.0.10.11",
        "/inventory devices site=lab role=pdu",
        "/inventory devices nothing",
        "/inventory devices role=swich",
        "/inventory devices platform=Windows",
        "/inventory devices site=lba",
        "/inventory devices tag=web",
        "/inventory device sw1",
        "/inventory device pve2",
        "/inventory device SW2",
        "/inventory device sw9",
        "/inventory device",
    ] {
        s.say("viewer", line).await;
    }
    s.say("stranger", "/inventory devices").await;
    s.lab("netbox status=500 on=\"GET interfaces\" times=always");
    s.say("viewer", "/inventory device sw1").await;
}

#[tokio::test]
async fn devices_are_listed_and_shown() {
    let story = on_sqlite_with_netbox(Rules::default, devices_are_listed_and_shown_told).await;
    assert_snapshot!(story, @r#"
    viewer  /inventory devices
       10 devices
       name                    role        type        site  status  address
       sw1                     Switch      DCS-7050TX  lab   active  10.0.10.2
       sw2                     Switch      EX3400-48T  lab   active  10.0.10.3
       sw3                     Switch      C9200-24T   lab   active  10.0.10.4
       fw1                     Firewall    SRX300      lab   active  10.0.10.5
       pdu1                    PDU         AP8941      lab   active  10.0.10.6
       pve1                    Hypervisor  SYS-510D    lab   active  10.0.10.11
       pve2                    Hypervisor  SYS-510D    lab   active  10.0.10.12
       pve3                    Hypervisor  SYS-510D    lab   active  10.0.10.13
       ups1                    UPS         SMT1500     lab   active  10.0.10.7
       Arista DCS-7050TX (10)  Switch      DCS-7050TX  lab   active
    viewer  /inventory devices sw status=active
       3 devices
       name  role    type        site  status  address
       sw1   Switch  DCS-7050TX  lab   active  10.0.10.2
       sw2   Switch  EX3400-48T  lab   active  10.0.10.3
       sw3   Switch  C9200-24T   lab   active  10.0.10.4
    viewer  /inventory devices role=switch platform=junos
       1 device
       name  role    type        site  status  address
       sw2   Switch  EX3400-48T  lab   active  10.0.10.3
    viewer  /inventory devices 10.0.10.11
       1 device
       name  role        type      site  status  address
       pve1  Hypervisor  SYS-510D  lab   active  10.0.10.11
    viewer  /inventory devices site=lab role=pdu
       1 device
       name  role  type    site  status  address
       pdu1  PDU   AP8941  lab   active  10.0.10.6
    viewer  /inventory devices nothing
       no device fits
       /inventory devices without options lists all of them.
    viewer  /inventory devices role=swich
       refused: role: "swich" is none of the values possible (unknown-value)
       did you mean switch?
    viewer  /inventory devices platform=Windows
       refused: platform: "Windows" is none of the values possible (unknown-value)
       there are arista_eos, cisco_ios, juniper_junos and linux
    viewer  /inventory devices site=lba
       refused: there is no site "lba" (no-such-site)
       there is lab
    viewer  /inventory devices tag=web
       refused: tag: "web" is none of the values possible (unknown-value)
    viewer  /inventory device sw1
       sw1 is active
         address     10.0.10.2
         status      active
         role        Switch
         type        Arista DCS-7050TX
         platform    Arista EOS
         site        lab
         credential  lab
         in NetBox   <lab>/dcim/devices/1/
       name         mac  vlan                peers  description
       Ethernet1         tagged 100 200
       Ethernet2         tagged 100 200 300
       Ethernet3
       Ethernet4
       Management1
    viewer  /inventory device pve2
       pve2 is active
         address    10.0.10.12
         status     active
         role       Hypervisor
         type       Supermicro SYS-510D
         platform   Linux
         site       lab
         in NetBox  <lab>/dcim/devices/8/
       name  mac  vlan  peers  description
       eno1
    viewer  /inventory device SW2
       sw2 is active
         address     10.0.10.3
         status      active
         role        Switch
         type        Juniper EX3400-48T
         platform    Junos
         site        lab
         credential  lab
         in NetBox   <lab>/dcim/devices/2/
       name      mac  vlan                peers  description
       ge-0/0/0       tagged 100 200 300
       ge-0/0/1       100
       ge-0/0/2
       ge-0/0/3
       me0
    viewer  /inventory device sw9
       refused: there is no device "sw9" (no-such-device)
       did you mean sw1?
    viewer  /inventory device
       /inventory device: more is needed
       Which device
         device (required): The device's name
       answer: device=…
       [Cancel]
    stranger  /inventory devices
       refused: this needs the permission view, which the role viewer has; you have no role (not-allowed)
       account stranger has no role; an administrator can change that (/user role)
    %  netbox status=500 on="GET interfaces" times=always
    viewer  /inventory device sw1
       failed: NetBox refused: connection to server at "localhost" failed (upstream-error)
    "#);
}
