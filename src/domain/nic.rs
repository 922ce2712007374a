//! Network interfaces in Proxmox's `netN` grammar, for VMs (`[model=]MODEL[=MAC],bridge=…`) and containers (`name=eth0,…`).
//!
//! What Proxmox knows and we do not stays in `other` and is printed back unchanged, so that reading and writing loses nothing.

mod ip_config;

pub use ip_config::IpConfig;

use crate::{BridgeName, WrongForm};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};

const MODELS: [&str; 15] = [
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
    "igb",
];

/// A hardware address, printed in upper case with colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac([u8; 6]);

impl TryFrom<String> for Mac {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        text.parse()
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> String {
        mac.to_string()
    }
}

impl FromStr for Mac {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let wrong =
            || WrongForm::new("MAC address", text, "six pairs of hex digits with colons, like BC:24:11:00:00:01");
        let mut out = [0u8; 6];
        let mut parts = text.split(':');
        for byte in &mut out {
            let part = parts.next().filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()));
            *byte = u8::from_str_radix(part.ok_or_else(wrong)?, 16).map_err(|_| wrong())?;
        }
        // The lowest bit of the first byte marks a group address, which no interface has.
        if parts.next().is_some() || out[0] & 1 == 1 {
            return Err(wrong());
        }
        Ok(Self(out))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

impl Mac {
    /// One of Proxmox's own block (BC:24:11), the last three bytes as given.
    pub fn of_proxmox(tail: [u8; 3]) -> Self {
        Self([0xbc, 0x24, 0x11, tail[0], tail[1], tail[2]])
    }
}

/// A VM's interface: `virtio=BC:24:11:…,bridge=vmbr0,tag=100`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VmNic {
    pub model: String,
    pub mac: Option<Mac>,
    pub bridge: Option<BridgeName>,
    /// VLAN 1 to 4094; `None` is untagged.
    pub vlan: Option<u16>,
    pub is_down: bool,
    pub other: Vec<(String, String)>,
}

/// An address of a container's interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Dhcp,
    /// IPv6 only: stateless.
    Auto,
    Manual,
    Fixed(IpAddr, u8),
}

/// A container's interface: `name=eth0,bridge=vmbr0,ip=10.0.0.2/24,gw=10.0.0.1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerNic {
    pub name: String,
    pub mac: Option<Mac>,
    pub bridge: Option<BridgeName>,
    pub vlan: Option<u16>,
    pub ip: Option<Address>,
    pub gw: Option<IpAddr>,
    pub ip6: Option<Address>,
    pub gw6: Option<IpAddr>,
    pub is_down: bool,
    pub other: Vec<(String, String)>,
}

fn wrong(what: &'static str, text: &str) -> WrongForm {
    WrongForm::new(what, text, "name=value parts joined by commas, like virtio,bridge=vmbr0,tag=100")
}

fn vlan(text: &str) -> Result<u16, WrongForm> {
    let wrong = || WrongForm::new("VLAN", text, "a number from 1 to 4094");
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    text.parse().ok().filter(|n| (1..=4094).contains(n)).ok_or_else(wrong)
}

fn flag(text: &str) -> Result<bool, WrongForm> {
    match text {
        "1" | "on" | "yes" | "true" => Ok(true),
        "0" | "off" | "no" | "false" => Ok(false),
        _ => Err(WrongForm::new("switch", text, "1 or 0")),
    }
}

fn address(text: &str, v6: bool) -> Result<Address, WrongForm> {
    let wrong = || {
        let right = if v6 { "address/length, dhcp, auto or manual" } else { "address/length, dhcp or manual" };
        WrongForm::new(if v6 { "IPv6 address" } else { "IPv4 address" }, text, right)
    };
    match text {
        "dhcp" => return Ok(Address::Dhcp),
        "manual" => return Ok(Address::Manual),
        "auto" if v6 => return Ok(Address::Auto),
        _ => {}
    }
    let (ip, length) = text.split_once('/').ok_or_else(wrong)?;
    let ip: IpAddr = ip.parse().map_err(|_| wrong())?;
    let max = if v6 { 128 } else { 32 };
    let digits = !length.is_empty() && length.len() <= 3 && length.bytes().all(|b| b.is_ascii_digit());
    let length: u8 = if digits { length.parse().map_err(|_| wrong())? } else { return Err(wrong()) };
    if ip.is_ipv6() != v6 || length > max {
        return Err(wrong());
    }
    Ok(Address::Fixed(ip, length))
}

