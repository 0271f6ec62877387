//! What a request to the gateway carries: its address, and the headers that name the sender.

use schemars::JsonSchema;
use serde::Serialize;
use url::Url;

use super::start::{Given, Origin, Start};
use super::{Facts, model, shown};

/// The address where nothing is set.
const ANTHROPIC: &str = "https://api.anthropic.com";

/// What the client asks for, once it is asked something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Request {
    /// The address of `POST`; none where no request can be made.
    pub url: Option<String>,
    /// The model in its body.
    pub model: String,
    /// Headers that carry credentials, and further ones that are set.
    pub headers: Vec<Header>,
}

/// One header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Header {
    /// Its name, in lower case.
    pub name: String,
    /// Its value, a credential as a fingerprint; none where a program prints it.
    pub value: Option<String>,
    /// The variable or key that gives it.
    pub from: String,
    /// Where that stands.
    pub origin: Origin,
}

/// Returns the request of a start.
pub(super) fn request(start: &Start, facts: &Facts) -> Request {
    let headers = headers(start);
    let sends = headers.iter().any(|header| is_credential(&header.name));
    let asks = sends && start.blocked.is_none();
    Request {
        url: asks.then(|| address(&base(start))).flatten(),
        model: model::choose(start, facts).sent,
        headers,
    }
}

/// Returns the base URL that counts, as it is written.
pub(super) fn base(start: &Start) -> String {
    let given = value(start, "ANTHROPIC_BASE_URL");
    given.map_or_else(|| ANTHROPIC.to_owned(), |given| given.value)
}

/// Returns the address that the client makes of a base URL; none where it is no URL.
pub(super) fn address(base: &str) -> Option<String> {
    let trimmed = base.trim().trim_end_matches('/');
    let url = Url::parse(&format!("{trimmed}/v1/messages")).ok()?;
    let mut shown = url.clone();
    let web = matches!(url.scheme(), "http" | "https");
    let hidden = shown
        .set_username("")
        .and_then(|()| shown.set_password(None));
    (web && hidden.is_ok()).then(|| shown.to_string())
}

/// Returns the strongest value of a variable, if it is not empty.
pub(super) fn value(start: &Start, name: &str) -> Option<Given> {
    let strongest = start.variable(name).into_iter().next();
    strongest
        .filter(|given| !given.value.trim().is_empty())
        .cloned()
}

/// Returns the helper that prints the key.
pub(super) fn helper(start: &Start) -> Option<Given> {
    let strongest = start.key("apiKeyHelper").into_iter().next();
    strongest.filter(|given| !given.value.trim().is_empty())
}

fn headers(start: &Start) -> Vec<Header> {
    let helper = helper(start);
    let sent = |header: &str, variable: &str| {
        let own = value(start, variable);
        let given = own.clone().or_else(|| helper.clone())?;
        let plain = own.map(|given| shown::fingerprint(given.value.trim()));
        let bearer = header == "authorization";
        Some(Header {
            name: header.to_owned(),
            value: plain.map(|text| {
                if bearer {
                    format!("Bearer {text}")
                } else {
                    text
                }
            }),
            from: given.name,
            origin: given.origin,
        })
    };
    let token = sent("authorization", "ANTHROPIC_AUTH_TOKEN");
    let key = sent("x-api-key", "ANTHROPIC_API_KEY");
    let mut headers: Vec<Header> = token.into_iter().chain(key).collect();
    for header in custom(start) {
        let place = headers.iter().position(|other| other.name == header.name);
        match place {
            // The client puts its own bearer token over one that is set here, and no other header.
            Some(_) if header.name == "authorization" => {}
            Some(at) => headers[at] = header,
            None => headers.push(header),
        }
    }
    headers
}

/// The headers of `ANTHROPIC_CUSTOM_HEADERS`; lines without a colon are skipped.
fn custom(start: &Start) -> Vec<Header> {
    let Some(given) = value(start, "ANTHROPIC_CUSTOM_HEADERS") else {
        return Vec::new();
    };
    let pairs = given.value.lines().filter_map(|line| line.split_once(':'));
    let pairs = pairs.map(|(name, value)| (name.trim(), value.trim()));
    let named = pairs.filter(|(name, _)| !name.is_empty());
    let header = |(name, value): (&str, &str)| Header {
        name: name.to_ascii_lowercase(),
        value: Some(shown::header(name, value)),
        from: given.name.clone(),
        origin: given.origin.clone(),
    };
    named.map(header).collect()
}

/// Whether a header is one that the client puts a credential into.
pub(super) fn is_credential(name: &str) -> bool {
    matches!(name, "authorization" | "x-api-key")
}
