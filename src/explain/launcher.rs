//! What our run script makes of files and environment before it starts the client.
//!
//! It takes each value from the first that has it: environment, env file, local settings, project
//! settings, what is declared; exports it, and passes what is no secret in one `--settings`.

use super::Facts;
use super::around::{Around, taken};
use super::script::Script;
use super::start::{Given, Key, Layer, Origin, Settings, Start};
use crate::merge;
use crate::model::{GatewayUrl, Value};

/// The two variables of the client's for a key.
const KEYS: [&str; 2] = ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"];

/// What the script has to choose from.
struct Sources<'a> {
    script: &'a Script,
    environment: Vec<Given>,
    env_file: Vec<Given>,
    settings: Vec<Settings>,
}

/// Returns the start that the script makes.
pub(super) fn start(around: &Around, facts: &Facts) -> Start {
    let mut start = around.plain(facts);
    let Some(script) = &around.script else {
        start
            .notes
            .push("there is no run script of ours here".to_owned());
        return start;
    };
    let sources = sources(around, script, facts);
    let key = sources.key();
    if let Some(trouble) = sources.trouble(key.as_ref()) {
        start.blocked = Some(format!("the run script does not start it: {trouble}"));
    }
    let (mut exported, names) = sources.exported();
    exported.extend(key.clone());
    let gone = |given: &Given| {
        KEYS.contains(&given.name.as_str()) || exported.iter().any(|e| e.name == given.name)
    };
    let (gone, mut stay): (Vec<Given>, Vec<Given>) = start.environment.drain(..).partition(gone);
    let differs = |old: &Given| {
        !exported
            .iter()
            .any(|e| e.name == old.name && e.value == old.value)
    };
    start.replaced.extend(gone.into_iter().filter(differs));
    stay.extend(exported.iter().cloned());
    start.environment = stay;
    if around.settings.is_some() {
        let note =
            "your own --settings is used, so settings files outrank what the run script exports";
        start.notes.push(note.to_owned());
        return start;
    }
    let passed = sources.passed(&exported, &names, &around.root);
    let managed = |file: &Settings| file.layer == Layer::Managed;
    let below = start
        .settings
        .iter()
        .take_while(|file| managed(file))
        .count();
    start.settings.insert(below, passed);
    start
}

fn sources<'a>(around: &Around, script: &'a Script, facts: &Facts) -> Sources<'a> {
    let body = around
        .env_file
        .as_ref()
        .and_then(|text| Some((&text.path, text.text.as_ref().ok()?)));
    let located = body.map(|(path, text)| (path, merge::env_located(text)));
    let mut env_file: Vec<Given> = Vec::new();
    for (path, (name, value, line)) in located
        .into_iter()
        .flat_map(|(path, list)| list.into_iter().map(move |entry| (path, entry)))
    {
        env_file.push(Given {
            name,
            value,
            origin: Origin {
                layer: Layer::Launcher,
                file: Some(path.clone()),
                line: Some(line),
                column: Some(1),
            },
        });
    }
    // Of a name that stands there twice the last one counts.
    env_file.reverse();
    let texts = around.of_root.iter().flatten();
    let read = texts.filter_map(|text| taken(Layer::Launcher, text, facts).ok());
    let from_editor = |given: &Given| {
        let set = |name: &str| around.environment.get(name).map(String::as_str);
        let mut declared = script.declared.iter();
        given.name == "ANTHROPIC_BASE_URL"
            && set("TERM_PROGRAM") == Some("vscode")
            && declared.any(|own| own.name == given.name && own.value == given.value)
    };
    let mut environment = Vec::new();
    for (name, value) in &around.environment {
        environment.push(Given {
            name: name.clone(),
            value: value.clone(),
            origin: Origin::of(Layer::Launcher),
        });
    }
    environment.retain(|given| !from_editor(given));
    Sources {
        script,
        environment,
        env_file,
        settings: read.collect(),
    }
}

