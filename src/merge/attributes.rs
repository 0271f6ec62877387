//! Which attribute lines are needed so that git gives a file the attributes a line states.

use gix_glob::pattern::Case;
use gix_glob::wildmatch::Mode;

/// The lines to append: those of which the text does not say the same already.
pub(super) fn needed(text: &str, facts: &[&str]) -> Vec<String> {
    let rules: Vec<_> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .filter_map(rule)
        .collect();
    let holds = |fact: &str| {
        let Some((pattern, attributes)) = split(fact) else {
            return true;
        };
        let path = pattern.trim_start_matches('/');
        attributes.split_ascii_whitespace().all(|wanted| {
            let name = name_of(wanted);
            let last = rules
                .iter()
                .rev()
                .filter(|(pattern, _)| matches(pattern, path));
            let state = last.filter_map(|(_, attributes)| {
                attributes
                    .split_ascii_whitespace()
                    .rev()
                    .find_map(|a| says(a, name))
            });
            state.into_iter().next().as_deref() == Some(wanted)
        })
    };
    facts
        .iter()
        .filter(|fact| !holds(fact))
        .map(|fact| (*fact).to_owned())
        .collect()
}

fn rule(line: &str) -> Option<(gix_glob::Pattern, &str)> {
    let (pattern, attributes) = split(line)?;
    Some((
        gix_glob::Pattern::from_bytes_without_negation(pattern.as_bytes())?,
        attributes,
    ))
}

/// Parts a line into its pattern, quotes removed, and its attributes.
fn split(line: &str) -> Option<(String, &str)> {
    let line = line.trim();
    if line.is_empty()
        || line.starts_with('#')
        || line.starts_with('!')
        || line.starts_with("[attr]")
    {
        return None;
    }
    if line.starts_with('"') {
        let mut stream = serde_json::Deserializer::from_str(line).into_iter::<String>();
        let pattern = stream.next()?.ok()?;
        return Some((pattern, &line[stream.byte_offset()..]));
    }
    let end = line.find([' ', '\t'])?;
    Some((line[..end].to_owned(), &line[end..]))
}

fn matches(pattern: &gix_glob::Pattern, path: &str) -> bool {
    let name = path.rfind('/').map(|at| at + 1);
    pattern.matches_repo_relative_path(
        path.into(),
        name,
        Some(false),
        Case::Sensitive,
        Mode::NO_MATCH_SLASH_LITERAL,
    )
}

fn name_of(attribute: &str) -> &str {
    let name = attribute.trim_start_matches(['-', '!']);
    name.split('=').next().unwrap_or(name)
}

/// What an attribute says about a name, git's own macro taken apart.
fn says(attribute: &str, name: &str) -> Option<String> {
    if name_of(attribute) == name {
        return Some(attribute.to_owned());
    }
    (attribute == "binary" && matches!(name, "text" | "diff" | "merge")).then(|| format!("-{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(
            needed(text, &["/scripts/run-claude.sh text eol=lf"]),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn only_what_is_not_said() {
        let ours = ["/scripts/run-claude.sh text eol=lf"];
        check("", &ours);
        check("*.sh text eol=lf\r\n", &[]);
        check("* text=auto\n*.sh eol=lf\n", &ours);
        check("*.sh text eol=lf\nscripts/* -text\n", &ours);
        check("*.sh eol=lf text\n*.sh diff=sh", &[]);
        check("*.sh text eol=lf\nrun-claude.sh binary\n", &ours);
    }
}
