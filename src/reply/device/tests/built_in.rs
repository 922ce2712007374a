//! Ours, each with its sample.

use super::{NOW, Templates};
use crate::device::Outcome;

fn sample(name: &str) -> String {
    let templates = Templates::new([]);
    let data = templates.sample(name).expect("it has a sample").as_ref().expect("it is JSON");
    templates.render(name, data, NOW).unwrap_or_else(|error| panic!("{error}")).text
}

#[test]
fn each_of_ours_fits_its_sample() {
    for check in Templates::new([]).check_all(NOW) {
        let is_good = matches!(check.outcome, Outcome::Renders(_) | Outcome::Reads(_));
        assert!(is_good, "{}: {:?}", check.template, check.outcome);
    }
}

#[test]
fn vlans_of_junos() {
    insta::assert_snapshot!(sample("junos/vlan"), @r#"
    set vlans users vlan-id 10
    set vlans voice---video vlan-id 20
    set interfaces ae0 unit 0 family ethernet-switching interface-mode trunk
    set interfaces ae0 unit 0 family ethernet-switching vlan members all
    set interfaces ge-0/0/2 unit 0 family ethernet-switching interface-mode access
    set interfaces ge-0/0/2 unit 0 family ethernet-switching vlan members 10
    set interfaces ge-0/0/10 description "to spine1"
    set interfaces ge-0/0/10 unit 0 family ethernet-switching interface-mode trunk
    set interfaces ge-0/0/10 unit 0 family ethernet-switching vlan members 10
    set interfaces ge-0/0/10 unit 0 family ethernet-switching vlan members 20
    set interfaces ge-0/0/10 native-vlan-id 1
    "#);
}

#[test]
fn vlans_of_eos() {
    insta::assert_snapshot!(sample("eos/vlan"), @r#"
    vlan 10
       name users
    vlan 20
       name voice_&_video
    interface Ethernet2
       switchport mode access
       switchport access vlan 10
    interface Ethernet10
       description to spine1
       switchport mode trunk
       switchport trunk native vlan 1
       switchport trunk allowed vlan 1,10,20
    interface Port-Channel1
       switchport mode trunk
       switchport trunk allowed vlan all
    "#);
}

#[test]
fn vlans_of_ios() {
    insta::assert_snapshot!(sample("ios/vlan"), @r#"
    vlan 10
     name users
    vlan 20
     name voice_&_video
    interface GigabitEthernet0/2
     switchport mode access
     switchport access vlan 10
    interface GigabitEthernet0/10
     description to spine1
     switchport mode trunk
     switchport trunk native vlan 1
     switchport trunk allowed vlan 1,10,20
    interface Port-channel1
     switchport mode trunk
     switchport trunk allowed vlan all
    "#);
}

#[test]
fn bgp_of_junos() {
    insta::assert_snapshot!(sample("junos/bgp"), @r#"
    # BGP, group transit, neighbour 2001:db8:0:1::2
    set routing-instances internet protocols bgp group transit type external
    set routing-instances internet protocols bgp group transit local-as 64500
    set routing-instances internet protocols bgp group transit neighbor 2001:db8:0:1::2 peer-as 64501
    set routing-instances internet protocols bgp group transit neighbor 2001:db8:0:1::2 family inet6 unicast
    set routing-instances internet protocols bgp group transit neighbor 2001:db8:0:1::2 authentication-key "sample"
    set routing-instances internet protocols bgp group transit neighbor 2001:db8:0:1::2 family inet6 unicast prefix-limit maximum 1000
    set routing-instances internet protocols bgp group transit neighbor 2001:db8:0:1::2 family inet6 unicast prefix-limit teardown 80 idle-timeout 5
    set routing-instances internet protocols bgp group transit neighbor 2001:db8:0:1::2 import [ from-transit ]
    set routing-instances internet protocols bgp group transit neighbor 2001:db8:0:1::2 export [ to-transit deny-rest ]
    "#);
}

#[test]
fn bgp_of_eos() {
    insta::assert_snapshot!(sample("eos/bgp"), @r#"
    router bgp 64500
       router-id 192.0.2.1
       neighbor 192.0.2.2 remote-as 64501
       neighbor 192.0.2.2 password 0 sample
       neighbor 192.0.2.2 maximum-routes 500
       neighbor 2001:db8::2 remote-as 64500
       neighbor 2001:db8::2 description spine1
       neighbor 2001:db8::2 update-source Loopback0
       neighbor 2001:db8::2 route-reflector-client
       neighbor 2001:db8::2 maximum-routes 12000
       network 198.51.100.0/24
       address-family ipv4
          neighbor 192.0.2.2 activate
       address-family ipv6
          neighbor 2001:db8::2 activate
    "#);
}

#[test]
fn a_firewall_of_routeros() {
    insta::assert_snapshot!(sample("routeros/firewall"), @r#"
    # ssh in
    /ip firewall filter
    add chain=input action=accept src-address=192.0.2.0/24 protocol=tcp dst-port=22 limit=10/1m,5:packet comment="ssh in"
    add chain=input action=drop src-address=192.0.2.0/24 protocol=tcp dst-port=22 log=yes log-prefix="ssh in" comment="ssh in: above the limit"
    "#);
}

#[test]
fn isis_of_sros() {
    insta::assert_snapshot!(sample("sros/isis"), @r#"
    # IS-IS of 192.0.2.1
    /configure router isis
        level-capability level-1/2
        area-id 49.0001
        traffic-engineering
        lsp-lifetime 1200
        level 2
            wide-metrics-only
            preference 18
            external-preference 165
        exit
        interface "system"
            level-capability level-1
            level 1 hello-interval 9
            no shutdown
        exit
        interface "to-pe2"
            level-capability level-2
            level 2 hello-interval 9
            no shutdown
        exit
        interface "to-pe10"
            level-capability level-2
            interface-type point-to-point
            level 2 metric 100
            level 2 hello-interval 9
            no shutdown
        exit
        export "export-isis"
        no shutdown
    exit all
    "#);
}

#[test]
fn a_security_policy_of_panos() {
    insta::assert_snapshot!(sample("panos/security-policy"), @r#"
    <security>
      <rules>
          <entry name="web &lt;out&gt;">
            <to>
              <member>internet</member>
            </to>
            <from>
              <member>lab</member>
            </from>
            <source>
              <member>192.0.2.0/24</member>
              <member>198.51.100.0/24</member>
            </source>
            <destination>
              <member>any</member>
            </destination>
            <application>
              <member>web-browsing</member>
              <member>ssl</member>
            </application>
            <service>
              <member>application-default</member>
            </service>
            <category>
              <member>any</member>
            </category>
            <action>allow</action>
            <log-setting>default</log-setting>
            <description>R&amp;D may browse</description>
            <tag>
              <member>lab</member>
            </tag>
            <disabled>no</disabled>
            <profile-setting>
              <profiles>
                <virus><member>strict</member></virus>
                <url-filtering><member>default</member></url-filtering>
              </profiles>
            </profile-setting>
          </entry>
          <entry name="deny rest">
            <to>
              <member>any</member>
            </to>
            <from>
              <member>any</member>
            </from>
            <source>
              <member>any</member>
            </source>
            <destination>
              <member>any</member>
            </destination>
            <application>
              <member>any</member>
            </application>
            <service>
              <member>any</member>
            </service>
            <category>
              <member>any</member>
            </category>
            <action>deny</action>
            <log-setting>default</log-setting>
            <disabled>yes</disabled>
          </entry>
      </rules>
    </security>
    "#);
}
