//! Findings in words. None holds a key; the hash lets its owner tell it from others.

use super::{Leak, Scanner, is_grave};
use crate::diagnose::quoted;
use crate::git::{Gap, Held};
use crate::model::{Diagnostic, RepoPath, TextEdit};

const CODE: &str = "CS003";
const REWRITE: &str = "`git filter-repo --replace-text` rewrites history where that is wanted";

/// Returns the finding of a key. Where it stands in a file, a commit that has it, too, is named beside:
/// line and column are the file's, not the commit's.
#[must_use]
pub fn leaked(
    scanner: &Scanner,
    path: &str,
    leak: &Leak,
    (place, commit): (&Held, Option<&str>),
) -> Diagnostic {
    let row = scanner.row(leak);
    let what = row.map_or_else(
        || "likely key".to_owned(),
        |row| format!("{} {}", row.vendor, row.what).trim().to_owned(),
    );
    let by_name = row.is_none_or(|row| row.prefixes.is_empty());
    let shown = match leak.shown.as_str() {
        "" => String::new(),
        name if by_name => format!("the value of `{name}`, "),
        prefix => format!("`{prefix}…`, "),
    };
    let stands = match place {
        Held::Tree => "",
        Held::Index => " in the index, not in the work tree",
        Held::Commit(_) => " in the history",
    };
    let sum = &leak.fingerprint;
    let message = format!("{what}{stands}: {shown}sha256 {sum}");
    let mut told = if is_grave(row) {
        Diagnostic::error(CODE, message)
    } else {
        Diagnostic::warning(CODE, message)
    };
    told.path = Some(path.to_owned());
    told.line = Some(leak.line);
    told.column = Some(leak.column);
    if let Held::Commit(id) = place {
        told.commit = Some(id.clone());
    }
    told.with_help(help(row.map(|row| row.rotate.as_str()), place, commit))
}

fn help(rotate: Option<&str>, held: &Held, commit: Option<&str>) -> String {
    let first = match rotate {
        Some(rotate) => format!("make it worthless: {rotate}"),
        None => "if it opens something, make it worthless where it was issued".to_owned(),
    };
    let rest = match (held, commit) {
        (Held::Commit(_), _) => format!(
            "taking it out of the file is not enough, every clone has the commit; {REWRITE}"
        ),
        (_, Some(id)) => {
            let id = id.get(..12).unwrap_or(id);
            format!(
                "taking it out of the file is not enough, commit {id} has it, and so has every clone; {REWRITE}"
            )
        }
        (Held::Index, None) => "take it out before the commit: `git restore --staged`".to_owned(),
        (Held::Tree, None) => {
            "then keep the next one in the env file that git ignores, or in a secret manager"
                .to_owned()
        }
    };
    let known = match rotate {
        Some(_) => "",
        None => "; if it opens nothing, `claude-scaffold check --write-baseline` remembers that",
    };
    format!("{first}; {rest}{known}")
}

/// Says that git tracks a file for credentials.
#[must_use]
pub fn env_file_tracked(path: &str) -> Diagnostic {
    let message = format!("git tracks `{path}`, so every key in it is committed");
    Diagnostic::error(CODE, message)
        .in_file(path)
        .with_help(format!(
            "untrack it: `git rm --cached {}`, ignore it, and replace the keys that it held",
            quoted(path)
        ))
}

/// Says that git would add a file for credentials.
#[must_use]
pub fn env_file_shown(path: &str, ignore: &str) -> Diagnostic {
    let message =
        format!("git does not ignore `{path}`, so the next `git add` takes the keys in it");
    let line = format!("/{path}");
    Diagnostic::warning(CODE, message)
        .in_file(path)
        .with_help(format!("add the line `{line}` to `.gitignore`"))
        .with_fix(appended(ignore, &line))
}

/// Says that git ignores the template that tells the team which keys are needed.
#[must_use]
pub fn template_hidden(path: &str, ignore: &str) -> Diagnostic {
    let message = format!("git ignores `{path}`, so nobody sees which values are needed");
    let line = format!("!/{path}");
    Diagnostic::warning(CODE, message)
        .in_file(path)
        .with_help(format!(
            "add the line `{line}` to `.gitignore`, below the rule that hides it, which \
             `git check-ignore -v {}` names",
            quoted(path)
        ))
        .with_fix(appended(ignore, &line))
}

/// The edit that adds a line to an ignore file, with the line ends that it has.
fn appended(text: &str, line: &str) -> Option<TextEdit> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let open = !text.is_empty() && !text.ends_with('\n');
    let before = if open { end } else { "" };
    Some(TextEdit {
        path: RepoPath::parse(".gitignore").ok()?,
        range: text.len()..text.len(),
        text: format!("{before}{line}{end}"),
    })
}

/// Says what could not be searched, so that silence is not taken for a clean repository.
#[must_use]
pub fn unsearched(gap: &Gap) -> Diagnostic {
    match gap {
        Gap::Shallow => Diagnostic::warning(
            CODE,
            "the history is incomplete: this clone is shallow, so keys in older commits stay unseen",
        )
        .with_help("`git fetch --unshallow`, in CI `fetch-depth: 0`, and check again"),
        Gap::Partial => Diagnostic::warning(
            CODE,
            "the history is incomplete: this clone is partial, and files that it lacks stay unseen",
        )
        .with_help("`git fetch --refetch --filter=blob:none` does not do; clone without `--filter`"),
        Gap::Broken(why) => Diagnostic::warning(
            CODE,
            format!("the search is incomplete: git objects are missing or broken, {why}"),
        )
        .with_help("`git fsck` names them all; fetch them again, or clone anew"),
        Gap::Closed(why) => Diagnostic::warning(CODE, format!("git's data cannot be read: {why}"))
            .with_help("keys were not looked for; SHA-256 repositories are among what cannot be read"),
        Gap::Large(path) => Diagnostic::note(
            CODE,
            "too large to be searched in git's index or history",
        )
        .in_file(path),
        Gap::Unreadable(path) => {
            Diagnostic::warning(CODE, "cannot be read, so keys in it stay unseen").in_file(path)
        }
    }
}
