//! Manifest and layers → the keys that are declared, and where each is looked for. Nothing is rendered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{Own, Reach, Templates, guard, own, packs};
use crate::catalog::{Catalog, Store};
use crate::manifest::{self, Manifest};
use crate::model;
use crate::model::{Actual, Diagnostic, RepoPath, Scheme, SecretRef};
use crate::observe::{self, Unit};
use crate::render::header_variable;
use crate::resolve::{self, Header};
use crate::secret::{self, Cache, Found, Kind, Network, Place, SecretError};

/// The variable that a stored key is given in by hand.
pub(super) const STAND_IN: &str = "GATEWAY_TOKEN";
/// The code of a diagnostic that says why there is no key.
const CODE: &str = "key";
/// The code of a diagnostic that says that somebody ended the search.
pub const INTERRUPTED: &str = "interrupted";

/// What a unit declares about keys.
pub struct Credential {
    /// The unit's folder.
    pub root: PathBuf,
    /// Where the key is.
    pub reference: SecretRef,
    /// Further headers by name.
    pub headers: Vec<(String, Header)>,
    /// The env file.
    pub env_file: RepoPath,
    manifest: Manifest,
}

/// One key that is looked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where it is.
    pub reference: SecretRef,
    /// Variables that stand before the store, the first that is set counts.
    pub names: Vec<String>,
    /// What it is for.
    pub kind: Kind,
}

impl Wanted {
    /// Returns what is looked for where the unit's credential is.
    #[must_use]
    pub fn key(reference: &SecretRef) -> Self {
        let own = (reference.scheme == Scheme::Env).then(|| reference.rest.clone());
        Self {
            names: own.into_iter().chain([STAND_IN.to_owned()]).collect(),
            ..Self::alone(reference, Kind::Key)
        }
    }

    /// Returns what is looked for where the value of a header is.
    #[must_use]
    pub fn header(name: &str, reference: &SecretRef) -> Self {
        let variable = match reference.scheme {
            Scheme::Env => reference.rest.clone(),
            _ => header_variable(name),
        };
        Self {
            names: vec![variable],
            ..Self::alone(reference, Kind::Header)
        }
    }

    /// Returns a reference that nothing stands before.
    #[must_use]
    pub fn alone(reference: &SecretRef, kind: Kind) -> Self {
        Self {
            reference: reference.clone(),
            names: Vec::new(),
            kind,
        }
    }
}

impl Credential {
    /// Returns what is looked for under a header's name.
    ///
    /// # Errors
    /// Fails where no such header is declared, or its value is no secret.
    pub fn header(&self, name: &str) -> Result<Wanted, Diagnostic> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        match found {
            Some((name, Header::Reference(reference))) => Ok(Wanted::header(name, reference)),
            Some((name, Header::Literal(_))) => {
                let message =
                    format!("the header `{name}` carries no secret: its value is declared");
                let problem = self.manifest.place(
                    &format!("headers.{name}"),
                    Diagnostic::error("usage", message),
                );
                Err(problem.with_help("read it with `claude-scaffold explain`"))
            }
            None if self.headers.is_empty() => {
                let problem = Diagnostic::error("usage", "no header is declared");
                Err(problem.with_help("declare it: `[headers]` in the manifest"))
            }
            None => {
                let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
                Err(resolve::unknown("header", name, &names))
            }
        }
    }

    /// Returns the variables that the manifest's references name, which no store's program gets.
    #[must_use]
    pub fn withheld(&self) -> BTreeSet<String> {
        withheld(
            &self.reference,
            self.headers.iter().map(|(_, header)| header),
        )
    }
}

/// Returns the variables that references name.
pub(super) fn withheld<'a>(
    reference: &SecretRef,
    headers: impl Iterator<Item = &'a Header>,
) -> BTreeSet<String> {
    let headers = headers.filter_map(|header| match header {
        Header::Reference(reference) => Some(reference),
        Header::Literal(_) => None,
    });
    let all = std::iter::once(reference).chain(headers);
    let named = all.filter(|reference| reference.scheme == Scheme::Env);
    named.map(|reference| reference.rest.clone()).collect()
}

