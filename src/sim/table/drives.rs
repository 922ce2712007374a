//! The property strings of guests' disks: what may stand in `scsi0=…`, `rootfs=…` and their like.

use super::param::{Param, Property, alias, flag, int, num, text};

/// What every kind of VM disk knows.
pub static DRIVE: &[Param] = &[
    text("aio").opt().one_of(&["native", "threads", "io_uring"]),
    flag("backup").opt(),
    int("bps").opt(),
    int("bps_max_length").opt().from(1.0),
    int("bps_rd").opt(),
    alias("bps_rd_length", "bps_rd_max_length"),
    int("bps_rd_max_length").opt().from(1.0),
    int("bps_wr").opt(),
    alias("bps_wr_length", "bps_wr_max_length"),
    int("bps_wr_max_length").opt().from(1.0),
    text("cache").opt().one_of(&["none", "writethrough", "writeback", "unsafe", "directsync"]),
    flag("detect_zeroes").opt(),
    text("discard").opt().one_of(&["ignore", "on"]),
    text("file").key().format("pve-volume-id-or-qm-path"),
    text("format").opt().one_of(&["raw", "qcow", "qed", "qcow2", "vmdk", "cloop"]),
    text("import-from").opt().format("pve-volume-id-or-absolute-path"),
    int("iops").opt(),
    int("iops_max").opt(),
    int("iops_max_length").opt().from(1.0),
    int("iops_rd").opt(),
    alias("iops_rd_length", "iops_rd_max_length"),
    int("iops_rd_max").opt(),
    int("iops_rd_max_length").opt().from(1.0),
    int("iops_wr").opt(),
    alias("iops_wr_length", "iops_wr_max_length"),
    int("iops_wr_max").opt(),
    int("iops_wr_max_length").opt().from(1.0),
    num("mbps").opt(),
    num("mbps_max").opt(),
    num("mbps_rd").opt(),
    num("mbps_rd_max").opt(),
    num("mbps_wr").opt(),
    num("mbps_wr_max").opt(),
    text("media").opt().one_of(&["cdrom", "disk"]),
    flag("replicate").opt(),
    text("rerror").opt().one_of(&["ignore", "report", "stop"]),
    text("serial").opt().max_len(60).format("urlencoded"),
    flag("shared").opt(),
    text("size").opt().format("disk-size"),
    flag("snapshot").opt(),
    alias("volume", "file"),
    text("werror").opt().one_of(&["enospc", "ignore", "report", "stop"]),
];
pub static IDE: Property = Property(&[
    DRIVE,
    &[
        text("model").opt().max_len(120).format("urlencoded"),
        flag("ssd").opt(),
        text("wwn").opt().pattern("(?^:^(0x)[0-9a-fA-F]{16})"),
    ],
]);
pub static SATA: Property =
    Property(&[DRIVE, &[flag("ssd").opt(), text("wwn").opt().pattern("(?^:^(0x)[0-9a-fA-F]{16})")]]);
pub static SCSI: Property = Property(&[
    DRIVE,
    &[
        flag("iothread").opt(),
        text("product").opt().pattern(r"[A-Za-z0-9\-_\s]{,16}"),
        int("queues").opt().from(2.0),
        flag("ro").opt(),
        flag("scsiblock").opt(),
        flag("ssd").opt(),
        text("vendor").opt().pattern(r"[A-Za-z0-9\-_\s]{,8}"),
        text("wwn").opt().pattern("(?^:^(0x)[0-9a-fA-F]{16})"),
    ],
]);
pub static VIRTIO: Property = Property(&[DRIVE, &[flag("iothread").opt(), flag("ro").opt()]]);
pub static EFIDISK: Property = Property(&[&[
    text("efitype").opt().one_of(&["2m", "4m"]),
    text("file").key().format("pve-volume-id-or-qm-path"),
    text("format").opt().one_of(&["raw", "qcow", "qed", "qcow2", "vmdk", "cloop"]),
    text("import-from").opt().format("pve-volume-id-or-absolute-path"),
    text("ms-cert").opt().one_of(&["2011", "2023", "2023w", "2023k"]),
    flag("pre-enrolled-keys").opt(),
    text("size").opt().format("disk-size"),
    alias("volume", "file"),
]]);
pub static TPMSTATE: Property = Property(&[&[
    text("file").key().format("pve-volume-id-or-qm-path"),
    text("format").opt().one_of(&["raw", "qcow2", "vmdk"]),
    text("import-from").opt().format("pve-volume-id-or-absolute-path"),
    text("size").opt().format("disk-size"),
    text("version").opt().one_of(&["v1.2", "v2.0"]),
    alias("volume", "file"),
]]);
pub static UNUSED: Property = Property(&[&[text("file").key().format("pve-volume-id"), alias("volume", "file")]]);
pub static ROOTFS: Property = Property(&[&[flag("acl").opt(), text("idmap").opt().pattern("(?^:^(?:passthrough|[ug]:[0-9]+:[0-9]+:[1-9][0-9]*(?:;[ug]:[0-9]+:[0-9]+:[1-9][0-9]*)*)$)"), text("mountoptions").opt().pattern("(?^:(?^:(discard|lazytime|noatime|nodev|noexec|nosuid))(;(?^:(discard|lazytime|noatime|nodev|noexec|nosuid)))*)"), flag("quota").opt(), flag("replicate").opt(), flag("ro").opt(), flag("shared").opt(), text("size").opt().format("disk-size"), text("volume").key().format("pve-lxc-mp-string")]]);
pub static MOUNT_POINT: Property = Property(&[&[flag("acl").opt(), flag("backup").opt(), text("idmap").opt().pattern("(?^:^(?:passthrough|[ug]:[0-9]+:[0-9]+:[1-9][0-9]*(?:;[ug]:[0-9]+:[0-9]+:[1-9][0-9]*)*)$)"), flag("keepattrs").opt(), text("mountoptions").opt().pattern("(?^:(?^:(discard|lazytime|noatime|nodev|noexec|nosuid))(;(?^:(discard|lazytime|noatime|nodev|noexec|nosuid)))*)"), text("mp").format("pve-lxc-mp-string"), flag("quota").opt(), flag("replicate").opt(), flag("ro").opt(), flag("shared").opt(), text("size").opt().format("disk-size"), text("volume").key().format("pve-lxc-mp-string")]]);
pub static CT_UNUSED: Property = Property(&[&[text("volume").key().format("pve-volume-id")]]);
