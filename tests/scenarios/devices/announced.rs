//! What the lab does by itself: backups at their hour, alerts about drift, and what a rule tells of a changed VLAN.

use super::super::{
    calendars::program::Sidecar,
    discord::{same::assert_same, stage::world},
    hooks::{SECRET, signature},
    matrix::stage::OPS,
    story::{Story, both, on_a_new_database},
};
use direttore_core::{
    Alerts, Rules,
    devices::Settings,
    hooks::{Action, Hook, Rule, Sender},
};
use direttore_domain::{Origin, Surface};
use direttore_reply::Filled;
use fake_discord::Fake;
use insta::assert_snapshot;
use serde_json::json;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A channel that nobody looks after: what is for it waits.
fn elsewhere() -> Origin {
    Origin { surface: Surface::Discord, channel: "ops".to_owned() }
}

/// What is told in the channel or the room is what waits for one on the console.
async fn there_as_here(rules: fn(Origin) -> Rules, change: fn(&mut Settings), tell: impl AsyncFn(&Story)) {
    let begun = async |store, ops| Story::with_switches(store, rules(ops), change).await;
    let read = async |story: Story| {
        tell(&story).await;
        let read = story.read();
        story.end().await;
        read
    };
    let console = on_a_new_database(async |store| read(begun(store, elsewhere()).await).await).await;
    if let Some(fake) = Fake::start(world()).await {
        let ops = Origin { surface: Surface::Discord, channel: fake.channel_id("ops").to_string() };
        let discord = async |store| read(begun(store, ops).await.on_discord(fake).await).await;
        assert_same(&console, "Discord", &on_a_new_database(discord).await);
    }
    let ops = Origin { surface: Surface::Matrix, channel: OPS.to_owned() };
    let matrix = async |store| read(begun(store, ops).await.on_matrix().await).await;
    assert_same(&console, "Matrix", &on_a_new_database(matrix).await);
}

/// Everything that is due, and the alerts of it.
async fn passes(s: &Story, time: Duration) {
    s.clock.advance(time);
    s.dispatch.do_due().await.expect("the database answers");
    // Another process does not do it once more.
    s.another().do_due().await.expect("the database answers");
    s.settle().await;
    s.dispatch.do_alerts().await.expect("the database answers");
    s.shows_ops().await;
}

fn with_alerts(ops: Origin) -> Rules {
    let alerts = Alerts { channel: Some(ops), drift: true, backup_failed: true, ..Alerts::default() };
    Rules { alerts, ..Rules::default() }
}

async fn drift_is_an_alert_told(s: &Story) {
    s.note("the first backup is due at once");
    passes(s, Duration::ZERO).await;
    s.say("viewer", "/device history sw3").await;
    s.note("an hour later nothing is due");
    passes(s, DAY / 24).await;
    s.lab("switch sw3 'interface GigabitEthernet1/0/3; description by hand'");
    s.lab("switch sw1 refuse");
    passes(s, DAY).await;
    s.say("viewer", "/alert list").await;
    s.lab("switch sw1 accept");
    passes(s, DAY).await;
    s.say("viewer", "/job list all").await;
    s.say("admin", "/job list all").await;
}

