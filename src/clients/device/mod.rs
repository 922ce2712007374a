//! Network devices.

pub mod snmp;
