//! What a program shows to prove who signed in: JWTs (RFC 7519) signed with HMAC-SHA256, as the first direttore's were.
//!
//! A token says which session it is of. What its account may do is never taken from it: the role is looked up, and the
//! `role` claim is there for programs that show it to people.
//!
//! A program shows the same token with each of its requests. What was found to be ours is kept by its digest, so that
//! one SHA-256 tells so again; only its time is looked at each time.

use direttore_domain::{AccountName, Instant, Role};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// As many tokens are kept.
const MOST: usize = 4096;

/// What one kind of token is for; one never does for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    Access,
    Refresh,
}

/// What a token says, in the claims that the first direttore's had and those that RFC 7519 has for the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The account's name.
    pub sub: String,
    pub role: String,
    /// Seconds since 1970.
    pub exp: i64,
    pub iat: i64,
    #[serde(rename = "type")]
    pub use_: Use,
    pub iss: String,
    pub aud: String,
    /// Drawn for each token.
    pub jti: String,
    /// The session.
    pub sid: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub issuer: String,
    pub audience: String,
    pub access: Duration,
    pub refresh: Duration,
}

impl Default for Terms {
    /// As the first direttore had them.
    fn default() -> Self {
        Self {
            issuer: "direttore".to_owned(),
            audience: "direttore".to_owned(),
            access: Duration::from_secs(60 * 60),
            refresh: Duration::from_secs(7 * 24 * 3600),
        }
    }
}

/// Signs tokens and reads them back.
pub struct Signer {
    terms: Terms,
    sign: EncodingKey,
    check: DecodingKey,
    validation: Validation,
    /// What those of our own that were read say.
    known: Mutex<HashMap<[u8; 32], Arc<Said>>>,
}

impl Signer {
    pub fn new(key: &[u8], terms: Terms) -> Self {
        // `exp` is looked at here, where the time is given.
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.set_issuer(&[&terms.issuer]);
        validation.set_audience(&[&terms.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self {
            sign: EncodingKey::from_secret(key),
            check: DecodingKey::from_secret(key),
            terms,
            validation,
            known: Mutex::default(),
        }
    }

    /// How long a session lasts without being renewed.
    pub fn lasts(&self) -> Duration {
        self.terms.refresh
    }

    /// `jti`: the token's own number. `None` where the library cannot sign, which HMAC always can.
    pub fn token(
        &self,
        use_: Use,
        whose: (&AccountName, Option<Role>),
        sid: i64,
        jti: &str,
        now: Instant,
    ) -> Option<String> {
        let lasts = match use_ {
            Use::Access => self.terms.access,
            Use::Refresh => self.terms.refresh,
        };
        let said = Said {
            sub: whose.0.to_string(),
            role: whose.1.map_or("none", Role::as_str).to_owned(),
            exp: seconds(now + lasts),
            iat: seconds(now),
            use_,
            iss: self.terms.issuer.clone(),
            aud: self.terms.audience.clone(),
            jti: jti.to_owned(),
            sid,
        };
        encode(&Header::new(Algorithm::HS256), &said, &self.sign).ok()
    }

    /// What one of our own says, while it is good. Nothing for any other: of another key or algorithm (`none` too), for
    /// somebody else, tampered with, its time over, or of the other use.
    pub fn read(&self, token: &str, use_: Use, now: Instant) -> Option<Arc<Said>> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&digest).map(Arc::clone);
        let said = match known {
            Some(said) => said,
            None => {
                let said = Arc::new(decode::<Said>(token, &self.check, &self.validation).ok()?.claims);
                self.keep(digest, &said, seconds(now));
                said
            }
        };
        (said.use_ == use_ && said.exp > seconds(now)).then_some(said)
    }

    /// Not one whose time is over, or that is shown only once; of the others not more than so many.
    fn keep(&self, digest: [u8; 32], said: &Arc<Said>, now: i64) {
        if said.exp <= now || said.use_ == Use::Refresh {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, said| said.exp > now);
        }
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(digest, Arc::clone(said));
    }
}

impl Default for Signer {
    /// With a key of its own, which is gone with the process.
    fn default() -> Self {
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the machine has random bytes");
        Self::new(&key, Terms::default())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("terms", &self.terms).finish_non_exhaustive()
    }
}

