//! What a person wishes for one network interface: `bridge=vmbr0 vlan=100 ip=netbox:10.0.10.0/24 ip6=auto`.

use crate::{BridgeName, Family, HostAddress, Prefix, Refusal, VlanId, WrongForm, nic::Mac};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};

/// The models that a VM's interface may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NicModel {
    #[default]
    Virtio,
    E1000,
    Rtl8139,
}

impl NicModel {
    pub const ALL: [Self; 3] = [Self::Virtio, Self::E1000, Self::Rtl8139];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Virtio => "virtio",
            Self::E1000 => "e1000",
            Self::Rtl8139 => "rtl8139",
        }
    }
}

impl fmt::Display for NicModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for NicModel {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let found = Self::ALL.into_iter().find(|m| m.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| WrongForm::new("model", text, "virtio, e1000 or rtl8139"))
    }
}

/// Where NetBox is to take an address from: `10.0.10.0/24`, or the range `10.0.10.100-10.0.10.199`, each also with
/// `@` and the name of a VRF.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pond {
    pub what: PondOf,
    /// `None` is the global table, or the only VRF that has it.
    pub vrf: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PondOf {
    Prefix(Prefix),
    Range(IpAddr, IpAddr),
}

impl Pond {
    pub fn family(&self) -> Family {
        match self.what {
            PondOf::Prefix(prefix) => prefix.family(),
            PondOf::Range(start, _) => Family::of(start),
        }
    }
}

impl From<Prefix> for Pond {
    fn from(prefix: Prefix) -> Self {
        Self { what: PondOf::Prefix(prefix), vrf: None }
    }
}

impl FromStr for Pond {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let wrong = || {
            WrongForm::new(
                "prefix or range of NetBox",
                text,
                "a prefix like 10.0.10.0/24 or a range like 10.0.10.100-10.0.10.199",
            )
        };
        let (what, vrf) = text.split_once('@').map_or((text, None), |(what, vrf)| (what, Some(vrf)));
        if vrf.is_some_and(|v| v.is_empty() || v.chars().any(char::is_control)) {
            return Err(wrong());
        }
        let what = match what.split_once('-') {
            None => PondOf::Prefix(what.parse().map_err(|_| wrong())?),
            Some((start, end)) => {
                let (start, end): (IpAddr, IpAddr) =
                    (start.trim().parse().map_err(|_| wrong())?, end.trim().parse().map_err(|_| wrong())?);
                if start.is_ipv4() != end.is_ipv4() || start > end {
                    return Err(wrong());
                }
                PondOf::Range(start, end)
            }
        };
        Ok(Self { what, vrf: vrf.map(str::to_owned) })
    }
}

impl TryFrom<String> for Pond {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        text.parse()
    }
}

impl From<Pond> for String {
    fn from(pond: Pond) -> String {
        pond.to_string()
    }
}

impl fmt::Display for Pond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            PondOf::Prefix(prefix) => write!(f, "{prefix}")?,
            PondOf::Range(start, end) => write!(f, "{start}-{end}")?,
        }
        self.vrf.iter().try_for_each(|vrf| write!(f, "@{vrf}"))
    }
}

/// How one family of an interface gets its address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IpWish {
    /// None at all.
    #[default]
    None,
    Dhcp,
    /// IPv6 only: stateless (SLAAC).
    Auto,
    Fixed(HostAddress),
    /// The next free one.
    NetBox(Pond),
}

impl IpWish {
    /// # Errors
    /// A text that this family cannot have.
    pub fn parse(text: &str, family: Family) -> Result<Self, WrongForm> {
        let right = match family {
            Family::V4 => "an IPv4 address with its length, dhcp, none, or netbox:<IPv4 prefix>",
            Family::V6 => "an IPv6 address with its length, auto, dhcp, none, or netbox:<IPv6 prefix>",
        };
        let what = match family {
            Family::V4 => "IPv4 address",
            Family::V6 => "IPv6 address",
        };
        let wrong = || WrongForm::new(what, text, right);
        let wish = match text.trim() {
            "" | "none" => return Ok(Self::None),
            "dhcp" => return Ok(Self::Dhcp),
            "auto" | "slaac" if family == Family::V6 => return Ok(Self::Auto),
            other => match other.strip_prefix("netbox:") {
                Some(pond) => Self::NetBox(pond.parse().map_err(|_| wrong())?),
                None => Self::Fixed(other.parse().map_err(|_| wrong())?),
            },
        };
        let fits = match &wish {
            Self::Fixed(address) => address.family() == family,
            Self::NetBox(pond) => pond.family() == family,
            _ => true,
        };
        if fits { Ok(wish) } else { Err(wrong()) }
    }
}

