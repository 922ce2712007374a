//! What templates make of NetBox' data.

use super::{super::story::Story, on_both};
use insta::assert_snapshot;

pub async fn a_template_is_rendered_told(s: &Story) {
    s.say("viewer", "/device render sw2 vlan").await;
    s.say("viewer", "/device render sw2 bgpp").await;
    s.say("stranger", "/device render sw2 vlan").await;
}

#[tokio::test]
async fn a_template_is_rendered_from_what_netbox_says() {
    let story = on_both(a_template_is_rendered_told).await;
    assert_snapshot!(story, @r#"
    viewer  /device render sw2 vlan
       vlan for sw2
       set vlans servers vlan-id 100
       set vlans lab vlan-id 200
       set vlans dmz vlan-id 300
       set interfaces ge-0/0/0 unit 0 family ethernet-switching interface-mode trunk
       set interfaces ge-0/0/0 unit 0 family ethernet-switching vlan members 100
       set interfaces ge-0/0/0 unit 0 family ethernet-switching vlan members 200
       set interfaces ge-0/0/0 unit 0 family ethernet-switching vlan members 300
       set interfaces ge-0/0/1 unit 0 family ethernet-switching interface-mode access
       set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members 100
         platform  Junos
         lines     9
    viewer  /device render sw2 bgpp
       refused: there is no device template "bgpp" (no-such-template)
       did you mean bgp?
    stranger  /device render sw2 vlan
       refused: this needs the permission view, which the role viewer has; you have no role (not-allowed)
       account stranger has no role; an administrator can change that (/user role)
    "#);
}
