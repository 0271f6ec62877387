//! Which ignore rules are needed so that git ignores `/x` and sees `!/x`; other rules as they are.

use gix_glob::pattern::Case;
use gix_glob::wildmatch::Mode;

/// The rules of an ignore file, read as git reads them.
struct Rules(Vec<gix_glob::Pattern>);

/// What a desired line asks for.
enum Wish<'a> {
    /// Git sees this file.
    Seen(&'a str),
    /// Git ignores this file or folder.
    Ignored(&'a str),
    /// This very line is there.
    Line(&'a str),
}

/// The lines to append, in order: rules as they are, then what makes files seen, then what ignores.
pub(super) fn needed(text: &str, facts: &[&str]) -> Vec<String> {
    let mut rules = Rules::read(text);
    let mut lines = Vec::new();
    for line in facts.iter().filter(|line| !holds(text, &rules, line)) {
        if let Wish::Line(line) = wish(line) {
            lines.push(line.to_owned());
        }
    }
    for line in &lines {
        rules.add(line);
    }
    for fact in facts {
        if let Wish::Seen(path) = wish(fact) {
            show(&mut rules, path, &mut lines);
        }
    }
    for fact in facts {
        if let Wish::Ignored(path) = wish(fact)
            && !rules.ignores(path)
        {
            push(&mut rules, &mut lines, format!("/{}", escaped(path)));
        }
    }
    lines
}

/// How many of the facts hold.
pub(super) fn holding(text: &str, facts: &[&str]) -> usize {
    let rules = Rules::read(text);
    let holds = |fact: &&&str| holds(text, &rules, fact);
    facts.iter().filter(holds).count()
}

fn holds(text: &str, rules: &Rules, fact: &str) -> bool {
    match wish(fact) {
        Wish::Seen(path) => !rules.ignores(path),
        Wish::Ignored(path) => rules.ignores(path),
        Wish::Line(line) => text.lines().any(|other| other.trim_end() == line),
    }
}

/// A path from the root is a fact, however it comes to be true; patterns and names for any folder
/// are taken as they stand.
fn wish(line: &str) -> Wish<'_> {
    let seen = line.strip_prefix('!').and_then(plain_path);
    match (seen, plain_path(line)) {
        (Some(path), _) => Wish::Seen(path),
        (None, Some(path)) => Wish::Ignored(path),
        (None, None) => Wish::Line(line),
    }
}

fn plain_path(text: &str) -> Option<&str> {
    let path = text.strip_prefix('/')?;
    let is_pattern = path.ends_with('/') || path.contains(['*', '?', '\\']);
    (!is_pattern).then_some(path)
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
    rules.add(&line);
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

    fn add(&mut self, line: &str) {
        let pattern = gix_glob::Pattern::from_bytes(line.as_bytes());
        self.0.extend(pattern);
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
    fn a_pattern_is_needed_as_it_stands() {
        let facts = [
            ".env",
            "*.log",
            "!keep.log",
            "/build/",
            "/.env.local",
            "!/a.log",
        ];
        let all = [
            ".env",
            "*.log",
            "!keep.log",
            "/build/",
            "!/a.log",
            "/.env.local",
        ];
        assert_eq!(needed("", &facts), all);
        assert_eq!(
            needed("*.log \r\n.env*\r\n", &facts),
            [".env", "!keep.log", "/build/", "!/a.log"]
        );
        assert_eq!(holding(&all.join("\n"), &facts), facts.len());
        assert!(needed(&all.join("\r\n"), &facts).is_empty());
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
