//! The code by which somebody links a second identity to an account.

use std::fmt;

/// Letters and digits that nobody takes for others.
pub const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Letters and digits in a code: 50 bits.
const LENGTH: usize = 10;

/// `k7m2p-x9q4d`. Whoever knows it becomes somebody else, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkCode(String);

impl LinkCode {
    /// From random bytes. `None` for one without a digit, which nobody could tell from a name: draw again.
    pub fn drawn(random: [u8; LENGTH]) -> Option<Self> {
        let letters: String = random.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
        has_form(&letters).then_some(Self(letters))
    }

    /// As people type it: in capitals, without the hyphen, with a space in its place. `None` for what is no code.
    pub fn typed(text: &str) -> Option<Self> {
        // Every word of every line is looked at, and most are of another length.
        if text.bytes().filter(|b| !matches!(b, b'-' | b' ')).count() != LENGTH {
            return None;
        }
        let letters: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect::<String>().to_lowercase();
        has_form(&letters).then_some(Self(letters))
    }

    /// Its letters alone, to be hashed.
    pub fn letters(&self) -> &str {
        &self.0
    }
}

fn has_form(letters: &str) -> bool {
    letters.len() == LENGTH
        && letters.bytes().all(|b| LETTERS.contains(&b))
        && letters.bytes().any(|b| b.is_ascii_digit())
}

impl fmt::Display for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = LinkCode::drawn([10, 30, 11, 24, 13, 21, 31, 14, 26, 3]).expect("it has a digit");
        assert_eq!(code.to_string(), "k8m2p-x9q4d");
        for typed in ["k8m2p-x9q4d", "K8M2P-X9Q4D", "k8m2px9q4d", " k8m2p x9q4d "] {
            assert_eq!(LinkCode::typed(typed).as_ref(), Some(&code), "{typed}");
        }
        for typed in
            ["", "k8m2p", "k8m2p-x9q4", "k8m2p-x9q4d2", "k8m2p_x9q4d", "k0m2p-x9q4d", "xerxe-bravq", "ĸ8m2p-x9q4d"]
        {
            assert_eq!(LinkCode::typed(typed), None, "{typed}");
        }
        assert_eq!(format!("{code:?}"), "LinkCode(…)");
    }

    #[test]
    fn one_that_looks_like_a_name_is_drawn_again() {
        assert_eq!(LinkCode::drawn([0; LENGTH]), None);
    }
}
