//! Completion at the end of a line and inside it.

use crate::{Kind, Want, catalog};

fn at(line: &str) -> (usize, Want) {
    let completion = catalog().complete(line, line.len());
    (completion.start, completion.want)
}

fn words(line: &str) -> String {
    match at(line) {
        (start, Want::Words(words)) => {
            format!("{start}: {}", words.iter().map(|w| w.value.as_str()).collect::<Vec<_>>().join(" "))
        }
        (start, other) => format!("{start}: {other:?}"),
    }
}

/// `start kind prefix key words`
fn live(line: &str) -> String {
    match at(line) {
        (start, Want::Live { kind, prefix, key, words, .. }) => {
            let words: Vec<&str> = words.iter().map(|w| w.value.as_str()).collect();
            format!("{start} {kind} {prefix:?} {} [{}]", key.as_deref().unwrap_or("-"), words.join(" "))
        }
        (start, other) => format!("{start} {other:?}"),
    }
}

#[test]
fn commands_and_verbs() {
    assert_eq!(
        words("/"),
        "1: alert alias audit device grant group guest help inventory ipam job key lab link node power provision reserve resource snapshot token user whoami"
    );
    assert_eq!(words("G"), "0: grant group guest");
    assert_eq!(words("/guest "), "7: backup clone delete list migrate owner resize restore show");
    assert_eq!(words("guest l"), "6: list");
    assert_eq!(words("nonsense x"), "9: Nothing");
    assert_eq!(
        words("help gr"),
        "5: grant add grant list grant remove group add group create group delete group list group remove"
    );
    assert_eq!(words("help power st"), "5: power start power stop");
}

#[test]
fn option_names_and_fixed_values() {
    assert_eq!(words("guest list web "), "15: node= kind= status= pool= tag= mine sort= page=");
    assert_eq!(words("guest list web mine s"), "20: status= sort=");
    assert_eq!(words("guest list status="), "18: running stopped paused unknown");
    assert_eq!(words("guest list status=R"), "18: running");
    assert_eq!(words("user role bob "), "14: admin operator viewer");
    assert_eq!(words("guest list page="), "16: Nothing");
    assert_eq!(
        words("grant add x commands=\"po"),
        "21: \"power *\" \"power reboot\" \"power reset\" \"power resume\" \"power shutdown\" \"power start\" \"power stop\" \"power suspend\""
    );
}

#[test]
fn live_values() {
    assert_eq!(live("guest show w"), "11 guest \"w\" - []");
    assert_eq!(live("guest show "), "11 guest \"\" - []");
    assert_eq!(live("power stop web1 t"), "16 guest \"t\" - [tag=]");
    assert_eq!(live("power stop web1,w"), "16 guest \"w\" - []");
    assert_eq!(live("power stop guest=web1,w"), "22 guest \"w\" guest []");
    assert_eq!(live("guest list node=pv"), "16 node \"pv\" node []");
    assert_eq!(live("guest show \"my g"), "11 guest \"my g\" - []");
    assert_eq!(live("grant add group:o"), "16 group \"o\" - []");
    assert_eq!(live("grant add role:a"), "10 account \"role:a\" - [role:admin]");
    let Want::Live { given, command, .. } = at("snapshot rollback web1 b").1 else { panic!("not live") };
    assert_eq!((given["guest"][0].as_str(), command.as_str()), ("web1", "snapshot rollback"));
}

#[test]
fn inside_a_network_interface() {
    assert_eq!(words("provision vm web1 nic1="), "23: bridge= vlan= model= ip= gw= ip6= gw6=");
    assert_eq!(words("provision vm web1 nic1=\"bridge=vmbr0 i"), "37: ip= ip6=");
    assert_eq!(words("provision vm web1 nic2=bridge=vmbr0,model="), "42: virtio e1000 rtl8139");
    assert_eq!(live("provision vm web1 nic1=\"vlan=5 bridge=vm"), "38 bridge \"vm\" - []");
    assert_eq!(live("provision vm web1 nic1=\"ip=netbox:10."), "27 ipv4 \"netbox:10.\" - []");
    assert_eq!(live("provision vm web1 nic1=\"ip6="), "28 ipv6 \"\" - [auto dhcp none netbox:]");
    assert_eq!(words("provision vm web1 nic1=\"colour="), "31: Nothing");
    assert_eq!(words("provision vm web1 nic1=brid\\ge"), "30: Nothing");
}

#[test]
fn names_of_new_things_are_not_completed() {
    assert_eq!(words("user create "), "12: role=");
    assert_eq!(words("snapshot create web1 x"), "21: Nothing");
}

#[test]
fn the_cursor_may_stand_anywhere() {
    let completion = catalog().complete("guest li status=running", 8);
    assert_eq!((completion.start, matches!(completion.want, Want::Words(w) if w[0].value == "list")), (6, true));
    assert_eq!(catalog().complete("ą", 1).start, 0);
    assert_eq!(catalog().complete("guest list find=web kind=x", 10_000).start, 25);
    assert!(Kind::ALL.iter().filter(|k| k.is_live()).count() == 32);
}
