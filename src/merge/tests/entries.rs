//! Comments and line ends of texts of one entry after the other.

use super::{file, run};
use crate::model::Format;

#[test]
fn a_changed_comment_stays_in_its_place() {
    let first = file(Format::Env, "# a\n# b\n# c\nA=1\n");
    let base = run(None, None, Some(&first)).base;
    let second = file(Format::Env, "# x\n# b\n# y\nA=1\n");
    let merged = run(
        base.as_ref(),
        Some("# mine\n# a\n# b\n# c\nA=1\n"),
        Some(&second),
    );
    assert_eq!(merged.text.as_deref(), Some("# mine\n# x\n# b\n# y\nA=1\n"));
}

#[test]
fn a_comment_that_finds_its_entry_again_is_there() {
    let first = file(Format::Env, "# a\nA=1\nB=1\n");
    let base = run(None, None, Some(&first)).base;
    let second = file(Format::Env, "# a\nA=1\n");
    let merged = run(base.as_ref(), Some("# a\nB=1\nA=1\n"), Some(&second));
    assert_eq!(merged.text.as_deref(), Some("# a\nA=1\n"));
    let again = run(merged.base.as_ref(), merged.text.as_deref(), Some(&second));
    assert_eq!(again, merged);
}

#[test]
fn a_text_of_which_nothing_is_left_keeps_its_line_ends() {
    for format in [Format::Env, Format::Yaml] {
        let (old, new) = match format {
            Format::Env => ("A=1", "B=1"),
            _ => ("a: 1", "b: 1"),
        };
        let base = run(None, None, Some(&file(format, &format!("{old}\n")))).base;
        let next = file(format, &format!("{new}\n"));
        let merged = run(base.as_ref(), Some(&format!("{old}\r\n")), Some(&next));
        assert_eq!(merged.text, Some(format!("{new}\r\n")));
    }
}
