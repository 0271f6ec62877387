//! Every profile and feature, rendered and read again.

use super::manifests::{Case, ODD, Taken, case, seeds};
use super::{Found, Subject, error, text_offset};
use crate::git;
use crate::merge::{MergeError, jsonc_value, merge};
use crate::model::{DesiredFile, Diagnostic, Format, RepoPath, Value};
use crate::render::{RenderError, Rendered, render};
use crate::resolve::{Resolution, resolve};

/// The files beside which everything is rendered.
pub(super) const OWN: [&str; 2] = ["claude-scaffold.toml", "claude-scaffold.lock"];

/// Pairs of a profile and a feature; of more, features are tried with the first profile alone.
const MOST_PAIRS: usize = 400;

/// Renders every profile with every seed, and every feature alone and left out with some.
pub(super) fn render_all(subject: &Subject<'_>, found: &mut Found) {
    let catalog = subject.catalog;
    let features = catalog.feature_names();
    let profiles = catalog.profile_names();
    let is_small = profiles.len() * features.len() <= MOST_PAIRS;
    for (number, profile) in profiles.into_iter().enumerate() {
        for seed in 0..seeds(catalog) {
            try_case(subject, &case(catalog, profile, Taken::All, seed), found);
        }
        let tried = if is_small || number == 0 {
            features.as_slice()
        } else {
            &[]
        };
        for (at, feature) in tried.iter().enumerate() {
            let turn = u64::try_from(at).unwrap_or(0) % 7 + 3;
            // Alone, a feature takes little from the profile.
            let seeds: &[u64] = if number == 0 { &[2, turn] } else { &[turn] };
            for &seed in seeds {
                let alone = case(catalog, profile, Taken::Alone(feature), seed);
                try_case(subject, &alone, found);
            }
            if !is_required(subject, feature) {
                let without = case(catalog, profile, Taken::Without(feature), turn);
                try_case(subject, &without, found);
            }
        }
    }
}

fn is_required(subject: &Subject<'_>, feature: &str) -> bool {
    let packs = subject.catalog.packs.iter();
    packs
        .flat_map(|pack| &pack.required)
        .any(|required| required == feature)
}

fn try_case(subject: &Subject<'_>, case: &Case, found: &mut Found) {
    let resolution = match resolve(&case.manifest, subject.catalog) {
        Ok(resolution) => resolution,
        Err(problems) => {
            // A file that does not parse has been named at its place.
            let is_known = |problem: &Diagnostic| problem.code == "templates" && found.has_errors();
            let fresh: Vec<_> = problems.into_iter().filter(|p| !is_known(p)).collect();
            for problem in fresh {
                found.add(unresolved(subject, case, problem));
            }
            return;
        }
    };
    match render(&resolution, subject.catalog, &OWN) {
        Ok(rendered) => read_all(subject, case, &rendered, found),
        Err(RenderError::Catalog(_)) if found.has_errors() => {}
        Err(error) => {
            let problem = unrendered(subject, &resolution, &error);
            let is_known = problem.path.as_ref().is_some_and(|path| found.blames(path));
            if !is_known {
                found.add(seen(problem, case));
            }
        }
    }
}

/// A problem of a manifest that the templates bring about.
fn unresolved(subject: &Subject<'_>, case: &Case, problem: Diagnostic) -> Diagnostic {
    let profile = case.manifest.entries.get("profile");
    let profile = profile.and_then(|entry| entry.value.as_str());
    let profile = format!("profiles/{}.toml", profile.unwrap_or_default());
    let path = if subject.files.contains_key("pack.toml") && !subject.files.contains_key(&profile) {
        "pack.toml"
    } else {
        &profile
    };
    let message = format!("no manifest can be used: {}", problem.message);
    let help = format!(
        "{} ({})",
        problem.help.unwrap_or_default().trim(),
        case.about
    );
    error(message, help).in_file(subject.label(path))
}

fn seen(problem: Diagnostic, case: &Case) -> Diagnostic {
    let help = match &problem.help {
        Some(help) => format!("{help} (seen with {})", case.about),
        None => format!("seen with {}", case.about),
    };
    problem.with_help(help)
}

fn unrendered(subject: &Subject<'_>, resolution: &Resolution, failed: &RenderError) -> Diagnostic {
    match failed {
        RenderError::Template {
            template,
            message,
            place,
        } => {
            let what = told(message);
            let problem = error(
                format!("the template cannot be rendered: {what}"),
                "declare the value under `[variables]` of pack.toml, or ask for it with `is defined`",
            );
            let mut problem = problem.in_file(subject.label(template));
            (problem.line, problem.column) = (place.map(|p| p.0), place.map(|p| p.1));
            problem
        }
        RenderError::Fragment {
            template,
            format,
            message,
        } => error(
            format!("the template gives no valid {format}: {message}"),
            "print values with `| json`, and mind the commas around an `if`",
        )
        .in_file(subject.label(template)),
        RenderError::TooLarge { template } => {
            error(failed.to_string(), "make it print less").in_file(subject.label(template))
        }
        RenderError::Clash(path) => {
            let help = "give parts of one file in one format, and a whole file once";
            let file = giver(subject, resolution, path);
            let text = subject.catalog.text(&file).unwrap_or_default();
            subject.at(
                &file,
                text_offset(text, path),
                error(failed.to_string(), help),
            )
        }
        RenderError::NoValue(path) => {
            let file = giver(subject, resolution, path);
            let text = subject.catalog.text(&file).unwrap_or_default();
            let help = "name a value, such as one under `[variables]` of pack.toml";
            let problem = error(failed.to_string(), help);
            subject.at(&file, text_offset(text, path), problem)
        }
        RenderError::Path(path) => {
            let help = "a path is relative, stays inside of the repository and can be stored by every system";
            let (feature, offset) = wrong_path(subject, resolution);
            subject.at(&feature, offset, error(path.to_string(), help))
        }
        RenderError::Catalog(broken) => error(broken.to_string(), "mend it, or add the file"),
    }
}

