//! The language that a pack's templates are written in: values are printed, chosen and walked through,
//! and nothing else.
//!
//! Tera can do more. What is left out could read the clock, or make a small template print without
//! end; what is left prints in proportion to the template and to what the user declared.

use std::collections::BTreeSet;

use super::load::Files;
use super::reader::CODE;
use super::scan::{ScanError, Tag, TagKind, Token, scan};
use super::texts;
use crate::catalog::{Delimiters, Feature};
use crate::model::Diagnostic;

/// The filters of `render` and those of tera that give no more than they take.
const FILTERS: [&str; 16] = [
    "attribute",
    "default",
    "env",
    "first",
    "join",
    "json",
    "last",
    "length",
    "lower",
    "ps1",
    "sh",
    "str",
    "toml",
    "trim",
    "upper",
    "yaml",
];
const TESTS: [&str; 10] = [
    "array",
    "bool",
    "containing",
    "defined",
    "ending_with",
    "none",
    "number",
    "starting_with",
    "string",
    "undefined",
];
const LONGEST_TAG: usize = 1_000;
const MOST_FILTERS: usize = 8;
const DEEPEST_FOR: usize = 2;
const DEEPEST_IF: usize = 4;
/// Tera goes one call deeper for each.
/// Far more than any of ours has; each prints at most a variable.
const MOST_TAGS: usize = 2_000;
const MOST_ELIF: usize = 32;
const MOST_ITEMS: usize = 32;
/// Problems shown of one template.
const MOST_PROBLEMS: usize = 10;

/// Checks every template that the features of a layered set render, as each feature's file says it
/// is written. `label` names a file for messages; files it gives no name are trusted.
#[must_use]
pub fn check(files: &Files, label: &dyn Fn(&str) -> Option<String>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut checked: BTreeSet<(String, bool)> = BTreeSet::new();
    for (path, text) in files {
        let folder = path.strip_suffix("feature.toml");
        let Some(folder) = folder.filter(|folder| folder.starts_with("features/")) else {
            continue;
        };
        let feature = match toml::from_str::<Feature>(text) {
            Ok(feature) => feature,
            Err(error) => {
                let Some(label) = label(path) else { continue };
                let offset = error.span().map_or(0, |span| span.start);
                let message = format!("invalid feature: {}", error.message().replace('\n', ", "));
                let problem = Diagnostic::error(CODE, message);
                found.push(
                    problem
                        .with_help("mend it in the pack")
                        .at(label, text, offset),
                );
                continue;
            }
        };
        if let Some(label) = label(path) {
            found.extend(texts::paths(&label, text, &feature));
        }
        for output in feature.output {
            let template = format!("{folder}{}", output.template);
            let key = (template, output.delimiters == Delimiters::Brackets);
            if checked.contains(&key) {
                continue;
            }
            // Either file alone may come from a pack: it is the pair that is rendered.
            let source = files.get(&key.0);
            let label = label(&key.0).or_else(|| label(path).map(|_| key.0.clone()));
            if let (Some(source), Some(label)) = (source, label) {
                found.extend(check_template(&label, source, output.delimiters));
            }
            checked.insert(key);
        }
    }
    found
}

/// Checks one template.
#[must_use]
pub fn check_template(path: &str, source: &str, delimiters: Delimiters) -> Vec<Diagnostic> {
    let mut check = Check::default();
    if let Some(at) = source.find(|c| matches!(c, '\u{e000}'..='\u{f8ff}')) {
        let what = "a private-use character; the renderer keeps them for itself";
        check.say(at, what, "remove it");
    }
    match scan(source, delimiters) {
        Ok(tags) => {
            if let Some(tag) = tags.get(MOST_TAGS) {
                let what = format!("more than {MOST_TAGS} tags");
                check.say(tag.offset, what, "split the template");
            }
            for tag in &tags {
                check.tag(tag, &source[tag.offset..tag.offset + tag.length]);
            }
            check.end(source.len());
        }
        Err(ScanError { offset, what }) => {
            let help = "text that is no tag but looks like one: set `delimiters = \"brackets\"` in feature.toml, or print it as a string";
            check.say(offset, what, help);
        }
    }
    let problems = check.problems.into_iter().take(MOST_PROBLEMS);
    problems
        .map(|(offset, what, help)| {
            let problem = Diagnostic::error(CODE, format!("templates run no code: {what}"));
            problem.with_help(help).at(path, source, offset)
        })
        .collect()
}

/// A tag that waits for its end.
enum Open<'a> {
    If { elifs: usize },
    For { variable: &'a str },
}

