//! Network devices.

pub mod snmp;
pub mod yang;