/// What tera says, without its drawing of the place.
fn told(message: &str) -> String {
    let lines = message.lines().map(str::trim);
    let plain = lines.filter(|line| {
        !line.is_empty()
            && !line.starts_with("-->")
            && !line.contains('|')
            && !line.starts_with('=')
    });
    plain.collect::<Vec<_>>().join(", ")
}

/// The feature of the subject that gives a path, else the first that does.
fn giver(subject: &Subject<'_>, resolution: &Resolution, path: &str) -> String {
    let features = resolution.features.iter();
    let gives = features.filter(|(_, feature)| feature.output.iter().any(|o| o.path == path));
    let mut files = gives.map(|(name, _)| format!("features/{name}/feature.toml"));
    let first = files.clone().next();
    let own = files.find(|file| subject.files.contains_key(file));
    own.or(first).unwrap_or_else(|| "pack.toml".to_owned())
}

/// The feature of the subject with a path that is filled in, or is none.
fn wrong_path(subject: &Subject<'_>, resolution: &Resolution) -> (String, usize) {
    for (name, feature) in &resolution.features {
        let file = format!("features/{name}/feature.toml");
        let bad = feature.output.iter().find(|output| {
            output.path.contains("{{ pack.") || RepoPath::parse(&output.path).is_err()
        });
        if let (Some(output), Some(text)) = (bad, subject.files.get(&file)) {
            return (file, text_offset(text, &output.path));
        }
    }
    ("pack.toml".to_owned(), 0)
}

fn read_all(subject: &Subject<'_>, case: &Case, rendered: &Rendered, found: &mut Found) {
    for (path, file) in &rendered.files {
        let Some((message, help)) = unreadable(path, file) else {
            continue;
        };
        let templates = rendered.outputs.get(path).into_iter().flatten();
        let own = templates
            .clone()
            .find(|name| subject.files.contains_key(*name));
        let name = own.or_else(|| templates.clone().next());
        let label = name.map_or_else(|| path.to_string(), |name| subject.label(name));
        if !found.blames(&label) {
            found.add(seen(error(message, help).in_file(label), case));
        }
    }
}

/// What is wrong with a rendered file, if anything.
fn unreadable(path: &RepoPath, file: &DesiredFile) -> Option<(String, String)> {
    let merged = merge(path, None, Some(&file.text), Some(file), &git::merge_text);
    if let Err(problem) = merged {
        let line = problem.offset().map(|offset| {
            let before = file.text.get(..offset).unwrap_or_default();
            format!(
                " (line {} of what it gives)",
                before.matches('\n').count() + 1
            )
        });
        let what = match &problem {
            MergeError::Syntax { message, .. } => format!("{message}{}", line.unwrap_or_default()),
            other => other.to_string(),
        };
        return Some((
            format!("`{path}` is not what its format says: {what}"),
            "print values with the filter of the format".to_owned(),
        ));
    }
    whole(path, file).or_else(|| raw(path, file))
}

/// A whole file in a language that can be read.
fn whole(path: &RepoPath, file: &DesiredFile) -> Option<(String, String)> {
    if file.format != Format::WholeFile {
        return None;
    }
    let wrong = match path.as_str().rsplit('.').next() {
        Some("toml") => toml::from_str::<toml::Table>(&file.text)
            .err()
            .map(|error| error.message().replace('\n', ", ")),
        Some("json") if jsonc_value(&file.text).is_none() => {
            serde_json::from_str::<Value>(&file.text)
                .err()
                .map(|error| error.to_string())
        }
        _ => None,
    };
    let message = |wrong| format!("`{path}` cannot be read: {wrong}");
    wrong.map(|wrong| {
        (
            message(wrong),
            "print values with the filter of the language".to_owned(),
        )
    })
}

/// A script in which an odd value stands as it is: quoted, its apostrophe would read otherwise.
fn raw(path: &RepoPath, file: &DesiredFile) -> Option<(String, String)> {
    let (filter, is_script) = match path.as_str().rsplit('.').next() {
        Some("sh") => ("sh", true),
        Some("ps1") => ("ps1", true),
        _ => ("", false),
    };
    let mut lines = file
        .text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    (is_script && lines.any(|line| line.contains(ODD))).then(|| {
        (
            format!("`{path}` holds a value that is not quoted"),
            format!("print it with `| {filter}`"),
        )
    })
}
