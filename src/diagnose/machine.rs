//! This machine: the client's releases, shell profiles, certificates and proxies.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{ClientFact, Meaning, Reader, Variable};
use crate::explain::{Layer, Start};
use crate::model::{Diagnostic, Version};

/// What `doctor` sees beside the repository.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// The clients that are installed, the one that `claude` starts first.
    pub clients: Vec<Client>,
    /// Variables that shell profiles set.
    pub profiles: Vec<Assignment>,
    /// What the variables that name certificates lead to.
    pub certificates: Vec<Certificates>,
}

/// One installed client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Where it was found, the home folder as `~`.
    pub place: String,
    /// Its release, as its package says.
    pub version: Option<Version>,
}

/// A variable that a file sets; its value is nobody's business.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    /// The file, the home folder as `~`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The variable.
    pub name: String,
    /// Whether the value stands there as it is.
    pub literal: bool,
}

/// Where a variable for certificates leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates {
    /// The variable.
    pub variable: String,
    /// What it says.
    pub path: String,
    /// What is there.
    pub state: Found,
}

/// What stands at a path that should hold certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// So many certificates.
    Certificates(usize),
    /// A folder.
    Folder,
    /// Nothing.
    Nothing,
    /// It cannot be read, and why.
    Unreadable(String),
}

/// Returns what to say of the clients. `set` are the variables that reach every start of one.
#[must_use]
pub fn clients(machine: &Machine, facts: &[ClientFact], set: &BTreeSet<String>) -> Vec<Diagnostic> {
    let Some(first) = machine.clients.first() else {
        let message = "no `claude` on PATH and in no editor's extensions";
        let help = "install it: https://code.claude.com/docs/en/setup";
        return vec![Diagnostic::note("client", message).with_help(help)];
    };
    let mut found = Vec::new();
    for client in &machine.clients {
        let Some(version) = &client.version else {
            let message = format!("`{}` does not say which release it is", client.place);
            let help = "`claude --version` says it; its known faults are not looked up";
            found.push(Diagnostic::note("client", message).with_help(help));
            continue;
        };
        let known = facts.iter().filter(|fact| holds(fact, version));
        let known =
            known.filter(|fact| fact.unless.as_ref().is_none_or(|name| !set.contains(name)));
        found.extend(known.map(|fact| {
            let message = format!("client {version} (`{}`): {}", client.place, fact.what);
            Diagnostic::warning(&fact.code, message).with_help(fact.help.as_str())
        }));
    }
    let releases: BTreeSet<_> = machine
        .clients
        .iter()
        .filter_map(|c| c.version.as_ref())
        .collect();
    if let (Some(oldest), Some(newest)) = (releases.first(), releases.last())
        && oldest != newest
    {
        let message = format!("several clients are installed, from {oldest} to {newest}");
        let help = format!("`claude` starts `{}`; update the others", first.place);
        found.push(Diagnostic::note("client", message).with_help(help));
    }
    found
}

/// Returns what to say of settings outside of the repository: what the administrator decides, and
/// files that the client skips.
#[must_use]
pub fn outranking(start: &Start, variables: &[Variable]) -> Vec<Diagnostic> {
    let managed = start.settings.iter().filter(|s| s.layer == Layer::Managed);
    let mut found: Vec<Diagnostic> = Vec::new();
    for settings in managed {
        let known = |name: &&str| variables.iter().any(|v| v.name == *name) || *name == "model";
        let env = settings.env.iter().map(|given| given.name.as_str());
        let names = env.chain(settings.keys.iter().map(|key| key.name.as_str()));
        let names: Vec<String> = names
            .filter(known)
            .map(|name| format!("`{name}`"))
            .collect();
        if !names.is_empty() {
            let message = format!(
                "the administrator sets {}, whatever a repository says",
                names.join(", ")
            );
            let note = Diagnostic::note("CS005", message).in_file(settings.path.as_str());
            found.push(note.with_help("`claude-scaffold explain` shows which value counts here"));
        }
    }
    let outside = |layer: Layer| matches!(layer, Layer::Managed | Layer::User);
    let skipped = start.skipped.iter().filter(|s| outside(s.origin.layer));
    found.extend(skipped.map(|skipped| {
        let message = format!("the client skips this file whole: {}", skipped.why);
        let mut problem = Diagnostic::warning("CS102", message);
        problem.path.clone_from(&skipped.origin.file);
        problem.line = skipped.origin.line;
        problem.column = skipped.origin.line.map(|_| 1);
        problem.with_help("write strict JSON with the types of the client's settings schema")
    }));
    found
}

/// Returns what to say of variables that shell profiles set.
#[must_use]
pub fn profiles(machine: &Machine, variables: &[Variable]) -> Vec<Diagnostic> {
    let said = |assigned: &Assignment| {
        let known = variables.iter().find(|v| v.name == assigned.name)?;
        let name = &assigned.name;
        let problem = match known.meaning {
            Meaning::Credential if assigned.literal => Diagnostic::warning(
                "CS003",
                format!(
                    "`{name}` is set to a key in a shell profile, for every program and folder"
                ),
            )
            .with_help(
                "keep it in the repository's env file or a secret store, and remove the line",
            ),
            _ if known.reader == Reader::Nobody => {
                let instead = known.instead.as_deref().unwrap_or("nothing");
                Diagnostic::warning("CS007", format!("`{name}` is set, and nobody reads it"))
                    .with_help(format!("what has the effect: {instead}"))
            }
            _ => Diagnostic::note(
                "CS005",
                format!("`{name}` is set for every folder; a settings file that sets it wins"),
            )
            .with_help("`claude-scaffold explain` shows which value counts here"),
        };
        let mut problem = problem.in_file(assigned.file.as_str());
        problem.line = Some(assigned.line);
        problem.column = Some(1);
        Some(problem)
    };
    machine.profiles.iter().filter_map(said).collect()
}