#[derive(Default)]
struct Check<'a> {
    open: Vec<Open<'a>>,
    problems: Vec<(usize, String, String)>,
}

impl<'a> Check<'a> {
    fn say(&mut self, offset: usize, what: impl Into<String>, help: impl Into<String>) {
        self.problems.push((offset, what.into(), help.into()));
    }

    fn tag(&mut self, tag: &Tag<'a>, text: &str) {
        if text.len() > LONGEST_TAG {
            let what = format!("a tag of more than {LONGEST_TAG} bytes");
            self.say(tag.offset, what, "split it");
            return;
        }
        let problem = match (tag.kind, tag.tokens.split_first()) {
            (TagKind::Print, _) => expression(&tag.tokens),
            (TagKind::Block, Some((Token::Name(name), rest))) => self.block(name, rest),
            (TagKind::Block, _) => Some(unknown_tag("")),
        };
        if let Some((what, help)) = problem {
            self.say(tag.offset, what, help);
        }
    }

    fn block(&mut self, name: &str, rest: &[Token<'a>]) -> Option<Problem> {
        let depth = |is: fn(&Open<'_>) -> bool| self.open.iter().filter(|open| is(open)).count();
        match name {
            "if" => {
                let deep = depth(|open| matches!(open, Open::If { .. })) >= DEEPEST_IF;
                self.open.push(Open::If { elifs: 0 });
                if deep {
                    return Some(too_deep("if", DEEPEST_IF));
                }
                expression(rest)
            }
            "elif" => {
                if let Some(Open::If { elifs }) = self.open.last_mut() {
                    *elifs += 1;
                    if *elifs > MOST_ELIF {
                        let help = "choose between fewer".to_owned();
                        return Some((format!("more than {MOST_ELIF} `elif` of one `if`"), help));
                    }
                }
                expression(rest)
            }
            "for" => {
                let deep = depth(|open| matches!(open, Open::For { .. })) >= DEEPEST_FOR;
                let problem = self.walk(rest);
                let variable = match rest.first() {
                    Some(Token::Name(name)) => name,
                    _ => "",
                };
                self.open.push(Open::For { variable });
                if deep {
                    return Some(too_deep("for", DEEPEST_FOR));
                }
                problem
            }
            "else" if rest.is_empty() => None,
            "endif" if rest.is_empty() && matches!(self.open.last(), Some(Open::If { .. })) => {
                self.open.pop();
                None
            }
            "endfor" if rest.is_empty() && matches!(self.open.last(), Some(Open::For { .. })) => {
                self.open.pop();
                None
            }
            "else" | "endif" | "endfor" => {
                let what = format!("an `{name}` that ends nothing");
                Some((what, "remove it".to_owned()))
            }
            _ => Some(unknown_tag(name)),
        }
    }

    /// `NAME in a.b.c`, or `NAME in [literals]`. A loop inside another walks through what the outer
    /// one has in hand, so that both together pass each value once.
    fn walk(&self, rest: &[Token<'a>]) -> Option<Problem> {
        let help = "write `for NAME in a.b` or `for NAME in [\"a\", \"b\"]`".to_owned();
        let [Token::Name(_), Token::Name("in"), walked @ ..] = rest else {
            return Some(("an odd `for`".to_owned(), help));
        };
        if let [Token::Mark("["), items @ .., Token::Mark("]")] = walked {
            let is_literal =
                |token: &Token<'_>| matches!(token, Token::Text | Token::Number | Token::Mark(","));
            if items.iter().all(is_literal) && items.len() <= 2 * MOST_ITEMS {
                return None;
            }
            return Some((
                format!("a `for` over more than {MOST_ITEMS} literals"),
                help,
            ));
        }
        let is_dotted = |(index, token): (usize, &Token<'_>)| match token {
            Token::Name(_) => index % 2 == 0,
            Token::Mark(".") => index % 2 == 1,
            _ => false,
        };
        if walked.len() % 2 == 0 || !walked.iter().enumerate().all(is_dotted) {
            return Some(("a `for` over something computed".to_owned(), help));
        }
        let outer = self.open.iter().rev().find_map(|open| match open {
            Open::For { variable } => Some(*variable),
            Open::If { .. } => None,
        });
        let first = match walked.first() {
            Some(Token::Name(name)) => *name,
            _ => "",
        };
        if first.starts_with("__") {
            return Some(inner(first));
        }
        if first == "pack" && outer != Some("pack") {
            let help = "pack variables are single values; print it".to_owned();
            return Some(("a `for` over a pack variable".to_owned(), help));
        }
        let is_inner = outer.is_none_or(|outer| first == outer && walked.len() > 1);
        (!is_inner).then(|| {
            let what = "a `for` inside a `for` that walks through something else".to_owned();
            let outer = outer.unwrap_or_default();
            (what, format!("write `for NAME in {outer}.FIELD`"))
        })
    }

    fn end(&mut self, offset: usize) {
        if !self.open.is_empty() {
            self.say(
                offset,
                "a tag that has no end",
                "add its `endif` or `endfor`",
            );
        }
    }
}

type Problem = (String, String);

fn unknown_tag(name: &str) -> Problem {
    let help = "templates may use `if`, `elif`, `else`, `endif`, `for` and `endfor`";
    let what = if name.is_empty() {
        "a tag without a name".to_owned()
    } else {
        format!("the tag `{name}`")
    };
    (what, help.to_owned())
}

fn too_deep(name: &str, deepest: usize) -> Problem {
    let what = format!("`{name}` nested more than {deepest} deep");
    (
        what,
        "split the template, or move the choice into the features".to_owned(),
    )
}

/// Names, literals, operators, filters and tests of the lists.
fn expression(tokens: &[Token<'_>]) -> Option<Problem> {
    let mut filters = 0;
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| tokens.get(index));
        let after = tokens.get(index + 1);
        match token {
            Token::Name(name) if name.starts_with("__") => return Some(inner(name)),
            Token::Name("pack")
                if before != Some(&Token::Mark(".")) && after != Some(&Token::Mark(".")) =>
            {
                let help = "print one of them, `pack.NAME`".to_owned();
                return Some(("all the pack's variables at once".to_owned(), help));
            }
            Token::Name("for") => {
                let help = "write a `for` tag".to_owned();
                return Some(("a list that is computed".to_owned(), help));
            }
            Token::Mark("|") => {
                filters += 1;
                let Some(Token::Name(name)) = after else {
                    return Some(("a filter without a name".to_owned(), filters_help()));
                };
                if !FILTERS.contains(name) {
                    return Some((format!("the filter `{name}`"), filters_help()));
                }
            }
            Token::Name("is") => {
                let name = match after {
                    Some(Token::Name("not")) => tokens.get(index + 2),
                    other => other,
                };
                match name {
                    Some(Token::Name(name)) if TESTS.contains(name) => {}
                    _ => {
                        let help = format!("the tests are: {}", TESTS.join(", "));
                        return Some(("a test that is none of ours".to_owned(), help));
                    }
                }
            }
            Token::Mark("(") if is_call(tokens, index) => {
                let name = match before {
                    Some(Token::Name(name)) => name,
                    _ => "it",
                };
                let help = "print a value, or declare one under `[variables]` of pack.toml";
                return Some((format!("a call of `{name}`"), help.to_owned()));
            }
            Token::Mark(mark @ ("..." | "{" | "}" | "@" | "</")) => {
                let what = format!("`{mark}` in a tag");
                return Some((what, "print values alone".to_owned()));
            }
            Token::Mark("<") if !before.is_some_and(is_operand) => {
                return Some(("a component".to_owned(), "print values alone".to_owned()));
            }
            _ => {}
        }
    }
    (filters > MOST_FILTERS).then(|| {
        let what = format!("more than {MOST_FILTERS} filters in one tag");
        (what, "remove some".to_owned())
    })
}

/// Whether a parenthesis stands behind something that is neither filter, test nor operator.
fn is_call(tokens: &[Token<'_>], paren: usize) -> bool {
    let back = |steps: usize| paren.checked_sub(steps).and_then(|at| tokens.get(at));
    match back(1) {
        Some(Token::Name("and" | "or" | "not" | "in" | "if" | "else")) => false,
        Some(Token::Name(_)) => !match back(2) {
            Some(Token::Mark("|") | Token::Name("is")) => true,
            Some(Token::Name("not")) => back(3) == Some(&Token::Name("is")),
            _ => false,
        },
        Some(Token::Mark(")" | "]")) => true,
        _ => false,
    }
}

fn is_operand(token: &Token<'_>) -> bool {
    match token {
        Token::Name(name) => !matches!(*name, "and" | "or" | "not" | "in" | "if" | "else"),
        Token::Number | Token::Text | Token::Mark(")" | "]") => true,
        Token::Mark(_) => false,
    }
}

fn inner(name: &str) -> Problem {
    let help = "print values alone".to_owned();
    (format!("`{name}`, which is the renderer's own"), help)
}

fn filters_help() -> String {
    format!("the filters are: {}", FILTERS.join(", "))
}
