//! Cisco IOS and IOS-XE.

use super::{CISCO_LIKE, Mechanism, Platform, Proof, Timer};

pub(super) static IOS: Platform = Platform {
    slug: "cisco_ios",
    also: &["cisco_iosxe", "iosxe", "ios", "ios_xe"],
    name: "Cisco IOS",
    proof: Proof::Simulated,
    mechanism: Mechanism::Timer(Timer::Ios),
    opening: &["terminal length 0", "terminal width 511"],
    volatile: &[
        r"^Building configuration",
        r"^Current configuration : \d+ bytes",
        r"^Using \d+ out of \d+ bytes",
        r"^! Last configuration change at",
        r"^! NVRAM config last updated",
        r"^! No configuration change since last restart",
        r"^ntp clock-period",
    ],
    ..CISCO_LIKE
};
