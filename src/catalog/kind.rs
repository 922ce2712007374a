//! Kinds of values: what an option may hold. A kind brings parsing, completion and, on a surface, the widget.

use serde::Deserialize;
use std::fmt;

/// Closed on purpose: a new kind means a new parser, a new completion and a new widget everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A guest's name, VMID, `node/vmid` or label.
    Guest,
    Node,
    Cluster,
    Snapshot,
    Account,
    Group,
    /// The number of a grant.
    Grant,
    Alias,
    /// `J-12`.
    Job,
    Role,
    /// An IANA time zone.
    Zone,
    Pool,
    Tag,
    /// A command's words, or a pattern over them.
    Command,
    /// Whom a grant is for.
    Receiver,
    /// A moment in the past, see [`crate::Since`].
    Since,
    Integer,
    Text,
    Flag,
    Choice,
    /// A length of time, in whole seconds.
    Seconds,
    /// A guest's DNS name.
    Hostname,
    Vmid,
    /// Of memory or a disk; limits are MiB.
    Size,
    /// A disk's new size, or what it gains.
    Growth,
    Storage,
    /// A guest template: a VM to clone, an ISO, a container template.
    Template,
    Bridge,
    /// A VLAN's number, or none at all.
    Vlan,
    /// Of a VM's network interface.
    Model,
    /// A prefix or a range of NetBox, to take addresses from.
    Pond,
    Prefix,
    /// An IP address, with or without the length of its network.
    Address,
    /// How an interface gets its address.
    Ipv4,
    Ipv6,
    Gateway,
    /// A device of NetBox.
    Device,
    Site,
    /// Of NetBox' devices.
    Tenant,
    /// What NetBox' devices are for.
    DeviceRole,
    /// A template of a device's platform, by its name.
    DeviceTemplate,
    /// A backup's volid.
    Backup,
    /// The name of one of the asker's SSH keys.
    Key,
    /// A public SSH key itself.
    PublicKey,
    /// The name of one of the asker's tokens.
    Token,
    /// One network interface, as `key=value` words.
    Nic,
    /// Something that can be reserved, as people call it.
    Resource,
    /// `R-12`.
    Reservation,
    /// `P-3`: a push to network devices.
    Push,
    /// `A-12`, or a silence's `S-3`.
    Alert,
    /// A time as people write it, on the asker's wall: see [`direttore_domain::when`].
    When,
    /// How long something takes, as people write it.
    Length,
}

impl Kind {
    pub const ALL: [Self; 52] = [
        Self::Guest,
        Self::Node,
        Self::Cluster,
        Self::Snapshot,
        Self::Account,
        Self::Group,
        Self::Grant,
        Self::Alias,
        Self::Job,
        Self::Role,
        Self::Zone,
        Self::Pool,
        Self::Tag,
        Self::Command,
        Self::Receiver,
        Self::Since,
        Self::Integer,
        Self::Text,
        Self::Flag,
        Self::Choice,
        Self::Seconds,
        Self::Hostname,
        Self::Vmid,
        Self::Size,
        Self::Growth,
        Self::Storage,
        Self::Template,
        Self::Bridge,
        Self::Vlan,
        Self::Model,
        Self::Pond,
        Self::Prefix,
        Self::Address,
        Self::Ipv4,
        Self::Ipv6,
        Self::Gateway,
        Self::Device,
        Self::Site,
        Self::Tenant,
        Self::DeviceRole,
        Self::DeviceTemplate,
        Self::Backup,
        Self::Key,
        Self::PublicKey,
        Self::Token,
        Self::Nic,
        Self::Resource,
        Self::Reservation,
        Self::Push,
        Self::Alert,
        Self::When,
        Self::Length,
    ];

    /// Whether its values come from the lab or the database, so that only dispatch can list them.
    pub fn is_live(self) -> bool {
        matches!(
            self,
            Self::Guest
                | Self::Node
                | Self::Cluster
                | Self::Snapshot
                | Self::Account
                | Self::Group
                | Self::Grant
                | Self::Alias
                | Self::Job
                | Self::Pool
                | Self::Tag
                | Self::Storage
                | Self::Template
                | Self::Bridge
                | Self::Vlan
                | Self::Pond
                | Self::Prefix
                | Self::Address
                | Self::Ipv4
                | Self::Ipv6
                | Self::Device
                | Self::Site
                | Self::Tenant
                | Self::DeviceRole
                | Self::DeviceTemplate
                | Self::Backup
                | Self::Key
                | Self::Resource
                | Self::Reservation
                | Self::Push
                | Self::Alert
                | Self::Token
        )
    }

