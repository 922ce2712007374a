//! One person on two surfaces.

use super::{
    member::{Member, OPERATORS, VIEWERS, rules},
    story::{Story, on_both_by_rules},
};
use direttore_reply::Reply;
use direttore_store::audit;
use insta::assert_snapshot;
use std::time::Duration;

/// The code that a reply shows.
fn code(replies: &[Reply]) -> String {
    let title = replies[0].title_plain();
    title.strip_prefix("your code is ").unwrap_or_else(|| panic!("no code in {title}")).to_owned()
}

async fn refused(s: &Story, member: &Member, line: &str) -> (String, String) {
    let reply = member.asks(s, line).await.remove(0);
    assert_eq!(reply.code.as_deref(), Some("wrong-code"), "{line}");
    (reply.title_plain(), reply.text_plain())
}

#[tokio::test]
async fn a_code_of_one_surface_links_another() {
    let story = on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "Ann", &[]);
        let code = code(&s.say("operator", "/link").await);
        ann.says(s, &format!("/link {code}")).await;
        ann.says(s, "/whoami").await;
        s.note("she is the operator, with all that narrows and widens it");
        s.say("admin", "/grant add operator nodes=pve2 commands=\"power start\"").await;
        ann.says(s, "/power start db2").await;
        ann.says(s, "/node list").await;
        s.settle().await;
    })
    .await;
    assert_snapshot!(story, @r#"
    operator  /link
       your code is <code>
       Say /link <code> where you want to be operator too. It works once.
         works until  <time>
    @Ann  /link <code>
       discord:42 is operator from now on
    @Ann  /whoami
       you are operator, operator
         identity  discord:42
         account   operator
         role      operator
         because   that is the role of account operator
         zone      UTC
         now       <time>
    -- she is the operator, with all that narrows and widens it
    admin  /grant add operator nodes=pve2 commands="power start"
       grant 1 narrows what operator may do
       What no grant to operator covers is refused from now on. /grant remove 1 takes it back.
         nodes     pve2
         commands  power start
    @Ann  /power start db2
       warning: J-1 is queued: start db2 (104)
       Its end is told here; /job cancel J-1 stops it.
    @Ann  /node list
       refused: your grants do not cover /node list (not-granted)
       they cover only nodes=pve2 commands=power start; an administrator can change that (/grant add)
    "#);
}

#[tokio::test]
async fn who_came_in_by_a_role_moves_to_the_account_of_the_code() {
    let story = on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "ann", &[VIEWERS]);
        ann.says(s, "/whoami").await;
        let to_viewer = code(&s.say("viewer", "/link").await);
        s.say("admin", "/user role viewer operator").await;
        s.press("admin", "Yes").await;
        ann.says(s, &format!("/link {to_viewer}")).await;
        ann.says(s, "/whoami").await;
        s.note("and back: the first account is still there, and who has it gives a code");
        s.say("ann", "/whoami").await;
        let to_ann = code(&s.say("ann", "/link").await);
        let typed = to_ann.replace('-', "").to_uppercase();
        assert_eq!(ann.asks(s, &format!("/link {typed}")).await[0].title_plain(), "discord:42 is ann from now on");
        ann.says(s, "/whoami").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    @ann  /whoami
       you are ann, viewer
         identity  discord:42
         account   ann
         role      viewer
         because   the discord role 701 gives it
         zone      UTC
         now       <time>
    viewer  /link
       your code is <code>
       Say /link <code> where you want to be viewer too. It works once.
         works until  <time>
    admin  /user role viewer operator
       make viewer operator?
       Its grants stay.
         role now  viewer
         new role  operator
       [Yes] [No]
    admin  [Yes]
       viewer is operator now
         before  viewer
    @ann  /link <code>
       discord:42 is viewer from now on
    @ann  /whoami
       you are viewer, operator
         identity  discord:42
         account   viewer
         role      operator
         because   that is the role of account viewer
         zone      UTC
         now       <time>
    -- and back: the first account is still there, and who has it gives a code
    ann  /whoami
       you are ann, without a role
       An administrator can give a role with /user role; until then /help shows what you may say.
         identity  console:ann
         account   ann
         role      none
         because   account ann has no role
         zone      UTC
         now       <time>
    ann  /link
       your code is <code>
       Say /link <code> where you want to be ann too. It works once.
         works until  <time>
    @ann  /whoami
       you are ann, viewer
         identity  discord:42
         account   ann
         role      viewer
         because   the discord role 701 gives it
         zone      UTC
         now       <time>
    "#);
}

