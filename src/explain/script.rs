//! What a run script of ours says about itself: the values it declares, where the key comes from.

use super::start::{Given, Layer, Origin};

/// A run script, as far as it decides what the client gets.
#[derive(Clone)]
pub struct Script {
    /// Its path as it is shown.
    pub path: String,
    /// The env file, relative to the repository's root.
    pub env_file: String,
    /// What is taken over from settings files.
    pub(super) names: Vec<String>,
    /// What the repository declares.
    pub(super) declared: Vec<Given>,
    /// The variable in which a person gives the key.
    pub(super) key_name: String,
    /// The variable by which the client gets it; none: from a helper.
    pub(super) key_variable: Option<String>,
    /// The helper, relative to the repository's root.
    pub(super) helper: Option<String>,
    /// The store that has the key, as the manifest refers to it.
    pub(super) store: Option<String>,
}

impl Script {
    /// Reads a script; none where it is not one of ours.
    #[must_use]
    pub fn parse(path: &str, text: &str) -> Option<Self> {
        let assigned = |name: &str| {
            let start = format!("\n{name}=");
            text.split_once(start.as_str()).map(|(_, rest)| rest)
        };
        let below_root = |name: &str| {
            let rest = assigned(name)?.strip_prefix("$rc_root/")?;
            Some(word(rest).0)
        };
        let list = assigned("rc_names")?.strip_prefix('"')?;
        let names = list.split_once('"')?.0.replace("\\\n", " ");
        Some(Self {
            path: path.to_owned(),
            env_file: below_root("rc_env_file")?,
            names: names.split_whitespace().map(str::to_owned).collect(),
            declared: declared(path, text)?,
            key_name: word(assigned("rc_key_name")?).0,
            key_variable: assigned("rc_key_var").map(|rest| word(rest).0),
            helper: below_root("rc_helper"),
            store: assigned("rc_key_ref").map(|rest| word(rest).0),
        })
    }
}

impl Script {
    /// Returns what the repository declares for a variable.
    #[must_use]
    pub fn declares(&self, name: &str) -> Option<&Given> {
        self.declared.iter().find(|given| given.name == name)
    }
}

/// The arms of `rc_declared`, `NAME | NAME) rc_value=WORD ;;`.
fn declared(path: &str, text: &str) -> Option<Vec<Given>> {
    let head = "rc_declared() {\n  case $1 in\n";
    let start = text.find(head)? + head.len();
    let end = start + text[start..].find("\n    *) return 1")? + 1;
    let mut found = Vec::new();
    let mut rest = &text[start..end];
    while let Some((names, after)) = rest.split_once(") rc_value=") {
        let line = text[..end - rest.len()].matches('\n').count() + 1;
        let (value, tail) = word(after);
        let names = names.split('|').map(str::trim);
        found.extend(names.map(|name| Given {
            name: name.to_owned(),
            value: value.clone(),
            origin: Origin {
                layer: Layer::Launcher,
                file: Some(path.to_owned()),
                line: Some(line),
                column: Some(5),
            },
        }));
        rest = tail.strip_prefix(" ;;\n")?;
    }
    Some(found)
}

/// The word of the shell that a text begins with, single quotes taken off, and what follows it.
fn word(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut rest = text;
    loop {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let Some((inner, tail)) = quoted.split_once('\'') else {
                return (out, rest);
            };
            out.push_str(inner);
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix("\\'") {
            out.push('\'');
            rest = tail;
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || "';\\".contains(c));
            let (plain, tail) = rest.split_at(end.unwrap_or(rest.len()));
            out.push_str(plain);
            rest = tail;
            if !rest.starts_with('\'') && !rest.starts_with("\\'") {
                return (out, rest);
            }
        }
    }
}
