//! CS004: requests that anybody on the way can read.

use url::Url;

use super::known::is_loopback;
use super::{Scene, is_open};
use crate::catalog::Meaning;
use crate::model::{Diagnostic, Home, Sighting, Source};

/// Returns every address without TLS, and every switch that turns its check off.
pub(super) fn unprotected(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let urls = scene.read_as(Meaning::Url);
    let urls = urls.filter(|(sighting, _)| !is_open(&sighting.value));
    let mut found: Vec<Diagnostic> = urls
        .filter_map(|(sighting, _)| plain(scene, sighting))
        .collect();
    let switches = scene.named("NODE_TLS_REJECT_UNAUTHORIZED");
    found.extend(
        switches
            .filter(|switch| switch.value.trim() == "0")
            .map(|switch| {
                let message =
                    "`NODE_TLS_REJECT_UNAUTHORIZED=0` lets anybody on the way read the key";
                let finding = Diagnostic::error("CS004", message).with_help(
                    "take it out; where the gateway has a certificate of your own authority: \
             NODE_EXTRA_CA_CERTS=/path/to/ca.pem",
                );
                scene.whole(switch, finding)
            }),
    );
    found.extend(scene.sources.iter().flat_map(unchecked));
    found
}

fn plain(scene: &Scene<'_>, sighting: &Sighting) -> Option<Diagnostic> {
    let url = Url::parse(sighting.value.trim()).ok()?;
    if url.scheme() != "http" || is_loopback(&url) {
        return None;
    }
    let name = &sighting.name;
    let host = url.host_str().unwrap_or_default();
    let inside = matches!(sighting.home, Home::Compose | Home::DevContainer)
        && (!host.contains('.') || host.ends_with(".docker.internal"));
    let finding = if inside {
        let message =
            format!("`{name}` is not https; that holds as long as `{host}` is this machine");
        Diagnostic::note("CS004", message).with_help("use https where it is another one")
    } else {
        let message = format!("`{name}` is not https, so the key travels in plain text");
        let secure = sighting.value.trim().replacen("http://", "https://", 1);
        Diagnostic::error("CS004", message).with_help(format!(
            "write `{secure}`; if the gateway has no certificate, put one in front of it"
        ))
    };
    Some(scene.whole(sighting, finding))
}

/// `curl -k` in scripts that speak to the gateway.
fn unchecked(source: &Source) -> Vec<Diagnostic> {
    let Ok(text) = &source.text else {
        return Vec::new();
    };
    let speaks = text.contains("ANTHROPIC_") || text.contains("OPENAI_");
    if source.home != Home::Script || !speaks {
        return Vec::new();
    }
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some(curl) = line
            .find("curl ")
            .filter(|_| !line.trim_start().starts_with('#'))
        else {
            continue;
        };
        let insecure = |word: &&str| {
            let short = word.starts_with('-') && !word.starts_with("--");
            *word == "--insecure" || (short && word.len() < 6 && word.contains('k'))
        };
        if line[curl..].split_whitespace().any(|word| insecure(&word)) {
            let message =
                "`curl` is told not to check the certificate, so anybody can read the key";
            let finding = Diagnostic::error("CS004", message)
                .at(source.file.as_str(), text, start + curl)
                .with_help("use `--cacert /path/to/ca.pem`");
            found.push(finding);
        }
    }
    found
}
