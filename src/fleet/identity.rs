//! When two repositories get the same change: the same lines come and go, wherever they stand.
//!
//! Context and line numbers do not count, for they are the repository's own; nor does the lockfile, which
//! only records the rest; nor the project's tag, which is another one everywhere.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::model::Plan;

/// What stands for the project's tag.
const TAG: &str = "\u{1}";

/// Returns the lines of a patch that make it the change it is.
pub(super) fn worded_alike(diff: &str, tag: Option<&str>, lockfile: Option<&str>) -> String {
    let mut out = String::with_capacity(diff.len());
    let mut is_lockfile = false;
    for line in diff.lines() {
        let plain = line.strip_prefix("# ").unwrap_or(line);
        if let Some(files) = plain.strip_prefix("diff --git ") {
            is_lockfile = lockfile.is_some_and(|path| files.ends_with(path));
        }
        let counts = plain.starts_with(['+', '-']) || plain.starts_with("diff --git ");
        if !counts || is_lockfile {
            continue;
        }
        match tag {
            Some(tag) => push_without(&mut out, plain, tag),
            None => out.push_str(plain),
        }
        out.push('\n');
    }
    out
}

/// A line with a word replaced wherever it stands as a whole value.
fn push_without(out: &mut String, line: &str, tag: &str) {
    let mut rest = line;
    while let Some(at) = rest.find(tag).filter(|_| !tag.is_empty()) {
        let (before, after) = (&rest[..at], &rest[at + tag.len()..]);
        let opens = before.ends_with(['"', '\'', '=', ' ', ':']);
        let closes = after.is_empty() || after.starts_with(['"', '\'', ',', ' ', ';']);
        out.push_str(before);
        out.push_str(if opens && closes { TAG } else { tag });
        rest = after;
    }
    out.push_str(rest);
}

/// Returns twelve hexadecimal digits that stand for a change.
pub(super) fn change_id(plan: &Plan, lines: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(lines.as_bytes());
    for change in &plan.changes {
        for conflict in &change.conflicts {
            hash.update(format!("\u{0}{}\u{0}{}", change.path, conflict.key).as_bytes());
        }
    }
    let digest = hash.finalize();
    digest.iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::worded_alike;

    const A: &str =
        "diff --git a/x b/x\n@@ -1,2 +1,3 @@\n context\n+tag = \"api\"\n+apiKeyHelper\n";
    const B: &str = "diff --git a/x b/x\n@@ -7,2 +9,3 @@\n other\n+tag = \"web\"\n+apiKeyHelper\n";

    #[test]
    fn places_surroundings_and_tags_make_no_other_change() {
        let alike = worded_alike(A, Some("api"), None);
        assert_eq!(alike, worded_alike(B, Some("web"), None));
        assert_ne!(alike, worded_alike(B, Some("api"), None));
    }

    #[test]
    fn the_lockfile_does_not_count() {
        let lock = "diff --git a/l.lock b/l.lock\n+one\n";
        let with = format!("{lock}{A}");
        assert_eq!(
            worded_alike(&with, None, Some("l.lock")),
            worded_alike(A, None, None)
        );
    }
}