fn gateway(text: &str, v6: bool) -> Result<IpAddr, WrongForm> {
    let what = if v6 { "IPv6 gateway" } else { "IPv4 gateway" };
    let found = text.parse().ok().filter(|ip: &IpAddr| ip.is_ipv6() == v6);
    found.ok_or_else(|| WrongForm::new(what, text, "an address of the same family, without a length"))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dhcp => f.write_str("dhcp"),
            Self::Auto => f.write_str("auto"),
            Self::Manual => f.write_str("manual"),
            Self::Fixed(ip, length) => write!(f, "{ip}/{length}"),
        }
    }
}

/// `key=value` parts; keys may come once.
fn parts<'a>(what: &'static str, text: &'a str) -> Result<Vec<(&'a str, Option<&'a str>)>, WrongForm> {
    let mut seen: Vec<(&str, Option<&str>)> = Vec::new();
    for part in text.split(',') {
        let (key, value) = part.split_once('=').map_or((part, None), |(k, v)| (k, Some(v)));
        let plain = |s: &str| !s.is_empty() && !s.chars().any(|c| c.is_control() || c.is_whitespace());
        if !plain(key) || !value.is_none_or(plain) || seen.iter().any(|(k, _)| *k == key) {
            return Err(wrong(what, text));
        }
        seen.push((key, value));
    }
    Ok(seen)
}

impl FromStr for VmNic {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        const WHAT: &str = "VM network interface";
        let mut nic = Self { model: String::new(), mac: None, bridge: None, vlan: None, is_down: false, other: vec![] };
        for (key, value) in parts(WHAT, text)? {
            match (key, value) {
                ("model", Some(v)) if MODELS.contains(&v) && nic.model.is_empty() => nic.model = v.to_owned(),
                (model, mac) if MODELS.contains(&model) && nic.model.is_empty() => {
                    nic.model = model.to_owned();
                    nic.mac = mac.map(str::parse).transpose()?.or(nic.mac);
                }
                ("macaddr", Some(v)) if nic.mac.is_none() => nic.mac = Some(v.parse()?),
                ("bridge", Some(v)) => nic.bridge = Some(v.parse()?),
                ("tag", Some(v)) => nic.vlan = Some(vlan(v)?),
                ("link_down", Some(v)) => nic.is_down = flag(v)?,
                ("trunks" | "firewall" | "mtu" | "queues" | "rate", Some(v)) => {
                    nic.other.push((key.to_owned(), v.to_owned()));
                }
                _ => return Err(wrong(WHAT, text)),
            }
        }
        if nic.model.is_empty() { Err(wrong(WHAT, text)) } else { Ok(nic) }
    }
}

impl fmt::Display for VmNic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.model)?;
        self.mac.iter().try_for_each(|m| write!(f, "={m}"))?;
        tail(f, self.bridge.as_ref(), self.vlan, self.is_down, &self.other)
    }
}

fn tail(
    f: &mut fmt::Formatter<'_>,
    bridge: Option<&BridgeName>,
    vlan: Option<u16>,
    is_down: bool,
    other: &[(String, String)],
) -> fmt::Result {
    bridge.iter().try_for_each(|b| write!(f, ",bridge={b}"))?;
    vlan.iter().try_for_each(|t| write!(f, ",tag={t}"))?;
    if is_down {
        f.write_str(",link_down=1")?;
    }
    other.iter().try_for_each(|(k, v)| write!(f, ",{k}={v}"))
}

