//! Three-way merge of texts, as git does it.

use git2::{MergeFileInput, MergeFileOptions, MergeFileResult};

const YOURS: &str = "yours";
const TEMPLATES: &str = "the template's";

/// Merges three texts; none where they conflict.
#[must_use]
pub fn merge_text(base: &str, actual: &str, desired: &str) -> Option<String> {
    let merged = merge(base, actual, desired, &mut MergeFileOptions::new())?;
    if !merged.is_automergeable() {
        return None;
    }
    text_of(&merged)
}

/// Merges three texts with both sides, and the base where there is one, between git's markers
/// wherever they conflict.
#[must_use]
pub fn mark_conflicts(base: Option<&str>, actual: &str, desired: &str) -> String {
    let mut options = MergeFileOptions::new();
    options
        .our_label(YOURS)
        .their_label(TEMPLATES)
        .ancestor_label("rendered last")
        .style_diff3(base.is_some());
    let merged = merge(base.unwrap_or_default(), actual, desired, &mut options);
    let merged = merged.and_then(|merged| text_of(&merged));
    merged.unwrap_or_else(|| actual.to_owned())
}

/// Returns where the first of the markers stands that [`mark_conflicts`] writes.
#[must_use]
pub fn marked(text: &str) -> Option<usize> {
    let marks = [format!("<<<<<<< {YOURS}"), format!(">>>>>>> {TEMPLATES}")];
    let is_line = |at: usize, mark: &str| {
        let (before, after) = (&text[..at], &text[at + mark.len()..]);
        (before.is_empty() || before.ends_with('\n'))
            && after
                .trim_start_matches('\r')
                .chars()
                .next()
                .is_none_or(|c| c == '\n')
    };
    let found = marks.iter().flat_map(|mark| {
        let places = text.match_indices(mark.as_str());
        places.map(|(at, _)| at).filter(|at| is_line(*at, mark))
    });
    found.min()
}

fn text_of(merged: &MergeFileResult) -> Option<String> {
    String::from_utf8(merged.content().to_vec()).ok()
}

fn merge(
    base: &str,
    actual: &str,
    desired: &str,
    options: &mut MergeFileOptions,
) -> Option<MergeFileResult> {
    // libgit2 sets itself up on most calls but not on this one.
    let _ = git2::Oid::hash_object(git2::ObjectType::Blob, b"");
    let (mut ancestor, mut ours, mut theirs) = (
        MergeFileInput::new(),
        MergeFileInput::new(),
        MergeFileInput::new(),
    );
    ancestor.content(base.as_bytes());
    ours.content(actual.as_bytes());
    theirs.content(desired.as_bytes());
    git2::merge_file(&ancestor, &ours, &theirs, Some(options)).ok()
}

#[cfg(test)]
mod tests {
    use super::{mark_conflicts, marked, merge_text};

    #[test]
    fn both_sides_of_a_text_are_kept() {
        let base = "a\nb\nc\nd\ne\n";
        let merged = merge_text(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n");
        assert_eq!(merged.as_deref(), Some("A\nb\nc\nd\nE\n"));
        assert_eq!(merge_text("a\n", "b\n", "c\n"), None);
    }

    #[test]
    fn markers_hold_every_side() {
        let marked = mark_conflicts(Some("a\n"), "b\n", "c\n");
        let expected =
            "<<<<<<< yours\nb\n||||||| rendered last\na\n=======\nc\n>>>>>>> the template's\n";
        assert_eq!(marked, expected);
        let marked = mark_conflicts(None, "1\nb\n", "1\nc\n");
        assert_eq!(
            marked,
            "1\n<<<<<<< yours\nb\n=======\nc\n>>>>>>> the template's\n"
        );
    }

    #[test]
    fn markers_are_found_until_the_last_is_gone() {
        for (text, expected) in [
            (
                "a\n<<<<<<< yours\nb\n=======\nc\n>>>>>>> the template's\n",
                Some(2),
            ),
            ("a\r\n>>>>>>> the template's\r\n", Some(3)),
            (">>>>>>> the template's", Some(0)),
            ("a\n=======\n", None),
            ("as in `<<<<<<< yours`\n<<<<<<< yours truly\n", None),
            ("<<<<<<< HEAD\n", None),
        ] {
            assert_eq!(marked(text), expected, "{text}");
        }
    }
}
