//! The policy as a table that reviewers read.

use direttore_catalog::{Confirm, catalog};
use direttore_domain::{Actor, Grant, Identity, Permission, Role, Surface, grant::Touches, policy};
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

/// A device, a guest and a node, by what grants can name of them.
#[test]
fn what_grants_about_devices_reach() {
    let (lab, pve1) = ("lab".parse().expect("a pool"), "pve1".parse().expect("a node"));
    let (core, none) = (vec!["core".to_owned()], vec![]);
    let device = |site, tenant, tags| Touches { site: Some(site), tenant, tags, ..Touches::default() };
    let things = [
        ("sw1: lab-1 core", device("lab-1", None, &core)),
        ("sw2: lab-1 netlab", device("lab-1", Some("netlab"), &none)),
        ("sw3: annex core", device("annex", None, &core)),
        ("a guest of pve1", Touches { pool: Some(&lab), ..Touches::of_node(&pve1) }),
    ];
    let grant = |words: &str| {
        let mut grant = Grant::of("alice".parse().expect("a receiver"));
        for word in words.split_whitespace() {
            match word.split_once('=').expect("a dimension") {
                ("sites", name) => grant.sites.push(name.parse().expect("a slug")),
                ("tenants", name) => grant.tenants.push(name.parse().expect("a slug")),
                ("tags", name) => grant.tags.push(name.parse().expect("a tag")),
                ("pools", name) => grant.pools.push(name.parse().expect("a pool")),
                ("commands", name) => grant.commands.push(name.to_owned()),
                other => panic!("{other:?} is no dimension"),
            }
        }
        grant
    };
    let mut table = format!("{:<34}{}", "grants", things.map(|(name, _)| format!("{name:<19}")).concat());
    for grants in [
        "",
        "sites=lab-1",
        "sites=lab-1 sites=annex",
        "tenants=netlab",
        "tags=core",
        "sites=lab-1 tags=core",
        "sites=annex; tenants=netlab",
        "pools=lab",
        "pools=lab; sites=lab-1",
        "pools=lab sites=lab-1",
        "commands=device*",
        "commands=power* sites=lab-1",
    ] {
        let all = grants.split(';').filter(|one| !one.is_empty()).map(grant).collect();
        let actor = Actor { grants: all, role: Some(Role::Operator), ..stranger() };
        let may = |touched| match policy::may_touch(&actor, Permission::DevicePush, "device push", "console", touched) {
            true => "yes",
            false => "no",
        };
        table.push_str(&format!(
            "\n{grants:<34}{}",
            things.map(|(_, touched)| format!("{:<19}", may(touched))).concat()
        ));
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    assert_snapshot!(table.join("\n"), @r"
    grants                            sw1: lab-1 core    sw2: lab-1 netlab  sw3: annex core    a guest of pve1
                                      yes                yes                yes                yes
    sites=lab-1                       yes                yes                no                 no
    sites=lab-1 sites=annex           yes                yes                yes                no
    tenants=netlab                    no                 yes                no                 no
    tags=core                         yes                no                 yes                no
    sites=lab-1 tags=core             yes                no                 no                 no
    sites=annex; tenants=netlab       no                 yes                yes                no
    pools=lab                         no                 no                 no                 yes
    pools=lab; sites=lab-1            yes                yes                no                 yes
    pools=lab sites=lab-1             no                 no                 no                 no
    commands=device*                  yes                yes                yes                yes
    commands=power* sites=lab-1       no                 no                 no                 no
    ");
}

fn stranger() -> Actor {
    Actor {
        identity: Identity { surface: Surface::Console, subject: "alice".to_owned() },
        account: None,
        role: None,
        because: String::new(),
        grants: vec![],
        groups: vec![],
    }
}
