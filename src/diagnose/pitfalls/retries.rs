//! CS006: requests that are given up at once, and limits that do not carry those who share them.

use super::Scene;
use crate::model::{Diagnostic, Home, Source};

const RETRIES: &str = "CLAUDE_CODE_MAX_RETRIES";
/// The client does not go beyond it.
const MOST: i64 = 15;
/// A session with tools asks this often in a minute of work.
const EACH: u64 = 5;

/// Returns what is wrong with retries and declared limits.
pub(super) fn retries(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for sighting in scene.named(RETRIES) {
        let value = sighting.value.trim();
        if value.is_empty() || value.contains(['$', '{']) {
            continue;
        }
        let finding = match value.parse::<i64>() {
            Ok(0) => Diagnostic::warning(
                "CS006",
                format!("`{RETRIES}=0` gives up at the first `429`"),
            )
            .with_help("leave it out for 10 further attempts, or write `5`"),
            Ok(number) if number > MOST => {
                let message = format!("`{RETRIES}` is more than {MOST}, where the client stops");
                Diagnostic::note("CS006", message).with_help(format!("write `{MOST}` or less"))
            }
            Ok(number) if number > 0 => continue,
            _ => {
                let message = format!("`{RETRIES}` is no whole number from 1 to {MOST}");
                Diagnostic::warning("CS006", message).with_help("write `5`")
            }
        };
        found.push(scene.whole(sighting, finding));
    }
    found.extend(limits(scene));
    found.extend(scene.sources.iter().flat_map(|source| jobs(scene, source)));
    found
}

/// The arithmetic of the manifest's limits.
fn limits(scene: &Scene<'_>) -> Option<Diagnostic> {
    let (all, people) = (scene.stated.requests_per_minute?, scene.stated.developers?);
    if people == 0 || all >= people.saturating_mul(EACH) {
        return None;
    }
    let message = format!(
        "the gateway's limit of {all} requests a minute, shared by {people}, gives less than {EACH} to each"
    );
    let help = format!(
        "ask for a limit of {} a minute or more, or let fewer work at one time",
        people.saturating_mul(EACH)
    );
    let finding = Diagnostic::warning("CS006", message).with_help(help);
    let (file, text, offset) = scene.stated.limits_at.as_ref()?;
    Some(finding.at(file, text, *offset))
}

/// Jobs that start the client without a person: what they do at a `429`, and how many run at once.
fn jobs(scene: &Scene<'_>, source: &Source) -> Vec<Diagnostic> {
    let Ok(text) = &source.text else {
        return Vec::new();
    };
    if !matches!(source.home, Home::Workflow | Home::Pipeline) {
        return Vec::new();
    }
    let Some(start) = headless(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let said = scene
        .named(RETRIES)
        .any(|s| s.file == source.file || s.home.is_settings());
    if !said {
        let message =
            "this job starts the client and leaves its retries to the release that is installed";
        let finding = Diagnostic::note("CS006", message).with_help(format!(
            "set {RETRIES} beside it; 10 attempts take about 3 minutes"
        ));
        found.push(finding.at(source.file.as_str(), text, start));
    }
    let parallel = parallel(text);
    if let Some(all) = scene.stated.requests_per_minute
        && parallel > 1
        && all < parallel.saturating_mul(EACH)
    {
        let message = format!(
            "{parallel} jobs at one time share {all} requests a minute, less than {EACH} for each"
        );
        let finding = Diagnostic::warning("CS006", message)
            .with_help("set `max-parallel` beside the matrix, or ask for a higher limit");
        found.push(finding.at(source.file.as_str(), text, start));
    }
    found
}

/// Where a text starts the client in print mode.
fn headless(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split(" #").next().unwrap_or(line);
        let mut words = code.split_whitespace();
        let command = words.any(|word| word == "claude" || word.ends_with("/claude"));
        let prints = words.any(|word| word == "-p" || word == "--print");
        if command && prints && !code.trim_start().starts_with('#') {
            let indent = line.len() - line.trim_start().len();
            return Some(at + indent);
        }
        at += line.len();
    }
    None
}

/// The product of a matrix's lists, as far as they are spelled out on one line each.
fn parallel(text: &str) -> u64 {
    let mut count = 1u64;
    let mut matrix: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let body = line.trim();
        if let Some(most) = body.strip_prefix("max-parallel:") {
            return most.trim().parse().unwrap_or(1);
        }
        match matrix {
            None if body == "matrix:" => matrix = Some(indent),
            Some(outer) if indent <= outer && !body.is_empty() => matrix = None,
            Some(_) => {
                let list = body
                    .split_once(": [")
                    .and_then(|(_, rest)| rest.strip_suffix(']'));
                let items = list.map_or(1, |list| list.split(',').count());
                count = count.saturating_mul(u64::try_from(items).unwrap_or(1));
            }
            None => {}
        }
    }
    count
}
