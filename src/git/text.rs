//! Three-way merge of texts, as git does it.

use git2::{MergeFileInput, MergeFileOptions};

/// Merges three texts; none where they conflict.
#[must_use]
pub fn merge_text(base: &str, actual: &str, desired: &str) -> Option<String> {
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
    let mut options = MergeFileOptions::new();
    let merged = git2::merge_file(&ancestor, &ours, &theirs, Some(&mut options)).ok()?;
    if !merged.is_automergeable() {
        return None;
    }
    String::from_utf8(merged.content().to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::merge_text;

    #[test]
    fn both_sides_of_a_text_are_kept() {
        let base = "a\nb\nc\nd\ne\n";
        let merged = merge_text(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n");
        assert_eq!(merged.as_deref(), Some("A\nb\nc\nd\nE\n"));
        assert_eq!(merge_text("a\n", "b\n", "c\n"), None);
    }
}