fn daily(settings: &mut Settings) {
    settings.backup = DAY;
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_an_alert_until_it_is_no_more() {
    let start = async |store| Story::with_switches(store, with_alerts(elsewhere()), daily).await;
    let story = both(start, drift_is_an_alert_told).await;
    assert_snapshot!(story, @r#"
    -- the first backup is due at once
    viewer  /device history sw3
       1 version of sw3
       /device diff sw3 version=… compares one of them with what runs now.
       when                  who   why               job  version
       <time>  root  scheduled backup  J-1  <commit>
    -- an hour later nothing is due
    %  switch sw3 'interface GigabitEthernet1/0/3; description by hand'
    %  switch sw1 refuse
    -- in ops:
       warning: config-drift: 1 fires, warning
       A-2 warning, firing: sw3 was changed otherwise than by a push: 1 line more and 0 lines less, last by hand at <time>, since <time>
         from  direttore
       [Acknowledge] [Silence 1 h]
    -- in ops:
       warning: device-backup-failed: 1 fires, warning
       A-1 warning, firing: sw1 could not be backed up: sw1 does not accept our credentials: the login of direttore is not accepted (tried password, keyboard-interactive; the device offers publickey, password, keyboard-interactive), since <time>
         from  direttore
       [Acknowledge] [Silence 1 h]
    viewer  /alert list
       2 alerts
       /alert show A-2 tells all of one.
       alert  severity  state   what                               since
       A-2    warning   firing  config-drift: sw3 was changed ot…  <time>
       A-1    warning   firing  device-backup-failed: sw1 could …  <time>
    %  switch sw1 accept
    -- in ops:
       config-drift: resolved
       A-2 warning, resolved: sw3 was changed otherwise than by a push: 1 line more and 0 lines less, last by hand at <time>, ended <time>
         from  direttore
    -- in ops:
       device-backup-failed: resolved
       A-1 warning, resolved: sw1 could not be backed up: sw1 does not accept our credentials: the login of direttore is not accepted (tried password, keyboard-interactive; the device offers publickey, password, keyboard-interactive), ended <time>
         from  direttore
    viewer  /job list all
       refused: this needs the permission users, which the role admin has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    admin  /job list all
       3 jobs
       job  what                         who        status  created
       J-3  back up all network devices  direttore  done    <time>
       J-2  back up all network devices  direttore  done    <time>
       J-1  back up all network devices  direttore  done    <time>
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_an_alert_in_the_channel_and_in_the_room() {
    there_as_here(with_alerts, daily, drift_is_an_alert_told).await;
}

fn upon_vlans(ops: Origin) -> Rules {
    let with = [("site", "{{ data.site.slug }}"), ("template", "vlan")];
    let with = with.map(|(key, value)| (key.to_owned(), Filled::new(value).expect("a template")));
    let action = Action::Run {
        account: "viewer".parse().expect("a name"),
        command: "device drift".to_owned(),
        with: with.into(),
        tell: Some(("ops".to_owned(), ops.clone())),
    };
    let rule = Rule {
        name: "vlans".to_owned(),
        objects: vec!["ipam.vlan".to_owned()],
        events: vec![],
        hook: None,
        when: vec![],
        own: false,
        action,
    };
    Rules {
        hooks: vec![Hook { name: "default".to_owned(), from: Sender::Netbox, secret: SECRET.to_owned() }],
        channels: [("ops".to_owned(), ops)].into(),
        upon_events: vec![rule],
        ..Rules::default()
    }
}

async fn a_changed_vlan_is_announced_told(s: &Story) {
    s.say("operator", "/device backup").await;
    s.settle().await;
    let (sidecar, http) = (Sidecar::of(s).await, reqwest::Client::builder().no_proxy().build().expect("a client"));
    let data = json!({ "id": 3, "vid": 300, "name": "dmz", "site": { "id": 1, "name": "lab", "slug": "lab" } });
    let body = json!({
        "event": "updated", "timestamp": "2040-01-02T09:00:00.000000+00:00", "object_type": "ipam.vlan",
        "username": "alice", "request_id": "r1", "data": data,
        "request": { "id": "r1", "method": "PATCH", "path": "/api/", "user": "alice" },
        "snapshots": { "prechange": { "name": "old" }, "postchange": { "name": "dmz" } },
    })
    .to_string();
    let request = http.post(sidecar.url("/hooks/netbox/default")).header("X-Hook-Signature", signature(&body));
    assert_eq!(request.body(body).send().await.expect("an answer").status(), 202);
    s.note("NetBox posts that a VLAN was changed");
    s.dispatch.do_runs().await.expect("the database answers");
    s.settle().await;
    s.shows_ops().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_vlan_is_announced_with_what_it_means_for_devices() {
    let start = async |store| Story::with_switches(store, upon_vlans(elsewhere()), |_| {}).await;
    let story = both(start, a_changed_vlan_is_announced_told).await;
    assert_snapshot!(story, @r#"
    operator  /device backup
       warning: J-1 is queued: back up sw1, sw2 and sw3
       Its end is told here; /job cancel J-1 stops it.
       J-1: 3 changed, 0 unchanged, 0 failed
         started by  operator
       device  result  note
       sw1     new     121 lines kept
       sw2     new     77 lines kept
       sw3     new     141 lines kept
    -- NetBox posts that a VLAN was changed
    -- in ops:
       warning: 3 of 3 devices are not as they should be
       sw1, as it says itself:
       --- system:/running-config
       +++ session:/direttore-look-session-config
       @@ -18,6 +18,9 @@
        username direttore privilege 15 role network-admin secret sha512 <masked>
        username backup privilege 1 secret sha512 <masked>
        clock timezone UTC
       +vlan 300
       +   name dmz
       +!
        vlan internal order ascending range 1006 1199
        !
        vlan 100
       @@ -46,7 +49,7 @@
        interface Ethernet2
           description pve2 eno1
           switchport mode trunk
       -   switchport trunk allowed vlan 100,200
       +   switchport trunk allowed vlan 100,200,300
           spanning-tree portfast
        !
        interface Ethernet3
       sw2, as it says itself:
       [edit interfaces ge-0/0/0 unit 0 family ethernet-switching vlan]
       +   members 100;
       +   members 200;
       +   members 300;
       [edit interfaces ge-0/0/1 unit 0 family ethernet-switching vlan]
       +   members 100;
       [edit vlans]
       +   dmz {
       +       vlan-id 300;
       +   }
       --- sw3: what runs now (template vlan)
       +++ sw3: what it would be
       @@ -50,7 +50,7 @@
        interface GigabitEthernet1/0/1
         description pve3 eno1
         switchport mode trunk
       - switchport trunk allowed vlan 100,200
       + switchport trunk allowed vlan 100,200,300
        interface GigabitEthernet1/0/2
         description printer
         switchport mode access
       @@ -109,3 +109,5 @@
         exec-timeout 30 0
         transport input ssh
        ntp server 10.0.10.1
       +vlan 300
       + name dmz
       device  against           state    note
       sw1     version <commit>  agrees
       sw1     template vlan     differs  it would add 5 lines and remove 2 lines
       sw1     startup           agrees
       sw2     version <commit>  agrees
       sw2     template vlan     differs  it would add 7 lines and remove 0 lines
       sw3     version <commit>  agrees
       sw3     template vlan     differs  it would add 3 lines and remove 1 line
       sw3     startup           agrees
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_vlan_is_announced_in_the_channel_and_in_the_room() {
    there_as_here(upon_vlans, |_| {}, a_changed_vlan_is_announced_told).await;
}
