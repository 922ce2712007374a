//! What senders post: news once, however often and in whatever order it comes.

use super::*;
use insta::assert_snapshot;

#[tokio::test]
async fn one_message_from_the_first_alert_to_the_last_that_ends() {
    let story = on_both(rules, async |s| {
        let at = s.clock.now();
        let firing = |node| alert(true, "NodeDown", node, at);
        let over = |node| alert(false, "NodeDown", node, at);
        post(s, "alertmanager", &of_alertmanager(&[firing("pve1"), firing("pve2")])).await;
        told(s).await;
        s.note("the same once more is no news");
        post(s, "alertmanager", &of_alertmanager(&[firing("pve1"), firing("pve2")])).await;
        nothing_told(s).await;
        s.note("a third joins, and one ends: within the pace of edits, so it is told together a little later");
        post(s, "alertmanager", &of_alertmanager(&[firing("pve3")])).await;
        post(s, "alertmanager", &of_alertmanager(&[over("pve1")])).await;
        nothing_told(s).await;
        passes(s, PACE).await;
        told(s).await;
        s.say("viewer", "/alert list").await;
        passes(s, PACE).await;
        post(s, "alertmanager", &of_alertmanager(&[over("pve2"), over("pve3")])).await;
        told(s).await;
        s.note("a firing that was longer on its way than its end");
        post(s, "alertmanager", &of_alertmanager(&[firing("pve3")])).await;
        passes(s, PACE).await;
        nothing_told(s).await;
        s.note("a later one is another message");
        post(s, "alertmanager", &of_alertmanager(&[alert(true, "NodeDown", "pve3", s.clock.now())])).await;
        told(s).await;
        s.say("viewer", "/alert show A-3").await;
        s.say("viewer", "/alert list resolved").await;
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
    -- the same once more is no news
    -- alertmanager posts: Duplicate
    -- a third joins, and one ends: within the pace of edits, so it is told together a little later
    -- alertmanager posts: Accepted
    -- alertmanager posts: Accepted
    -- in alerts/1.1 (2):
       warning: NodeDown: 2 fire, the worst is critical
       A-2 critical, firing: pve2 is down, since <time>
       A-3 critical, firing: pve3 is down, since <time>
       A-1 critical, resolved: pve1 is down, ended <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    viewer  /alert list
       2 alerts
       /alert show A-3 tells all of one.
       alert  severity  state   what                    since
       A-3    critical  firing  NodeDown: pve3 is down  <time>
       A-2    critical  firing  NodeDown: pve2 is down  <time>
    -- alertmanager posts: Accepted
    -- in alerts/1.1 (3):
       NodeDown: resolved
       A-1 critical, resolved: pve1 is down, ended <time>
       A-2 critical, resolved: pve2 is down, ended <time>
       A-3 critical, resolved: pve3 is down, ended <time>
         from  alertmanager/main
    -- a firing that was longer on its way than its end
    -- alertmanager posts: Duplicate
    -- a later one is another message
    -- alertmanager posts: Accepted
    -- in alerts/1.2 (1):
       warning: NodeDown: 1 fires, critical
       A-3 critical, firing: pve3 is down, since <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    viewer  /alert show A-3
       A-3 is firing: NodeDown, critical
         what    pve3 is down
         from    alertmanager/main
         since   <time>
         fired   2 times
         labels  alertname=NodeDown, node=pve3 and severity=critical
       when                  what      who  note
       <time>  told
       <time>  again          pve3 is down
       <time>  resolved
       <time>  fired          pve3 is down
    viewer  /alert list resolved
       2 alerts
       /alert show A-2 tells all of one.
       alert  severity  state     what                    since
       A-2    critical  resolved  NodeDown: pve2 is down  <time>
       A-1    critical  resolved  NodeDown: pve1 is down  <time>
    "#);
}

#[tokio::test]
async fn what_cannot_be_read_changes_nothing_and_says_why() {
    let story = on_both(rules, async |s| {
        let right = alert(true, "NodeDown", "pve1", s.clock.now());
        let mut wrong = right.clone();
        wrong["status"] = json!("open");
        post(s, "alertmanager", &of_alertmanager(&[right.clone(), wrong])).await;
        post(s, "alertmanager", &json!([])).await;
        post(s, "proxmox", &json!({ "message": "no title" })).await;
        post(s, "grafana", &of_alertmanager(&[])).await;
        for from in ["alertmanager", "grafana", "proxmox"] {
            let body = of_alertmanager(std::slice::from_ref(&right)).to_string();
            let posted = s.dispatch.hook(from, "main", &|_| None, body.as_bytes()).await;
            assert_eq!(posted, Posted::Unproven);
        }
        nothing_told(s).await;
        s.say("viewer", "/alert list all").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    -- alertmanager posts: Unreadable("alerts[1].status is \"open\"; right is firing or resolved")
    -- alertmanager posts: Unreadable("the body is a list; right is one JSON object")
    -- proxmox posts: Unreadable("title is missing; right is {{ escape title }}")
    -- grafana posts: Accepted
    viewer  /alert list all
       nothing is known
    "#);
}

#[tokio::test]
async fn a_backup_of_proxmox_fails_and_goes_well_and_news_of_others_runs_out() {
    let story = on_both(rules, async |s| {
        let notification = |kind: &str, severity: &str, at: Instant| {
            json!({
                "title": format!("{kind} of pve1"), "message": "see the log", "severity": severity,
                "timestamp": at.seconds(), "fields": { "type": kind, "hostname": "pve1", "job-id": "nightly" },
            })
        };
        let at = s.clock.now();
        post(s, "proxmox", &notification("vzdump", "info", at)).await;
        nothing_told(s).await;
        post(s, "proxmox", &notification("vzdump", "error", at)).await;
        post(s, "proxmox", &notification("package-updates", "info", at)).await;
        told(s).await;
        passes(s, Duration::from_secs(3600)).await;
        post(s, "proxmox", &notification("vzdump", "info", s.clock.now())).await;
        told(s).await;
        passes(s, Duration::from_secs(24 * 3600)).await;
        told(s).await;
        s.say("viewer", "/alert list all").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    -- proxmox posts: Duplicate
    -- proxmox posts: Accepted
    -- proxmox posts: Accepted
    -- in alerts/1.1 (1):
       warning: vzdump: 1 fires, critical
       A-1 critical, firing: vzdump of pve1, since <time>
         from  proxmox/main
       [Acknowledge] [Silence 1 h]
    -- in alerts/3.1 (1):
       package-updates: 1 fires, info
       A-2 info, firing: package-updates of pve1, since <time>
         from  proxmox/main
       [Acknowledge] [Silence 1 h]
    -- proxmox posts: Accepted
    -- in alerts/1.1 (2):
       vzdump: resolved
       A-1 critical, resolved: vzdump of pve1, ended <time>
         from  proxmox/main
    -- in alerts/3.1 (2):
       package-updates: resolved
       A-2 info, resolved: package-updates of pve1, ended <time>
         from  proxmox/main
    viewer  /alert list all
       2 alerts
       /alert show A-2 tells all of one.
       alert  severity  state     what                             since
       A-2    info      resolved  package-updates: package-updat…  <time>
       A-1    critical  resolved  vzdump: vzdump of pve1           <time>
    "#);
}

/// Whoever sends it writes what he likes.
#[tokio::test]
async fn what_is_sent_is_text_and_calls_nobody() {
    let story = on_both(rules, async |s| {
        let mut hostile = alert(true, "**@everyone** `x`", "pve1", s.clock.now());
        hostile["annotations"] = json!({ "summary": "<@1> [a](https://x)\u{202e}\ntitle: gone \u{1b}[31m" });
        post(s, "alertmanager", &of_alertmanager(&[hostile])).await;
        told(s).await;
        s.say("viewer", "/alert show A-1").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    -- alertmanager posts: Accepted
    -- in alerts/1.1 (1):
       warning: **@everyone** `x`: 1 fires, critical
       A-1 critical, firing: <@1> [a](https://x)\u{202e}, since <time>
         from  alertmanager/main
       [Acknowledge] [Silence 1 h]
    viewer  /alert show A-1
       A-1 is firing: **@everyone** `x`, critical
         what    <@1> [a](https://x)\u{202e}\ntitle: gone \u{1b}[31m
         from    alertmanager/main
         since   <time>
         fired   1 time
         labels  alertname=**@everyone** `x`, node=pve1 and severity=critical
       when                  what   who  note
       <time>  told
       <time>  fired       <@1> [a](https://x)\u{202e}\ntitle: gone \u{1…
    "#);
}

/// The message is put into the outbox with the alert: whoever dies then has lost nothing, and tells nothing twice.
#[tokio::test]
async fn who_starts_again_before_it_was_told_tells_it_once() {
    on_both(rules, async |s| {
        let body = of_alertmanager(&[alert(true, "NodeDown", "pve1", s.clock.now())]);
        let before = s.another();
        assert_eq!(post_to(&before, "alertmanager", body.to_string().as_bytes()).await, Posted::Accepted);
        drop(before);
        let after = s.another();
        after.do_alerts().await.expect("the database answers");
        assert_eq!(post_to(&after, "alertmanager", body.to_string().as_bytes()).await, Posted::Duplicate);
        assert_eq!(after.waiting(Surface::Discord).await.expect("it answers").len(), 1);
        told(s).await;
        after.do_alerts().await.expect("the database answers");
        nothing_told(s).await;
    })
    .await;
}

/// Several processes are posted the same at once.
#[tokio::test]
async fn of_two_processes_one_tells_it() {
    on_both(rules, async |s| {
        let other = s.another();
        let body = of_alertmanager(&[alert(true, "NodeDown", "pve1", s.clock.now())]).to_string();
        let posts = (0..8).map(|n| {
            let dispatch = if n % 2 == 0 { &s.dispatch } else { &other };
            post_to(dispatch, "alertmanager", body.as_bytes())
        });
        let posted = futures::future::join_all(posts).await;
        assert_eq!(posted.iter().filter(|p| **p == Posted::Accepted).count(), 1, "{posted:?}");
        assert_eq!(posted.iter().filter(|p| **p == Posted::Duplicate).count(), 7, "{posted:?}");
        assert_eq!(s.dispatch.waiting(Surface::Discord).await.expect("it answers").len(), 1);
        told(s).await;
    })
    .await;
}
