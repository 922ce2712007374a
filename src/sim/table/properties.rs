//! The other property strings of guests' configurations: NICs, agent, machine and so on.

use super::param::{Property, alias, flag, int, model, num, text};

pub static NET: Property = Property(&[&[
    text("bridge").opt().format("pve-bridge-id"),
    model("e1000"),
    model("e1000-82540em"),
    model("e1000-82544gc"),
    model("e1000-82545em"),
    model("e1000e"),
    flag("firewall").opt(),
    model("i82551"),
    model("i82557b"),
    model("i82559er"),
    flag("link_down").opt(),
    text("macaddr").opt().format("mac-addr"),
    text("model").key().one_of(&[
        "e1000",
        "e1000-82540em",
        "e1000-82544gc",
        "e1000-82545em",
        "e1000e",
        "i82551",
        "i82557b",
        "i82559er",
        "ne2k_isa",
        "ne2k_pci",
        "pcnet",
        "rtl8139",
        "virtio",
        "vmxnet3",
    ]),
    int("mtu").opt().from(1.0).to(65520.0),
    model("ne2k_isa"),
    model("ne2k_pci"),
    model("pcnet"),
    int("queues").opt().from(0.0).to(64.0),
    num("rate").opt().from(0.0),
    model("rtl8139"),
    int("tag").opt().from(1.0).to(4094.0),
    text("trunks").opt().pattern(r"(?^:\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*)"),
    model("virtio"),
    model("vmxnet3"),
]]);
pub static AGENT: Property = Property(&[&[
    flag("enabled").key(),
    flag("freeze-fs").opt(),
    alias("freeze-fs-on-backup", "freeze-fs"),
    flag("fstrim_cloned_disks").opt(),
    alias("guest-fsfreeze", "freeze-fs"),
    text("type").opt().one_of(&["virtio", "isa"]),
]]);
pub static AUDIO: Property = Property(&[&[
    text("device").one_of(&["ich9-intel-hda", "intel-hda", "AC97"]),
    text("driver").opt().one_of(&["spice", "none"]),
]]);
pub static IVSHMEM: Property = Property(&[&[text("name").opt().pattern(r"[a-zA-Z0-9\-]+"), int("size").from(1.0)]]);
pub static MACHINE: Property = Property(&[&[num("aw-bits").opt().from(32.0).to(64.0), flag("enable-s3").opt(), flag("enable-s4").opt(), text("type").key().opt().max_len(40).pattern(r"(pc|pc(-i440fx)?-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|q35|pc-q35-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|virt(?:-\d+(\.\d+)+)?(\+pve\d+)?)"), text("viommu").opt().one_of(&["intel", "virtio"])]]);
pub static MEMORY: Property = Property(&[&[int("current").key().from(16.0)]]);
pub static NUMA: Property = Property(&[&[
    text("cpus").pattern(r"(?^:\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*)"),
    text("hostnodes").opt().pattern(r"(?^:\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*)"),
    num("memory").opt(),
    text("policy").opt().one_of(&["preferred", "bind", "interleave"]),
]]);
pub static SPICE: Property =
    Property(&[&[flag("foldersharing").opt(), text("videostreaming").opt().one_of(&["off", "all", "filter"])]]);
