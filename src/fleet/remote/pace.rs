//! How fast one host is asked, by all threads together, and how long to wait before the same again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::RemoteError;

/// The first wait; each one after it is twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// No server is waited for longer than this.
const LONGEST: Duration = Duration::from_mins(2);

/// A limit of the starts for each host and second.
#[derive(Debug)]
pub struct Pace {
    between: Duration,
    next: Mutex<HashMap<String, Instant>>,
}

impl Pace {
    /// Returns a pace of so many starts a second.
    #[must_use]
    pub fn new(each_second: u32) -> Self {
        Self {
            between: Duration::from_secs(1) / each_second.max(1),
            next: Mutex::new(HashMap::new()),
        }
    }

    /// Waits for a turn. What is on this machine has none.
    pub(super) fn wait(&self, host: &str) {
        if host.is_empty() {
            return;
        }
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let next = next.entry(host.to_owned()).or_insert_with(Instant::now);
            let turn = (*next).max(Instant::now());
            *next = turn + self.between;
            turn
        };
        thread::sleep(turn.saturating_duration_since(Instant::now()));
    }

    /// Lets nobody ask a host for a while.
    pub(super) fn hold(&self, host: &str, time: Duration) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let next = next.entry(host.to_owned()).or_insert_with(Instant::now);
        *next = (*next).max(Instant::now() + time);
    }
}

/// Returns how long to wait before the same again after so many tries; none where it is useless.
///
/// Which part of the wait is by chance is decided by the address, so that a thousand repositories of
/// one server do not come back in the same moment, and a run can be repeated.
pub(super) fn pause(error: &RemoteError, url: &str, tries: u32) -> Option<Duration> {
    let asked = match error {
        RemoteError::Busy { after, .. } => *after,
        RemoteError::Unreachable(_) => None,
        _ => return None,
    };
    let step = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(10));
    let digest = Sha256::digest(format!("{tries} {url}").as_bytes());
    let share = digest.first().map_or(0, |&byte| u32::from(byte));
    let pause = asked.unwrap_or(step) + step * share / 256;
    (pause <= LONGEST).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::program::Said;

    #[test]
    fn threads_share_the_pace_of_a_host() {
        let pace = Pace::new(20);
        let start = Instant::now();
        thread::scope(|scope| {
            for _ in 0..5 {
                scope.spawn(|| pace.wait("h"));
            }
        });
        assert!(start.elapsed() >= Duration::from_millis(200));
        let start = Instant::now();
        pace.wait("other");
        assert!(start.elapsed() < Duration::from_millis(50));
        pace.hold("other", Duration::from_millis(150));
        pace.wait("other");
        assert!(start.elapsed() >= Duration::from_millis(150));
    }

    #[test]
    fn waits_grow_and_differ_and_are_the_same_each_time() {
        let said = || Said::new(String::new());
        let error = RemoteError::Unreachable(said());
        let waits: Vec<_> = (1..4)
            .filter_map(|tries| pause(&error, "a", tries))
            .collect();
        assert!(waits.is_sorted(), "{waits:?}");
        assert_ne!(pause(&error, "a", 1), pause(&error, "b", 1));
        assert_eq!(pause(&error, "a", 1), pause(&error, "a", 1));
        let busy = |seconds| RemoteError::Busy {
            after: Some(Duration::from_secs(seconds)),
            said: said(),
        };
        assert!(pause(&busy(7), "a", 1) >= Some(Duration::from_secs(7)));
        assert_eq!(pause(&busy(3600), "a", 1), None);
        assert_eq!(pause(&RemoteError::Login(said()), "a", 1), None);
    }
}
