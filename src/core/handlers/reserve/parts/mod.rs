//! What the commands about reservations share.

pub mod shown;
pub mod time;
pub mod what;
pub mod whose;