fn seconds(at: Instant) -> i64 {
    at.millis().div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64UrlUnpadded, Encoding};
    use serde_json::{Value, json};

    const NOW: Instant = Instant(1_772_900_000_000);

    fn signer() -> Signer {
        Signer::new(b"a key of these tests, 32 letters", Terms::default())
    }

    fn made(signer: &Signer, use_: Use, jti: &str) -> String {
        let alice = "alice".parse().expect("a name");
        signer.token(use_, (&alice, Some(Role::Operator)), 3, jti, NOW).expect("signed")
    }

    fn part(token: &str, nth: usize) -> Value {
        let part = token.split('.').nth(nth).expect("three parts");
        serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).expect("base64url")).expect("JSON")
    }

    #[test]
    fn a_token_says_what_the_first_ones_said_and_more() {
        let token = made(&signer(), Use::Access, "j1");
        assert_eq!(part(&token, 0), json!({ "typ": "JWT", "alg": "HS256" }));
        let at = 1_772_900_000;
        let said = json!({ "sub": "alice", "role": "operator", "exp": at + 3600, "iat": at, "type": "access",
            "iss": "direttore", "aud": "direttore", "jti": "j1", "sid": 3 });
        assert_eq!(part(&token, 1), said);
    }

    #[test]
    fn a_token_is_good_for_its_use_until_its_time_is_over() {
        let signer = signer();
        let access = made(&signer, Use::Access, "j1");
        let refresh = made(&signer, Use::Refresh, "j2");
        assert_eq!(
            signer.read(&access, Use::Access, NOW).map(|said| (said.sub.clone(), said.sid)),
            Some(("alice".into(), 3))
        );
        assert_eq!(signer.read(&refresh, Use::Refresh, NOW).map(|said| said.jti.clone()), Some("j2".into()));
        assert_eq!(signer.read(&access, Use::Refresh, NOW), None);
        assert_eq!(signer.read(&refresh, Use::Access, NOW), None);
        let hour = Duration::from_secs(3600);
        assert!(signer.read(&access, Use::Access, NOW + (hour - Duration::from_secs(1))).is_some());
        assert_eq!(signer.read(&access, Use::Access, NOW + hour), None);
        assert_eq!(signer.read(&refresh, Use::Refresh, NOW + signer.lasts()), None);
    }

    #[test]
    fn what_is_known_of_tokens_says_the_same_and_is_not_without_end() {
        let signer = signer();
        let hour = Duration::from_secs(3600);
        let known = |signer: &Signer| signer.known.lock().expect("nobody panicked").len();
        let first = made(&signer, Use::Access, "first");
        let said = signer.read(&first, Use::Access, NOW).expect("ours");
        assert_eq!(signer.read(&first, Use::Access, NOW).as_ref(), Some(&said));
        assert_eq!(known(&signer), 1);
        assert_eq!(signer.read(&first, Use::Refresh, NOW), None);
        assert_eq!(signer.read(&first, Use::Access, NOW + hour), None, "known, and its time is over");
        // The same but for its last letter.
        let mut other = first.clone();
        let last = other.pop().expect("a letter");
        other.push(if last == 'A' { 'Q' } else { 'A' });
        assert_eq!(signer.read(&other, Use::Access, NOW), None);
        let refresh = made(&signer, Use::Refresh, "once");
        assert!(signer.read(&refresh, Use::Refresh, NOW).is_some());
        assert_eq!(known(&signer), 1, "of those that do not let in nothing is kept");
        for n in 0..MOST {
            assert!(signer.read(&made(&signer, Use::Access, &n.to_string()), Use::Access, NOW).is_some());
        }
        assert!((1..=MOST).contains(&known(&signer)));
        assert_eq!(signer.read(&first, Use::Access, NOW), Some(said));
    }

    #[test]
    fn what_we_did_not_sign_is_nothing() {
        let signer = signer();
        let token = made(&signer, Use::Access, "j1");
        let (head, rest) = token.split_once('.').expect("three parts");
        let (body, signature) = rest.split_once('.').expect("three parts");
        let encoded = |value: Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
        let none = encoded(json!({ "alg": "none", "typ": "JWT" }));
        let mut other = part(&token, 1);
        other["sub"] = json!("admin");
        let other = encoded(other);
        let elsewhere = |terms: Terms, key: &[u8]| made(&Signer::new(key, terms), Use::Access, "j1");
        let terms = |issuer: &str, audience: &str| Terms {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            ..Terms::default()
        };
        let key = b"a key of these tests, 32 letters";
        let bad = [
            String::new(),
            "abc".to_owned(),
            "a.b.c".to_owned(),
            format!("{none}.{body}."),
            format!("{none}.{body}.{signature}"),
            format!("{head}.{other}.{signature}"),
            format!("{head}.{body}."),
            format!("{head}.{body}"),
            format!("{token}.x"),
            elsewhere(Terms::default(), b"another key, also of 32 letters.."),
            elsewhere(terms("else", "direttore"), key),
            elsewhere(terms("direttore", "else"), key),
        ];
        for token in bad {
            assert_eq!(signer.read(&token, Use::Access, NOW), None, "{token}");
        }
        assert!(!format!("{signer:?}").contains("key of these"));
    }
}
