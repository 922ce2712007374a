//! What a switch tells by SNMP becomes what NetBox has of it: once, and what people entered stays.

use super::{super::story::Story, on_both, on_both_set};
use direttore_clients::netbox::{Object, Port};
use std::time::Duration;

async fn device(story: &Story, name: &str) -> direttore_clients::netbox::Device {
    let ipam = story.dispatch.lab.ipam().expect("the story has a NetBox");
    direttore_core::devices::find(ipam, name).await.expect("NetBox has it")
}

async fn ports(story: &Story, name: &str) -> Vec<Port> {
    let ipam = story.dispatch.lab.ipam().expect("the story has a NetBox");
    ipam.client.ports(device(story, name).await.id).await.expect("NetBox answers")
}

pub async fn a_switch_fills_netbox_once_told(story: &Story) {
    story.say("viewer", "/device discover sw1 apply").await;
    story.say("operator", "/device discover sw1 modules").await;
    story.press("operator", "Apply").await;
    story.press("operator", "Yes").await;
    story.settle().await;
    let row = device(story, "sw1").await;
    assert!(!row.serial.is_empty(), "its serial number is written down");
    let ports = ports(story, "sw1").await;
    let uplink = ports.iter().find(|port| port.name == "Ethernet4").expect("it was planned");
    assert_eq!((uplink.description.as_str(), uplink.mtu), ("transit to core-1", Some(9214)));
    assert!(uplink.mac.is_some() && uplink.macs.len() == 1, "{uplink:?}");
    for unplanned in ["Ethernet5", "Port-Channel1", "Loopback0", "Vlan200"] {
        assert!(ports.iter().any(|port| port.name == unplanned), "{unplanned} is written down");
    }
    let member = ports.iter().find(|port| port.name == "Ethernet3").expect("it was planned");
    assert_eq!(member.lag.as_ref().map(|lag| lag.name.as_str()), Some("Port-Channel1"));
    let writes = story.netbox().calls().into_iter().filter(|call| !call.starts_with("GET")).count();
    assert!(writes < 24, "36 differences are {writes} calls, for what can be is sent in lists");
    story.say("operator", "/device discover sw1 apply modules").await;
    story.say("stranger", "/device discover sw1").await;
}

