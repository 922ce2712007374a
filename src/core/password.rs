//! Passwords: made by us or given, kept as Argon2id in PHC form.
//!
//! One is hashed at a time, in one kept buffer: a pool of blocking threads that hash at once was seen to keep over 1 GB
//! resident. The buffer is given back when nobody has signed in for a while.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64ct::{Base64Unpadded, Encoding};
use direttore_domain::{LinkCode, TokenSecret, link_code::LETTERS};
use sha2::{Digest, Sha256};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use subtle::ConstantTimeEq;

const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// KiB: filling less takes no time that anybody sees from outside.
const LITTLE: u32 = 64;

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Cost {
    /// Less would be no protection, more a way to stop the machine.
    pub const MEMORY_KIB: std::ops::RangeInclusive<u32> = 8 * 1024..=256 * 1024;
    pub const PASSES: std::ops::RangeInclusive<u32> = 1..=16;
    pub const LANES: std::ops::RangeInclusive<u32> = 1..=8;

    fn params(self) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH_BYTES)).ok()
    }

    /// KiB that are filled, over all passes: what time goes by.
    fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }

    /// What is as much work as this one is more than another; nothing, if it is not more, or too little to tell.
    fn beyond(self, spent: Self) -> Option<Self> {
        let left = u32::try_from(self.work().checked_sub(spent.work())?).ok()?;
        let passes = left.div_ceil(self.memory_kib);
        (left >= LITTLE).then(|| Self { memory_kib: left / passes, passes, lanes: 1 })
    }
}

impl Default for Cost {
    /// OWASP's second choice for Argon2id.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("the stored hash is no Argon2id hash that we made")]
    Hash,
    #[error("the machine gives no random bytes")]
    Random,
    #[error("no password can be hashed at that cost")]
    Cost,
    #[error("hashing was cut off")]
    CutOff,
}

#[derive(Default)]
struct Buffer {
    blocks: Vec<Block>,
    used: Option<Instant>,
}

/// Hashes and checks passwords, one at a time.
#[derive(Clone)]
pub struct Passwords {
    turn: Arc<tokio::sync::Mutex<()>>,
    buffer: Arc<Mutex<Buffer>>,
    kept: Duration,
    cost: Cost,
    /// The most work that anything took: so long everybody who is refused waits.
    heaviest: Arc<Mutex<Cost>>,
    /// What was done, for tests.
    #[cfg(test)]
    done: Arc<std::sync::atomic::AtomicU64>,
}

impl Passwords {
    /// `kept` is how long the buffer outlives its last use, `cost` what new hashes take, within the bounds of [`Cost`].
    pub fn new(kept: Duration, cost: Cost) -> Self {
        Self {
            turn: Arc::default(),
            buffer: Arc::default(),
            kept,
            cost,
            heaviest: Arc::new(Mutex::new(cost)),
            #[cfg(test)]
            done: Arc::default(),
        }
    }

    /// The PHC string of a password, with a fresh salt.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let mut salt = [0u8; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| PasswordError::Random)?;
        let params = self.cost.params().ok_or(PasswordError::Cost)?;
        let hash = self.run(password, salt.to_vec(), params).await?;
        let (salt, hash) = (Base64Unpadded::encode_string(&salt), Base64Unpadded::encode_string(&hash));
        let Cost { memory_kib, passes, lanes } = self.cost;
        Ok(format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${hash}"))
    }

    /// Whether the password is the one hashed. Without a stored hash, or with one that was made at another cost, as much
    /// work is done before a no, so that time tells nothing.
    pub async fn check(&self, password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
        let spent = match stored {
            None => {
                let params = self.cost.params().ok_or(PasswordError::Cost)?;
                self.run(password, vec![0; SALT_BYTES], params).await?;
                self.cost
            }
            Some(stored) => {
                let (cost, salt, expected) = parse(stored).ok_or(PasswordError::Hash)?;
                let hash = self.run(password, salt, cost.params().ok_or(PasswordError::Hash)?).await?;
                if hash.ct_eq(&expected).into() {
                    return Ok(true);
                }
                cost
            }
        };
        if let Some(params) = self.heaviest(spent).beyond(spent).and_then(Cost::params) {
            self.run(password, vec![0; SALT_BYTES], params).await?;
        }
        Ok(false)
    }

