//! CS103: two credentials, or one in a header that the gateway does not read.

use url::Url;

use super::Scene;
use crate::catalog::{Meaning, Reader};
use crate::model::{Diagnostic, Home, Sighting};

const TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";
const KEY: &str = "ANTHROPIC_API_KEY";
const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";

/// Returns what is wrong with the ways in which a key goes out.
pub(super) fn credentials(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let mut found = both(scene);
    found.extend(with_helper(scene));
    found.extend(
        scene
            .named(HEADERS)
            .filter_map(|headers| replaced(scene, headers)),
    );
    found.extend(form(scene));
    found.extend(not_cleared(scene));
    found.extend(in_address(scene));
    found
}

fn is_set(sighting: &Sighting) -> bool {
    !sighting.value.trim().is_empty()
}

/// Both variables in one file and block: two headers go out, each with its own value.
fn both(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let keys = scene.named(KEY).filter(|key| is_set(key));
    let pairs = keys.filter_map(|key| {
        let together =
            |token: &&Sighting| token.file == key.file && token.block == key.block && is_set(token);
        let token = scene.named(TOKEN).find(together)?;
        // In a shell the last word counts, and one may be a way to choose.
        let either =
            key.home == Home::Script && (key.value.contains('$') || token.value.contains('$'));
        (!either).then_some(key)
    });
    let message =
        format!("`{KEY}` and `{TOKEN}` are both set, so two credentials go out in two headers");
    pairs
        .map(|key| {
            let finding = Diagnostic::warning("CS103", message.clone()).with_help(format!(
                "keep the one that the gateway reads, and set the other to nothing: `{KEY}=`"
            ));
            scene.whole(key, finding)
        })
        .collect()
}

/// A helper gives both headers; a variable beside it takes one of them over.
fn with_helper(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let helper = |s: &Sighting| {
        scene
            .named("apiKeyHelper")
            .any(|h| h.file == s.file && is_set(h))
    };
    let set = scene
        .sightings
        .iter()
        .filter(|s| s.name == KEY || s.name == TOKEN);
    let set = set.filter(|s| s.home.is_settings() && is_set(s) && helper(s));
    set.map(|sighting| {
        let name = &sighting.name;
        let message =
            format!("`{name}` stands beside `apiKeyHelper` and takes one of its two headers over");
        let finding = Diagnostic::warning("CS103", message).with_help(format!(
            "keep one of them: take `{name}` or `apiKeyHelper` out"
        ));
        scene.whole(sighting, finding)
    })
    .collect()
}

fn replaced(scene: &Scene<'_>, headers: &Sighting) -> Option<Diagnostic> {
    let names = headers
        .value
        .split(['\n', ','])
        .filter_map(|line| line.split_once(':'));
    let mut names = names.map(|(name, _)| name.trim().to_ascii_lowercase());
    let name = names.find(|name| name == "authorization" || name == "x-api-key")?;
    let message = format!(
        "`{HEADERS}` holds `{name}`, which replaces the header that the client makes of its key"
    );
    let finding = Diagnostic::warning("CS103", message).with_help(format!(
        "put the key into `{TOKEN}` (bearer) or `{KEY}` (x-api-key), where it is kept"
    ));
    Some(scene.whole(headers, finding))
}

/// A key in the variable whose header the gateway does not look at.
fn form(scene: &Scene<'_>) -> Option<Diagnostic> {
    let set: Vec<&Sighting> = scene
        .sightings
        .iter()
        .filter(|s| (s.name == KEY || s.name == TOKEN) && is_set(s))
        .filter(|s| s.home != Home::Script)
        .collect();
    let first = *set.first()?;
    if set.iter().any(|other| other.name != first.name) {
        return None;
    }
    let gateway = scene.gateway_for(first)?;
    let (header, other) = if first.name == KEY {
        ("x-api-key", TOKEN)
    } else {
        ("bearer", KEY)
    };
    if gateway.headers.iter().any(|known| known == header)
        || scene.stated.header.as_deref() == Some(header)
    {
        return None;
    }
    let message = format!(
        "`{}` goes out as `{header}`, which {} does not read",
        first.name, gateway.kind
    );
    let finding =
        Diagnostic::warning("CS103", message).with_help(format!("put the key into `{other}`"));
    Some(scene.whole(first, finding))
}

/// Gateways that take a bearer token and trip over the key of another account.
fn not_cleared(scene: &Scene<'_>) -> Option<Diagnostic> {
    let base = scene
        .named("ANTHROPIC_BASE_URL")
        .find(|s| s.home == Home::Settings)?;
    let gateway = scene.gateway_of(&base.value)?;
    let wants = scene.clear_api_key.contains(&gateway.kind);
    let cleared = scene.named(KEY).any(|key| key.file == base.file);
    if !wants || cleared {
        return None;
    }
    let message = format!(
        "{} wants a bearer token alone, and a `{KEY}` in somebody's environment goes out beside it",
        gateway.kind
    );
    let finding = Diagnostic::warning("CS103", message).with_help(format!(
        "add `\"{KEY}\": \"\"` to `env` beside `ANTHROPIC_BASE_URL`"
    ));
    Some(scene.whole(base, finding))
}

/// A name or password in the address: one release of the client makes a header of it.
fn in_address(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let urls = scene
        .read_as(Meaning::Url)
        .filter(|(_, reader)| *reader == Reader::Client);
    let held = urls.filter(|(sighting, _)| {
        let url = Url::parse(sighting.value.trim());
        url.is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
    });
    held.map(|(sighting, _)| {
        let message = format!(
            "`{}` holds a name or password; some releases of the client send it in place of the key, others drop it",
            sighting.name
        );
        let finding = Diagnostic::warning("CS103", message)
            .with_help(format!("take it out of the address; a credential belongs in `{TOKEN}`"));
        scene.whole(sighting, finding)
    })
    .collect()
}