impl fmt::Display for IpWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Dhcp => f.write_str("dhcp"),
            Self::Auto => f.write_str("auto"),
            Self::Fixed(address) => write!(f, "{address}"),
            Self::NetBox(pond) => write!(f, "netbox:{pond}"),
        }
    }
}

/// One interface as it was asked for. What is `None` is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NicWish {
    pub bridge: Option<BridgeName>,
    /// `Some(None)` is untagged whatever NetBox says.
    pub vlan: Option<Option<VlanId>>,
    /// VMs only.
    pub model: Option<NicModel>,
    /// Containers only: `eth0`.
    pub name: Option<String>,
    pub mac: Option<Mac>,
    pub ip: Option<IpWish>,
    pub gw: Option<IpAddr>,
    pub ip6: Option<IpWish>,
    pub gw6: Option<IpAddr>,
}

/// What can be said of an interface, in the order of the form.
pub const NIC_KEYS: [&str; 9] = ["bridge", "vlan", "model", "name", "mac", "ip", "gw", "ip6", "gw6"];

impl NicWish {
    /// From `(key, value)` pairs; an empty value counts as not said. `option` is what the asker calls it: `nic1`.
    ///
    /// # Errors
    /// `unknown-option`, `given-twice`, `bad-value`: with the option and key.
    pub fn read<'a>(option: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Refusal> {
        let mut wish = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for (key, value) in pairs {
            if value.trim().is_empty() {
                continue;
            }
            if seen.contains(&key) {
                return Err(Refusal::GivenTwice { option: format!("{option} {key}") });
            }
            seen.push(key);
            let bad = |wrong: WrongForm| Refusal::wrong_form(&format!("{option} {key}"), &wrong);
            let value = value.trim();
            match key {
                "bridge" => wish.bridge = Some(value.parse().map_err(bad)?),
                "vlan" if value == "none" || value == "untagged" => wish.vlan = Some(None),
                "vlan" => {
                    wish.vlan = Some(Some(value.parse().map_err(|_: WrongForm| {
                        bad(WrongForm::new("VLAN", value, "a number from 1 to 4094, or none"))
                    })?))
                }
                "model" => wish.model = Some(value.parse().map_err(bad)?),
                "name" => wish.name = Some(interface_name(value).map_err(bad)?),
                "mac" => wish.mac = Some(value.parse().map_err(bad)?),
                "ip" => wish.ip = Some(IpWish::parse(value, Family::V4).map_err(bad)?),
                "ip6" => wish.ip6 = Some(IpWish::parse(value, Family::V6).map_err(bad)?),
                "gw" => wish.gw = Some(gateway(value, Family::V4).map_err(bad)?),
                "gw6" => wish.gw6 = Some(gateway(value, Family::V6).map_err(bad)?),
                _ => {
                    return Err(Refusal::UnknownValue {
                        option: option.to_owned(),
                        given: crate::text::shorten(&crate::text::visible(key), 60),
                        nearest: crate::nearest::nearest(key, NIC_KEYS.iter().copied()).map(str::to_owned),
                        possible: NIC_KEYS.iter().map(|k| (*k).to_owned()).collect(),
                    });
                }
            }
        }
        Ok(wish)
    }

    /// From one text: `bridge=vmbr0 vlan=100`.
    ///
    /// # Errors
    /// As [`NicWish::read`], and `bad-value` for a word without `=`.
    pub fn read_text(option: &str, text: &str) -> Result<Self, Refusal> {
        let mut pairs = Vec::new();
        for word in text.split([' ', ',', '\t']).filter(|w| !w.is_empty()) {
            let Some(pair) = word.split_once('=') else {
                let right = "key=value words, like \"bridge=vmbr0 vlan=100 ip=netbox:10.0.10.0/24\"";
                return Err(Refusal::wrong_form(option, &WrongForm::new("network interface", word, right)));
            };
            pairs.push(pair);
        }
        Self::read(option, pairs)
    }
}