pub static USB: Property = Property(&[&[text("host").key().opt().pattern(r"(?^:(?:(?:(?^:(0x)?([0-9A-Fa-f]{4}):(0x)?([0-9A-Fa-f]{4})))|(?:(?^:(\d+)\-(\d+(\.\d+)*)))|[Ss][Pp][Ii][Cc][Ee]))"), text("mapping").opt().format("pve-configid"), flag("usb3").opt()]]);
pub static VGA: Property = Property(&[&[
    text("clipboard").opt().one_of(&["vnc"]),
    int("memory").opt().from(4.0).to(512.0),
    text("type").key().opt().one_of(&[
        "cirrus",
        "qxl",
        "qxl2",
        "qxl3",
        "qxl4",
        "none",
        "serial0",
        "serial1",
        "serial2",
        "serial3",
        "std",
        "virtio",
        "virtio-gl",
        "vmware",
    ]),
]]);
pub static VIRTIOFS: Property = Property(&[&[
    text("cache").opt().one_of(&["auto", "always", "metadata", "never"]),
    flag("direct-io").opt(),
    text("dirid").key().format("pve-configid"),
    flag("expose-acl").opt(),
    flag("expose-xattr").opt(),
]]);
pub static CT_NET: Property = Property(&[&[
    text("bridge").opt().pattern(r"[-_.\w\d]+"),
    flag("firewall").opt(),
    text("gw").opt().format("ipv4"),
    text("gw6").opt().format("ipv6"),
    flag("host-managed").opt(),
    text("hwaddr").opt().format("mac-addr"),
    text("ip").opt().format("pve-ipv4-config"),
    text("ip6").opt().format("pve-ipv6-config"),
    flag("link_down").opt(),
    int("mtu").opt().from(64.0).to(65535.0),
    text("name").pattern(r"[-_.\w\d]+"),
    num("rate").opt(),
    int("tag").opt().from(1.0).to(4094.0),
    text("trunks").opt().pattern(r"(?^:\d+(?:;\d+)*)"),
    text("type").opt().one_of(&["veth"]),
]]);
pub static CT_DEVICE: Property = Property(&[&[
    flag("deny-write").opt(),
    int("gid").opt().from(0.0),
    text("mode").opt().pattern("0[0-7]{3}"),
    text("path").key().opt().format("pve-lxc-dev-string"),
    int("uid").opt().from(0.0),
]]);
pub static CT_FEATURES: Property = Property(&[&[
    flag("force_rw_sys").opt(),
    flag("fuse").opt(),
    flag("keyctl").opt(),
    flag("mknod").opt(),
    text("mount").opt().pattern("(?^:[a-zA-Z0-9_; ]+)"),
    flag("nesting").opt(),
]]);
pub static BOOT: Property = Property(&[&[
    text("legacy").key().opt().pattern("[acdn]{1,4}"),
    text("order").opt().format("pve-qm-bootdev-list"),
]]);
pub static IPCONFIG: Property = Property(&[&[
    text("gw").opt().format("ipv4").requires("ip"),
    text("gw6").opt().format("ipv6").requires("ip6"),
    text("ip").opt().format("pve-ipv4-config"),
    text("ip6").opt().format("pve-ipv6-config"),
]]);
pub static PRUNE: Property = Property(&[&[
    flag("keep-all").opt(),
    int("keep-daily").opt().from(0.0),
    int("keep-hourly").opt().from(0.0),
    int("keep-last").opt().from(0.0),
    int("keep-monthly").opt().from(0.0),
    int("keep-weekly").opt().from(0.0),
    int("keep-yearly").opt().from(0.0),
]]);
pub static FLEECING: Property =
    Property(&[&[flag("enabled").key().opt(), text("storage").opt().format("pve-storage-id")]]);
pub static PERFORMANCE: Property =
    Property(&[&[int("max-workers").opt().from(1.0).to(256.0), int("pbs-entries-max").opt().from(1.0)]]);
pub static RNG: Property = Property(&[&[
    int("max_bytes").opt(),
    int("period").opt(),
    text("source").key().one_of(&["/dev/urandom", "/dev/random", "/dev/hwrng"]),
]]);
pub static WATCHDOG: Property = Property(&[&[
    text("action").opt().one_of(&["reset", "shutdown", "poweroff", "pause", "debug", "none"]),
    text("model").key().opt().one_of(&["i6300esb", "ib700"]),
]]);
pub static CICUSTOM: Property = Property(&[&[
    text("meta").opt().format("pve-volume-id"),
    text("network").opt().format("pve-volume-id"),
    text("user").opt().format("pve-volume-id"),
    text("vendor").opt().format("pve-volume-id"),
]]);
pub static SEV: Property = Property(&[&[
    flag("allow-smt").opt(),
    flag("kernel-hashes").opt(),
    flag("no-debug").opt(),
    flag("no-key-sharing").opt(),
    text("type").key().max_len(3).one_of(&["std", "es", "snp"]),
]]);
pub static TDX: Property = Property(&[&[
    flag("attestation"),
    text("type").key().one_of(&["tdx"]),
    int("vsock-cid").opt().from(2.0),
    int("vsock-port").opt().from(0.0),
]]);

/// The property strings that have a name of their own in the schema.
pub static NAMED: &[(&str, &Property)] = &[
    ("pve-qm-boot", &BOOT),
    ("pve-qm-ipconfig", &IPCONFIG),
    ("prune-backups", &PRUNE),
    ("backup-fleecing", &FLEECING),
    ("backup-performance", &PERFORMANCE),
    ("pve-qm-rng", &RNG),
    ("pve-qm-watchdog", &WATCHDOG),
    ("pve-qm-cicustom", &CICUSTOM),
    ("pve-qemu-sev-fmt", &SEV),
    ("pve-qemu-tdx-fmt", &TDX),
    ("pve-qm-ide", &super::drives::IDE),
];
