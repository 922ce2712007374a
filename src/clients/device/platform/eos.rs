//! Arista EOS.

use super::{CISCO_LIKE, Mechanism, Platform, Proof, Timer};

pub(super) static EOS: Platform = Platform {
    slug: "arista_eos",
    also: &["eos"],
    name: "Arista EOS",
    proof: Proof::Simulated,
    mechanism: Mechanism::Timer(Timer::Eos),
    opening: &["terminal length 0", "terminal width 32767"],
    volatile: &[r"^! Time:", r"^! Command:", r"^! device:"],
    ..CISCO_LIKE
};