#[tokio::test]
async fn a_code_works_once_and_for_ten_minutes() {
    let wording = std::sync::Mutex::new(Vec::new());
    on_both_by_rules(rules, async |s| {
        let (ann, bob) = (Member::new("42", "ann", &[VIEWERS]), Member::new("43", "bob", &[OPERATORS]));
        let used = code(&s.say("operator", "/link").await);
        ann.asks(s, &format!("/link {used}")).await;
        let older = code(&s.say("operator", "/link").await);
        let late = code(&s.say("operator", "/link").await);
        s.clock.advance(Duration::from_secs(600));
        let mut all = Vec::new();
        for wrong in [&used, &older, &late, "22222-22222", "no code at all", "aaaaa-aaaaa"] {
            all.push(refused(s, &bob, &format!("/link code=\"{wrong}\"")).await);
        }
        all.dedup();
        assert_eq!(all.len(), 1, "nobody learns which it was: {all:?}");
        assert_eq!(bob.asks(s, "/whoami").await[0].title_plain(), "you are bob, operator", "it moved nowhere");
        wording.lock().expect("no test panicked").extend(all);
        let fresh = code(&s.say("operator", "/link").await);
        s.clock.advance(Duration::from_secs(599));
        assert_eq!(bob.asks(s, &format!("/link {fresh}")).await[0].code, None);
    })
    .await;
    let mut wording = wording.into_inner().expect("no test panicked");
    wording.dedup();
    assert_snapshot!(wording.iter().map(|(title, text)| format!("{title}\n{text}")).collect::<String>(), @r#"
    this code does not work
    each works once and for ten minutes; /link where you have your account makes another
    "#);
}

#[tokio::test]
async fn of_two_who_use_a_code_at_once_one_is_linked() {
    on_both_by_rules(rules, async |s| {
        let line = format!("/link {}", code(&s.say("operator", "/link").await));
        let members = ["51", "52", "53"].map(|subject| Member::new(subject, "eve", &[]));
        let replies = futures::future::join_all(members.iter().map(|m| m.asks(s, &line))).await;
        let linked = replies.iter().flatten().filter(|r| r.code.is_none()).count();
        assert_eq!(linked, 1, "{replies:?}");
    })
    .await;
}

#[tokio::test]
async fn the_audit_log_never_has_a_code() {
    on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "ann", &[VIEWERS]);
        let code = code(&s.say("operator", "/link").await);
        let (first, second) = code.split_once('-').expect("two groups");
        s.say("operator", "/alias add me \"/link {code}\"").await;
        for line in [
            format!("/lnik {code}"),
            code.clone(),
            format!("/link {first} {second}"),
            format!("/link kode={code}"),
            format!("/link {code} {code}"),
            format!("/guest show {code} {code}"),
            format!("/link code={code}"),
            format!("/link {code}"),
        ] {
            ann.asks(s, &line).await;
            s.ask("stranger", &line).await;
        }
        s.dispatch.flush().await;
        let mut tx = s.dispatch.store.read().await.expect("the database answers");
        let filter = audit::Filter { who: None, what: None, since: None, limit: 1000, offset: 0 };
        let (rows, _) = audit::list(&mut tx, filter).await.expect("the database answers");
        assert!(rows.len() > 16, "all of it is there");
        let linked =
            rows.iter().find(|row| row.entry.detail["account"] == "operator").expect("who became whom is there");
        assert_eq!((linked.entry.line.as_str(), linked.entry.target.as_str()), ("/link (left out)", "discord:42"));
        let revealed = rows.iter().filter(|row| row.entry.detail["secret_revealed"] == true).count();
        assert_eq!(revealed, 1);
        for row in rows {
            let told = format!("{:?}", row.entry);
            for part in [first, second] {
                assert!(!told.contains(part), "{told} has {part} of {code}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn who_has_no_account_and_who_is_at_the_console_are_told_where_to_go() {
    let story = on_both_by_rules(rules, async |s| {
        Member::new("42", "ann", &[]).says(s, "/link").await;
        let code = code(&s.say("operator", "/link").await);
        s.say("viewer", &format!("/link {code}")).await;
    })
    .await;
    assert_snapshot!(story, @r#"
    @ann  /link
       refused: discord:42 cannot be given a code: it has no account; say /link where you have one, and its code here (wrong-state)
    operator  /link
       your code is <code>
       Say /link <code> where you want to be operator too. It works once.
         works until  <time>
    viewer  /link <code>
       refused: console:viewer cannot be linked: at the console you are your account already; say /link here, and its code elsewhere (wrong-state)
    "#);
}
