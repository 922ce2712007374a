//! Who we are to an agent.

use async_snmp::{Auth, AuthProtocol, PrivProtocol, UsmConfig};
use std::{fmt, str::FromStr};

/// The shortest passphrase that RFC 3414 lets an agent take.
const SHORTEST: usize = 8;

#[derive(Clone)]
pub enum Login {
    V2c { community: String },
    V3 { user: String, proof: Option<(Proof, String)>, protect: Option<(Protect, String)>, context: String },
}

/// How a message proves who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// How a message is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protect {
    Aes128,
    Aes192,
    Aes256,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongLogin {
    #[error("DES and 3DES are broken and not spoken: give the device an AES user")]
    Des,
    #[error("there is no {what} {given:?}; there are {has}")]
    Unknown { what: &'static str, given: String, has: &'static str },
    #[error("a passphrase of SNMPv3 has at least {SHORTEST} characters")]
    Short,
    #[error("privacy needs authentication: give both passphrases")]
    PrivacyAlone,
    #[error("this login cannot be used: {why}")]
    Refused { why: String },
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V2c { .. } => "SNMPv2c",
            Self::V3 { .. } => "SNMPv3",
        })
    }
}

impl FromStr for Proof {
    type Err = WrongLogin;
    fn from_str(text: &str) -> Result<Self, WrongLogin> {
        Ok(match text.to_ascii_lowercase().replace('-', "").as_str() {
            "md5" => Self::Md5,
            "sha" | "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            _ => {
                let has = "SHA, SHA-224, SHA-256, SHA-384, SHA-512 and MD5";
                return Err(WrongLogin::Unknown { what: "authentication", given: text.to_owned(), has });
            }
        })
    }
}

impl FromStr for Protect {
    type Err = WrongLogin;
    fn from_str(text: &str) -> Result<Self, WrongLogin> {
        Ok(match text.to_ascii_lowercase().replace('-', "").as_str() {
            "aes" | "aes128" => Self::Aes128,
            "aes192" => Self::Aes192,
            "aes256" => Self::Aes256,
            "des" | "3des" | "des3" => return Err(WrongLogin::Des),
            _ => {
                let has = "AES, AES-192 and AES-256";
                return Err(WrongLogin::Unknown { what: "privacy", given: text.to_owned(), has });
            }
        })
    }
}

impl Login {
    /// Whether anybody could be asked so; nothing is sent.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), WrongLogin> {
        self.auth().map(drop)
    }

    pub(super) fn auth(&self) -> Result<Auth, WrongLogin> {
        let (user, proof, protect, context) = match self {
            Self::V2c { community } => return Ok(Auth::v2c(community.clone())),
            Self::V3 { user, proof, protect, context } => (user, proof, protect, context),
        };
        let passphrases = proof.iter().map(|p| &p.1).chain(protect.iter().map(|p| &p.1));
        if passphrases.into_iter().any(|passphrase| passphrase.chars().count() < SHORTEST) {
            return Err(WrongLogin::Short);
        }
        let refused = |error: &dyn fmt::Display| WrongLogin::Refused { why: error.to_string() };
        let usm = UsmConfig::new(user.clone().into_bytes()).context_name(context.clone().into_bytes());
        let usm = match (proof, protect) {
            (None, None) => usm,
            (None, Some(_)) => return Err(WrongLogin::PrivacyAlone),
            (Some((proof, words)), None) => usm.auth(proof.of_the_crate(), words).map_err(|e| refused(&e))?,
            (Some((proof, words)), Some((protect, secret))) => {
                usm.auth_priv(proof.of_the_crate(), words, protect.of_the_crate(), secret).map_err(|e| refused(&e))?
            }
        };
        Ok(usm.into())
    }
}

impl Proof {
    fn of_the_crate(self) -> AuthProtocol {
        match self {
            Self::Md5 => AuthProtocol::Md5,
            Self::Sha1 => AuthProtocol::Sha1,
            Self::Sha224 => AuthProtocol::Sha224,
            Self::Sha256 => AuthProtocol::Sha256,
            Self::Sha384 => AuthProtocol::Sha384,
            Self::Sha512 => AuthProtocol::Sha512,
        }
    }
}

impl Protect {
    fn of_the_crate(self) -> PrivProtocol {
        match self {
            Self::Aes128 => PrivProtocol::Aes128,
            Self::Aes192 => PrivProtocol::Aes192Blumenthal,
            Self::Aes256 => PrivProtocol::Aes256Blumenthal,
        }
    }
}
