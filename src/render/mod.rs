//! Resolution + catalogue → [`DesiredState`]: the only user of tera.
//!
//! Depends on its arguments alone: no clock, no environment, no disk. A template is parsed only
//! when it is rendered.

mod combine;
mod context;
mod engine;
mod filters;
mod phrase;
mod shared;
mod skeleton;
mod stores;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

pub use context::header_variable;
pub use phrase::phrase;
#[cfg(test)]
pub(crate) use shared::whole;

use crate::catalog::{Catalog, CatalogError, Output};
use crate::model::{DesiredFile, DesiredState, Format, Mode, PathError, RepoPath, Value, lf};
use crate::resolve::Resolution;

/// All outputs of one run together, in bytes: far more than any set of templates is meant to give.
const LARGEST: usize = 8 * 1024 * 1024;

/// Why rendering failed; with the embedded templates this is a defect of ours.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The template set is broken.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A template does not parse, or names a value that does not exist.
    #[error("template `{template}` cannot be rendered: {message}")]
    Template {
        /// Which template.
        template: String,
        /// What tera says.
        message: String,
        /// Line and column, where tera names them.
        place: Option<(usize, usize)>,
    },
    /// An output's path leaves the repository.
    #[error(transparent)]
    Path(#[from] PathError),
    /// An output's path is to be a value that nothing gives.
    #[error("the path `{0}` of an output names no value")]
    NoValue(String),
    /// Two features give one file in different formats.
    #[error("`{0}` is given twice, as different formats or as two whole files")]
    Clash(String),
    /// The outputs are larger than any set of templates is meant to give.
    #[error("template `{template}` gives more than 8 MiB together with those before it")]
    TooLarge {
        /// Which template.
        template: String,
    },
    /// A rendered fragment is not what its format says.
    #[error("template `{template}` gives no valid {format}: {message}")]
    Fragment {
        /// Which template.
        template: String,
        /// The format.
        format: &'static str,
        /// What the parser says.
        message: String,
    },
}

/// What rendering gives.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The files.
    pub files: DesiredState,
    /// Content hash of each feature's templates, and of the files whose values went in.
    pub features: BTreeMap<String, String>,
    /// The features that give each file.
    pub origins: BTreeMap<RepoPath, Vec<Origin>>,
    /// The templates that give each file.
    pub outputs: BTreeMap<RepoPath, BTreeSet<String>>,
}

/// A part of a file and the feature that gives it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Which.
    pub feature: String,
    /// The part, of a format whose files have several.
    pub fragment: String,
}

/// Renders every output of the features switched on.
///
/// # Errors
/// Fails on a broken template set.
pub fn render(
    resolution: &Resolution,
    catalog: &Catalog,
    own: &[&str],
) -> Result<Rendered, RenderError> {
    let mut context = context::context(resolution, catalog)?;
    let outputs = outputs(resolution, &context)?;
    context::add_outputs(&mut context, &outputs, own);
    let mut engine = engine::Engine::new(&context);
    let mut origins: BTreeMap<RepoPath, Vec<Origin>> = BTreeMap::new();
    let mut fragments: BTreeMap<RepoPath, Vec<combine::Fragment>> = BTreeMap::new();
    let mut templates: BTreeMap<RepoPath, BTreeSet<String>> = BTreeMap::new();
    let mut bytes = 0;
    for (feature, output, path) in &outputs {
        let name = format!("features/{feature}/{}", output.template);
        // A checkout of ours with CRLF gives the same files and hashes.
        let source = lf(catalog.text(&name)?);
        let source = shared::whole(&source, catalog);
        let text = engine.render(&name, &source, output.delimiters)?;
        bytes += text.len();
        if bytes > LARGEST {
            return Err(RenderError::TooLarge { template: name });
        }
        let mode = if output.executable {
            Mode::Executable
        } else {
            Mode::Regular
        };
        let single = matches!(output.format, Format::WholeFile | Format::Block);
        origins.entry(path.clone()).or_default().push(Origin {
            feature: (*feature).to_owned(),
            fragment: if single { String::new() } else { text.clone() },
        });
        let names = templates.entry(path.clone()).or_default();
        names.insert(name.clone());
        let fragment = combine::Fragment {
            template: name,
            format: output.format,
            mode,
            text,
        };
        fragments.entry(path.clone()).or_default().push(fragment);
    }
    let mut files = DesiredState::new();
    for (path, parts) in fragments {
        let file: DesiredFile = combine::combine(&path, parts)?;
        if !file.text.trim().is_empty() {
            files.insert(path, file);
        }
    }
    Ok(Rendered {
        files,
        features: revisions(resolution, catalog),
        origins,
        outputs: templates,
    })
}