/// Returns what to say of certificates that are named and not there.
#[must_use]
pub fn certificates(machine: &Machine) -> Vec<Diagnostic> {
    let said = |named: &Certificates| {
        let Certificates {
            variable,
            path,
            state,
        } = named;
        let message = match state {
            Found::Certificates(0) => {
                format!("`{variable}` names `{path}`, which holds no certificate")
            }
            Found::Nothing => format!("`{variable}` names `{path}`, where nothing is"),
            Found::Unreadable(why) => {
                format!("`{variable}` names `{path}`, which cannot be read: {why}")
            }
            Found::Folder if variable != "SSL_CERT_DIR" => {
                format!("`{variable}` names `{path}`, which is a folder")
            }
            Found::Certificates(_) | Found::Folder => return None,
        };
        let help = "name a file in PEM form with the gateway's certificate authority";
        Some(Diagnostic::warning("certificates", message).with_help(help))
    };
    machine.certificates.iter().filter_map(said).collect()
}

/// Returns what to say of the proxy on the way to a gateway.
#[must_use]
pub fn proxies(environment: &BTreeMap<String, String>, host: Option<&str>) -> Vec<Diagnostic> {
    let value = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let mut found = Vec::new();
    for (upper, lower) in [("HTTPS_PROXY", "https_proxy"), ("NO_PROXY", "no_proxy")] {
        if let (Some(one), Some(other)) = (value(upper), value(lower))
            && one != other
        {
            let message = format!("`{upper}` and `{lower}` say different things");
            let help = "set one of them; which one wins depends on the program";
            found.push(Diagnostic::warning("proxy", message).with_help(help));
        }
    }
    let proxy = value("HTTPS_PROXY").or_else(|| value("https_proxy"));
    let around = value("NO_PROXY").or_else(|| value("no_proxy"));
    if let (Some(_), Some(host)) = (proxy, host) {
        let past = around.is_some_and(|list| goes_past(list, host));
        let message = if past {
            format!("`{host}` is asked without the proxy, because NO_PROXY names it")
        } else {
            format!("`{host}` is asked through the proxy of HTTPS_PROXY")
        };
        let help = "`claude-scaffold doctor --live` tries the way";
        found.push(Diagnostic::note("proxy", message).with_help(help));
    }
    found
}

fn goes_past(list: &str, host: &str) -> bool {
    let names = list
        .split([',', ' '])
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let mut names = names.map(|name| name.trim_start_matches('*').trim_start_matches('.'));
    names.any(|name| {
        let below = host
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('.'));
        name.is_empty() || host == name || below
    })
}

fn holds(fact: &ClientFact, version: &Version) -> bool {
    let bound = |text: &Option<String>| text.as_deref().and_then(Version::parse);
    bound(&fact.from).is_none_or(|from| *version >= from)
        && bound(&fact.below).is_none_or(|below| *version < below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn machine(version: &str) -> Machine {
        let client = Client {
            place: "~/bin/claude".to_owned(),
            version: Version::parse(version),
        };
        Machine {
            clients: vec![client],
            ..Machine::default()
        }
    }

    fn codes(found: &[Diagnostic]) -> Vec<&str> {
        found.iter().map(|d| d.code.as_str()).collect()
    }

    #[test]
    fn faults_of_a_release_are_said_of_that_release() {
        let facts = Catalog::embedded().clients().expect("rows");
        let none = BTreeSet::new();
        assert_eq!(
            codes(&clients(&machine("2.1.197"), &facts, &none)),
            ["CS105", "CS102", "CS106"]
        );
        assert_eq!(codes(&clients(&machine("2.1.330"), &facts, &none)), [""; 0]);
        let quiet = BTreeSet::from(["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC".to_owned()]);
        assert_eq!(
            codes(&clients(&machine("2.1.197"), &facts, &quiet)),
            ["CS102", "CS106"]
        );
        assert_eq!(
            codes(&clients(&Machine::default(), &facts, &none)),
            ["client"]
        );
    }

    #[test]
    fn profiles_are_named_and_not_printed() {
        let variables = Catalog::embedded().variables().expect("rows");
        let set = |name: &str, literal| Assignment {
            file: "~/.zshrc".to_owned(),
            line: 3,
            name: name.to_owned(),
            literal,
        };
        let profiles_of = |assigned| Machine {
            profiles: vec![assigned],
            ..Machine::default()
        };
        let check = |name, literal, expected: &[&str]| {
            let found = profiles(&profiles_of(set(name, literal)), &variables);
            assert_eq!(codes(&found), expected, "{name}");
        };
        check("ANTHROPIC_API_KEY", true, &["CS003"]);
        check("ANTHROPIC_API_KEY", false, &["CS005"]);
        check("ANTHROPIC_BASE_URL", true, &["CS005"]);
        check("ANTHROPIC_TIMEOUT_MS", true, &["CS007"]);
        check("EDITOR", true, &[]);
    }

    #[test]
    fn a_proxy_is_gone_past_as_the_list_says() {
        for (list, host, past) in [
            ("gw.example", "gw.example", true),
            (".example", "gw.example", true),
            ("*.example", "gw.example", true),
            ("example", "gw.example", true),
            ("ample", "gw.example", false),
            ("localhost, other", "gw.example", false),
            ("*", "gw.example", true),
        ] {
            assert_eq!(goes_past(list, host), past, "{list} {host}");
        }
    }
}
