//! How a disk is to grow: to a size (`40G`) or by one (`+10G`). Disks never shrink.

use crate::{WrongForm, disk::Size};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Growth {
    To(Size),
    By(Size),
}

impl Growth {
    /// The size that a disk of this size then has.
    pub fn from(self, now: Size) -> Size {
        match self {
            Self::To(size) => size,
            Self::By(size) => Size { mib: now.mib.saturating_add(size.mib) },
        }
    }
}

impl FromStr for Growth {
    type Err = WrongForm;
    fn from_str(text: &str) -> Result<Self, WrongForm> {
        let wrong = |_| WrongForm::new("size of a disk", text, "a size like 40G, or +10G for so much more");
        match text.trim().strip_prefix('+') {
            Some(more) => more.parse().map(Self::By).map_err(wrong),
            None => text.parse().map(Self::To).map_err(wrong),
        }
    }
}

impl TryFrom<String> for Growth {
    type Error = WrongForm;
    fn try_from(text: String) -> Result<Self, WrongForm> {
        text.parse()
    }
}

impl From<Growth> for String {
    fn from(growth: Growth) -> String {
        growth.to_string()
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::To(size) => write!(f, "{size}"),
            Self::By(size) => write!(f, "+{size}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_a_size_or_by_one() {
        let grown = |text: &str| text.parse::<Growth>().map(|g| g.from(Size { mib: 8192 }).to_string());
        assert_eq!(grown("40G"), Ok("40G".to_owned()));
        assert_eq!(grown("+10"), Ok("18G".to_owned()));
        assert_eq!("+ 1.5t".parse::<Growth>().map(|g| g.to_string()), Ok("+1536G".to_owned()));
        for text in ["", "+", "++1G", "-1G", "+0G", "a lot"] {
            assert!(text.parse::<Growth>().is_err(), "{text}");
        }
    }
}
