//! CS001 and CS101: the form of an address, which its reader completes in its own way.

use url::Url;

use super::known::fits;
use super::{Scene, edit, is_open};
use crate::catalog::{Meaning, Reader};
use crate::model::{Diagnostic, Sighting};

/// Paths that readers append themselves, the longest first.
const ENDPOINTS: [&str; 6] = [
    "/v1/messages/count_tokens",
    "/v1/messages",
    "/messages",
    "/chat/completions",
    "/completions",
    "/responses",
];

/// Returns what is wrong with the form of every address.
pub(super) fn addresses(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let urls = scene.read_as(Meaning::Url);
    let urls = urls.filter(|(sighting, _)| !is_open(&sighting.value));
    urls.flat_map(|(sighting, reader)| address(scene, sighting, reader))
        .collect()
}

fn address(scene: &Scene<'_>, sighting: &Sighting, reader: Reader) -> Vec<Diagnostic> {
    let value = sighting.value.as_str();
    let name = &sighting.name;
    let wrong = |message: String| Diagnostic::error("CS101", message);
    let place = |within: usize, finding: Diagnostic| vec![scene.at(sighting, within, finding)];
    let inner = value.trim().trim_matches(['"', '\'']);
    if inner.len() != value.trim().len() {
        let finding = wrong(format!(
            "`{name}` holds quotes, so no reader takes it for an address"
        ))
        .with_help(format!("write it without them: `{inner}`"))
        .with_fix(edit(sighting, 0..value.len(), inner));
        return place(0, finding);
    }
    if let Some(blank) = inner.find(char::is_whitespace) {
        let finding = wrong(format!("`{name}` holds a blank inside of the address"))
            .with_help("take it out, or write it as `%20`");
        return place(blank, finding);
    }
    if !inner.contains("://") {
        let finding = wrong(format!(
            "`{name}` has no scheme, so requests end with `Invalid URL`"
        ))
        .with_help(format!("write `https://{inner}`"));
        return place(0, finding);
    }
    let Ok(url) = Url::parse(inner) else {
        let finding = wrong(format!("`{name}` cannot be read as an address"))
            .with_help("write it as `https://host/path`");
        return place(0, finding);
    };
    if let Some(odd) = value.find(['?', '#']) {
        let finding = wrong(format!(
            "`{name}` has a query or fragment, which swallows the path that is appended"
        ))
        .with_help("take it out; what a gateway needs to know goes into ANTHROPIC_CUSTOM_HEADERS");
        return place(odd, finding);
    }
    let mut found = Vec::from_iter(slashes(scene, sighting, reader));
    found.extend(match reader {
        Reader::OpenAi => openai(scene, sighting, &url),
        _ => client(scene, sighting, &url),
    });
    found
}

/// CS001. The client drops slashes at the end, other tools put theirs behind it.
fn slashes(scene: &Scene<'_>, sighting: &Sighting, reader: Reader) -> Option<Diagnostic> {
    let (value, name) = (sighting.value.as_str(), &sighting.name);
    let bare = value.trim_end().trim_end_matches('/');
    let end = bare.len()..value.trim_end().len();
    if end.is_empty() {
        return None;
    }
    let many = if end.len() > 1 { "slashes" } else { "a slash" };
    let finding = match reader {
        Reader::OpenAi => Diagnostic::error(
            "CS001",
            format!(
                "`{name}` ends in {many}, so tools that append their path ask for `//chat/completions`"
            ),
        ),
        _ => Diagnostic::warning(
            "CS001",
            format!(
                "`{name}` ends in {many}; the client drops that, other readers of the variable do not"
            ),
        ),
    };
    let finding = finding
        .with_help("end it without one")
        .with_fix(edit(sighting, end.clone(), ""));
    Some(scene.at(sighting, end.start, finding))
}

/// The path without slashes at its end, and where it begins in the value.
fn path_of<'v>(value: &'v str, url: &Url) -> (&'v str, usize) {
    let whole = value.trim_end().trim_end_matches('/');
    let path = url.path().trim_end_matches('/');
    let start = whole.len().saturating_sub(path.len());
    (whole.get(start..).unwrap_or_default(), start)
}

