//! `/device run`: what may be said, and what comes back.

use super::{super::story::Story, on_both};
use insta::assert_snapshot;

pub async fn only_what_the_list_allows_is_said_told(s: &Story) {
    for line in [
        "/device run sw1 command=\"show vlan\"",
        "/device run sw1 command=\"show running-config\"",
        "/device run sw1 command=\"show run | include snmp\"",
        "/device run sw1 command=\"show version | redirect flash:x\"",
        "/device run sw1 command=\"show version; reload\"",
        "/device run sw1 command=\"reload\"",
        "/device run sw1 command=\"show nonsense\"",
        "/device run sw1 sw3 command=\"show vlan\"",
    ] {
        s.say("viewer", line).await;
    }
    // Whoever may push sees it whole, masked.
    let seen = s.say("operator", "/device run sw1 command=\"show running-config\"").await;
    let (reply, credential) = (&seen[0], s.switches().named("sw1").access().credential);
    let files: String = reply.attachments.iter().map(|a| String::from_utf8_lossy(&a.bytes)).collect();
    let all = reply.text_plain() + files.as_str();
    for secret in [credential.password, credential.enable, credential.community, credential.passphrase] {
        assert!(!all.contains(&secret), "a secret is shown");
    }
    s.say("operator", "/device run sw3 command=\"ping 10.0.0.1\"").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_list_allows_is_said() {
    let story = on_both(only_what_the_list_allows_is_said_told).await;
    assert_snapshot!(story, @r#"
    viewer  /device run sw1 command="show vlan"
       sw1: show vlan
       VLAN  Name                             Status    Ports
       ----- -------------------------------- --------- -------------------------------
       100   servers                          active    Port-Channel1, Ethernet1, Ethernet2
       200   lab                              active    Port-Channel1, Ethernet1, Ethernet2
       999   parking                          active    Ethernet5, Ethernet6
    viewer  /device run sw1 command="show running-config"
       refused: command: "show running-config" is no command to run (bad-value)
       right would be a command that shows no configuration, for a viewer; /device diff shows what changed
    viewer  /device run sw1 command="show run | include snmp"
       refused: command: "show run | include snmp" is no command to run (bad-value)
       right would be a command that shows no configuration, for a viewer; /device diff shows what changed
    viewer  /device run sw1 command="show version | redirect flash:x"
       refused: command: "show version | redirect flash:x" is no command to run (bad-value)
       right would be a pipe to a filter like include, match, section or count, written with three letters at least
    viewer  /device run sw1 command="show version; reload"
       refused: command: "show version; reload" is no command to run (bad-value)
       right would be one command that only shows: without ; & ` < > and $(
    viewer  /device run sw1 command="reload"
       refused: command: "reload" is no command to run (bad-value)
       right would be show *
    viewer  /device run sw1 command="show nonsense"
       warning: sw1: show nonsense
       sw1 did not take it: % Invalid input
       % Invalid input
         failed  1 of 1
    viewer  /device run sw1 sw3 command="show vlan"
       2 devices: show vlan
       sw1
       VLAN  Name                             Status    Ports
       ----- -------------------------------- --------- -------------------------------
       100   servers                          active    Port-Channel1, Ethernet1, Ethernet2
       200   lab                              active    Port-Channel1, Ethernet1, Ethernet2
       999   parking                          active    Ethernet5, Ethernet6
       sw3
       VLAN  Name                             Status    Ports
       ----- -------------------------------- --------- -------------------------------
       100   servers                          active    Port-channel1, GigabitEthernet1/0/1
       200   lab                              active    Port-channel1, GigabitEthernet1/0/1, GigabitEthernet1/0/2
       999   parking                          active    GigabitEthernet1/0/3
    operator  /device run sw1 command="show running-config"
       sw1: show running-config
       ! Command: show running-config
       ! device: sw1 (DCS-7050TX-64, EOS-4.31.2F)
       !
       ! boot system flash:/EOS-4.31.2F.swi
       !
       transceiver qsfp default-mode 4x10G
       service routing protocols model ribd
       logging buffered 1000
       logging host 10.0.10.27
       hostname sw1
       dns domain lab.example.org
       ip name-server vrf default 10.0.10.20
       ntp server 10.0.10.1 prefer
       ntp server <dhcp>
       snmp-server contact noc@lab.example.org
       snmp-server location Room 1
       snmp-server community <masked> ro
       snmp-server user watch netadmin v3 localized f5717f00 auth sha <masked> priv aes <masked>
       spanning-tree mode mstp
       spanning-tree mst 0 priority 4096
       aaa authorization exec default local
       no aaa root
       username direttore privilege 15 role network-admin secret sha512 <masked>
       username backup privilege 1 secret sha512 <masked>
       clock timezone UTC
       vlan internal order ascending range 1006 1199
       !
       vlan 100
          name servers
       !
       vlan 200
          name lab
       !
       vlan 999
          name parking
       !
       vrf instance MGMT
          description out of band
       !
       interface Port-Channel1
          description trunk to sw2
          switchport mode trunk
          switchport trunk allowed vlan 100,200
       !
       interface Ethernet1
          description pve1 eno1
          switchport mode trunk
          switchport trunk allowed vlan 100,200
          spanning-tree portfast
       !
       interface Ethernet2
          description pve2 eno1
          switchport mode trunk
          switchport trunk allowed vlan 100,200
          spanning-tree portfast
       !
       interface Ethernet3
          description sw2 ge-0/0/3
          channel-group 1 mode active
       !
       61 more lines: see the file.
       sw1.txt (2.8 KiB): the whole answer
    operator  /device run sw3 command="ping 10.0.0.1"
       refused: command: "ping 10.0.0.1" is no command to run (bad-value)
       right would be show *
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_read_as_rows_where_there_is_a_template() {
    let story = on_both(async |s| {
        s.say("viewer", "/device run sw1 sw3 command=\"show interfaces status\" format=table").await;
        s.say("viewer", "/device run sw1 command=\"show vlan\" format=table").await;
        s.say("viewer", "/device run sw1 sw2 command=\"show vlan\" format=table").await;
        s.say("viewer", "/device run sw1 command=\"show clock\" format=table").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    viewer  /device run sw1 sw3 command="show interfaces status" format=table
       2 devices: show interfaces status
       device  port             name             status     vlan    duplex  speed  type
       sw1     Port-Channel1    trunk to sw2     connected  trunk
       sw1     Ethernet1        pve1 eno1        connected  trunk
       sw1     Ethernet2        pve2 eno1        connected  trunk
       sw1     Ethernet3        sw2 ge-0/0/3     connected  routed
       sw1     Ethernet4        transit to cor…  connected  routed
       sw1     Ethernet5                         disabled   999
       sw1     Ethernet6                         disabled   999
       sw1     Management1      management       connected  routed
       sw3     Port-channel1    trunk to sw1     connected  trunk
       sw3     GigabitEtherne…  management       connected  routed
       sw3     GigabitEtherne…  pve3 eno1        connected  trunk
       sw3     GigabitEtherne…  printer          connected  200
       sw3     GigabitEtherne…                   disabled   999
       sw3     GigabitEtherne…  transit to cor…  connected  routed
       sw3     GigabitEtherne…                   connected  routed
    viewer  /device run sw1 command="show vlan" format=table
       sw1: show vlan
       vlan  name     status  ports
        100  servers  active  Port-Channel1, Ethernet1, Ethernet2
        200  lab      active  Port-Channel1, Ethernet1, Ethernet2
        999  parking  active  Ethernet5, Ethernet6
    viewer  /device run sw1 sw2 command="show vlan" format=table
       refused: there is no table template "show vlan on Junos" (no-such-template)
       there is show interfaces terse
    viewer  /device run sw1 command="show clock" format=table
       refused: there is no table template "show clock on Arista EOS" (no-such-template)
       did you mean show vlan?
    "#);
}
