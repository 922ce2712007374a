//! Why a device could not be read at all.

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A wrong passphrase of v3 cannot be told from silence.
    #[error("{host} gives no answer by SNMP, or community, user or passphrase are wrong")]
    NoAnswer { host: String },
    #[error("{host} cannot be found: {why}")]
    NoSuchHost { host: String, why: String },
    #[error("{host} refuses this SNMP user: {why}")]
    NotLetIn { host: String, why: String },
    #[error("{host} did not come to an end within {seconds} s")]
    TooLong { host: String, seconds: u64 },
    #[error("{host} answers what is no SNMP: {why}")]
    Garbage { host: String, why: String },
    #[error(transparent)]
    Login(#[from] super::WrongLogin),
}