fn client(scene: &Scene<'_>, sighting: &Sighting, url: &Url) -> Option<Diagnostic> {
    let (value, name) = (sighting.value.as_str(), &sighting.name);
    let (path, start) = path_of(value, url);
    let gateway = scene.gateway_of(value);
    let wanted = gateway.and_then(|row| row.client_path.as_deref());
    if wanted.is_some_and(|wanted| fits(path, wanted)) {
        return None;
    }
    let endpoint = ENDPOINTS.iter().find_map(|end| path.strip_suffix(end));
    let base = endpoint.unwrap_or(path).trim_end_matches('/');
    let base = base
        .strip_suffix("/v1")
        .unwrap_or(base)
        .trim_end_matches('/');
    if base.len() < path.len() {
        let cut = start + base.len();
        let right = &value[..cut];
        let message = match endpoint {
            None => format!(
                "`{name}` ends in `/v1`, so the client asks for `/v1/v1/messages`; what it reports \
                 then is a problem with the model"
            ),
            Some(_) => format!("`{name}` ends in the path that the client appends itself"),
        };
        let finding = Diagnostic::error("CS101", message)
            .with_help(format!("write `{right}`"))
            .with_fix(edit(sighting, cut..start + path.len(), ""));
        return Some(scene.at(sighting, cut, finding));
    }
    let (wanted, gateway) = (wanted?, gateway?);
    let host = &value[..start];
    let message = format!(
        "`{name}` is not the path at which {} serves the client",
        gateway.kind
    );
    let finding = Diagnostic::error("CS101", message).with_help(format!("write `{host}{wanted}`"));
    Some(scene.at(sighting, start, finding))
}

fn openai(scene: &Scene<'_>, sighting: &Sighting, url: &Url) -> Option<Diagnostic> {
    let (value, name) = (sighting.value.as_str(), &sighting.name);
    let (path, start) = path_of(value, url);
    let gateway = scene.gateway_of(value);
    let wanted = gateway.and_then(|row| row.openai_path.as_deref());
    if wanted.is_some_and(|wanted| fits(path, wanted)) {
        return None;
    }
    if let Some(base) = ENDPOINTS.iter().find_map(|end| path.strip_suffix(end)) {
        let cut = start + base.len();
        let message =
            format!("`{name}` ends in the path that OpenAI-style tools append themselves");
        let finding = Diagnostic::error("CS101", message)
            .with_help(format!("write `{}`", &value[..cut]))
            .with_fix(edit(sighting, cut..start + path.len(), ""));
        return Some(scene.at(sighting, cut, finding));
    }
    if let (Some(wanted), Some(gateway)) = (wanted, gateway) {
        let message = format!(
            "`{name}` is not the path at which {} serves OpenAI-style tools",
            gateway.kind
        );
        let right = format!("{}{wanted}", &value[..start]);
        let mut finding = Diagnostic::error("CS101", message).with_help(format!("write `{right}`"));
        if wanted.strip_prefix(path) == Some("/v1") {
            finding = finding.with_fix(edit(
                sighting,
                start + path.len()..start + path.len(),
                "/v1",
            ));
        }
        return Some(scene.at(sighting, start, finding));
    }
    if path.split('/').any(is_version) {
        return None;
    }
    let end = start + path.len();
    let message =
        format!("`{name}` has no version path, which OpenAI-style tools expect to be there");
    let mut finding = Diagnostic::warning("CS101", message).with_help(format!(
        "write `{}/v1`, unless the gateway answers at `{path}/chat/completions`",
        &value[..end]
    ));
    if path.is_empty() {
        finding = finding.with_fix(edit(sighting, end..end, "/v1"));
    }
    Some(scene.at(sighting, end, finding))
}

/// `v1`, `v1beta`, `v4`, and Azure's `openai`.
fn is_version(name: &str) -> bool {
    let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    name == "openai" || name.strip_prefix('v').is_some_and(digit)
}
