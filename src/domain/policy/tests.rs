use super::*;
use crate::{Account, Grant, GrantTo, Identity, Surface};

fn actor(role: Option<Role>, grants: Vec<Grant>) -> Actor {
    let account =
        Account { id: 1, name: "alice".parse().expect("a name"), role, is_disabled: false, zone: "UTC".into() };
    let identity = Identity { surface: Surface::Console, subject: "alice".into() };
    Actor { identity, account: Some(account), role, because: "account alice has it".into(), grants, groups: vec![] }
}

fn grant(pools: &[&str], nodes: &[&str], commands: &[&str]) -> Grant {
    Grant {
        id: 1,
        pools: pools.iter().map(|p| p.parse().expect("a name")).collect(),
        nodes: nodes.iter().map(|n| n.parse().expect("a name")).collect(),
        commands: commands.iter().map(|c| (*c).to_owned()).collect(),
        ..Grant::of(GrantTo::Account("alice".parse().expect("a name")))
    }
}

#[test]
fn someone_without_a_role_gets_nothing_but_what_anyone_may() {
    let nobody = actor(None, vec![]);
    assert!(may_say(&nobody, Permission::Anyone, "whoami", "console").is_ok());
    for permission in Permission::ALL.into_iter().skip(1) {
        assert_eq!(may_say(&nobody, permission, "x", "console").expect_err("denied").code(), "not-allowed");
    }
}

#[test]
fn within_a_grant_all_dimensions_must_match_and_grants_add_up() {
    let pool = "lab".parse().expect("a name");
    let (pve1, pve2) = ("pve1".parse().expect("a name"), "pve2".parse().expect("a name"));
    let alice = actor(
        Some(Role::Operator),
        vec![grant(&["lab"], &["pve1"], &["power *"]), grant(&[], &["pve2"], &["guest *"])],
    );
    let may = |command: &str, pool, node| {
        may_touch(&alice, Permission::Power, command, "console", Touches { pool, ..Touches::of_node(node) })
    };
    assert!(may("power start", Some(&pool), &pve1));
    assert!(!may("power start", None, &pve1), "outside the pool");
    assert!(!may("power start", Some(&pool), &pve2), "outside the node");
    assert!(may("guest show", None, &pve2), "the other grant");
    assert!(!may("guest show", None, &pve1), "dimensions of two grants do not mix");
    assert_eq!(may_say(&alice, Permission::View, "node show", "console").expect_err("no grant").code(), "not-granted");
    assert!(may_say(&alice, Permission::Own, "job list", "console").is_ok(), "own is not narrowed");
}

#[test]
fn a_device_is_reached_by_its_site_its_tenant_or_a_tag() {
    let slugs = |names: &[&str]| names.iter().map(|n| n.parse().expect("a slug")).collect();
    let of_site = Grant { sites: slugs(&["lab-1", "lab-2"]), ..grant(&[], &[], &["device *"]) };
    let of_both = Grant {
        tenants: slugs(&["netlab"]),
        tags: vec!["core".parse().expect("a tag"), "edge".parse().expect("a tag")],
        ..grant(&[], &[], &[])
    };
    let alice = actor(Some(Role::Operator), vec![of_site, of_both]);
    let check = |command: &str, touched: Touches<'_>| {
        check_touch(&alice, Permission::DevicePush, command, "console", "sw1", touched)
    };
    let tags = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let (core, none) = (tags(&["access", "core"]), tags(&[]));
    let at = |site, tenant, tags| Touches { site, tenant, tags, ..Touches::default() };
    assert!(check("device push", at(Some("lab-2"), None, &none)).is_ok());
    assert!(check("guest show", at(Some("lab-2"), None, &none)).is_err(), "the grant is for devices' commands");
    assert!(check("device push", at(Some("lab-10"), None, &none)).is_err(), "another name that begins so");
    assert!(check("device push", at(Some("lab-9"), Some("netlab"), &core)).is_ok());
    assert!(check("device push", at(Some("lab-9"), Some("netlab"), &none)).is_err(), "both must fit");
    assert!(check("device push", at(Some("lab-9"), None, &core)).is_err());
    assert!(check("device push", Touches::default()).is_err(), "what is in no site is in none that is named");
    let pve1 = "pve1".parse().expect("a name");
    assert!(check("device push", Touches::of_node(&pve1)).is_err());
    let refusal = check("device push", at(Some("lab-9"), Some("netlab"), &tags(&["access"]))).expect_err("elsewhere");
    assert_eq!(refusal.to_string(), "your grants do not cover /device push on sw1");
    assert_eq!(
        refusal.hint().as_deref(),
        Some(
            "they cover only sites=lab-1,lab-2 commands=device *; tenants=netlab tags=core,edge; sites=lab-9 or \
             tenants=netlab or tags=access would cover it; an administrator can change that (/grant add)"
        )
    );
}

#[test]
fn a_disabled_account_is_told_so() {
    let mut alice = actor(Some(Role::Admin), vec![]);
    alice.account.as_mut().expect("has one").is_disabled = true;
    assert_eq!(may_say(&alice, Permission::View, "x", "console").expect_err("off").code(), "account-disabled");
}