/// Reads what a unit declares about keys.
///
/// # Errors
/// Returns every problem of the manifest, and of the packs that it names.
pub fn credential(unit: &Unit, reach: &Reach) -> Result<Credential, Vec<Diagnostic>> {
    let own = own(unit)?;
    let text = own.manifest.as_deref().unwrap_or_default();
    let (manifest, problems) = manifest::parse(unit.manifest.as_str(), text);
    if !problems.is_empty() {
        return Err(problems);
    }
    let catalog = catalog(unit, &own, &manifest, reach)?;
    let values = resolve::values(&manifest, &catalog)?;
    let text = |key: &str| values.get(key).and_then(|(value, _)| value.as_str());
    let misfit = |key: &str, message: String| {
        let problem = Diagnostic::error("manifest", message);
        vec![manifest.place(key, problem.with_help(format!("change `{key}`")))]
    };
    let declared = text("credential.ref").unwrap_or_default();
    let reference = SecretRef::parse(declared);
    let reference = reference.map_err(|error| misfit("credential.ref", error.to_string()))?;
    let env_file = RepoPath::parse(text("launcher.env_file").unwrap_or(".env"));
    let env_file = env_file.map_err(|error| misfit("launcher.env_file", error.to_string()))?;
    let headers = values.iter().filter_map(|(key, (value, _))| {
        Some((key.strip_prefix("headers.")?.to_owned(), value.as_str()?))
    });
    let headers = headers.map(|(name, value)| {
        let literal = |_| Header::Literal(value.to_owned());
        let header = SecretRef::parse(value).map_or_else(literal, Header::Reference);
        (name, header)
    });
    Ok(Credential {
        root: unit.root.clone(),
        reference,
        headers: headers.collect(),
        env_file,
        manifest,
    })
}

/// The embedded templates, without a look at the lockfile where no pack needs it.
fn catalog(
    unit: &Unit,
    own: &Own,
    manifest: &Manifest,
    reach: &Reach,
) -> Result<Catalog, Vec<Diagnostic>> {
    let pack = manifest.entries.get("pack").and_then(|e| e.value.as_str());
    if pack.is_none() {
        return Ok(Catalog::embedded());
    }
    packs::catalog(unit, pack, &guard::base(unit, own)?, Templates::Any, reach)
}

/// Reads an env file; one that cannot be read sets nothing, and that is said.
///
/// # Errors
/// Never fails; the second part says what is in the way.
#[must_use]
pub fn env_file(root: &Path, path: &RepoPath) -> (BTreeMap<String, String>, Option<Diagnostic>) {
    let mut found = observe::actual_below(root, std::iter::once(path));
    match found.remove(path) {
        Some(Actual::Text { text, .. }) => match secret::sourced(&text) {
            Ok(values) => (values, None),
            Err(line) => (BTreeMap::new(), Some(unclosed(path, line))),
        },
        Some(Actual::Other(what)) => {
            let message = format!("`{path}` is left out: it is {what}");
            let note = Diagnostic::warning(CODE, message).in_file(path.as_str());
            let help = "make it a regular UTF-8 file, or name another: `launcher.env_file`";
            (BTreeMap::new(), Some(note.with_help(help)))
        }
        Some(Actual::Absent) | None => (BTreeMap::new(), None),
    }
}

/// The run scripts refuse such a file, too.
fn unclosed(path: &RepoPath, line: usize) -> Diagnostic {
    let message = format!("a quote is opened in `{path}:{line}` and never closed");
    let problem = Diagnostic::error(CODE, message).in_file(path.as_str());
    problem.with_help("close it there")
}

