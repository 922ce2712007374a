//! How many connections fit: each needs a file descriptor, and so does all else that is open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Left for the database, Proxmox, NetBox, Discord and files.
const OTHERS: u64 = 256;
/// Nobody needs more unless they say so.
const MOST: u64 = 16_384;
/// Below that there would be no room for anybody.
const LEAST: u64 = 16;

/// As many as are wanted, or as the system lets be open. The limit that a process may raise by itself is raised.
pub fn connections(wanted: Option<usize>) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let open = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::debug!("the limit of open files stays: {error}");
            limit.current
        }
    };
    let fit = room(open);
    let wanted = wanted.map(|wanted| wanted as u64);
    if let Some(wanted) = wanted.filter(|wanted| *wanted > fit) {
        tracing::warn!("http.connections = {wanted}, but the limit of open files has room for {fit}");
    }
    usize::try_from(wanted.unwrap_or(MOST).min(fit)).unwrap_or(usize::MAX)
}

/// Of so many files that may be open; nothing is no limit.
fn room(open: Option<u64>) -> u64 {
    open.map_or(u64::MAX, |open| open.saturating_sub(OTHERS.min(open / 2)).max(LEAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_have_their_room() {
        assert_eq!([None, Some(20_000), Some(1024), Some(100), Some(4)].map(room), [u64::MAX, 19_744, 768, 50, 16]);
        assert!(connections(None) <= 16_384 && connections(Some(20)) == 20);
    }
}
