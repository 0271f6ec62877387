//! One request and its answer, with the moments at which the parts of it came.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use ureq::http::{HeaderName, HeaderValue, Request};
use ureq::tls::{ClientCert, PemItem, PrivateKey, parse_pem};
use ureq::{Agent, Error};

use super::target::{HeaderForm, Identity, Target};
use crate::http::{self, TlsFault, Trust};
use crate::model::Value;
use crate::secret::Key;

/// What is read of an answer.
const LONGEST: usize = 512 * 1024;
/// The version of the API that the client speaks.
const VERSION: &str = "2023-06-01";

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Where, whole.
    pub(super) url: String,
    /// How the key travels.
    pub(super) header: HeaderForm,
    /// What is posted; without a body it is a GET.
    pub(super) body: Option<Value>,
    /// `anthropic-beta`.
    pub(super) betas: Option<&'static str>,
}

impl Call {
    /// Whether it asks a model for something.
    pub(super) fn is_message(&self) -> bool {
        let body = self.body.as_ref();
        body.is_some_and(|body| body.get("max_tokens").is_some())
    }
}

/// An answer, whole or as far as it came.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
    /// Until status and headers were there.
    pub(super) first_byte: Duration,
    /// Until the end.
    pub(super) total: Duration,
    /// When how much of the body was there.
    pub(super) marks: Vec<(Duration, usize)>,
    /// Whether it broke off.
    pub(super) is_cut: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failed {
    /// Nothing came in this time.
    Slow(Duration),
    /// The connection ended without an answer.
    Closed,
    /// No TLS connection.
    Tls(TlsFault),
    /// The proxy did not let it through.
    Proxy(String),
    /// The answer ends in its midst.
    Cut,
    /// Something of ours that no header can carry.
    Unsendable(String),
    /// The answer is no HTTP.
    Other(String),
    /// It was not asked: no time or no call is left.
    Unasked,
}

impl Answer {
    /// Returns a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut fitting = self.headers.iter().filter(|(known, _)| known == name);
        fitting.next().map(|(_, value)| value.as_str())
    }

    /// Returns the first of some headers that is a number.
    pub(super) fn number(&self, names: &[&str]) -> Option<u64> {
        names
            .iter()
            .find_map(|name| self.header(name)?.trim().parse().ok())
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(super) fn is_event_stream(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default();
        kind.trim_start().starts_with("text/event-stream")
    }

    /// Whether it is a page for people.
    pub(super) fn is_page(&self) -> bool {
        let kind = self.header("content-type").unwrap_or_default();
        let start = self.body.trim_start().get(..9).unwrap_or_default();
        let start = start.to_ascii_lowercase();
        kind.contains("text/html") || start == "<!doctype" || start.starts_with("<html")
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }

    #[cfg(test)]
    pub(super) fn of_events(body: String, marks: Vec<(Duration, usize)>) -> Self {
        let kind = ("content-type".to_owned(), "text/event-stream".to_owned());
        Self {
            status: 200,
            headers: vec![kind],
            body,
            first_byte: Duration::ZERO,
            total: Duration::ZERO,
            marks,
            is_cut: false,
        }
    }

    /// When a byte of the body was there.
    pub(super) fn when(&self, offset: usize) -> Duration {
        let mark = self.marks.iter().find(|(_, size)| *size > offset);
        mark.map_or(self.total, |(when, _)| *when)
    }
}

/// The means to send requests.
pub(super) struct Wire {
    agent: Agent,
}

impl Wire {
    pub(super) fn new(target: &Target, trust: &Trust) -> Self {
        let identity = target.identity.as_ref().and_then(own);
        let proxy = target.proxy.as_ref().map(Key::expose);
        Self {
            agent: http::agent(trust, identity, proxy),
        }
    }

    pub(super) fn send(
        &self,
        target: &Target,
        call: &Call,
        limit: Duration,
    ) -> Result<Answer, Failed> {
        let request = request(target, call)?;
        let request = self.agent.configure_request(request);
        let request = request.timeout_global(Some(limit)).build();
        let start = Instant::now();
        let response = self
            .agent
            .run(request)
            .map_err(|error| failed(error, limit))?;
        let first_byte = start.elapsed();
        let (parts, body) = response.into_parts();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = parts.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value)));
        let mut answer = Answer {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body: String::new(),
            first_byte,
            total: first_byte,
            marks: Vec::new(),
            is_cut: false,
        };
        let bytes = read(body.into_reader(), start, &mut answer);
        answer.body = String::from_utf8_lossy(&bytes).into_owned();
        answer.total = start.elapsed();
        Ok(answer)
    }
}

/// The client's own certificate.
fn own(identity: &Identity) -> Option<ClientCert> {
    let mut chain = Vec::new();
    for item in parse_pem(&identity.certificate).flatten() {
        if let PemItem::Certificate(certificate) = item {
            chain.push(certificate);
        }
    }
    let key = PrivateKey::from_pem(identity.key.expose().as_bytes()).ok()?;
    Some(ClientCert::new_with_certs(&chain, key))
}

fn read(mut reader: impl Read, start: Instant, answer: &mut Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8 * 1024];
    while bytes.len() < LONGEST {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                bytes.extend_from_slice(&buffer[..count]);
                answer.marks.push((start.elapsed(), bytes.len()));
            }
            Err(_) => {
                answer.is_cut = true;
                break;
            }
        }
    }
    bytes
}

fn request(target: &Target, call: &Call) -> Result<Request<Vec<u8>>, Failed> {
    let refused = |what: &str| Failed::Unsendable(what.to_owned());
    let body = call.body.as_ref().map(Value::to_string).unwrap_or_default();
    let method = if call.body.is_some() { "POST" } else { "GET" };
    let mut request = Request::builder()
        .method(method)
        .uri(&call.url)
        .header("anthropic-version", VERSION)
        .header("x-app", "cli");
    if call.body.is_some() {
        request = request.header("content-type", "application/json");
    }
    if let Some(betas) = call.betas {
        request = request.header("anthropic-beta", betas);
    }
    let key = target.key.expose();
    if matches!(call.header, HeaderForm::Bearer | HeaderForm::Both) {
        let value = secret(&format!("Bearer {key}")).ok_or_else(|| refused("the key"))?;
        request = request.header("authorization", value);
    }
    if matches!(call.header, HeaderForm::ApiKey | HeaderForm::Both) {
        let value = secret(key).ok_or_else(|| refused("the key"))?;
        request = request.header("x-api-key", value);
    }
    for (name, value) in &target.headers {
        let what = || refused(&format!("the further header `{name}`"));
        let name: HeaderName = name.parse().map_err(|_| what())?;
        request = request.header(name, secret(value.expose()).ok_or_else(what)?);
    }
    let request = request.body(body.into_bytes());
    request.map_err(|error| Failed::Other(error.to_string()))
}

fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text)
        .ok()
        .filter(|_| text.is_ascii())?;
    value.set_sensitive(true);
    Some(value)
}

fn failed(error: Error, limit: Duration) -> Failed {
    match error {
        Error::Timeout(_) => Failed::Slow(limit),
        Error::Io(inner) => match (http::fault(&inner), inner.kind()) {
            (Some(fault), _) => Failed::Tls(fault),
            (None, ErrorKind::TimedOut | ErrorKind::WouldBlock) => Failed::Slow(limit),
            (
                None,
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe,
            ) => Failed::Closed,
            (None, _) => Failed::Other(inner.to_string()),
        },
        Error::ConnectProxyFailed(what) => Failed::Proxy(what),
        Error::ConnectionFailed => Failed::Closed,
        other => Failed::Other(other.to_string()),
    }
}
