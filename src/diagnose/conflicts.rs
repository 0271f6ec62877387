//! Conflicts → one diagnostic each, with the way out.

use super::quoted;
use crate::merge::look;
use crate::model::{
    Conflict, Diagnostic, FileChange, Format, GatewayUrl, KeyPath, Segment, Value, mask_value,
};
use crate::render::{Origin, Rendered};
use crate::resolve::Resolution;

/// The code of a diagnostic that names a conflict.
pub const CONFLICT: &str = "conflict";
/// Values longer than this many characters are cut in text; JSON has them whole.
const LONGEST: usize = 60;

/// The manifest key behind a key of `.claude/settings.json`, where there is exactly one.
const DECLARED_AS: [(&str, &str); 9] = [
    ("model", "models.default"),
    ("env.ANTHROPIC_BASE_URL", "gateway.url"),
    ("env.API_TIMEOUT_MS", "gateway.timeout_ms"),
    ("env.ANTHROPIC_DEFAULT_SONNET_MODEL", "models.default"),
    ("env.ANTHROPIC_DEFAULT_HAIKU_MODEL", "models.fast"),
    ("env.ANTHROPIC_DEFAULT_OPUS_MODEL", "models.reasoning"),
    ("routing.apiKeyRef", "credential.ref"),
    ("telemetry.projectTag", "telemetry.project_tag"),
    ("telemetry.costCenter", "telemetry.cost_center"),
];

/// Returns a diagnostic for every conflict of the changes.
#[must_use]
pub fn conflicts(
    changes: &[FileChange],
    rendered: &Rendered,
    resolution: &Resolution,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for change in changes {
        for conflict in &change.conflicts {
            let problem = Diagnostic::error(CONFLICT, message(change, conflict));
            let help = way_out(change, conflict, rendered, resolution);
            found.push(placed(problem, change, conflict, rendered).with_help(help));
        }
    }
    found
}

/// Points at the key, where the file's format says where it stands.
fn placed(
    problem: Diagnostic,
    change: &FileChange,
    conflict: &Conflict,
    rendered: &Rendered,
) -> Diagnostic {
    let path = &change.path;
    let text = change.before.as_deref().unwrap_or_default();
    let format = rendered.files.get(path).map(|file| file.format);
    let found = format.and_then(|format| {
        let found = look(path, format, text, std::iter::once(&conflict.key)).ok()?;
        found.into_values().next()?.offset
    });
    match found {
        Some(offset) => problem.at(path.as_str(), text, offset),
        None => problem.in_file(path.as_str()),
    }
}

fn message(change: &FileChange, conflict: &Conflict) -> String {
    let path = &change.path;
    if conflict.key.0.is_empty() {
        return format!("conflict: `{path}` is there already and not ours, so it stays as it is");
    }
    let shown = |value: &Option<Value>| match value {
        None => "nothing".to_owned(),
        Some(value) => {
            let name = conflict.key.name().unwrap_or_default();
            short(&mask_value(name, value).to_string())
        }
    };
    format!(
        "conflict: `{}` is {} here and stays so; declared is {}",
        conflict.key,
        shown(&conflict.actual),
        shown(&conflict.desired)
    )
}