#[tokio::test]
async fn a_switch_fills_netbox_once() {
    let transcript = on_both(a_switch_fills_netbox_once_told).await;
    insta::assert_snapshot!(transcript, @r#"
    viewer  /device discover sw1 apply
       refused: this needs the permission provision, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    operator  /device discover sw1 modules
       what sw1 tells, and NetBox has not
       16 more lines: see the file.
       Nothing is deleted.
         asked               <lab> as lab
         to create           22
         to change           14
         as it should be     3
         left as it is       4
         not shown any more  1
       what                                 done    why
       device sw1                           change  serial was empty
       VRF MGMT                             create  is new
       VLAN 999 parking of the site         create  is new
       interface Port-Channel1              create  is new
       hardware address 02:00:0A:4D:00:01…  create  is new
       interface Port-Channel1              change  has no hardware address: 02:00:0A:…
       interface Ethernet1                  change  description was empty, mtu was emp…
       hardware address 02:00:0A:4D:00:02…  create  is new
       interface Ethernet1                  change  has no hardware address: 02:00:0A:…
       interface Ethernet2                  change  description was empty, mtu was emp…
       hardware address 02:00:0A:4D:00:03…  create  is new
       interface Ethernet2                  change  has no hardware address: 02:00:0A:…
       interface Ethernet4                  change  description was empty, mtu was emp…
       hardware address 02:00:0A:4D:00:05…  create  is new
       interface Ethernet4                  change  has no hardware address: 02:00:0A:…
       interface Ethernet5                  create  is new
       hardware address 02:00:0A:4D:00:06…  create  is new
       interface Ethernet5                  change  has no hardware address: 02:00:0A:…
       interface Ethernet6                  create  is new
       hardware address 02:00:0A:4D:00:07…  create  is new
       interface Ethernet6                  change  has no hardware address: 02:00:0A:…
       interface Loopback0                  create  is new
       interface Management1                change  description was empty, mtu was emp…
       hardware address 02:00:0A:4D:00:09…  create  is new
       interface Management1                change  has no hardware address: 02:00:0A:…
       [Apply]
       discovery-sw1.txt (2.6 KiB): all differences
    operator  [Apply]
       write what sw1 tells into NetBox?
       16 more lines: see the file.
       Nothing is deleted.
         asked               <lab> as lab
         to create           22
         to change           14
         as it should be     3
         left as it is       4
         not shown any more  1
       what                                 done    why
       device sw1                           change  serial was empty
       VRF MGMT                             create  is new
       VLAN 999 parking of the site         create  is new
       interface Port-Channel1              create  is new
       hardware address 02:00:0A:4D:00:01…  create  is new
       interface Port-Channel1              change  has no hardware address: 02:00:0A:…
       interface Ethernet1                  change  description was empty, mtu was emp…
       hardware address 02:00:0A:4D:00:02…  create  is new
       interface Ethernet1                  change  has no hardware address: 02:00:0A:…
       interface Ethernet2                  change  description was empty, mtu was emp…
       hardware address 02:00:0A:4D:00:03…  create  is new
       interface Ethernet2                  change  has no hardware address: 02:00:0A:…
       interface Ethernet4                  change  description was empty, mtu was emp…
       hardware address 02:00:0A:4D:00:05…  create  is new
       interface Ethernet4                  change  has no hardware address: 02:00:0A:…
       interface Ethernet5                  create  is new
       hardware address 02:00:0A:4D:00:06…  create  is new
       interface Ethernet5                  change  has no hardware address: 02:00:0A:…
       interface Ethernet6                  create  is new
       hardware address 02:00:0A:4D:00:07…  create  is new
       interface Ethernet6                  change  has no hardware address: 02:00:0A:…
       interface Loopback0                  create  is new
       interface Management1                change  description was empty, mtu was emp…
       hardware address 02:00:0A:4D:00:09…  create  is new
       interface Management1                change  has no hardware address: 02:00:0A:…
       [Yes] [No]
       discovery-sw1.txt (2.6 KiB): all differences
    operator  [Yes]
       warning: J-1 is queued: write what sw1 tells into NetBox
       Its end is told here; /job cancel J-1 stops it.
       J-1: 36 differences of sw1 are written into NetBox
       36 differences of sw1 are written into NetBox.
         started by  operator
    operator  /device discover sw1 apply modules
       NetBox has all that sw1 tells
       Nothing is deleted.
         asked               <lab> as lab
         to create           0
         to change           0
         as it should be     23
         left as it is       4
         not shown any more  1
       what                                  done   why
       VLANs of Ethernet2                    leave  NetBox has others
       cable Ethernet1 to pve1.lab.example…  leave  its neighbour protocol tells so; c…
       cable Ethernet2 to pve2.lab.example…  leave  its neighbour protocol tells so; c…
       cable Ethernet3 to sw2.lab.example.…  leave  its neighbour protocol tells so; c…
       address 127.0.0.2/32                  gone   the device does not show it; it st…
    stranger  /device discover sw1
       refused: this needs the permission view, which the role viewer has; you have no role (not-allowed)
       account stranger has no role; an administrator can change that (/user role)
    "#);
}

#[tokio::test]
async fn what_netbox_refuses_of_a_list_is_told_and_the_rest_is_done() {
    on_both(async |story| {
        story.say("operator", "/device discover sw1 apply").await;
        // The list, and then the first of those that are sent alone.
        story.lab("netbox status=400 on=\"POST interfaces\" times=2");
        story.press("operator", "Yes").await;
        story.settle().await;
        let told = story.transcript();
        assert!(told.contains("Port-Channel1: "), "{told}");
        assert!(told.contains("it needs interface:Port-Channel1, which was not made"), "{told}");
        let names = async || ports(story, "sw1").await.into_iter().map(|port| port.name).collect::<Vec<_>>();
        let has = names().await;
        assert!(
            has.iter().any(|name| name == "Ethernet5") && !has.iter().any(|name| name == "Port-Channel1"),
            "{has:?}"
        );
        story.say("operator", "/device discover sw1 apply").await;
        story.press("operator", "Yes").await;
        story.settle().await;
        assert!(names().await.iter().any(|name| name == "Port-Channel1"));
        let again = story.say("operator", "/device discover sw1").await;
        assert_eq!(again[0].title_plain(), "NetBox has all that sw1 tells", "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn what_people_entered_stays_until_somebody_says_otherwise() {
    let transcript = on_both(async |story| {
        let ipam = story.dispatch.lab.ipam().expect("the story has a NetBox");
        let port = ports(story, "sw3").await.into_iter().find(|p| p.name == "GigabitEthernet1/0/3").expect("planned");
        let body = serde_json::json!({ "description": "mine", "mtu": 1400 });
        ipam.client.change(Object::Interface, port.id, body).await.expect("NetBox takes it");
        story.say("operator", "/device discover sw3 apply without=macs,vlans,ipv4").await;
        story.press("operator", "Yes").await;
        story.settle().await;
        let of = async || {
            let all = ports(story, "sw3").await;
            let port = all.into_iter().find(|p| p.name == "GigabitEthernet1/0/3").expect("it is there");
            (port.description, port.mtu)
        };
        assert_eq!(of().await, ("mine".to_owned(), Some(1400)));
        story.say("operator", "/device discover sw3 apply overwrite without=macs,vlans,ipv4").await;
        story.press("operator", "Yes").await;
        story.settle().await;
        assert_ne!(of().await, ("mine".to_owned(), Some(1400)));
        story.say("operator", "/device discover sw3 overwrite without=macs,vlans,ipv4").await;
    })
    .await;
    insta::assert_snapshot!(transcript, @r#"
    operator  /device discover sw3 apply without=macs,vlans,ipv4
       write what sw3 tells into NetBox?
         asked            <lab> as lab
         to create        6
         to change        6
         as it should be  0
         left as it is    3
       what                                 done    why
       device sw3                           change  serial was empty
       VRF Mgmt-vrf                         create  is new
       interface Port-channel1              create  is new
       interface GigabitEthernet0/0         change  description was empty, mtu was emp…
       interface GigabitEthernet1/0/1       change  description was empty, mtu was emp…
       interface GigabitEthernet1/0/2       change  description was empty, mtu was emp…
       interface GigabitEthernet1/0/3       change  speed was empty
       interface GigabitEthernet1/0/4       change  description was empty, mtu was emp…
       interface Loopback0                  create  is new
       interface Vlan1                      create  is new
       interface Vlan200                    create  is new
       interface GigabitEthernet1/0/5       create  is new
       mtu of GigabitEthernet1/0/3          leave   NetBox has 1400, the device 1500
       enabled of GigabitEthernet1/0/3      leave   NetBox has true, the device false
       cable GigabitEthernet1/0/1 to pve3…  leave   its neighbour protocol tells so; c…
       [Yes] [No]
    operator  [Yes]
       warning: J-1 is queued: write what sw3 tells into NetBox
       Its end is told here; /job cancel J-1 stops it.
       J-1: 12 differences of sw3 are written into NetBox
       12 differences of sw3 are written into NetBox.
         started by  operator
    operator  /device discover sw3 apply overwrite without=macs,vlans,ipv4
       write what sw3 tells into NetBox?
         asked            <lab> as lab
         to create        0
         to change        1
         as it should be  11
         left as it is    1
       what                                 done    why
       interface GigabitEthernet1/0/3       change  mtu was 1400, enabled was true
       cable GigabitEthernet1/0/1 to pve3…  leave   its neighbour protocol tells so; c…
       [Yes] [No]
    operator  [Yes]
       warning: J-2 is queued: write what sw3 tells into NetBox
       Its end is told here; /job cancel J-2 stops it.
       J-2: 1 difference of sw3 is written into NetBox
       1 difference of sw3 is written into NetBox.
         started by  operator
    operator  /device discover sw3 overwrite without=macs,vlans,ipv4
       NetBox has all that sw3 tells
         asked            <lab> as lab
         to create        0
         to change        0
         as it should be  12
         left as it is    1
       what                                  done   why
       cable GigabitEthernet1/0/1 to pve3.…  leave  its neighbour protocol tells so; c…
    "#);
}

#[tokio::test]
async fn a_device_that_netbox_has_not_is_made_and_who_may_ask_it_is_looked_at() {
    let transcript = on_both(async |story| {
        let at = story.switches().named("sw2").access().snmp.expect("it has an agent");
        let say = |who: &'static str, more: &str| {
            let line = format!("/device discover spare9 address={at}{more}");
            async move { story.ask(who, &line).await.remove(0) }
        };
        // A community is told to whoever is asked.
        let refused = say("viewer", "").await;
        assert_eq!(refused.code.as_deref(), Some("not-allowed"), "{refused:?}");
        let lacks = say("operator", "").await;
        assert_eq!(lacks.code.as_deref(), Some("not-ready"), "{lacks:?}");
        let question = say("operator", " site=\"Lab 9\" role=Spare apply").await;
        assert!(question.actions.iter().any(|action| action == "Yes"), "{question:?}");
        story.answer("operator", &question.id, "Yes").await;
        story.settle().await;
        let made = device(story, "spare9").await;
        assert_eq!(made.site.as_ref().map(|site| site.name.as_str()), Some("Lab 9"));
        assert_eq!(made.role.as_ref().map(|role| role.name.as_str()), Some("Spare"));
        assert_eq!(made.kind.as_ref().map(|kind| kind.name.as_str()), Some("EX3400-48T"));
        let again = say("operator", " apply").await;
        assert_eq!(again.title_plain(), "NetBox has all that spare9 tells", "{again:?}");
        story.say("operator", "/device discover nowhere9").await;
        story.say("operator", "/device discover sw1 login=nobody").await;
    })
    .await;
    insta::assert_snapshot!(transcript, @r#"
       J-1: 41 differences of spare9 are written into NetBox
       41 differences of spare9 are written into NetBox.
         started by  operator
    operator  /device discover nowhere9
       refused: there is no device "nowhere9" (no-such-device)
    operator  /device discover sw1 login=nobody
       refused: sw1 has the SNMP login "nobody", which is not configured (not-ready)
       right would be one of [[network.snmp]]
    "#);
}

#[tokio::test]
async fn a_device_that_is_silent_or_a_netbox_that_is_away_is_told() {
    let transcript = on_both_set(
        |settings| {
            settings.snmp_limits.request = Duration::from_millis(100);
            settings.snmp_limits.retries = 0;
        },
        async |story| {
            story.say("operator", "/device discover sw1 address=127.0.0.1:9").await;
            story.lab("netbox down 10s");
            story.say("operator", "/device discover sw1").await;
            story.lab("netbox up");
        },
    )
    .await;
    insta::assert_snapshot!(transcript, @r#"
    operator  /device discover sw1 address=<lab>
       failed: 127.0.0.1 cannot be reached: no answer by SNMP, or wrong community, user or passphrase (unreachable)
       /lab check tells what answers and what does not
    %  netbox down 10s
    operator  /device discover sw1
       failed: NetBox cannot be reached: <lab> broke the connection before it answered: <cause> (unreachable)
       /lab check tells what answers and what does not
    %  netbox up
    "#);
}
