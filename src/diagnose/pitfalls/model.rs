//! CS002: models by a name that nobody answers to. No allow list: a gateway may name its models as it likes.

use super::spelling::{Standing, standing};
use super::{Scene, edit};
use crate::catalog::{GatewayFacts, Meaning, Model, Reader, Spelling, Status};
use crate::model::{Diagnostic, Home, Severity, Sighting};

/// Words that the client reads as one of its models.
const ALIASES: [&str; 8] = [
    "sonnet", "opus", "haiku", "fable", "best", "opusplan", "default", "inherit",
];

/// Returns what is wrong with the names of models.
pub(super) fn models(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let read = scene.read_as(Meaning::Model);
    let read = read.filter(|(sighting, _)| !is_open(&sighting.value));
    read.filter_map(|(sighting, reader)| model(scene, sighting, reader))
        .collect()
}

/// A slot, or what is looked up when it is used.
fn is_open(value: &str) -> bool {
    value.trim().is_empty() || value.contains(['$', '`', '{', '<']) || value.contains("://")
}

fn model(scene: &Scene<'_>, sighting: &Sighting, reader: Reader) -> Option<Diagnostic> {
    let whole = sighting.value.trim();
    let bare = whole.strip_suffix("[1m]").unwrap_or(whole);
    let (prefix, id) = split(sighting, bare);
    let gateway = scene.gateway_for(sighting);
    if ALIASES.contains(&bare.to_ascii_lowercase().as_str()) {
        let own = scene.stated.models.iter().any(|name| name == bare);
        return (reader == Reader::OpenAi && !own).then(|| {
            let message = format!(
                "`{bare}` in `{}` is an alias of the client; other tools do not ask the gateway for what \
                 it stands for",
                sighting.name
            );
            let finding = Diagnostic::warning("CS002", message);
            scene.whole(sighting, finding.with_help("write the model's id as the gateway knows it"))
        });
    }
    if scene.stated.models.iter().any(|name| name == bare) && sighting.home != Home::Manifest {
        return None;
    }
    let own: &[String] = match sighting.home {
        Home::Manifest => &[],
        _ => &scene.stated.models,
    };
    let place = Place {
        scene,
        sighting,
        gateway,
        id,
        at: prefix.len()..prefix.len() + id.len(),
    };
    match standing(id, &scene.models, own) {
        Standing::Known(model) => place.known(model, prefix, reader),
        Standing::Misspelt(right) => place.misspelt(right, prefix),
        Standing::Near(right) => Some(place.near(right)),
        Standing::Unknown => place.unknown(),
        Standing::Foreign => None,
    }
}

/// A tool's own name of the provider is no part of what the gateway is asked for.
fn split<'v>(sighting: &Sighting, bare: &'v str) -> (&'v str, &'v str) {
    let tool = ["openai/", "litellm_proxy/", "openrouter/"];
    let cut = |from: usize| match bare[from..].rfind(['/', ',']) {
        Some(at) => from + at + 1,
        None => from,
    };
    let start = if sighting.name.starts_with("opencode.") {
        bare.find('/').map_or(0, |at| at + 1)
    } else if sighting.home == Home::Tool {
        tool.iter()
            .find(|word| bare.starts_with(**word))
            .map_or(0, |word| word.len())
    } else {
        0
    };
    let start = cut(start);
    bare.split_at(start)
}

struct Place<'p, 's> {
    scene: &'p Scene<'s>,
    sighting: &'p Sighting,
    gateway: Option<&'p GatewayFacts>,
    id: &'p str,
    at: std::ops::Range<usize>,
}

impl Place<'_, '_> {
    fn spelling(&self) -> Spelling {
        self.gateway.map_or(Spelling::Own, |row| row.models)
    }

    fn say(&self, severity: Severity, message: String) -> Diagnostic {
        let finding = match severity {
            Severity::Error => Diagnostic::error("CS002", message),
            Severity::Warning => Diagnostic::warning("CS002", message),
            Severity::Note => Diagnostic::note("CS002", message),
        };
        self.scene.at(self.sighting, self.at.start, finding)
    }

    /// Where the gateway passes names on as they are, a wrong one is surely wrong.
    fn grave(&self) -> Severity {
        match self.spelling() {
            Spelling::Plain => Severity::Error,
            Spelling::Vendor | Spelling::Own => Severity::Warning,
        }
    }

