//! What a feed shows: somebody's own reservations, those of one resource, or all.

use crate::{
    AccountName, ResourceKey, TokenName,
    name::WrongForm,
    text::{shorten, visible},
};
use std::{fmt, str::FromStr};

/// Kept with the feed's token: `mine`, `all`, or a resource's key like `node/lab/pve1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FeedScope {
    Mine,
    All,
    Resource(ResourceKey),
}

impl FeedScope {
    /// A name for its token that none of the others has: `feed-mine`, `feed-pve1`, `feed-pve1-2`.
    pub fn token_name(&self, taken: &[TokenName]) -> TokenName {
        let told = match self {
            Self::Mine => "mine".to_owned(),
            Self::All => "all".to_owned(),
            Self::Resource(_) => self.short().to_lowercase(),
        };
        let fits = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        // Room for a number behind it.
        let base: String = format!("feed-{told}").chars().filter(fits).take(24).collect();
        let names = (1..).map(|nth| if nth == 1 { base.clone() } else { format!("{base}-{nth}") });
        let mut free = names.filter_map(|name| name.parse::<TokenName>().ok()).filter(|name| !taken.contains(name));
        free.next().expect("there are more numbers than tokens")
    }

    /// The last part of a resource's key, for where nobody knows what people call it: `pve1`.
    pub fn short(&self) -> String {
        self.to_string().rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// What it is a calendar of, for who has the feed. `resource` is what people call the resource.
    pub fn title(&self, whose: &AccountName, resource: &str) -> String {
        match self {
            Self::Mine => format!("Reservations of {whose}"),
            Self::All => "All reservations".to_owned(),
            Self::Resource(_) => format!("Reservations of {resource}"),
        }
    }
}

impl fmt::Display for FeedScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mine => f.write_str("mine"),
            Self::All => f.write_str("all"),
            Self::Resource(key) => key.fmt(f),
        }
    }
}

impl FromStr for FeedScope {
    type Err = WrongForm;
    fn from_str(given: &str) -> Result<Self, WrongForm> {
        match given {
            "mine" => Ok(Self::Mine),
            "all" => Ok(Self::All),
            key => key.parse().map(Self::Resource).map_err(|_| {
                WrongForm::new("scope of a feed", &shorten(&visible(key), 60), "mine, all, or a resource's key")
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> FeedScope {
        text.parse().expect("a scope")
    }

    #[test]
    fn a_scope_is_read_back() {
        for text in ["mine", "all", "node/lab/pve1", "guest/lab/101", "device/17", "pool/gpus", "named/rack-a"] {
            assert_eq!(scope(text).to_string(), text);
        }
        assert!("".parse::<FeedScope>().is_err() && "node/pve1".parse::<FeedScope>().is_err());
    }

    #[test]
    fn a_name_is_one_that_nobody_has() {
        let name = |text: &str, taken: &[&str]| {
            let taken: Vec<TokenName> = taken.iter().map(|name| name.parse().expect("a name")).collect();
            scope(text).token_name(&taken).to_string()
        };
        assert_eq!(name("mine", &[]), "feed-mine");
        assert_eq!(name("node/lab/PVE1", &["feed-mine"]), "feed-pve1");
        assert_eq!(name("node/lab/pve1", &["feed-pve1", "feed-pve1-2"]), "feed-pve1-3");
        let long = format!("named/{}", "a".repeat(32));
        assert!(name(&long, &[]).len() <= 32 && name(&long, &[&name(&long, &[])]).ends_with("a-2"));
    }
}
