//! How often somebody may be wrong.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// As many are kept in mind.
const MOST: usize = 4096;

/// Who a limit is about.
pub trait Whose: Hash + Eq + Clone {
    /// Those who count as one.
    fn together(&self) -> Self {
        self.clone()
    }
}

impl Whose for String {}

impl Whose for IpAddr {
    /// Whoever has one address of IPv6 has all that begin like it.
    fn together(&self) -> Self {
        match self.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
            v4 => v4,
        }
    }
}

impl<A: Whose, B: Whose> Whose for (A, B) {
    fn together(&self) -> Self {
        (self.0.together(), self.1.together())
    }
}

/// When each will have been forgiven everything.
pub struct Limit<K> {
    /// So often at once, and once more after each pause.
    at_once: u32,
    pause: Duration,
    forgiven: Mutex<HashMap<K, Instant>>,
}

impl<K: Whose> Limit<K> {
    pub fn new(at_once: u32, pause: Duration) -> Self {
        Self { at_once, pause, forgiven: Mutex::default() }
    }

    /// Whether they may be wrong once more.
    pub fn allows(&self, who: &K, now: Instant) -> bool {
        self.wait(who, now).is_none()
    }

    /// How long until they may be wrong once more.
    pub fn wait(&self, who: &K, now: Instant) -> Option<Duration> {
        let forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        let at = *forgiven.get(&who.together())?;
        let wait = at.duration_since(now).checked_sub(self.pause * (self.at_once - 1))?;
        (!wait.is_zero()).then_some(wait)
    }

    /// They were wrong.
    pub fn count(&self, who: K, now: Instant) {
        let mut forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        if forgiven.len() >= MOST {
            forgiven.retain(|_, at| *at > now);
        }
        if forgiven.len() >= MOST {
            // More than that are one who has many: who was wrong least is forgiven first.
            let least = forgiven.iter().min_by_key(|(_, at)| **at).map(|(who, _)| who.clone());
            least.and_then(|who| forgiven.remove(&who));
        }
        let at = forgiven.entry(who.together()).or_insert(now);
        *at = (*at).max(now) + self.pause;
    }

    /// What was counted last was nothing wrong.
    pub fn uncount(&self, who: &K) {
        let mut forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = forgiven.get_mut(&who.together()) {
            *at = at.checked_sub(self.pause).unwrap_or(*at);
        }
    }

    /// They were right: what was wrong before was theirs.
    pub fn forgive(&self, who: &K) {
        self.forgiven.lock().unwrap_or_else(PoisonError::into_inner).remove(&who.together());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: u32 = 30;
    const PAUSE: Duration = Duration::from_secs(2);

    fn limit() -> Limit<IpAddr> {
        Limit::new(AT_ONCE, PAUSE)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn who_is_wrong_too_often_waits() {
        let (limit, one, other) = (limit(), address("192.0.2.1"), address("192.0.2.2"));
        let now = Instant::now();
        for _ in 0..AT_ONCE {
            assert!(limit.allows(&one, now));
            limit.count(one, now);
        }
        assert!(!limit.allows(&one, now) && limit.allows(&other, now));
        assert!(!limit.allows(&address("::ffff:192.0.2.1"), now), "the same in another form");
        let now = now + PAUSE;
        assert!(limit.allows(&one, now), "once more");
        limit.count(one, now);
        assert!(!limit.allows(&one, now));
        assert_eq!(limit.wait(&one, now), Some(PAUSE));
        assert!(limit.allows(&one, now + PAUSE * AT_ONCE));
        limit.uncount(&one);
        assert!(limit.allows(&one, now));
        limit.count(one, now);
        limit.forgive(&one);
        assert!(limit.allows(&one, now));
    }

    #[test]
    fn many_addresses_are_not_kept_for_ever() {
        let (limit, now) = (limit(), Instant::now());
        for n in 0..=2 * MOST as u128 {
            limit.count(IpAddr::V6(Ipv6Addr::from_bits(n << 64)), now);
        }
        assert_eq!(limit.forgiven.lock().expect("nobody panicked").len(), MOST);
        assert_eq!(address("2001:db8::1").together(), address("2001:db8::2").together());
    }
}
