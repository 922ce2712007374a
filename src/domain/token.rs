//! Tokens: secrets by which a program acts as an account.

use crate::{link_code::LETTERS, name::WrongForm};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a token opens. One kind never opens what is another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenKind {
    /// The REST interface.
    Api,
    /// A calendar program's password.
    Caldav,
    /// The address of a calendar that others subscribe to.
    Feed,
}

impl TokenKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Caldav => "caldav",
            Self::Feed => "feed",
        }
    }
}

impl FromStr for TokenKind {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        let all = [Self::Api, Self::Caldav, Self::Feed];
        all.into_iter()
            .find(|kind| kind.as_str() == given)
            .ok_or_else(|| WrongForm::new("kind of token", given, "api, caldav or feed"))
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Letters and digits in a secret: 140 bits.
const LENGTH: usize = 28;
/// They are shown in groups, for those who type them into a telephone.
const GROUP: usize = 7;

/// `k7m2pxa-…`. Whoever knows it acts as the account, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret(String);

impl TokenSecret {
    /// From random bytes.
    pub fn drawn(random: [u8; LENGTH]) -> Self {
        Self(random.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect())
    }

    /// As programs and people give it: in capitals, without the hyphens. `None` for what is no secret of ours.
    pub fn typed(text: &str) -> Option<Self> {
        // What comes from outside may be of any length, and most of it is of another one.
        if text.bytes().filter(|b| !matches!(b, b'-' | b' ')).count() != LENGTH {
            return None;
        }
        let letters: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect::<String>().to_lowercase();
        let fits = letters.len() == LENGTH && letters.bytes().all(|b| LETTERS.contains(&b));
        fits.then_some(Self(letters))
    }

    /// Its letters alone, to be hashed.
    pub fn letters(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, letter) in self.0.chars().enumerate() {
            if at > 0 && at % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{letter}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_is_typed() {
        let mut random = [0; LENGTH];
        random.iter_mut().zip(0..).for_each(|(b, n)| *b = n);
        let secret = TokenSecret::drawn(random);
        assert_eq!(secret.to_string(), "abcdefg-hijkmnp-qrstuvw-xyz2345");
        for typed in
            ["abcdefg-hijkmnp-qrstuvw-xyz2345", "ABCDEFGHIJKMNPQRSTUVWXYZ2345", "abcdefg hijkmnp qrstuvw xyz2345"]
        {
            assert_eq!(TokenSecret::typed(typed).as_ref(), Some(&secret), "{typed}");
        }
        let long = "a".repeat(1_000_000);
        for typed in ["", "abcdefg-hijkmnp-qrstuvw-xyz234", "abcdefg-hijkmnp-qrstuvw-xyz23450", long.as_str()] {
            assert_eq!(TokenSecret::typed(typed), None);
        }
        assert_eq!(format!("{secret:?}"), "TokenSecret(…)");
    }

    #[test]
    fn kinds_are_read_back() {
        for kind in [TokenKind::Api, TokenKind::Caldav, TokenKind::Feed] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert!("web".parse::<TokenKind>().is_err());
    }
}
