//! What people do about alerts: look after them, keep them quiet, hear of them again.

use super::*;
use insta::assert_snapshot;

const HOUR: Duration = Duration::from_secs(3600);

fn repeating() -> Rules {
    let rules = rules();
    Rules { alerts: Alerts { repeat: HOUR * 4, ..rules.alerts.clone() }, ..rules }
}

async fn two_fire(s: &Story) {
    let at = s.clock.now();
    let firing = ["pve1", "pve2"].map(|node| alert(true, "NodeDown", node, at));
    post(s, "alertmanager", &of_alertmanager(&firing)).await;
}

#[tokio::test]
async fn alerts_are_acknowledged_once() {
    let story = on_both(rules, async |s| {
        two_fire(s).await;
        told(s).await;
        s.say("viewer", "/alert ack A-1").await;
        s.say("operator", "/alert ack A-9").await;
        s.say("operator", "/alert ack A-1 note=\"the switch\"").await;
        s.say("admin", "/alert ack A-1").await;
        passes(s, PACE).await;
        told(s).await;
        s.say("operator", "/alert ack all").await;
        s.say("operator", "/alert ack all").await;
        passes(s, PACE).await;
        told(s).await;
        s.say("viewer", "/alert show A-1").await;
        s.note("it fires again after its end: nobody looks after that yet");
        let at = s.clock.now();
        post(s, "alertmanager", &of_alertmanager(&[alert(false, "NodeDown", "pve1", at)])).await;
        post(s, "alertmanager", &of_alertmanager(&[alert(true, "NodeDown", "pve1", at + PACE)])).await;
        passes(s, PACE).await;
        told(s).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    -- alertmanager posts: Accepted
    -- in alerts/1.1 (1):
       warning: NodeDown: 2 fire, the worst is critical
       A-1 critical, firing: pve1 is down, since <time>
       A-2 critical, firing: pve2 is down, since <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    viewer  /alert ack A-1
       refused: this needs the permission power, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    operator  /alert ack A-9
       refused: there is no alert "A-9" (no-such-thing)
    operator  /alert ack A-1 note="the switch"
       you look after A-1
       Nobody is told of it again while it fires.
         note  the switch
       alert  what
       A-1    NodeDown: pve1 is down
    admin  /alert ack A-1
       refused: A-1 cannot be acknowledged: operator looks after A-1 (wrong-state)
    -- in alerts/1.1 (2):
       warning: NodeDown: 1 fires, critical
       A-2 critical, firing: pve2 is down, since <time>
       A-1 critical, acknowledged by operator: pve1 is down, since <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    operator  /alert ack all
       you look after A-2
       Nobody is told of it again while it fires.
       alert  what
       A-2    NodeDown: pve2 is down
    operator  /alert ack all
       refused: nothing fits all: no alert fires that nobody looks after (nothing-fits)
    -- in alerts/1.1 (3):
       NodeDown: 2 fire, all acknowledged, silenced or held
       A-1 critical, acknowledged by operator: pve1 is down, since <time>
       A-2 critical, acknowledged by operator: pve2 is down, since <time>
         from  alertmanager/main
       [Silence 1 h]
    viewer  /alert show A-1
       A-1 is acknowledged: NodeDown, critical
         what          pve1 is down
         from          alertmanager/main
         since         <time>
         fired         1 time
         acknowledged  by operator, <time>
         note          the switch
         labels        alertname=NodeDown, node=pve1 and severity=critical
       when                  what          who       note
       <time>  acknowledged  operator  the switch
       <time>  told
       <time>  fired                   pve1 is down
    -- it fires again after its end: nobody looks after that yet
    -- alertmanager posts: Accepted
    -- alertmanager posts: Accepted
    -- in alerts/1.1 (4):
       warning: NodeDown: 1 fires, critical
       A-1 critical, firing: pve1 is down, since <time>
       A-2 critical, acknowledged by operator: pve2 is down, since <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    "#);
}

#[tokio::test]
async fn what_is_silenced_is_told_when_it_is_over() {
    let story = on_both(rules, async |s| {
        s.say("operator", "/alert silence match=\"name=NodeDown node=pve*\" for=2h reason=\"moving racks\"").await;
        two_fire(s).await;
        nothing_told(s).await;
        s.say("viewer", "/alert list").await;
        s.say("viewer", "/alert list silenced").await;
        s.say("viewer", "/alert show S-1").await;
        s.note("an hour later nothing is told, two hours later all of it");
        passes(s, HOUR).await;
        nothing_told(s).await;
        passes(s, HOUR).await;
        told(s).await;
        s.say("operator", "/alert silence A-1 for=1d").await;
        s.say("operator", "/alert silence S-2 until=\"in 3 hours\"").await;
        s.say("operator", "/alert silence A-1 for=0").await;
        s.say("operator", "/alert silence A-1 for=0").await;
        for wrong in [
            "/alert silence",
            "/alert silence A-1",
            "/alert silence match=NodeDown for=1h",
            "/alert silence A-1 match=name=x for=1h",
            "/alert silence A-1 until=yesterday",
            "/alert silence S-9 for=1h",
        ] {
            s.say("operator", wrong).await;
        }
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /alert silence match="name=NodeDown node=pve*" for=2h reason="moving racks"
       S-1: nobody is told of name=NodeDown node=pve* until <time>
       Nothing that fires now is silenced by it.
       /alert silence S-1 for=0 ends it.
         reason  moving racks
    -- alertmanager posts: Accepted
    viewer  /alert list
       2 alerts
       /alert show A-2 tells all of one.
       alert  severity  state     what                    since
       A-2    critical  silenced  NodeDown: pve2 is down  <time>
       A-1    critical  silenced  NodeDown: pve1 is down  <time>
    viewer  /alert list silenced
       1 silence
       /alert silence S-1 for=0 ends one.
       silence  what                     until                 by        why
       S-1      name=NodeDown node=pve*  <time>  operator  moving racks
    viewer  /alert show S-1
       S-1 is a silence of name=NodeDown node=pve*
       /alert silence S-1 for=0 ends it.
         by           operator
         since        <time>
         until        <time>
         reason       moving racks
         keeps quiet  A-1 and A-2
    -- an hour later nothing is told, two hours later all of it
    -- in alerts/1.1 (1):
       warning: NodeDown: 2 fire, the worst is critical
       A-1 critical, firing: pve1 is down, since <time>
       A-2 critical, firing: pve2 is down, since <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    operator  /alert silence A-1 for=1d
       S-2: nobody is told of alert=A-1 until <time>
       1 alert that fires now is silenced.
       /alert silence S-2 for=0 ends it.
    operator  /alert silence S-2 until="in 3 hours"
       S-2: nobody is told of alert=A-1 until <time>
       1 alert that fires now is silenced.
       /alert silence S-2 for=0 ends it.
    operator  /alert silence A-1 for=0
       S-2 is over: A-1 is told of again
    operator  /alert silence A-1 for=0
       refused: A-1 cannot be told of again: nothing keeps it quiet (wrong-state)
    operator  /alert silence
       refused: for is missing (missing-option)
       right would be how long, like 2h, or until="tomorrow 09:00"; 0 ends it
    operator  /alert silence A-1
       refused: for is missing (missing-option)
       right would be how long, like 2h, or until="tomorrow 09:00"; 0 ends it
    operator  /alert silence match=NodeDown for=1h
       refused: match: "NodeDown" is no matcher (bad-value)
       right would be pairs like name=NodeDown node=pve1, with * for any run of characters and double quotes around spaces
    operator  /alert silence A-1 match=name=x for=1h
       refused: match (or alert) was given twice (given-twice)
    operator  /alert silence A-1 until=yesterday
       refused: until: "yesterday" is no time (bad-time)
       right would be a time like 14:30, tomorrow 9am, fri 14:00, 2026-12-01 09:00 or in 2h
    operator  /alert silence S-9 for=1h
       refused: there is no silence "S-9" (no-such-thing)
    "#);
}

#[tokio::test]
async fn what_nobody_looks_after_is_told_again() {
    let story = on_both(repeating, async |s| {
        two_fire(s).await;
        told(s).await;
        passes(s, HOUR * 4 - PACE).await;
        nothing_told(s).await;
        passes(s, PACE).await;
        told(s).await;
        s.say("operator", "/alert ack A-1 A-2").await;
        passes(s, PACE).await;
        told(s).await;
        passes(s, HOUR * 9).await;
        nothing_told(s).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    -- alertmanager posts: Accepted
    -- in alerts/1.1 (1):
       warning: NodeDown: 2 fire, the worst is critical
       A-1 critical, firing: pve1 is down, since <time>
       A-2 critical, firing: pve2 is down, since <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    -- in alerts/1.1 (2):
       NodeDown: told again in a newer message
         from  alertmanager/main
    -- in alerts/1.2 (1):
       warning: NodeDown: 2 fire, the worst is critical
       A-1 critical, firing: pve1 is down, since <time>
       A-2 critical, firing: pve2 is down, since <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    operator  /alert ack A-1 A-2
       you look after A-1 and A-2
       Nobody is told of them again while they fire.
       alert  what
       A-1    NodeDown: pve1 is down
       A-2    NodeDown: pve2 is down
    -- in alerts/1.2 (2):
       NodeDown: 2 fire, all acknowledged, silenced or held
       A-1 critical, acknowledged by operator: pve1 is down, since <time>
       A-2 critical, acknowledged by operator: pve2 is down, since <time>
         from  alertmanager/main
       [Silence 1 h]
    "#);
}

#[tokio::test]
async fn grants_hide_what_is_about_other_nodes() {
    let story = on_both(rules, async |s| {
        s.cluster.refresh().await.expect("the lab answers");
        s.say("admin", "/grant add operator nodes=pve1").await;
        two_fire(s).await;
        s.say("operator", "/alert list").await;
        s.say("operator", "/alert show A-2").await;
        s.say("operator", "/alert ack A-2").await;
        s.say("operator", "/alert ack all").await;
        s.say("operator", "/alert silence match=name=* for=1h").await;
        s.say("operator", "/alert silence A-1 for=1h").await;
        s.say("admin", "/alert silence A-2 for=1h").await;
        s.say("operator", "/alert silence S-2 for=0").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    admin  /grant add operator nodes=pve1
       grant 1 narrows what operator may do
       What no grant to operator covers is refused from now on. /grant remove 1 takes it back.
         nodes  pve1
    -- alertmanager posts: Accepted
    operator  /alert list
       1 alert
       /alert show A-1 tells all of one.
       alert  severity  state   what                    since
       A-1    critical  firing  NodeDown: pve1 is down  <time>
    operator  /alert show A-2
       refused: your grants do not cover /alert show on A-2 (not-granted)
       they cover only nodes=pve1; an administrator can change that (/grant add)
    operator  /alert ack A-2
       refused: your grants do not cover /alert ack on A-2 (not-granted)
       they cover only nodes=pve1; an administrator can change that (/grant add)
    operator  /alert ack all
       you look after A-1
       Nobody is told of it again while it fires.
       alert  what
       A-1    NodeDown: pve1 is down
    operator  /alert silence match=name=* for=1h
       refused: your grants do not cover /alert silence on all alerts with name=* (not-granted)
       they cover only nodes=pve1; an administrator can change that (/grant add)
    operator  /alert silence A-1 for=1h
       S-1: nobody is told of alert=A-1 until <time>
       1 alert that fires now is silenced.
       /alert silence S-1 for=0 ends it.
    admin  /alert silence A-2 for=1h
       S-2: nobody is told of alert=A-2 until <time>
       1 alert that fires now is silenced.
       /alert silence S-2 for=0 ends it.
    operator  /alert silence S-2 for=0
       refused: your grants do not cover /alert silence on A-2 (not-granted)
       they cover only nodes=pve1; an administrator can change that (/grant add)
    "#);
}
