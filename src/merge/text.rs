//! Whole files: merged as texts with LF line ends, the file's own restored.

use similar::DiffOp;

use super::{Merged, TextMerge, lines, released};
use crate::model::{BaseFile, Conflict, DesiredFile, Format, KeyPath, Value};

pub(super) fn merge(
    base: &BaseFile,
    actual: Option<&str>,
    desired: Option<&DesiredFile>,
    text_merge: TextMerge<'_>,
) -> Merged {
    let root = KeyPath::root();
    let rendered = base.keys.get(&root).and_then(Value::as_str);
    let now = actual.map(lines::normal);
    let Some(desired) = desired else {
        let untouched = base.created && now.is_some() && now.as_deref() == rendered;
        return released(actual.filter(|_| !untouched));
    };
    let wanted = lines::normal(&desired.text);
    let (Some(actual), Some(now)) = (actual, now) else {
        return merged(base, true, desired.text.clone(), &wanted);
    };
    if now == wanted || rendered == Some(&*wanted) {
        return merged(base, base.created, actual.to_owned(), &wanted);
    }
    let new = match rendered {
        Some(rendered) if rendered == now => Some(wanted.clone().into_owned()),
        Some(rendered) => text_merge(rendered, &now, &wanted),
        None => None,
    };
    match new {
        Some(new) => merged(base, base.created, restore(actual, &new), &wanted),
        None => conflict(base, actual, &now, &wanted),
    }
}

fn merged(base: &BaseFile, created: bool, text: String, wanted: &str) -> Merged {
    let new = BaseFile {
        format: Some(Format::WholeFile),
        created: created || base.created,
        keys: [(KeyPath::root(), Value::from(wanted))].into(),
        ..BaseFile::default()
    };
    Merged {
        text: Some(text),
        conflicts: Vec::new(),
        base: Some(new),
    }
}

fn conflict(base: &BaseFile, actual: &str, now: &str, wanted: &str) -> Merged {
    let root = KeyPath::root();
    let new = BaseFile {
        format: Some(Format::WholeFile),
        created: base.created,
        keys: base.keys.clone(),
        pending: [root.clone()].into(),
        ..BaseFile::default()
    };
    let conflict = Conflict {
        base: base.keys.get(&root).cloned(),
        key: root,
        actual: Some(Value::from(now)),
        desired: Some(Value::from(wanted)),
    };
    Merged {
        text: Some(actual.to_owned()),
        conflicts: vec![conflict],
        base: Some(new),
    }
}

/// Gives a text with LF line ends the BOM and the line ends of another: each unchanged line its
/// own, new lines the commoner one.
pub(super) fn restore(like: &str, text: &str) -> String {
    let (bom, body) = lines::split_bom(like);
    let old = lines::split(body);
    let windows = old.iter().filter(|line| line.end == "\r\n").count();
    let unix = old.iter().filter(|line| line.end == "\n").count();
    if windows == 0 {
        return format!("{bom}{text}");
    }
    let common = if windows > unix { "\r\n" } else { "\n" };
    let new = lines::split(text);
    let mut ends = vec![common; new.len()];
    if unix > 0 {
        let old_texts: Vec<&str> = old.iter().map(|line| line.text).collect();
        let new_texts: Vec<&str> = new.iter().map(|line| line.text).collect();
        for op in lines::line_ops(&old_texts, &new_texts) {
            let DiffOp::Equal {
                old_index,
                new_index,
                len,
            } = op
            else {
                continue;
            };
            for at in (0..len).filter(|at| !old[old_index + at].end.is_empty()) {
                ends[new_index + at] = old[old_index + at].end;
            }
        }
    }
    let mut out = bom.to_owned();
    for (line, end) in new.iter().zip(ends) {
        out.push_str(line.text);
        if !line.end.is_empty() {
            out.push_str(end);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mode;

    fn line_merge(base: &str, actual: &str, desired: &str) -> Option<String> {
        let user = actual.strip_prefix(base)?;
        Some(format!("{desired}{user}"))
    }

    fn check(base: Option<&str>, actual: Option<&str>, desired: Option<&str>, expected: &str) {
        let mut known = BaseFile {
            created: true,
            ..BaseFile::default()
        };
        known
            .keys
            .extend(base.map(|text| (KeyPath::root(), Value::from(text))));
        let file = |text: &str| DesiredFile {
            format: Format::WholeFile,
            mode: Mode::Regular,
            text: text.to_owned(),
        };
        let m = merge(&known, actual, desired.map(file).as_ref(), &line_merge);
        let text = m.text.unwrap_or("-".to_owned());
        let rendered = m.base.map_or("-".to_owned(), |b| {
            b.keys.values().map(Value::to_string).collect()
        });
        assert_eq!(
            format!("{text:?} {rendered} {}", m.conflicts.len()),
            expected
        );
    }

    #[test]
    fn whole_files() {
        check(None, None, Some("a\n"), r#""a\n" "a\n" 0"#);
        check(
            None,
            Some("\u{feff}a\r\n"),
            Some("a\n"),
            "\"\\u{feff}a\\r\\n\" \"a\\n\" 0",
        );
        check(None, Some("b\n"), Some("a\n"), r#""b\n"  1"#);
        check(
            Some("a\n"),
            Some("a\r\n"),
            Some("b\nc\n"),
            r#""b\r\nc\r\n" "b\nc\n" 0"#,
        );
        check(
            Some("a\n"),
            Some("a\nu\n"),
            Some("b\n"),
            r#""b\nu\n" "b\n" 0"#,
        );
        check(Some("a\n"), Some("u\n"), Some("b\n"), r#""u\n" "a\n" 1"#);
        check(Some("a\n"), Some("u\n"), Some("a\n"), r#""u\n" "a\n" 0"#);
        check(Some("a\n"), Some("a\r\n"), None, r#""-" - 0"#);
        check(Some("a\n"), Some("u\n"), None, r#""u\n" - 0"#);
    }

    #[test]
    fn line_ends_are_restored() {
        assert_eq!(restore("a\r\nb\n", "a\nx\nb\n"), "a\r\nx\nb\n");
        assert_eq!(restore("a\r\nb\r\nc", "a\nc"), "a\r\nc");
    }
}
