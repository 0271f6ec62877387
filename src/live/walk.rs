//! The questions so far: what they gave, what they cost, and how much time is left.

use std::time::{Duration, Instant};

use super::target::Target;
use super::wire::{Answer, Call, Failed, Wire};
use super::{Asked, Finding, MOST_CALLS, Probe, State};
use crate::http::{self, TlsFault, Trust};

/// The longest that one request may take.
const ONE: Duration = Duration::from_secs(15);
/// Less time than this is not worth a request.
const LEAST: Duration = Duration::from_millis(500);

/// One run through the questions.
pub(super) struct Walk<'a> {
    pub(super) target: &'a Target,
    pub(super) trust: Trust,
    pub(super) seen: Seen,
    probes: Vec<Probe>,
    findings: Vec<Finding>,
    calls: usize,
    end: Instant,
    progress: &'a dyn Fn(&Probe),
    wire: Option<Wire>,
}

/// What answers showed beside what was asked.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Times to the first byte of messages.
    pub(super) first_bytes: Vec<Duration>,
    /// Requests per minute that a header announces.
    pub(super) requests_per_minute: Option<u64>,
    /// Whether the server asked for a certificate that the client has not.
    pub(super) wants_certificate: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(target: &'a Target, whole: Duration, progress: &'a dyn Fn(&Probe)) -> Self {
        Self {
            target,
            trust: http::trust(&target.authorities),
            seen: Seen::default(),
            probes: Vec::new(),
            findings: Vec::new(),
            calls: 0,
            end: Instant::now() + whole,
            progress,
            wire: None,
        }
    }

    pub(super) fn done(self) -> Asked {
        Asked {
            probes: self.probes,
            findings: self.findings,
            calls: self.calls,
        }
    }

    /// Sends a request, if there is still time and a call left for it.
    pub(super) fn send(&mut self, call: &Call) -> Result<Answer, Failed> {
        let left = self.end.saturating_duration_since(Instant::now()).min(ONE);
        if left < LEAST || self.calls >= MOST_CALLS {
            return Err(Failed::Unasked);
        }
        self.calls += 1;
        let wire = self
            .wire
            .get_or_insert_with(|| Wire::new(self.target, &self.trust));
        let answer = wire
            .send(self.target, call, left)
            .map_err(|failed| match failed {
                Failed::Slow(limit) if limit < ONE => Failed::Unasked,
                // A server that turns a client away may be gone before its reason arrives.
                Failed::Closed if self.seen.wants_certificate => {
                    Failed::Tls(TlsFault::WantsCertificate)
                }
                failed => failed,
            })?;
        let announced = answer.number(&LIMIT_HEADERS);
        self.seen.requests_per_minute = self.seen.requests_per_minute.or(announced);
        if call.is_message() && answer.is_success() {
            self.seen.first_bytes.push(answer.first_byte);
        }
        Ok(answer)
    }

    /// Until when one step may take.
    pub(super) fn until(&self, longest: Duration) -> Instant {
        self.end.min(Instant::now() + longest)
    }

    pub(super) fn ok(&mut self, name: &str, took: Option<Duration>, detail: impl Into<String>) {
        self.note(name, State::Ok, took, &detail.into());
    }

    pub(super) fn skipped(&mut self, name: &str, why: impl Into<String>) {
        self.note(name, State::Skipped, None, &why.into());
    }

    /// Notes what is wrong; several findings of one probe come one after the other.
    pub(super) fn fault(
        &mut self,
        name: &str,
        took: Option<Duration>,
        detail: impl Into<String>,
        findings: impl IntoIterator<Item = Finding>,
    ) {
        self.note(name, State::Fault, took, &detail.into());
        self.findings.extend(findings);
    }

    /// Notes what is worth knowing and does no harm.
    pub(super) fn remark(&mut self, name: &str, detail: impl Into<String>, finding: Finding) {
        self.note(name, State::Ok, None, &detail.into());
        self.findings.push(finding);
    }

    fn note(&mut self, name: &str, state: State, took: Option<Duration>, detail: &str) {
        let ms = took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        let probe = Probe {
            name: name.to_owned(),
            state,
            ms,
            detail: self.target.shown(detail),
        };
        (self.progress)(&probe);
        self.probes.push(probe);
    }
}

/// Headers that announce requests per minute.
const LIMIT_HEADERS: [&str; 2] = [
    "anthropic-ratelimit-requests-limit",
    "x-ratelimit-limit-requests",
];
