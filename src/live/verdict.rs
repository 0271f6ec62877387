//! What an answer to a message means.

use super::wire::{Answer, Failed};
use crate::http::TlsFault;
use crate::model::Value;

/// What nginx says on a page.
const NO_CERTIFICATE: &str = "No required SSL certificate was sent";

/// What an answer means, by the cause and not by its number alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A message.
    Fine,
    /// No answer.
    Failed(Failed),
    /// It points elsewhere; the address without its query.
    Redirect(String),
    /// A page for people in place of a message.
    Page,
    /// Something else in place of a message.
    Strange,
    /// Nothing is at this path.
    NoPath,
    /// The key is refused.
    Refused(u16),
    /// The model is refused.
    Model(u16),
    /// Too many requests, and after how many seconds to come again.
    Limited(Option<String>),
    /// No room for the request.
    Overloaded,
    /// The gateway or what is behind it is broken.
    Broken(u16),
    /// The request is refused for another reason.
    Rejected(u16),
}

impl Verdict {
    /// Whether it shows that the Messages API is at the path.
    pub(super) fn proves_path(&self) -> bool {
        matches!(
            self,
            Self::Fine
                | Self::Refused(_)
                | Self::Model(_)
                | Self::Limited(_)
                | Self::Rejected(_)
                | Self::Overloaded
        )
    }
}

/// Judges the answer to a message for a model.
pub(super) fn judge(result: &Result<Answer, Failed>, model: &str) -> Verdict {
    let answer = match result {
        Ok(answer) => answer,
        Err(failed) => return Verdict::Failed(failed.clone()),
    };
    match answer.status {
        400 if answer.body.contains(NO_CERTIFICATE) => {
            Verdict::Failed(Failed::Tls(TlsFault::WantsCertificate))
        }
        200..300 if answer.is_cut && !is_message(answer) => Verdict::Failed(Failed::Cut),
        403 | 200..300 if answer.is_page() => Verdict::Page,
        200..300 if is_message(answer) => Verdict::Fine,
        200..300 => Verdict::Strange,
        300..400 => Verdict::Redirect(elsewhere(answer)),
        429 => Verdict::Limited(answer.header("retry-after").map(str::to_owned)),
        529 => Verdict::Overloaded,
        status @ 500.. => Verdict::Broken(status),
        status @ (400 | 403 | 404 | 422) if blames_model(answer, model) => Verdict::Model(status),
        404 | 405 | 410 => Verdict::NoPath,
        status @ (401 | 403 | 407) => Verdict::Refused(status),
        status => Verdict::Rejected(status),
    }
}

/// Returns what an error says for people.
pub(super) fn words(answer: &Answer) -> String {
    let value = answer.json().unwrap_or_default();
    let error = value.get("error");
    let nested = error.and_then(|error| error.get("message"));
    let found = [nested, error, value.get("message"), value.get("detail")];
    let mut texts = found.into_iter().flatten().filter_map(Value::as_str);
    texts.next().unwrap_or(&answer.body).to_owned()
}

/// Whether an error body is one that a client can read.
pub(super) fn is_readable_error(answer: &Answer) -> bool {
    let value = answer.json().unwrap_or_default();
    let keys = ["error", "detail", "message"];
    keys.iter()
        .any(|key| value.get(key).is_some_and(|v| !v.is_null()))
}

fn is_message(answer: &Answer) -> bool {
    if answer.is_event_stream() {
        return answer.body.contains("message_start");
    }
    let value = answer.json().unwrap_or_default();
    value.get("content").is_some_and(Value::is_array)
}

fn blames_model(answer: &Answer, model: &str) -> bool {
    if answer.is_page() || answer.json().is_none() {
        return false;
    }
    let kind = answer.json().and_then(|value| {
        let error = value.get("error")?;
        let kind = error.get("type").or_else(|| error.get("code"))?;
        kind.as_str().map(str::to_owned)
    });
    let text = format!("{} {}", kind.unwrap_or_default(), words(answer));
    let text = text.to_ascii_lowercase();
    text.contains("model") || text.contains(&model.to_ascii_lowercase())
}

/// Where a redirect leads, without what it carries along.
fn elsewhere(answer: &Answer) -> String {
    let location = answer.header("location").unwrap_or("nowhere");
    let end = location.find(['?', '#']).unwrap_or(location.len());
    location[..end].to_owned()
}
