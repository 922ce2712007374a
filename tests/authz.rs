//! The policy as a table that reviewers read.

use direttore_catalog::{Confirm, catalog};
use insta::assert_snapshot;

#[test]
fn the_table_of_roles_and_permissions() {
    assert_snapshot!(direttore_domain::policy::table(), @r#"
    permission  admin     operator  viewer    none
    anyone      yes       yes       yes       yes
    own         yes       yes       yes       no
    view        yes       yes       yes       no
    reserve     yes       yes       no        no
    provision   yes       yes       no        no
    power       yes       yes       no        no
    device.push yes       approval  no        no
    delete      yes       no        no        no
    users       yes       no        no        no
    "#);
}

#[test]
fn what_each_command_needs_and_asks() {
    let rows: Vec<String> = catalog()
        .commands()
        .iter()
        .map(|c| {
            let confirm = match c.confirm {
                Confirm::No => "",
                Confirm::Yes => " yes",
                Confirm::Name => " name",
                Confirm::Review => " review",
            };
            let guarded = if c.guarded { " guarded" } else { "" };
            format!("{:<20} {}{confirm}{guarded}", c.path, c.permission)
        })
        .collect();
    assert_snapshot!(rows.join("\n"), @r#"
    alert ack            power
    alert list           view
    alert show           view
    alert silence        power
    alias add            own
    alias list           own
    alias remove         own
    audit                users
    device accept-key    device.push yes
    device approve       device.push guarded
    device backup        device.push
    device confirm       device.push guarded
    device diff          view
    device discover      view yes
    device drift         view
    device history       view
    device push          device.push yes guarded
    device reject        device.push
    device render        view
    device rollback      device.push yes guarded
    device run           view
    grant add            users
    grant list           users
    grant remove         users
    group add            users
    group create         users
    group delete         users
    group list           users
    group remove         users
    guest backup         provision yes
    guest clone          provision yes
    guest delete         delete name guarded
    guest list           view
    guest migrate        provision yes guarded
    guest owner          view
    guest resize         provision yes guarded
    guest restore        provision yes guarded
    guest show           view
    help                 anyone
    inventory device     view
    inventory devices    view
    ipam addresses       view
    ipam allocate        provision yes
    ipam check           view
    ipam prefixes        view
    ipam release         provision yes
    ipam vlans           view
    job cancel           own yes
    job list             own
    job retry            own
    job show             own
    key add              own
    key list             own
    key remove           own
    lab check            view
    lab status           view
    link                 anyone
    node list            view
    node reboot          delete name guarded
    node show            view
    node shutdown        delete name guarded
    power reboot         power guarded
    power reset          power yes guarded
    power resume         power guarded
    power shutdown       power guarded
    power start          power guarded
    power stop           power yes guarded
    power suspend        power guarded
    provision container  provision review
    provision vm         provision review
    reserve approve      reserve
    reserve calendar     view
    reserve cancel       reserve
    reserve change       reserve
    reserve check-in     reserve
    reserve extend       reserve
    reserve feed         view
    reserve list         view
    reserve maintenance  users
    reserve new          reserve
    reserve reject       reserve
    reserve release      reserve
    reserve show         view
    reserve take         reserve
    reserve wait         reserve
    resource add         users
    resource edit        users
    resource list        view
    resource remove      users
    snapshot create      power guarded
    snapshot delete      power yes guarded
    snapshot list        view
    snapshot rollback    power yes guarded
    token list           own
    token new            own
    token revoke         own
    user create          users
    user delete          users name
    user disable         users yes
    user list            users
    user password        own
    user role            users yes
    whoami               anyone
    "#);
}