    /// As in the files of `commands/`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Node => "node",
            Self::Cluster => "cluster",
            Self::Snapshot => "snapshot",
            Self::Account => "account",
            Self::Group => "group",
            Self::Grant => "grant",
            Self::Alias => "alias",
            Self::Job => "job",
            Self::Role => "role",
            Self::Zone => "zone",
            Self::Pool => "pool",
            Self::Tag => "tag",
            Self::Command => "command",
            Self::Receiver => "receiver",
            Self::Since => "since",
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Flag => "flag",
            Self::Choice => "choice",
            Self::Seconds => "seconds",
            Self::Hostname => "hostname",
            Self::Vmid => "vmid",
            Self::Size => "size",
            Self::Growth => "growth",
            Self::Storage => "storage",
            Self::Template => "template",
            Self::Bridge => "bridge",
            Self::Vlan => "vlan",
            Self::Model => "model",
            Self::Pond => "pond",
            Self::Prefix => "prefix",
            Self::Address => "address",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Gateway => "gateway",
            Self::Device => "device",
            Self::Site => "site",
            Self::Tenant => "tenant",
            Self::DeviceRole => "devicerole",
            Self::DeviceTemplate => "devicetemplate",
            Self::Backup => "backup",
            Self::Key => "key",
            Self::PublicKey => "publickey",
            Self::Token => "token",
            Self::Nic => "nic",
            Self::Resource => "resource",
            Self::Reservation => "reservation",
            Self::Push => "push",
            Self::Alert => "alert",
            Self::When => "when",
            Self::Length => "length",
        }
    }

    /// What a right value looks like, as the end of "right would be …".
    pub fn right(self) -> &'static str {
        match self {
            Self::Guest => "a guest's name or VMID, like web1, 101 or pve1/101",
            Self::Node => "a node's name, like pve1",
            Self::Cluster => "a cluster's name, like lab",
            Self::Snapshot => "a snapshot's name: a letter, then letters, digits, - and _, 2 to 40 in all",
            Self::Account => "an account's name: a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all",
            Self::Group => "a group's name: a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all",
            Self::Grant => "a grant's number, as /grant list shows it",
            Self::Alias => "an alias' name: a lower-case letter, then letters, digits, - _ and ., 2 to 32 in all",
            Self::Job => "a job's name, like J-12",
            Self::Role => "admin, operator or viewer",
            Self::Zone => "a time zone's name, like Europe/Warsaw",
            Self::Pool => "a pool's name, like lab",
            Self::Tag => "a tag, like web",
            Self::Command => "a command's words, like guest list, or a pattern like power *",
            Self::Receiver => "an account, group:<name> or role:<name>",
            Self::Since => "a time back like 2h or 3d, a date like 2026-02-28, or an instant like 2026-02-28T14:00Z",
            Self::Integer => "a whole number",
            Self::Text => "text, in double quotes if it has spaces",
            Self::Flag => "yes or no",
            Self::Choice => "one of the values possible",
            Self::Seconds => "seconds, or a length of time like 90s, 5m or 1h",
            Self::Hostname => "a DNS name: letters, digits and inner hyphens, like web1",
            Self::Vmid => "a number from 100 to 999999999",
            Self::Size => "a size like 512M or 32G; a number alone is GiB",
            Self::Growth => "a size like 40G, or +10G for so much more",
            Self::Storage => "a storage's name, like local-lvm",
            Self::Template => "a template VM's name or VMID, an ISO or a container template",
            Self::Bridge => "a bridge's name, like vmbr0",
            Self::Vlan => "a VLAN's number from 1 to 4094, or none",
            Self::Model => "virtio, e1000 or rtl8139",
            Self::Pond => {
                "a prefix like 10.0.10.0/24 or a range like 10.0.10.100-10.0.10.199, also with @ and a VRF's name"
            }
            Self::Prefix => "a prefix like 10.0.10.0/24 or 2001:db8:10::/64, also with @ and a VRF's name",
            Self::Address => "an address like 10.0.10.5 or 2001:db8:10::5",
            Self::Ipv4 => "an IPv4 address with its length, dhcp, none, or netbox:<IPv4 prefix>",
            Self::Ipv6 => "an IPv6 address with its length, auto, dhcp, none, or netbox:<IPv6 prefix>",
            Self::Gateway => "an address without a length, like 10.0.10.1",
            Self::Device => "a device's name, like sw1",
            Self::Site => "a site's name, like lab-1",
            Self::Tenant => "a tenant's name, like netlab",
            Self::DeviceRole => "a device role's name, like access-switch",
            Self::DeviceTemplate => "a template of the device's platform, like vlan",
            Self::Backup => "a backup's volid, like local:backup/vzdump-qemu-101-2026_02_28-14_00_00.vma.zst",
            Self::Key => "the name of one of your SSH keys, as /key list shows it",
            Self::PublicKey => "a public key on one line: ssh-ed25519 AAAA… you@computer",
            Self::Resource => "the name of a node, guest, device, pool or resource, like pve1, web1 or gpus",
            Self::Reservation => "a reservation's name, like R-12",
            Self::Push => "a push's name, like P-3",
            Self::Alert => "an alert's name, like A-12, or a silence's, like S-3",
            Self::When => "a time like tomorrow 14:00, fri 9am, +2h or 2026-12-01 09:00",
            Self::Length => "a length of time like 2h, 90m, 1d or 2h30m",
            Self::Token => "the name of one of your tokens, as /token list shows it",
            Self::Nic => "key=value words, like \"bridge=vmbr0 vlan=100 ip=netbox:10.0.10.0/24\"",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