    /// The heaviest cost there was, this one among them.
    fn heaviest(&self, seen: Cost) -> Cost {
        let mut heaviest = self.heaviest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if seen.work() > heaviest.work() {
            *heaviest = seen;
        }
        *heaviest
    }

    /// Whether a hash was made at another cost than new ones are: then it is made anew when its password is known.
    pub fn is_outdated(&self, stored: &str) -> bool {
        parse(stored).is_some_and(|(cost, ..)| cost != self.cost)
    }

    async fn run(&self, password: &str, salt: Vec<u8>, params: Params) -> Result<Vec<u8>, PasswordError> {
        #[cfg(test)]
        self.done
            .fetch_add(u64::from(params.m_cost()) * u64::from(params.t_cost()), std::sync::atomic::Ordering::Relaxed);
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let (buffer, password) = (Arc::clone(&self.buffer), password.to_owned());
        let hash = tokio::task::spawn_blocking(move || {
            // Whoever waited for it may be gone; the next one's turn comes when this is done.
            let _turn = turn;
            let mut buffer = buffer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if buffer.blocks.len() < params.block_count() {
                buffer.blocks = vec![Block::default(); params.block_count()];
            }
            let mut out = vec![0u8; HASH_BYTES];
            let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let done = argon.hash_password_into_with_memory(password.as_bytes(), &salt, &mut out, &mut buffer.blocks);
            buffer.used = Some(Instant::now());
            done.map(|()| out).map_err(|_| PasswordError::Hash)
        });
        let hash = hash.await;
        // One watch for each use; only the last one finds the buffer unused for so long.
        let this = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(this.kept).await;
            this.tidy();
        });
        hash.map_err(|_| PasswordError::CutOff)?
    }

    /// Gives the buffer back when it has not been used for as long as it is kept.
    fn tidy(&self) {
        let mut buffer = self.buffer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if buffer.used.is_some_and(|used| used.elapsed() >= self.kept) {
            *buffer = Buffer::default();
        }
    }
}

/// Only what [`Passwords::hash`] writes, with memory and passes bounded, since a database may have been tampered with.
fn parse(stored: &str) -> Option<(Cost, Vec<u8>, Vec<u8>)> {
    let mut parts = stored.strip_prefix("$argon2id$v=19$")?.split('$');
    let mut numbers = parts.next()?.split(',');
    let mut number = |key: &str| numbers.next()?.strip_prefix(key)?.parse::<u32>().ok();
    let cost = Cost { memory_kib: number("m=")?, passes: number("t=")?, lanes: number("p=")? };
    if cost.memory_kib > *Cost::MEMORY_KIB.end() || cost.passes > *Cost::PASSES.end() || cost.lanes > *Cost::LANES.end()
    {
        return None;
    }
    let salt = Base64Unpadded::decode_vec(parts.next()?).ok()?;
    let hash = Base64Unpadded::decode_vec(parts.next()?).ok()?;
    let whole = parts.next().is_none() && hash.len() == HASH_BYTES;
    whole.then_some((cost, salt, hash))
}

