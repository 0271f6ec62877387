//! How often a forge is asked: all threads together, host by host.
#![expect(
    clippy::disallowed_methods,
    reason = "a forge says until when by the time of day"
)]

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::ForgeError;
use crate::fleet::Watch;

/// How long a sleeper goes without looking whether all is to end.
const NAP: Duration = Duration::from_millis(50);
/// A rest that is slept out all the same, so that what was begun is finished.
const SHORT: Duration = Duration::from_secs(5);

/// How a forge is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The least time between two requests that write, on one host.
    pub between: Duration,
    /// The longest time that one request waits because a forge says so.
    pub patience: Duration,
    /// How long a forge is left alone that is asked too often and does not say for how long.
    pub rest: Duration,
    /// The pause before the first repetition; each further one is twice as long.
    pub pause: Duration,
    /// How often one thing is asked at the most.
    pub tries: u32,
    /// The longest that one run of a program may take.
    pub limit: Duration,
    /// The longest that one push may take.
    pub push: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            between: Duration::from_secs(1),
            patience: Duration::from_mins(3),
            rest: Duration::from_mins(1),
            pause: Duration::from_secs(1),
            tries: 4,
            limit: Duration::from_mins(1),
            push: Duration::from_mins(5),
        }
    }
}

/// When each host may be asked again.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<BTreeMap<String, Gate>>);

#[derive(Debug, Clone, Copy)]
struct Gate {
    /// Nothing is asked before.
    opens: Instant,
    /// Nothing is written before.
    next_write: Instant,
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Reads,
    Writes,
}

impl Gates {
    /// Returns when it is a request's turn; or why it is not going to be.
    pub(super) fn pass(
        &self,
        host: &str,
        kind: Kind,
        pace: &Pace,
        watch: &dyn Watch,
    ) -> Result<(), ForgeError> {
        let begin = Instant::now();
        loop {
            let wait = self.turn(host, kind, pace);
            let Some(wait) = wait else {
                return Ok(());
            };
            if begin.elapsed() + wait > pace.patience && self.is_closed(host) {
                let host = host.to_owned();
                return Err(ForgeError::Limited { host, wait });
            }
            sleep(wait, watch)?;
        }
    }

    /// Keeps everybody from a host for a while.
    pub(super) fn close(&self, host: &str, pause: Duration) {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(host.to_owned()).or_insert_with(Gate::open);
        gate.opens = gate.opens.max(Instant::now() + pause);
    }

    /// Takes a turn, or returns how long it is until the next may be free.
    fn turn(&self, host: &str, kind: Kind, pace: &Pace) -> Option<Duration> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(host.to_owned()).or_insert_with(Gate::open);
        let now = Instant::now();
        let free = match kind {
            Kind::Reads => gate.opens,
            Kind::Writes => gate.opens.max(gate.next_write),
        };
        if free > now {
            return Some(free - now);
        }
        if kind == Kind::Writes {
            gate.next_write = now + pace.between;
        }
        None
    }

    fn is_closed(&self, host: &str) -> bool {
        let gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates
            .get(host)
            .is_some_and(|gate| gate.opens > Instant::now())
    }
}

impl Gate {
    fn open() -> Self {
        let now = Instant::now();
        Self {
            opens: now,
            next_write: now,
        }
    }
}

/// Sleeps, unless it is for long and all is to end.
pub(super) fn sleep(time: Duration, watch: &dyn Watch) -> Result<(), ForgeError> {
    let end = Instant::now() + time;
    loop {
        if time > SHORT && watch.is_stopped() {
            return Err(ForgeError::Stopped);
        }
        let Some(left) = end.checked_duration_since(Instant::now()) else {
            return Ok(());
        };
        thread::sleep(left.min(NAP));
    }
}

/// Returns the time of day, in seconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::RepoReport;

    struct Still;

    impl Watch for Still {
        fn begin(&self, _: usize) {}
        fn done(&self, _: &RepoReport) {}
        fn is_stopped(&self) -> bool {
            false
        }
    }

    fn pace() -> Pace {
        Pace {
            between: Duration::from_millis(20),
            patience: Duration::from_millis(200),
            ..Pace::default()
        }
    }

    #[test]
    fn writes_keep_their_distance_on_one_host_only() {
        let (gates, begin) = (Gates::default(), Instant::now());
        let pass = |host, kind| gates.pass(host, kind, &pace(), &Still).expect("a turn");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| pass("a", Kind::Writes));
            }
        });
        assert!(begin.elapsed() >= Duration::from_millis(60));
        let begin = Instant::now();
        pass("b", Kind::Writes);
        pass("a", Kind::Reads);
        assert!(begin.elapsed() < Duration::from_millis(15));
    }

    #[test]
    fn a_closed_host_is_waited_for_within_patience() {
        let (gates, begin) = (Gates::default(), Instant::now());
        gates.close("a", Duration::from_millis(60));
        gates
            .pass("a", Kind::Reads, &pace(), &Still)
            .expect("a turn");
        assert!(begin.elapsed() >= Duration::from_millis(60));
        gates.close("a", Duration::from_mins(10));
        let begin = Instant::now();
        let error = gates.pass("a", Kind::Reads, &pace(), &Still);
        assert!(matches!(error, Err(ForgeError::Limited { .. })));
        assert!(begin.elapsed() < Duration::from_millis(100));
    }
}
