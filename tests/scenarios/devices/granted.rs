//! Grants that are about devices: by site, by tenant, by tag.

use super::on_both_set;
use crate::scenarios::story::Story;
use direttore_clients::netbox::Object;
use direttore_reply::{Reply, Tone};
use insta::assert_snapshot;
use serde_json::json;

/// sw1 stays where it is and is tagged, sw2 is of the tenant, sw3 moves to another site.
async fn told_apart(s: &Story) {
    let ipam = s.dispatch.lab.ipam().expect("the story has a NetBox");
    let site = ipam.client.create(Object::Site, json!({ "name": "Annex", "slug": "annex" })).await.expect("made");
    for (name, body) in [
        ("sw1", json!({ "tags": [{ "slug": "gateway" }] })),
        ("sw2", json!({ "tenant": { "slug": "lab" } })),
        ("sw3", json!({ "site": site })),
    ] {
        let row = direttore_core::devices::find(ipam, name).await.expect("NetBox has it");
        ipam.client.change(Object::Device, row.id, body).await.expect("changed");
    }
    s.look_at_netbox().await;
}

fn code(replies: &[Reply]) -> Option<&str> {
    replies.first().and_then(|reply| reply.code.as_deref())
}

#[tokio::test]
async fn who_has_a_site_pushes_there_and_nowhere_else() {
    let story = on_both_set(
        |_| (),
        async |s| {
            told_apart(s).await;
            s.say("admin", "/grant add operator sites=annex").await;
            s.say("operator", "/device push sw1 template=vlan").await;
            s.say("operator", "/device push sw3 sw2 template=vlan").await;
            let asked = s.ask("operator", "/device push role=switch template=vlan").await;
            assert_eq!(asked[0].title_plain(), "push vlan to sw3?", "the others are not there for them");
            s.answer("operator", &asked[0].id, "No").await;
            s.say("operator", "/inventory devices").await;
            let hidden = [
                "/device diff sw1",
                "/device backup sw1",
                "/device render sw2 vlan",
                "/device rollback sw1",
                "/device confirm sw2",
                "/device run sw1 command=\"show version\"",
                "/device discover sw1",
                "/device discover new9 address=127.0.0.1:9 site=lab role=x apply",
                "/inventory device sw2",
                "/reserve new sw1 from=now for=1h",
                "/guest show web1",
                "/node show pve1",
            ];
            for line in hidden {
                assert_eq!(code(&s.ask("operator", line).await), Some("not-granted"), "{line}");
            }
            assert_eq!(code(&s.ask("operator", "/reserve new sw3 from=now for=1h").await), None);
        },
    )
    .await;
    assert_snapshot!(story, @r"
    admin  /grant add operator sites=annex
       grant 1 narrows what operator may do
       What no grant to operator covers is refused from now on. /grant remove 1 takes it back.
         devices  sites=annex
    operator  /device push sw1 template=vlan
       refused: your grants do not cover /device push on sw1 (not-granted)
       they cover only sites=annex; sites=lab or tags=gateway would cover it; an administrator can change that (/grant add)
    operator  /device push sw3 sw2 template=vlan
       refused: your grants do not cover /device push on sw2 (not-granted)
       they cover only sites=annex; sites=lab or tenants=lab would cover it; an administrator can change that (/grant add)
    operator  /inventory devices
       1 device
       name  role    type       site   status  address
       sw3   Switch  C9200-24T  Annex  active  127.0.0.4
    ");
}

#[tokio::test]
async fn a_grant_is_by_tenant_and_tag_too_and_several_add_up() {
    on_both_set(
        |_| (),
        async |s| {
            told_apart(s).await;
            s.say("admin", "/grant add operator tenants=lab commands=\"device *\"").await;
            s.say("admin", "/grant add operator tags=gateway sites=lab commands=\"device *\"").await;
            let reached =
                async |name: &str| code(&s.ask("operator", &format!("/device render {name} vlan")).await).is_none();
            assert!(reached("sw1").await && reached("sw2").await && !reached("sw3").await);
            s.say("admin", "/grant remove 1").await;
            assert!(reached("sw1").await && !reached("sw2").await);
            s.say("admin", "/grant remove 2").await;
            s.say("admin", "/grant add operator tags=gateway sites=annex").await;
            assert!(!reached("sw1").await && !reached("sw3").await, "within one grant all must fit");
            s.say("admin", "/grant remove 3").await;
            s.say("admin", "/grant add operator pools=lab").await;
            assert!(!reached("sw1").await, "a device is in no pool");
            s.say("admin", "/grant remove 4").await;
            assert!(reached("sw1").await && reached("sw3").await);
            for (line, wanted) in [
                ("/grant add operator sites=anex", "no-such-site"),
                ("/grant add operator tenants=labs", "unknown-value"),
                ("/grant add operator tags=gatway", "unknown-value"),
                ("/grant add operator tags=\"a b\"", "bad-value"),
            ] {
                let refused = s.ask("admin", line).await;
                assert_eq!(code(&refused), Some(wanted), "{line}: {refused:?}");
                assert!(
                    refused[0].text_plain().contains("did you mean") || wanted == "bad-value",
                    "{line}: {refused:?}"
                );
            }
        },
    )
    .await;
}

/// The second yes and the no are narrowed as the push is; one's own is taken back anyway.
#[tokio::test]
async fn a_second_person_must_reach_what_they_decide() {
    on_both_set(
        |_| (),
        async |s| {
            told_apart(s).await;
            s.say("operator", "/device push sw1 template=vlan").await;
            s.press("operator", "Yes").await;
            s.passes("1s").await;
            s.say("admin", "/grant add role:admin commands=\"grant *\"").await;
            s.say("admin", "/grant add role:admin sites=annex").await;
            for verb in ["approve", "reject"] {
                let refused = s.ask("admin", &format!("/device {verb} P-1")).await;
                assert_eq!(code(&refused), Some("not-granted"), "{refused:?}");
            }
            s.say("admin", "/grant add operator sites=annex").await;
            let own = s.ask("operator", "/device reject P-1").await;
            assert_eq!(own[0].tone, Tone::Success, "{own:?}");
        },
    )
    .await;
}