impl FromStr for ContainerNic {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        const WHAT: &str = "container network interface";
        let mut nic = Self {
            name: String::new(),
            mac: None,
            bridge: None,
            vlan: None,
            ip: None,
            gw: None,
            ip6: None,
            gw6: None,
            is_down: false,
            other: vec![],
        };
        for (key, value) in parts(WHAT, text)? {
            let Some(v) = value else { return Err(wrong(WHAT, text)) };
            match key {
                "name" => nic.name = v.to_owned(),
                "hwaddr" => nic.mac = Some(v.parse()?),
                "bridge" => nic.bridge = Some(v.parse()?),
                "tag" => nic.vlan = Some(vlan(v)?),
                "ip" => nic.ip = Some(address(v, false)?),
                "ip6" => nic.ip6 = Some(address(v, true)?),
                "link_down" => nic.is_down = flag(v)?,
                "gw" => nic.gw = Some(gateway(v, false)?),
                "gw6" => nic.gw6 = Some(gateway(v, true)?),
                "trunks" | "firewall" | "mtu" | "rate" | "type" | "host-managed" => {
                    nic.other.push((key.to_owned(), v.to_owned()));
                }
                _ => return Err(wrong(WHAT, text)),
            }
        }
        if nic.name.is_empty() { Err(wrong(WHAT, text)) } else { Ok(nic) }
    }
}

impl fmt::Display for ContainerNic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "name={}", self.name)?;
        self.mac.iter().try_for_each(|m| write!(f, ",hwaddr={m}"))?;
        self.ip.iter().try_for_each(|a| write!(f, ",ip={a}"))?;
        self.gw.iter().try_for_each(|a| write!(f, ",gw={a}"))?;
        self.ip6.iter().try_for_each(|a| write!(f, ",ip6={a}"))?;
        self.gw6.iter().try_for_each(|a| write!(f, ",gw6={a}"))?;
        tail(f, self.bridge.as_ref(), self.vlan, self.is_down, &self.other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_spellings_of_a_vm_nic() {
        let short: VmNic = "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=100,firewall=1".parse().expect("valid");
        let long: VmNic =
            "model=virtio,macaddr=bc:24:11:00:00:01,bridge=vmbr0,tag=100,firewall=1".parse().expect("valid");
        assert_eq!(short, long);
        assert_eq!(short.to_string(), "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=100,firewall=1");
    }

    #[test]
    fn a_container_nic_with_its_gateways() {
        let text =
            "name=eth0,ip=10.0.0.2/24,gw=10.0.0.1,ip6=2001:db8::2/64,gw6=2001:db8::1,bridge=vmbr1,tag=20,type=veth";
        let nic: ContainerNic = text.parse().expect("valid");
        assert_eq!((nic.gw, nic.gw6), ("10.0.0.1".parse().ok(), "2001:db8::1".parse().ok()));
        assert_eq!(nic.other, [("type".to_owned(), "veth".to_owned())]);
        assert_eq!(nic.to_string(), text);
    }

    #[test]
    fn what_proxmox_refuses_is_refused() {
        for text in
            ["", "bridge=vmbr0", "virtio,tag=0", "virtio,tag=4095", "virtio,bridge=", "virtio,e1000", "virtio,ip=dhcp"]
        {
            assert!(text.parse::<VmNic>().is_err(), "{text}");
        }
        for text in [
            "bridge=vmbr0",
            "name=eth0,ip=10.0.0.1",
            "name=eth0,ip=10.0.0.1/33",
            "name=eth0,ip6=dhcp6",
            "name=eth0,ip=auto",
            "name=eth0,gw=2001:db8::1",
            "name=eth0,gw6=10.0.0.1",
        ] {
            assert!(text.parse::<ContainerNic>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_printing_loses_nothing(text in "(name=eth0|virtio|model=e1000|tag=[0-9]{1,5}|ip6?=[0-9a-f:./]{0,20}|,|=|\\PC){0,12}") {
            if let Ok(nic) = text.parse::<VmNic>() {
                prop_assert_eq!(nic.to_string().parse::<VmNic>(), Ok(nic));
            }
            if let Ok(nic) = text.parse::<ContainerNic>() {
                prop_assert_eq!(nic.to_string().parse::<ContainerNic>(), Ok(nic));
            }
        }

        #[test]
        fn every_vlan_in_range(vlan in 1u16..4095) {
            let nic: VmNic = format!("virtio,bridge=vmbr0,tag={vlan}").parse().expect("in range");
            prop_assert_eq!(nic.vlan, Some(vlan));
        }
    }
}
