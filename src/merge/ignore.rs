//! Which ignore rules are needed so that git ignores `/x` and sees `!/x`.

use gix_glob::pattern::Case;
use gix_glob::wildmatch::Mode;

/// The rules of an ignore file, read as git reads them.
struct Rules(Vec<gix_glob::Pattern>);

/// The lines to append, in order: first what makes files seen, then what ignores.
pub(super) fn needed(text: &str, facts: &[&str]) -> Vec<String> {
    let mut rules = Rules::read(text);
    let mut lines = Vec::new();
    for path in facts.iter().filter_map(|fact| fact.strip_prefix("!/")) {
        show(&mut rules, path, &mut lines);
    }
    for path in facts.iter().filter_map(|fact| fact.strip_prefix('/')) {
        if !rules.ignores(path) {
            push(&mut rules, &mut lines, format!("/{}", escaped(path)));
        }
    }
    lines
}

/// How many of the facts hold.
pub(super) fn holding(text: &str, facts: &[&str]) -> usize {
    let rules = Rules::read(text);
    let holds = |fact: &&&str| match fact.strip_prefix("!/") {
        Some(path) => !rules.ignores(path),
        None => rules.ignores(fact.trim_start_matches('/')),
    };
    facts.iter().filter(holds).count()
}

/// Makes git see a file. A folder that is ignored must be seen first, and the rest of what is in
/// it ignored again.
fn show(rules: &mut Rules, path: &str, lines: &mut Vec<String>) {
    for (end, _) in path.match_indices('/') {
        let folder = &path[..end];
        if rules.last_match(folder, true) == Some(true) {
            push(rules, lines, format!("!/{}/", escaped(folder)));
            push(rules, lines, format!("/{}/*", escaped(folder)));
        }
    }
    if rules.last_match(path, false) == Some(true) {
        push(rules, lines, format!("!/{}", escaped(path)));
    }
}

fn push(rules: &mut Rules, lines: &mut Vec<String>, line: String) {
    rules
        .0
        .extend(gix_glob::Pattern::from_bytes(line.as_bytes()));
    lines.push(line);
}

/// A path as a pattern that matches it alone.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '\\' | '*' | '?' | '[') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

impl Rules {
    fn read(text: &str) -> Self {
        Self(
            gix_ignore::parse(text.as_bytes(), false)
                .map(|(pattern, _, _)| pattern)
                .collect(),
        )
    }

    /// Whether git ignores a file: itself, or any folder above it.
    fn ignores(&self, path: &str) -> bool {
        let folder = |(end, _): (usize, &str)| self.last_match(&path[..end], true) == Some(true);
        path.match_indices('/').any(folder) || self.last_match(path, false) == Some(true)
    }

    /// What the last rule that matches says: ignored, seen, or nothing.
    fn last_match(&self, path: &str, is_dir: bool) -> Option<bool> {
        let name = path.rfind('/').map(|at| at + 1);
        let matches = |pattern: &&gix_glob::Pattern| {
            pattern.matches_repo_relative_path(
                path.into(),
                name,
                Some(is_dir),
                Case::Sensitive,
                Mode::NO_MATCH_SLASH_LITERAL,
            )
        };
        self.0
            .iter()
            .rev()
            .find(matches)
            .map(|pattern| !pattern.is_negative())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: [&str; 6] = [
        "/.env",
        "/.claude/settings.local.json",
        "!/.env.template",
        "!/.claude/settings.json",
        "!/scripts/run-claude.sh",
        "!/scripts/run-claude.ps1",
    ];

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(needed(text, &FACTS), expected, "{text:?}");
        let whole =
            super::super::lines::append(text, needed(text, &FACTS).iter().map(String::as_str));
        assert_eq!(holding(&whole, &FACTS), FACTS.len(), "{whole:?}");
        assert!(needed(&whole, &FACTS).is_empty(), "{whole:?}");
    }

    #[test]
    fn only_what_is_needed() {
        check("", &["/.env", "/.claude/settings.local.json"]);
        check(
            ".env*\r\n",
            &["!/.env.template", "/.claude/settings.local.json"],
        );
        check(".env\n*.local.json", &[]);
        let open = [
            "!/.claude/",
            "/.claude/*",
            "!/.claude/settings.json",
            "/.env",
        ];
        check(".claude/\n", &open);
        check("\u{feff}.claude", &open);
        check("/.claude/*\n", &["!/.claude/settings.json", "/.env"]);
        check(
            "*.sh\n.env\n",
            &["!/scripts/run-claude.sh", "/.claude/settings.local.json"],
        );
        check(
            "scripts\n.env\n*.local.json\n",
            &[
                "!/scripts/",
                "/scripts/*",
                "!/scripts/run-claude.sh",
                "!/scripts/run-claude.ps1",
            ],
        );
    }
}