impl Sources<'_> {
    /// The strongest of the names that environment and env file hold; blank counts as unset.
    fn given(&self, names: &[&str]) -> Option<&Given> {
        let of = |list: &'_ [Given]| -> Option<usize> {
            names.iter().find_map(|name| {
                let mut all = list.iter();
                all.position(|g| g.name == *name && !g.value.trim().is_empty())
            })
        };
        of(&self.environment)
            .map(|at| &self.environment[at])
            .or_else(|| of(&self.env_file).map(|at| &self.env_file[at]))
    }

    fn in_settings(&self, name: &str) -> Option<&Given> {
        let mut all = self.settings.iter().flat_map(|file| &file.env);
        all.find(|given| given.name == name && !given.value.trim().is_empty())
    }

    fn declared(&self, name: &str) -> Option<&Given> {
        self.script.declared.iter().find(|given| given.name == name)
    }

    fn pick(&self, name: &str) -> Option<Given> {
        let secret_headers = name == "ANTHROPIC_CUSTOM_HEADERS";
        let given = if name == "API_TIMEOUT_MS" {
            self.given(&["API_TIMEOUT_MS", "ANTHROPIC_TIMEOUT_MS"])
        } else {
            self.given(&[name])
        };
        let found = given
            .or_else(|| self.in_settings(name))
            .or_else(|| self.declared(name))?;
        let mut picked = found.clone();
        name.clone_into(&mut picked.name);
        picked.origin.layer = Layer::Launcher;
        if !secret_headers {
            picked.value = client_form(name, &found.value);
        }
        Some(picked)
    }

    /// The model of the session, and the alternatives of a failing one.
    fn key_of(&self, name: &str) -> Option<(Value, Origin)> {
        let given = (name == "model")
            .then(|| {
                self.given(&["ANTHROPIC_MODEL"])
                    .or_else(|| self.in_settings("ANTHROPIC_MODEL"))
            })
            .flatten();
        if let Some(given) = given {
            return Some((Value::from(given.value.as_str()), given.origin.clone()));
        }
        let mut keys = self.settings.iter().flat_map(|file| &file.keys);
        if let Some(key) = keys.find(|key| key.name == name) {
            return Some((key.value.clone(), key.origin.clone()));
        }
        let declared = self.declared(name)?;
        let value = match name {
            "fallbackModel" => declared.value.lines().collect(),
            _ => Value::from(declared.value.as_str()),
        };
        Some((value, declared.origin.clone()))
    }

    /// What the script exports, and the names it also passes.
    fn exported(&self) -> (Vec<Given>, Vec<String>) {
        let script = self.script;
        let mut names = script.names.clone();
        let taken = |name: &str| {
            KEYS.contains(&name) || name == script.key_name || name == "ANTHROPIC_TIMEOUT_MS"
        };
        let settings = self.settings.iter().flat_map(|file| &file.env);
        for given in self.env_file.iter().chain(settings) {
            if is_known(&given.name) && !taken(&given.name) && !names.contains(&given.name) {
                names.push(given.name.clone());
            }
        }
        let exported = names.iter().filter_map(|name| {
            if script.names.contains(name) {
                return self.pick(name);
            }
            let mut given = self.given(&[name])?.clone();
            given.origin.layer = Layer::Launcher;
            Some(given)
        });
        let exported = exported.collect();
        let passed = |name: &String| {
            !is_secret(name) && (script.names.contains(name) || self.in_settings(name).is_some())
        };
        names.retain(passed);
        (exported, names)
    }

    /// The key, in the variable by which the client gets it.
    fn key(&self) -> Option<Given> {
        let variable = self.script.key_variable.as_deref()?;
        let names = [self.script.key_name.as_str(), "GATEWAY_TOKEN"];
        let found = self.given(&names).or_else(|| self.in_settings(variable))?;
        Some(Given {
            name: variable.to_owned(),
            value: found.value.trim().to_owned(),
            origin: Origin {
                layer: Layer::Launcher,
                ..found.origin.clone()
            },
        })
    }

    fn trouble(&self, key: Option<&Given>) -> Option<String> {
        if self.pick("ANTHROPIC_BASE_URL").is_none() {
            return Some("there is no gateway URL".to_owned());
        }
        let needed = self.script.key_variable.is_some() && self.script.store.is_none();
        (needed && key.is_none()).then(|| format!("`{}` is not set", self.script.key_name))
    }

    /// The `--settings` that the script passes.
    fn passed(&self, exported: &[Given], names: &[String], root: &str) -> Settings {
        let own = |value: &str| Given {
            name: String::new(),
            value: value.to_owned(),
            origin: Origin {
                layer: Layer::Launcher,
                file: Some(self.script.path.clone()),
                line: None,
                column: None,
            },
        };
        let secret =
            |given: &&Given| given.name != "ANTHROPIC_CUSTOM_HEADERS" || !carries_key(&given.value);
        let env = exported
            .iter()
            .filter(|given| names.contains(&given.name))
            .filter(secret);
        let mut env: Vec<Given> = env.cloned().collect();
        let variable = self.script.key_variable.as_deref();
        for name in KEYS.iter().filter(|name| Some(**name) != variable) {
            env.push(Given {
                name: (*name).to_owned(),
                ..own("")
            });
        }
        let helper = self.script.helper.as_ref();
        let helper = helper.map_or_else(String::new, |path| format!("'{root}/{path}'"));
        let mut keys = vec![Key {
            name: "apiKeyHelper".to_owned(),
            value: Value::from(helper),
            origin: own("").origin,
        }];
        for name in ["model", "fallbackModel"] {
            if let Some((value, origin)) = self.key_of(name) {
                keys.push(Key {
                    name: name.to_owned(),
                    value,
                    origin: Origin {
                        layer: Layer::Launcher,
                        ..origin
                    },
                });
            }
        }
        Settings {
            layer: Layer::Launcher,
            path: self.script.path.clone(),
            env,
            keys,
            faults: Vec::new(),
        }
    }
}

