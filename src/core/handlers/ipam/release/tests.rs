//! Which address is meant, and who may give it back.

use super::{
    super::tests::{address, reference},
    *,
};
use direttore_domain::{Account, Identity, Instant, Origin, Role, Surface};

fn meant(text: &str) -> Meant {
    Meant::try_from(text.to_owned()).expect("an address")
}

#[test]
fn an_address_is_said_with_or_without_its_length() {
    assert_eq!(meant("10.0.10.57").text(), "10.0.10.57");
    assert_eq!(meant("10.0.10.57/24").text(), "10.0.10.57/24");
    assert_eq!(meant("2001:db8::57").length, None);
    assert!(Meant::try_from("web1".to_owned()).is_err());
}

#[test]
fn an_address_in_several_tables_is_not_guessed() {
    let mut blue = address("10.0.10.57/24", "");
    blue.vrf = Some(reference(3, "blue"));
    let global = address("10.0.10.57/24", "");
    let said = several(&meant("10.0.10.57"), &[global.clone(), blue]).to_string();
    assert!(said.contains("NetBox has it in the global table and the VRF blue"), "{said}");
    let said = several(&meant("10.0.10.57"), &[global.clone(), global]).to_string();
    assert!(said.contains("NetBox has it in 2 places"), "{said}");
}

fn actor(id: i64, role: Role) -> Actor {
    Actor {
        identity: Identity { surface: Surface::Console, subject: "someone".to_owned() },
        account: Some(Account {
            id,
            name: "someone".parse().expect("a name"),
            role: Some(role),
            is_disabled: false,
            zone: "UTC".to_owned(),
        }),
        role: Some(role),
        because: String::new(),
        grants: vec![],
        groups: vec![],
    }
}

fn job(account_id: Option<i64>) -> JobRow {
    JobRow {
        id: JobId(12),
        command: "ipam allocate".to_owned(),
        title: "take an address".to_owned(),
        account_id,
        actor: "alice".to_owned(),
        origin: Origin { surface: Surface::Console, channel: "console".to_owned() },
        subject: String::new(),
        status: JobStatus::Done,
        error: None,
        attempt: 1,
        cancel_requested: false,
        created: Instant(0),
        queued: Instant(0),
        started: None,
        ended: None,
    }
}

#[test]
fn who_may_give_it_back() {
    let marked = address("10.0.10.57/24", "for alice direttore:J-12/address1");
    let foreign = address("10.0.10.58/24", "by hand");
    let may = |actor: &Actor, row: &Address, taker: Option<&JobRow>| {
        let by = Marks::default().job_in(&row.description);
        may_release(actor, "ipam release", "console", row, by, taker).map_err(|refusal| refusal.to_string())
    };
    let (alice, bob, admin) = (actor(1, Role::Operator), actor(2, Role::Operator), actor(3, Role::Admin));
    let (hers, orphan) = (job(Some(1)), job(None));
    assert_eq!(may(&alice, &marked, Some(&hers)), Ok(()));
    assert_eq!(may(&bob, &marked, Some(&hers)), Err("10.0.10.57/24 belongs to alice".to_owned()));
    assert!(may(&alice, &marked, Some(&orphan)).is_err(), "her account was deleted and made anew");
    let said = may(&alice, &marked, None).expect_err("nobody knows whose it is");
    assert!(said.contains("whoever asked for J-12"), "{said}");
    let said = may(&alice, &foreign, None).expect_err("somebody else wrote it");
    assert!(said.contains("whoever wrote it into NetBox"), "{said}");
    for (row, taker) in [(&marked, Some(&hers)), (&marked, None), (&foreign, None)] {
        assert_eq!(may(&admin, row, taker), Ok(()));
    }
}
