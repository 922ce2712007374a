//! What the commands about reservations share.

pub mod bookable;
pub mod lanes;
pub mod reach;
pub mod shown;
pub mod time;
pub mod what;
pub mod whose;