/// A password that we make: 20 characters that are told apart when read aloud, about 99 bits.
pub fn make() -> Result<String, PasswordError> {
    let bytes = random::<20>()?;
    let letters: Vec<char> = bytes.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
    Ok(letters.chunks(5).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

/// A code that works once and for minutes.
pub fn make_code() -> Result<LinkCode, PasswordError> {
    loop {
        if let Some(code) = LinkCode::drawn(random()?) {
            return Ok(code);
        }
    }
}

/// What is kept of a code. It is drawn, not chosen, and short-lived: it needs no slow hash.
pub fn code_hash(code: &LinkCode) -> String {
    Sha256::digest(code.letters()).iter().map(|b| format!("{b:02x}")).collect()
}

/// A new token's secret.
pub fn make_secret() -> Result<TokenSecret, PasswordError> {
    Ok(TokenSecret::drawn(random()?))
}

/// What is kept of a token. Its secret is drawn from 140 bits: nobody finds it by trying, however fast the hash, and
/// every request needs it.
pub fn secret_hash(secret: &TokenSecret) -> String {
    hex(&secret_digest(secret))
}

/// What [`secret_hash`] is the text of.
pub fn secret_digest(secret: &TokenSecret) -> [u8; 32] {
    Sha256::digest(secret.letters()).into()
}

/// A number that nobody guesses, in hex: 128 bits.
pub fn make_number() -> Result<String, PasswordError> {
    Ok(hex(&random::<16>()?))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn random<const N: usize>() -> Result<[u8; N], PasswordError> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|_| PasswordError::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_fits_and_another_does_not() {
        let passwords = Passwords::new(Duration::from_secs(30), Cost::default());
        let hash = passwords.hash("correct horse").await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.check("correct horse", Some(&hash)).await.expect("checks"));
        assert!(!passwords.check("correct horsf", Some(&hash)).await.expect("checks"));
        assert!(!passwords.check("correct horse", None).await.expect("checks"));
        assert!(passwords.check("x", Some("$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAA")).await.is_err());
    }

    #[tokio::test]
    async fn the_buffer_is_given_back() {
        let passwords = Passwords::new(Duration::ZERO, Cost::default());
        passwords.hash("correct horse").await.expect("hashes");
        while passwords.buffer.lock().expect("nobody panics").used.is_some() {
            tokio::task::yield_now().await;
        }
        assert!(passwords.buffer.lock().expect("nobody panics").blocks.is_empty());
    }

    #[tokio::test]
    async fn an_old_hash_still_fits_and_is_known_for_old() {
        let cheap = Cost { memory_kib: 8 * 1024, passes: 1, lanes: 1 };
        let (old, new) = (Passwords::new(Duration::ZERO, cheap), Passwords::new(Duration::ZERO, Cost::default()));
        let hash = old.hash("correct horse").await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=8192,t=1,p=1$"), "{hash}");
        assert!(new.check("correct horse", Some(&hash)).await.expect("checks"));
        assert!(new.is_outdated(&hash) && !old.is_outdated(&hash));
        assert!(!new.is_outdated("something else"));
    }

    #[tokio::test]
    async fn a_no_takes_as_long_whatever_is_stored() {
        let costs = [(8, 1), (19, 2), (19, 1), (10, 3)];
        let costs = costs.map(|(mib, passes)| Cost { memory_kib: mib * 1024, passes, lanes: 1 });
        let now = Passwords::new(Duration::ZERO, costs[1]);
        let mut stored = vec![None];
        for cost in costs {
            stored.push(Some(Passwords::new(Duration::ZERO, cost).hash("correct horse").await.expect("hashes")));
        }
        for stored in &stored {
            now.done.store(0, std::sync::atomic::Ordering::Relaxed);
            assert!(!now.check("battery", stored.as_deref()).await.expect("checks"));
            let done = now.done.load(std::sync::atomic::Ordering::Relaxed);
            let wanted = costs[1].work();
            assert!(done.abs_diff(wanted) < u64::from(LITTLE), "{stored:?}: {done} of {wanted}");
        }
        // Made when it cost more: from the first of those on everybody waits as long.
        let heavy = Cost { memory_kib: 38 * 1024, passes: 3, lanes: 1 };
        let heavy_hash = Passwords::new(Duration::ZERO, heavy).hash("correct horse").await.expect("hashes");
        for stored in [Some(heavy_hash), None, stored[1].clone()] {
            now.done.store(0, std::sync::atomic::Ordering::Relaxed);
            assert!(!now.check("battery", stored.as_deref()).await.expect("checks"));
            let done = now.done.load(std::sync::atomic::Ordering::Relaxed);
            assert!(done.abs_diff(heavy.work()) < u64::from(LITTLE), "{stored:?}: {done}");
        }
    }

    #[test]
    fn made_ones_are_long_and_differ() {
        let (one, other) = (make().expect("random"), make().expect("random"));
        assert_eq!(one.len(), 23);
        assert_ne!(one, other);
    }
}
