//! Accounts, groups, grants, aliases, help and the audit log.

use super::story::{Story, on_both};
use insta::assert_snapshot;

pub async fn accounts_come_and_go_told(s: &Story) {
    s.say("admin", "/user create bob operator").await;
    s.say("admin", "/user create bob").await;
    s.say("admin", "/user role bob viewer").await;
    s.press("admin", "Yes").await;
    s.say("bob", "/whoami").await;
    s.say("bob", "/whoami zone=warsaw").await;
    s.say("bob", "/whoami zone=Europe/Warsaw").await;
    s.say("bob", "/user password").await;
    s.say("bob", "/user password admin").await;
    s.say("admin", "/user disable bob").await;
    s.press("admin", "Yes").await;
    s.say("bob", "/guest list").await;
    s.say("admin", "/user delete bob").await;
    s.fill("admin", &[("name", "bob")]).await;
    s.say("bob", "/guest list").await;
    s.say("admin", "/user list").await;
}

#[tokio::test]
async fn accounts_come_and_go() {
    let story = on_both(accounts_come_and_go_told).await;
    assert_snapshot!(story, @r#"
    admin  /user create bob operator
       account bob is there
       The password is shown this once and kept nowhere in the clear; /user password bob makes another.
         role      operator
         password  <password>
    admin  /user create bob
       refused: account bob exists already (exists-already)
    admin  /user role bob viewer
       make bob viewer?
       Its grants stay.
         role now  operator
         new role  viewer
       [Yes] [No]
    admin  [Yes]
       bob is viewer now
         before  operator
    bob  /whoami
       you are bob, viewer
         identity  console:bob
         account   bob
         role      viewer
         because   that is the role of account bob
         zone      UTC
         now       <time>
    bob  /whoami zone=warsaw
       refused: there is no zone "warsaw" (no-such-zone)
       did you mean Europe/Warsaw?
    bob  /whoami zone=Europe/Warsaw
       you are bob, viewer
         identity  console:bob
         account   bob
         role      viewer
         because   that is the role of account bob
         zone      Europe/Warsaw
         now       <time>
    bob  /user password
       account bob has a new password
       It is shown this once and kept nowhere in the clear. The old one no longer works.
         password  <password>
    bob  /user password admin
       refused: the password of admin belongs to admin (not-yours)
       its owner or an administrator can do that
    admin  /user disable bob
       disable account bob?
       It keeps its role and grants and can do nothing until it is enabled again. Its jobs under way go on.
       [Yes] [No]
    admin  [Yes]
       account bob is disabled
       /user disable bob off=true enables it again.
    bob  /guest list
       refused: the account bob is disabled (account-disabled)
       an administrator can enable it (/user disable bob off=true)
    admin  /user delete bob
       delete account bob?
       Its grants, aliases and group memberships are deleted with it. Its jobs and its lines in the audit log stay.
       /user disable bob only locks it out.
         role  viewer
       The name confirms it
         name (required): Type bob to go on
       answer: name=…
       [Cancel]
    admin  name=bob
       account bob is deleted
       Its grants, aliases and group memberships are gone with it. Its jobs and its lines in the audit log stay.
    bob  /guest list
       refused: this needs the permission view, which the role viewer has; you have no role (not-allowed)
       console:bob is linked to no account; an administrator can change that (/user role)
    admin  /user list
       4 accounts
       name      role      state    groups  zone
       admin     admin     enabled          UTC
       operator  operator  enabled          UTC
       stranger  none      enabled          UTC
       viewer    viewer    enabled          UTC
    "#);
}

pub async fn the_last_administrator_stays_told(s: &Story) {
    s.say("admin", "/user role admin viewer").await;
    s.say("admin", "/user disable admin").await;
    s.say("admin", "/user delete admin").await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let story = on_both(the_last_administrator_stays_told).await;
    assert_snapshot!(story, @r#"
    admin  /user role admin viewer
       refused: the last administrator cannot be given a lower role (last-admin)
       make another administrator first
    admin  /user disable admin
       refused: the last administrator cannot be disabled (last-admin)
       make another administrator first
    admin  /user delete admin
       refused: the last administrator cannot be deleted (last-admin)
       make another administrator first
    "#);
}

pub async fn a_grant_narrows_what_an_operator_may_told(s: &Story) {
    s.say("admin", "/group create ops").await;
    s.say("admin", "/group add ops operator").await;
    s.say("admin", "/grant add group:ops pools=lab commands=\"power *\" commands=\"guest *\"").await;
    s.say("operator", "/power stop web1").await;
    s.say("operator", "/power start ci-runner-2").await;
    s.settle().await;
    s.say("operator", "/guest list ci").await;
    s.say("operator", "/snapshot create ci-runner-2 s1").await;
    s.settle().await;
    s.say("operator", "/whoami").await;
    s.say("admin", "/grant list").await;
    s.say("admin", "/grant remove 1").await;
    s.say("operator", "/snapshot list ci-runner-2").await;
    s.say("admin", "/grant add nobody pools=lab").await;
    s.say("admin", "/grant add operator").await;
    s.say("admin", "/group list").await;
    s.say("admin", "/group remove ops operator").await;
    s.say("admin", "/group delete ops").await;
}

#[tokio::test]
async fn a_grant_narrows_what_an_operator_may() {
    let story = on_both(a_grant_narrows_what_an_operator_may_told).await;
    assert_snapshot!(story, @r#"
    admin  /group create ops
       group ops is created
       /group add ops bob puts an account into it, /grant add group:ops says what it narrows.
    admin  /group add ops operator
       operator is in group ops now
       The group's grants count for operator too.
    admin  /grant add group:ops pools=lab commands="power *" commands="guest *"
       grant 1 narrows what group:ops may do
       What no grant to group:ops covers is refused from now on. /grant remove 1 takes it back.
         pools     lab
         commands  power *, guest *
    operator  /power stop web1
       refused: your grants do not cover /power stop on web1 (101) (not-granted)
       they cover only pools=lab commands=power *,guest *; an administrator can change that (/grant add)
    operator  /power start ci-runner-2
       warning: J-1 is queued: start ci-runner-2 (106)
       Its end is told here; /job cancel J-1 stops it.
       J-1: ci-runner-2 (106) is running
       ci-runner-2 (106) is running on pve1.
         started by  operator
         task        <upid>
    operator  /guest list ci
       3 guests
       vmid  name  kind  node  status  cores  memory  cpu  tags
       105  ci-runner-1  container  pve3  running  4  1  GiB  <n> %  ci
       106  ci-runner-2  container  pve1  running  4  1  GiB  <n> %  ci
       107  ci-runner-3  VM  pve2  running  2  1  GiB  <n> %  ci
    operator  /snapshot create ci-runner-2 s1
       refused: your grants do not cover /snapshot create (not-granted)
       they cover only pools=lab commands=power *,guest *; an administrator can change that (/grant add)
    operator  /whoami
       you are operator, operator
       Your grants narrow the role: what none of them covers is refused.
         identity  console:operator
         account   operator
         role      operator
         because   that is the role of account operator
         groups    ops
         grants    1
         zone      UTC
         now       <time>
    admin  /grant list
       1 grant
       grant  to         pools  nodes  devices  commands          channels
           1  group:ops  lab                    power *, guest *
    admin  /grant remove 1
       grant 1 to group:ops is removed
       /grant list shows the grants that are left; without any, the whole role counts.
         pools     lab
         commands  power *, guest *
    operator  /snapshot list ci-runner-2
       ci-runner-2 (106) has 1 snapshot
       name   taken                 memory  parent  current  description
       clean  <time>  no              here     freshly installed
    admin  /grant add nobody pools=lab
       refused: there is no account "nobody" (no-such-account)
    admin  /grant add operator
       refused: what the grant covers is missing (missing-option)
       right would be at least one of pools=, nodes=, sites=, tenants=, tags=, commands= and channels=
    admin  /group list
       1 group
       group  members
       ops    operator
    admin  /group remove ops operator
       operator is not in group ops any more
       The group's grants no longer count for operator.
    admin  /group delete ops
       group ops is deleted
       Its grants are gone with it; the accounts that were in it stay.
    "#);
}

pub async fn grants_never_lock_the_administrators_out_told(s: &Story) {
    s.say("admin", "/grant add role:admin commands=\"grant *\"").await;
    s.say("admin", "/guest list").await;
    s.say("admin", "/grant remove 1").await;
    s.say("admin", "/grant add role:admin commands=\"power *\"").await;
}

#[tokio::test]
async fn grants_never_lock_the_administrators_out() {
    let story = on_both(grants_never_lock_the_administrators_out_told).await;
    assert_snapshot!(story, @r#"
    admin  /grant add role:admin commands="grant *"
       grant 1 narrows what role:admin may do
       What no grant to role:admin covers is refused from now on. /grant remove 1 takes it back.
         commands  grant *
    admin  /guest list
       refused: your grants do not cover /guest list (not-granted)
       they cover only commands=grant *; an administrator can change that (/grant add)
    admin  /grant remove 1
       grant 1 to role:admin is removed
       /grant list shows the grants that are left; without any, the whole role counts.
         commands  grant *
    admin  /grant add role:admin commands="power *"
       refused: the last administrator cannot be narrowed away from /grant remove (last-admin)
       make another administrator first
    "#);
}

#[tokio::test]
async fn completion_tells_nobody_what_they_may_not_see() {
    super::story::on_sqlite(async |s| {
        let complete = async |who: &str, line: &str| {
            let identity =
                direttore_domain::Identity { surface: direttore_domain::Surface::Console, subject: who.into() };
            let origin =
                direttore_domain::Origin { surface: direttore_domain::Surface::Console, channel: "story".into() };
            s.dispatch
                .complete((&identity, &direttore_domain::Claims::default()), &origin, line, line.len())
                .await
                .values
        };
        s.say("viewer", "/guest list db2").await;
        assert_eq!(complete("viewer", "/guest show web1").await.len(), 1);
        assert_eq!(complete("viewer", "/power start web").await, vec![], "no permission");
        assert_eq!(complete("stranger", "/guest show web").await, vec![], "no role");
        assert_eq!(complete("nobody", "/node show pve").await, vec![], "no account");
        s.say("admin", "/grant add viewer nodes=pve1").await;
        assert_eq!(complete("viewer", "/node show pve").await.len(), 1, "grants hide nodes");
        assert_eq!(complete("viewer", "/guest show web").await, vec![], "and guests");
    })
    .await;
}

pub async fn an_alias_saves_typing_told(s: &Story) {
    s.say("operator", "/alias add snap /snapshot create {guest} name={name}").await;
    s.say("operator", "/snap web1 before").await;
    s.settle().await;
    s.say("operator", "/snap web2").await;
    s.fill("operator", &[("name", "after")]).await;
    s.settle().await;
    s.say("operator", "/alias add guest /guest list").await;
    s.say("operator", "/alias add xx /nonsense").await;
    s.say("operator", "/alias add prod shared=true line=\"/guest list pool=prod\"").await;
    s.say("admin", "/alias add prod shared=true line=\"/guest list pool=prod\"").await;
    s.say("operator", "/alias list").await;
    s.say("viewer", "/snap web1 x").await;
    s.say("operator", "/alias remove snap").await;
    s.say("operator", "/alias remove snap").await;
}

#[tokio::test]
async fn an_alias_saves_typing() {
    let story = on_both(an_alias_saves_typing_told).await;
    assert_snapshot!(story, @r#"
    operator  /alias add snap /snapshot create {guest} name={name}
       alias snap is saved
       Saying snap asks for guest and name and then does it.
         stands for  /snapshot create {guest} name={name}
         for         you
    operator  /snap web1 before
       warning: J-1 is queued: snapshot before of web1 (101)
       Its end is told here; /job cancel J-1 stops it.
       J-1: snapshot before of web1 (101) is taken
       snapshot before of web1 (101) is taken; the guest is running on pve2.
         started by  operator
         task        <upid>
    operator  /snap web2
       /snapshot create {guest} name={name}: more is needed
       Fill in
         name (required): name
       answer: name=…
       [Cancel]
    operator  name=after
       warning: J-2 is queued: snapshot after of web2 (102)
       Its end is told here; /job cancel J-2 stops it.
       J-2: snapshot after of web2 (102) is taken
       snapshot after of web2 (102) is taken; the guest is running on pve3.
         started by  operator
         task        <upid>
    operator  /alias add guest /guest list
       refused: command guest exists already (exists-already)
    operator  /alias add xx /nonsense
       refused: there is no command "nonsense" (unknown-command)
       /help lists what you may say
    operator  /alias add prod shared=true line="/guest list pool=prod"
       refused: this needs the permission users, which the role admin has; you are operator (not-allowed)
       that is the role of account operator; an administrator can change that (/user role)
    admin  /alias add prod shared=true line="/guest list pool=prod"
       alias prod is saved
       Saying prod does it.
         stands for  /guest list pool=prod
         for         everyone
    operator  /alias list
       2 aliases
       alias  line                                  shared
       prod   /guest list pool=prod                 yes
       snap   /snapshot create {guest} name={name}  no
    viewer  /snap web1 x
       refused: there is no command "snap" (unknown-command)
       did you mean snapshot create?
    operator  /alias remove snap
       alias snap is removed
       /alias add snap /snapshot create {guest} name={name} brings it back.
         stood for  /snapshot create {guest} name={name}
    operator  /alias remove snap
       refused: there is no alias "snap" (no-such-alias)
       there is prod
    "#);
}

pub async fn the_audit_log_tells_who_did_what_told(s: &Story) {
    s.say("viewer", "/power stop web1").await;
    s.say("operator", "/power start db2").await;
    s.settle().await;
    s.say("viewer", "/guest list").await;
    s.say("viewer", "/lab status live").await;
    s.say("viewer", "/lab status live").await;
    s.say("viewer", "/audit").await;
    s.say("admin", "/audit").await;
    s.say("admin", "/audit who=operator").await;
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what() {
    let story = on_both(the_audit_log_tells_who_did_what_told).await;
    assert_snapshot!(story, @r#"
    viewer  /power stop web1
       refused: this needs the permission power, which the role operator has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    operator  /power start db2
       warning: J-1 is queued: start db2 (104)
       Its end is told here; /job cancel J-1 stops it.
       J-1: db2 (104) is running
       db2 (104) is running on pve2.
         started by  operator
         task        <upid>
    viewer  /guest list
       page 1 of 4, 37 guests
       vmid  name  kind  node  status  cores  memory  cpu  tags
       125  alice-dev  VM  pve2  running  1  8  GiB  <n> %  dev
       128  api1  VM  pve2  running  2  8  GiB  <n> %  prod  web
       129  api2  VM  pve3  stopped  2  8  GiB  <n> %  prod  web
       116  bastion  VM  pve2  running  4  1  GiB  <n> %  security
       119  bgp-lab-1  VM  pve2  running  4  1  GiB  <n> %  net
       120  bgp-lab-2  VM  pve3  stopped  1  2  GiB  <n> %  net
       126  bob-dev  VM  pve3  stopped  4  8  GiB  <n> %  dev
       118  build-arm  VM  pve1  stopped  4  2  GiB  <n> %  ci
       117  cache1  container  pve3  running  2  8  GiB  <n> %  prod
       127  carol-dev  container  pve1  running  4  2  GiB  <n> %  dev
       [Next]
    viewer  /lab status live
       lab: 3 of 3 nodes online, 29 of 37 guests running
       96  cores,  memory  <n>  GiB  of  768  GiB  (<n> %).
       As of <time>.
       node  status  cpu  memory  disk  running  guests
       pve1  online  <bar>  <n> %  <bar>  <n> %  <bar>  <n> %  9  13
       pve2  online  <bar>  <n> %  <bar>  <n> %  <bar>  <n> %  12  12
       pve3  online  <bar>  <n> %  <bar>  <n> %  <bar>  <n> %  8  12
    viewer  /lab status live
       lab: 3 of 3 nodes online, 29 of 37 guests running
       96  cores,  memory  <n>  GiB  of  768  GiB  (<n> %).
       As of <time>.
       node  status  cpu  memory  disk  running  guests
       pve1  online  <bar>  <n> %  <bar>  <n> %  <bar>  <n> %  9  13
       pve2  online  <bar>  <n> %  <bar>  <n> %  <bar>  <n> %  12  12
       pve3  online  <bar>  <n> %  <bar>  <n> %  <bar>  <n> %  8  12
    viewer  /audit
       refused: this needs the permission users, which the role admin has; you are viewer (not-allowed)
       that is the role of account viewer; an administrator can change that (/user role)
    admin  /audit
       6 entries
       time                  who       what                 target         outcome
       <time>  viewer    /audit                              refused
       <time>  viewer    /lab status live                    answered
       <time>  viewer    /guest list                         answered
       <time>  operator  J-1 start db2 (104)  lab/104        done
       <time>  operator  /power start db2     guest lab/104  queued
       <time>  viewer    /power stop web1                    refused
    admin  /audit who=operator
       2 entries
       time                  who       what                 target         outcome
       <time>  operator  J-1 start db2 (104)  lab/104        done
       <time>  operator  /power start db2     guest lab/104  queued
    "#);
}