/// Returns the values that templates see by their names.
///
/// # Errors
/// Fails where the path of an output is none.
pub fn values(
    resolution: &Resolution,
    catalog: &Catalog,
    own: &[&str],
) -> Result<Value, RenderError> {
    let mut context = context::context(resolution, catalog)?;
    let outputs = outputs(resolution, &context)?;
    context::add_outputs(&mut context, &outputs, own);
    Ok(context)
}

/// The content hash of each feature, and of the catalogue's files whose values went in: names of
/// features hold no dot, names of files do.
fn revisions(resolution: &Resolution, catalog: &Catalog) -> BTreeMap<String, String> {
    let declared = &resolution.declared;
    let files = [
        "defaults.toml".to_owned(),
        format!("profiles/{}.toml", declared.profile),
        format!("gateways/{}.toml", declared.kind),
    ];
    let files = files.into_iter().filter_map(|path| {
        let text = catalog.text(&path).ok()?;
        let hash = hash([("", text)].into_iter());
        Some((path, hash))
    });
    let features = resolution.features.iter();
    features
        .map(|(name, _)| {
            let files = catalog.sources(name).into_iter();
            let whole: Vec<_> = files
                .map(|(file, text)| (file, shared::whole(text, catalog)))
                .collect();
            let files = whole.iter().map(|(file, text)| (*file, &**text));
            (name.clone(), hash(files))
        })
        .chain(files)
        .collect()
}

/// The content hash of everything in a feature's folder, whether its values ask for it or not.
/// Twelve hexadecimal digits are plenty to tell two versions apart.
fn hash<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut hash = Sha256::new();
    for (name, text) in files {
        hash.update(name.as_bytes());
        hash.update(lf(text).as_bytes());
    }
    let digest = hash.finalize();
    digest.iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

type Given<'a> = (&'a str, &'a Output, RepoPath);

/// The outputs whose `when` holds, with their paths.
fn outputs<'a>(resolution: &'a Resolution, context: &Value) -> Result<Vec<Given<'a>>, RenderError> {
    let mut given = Vec::new();
    for (name, feature) in &resolution.features {
        for output in &feature.output {
            if output
                .when
                .as_deref()
                .is_none_or(|when| truthy(context, when))
            {
                let filled = fill(&output.path, context);
                if filled.starts_with("{{") {
                    return Err(RenderError::NoValue(filled));
                }
                let path = RepoPath::parse(&filled)?;
                given.push((name.as_str(), output, path));
            }
        }
    }
    Ok(given)
}

fn truthy(context: &Value, dotted: &str) -> bool {
    match lookup(context, dotted) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(_) => true,
    }
}

fn lookup<'a>(context: &'a Value, dotted: &str) -> Option<&'a Value> {
    dotted
        .split('.')
        .try_fold(context, |value, key| value.get(key))
}

/// Fills a path of the form `{{ a.b }}`; anything else stands for itself.
fn fill(path: &str, context: &Value) -> String {
    let name = path
        .strip_prefix("{{")
        .and_then(|p| p.strip_suffix("}}"))
        .map(str::trim);
    let value = name
        .and_then(|name| lookup(context, name))
        .and_then(Value::as_str);
    value.unwrap_or(path).to_owned()
}