impl fmt::Display for NicWish {
    /// As [`NicWish::read_text`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vlan = self.vlan.map(|v| v.map_or_else(|| "none".to_owned(), |v| v.to_string()));
        let text = |value: Option<String>, key: &str| value.map(|v| format!("{key}={v}"));
        let words = [
            text(self.bridge.as_ref().map(ToString::to_string), "bridge"),
            text(vlan, "vlan"),
            text(self.model.map(|m| m.to_string()), "model"),
            text(self.name.clone(), "name"),
            text(self.mac.map(|m| m.to_string()), "mac"),
            text(self.ip.as_ref().map(ToString::to_string), "ip"),
            text(self.gw.map(|g| g.to_string()), "gw"),
            text(self.ip6.as_ref().map(ToString::to_string), "ip6"),
            text(self.gw6.map(|g| g.to_string()), "gw6"),
        ];
        let said: Vec<String> = words.into_iter().flatten().collect();
        f.write_str(&said.join(" "))
    }
}

fn gateway(text: &str, family: Family) -> Result<IpAddr, WrongForm> {
    let right = match family {
        Family::V4 => "an IPv4 address without a length, like 10.0.10.1",
        Family::V6 => "an IPv6 address without a length, like 2001:db8:10::1",
    };
    let wrong = || WrongForm::new("gateway", text, right);
    let address: IpAddr = text.parse().map_err(|_| wrong())?;
    if Family::of(address) == family { Ok(address) } else { Err(wrong()) }
}

/// A container's interface: Linux takes up to 15 bytes, Proxmox at least 2.
fn interface_name(text: &str) -> Result<String, WrongForm> {
    let fits = (2..=15).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(WrongForm::new("interface name", text, "a letter, then letters and digits, 2 to 15 in all, like eth0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_wish_in_one_line() {
        let text =
            "bridge=vmbr0 vlan=100 model=virtio ip=netbox:10.0.10.0/24 gw=10.0.10.1 ip6=netbox:2001:db8:10::/64@blue";
        let wish = NicWish::read_text("nic1", text).expect("right");
        assert_eq!(wish.to_string(), text);
        assert_eq!(NicWish::read_text("nic1", "vlan=untagged").map(|w| w.vlan), Ok(Some(None)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, said) in [
            ("vlan=0", "nic1 vlan: \"0\" is no VLAN"),
            ("vlan=4095", "nic1 vlan: \"4095\" is no VLAN"),
            ("ip=2001:db8::1/64", "nic1 ip: \"2001:db8::1/64\" is no IPv4 address"),
            ("ip6=10.0.0.1/24", "nic1 ip6: \"10.0.0.1/24\" is no IPv6 address"),
            ("ip=netbox:2001:db8::/64", "nic1 ip: \"netbox:2001:db8::/64\" is no IPv4 address"),
            ("ip=10.0.0.1", "nic1 ip: \"10.0.0.1\" is no IPv4 address"),
            ("ip=auto", "nic1 ip: \"auto\" is no IPv4 address"),
            ("gw6=10.0.0.1", "nic1 gw6: \"10.0.0.1\" is no gateway"),
            ("speed=10", "nic1: \"speed\" is none of the values possible"),
            ("ip=dhcp ip=dhcp", "nic1 ip was given twice"),
            ("vmbr0", "nic1: \"vmbr0\" is no network interface"),
        ] {
            let refusal = NicWish::read_text("nic1", text).expect_err(text);
            assert_eq!(refusal.to_string(), said, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_printing_loses_nothing(
            text in "((bridge|vlan|model|ip|ip6|gw|gw6|mac|name)=[0-9a-z:./@-]{0,20}[ ,]?|\\PC){0,8}"
        ) {
            if let Ok(wish) = NicWish::read_text("nic1", &text) {
                prop_assert_eq!(NicWish::read_text("nic1", &wish.to_string()), Ok(wish));
            }
        }
    }
}