fn way_out(
    change: &FileChange,
    conflict: &Conflict,
    rendered: &Rendered,
    resolution: &Resolution,
) -> String {
    let path = change.path.as_str();
    let take = resolve("--take", change, conflict);
    let keep = resolve("--keep", change, conflict);
    let launcher = resolution.declared.launcher.as_str();
    let twin = launcher.strip_suffix(".sh").unwrap_or(launcher);
    if conflict.key.0.is_empty() && (path == launcher || path == format!("{twin}.ps1")) {
        return format!(
            "give ours another place: `claude-scaffold set launcher.path={twin}-gateway.sh`"
        );
    }
    if conflict.desired.is_none() && !conflict.key.0.is_empty() {
        return format!("keep it as yours: {keep}; let it go: {take}");
    }
    if let Some(written) = same_gateway(conflict) {
        return format!(
            "write it as `{written}`, {take}: the client adds /v1/messages itself, so it asks for \
             a path that is not there (CS001, CS101)"
        );
    }
    if let Some((key, value)) = declare(conflict) {
        return format!("keep it: `claude-scaffold set {key}={value}`; take ours: {take}");
    }
    let off = rendered.origins.get(&change.path);
    let off = off.and_then(|origins| giver(origins, &conflict.key));
    let off = off.map_or_else(String::new, |feature| {
        format!(
            "; do without ours: `claude-scaffold set features={}`",
            without(resolution, feature)
        )
    });
    let repeats = rendered.files.get(&change.path).map(|file| file.format) == Some(Format::Block);
    if repeats && !conflict.key.0.is_empty() {
        return format!("take ours: rename or remove yours, then `claude-scaffold apply`{off}");
    }
    format!("keep yours: {keep}; take ours: {take}{off}")
}

/// The command that settles a conflict, as a shell reads it.
fn resolve(switch: &str, change: &FileChange, conflict: &Conflict) -> String {
    let target = if conflict.key.0.is_empty() {
        change.path.to_string()
    } else {
        format!("{}:{}", change.path, conflict.key)
    };
    format!("`claude-scaffold resolve {switch} {}`", quoted(&target))
}

/// The feature that gives a key of a file.
fn giver<'a>(origins: &'a [Origin], key: &KeyPath) -> Option<&'a str> {
    let gives = |origin: &&Origin| match serde_json::from_str::<Value>(&origin.fragment) {
        Ok(value) => holds(&value, &key.0),
        Err(_) => key.name().is_some_and(|name| {
            let line = |line: &str| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('='))
            };
            origin.fragment.lines().any(line)
        }),
    };
    let found = origins.iter().rfind(gives).or(origins.last())?;
    Some(&found.feature)
}

fn holds(value: &Value, key: &[Segment]) -> bool {
    match key {
        [] => true,
        [Segment::Key(name), rest @ ..] => value.get(name).is_some_and(|value| holds(value, rest)),
        [Segment::Element(json), ..] => {
            let wanted = serde_json::from_str::<Value>(json).ok();
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            wanted.is_some_and(|wanted| items.contains(&wanted))
        }
    }
}

/// The right spelling, where the file names the declared gateway in one the client cannot use.
fn same_gateway(conflict: &Conflict) -> Option<String> {
    let wanted = conflict.desired.as_ref()?.as_str()?;
    let found = GatewayUrl::parse(conflict.actual.as_ref()?.as_str()?).ok()?;
    (found.client() == wanted).then(|| wanted.to_owned())
}

/// The assignment that declares what the file says, where that can be done with one safe word.
fn declare(conflict: &Conflict) -> Option<(&'static str, String)> {
    let key = conflict.key.to_string();
    let (_, declared) = DECLARED_AS.iter().find(|(client, _)| *client == key)?;
    let value = conflict.actual.as_ref()?.as_str()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    let safe = !value.is_empty() && value.chars().all(plain);
    let hidden = mask_value(key_name(&conflict.key), &Value::from(value)) != value;
    (safe && !hidden).then(|| (*declared, value.to_owned()))
}

fn key_name(key: &KeyPath) -> &str {
    key.name().unwrap_or_default()
}

/// The value of `features` that also switches one off.
fn without(resolution: &Resolution, feature: &str) -> String {
    let listed = resolution
        .values
        .get("features")
        .and_then(|(v, _)| v.as_array());
    let listed = listed.map(Vec::as_slice).unwrap_or_default();
    let kept = listed
        .iter()
        .filter_map(Value::as_str)
        .filter(|f| *f != feature);
    let mut features: Vec<String> = kept.map(str::to_owned).collect();
    features.push(format!("-{feature}"));
    features.join(",")
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST).collect();
    cut + "…"
}
