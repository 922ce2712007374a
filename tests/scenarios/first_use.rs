//! Accounts for those whom the surface's roles let in, and what becomes of them when the roles change.

use super::{
    member::{ADMINS, Member, OPERATORS, VIEWERS, rules},
    story::{Story, on_both, on_both_by_rules},
};
use direttore_core::{Quota, Rules};
use direttore_store::{account, audit};
use insta::assert_snapshot;
use serde_json::json;

/// Names of all accounts but those that every story has.
async fn newcomers(s: &Story) -> Vec<String> {
    let mut tx = s.dispatch.store.read().await.expect("the database answers");
    let all = account::list(&mut tx).await.expect("the database answers");
    let names = all.into_iter().map(|a| a.name.to_string());
    names.filter(|n| !["admin", "operator", "viewer", "stranger"].contains(&n.as_str())).collect()
}

#[tokio::test]
async fn a_role_on_discord_lets_in() {
    let story = on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "Ann Lee", &["999", OPERATORS]);
        ann.says(s, "/whoami").await;
        ann.says(s, "/power start db2").await;
        ann.says(s, "/grant list").await;
        s.settle().await;
        s.say("admin", "/user list").await;
        let mut tx = s.dispatch.store.read().await.expect("the database answers");
        let filter = audit::Filter { who: Some("annlee"), what: Some("link"), since: None, limit: 9, offset: 0 };
        let (rows, total) = audit::list(&mut tx, filter).await.expect("the database answers");
        assert_eq!(total, 1, "an account is made once");
        let row = &rows[0].entry;
        assert_eq!((row.identity.as_str(), row.target.as_str()), ("discord:42", "account annlee"));
        assert_eq!(row.detail, json!({ "first_use": "Ann Lee", "roles": ["999", OPERATORS] }));
    })
    .await;
    assert_snapshot!(story, @r#"
    @Ann Lee  /whoami
       you are annlee, operator
         identity  discord:42
         account   annlee
         role      operator
         because   the discord role 702 gives it
         zone      UTC
         now       <time>
    @Ann Lee  /power start db2
       warning: J-1 is queued: start db2 (104)
       Its end is told here; /job cancel J-1 stops it.
    @Ann Lee  /grant list
       refused: this needs the permission users, which the role admin has; you are operator (not-allowed)
       the discord role 702 gives it; an administrator can change that (/user role)
    admin  /user list
       5 accounts
       name      role      state    groups  zone
       admin     admin     enabled          UTC
       annlee    none      enabled          UTC
       operator  operator  enabled          UTC
       stranger  none      enabled          UTC
       viewer    viewer    enabled          UTC
    "#);
}

#[tokio::test]
async fn without_such_a_role_nobody_gets_in() {
    let story = on_both_by_rules(rules, async |s| {
        let bob = Member::new("43", "bob", &["999"]);
        bob.says(s, "/guest list").await;
        bob.says(s, "/whoami").await;
        bob.says(s, "/help").await;
        assert_eq!(newcomers(s).await, Vec::<String>::new());
    })
    .await;
    assert_snapshot!(story, @r#"
    @bob  /guest list
       refused: this needs the permission view, which the role viewer has; you have no role (not-allowed)
       discord:43 is linked to no account, and its discord roles give none; an administrator can change that (/user role)
    @bob  /whoami
       discord:43 has no account here
       With an account elsewhere, /link there shows a code to say here.
       An administrator can give a role with /user role; until then /help shows what you may say.
         identity  discord:43
         account   none
         role      none
         because   discord:43 is linked to no account, and its discord roles give none
         zone      UTC
         now       <time>
    @bob  /help
       3 commands that you may say here
       /help power stop explains one command, /help guest lists those that begin so.
       say      what
       /help    Show what you may say, or explain one command
       /link    Be the same person on another surface: get a code, or say one
       /whoami  Show who you are here, your role, and which rule gives it
    "#);
}

#[tokio::test]
async fn where_no_role_is_mapped_none_lets_in() {
    on_both(async |s| {
        let ann = Member::new("42", "ann", &[ADMINS]);
        let refused = ann.says(s, "/guest list").await;
        assert_eq!(refused[0].code.as_deref(), Some("not-allowed"));
        assert_eq!(newcomers(s).await, Vec::<String>::new());
    })
    .await;
}

/// The highest of those that Discord gives, and of them and the account's own.
#[tokio::test]
async fn the_highest_role_counts() {
    let story = on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "ann", &[VIEWERS, ADMINS, OPERATORS]);
        ann.says(s, "/whoami").await;
        s.say("admin", "/user role ann operator").await;
        s.press("admin", "Yes").await;
        s.note("she has her own role now, and less on Discord");
        ann.with(&[VIEWERS]).says(s, "/whoami").await;
        s.note("and at last nothing there");
        ann.with(&[]).says(s, "/whoami").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    @ann  /whoami
       you are ann, admin
         identity  discord:42
         account   ann
         role      admin
         because   the discord role 703 gives it
         zone      UTC
         now       <time>
    admin  /user role ann operator
       make ann operator?
       Its grants stay.
         role now  none
         new role  operator
       [Yes] [No]
    admin  [Yes]
       ann is operator now
         before  none
    -- she has her own role now, and less on Discord
    @ann  /whoami
       you are ann, operator
         identity  discord:42
         account   ann
         role      operator
         because   that is the role of account ann
         zone      UTC
         now       <time>
    -- and at last nothing there
    @ann  /whoami
       you are ann, operator
         identity  discord:42
         account   ann
         role      operator
         because   that is the role of account ann
         zone      UTC
         now       <time>
    "#);
}

