//! How often an address may be wrong.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// So often at once, and once more after each pause.
const AT_ONCE: u32 = 30;
const PAUSE: Duration = Duration::from_secs(2);
/// As many addresses as are kept in mind.
const MOST: usize = 4096;

/// When an address will have been forgiven everything.
#[derive(Default)]
pub struct Limit {
    forgiven: Mutex<HashMap<IpAddr, Instant>>,
}

/// Whoever has one address of IPv6 has all that begin like it.
fn whose(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

impl Limit {
    /// Whether it may be wrong once more.
    pub fn allows(&self, from: IpAddr, now: Instant) -> bool {
        let forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        forgiven.get(&whose(from)).is_none_or(|at| *at <= now + PAUSE * (AT_ONCE - 1))
    }

    /// It was wrong.
    pub fn count(&self, from: IpAddr, now: Instant) {
        let mut forgiven = self.forgiven.lock().unwrap_or_else(PoisonError::into_inner);
        if forgiven.len() >= MOST {
            forgiven.retain(|_, at| *at > now);
        }
        if forgiven.len() >= MOST {
            // More than that are one who has many: who was wrong least is forgiven first.
            let least = forgiven.iter().min_by_key(|(_, at)| **at).map(|(from, _)| *from);
            least.and_then(|from| forgiven.remove(&from));
        }
        let at = forgiven.entry(whose(from)).or_insert(now);
        *at = (*at).max(now) + PAUSE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn who_is_wrong_too_often_waits() {
        let (limit, one, other) = (Limit::default(), address("192.0.2.1"), address("192.0.2.2"));
        let now = Instant::now();
        for _ in 0..AT_ONCE {
            assert!(limit.allows(one, now));
            limit.count(one, now);
        }
        assert!(!limit.allows(one, now) && limit.allows(other, now));
        assert!(!limit.allows(address("::ffff:192.0.2.1"), now), "the same in another form");
        let now = now + PAUSE;
        assert!(limit.allows(one, now), "once more");
        limit.count(one, now);
        assert!(!limit.allows(one, now));
        assert!(limit.allows(one, now + PAUSE * AT_ONCE));
    }

    #[test]
    fn many_addresses_are_not_kept_for_ever() {
        let (limit, now) = (Limit::default(), Instant::now());
        for n in 0..=2 * MOST as u128 {
            limit.count(IpAddr::V6(Ipv6Addr::from_bits(n << 64)), now);
        }
        assert_eq!(limit.forgiven.lock().expect("nobody panicked").len(), MOST);
        assert_eq!(whose(address("2001:db8::1")), whose(address("2001:db8::2")));
    }
}