/// Where keys are looked for.
pub struct Seeker<'a> {
    /// The unit's folder, or the one the user stands in.
    pub root: &'a Path,
    /// The environment.
    pub environment: &'a BTreeMap<String, String>,
    /// What the env file says.
    pub env_file: &'a BTreeMap<String, String>,
    /// The env file's name, for people.
    pub env_file_name: &'a str,
    /// The user's home.
    pub home: Option<&'a Path>,
    /// Variables that no store's program gets.
    pub withheld: &'a BTreeSet<String>,
    /// Whether the network may be used.
    pub network: Network,
    /// Where keys are kept for a while, if they are.
    pub cache: Option<&'a Cache>,
    /// When to give up.
    pub until: Instant,
}

impl Seeker<'_> {
    /// Finds a key: under the names before the store, kept from before, in the store.
    ///
    /// # Errors
    /// Returns why there is none, and what to do.
    pub fn find(&self, wanted: &Wanted) -> Result<Found, Diagnostic> {
        let reference = &wanted.reference;
        let store = store(reference)?;
        let place = self.place(&store, wanted.kind);
        let found = self.found(wanted, &place);
        found.map_err(|error| {
            let code = match error {
                SecretError::Interrupted(_) => INTERRUPTED,
                _ => CODE,
            };
            let shown = model::escape(&reference.to_string());
            let message = format!("cannot resolve `{shown}`: {error}");
            Diagnostic::error(code, message).with_help(error.help(reference, &store))
        })
    }

    /// Returns the places that would be looked into, in order, for people.
    ///
    /// # Errors
    /// Fails where the catalogue of stores is broken.
    pub fn places(&self, wanted: &Wanted) -> Result<Vec<String>, Diagnostic> {
        let reference = &wanted.reference;
        let store = store(reference)?;
        let own = [reference.rest.clone()];
        let names = match reference.scheme {
            Scheme::Env if wanted.names.is_empty() => &own[..],
            _ => &wanted.names,
        };
        let file = format!("`{}`", self.env_file_name);
        let mut places = Vec::new();
        for (values, from) in [
            (self.environment, "the environment"),
            (self.env_file, &file),
        ] {
            places.extend(names.iter().map(|name| {
                let is_set = values
                    .get(name)
                    .is_some_and(|value| !value.trim().is_empty());
                let state = if is_set { "set" } else { "not set" };
                format!("`{name}` of {from} ({state})")
            }));
        }
        if reference.scheme != Scheme::Env {
            let kept = self
                .cache
                .map(|_| "the key that was kept from before, if any".to_owned());
            places.extend(kept);
            places.push(secret::whom(reference, &self.place(&store, wanted.kind)));
        }
        Ok(places)
    }

    fn found(&self, wanted: &Wanted, place: &Place<'_>) -> Result<Found, SecretError> {
        if let Some(found) = secret::given(&wanted.names, place)? {
            return Ok(found);
        }
        let reference = &wanted.reference;
        if reference.scheme == Scheme::Env {
            return secret::resolve(reference, place);
        }
        if let Some(found) = self.cache.and_then(|cache| cache.read(reference, place)) {
            return Ok(found);
        }
        let found = secret::resolve(reference, place)?;
        if let Some(cache) = self.cache {
            cache.keep(reference, place, &found.key);
        }
        Ok(found)
    }

    fn place<'a>(&'a self, store: &'a Store, kind: Kind) -> Place<'a> {
        Place {
            root: self.root,
            environment: self.environment,
            env_file: self.env_file,
            env_file_name: self.env_file_name,
            home: self.home,
            store,
            kind,
            withheld: self.withheld,
            network: self.network,
            until: self.until,
        }
    }
}

/// What is known of a store; nothing has to be known of the environment.
fn store(reference: &SecretRef) -> Result<Store, Diagnostic> {
    if reference.scheme == Scheme::Env {
        return Ok(Store::default());
    }
    let store = Catalog::embedded().store(reference.scheme);
    store.map_err(|error| super::defect(&error))
}
