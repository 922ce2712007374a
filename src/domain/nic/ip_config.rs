//! What cloud-init is to set on one interface of a VM, in Proxmox's `ipconfigN` grammar: `ip=10.0.0.2/24,gw=10.0.0.1`.

use super::{Address, address, gateway, parts, wrong};
use crate::WrongForm;
use std::{fmt, net::IpAddr, str::FromStr};

/// Each part may be missing; one that says nothing at all is not worth sending, and Proxmox refuses it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IpConfig {
    pub ip: Option<Address>,
    /// Only with a fixed `ip`.
    pub gw: Option<IpAddr>,
    pub ip6: Option<Address>,
    /// Only with a fixed `ip6`.
    pub gw6: Option<IpAddr>,
}

impl IpConfig {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl FromStr for IpConfig {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        const WHAT: &str = "cloud-init address";
        let mut config = Self::default();
        for (key, value) in parts(WHAT, text)? {
            let Some(v) = value else { return Err(wrong(WHAT, text)) };
            match key {
                "ip" => config.ip = Some(address(v, false)?),
                "gw" => config.gw = Some(gateway(v, false)?),
                "ip6" => config.ip6 = Some(address(v, true)?),
                "gw6" => config.gw6 = Some(gateway(v, true)?),
                _ => return Err(wrong(WHAT, text)),
            }
        }
        let goes_with = |gateway: Option<IpAddr>, address: &Option<Address>| {
            gateway.is_none() || matches!(address, Some(Address::Fixed(..)))
        };
        if goes_with(config.gw, &config.ip) && goes_with(config.gw6, &config.ip6) {
            Ok(config)
        } else {
            Err(WrongForm::new(WHAT, text, "a gateway only beside a fixed address, like ip=10.0.0.2/24,gw=10.0.0.1"))
        }
    }
}

impl fmt::Display for IpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut part = |f: &mut fmt::Formatter<'_>, key: &str, value: Option<&dyn fmt::Display>| match value {
            Some(value) => {
                write!(f, "{separator}{key}={value}")?;
                separator = ",";
                Ok(())
            }
            None => Ok(()),
        };
        part(f, "ip", self.ip.as_ref().map(|v| v as _))?;
        part(f, "gw", self.gw.as_ref().map(|v| v as _))?;
        part(f, "ip6", self.ip6.as_ref().map(|v| v as _))?;
        part(f, "gw6", self.gw6.as_ref().map(|v| v as _))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_cloud_init_is_told() {
        let text = "ip=10.0.10.5/24,gw=10.0.10.1,ip6=2001:db8:10::5/64,gw6=fe80::1";
        let config: IpConfig = text.parse().expect("valid");
        assert_eq!(config.ip, Some(Address::Fixed([10, 0, 10, 5].into(), 24)));
        assert_eq!(config.to_string(), text);
        assert_eq!("ip6=auto,ip=dhcp".parse::<IpConfig>().map(|c| c.to_string()), Ok("ip=dhcp,ip6=auto".to_owned()));
        assert!(IpConfig::default().is_empty() && IpConfig::default().to_string().is_empty());
    }

    #[test]
    fn what_proxmox_refuses_is_refused() {
        for text in [
            "",
            "ip",
            "ip=10.0.0.1",
            "ip=auto",
            "ip6=dhcp6",
            "gw=10.0.0.1",
            "ip=dhcp,gw=10.0.0.1",
            "ip6=auto,gw6=fe80::1",
            "ip=10.0.0.2/24,gw=fe80::1",
            "ip=10.0.0.2/24,gw=10.0.0.1/24",
            "ip=10.0.0.2/24,gw6=fe80::1",
            "ip=2001:db8::1/64",
            "ip=dhcp,ip=dhcp",
            "ip=dhcp,bridge=vmbr0",
        ] {
            assert!(text.parse::<IpConfig>().is_err(), "{text}");
        }
    }

    fn v4() -> impl Strategy<Value = (Option<Address>, Option<IpAddr>)> {
        let fixed = (any::<[u8; 4]>(), 0u8..=32, proptest::option::of(any::<[u8; 4]>()))
            .prop_map(|(ip, length, gw)| (Some(Address::Fixed(ip.into(), length)), gw.map(IpAddr::from)));
        prop_oneof![Just((None, None)), Just((Some(Address::Dhcp), None)), fixed]
    }

    fn v6() -> impl Strategy<Value = (Option<Address>, Option<IpAddr>)> {
        let fixed = (any::<[u16; 8]>(), 0u8..=128, proptest::option::of(any::<[u16; 8]>()))
            .prop_map(|(ip, length, gw)| (Some(Address::Fixed(ip.into(), length)), gw.map(IpAddr::from)));
        prop_oneof![Just((None, None)), Just((Some(Address::Auto), None)), Just((Some(Address::Dhcp), None)), fixed]
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back((ip, gw) in v4(), (ip6, gw6) in v6()) {
            let config = IpConfig { ip, gw, ip6, gw6 };
            prop_assume!(!config.is_empty());
            prop_assert_eq!(config.to_string().parse::<IpConfig>(), Ok(config));
        }

        #[test]
        fn any_text_is_read_or_refused_and_printing_loses_nothing(text in "((ip|gw)6?=|dhcp|auto|10\\.0\\.0\\.[0-9]{1,3}|2001:db8::[0-9a-f]{1,4}|/[0-9]{1,3}|,|\\PC){0,12}") {
            if let Ok(config) = text.parse::<IpConfig>() {
                prop_assert_eq!(config.to_string().parse::<IpConfig>(), Ok(config));
            }
        }
    }
}
