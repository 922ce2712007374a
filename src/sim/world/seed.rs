//! The world as it is on the first day, the same for the same seed and size.

use super::{
    AclEntry, AclKind, Bridge, Guest, Node, NodePower, Pool, Snapshot, Storage, StorageKind, Token, User, Users,
    Volume, World, access, scatter,
};
use crate::{Inhabitants, PveVersion, Settings};
use direttore_domain::GuestKind::{self, Container, Vm};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const GIB: u64 = 1 << 30;

/// Name, kind, whether it runs, pool, tags; VMIDs from 100 on in this order.
type Row = (&'static str, GuestKind, bool, Option<&'static str>, &'static str);

static NAMED: &[Row] = &[
    ("dns1", Container, true, Some("prod"), "infra"),
    ("web1", Vm, true, Some("prod"), "prod;web"),
    ("web2", Vm, true, Some("prod"), "prod;web"),
    ("db1", Vm, true, Some("prod"), "db;prod"),
    ("db2", Vm, false, Some("prod"), "db;prod"),
    ("ci-runner-1", Container, true, Some("lab"), "ci"),
    ("ci-runner-2", Container, false, Some("lab"), "ci"),
    ("ci-runner-3", Vm, true, Some("lab"), "ci"),
    ("gitlab", Vm, true, Some("prod"), "ci;prod"),
    ("vault", Vm, true, Some("prod"), "prod;security"),
    ("grafana", Container, true, Some("prod"), "monitoring"),
    ("prometheus", Vm, true, Some("prod"), "monitoring"),
    ("loki", Container, true, None, "monitoring"),
    ("mail", Vm, true, Some("prod"), "prod"),
    ("ldap1", Container, true, Some("prod"), "infra"),
    ("dns2", Container, true, Some("prod"), "infra"),
    ("bastion", Vm, true, Some("prod"), "security"),
    ("cache1", Container, true, Some("prod"), "prod"),
    ("build-arm", Vm, false, Some("lab"), "ci"),
    ("bgp-lab-1", Vm, true, Some("lab"), "net"),
    ("bgp-lab-2", Vm, false, Some("lab"), "net"),
    ("k8s-cp1", Vm, true, Some("lab"), "k8s"),
    ("k8s-node1", Vm, true, Some("lab"), "k8s"),
    ("k8s-node2", Vm, true, Some("lab"), "k8s"),
    ("k8s-node3", Vm, false, Some("lab"), "k8s"),
    ("alice-dev", Vm, true, Some("lab"), "dev"),
    ("bob-dev", Vm, false, Some("lab"), "dev"),
    ("carol-dev", Container, true, Some("lab"), "dev"),
    ("api1", Vm, true, Some("prod"), "prod;web"),
    ("api2", Vm, false, Some("prod"), "prod;web"),
    ("netbox", Vm, true, Some("prod"), "infra"),
    ("minio", Vm, true, None, "storage"),
    ("legacy-ftp", Container, true, None, "legacy"),
    ("win-test", Vm, false, Some("lab"), "test"),
    ("staging-web", Vm, true, Some("lab"), "staging;web"),
    ("staging-db", Vm, false, Some("lab"), "db;staging"),
    ("wiki", Container, true, None, "infra"),
];

/// Cloud-init templates, one for each node in turn.
static TEMPLATES: &[&str] = &["debian-13-cloud", "ubuntu-24-cloud", "rocky-10-cloud"];

/// A world of the size that the settings ask for, or with those inhabitants that they name.
pub fn build(settings: &Settings, secret: &mut dyn FnMut() -> String, now: u64) -> World {
    let names: Vec<String> = match &settings.inhabitants {
        Some(named) => named.nodes.clone(),
        None => (1..=settings.nodes.max(1)).map(|n| format!("pve{n}")).collect(),
    };
    let mut world = World {
        seed: settings.seed,
        version: settings.version,
        nodes: names.iter().zip(1u64..).map(|(name, n)| (name.clone(), node(settings.seed, n, now))).collect(),
        guests: BTreeMap::new(),
        pools: ["lab", "prod"].map(|p| (p.to_owned(), Pool { comment: format!("{p} guests") })).into(),
        storages: storages(),
        volumes: names.iter().flat_map(|name| volumes(name, now)).collect(),
        full: BTreeSet::new(),
        users: users(settings.version, secret),
        tasks: Vec::new(),
        later: Vec::new(),
        counter: 0,
        settled: now,
        task_time: (0, 0),
        by_upid: HashMap::new(),
        active: Vec::new(),
        planned: Vec::new(),
        is_news: false,
    };
    if let Some(named) = &settings.inhabitants {
        populate(&mut world, named, now);
        return world;
    }
    let templates = if settings.guests > names.len() { names.len() } else { 0 };
    for i in 0..settings.guests - templates {
        let guest = guest(&world, i, &names, now);
        world.guests.insert(guest.vmid, guest);
    }
    let first = 9000.max(100 + u32::try_from(settings.guests).unwrap_or(u32::MAX).div_ceil(1000) * 1000);
    for (name, i) in names.iter().zip(0u32..).take(templates) {
        let template = template(&world, first + i, name, i as usize);
        world.guests.insert(template.vmid, template);
    }
    world
}

/// Exactly those guests and media, and no others.
fn populate(world: &mut World, named: &Inhabitants, now: u64) {
    for row in &named.guests {
        let mac = world.mac(row.vmid, "net0");
        let common = [("cores", row.cores.to_string()), ("memory", row.memory_mib.to_string())];
        let own = match row.kind {
            Vm => vec![
                ("name", row.name.clone()),
                ("boot", "order=scsi0;net0".to_owned()),
                ("net0", format!("virtio={mac},bridge=vmbr0")),
                ("ostype", "l26".to_owned()),
                ("scsi0", format!("local-lvm:vm-{}-disk-0,size=32G", row.vmid)),
                ("scsihw", "virtio-scsi-single".to_owned()),
            ],
            Container => vec![
                ("arch", "amd64".to_owned()),
                ("hostname", row.name.clone()),
                ("net0", format!("name=eth0,bridge=vmbr0,hwaddr={mac},ip=dhcp,type=veth")),
                ("ostype", "debian".to_owned()),
                ("rootfs", format!("local-lvm:vm-{}-disk-0,size=8G", row.vmid)),
                ("swap", "512".to_owned()),
                ("unprivileged", "1".to_owned()),
            ],
        };
        let config = common.into_iter().chain(own).map(|(key, value)| (key.to_owned(), value)).collect();
        let mut guest = Guest::new(row.vmid, row.kind, &row.node, config);
        if row.runs {
            guest.start(now.saturating_sub(3_600_000));
        }
        world.guests.insert(row.vmid, guest);
    }
    for node in &named.nodes {
        world.volumes.extend(named.media.iter().map(|(content, file)| Volume {
            node: node.clone(),
            storage: "local".into(),
            content: content.clone(),
            name: format!("{content}/{file}"),
            size: 128 << 20,
            made: now / 1000,
            vmid: None,
            notes: None,
            is_protected: false,
            config: None,
        }));
    }
}

fn node(seed: u64, n: u64, now: u64) -> Node {
    Node {
        power: NodePower::Online,
        since: now.saturating_sub((1 + scatter(&[seed, n]) % 90) * 86_400_000),
        cores: 32,
        memory: 256 * GIB,
        disk: 96 * GIB,
        bridges: [("vmbr0", true), ("vmbr1", false)]
            .map(|(name, is_vlan_aware)| (name.to_owned(), Bridge { is_vlan_aware }))
            .into(),
        address: format!("192.0.2.{}", 10 + n % 240),
    }
}

fn storages() -> BTreeMap<String, Storage> {
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
    let local = Storage {
        kind: StorageKind::Dir,
        content: words(&["iso", "vztmpl", "backup", "import", "images", "rootdir"]),
        size: 96 * GIB,
    };
    let thin = Storage { kind: StorageKind::LvmThin, content: words(&["images", "rootdir"]), size: 1800 * GIB };
    BTreeMap::from([("local".to_owned(), local), ("local-lvm".to_owned(), thin)])
}

fn volumes(node: &str, now: u64) -> Vec<Volume> {
    let files = [
        ("vztmpl", "vztmpl/debian-13-standard_13.1-2_amd64.tar.zst", 128 << 20),
        ("vztmpl", "vztmpl/alpine-3.22-default_20250617_amd64.tar.xz", 3 << 20),
        ("iso", "iso/debian-13.1.0-amd64-netinst.iso", 784 << 20),
    ];
    let volume = |(content, name, size): (&str, &str, u64)| Volume {
        node: node.to_owned(),
        storage: "local".into(),
        content: content.into(),
        name: name.into(),
        size,
        made: now / 1000 - 30 * 86_400,
        vmid: None,
        notes: None,
        is_protected: false,
        config: None,
    };
    files.into_iter().map(volume).collect()
}

fn users(version: PveVersion, secret: &mut dyn FnMut() -> String) -> Users {
    let token =
        Token { secret: secret(), is_separated: true, expire: 0, comment: Some("the bot".into()), is_revoked: false };
    let bot = User {
        password: Some(secret()),
        comment: Some("direttore".into()),
        tokens: BTreeMap::from([("bot".to_owned(), token)]),
        ..User::default()
    };
    let root = User { password: Some(secret()), ..User::default() };
    let entry = |kind, whom: &str| AclEntry {
        path: "/".into(),
        kind,
        whom: whom.into(),
        role: "Direttore".into(),
        propagates: true,
    };
    Users {
        users: BTreeMap::from([(access::ROOT.to_owned(), root), ("direttore@pve".to_owned(), bot)]),
        roles: access::standard_roles(version == PveVersion::V8_4),
        acl: vec![entry(AclKind::User, "direttore@pve"), entry(AclKind::Token, "direttore@pve!bot")],
        ticket_key: secret(),
    }
}

fn guest(world: &World, i: usize, nodes: &[String], now: u64) -> Guest {
    let dice = |salt: u64| scatter(&[world.seed, i as u64, salt]);
    let vmid = 100 + u32::try_from(i).unwrap_or(0);
    let pick = &NAMED[i % NAMED.len()];
    let (name, kind, runs, pool, tags) = match i / NAMED.len() {
        0 => (pick.0.to_owned(), pick.1, pick.2, pick.3, pick.4),
        n => (format!("{}-{n}", pick.0), pick.1, dice(1) % 3 != 0, pick.3, pick.4),
    };
    let storage = if pick.0 == "legacy-ftp" { "local" } else { "local-lvm" };
    let gib = [8, 16, 32, 64][(dice(2) % 4) as usize];
    let memory = [1024, 2048, 4096, 8192][(dice(3) % 4) as usize];
    let cores = [1, 2, 4][(dice(4) % 3) as usize];
    let mac = world.mac(vmid, "net0");
    let mut config: BTreeMap<String, String> = BTreeMap::new();
    let mut put = |key: &str, value: String| drop(config.insert(key.to_owned(), value));
    put("cores", cores.to_string());
    put("memory", memory.to_string());
    put("onboot", u8::from(runs).to_string());
    put("tags", tags.to_owned());
    match kind {
        Vm => {
            put("name", name.clone());
            put("agent", "1".into());
            put("boot", "order=scsi0;net0".into());
            put("net0", format!("virtio={mac},bridge=vmbr0"));
            put("ostype", "l26".into());
            put("scsi0", format!("{storage}:vm-{vmid}-disk-0,iothread=1,size={gib}G"));
            put("scsihw", "virtio-scsi-single".into());
        }
        Container => {
            put("arch", "amd64".into());
            put("hostname", name.clone());
            put("net0", format!("name=eth0,bridge=vmbr0,hwaddr={mac},ip=dhcp,type=veth"));
            put("ostype", "debian".into());
            let volume =
                if storage == "local" { format!("{vmid}/vm-{vmid}-disk-0.raw") } else { format!("vm-{vmid}-disk-0") };
            put("rootfs", format!("{storage}:{volume},size={gib}G"));
            put("swap", "512".into());
            put("unprivileged", "1".into());
        }
    }
    if name == "vault" {
        put("protection", "1".into());
    }
    let mut guest = Guest::new(vmid, kind, &nodes[i % nodes.len()], config);
    guest.pool = pool.map(str::to_owned);
    if runs {
        guest.start(now.saturating_sub((1 + dice(5) % 2000) * 1_000_000));
    }
    match name.as_str() {
        "gitlab" => guest.ha = Some("started".into()),
        "web1" => {
            take(&mut guest, "before-upgrade", "before the upgrade of nginx", now - 9 * 86_400_000);
            take(&mut guest, "after-upgrade", "works", now - 8 * 86_400_000);
        }
        "db1" | "ci-runner-2" | "alice-dev" => take(&mut guest, "clean", "freshly installed", now - 20 * 86_400_000),
        _ => {}
    }
    guest
}

fn take(guest: &mut Guest, name: &str, description: &str, taken: u64) {
    let snapshot = Snapshot {
        description: description.into(),
        taken,
        parent: guest.parent.replace(name.to_owned()),
        has_memory: false,
        config: guest.config.clone(),
    };
    guest.snapshots.insert(name.to_owned(), snapshot);
}

fn template(world: &World, vmid: u32, node: &str, i: usize) -> Guest {
    let name = match i / TEMPLATES.len() {
        0 => TEMPLATES[i].to_owned(),
        n => format!("{}-{n}", TEMPLATES[i % TEMPLATES.len()]),
    };
    let mac = world.mac(vmid, "net0");
    let config = [
        ("name", name),
        ("template", "1".into()),
        ("agent", "1".into()),
        ("boot", "order=scsi0".into()),
        ("cores", "2".into()),
        ("ide2", format!("local-lvm:vm-{vmid}-cloudinit,media=cdrom")),
        ("memory", "2048".into()),
        ("net0", format!("virtio={mac},bridge=vmbr0")),
        ("ostype", "l26".into()),
        ("scsi0", format!("local-lvm:base-{vmid}-disk-0,size=8G")),
        ("scsihw", "virtio-scsi-single".into()),
        ("serial0", "socket".into()),
        ("tags", "template".into()),
    ];
    let config = config.map(|(key, value)| (key.to_owned(), value)).into();
    Guest::new(vmid, Vm, node, config)
}