    /// How to write it: by hand, or through the manifest.
    fn write(&self, right: &str) -> String {
        let name = &self.sighting.name;
        match self.sighting.home {
            Home::Manifest if name == "models.fallback" => {
                format!("write `{right}` in `{name}`, then `claude-scaffold apply`")
            }
            Home::Manifest => format!("`claude-scaffold set {name}={right}`"),
            _ => format!("did you mean `{right}`?"),
        }
    }

    fn known(&self, model: &Model, prefix: &str, reader: Reader) -> Option<Diagnostic> {
        let id = self.id;
        let instead = model.instead.as_deref();
        let help = instead.map_or_else(
            || "name one that the gateway offers".to_owned(),
            |instead| format!("{} ({})", self.write(instead), model.source),
        );
        match model.status {
            Status::Retired => {
                let message = format!("`{id}` is retired; a request for it fails");
                return Some(self.say(self.grave(), message).with_help(help));
            }
            Status::Deprecated => {
                let message = format!("`{id}` is going to be retired");
                return Some(self.say(Severity::Note, message).with_help(help));
            }
            Status::Current | Status::Misspelt => {}
        }
        let kind = self.gateway.map_or("", |row| row.kind.as_str());
        match self.spelling() {
            Spelling::Plain if model.vendor != "anthropic" && reader == Reader::Client => {
                let message = format!(
                    "`{id}` is of another maker, and {kind} passes the client's requests to Anthropic"
                );
                Some(
                    self.say(Severity::Warning, message)
                        .with_help("name a model of Anthropic's here"),
                )
            }
            Spelling::Plain if prefix.ends_with('/') && self.sighting.home != Home::Tool => {
                let message =
                    format!("`{prefix}{id}` has the maker before it, which {kind} does not take");
                Some(
                    self.say(Severity::Warning, message)
                        .with_help(self.write(id)),
                )
            }
            Spelling::Vendor if !prefix.ends_with('/') => {
                let message = format!("{kind} knows models as `maker/model`, and this is `{id}`");
                let right = format!("{}/{}", model.vendor, dotted(id));
                Some(
                    self.say(Severity::Warning, message)
                        .with_help(self.write(&right)),
                )
            }
            _ => None,
        }
    }

    fn misspelt(&self, right: &str, prefix: &str) -> Option<Diagnostic> {
        // Gateways that put the maker before the model spell versions with a dot.
        if self.spelling() == Spelling::Vendor && prefix.ends_with('/') && self.id == dotted(right)
        {
            return None;
        }
        if prefix.ends_with('/') && self.gateway.is_none() && self.id == dotted(right) {
            return None;
        }
        let message = format!(
            "`{}` is no id of a model; it reads like another spelling of `{right}`",
            self.id
        );
        let vendor = self.spelling() == Spelling::Vendor && prefix.is_empty();
        let full = if vendor {
            format!("anthropic/{}", dotted(right))
        } else {
            right.to_owned()
        };
        let finding = self.say(self.grave(), message).with_help(self.write(&full));
        Some(finding.with_fix(edit(self.sighting, self.at.clone(), &full)))
    }

    fn near(&self, right: &str) -> Diagnostic {
        let message = format!("`{}` is no known model, and close to `{right}`", self.id);
        let finding = self
            .say(Severity::Warning, message)
            .with_help(self.write(right));
        finding.with_fix(edit(self.sighting, self.at.clone(), right))
    }

    fn unknown(&self) -> Option<Diagnostic> {
        let named = self.gateway.is_some_and(|row| row.models == Spelling::Own);
        let message = format!(
            "`{}` is in no list of Claude models that this build knows",
            self.id
        );
        let finding = self
            .say(Severity::Warning, message)
            .with_help("check it against the gateway's own list: `claude-scaffold doctor --live`");
        (!named).then_some(finding)
    }
}

/// The version with a dot: `claude-sonnet-4.6`.
fn dotted(id: &str) -> String {
    let parts: Vec<&str> = id.split('-').collect();
    let is_number = |part: &&str| part.len() < 3 && part.bytes().all(|b| b.is_ascii_digit());
    let mut out = String::new();
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            let both = is_number(part) && is_number(&parts[number - 1]);
            out.push(if both { '.' } else { '-' });
        }
        out.push_str(part);
    }
    out
}
