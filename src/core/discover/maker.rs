//! Who made a device and what it runs, by the maker's number in what SNMP says it is.

use direttore_domain::device::seen::System;

/// Number, name as NetBox' library of device types has it, and the platform: its slug and name.
type Maker = (u32, &'static str, Option<(&'static str, &'static str)>);

const MAKERS: &[Maker] = &[
    (9, "Cisco", Some(("cisco_ios", "Cisco IOS"))),
    (674, "Dell", None),
    (1916, "Extreme Networks", None),
    (1991, "Brocade", None),
    (2011, "Huawei", None),
    (2636, "Juniper", Some(("juniper_junos", "Juniper Junos"))),
    (4881, "Ruijie", None),
    (6527, "Nokia", Some(("nokia_sros", "Nokia SR OS"))),
    (12_356, "Fortinet", None),
    (14_823, "Aruba", Some(("aruba_os", "ArubaOS"))),
    (14_988, "MikroTik", Some(("mikrotik_routeros", "MikroTik RouterOS"))),
    (25_461, "Palo Alto", Some(("paloalto_panos", "Palo Alto PAN-OS"))),
    (30_065, "Arista", Some(("arista_eos", "Arista EOS"))),
    (30_803, "Vyatta", Some(("vyos", "VyOS"))),
    (36_673, "IP Infusion", Some(("ipinfusion_ocnos", "IP Infusion OcNOS"))),
    (44_641, "VyOS", Some(("vyos", "VyOS"))),
    (47_196, "HPE", None),
    (52_642, "FS", Some(("fs_fsos", "FS FSOS"))),
];

fn known(system: &System) -> Option<&'static Maker> {
    let number = system.enterprise()?;
    MAKERS.iter().find(|maker| maker.0 == number)
}

/// By its number; else what the chassis says.
pub(super) fn name(system: &System) -> Option<String> {
    known(system)
        .map(|maker| maker.1.to_owned())
        .or_else(|| Some(system.manufacturer.clone()).filter(|name| !name.is_empty()))
}

/// `arista_eos` and its name. Cisco has two, which the description tells apart.
pub(super) fn platform(system: &System) -> Option<(&'static str, &'static str)> {
    let (number, _, platform) = known(system)?;
    Some(match *number {
        9 if system.description.contains("NX-OS") => ("cisco_nxos", "Cisco NX-OS"),
        _ => (*platform)?,
    })
}

/// `Arista` is `Arista Networks`.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let first = |name: &str| name.to_lowercase().split([' ', ',', '.']).next().unwrap_or_default().to_owned();
    !one.is_empty() && first(one) == first(other)
}
