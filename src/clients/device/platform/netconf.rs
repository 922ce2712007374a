//! Whatever speaks NETCONF with a candidate: the configuration is XML of the models that it has.

use super::{CISCO_LIKE, Mechanism, Over, Platform, Proof, Timer};

pub(super) static NETCONF: Platform = Platform {
    slug: "netconf",
    also: &["openconfig", "netconf_yang"],
    name: "NETCONF",
    proof: Proof::RealSoftware,
    mechanism: Mechanism::Timer(Timer::Netconf),
    prompt: r"^(?P<base>)\]\]>\]\]>$",
    opening: &[],
    enable: false,
    reads: Over::Netconf,
    running: "get-config",
    startup: None,
    configure: "",
    leave: "",
    save: None,
    comment: "<!--",
    errors: &[],
    pager: &[],
    end: None,
    secrets: &[r"<(?:\w+:)?(?:password|secret|key|community|passphrase|shared-secret)>([^<]*)<"],
    ..CISCO_LIKE
};
