//! What the outside world has promised, and whether we keep to it.

mod netbox_schema;
mod pve_schema;
mod requests;