#[tokio::test]
async fn a_role_taken_away_before_the_press_counts_no_more() {
    let story = on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "ann", &[OPERATORS]);
        ann.says(s, "/power stop web1").await;
        let less = ann.with(&[VIEWERS]);
        less.presses(s, "Yes").await;
        s.note("a role that is back is enough again");
        ann.presses(s, "No").await;
        s.note("the last one is gone");
        ann.with(&["999"]).says(s, "/guest list").await;
        ann.with(&["999"]).says(s, "/whoami").await;
    })
    .await;
    assert_snapshot!(story, @r#"
    @ann  /power stop web1
       stop web1 (101)?
       What is not written to disk is lost.
       /power shutdown asks the guest first.
         vmid           101
         kind           VM
         node           pve2
         status         running
         owner          none
         running since  <time>
       [Yes] [No]
    @ann  [Yes]
       refused: this needs the permission power, which the role operator has; you are viewer (not-allowed)
       the discord role 701 gives it; an administrator can change that (/user role)
    -- a role that is back is enough again
    @ann  [No]
       cancelled; nothing was done
       /power stop web1 asks again.
    -- the last one is gone
    @ann  /guest list
       refused: this needs the permission view, which the role viewer has; you have no role (not-allowed)
       account ann has no role, and its discord roles give none; an administrator can change that (/user role)
    @ann  /whoami
       you are ann, without a role
       An administrator can give a role with /user role; until then /help shows what you may say.
         identity  discord:42
         account   ann
         role      none
         because   account ann has no role, and its discord roles give none
         zone      UTC
         now       <time>
    "#);
}

/// Who was locked out stays so, whatever Discord says.
#[tokio::test]
async fn a_disabled_account_is_no_way_in() {
    on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "ann", &[ADMINS]);
        ann.says(s, "/whoami").await;
        s.say("admin", "/user disable ann").await;
        s.press("admin", "Yes").await;
        let refused = ann.says(s, "/guest list").await;
        assert_eq!(refused[0].code.as_deref(), Some("account-disabled"));
        assert_eq!(newcomers(s).await, ["ann"]);
    })
    .await;
}

/// A name proves nothing: nobody becomes somebody by being called so.
#[tokio::test]
async fn a_name_that_is_taken_gets_another_form() {
    fn with_quota() -> Rules {
        let mut rules = rules();
        rules.quotas.accounts.insert("carol".parse().expect("a name"), Quota::default());
        rules
    }
    on_both_by_rules(with_quota, async |s| {
        for (subject, name) in [("1", "Admin"), ("2", "admin"), ("3", "\u{1F600}"), ("4", "carol"), ("5", "3 Ünï x.y")]
        {
            Member::new(subject, name, &[VIEWERS]).says(s, "/whoami").await;
        }
        assert_eq!(newcomers(s).await, ["admin-2", "admin-3", "carol-2", "member", "nx.y"]);
        let mut tx = s.dispatch.store.read().await.expect("the database answers");
        let admin = account::by_identity(&mut tx, &Member::new("1", "Admin", &[]).identity()).await;
        assert_eq!(admin.expect("the database answers").expect("an account").name.as_str(), "admin-2");
    })
    .await;
}

#[tokio::test]
async fn of_many_first_uses_at_once_each_person_gets_one_account() {
    on_both_by_rules(rules, async |s| {
        let ann = Member::new("42", "ann", &[VIEWERS]);
        let replies = futures::future::join_all((0..8).map(|_| ann.asks(s, "/whoami"))).await;
        for reply in replies.iter().flatten() {
            assert_eq!(reply.title_plain(), "you are ann, viewer");
        }
        assert_eq!(newcomers(s).await, ["ann"]);
        let others = ["51", "52", "53", "54"].map(|subject| Member::new(subject, "bob", &[VIEWERS]));
        futures::future::join_all(others.iter().map(|bob| bob.asks(s, "/whoami"))).await;
        assert_eq!(newcomers(s).await, ["ann", "bob", "bob-2", "bob-3", "bob-4"]);
    })
    .await;
}