/// The value in the form that the script hands on.
fn client_form(name: &str, value: &str) -> String {
    match name {
        "ANTHROPIC_BASE_URL" => GatewayUrl::parse(value.trim())
            .map_or_else(|_| value.trim().to_owned(), |url| url.client().to_owned()),
        "API_TIMEOUT_MS" => value.trim().to_owned(),
        _ => value.to_owned(),
    }
}

/// The names that the script takes for the client's.
fn is_known(name: &str) -> bool {
    let vendors = ["ANTHROPIC_", "CLAUDE_CODE_", "OTEL_", "OPENAI_"];
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let listed = [
        "API_TIMEOUT_MS",
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "DISABLE_TELEMETRY",
        "DISABLE_ERROR_REPORTING",
        "DISABLE_AUTOUPDATER",
    ];
    let proxy = name
        .strip_suffix("_PROXY")
        .or_else(|| name.strip_suffix("_proxy"));
    let proxy = proxy.is_some_and(|which| {
        ["http", "https", "no", "all"].contains(&which.to_ascii_lowercase().as_str())
    });
    listed.contains(&name) || proxy || (plain && vendors.iter().any(|v| name.starts_with(v)))
}

/// The names whose value the script puts into no argument.
fn is_secret(name: &str) -> bool {
    let tails = [
        "KEY",
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSPHRASE",
        "CREDENTIALS",
        "_PROXY",
        "_proxy",
    ];
    let headers = name.starts_with("OTEL_EXPORTER_OTLP") && name.ends_with("HEADERS");
    headers || tails.iter().any(|tail| name.ends_with(tail))
}

/// Whether header lines carry a credential, by the words of their names.
fn carries_key(lines: &str) -> bool {
    let words = ["auth", "key", "token", "secret", "cookie"];
    let names = lines.lines().filter_map(|line| line.split_once(':'));
    names
        .map(|(name, _)| name.to_ascii_lowercase())
        .any(|name| words.iter().any(|w| name.contains(w)))
}
