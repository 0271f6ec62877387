//! CS007: waits that end too early, and variables that nobody reads.

use super::Scene;
use crate::catalog::{Meaning, Reader};
use crate::model::{Diagnostic, Home, Severity, Sighting};

/// Less than a large model may take to its first byte.
const SHORT: i64 = 10_000;
/// Below this a number was meant in seconds.
const SECONDS: i64 = 1_000;
/// Less than this and the key helper runs again and again.
const HELPER: i64 = 60_000;
const LARGEST: i64 = 2_147_483_647;

/// Returns what is wrong with timeouts and unread variables.
pub(super) fn timeouts(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = scene
        .sightings
        .iter()
        .filter_map(|sighting| unread(scene, sighting))
        .collect();
    let waits = scene.read_as(Meaning::Milliseconds);
    found.extend(waits.filter_map(|(sighting, _)| wait(scene, sighting)));
    found
}

/// A variable without a reader, or in a file whose reader passes it over.
fn unread(scene: &Scene<'_>, sighting: &Sighting) -> Option<Diagnostic> {
    let row = scene.variable(&sighting.name)?;
    let name = &sighting.name;
    if row.reader == Reader::Nobody {
        let instead = row.instead.as_deref()?;
        let handed_on = scene.stated.run_script && name == "ANTHROPIC_TIMEOUT_MS";
        if handed_on || scene.named(instead).next().is_some() {
            return None;
        }
        let message = format!("nobody reads `{name}`, and `{instead}` is not set");
        let finding = Diagnostic::warning("CS007", message)
            .with_help(format!("write `{instead}` in its place"));
        return Some(scene.whole(sighting, finding));
    }
    let project = matches!(
        sighting.home,
        Home::Settings | Home::LocalSettings | Home::NestedSettings
    );
    (project && !row.in_project && sighting.block == "env").then(|| {
        let message = format!("`{name}` has no effect in the settings of a project");
        let finding = Diagnostic::warning("CS007", message).with_help(
            "set it in the environment that starts the client, or in `~/.claude/settings.json`",
        );
        scene.whole(sighting, finding)
    })
}

fn wait(scene: &Scene<'_>, sighting: &Sighting) -> Option<Diagnostic> {
    let value = sighting.value.trim();
    if value.is_empty() || value.contains(['$', '{']) {
        return None;
    }
    let name = sighting.name.as_str();
    let helper = name == "CLAUDE_CODE_API_KEY_HELPER_TTL_MS";
    let say = |severity: Severity, message: String, help: String| {
        let finding = match severity {
            Severity::Error => Diagnostic::error("CS007", message),
            Severity::Warning => Diagnostic::warning("CS007", message),
            Severity::Note => Diagnostic::note("CS007", message),
        };
        Some(scene.whole(sighting, finding.with_help(help)))
    };
    let Ok(number) = value.parse::<i64>() else {
        let (message, help) = unit(name, value);
        return say(Severity::Error, message, help);
    };
    let limit = scene.stated.answer_timeout_ms;
    let row = scene
        .gateway_for(sighting)
        .and_then(|row| row.answer_timeout_ms);
    let limit = limit.or(row).and_then(|limit| i64::try_from(limit).ok());
    match number {
        ..=0 => say(
            Severity::Error,
            format!("`{name}={number}` is no time: releases of the client wait for ever, or not at all"),
            "write a whole number of milliseconds, such as `600000`".to_owned(),
        ),
        _ if number > LARGEST => say(
            Severity::Error,
            format!("`{name}` is more than {LARGEST}, which some releases of the client take for nothing"),
            "write `600000`, the client's own, or leave it out".to_owned(),
        ),
        _ if helper && number < HELPER => say(
            Severity::Warning,
            format!("`{name}={number}` starts the key helper again within the minute"),
            "write `300000`; an answer of `401` makes the client ask the helper anyway".to_owned(),
        ),
        _ if helper => None,
        1..SECONDS => say(
            Severity::Error,
            format!("`{name}={number}` is {number} milliseconds, and reads like seconds"),
            format!("write `{}` for {number} seconds", number * 1000),
        ),
        SECONDS..SHORT => say(
            Severity::Warning,
            format!("`{name}={number}` ends attempts before a large model gives its first byte"),
            format!("write {SHORT} or more; each attempt waits so long, and there are up to 11"),
        ),
        _ => limit.filter(|limit| number > *limit).and_then(|limit| {
            say(
                Severity::Note,
                format!("`{name}={number}` is longer than the {limit} ms after which the gateway gives up itself"),
                "the gateway's error comes first; that is no harm".to_owned(),
            )
        }),
    }
}

/// What becomes of a value that is no whole number, and what to write.
fn unit(name: &str, value: &str) -> (String, String) {
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, word) = value.split_at(end.unwrap_or(value.len()));
    let factor = match word.trim() {
        "ms" => 1.0,
        "s" | "sec" | "" => 1000.0,
        "m" | "min" => 60_000.0,
        "h" => 3_600_000.0,
        _ => 0.0,
    };
    let meant = number.parse::<f64>().ok().map(|number| number * factor);
    let help = match meant.filter(|ms| *ms >= 1.0 && *ms <= 2_147_483_647.0) {
        Some(ms) => format!("write `{ms:.0}`"),
        None => "write a whole number of milliseconds, such as `600000`".to_owned(),
    };
    let taken = number.split('.').next().unwrap_or_default();
    let message = if taken.is_empty() {
        format!("`{name}` is no number, so the client falls back to its own or ends with an error")
    } else {
        format!("`{name}={value}` is no whole number; the client takes it for {taken} milliseconds")
    };
    (message, help)
}
