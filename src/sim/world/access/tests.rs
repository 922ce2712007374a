//! Levels, pools and separated tokens.

use super::*;

fn users(acl: &[(&str, AclKind, &str, &str, bool)]) -> Users {
    let entry = |(path, kind, whom, role, propagates): &(&str, AclKind, &str, &str, bool)| AclEntry {
        path: (*path).into(),
        kind: *kind,
        whom: (*whom).into(),
        role: (*role).into(),
        propagates: *propagates,
    };
    let token =
        |is_separated| Token { secret: String::new(), is_separated, expire: 0, comment: None, is_revoked: false };
    let tokens = BTreeMap::from([("own".to_owned(), token(true)), ("same".to_owned(), token(false))]);
    Users {
        users: BTreeMap::from([("a@pve".to_owned(), User { tokens, ..User::default() })]),
        roles: standard_roles(false),
        acl: acl.iter().map(entry).collect(),
        ticket_key: String::new(),
    }
}

#[test]
fn the_nearest_level_decides() {
    let users = users(&[
        ("/", AclKind::User, "a@pve", "PVEVMUser", true),
        ("/vms/100", AclKind::User, "a@pve", "PVEAuditor", true),
        ("/vms/200", AclKind::User, "a@pve", "NoAccess", true),
        ("/nodes", AclKind::User, "a@pve", "PVEAuditor", false),
        ("/pool/lab", AclKind::User, "a@pve", "PVEVMAdmin", true),
    ]);
    for (path, pool, privilege, holds) in [
        ("/vms/101", None, "VM.PowerMgmt", true),
        ("/vms/100", None, "VM.PowerMgmt", false),
        ("/vms/100", None, "VM.Audit", true),
        ("/vms/200", None, "VM.Audit", false),
        ("/nodes", None, "Sys.Audit", true),
        ("/nodes/pve1", None, "Sys.Audit", false),
        ("/vms/100", Some("lab"), "VM.PowerMgmt", true),
        ("/vms/101", None, "VM.Snapshot", false),
    ] {
        assert_eq!(users.has("a@pve", None, path, pool, privilege), holds, "{path} {pool:?} {privilege}");
        assert_eq!(users.privileges("a@pve", None, path, pool).contains_key(privilege), holds, "{path} {privilege}");
    }
}

#[test]
fn a_separated_token_has_what_both_have() {
    let users = users(&[
        ("/", AclKind::User, "a@pve", "PVEVMUser", true),
        ("/", AclKind::Token, "a@pve!own", "PVEVMAdmin", true),
    ]);
    for (token, privilege, holds) in [
        ("own", "VM.PowerMgmt", true),
        ("own", "VM.Snapshot", false),
        ("same", "VM.PowerMgmt", true),
        ("gone", "VM.PowerMgmt", false),
    ] {
        assert_eq!(users.has("a@pve", Some(token), "/vms/1", None, privilege), holds, "{token} {privilege}");
        let all = users.privileges("a@pve", Some(token), "/vms/1", None);
        assert_eq!(all.contains_key(privilege), holds, "{token} {privilege}");
    }
    assert!(users.has(ROOT, None, "/anything", None, "Sys.Modify"));
}
