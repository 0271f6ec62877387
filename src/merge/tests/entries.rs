//! Comments and line ends of texts of one entry after the other.

use super::stays_as_made;
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

#[test]
fn a_comment_behind_a_value_is_whose_hand_wrote_it() {
    for (format, first, edited, kept) in [
        (
            Format::Env,
            "A=1 # why\nB=2\n",
            "A=1 # why\nB=2 # mine\n",
            "B=2 # mine\n",
        ),
        (
            Format::Env,
            "# one\nA=1\nB=2 # two\n",
            "# one\nA=1 # mine\nB=2 # two\n",
            "# one\nA=1 # mine\n",
        ),
        (
            Format::Yaml,
            "a: 1 # why\nb: two\n",
            "a: 1 # why\nb: two # mine\n",
            "b: two # mine\n",
        ),
    ] {
        let desired = file(format, first);
        let created = run(None, None, Some(&desired));
        stays_as_made(&created, &desired);
        let beside = run(None, Some("x: 1\n"), Some(&desired));
        let again = run(beside.base.as_ref(), beside.text.as_deref(), Some(&desired));
        assert_eq!(again, beside);
        let removed = run(beside.base.as_ref(), beside.text.as_deref(), None);
        assert_eq!(removed.text.as_deref(), Some("x: 1\n"));
        let same = run(created.base.as_ref(), Some(edited), Some(&desired));
        assert_eq!(same.text.as_deref(), Some(edited));
        let removed = run(same.base.as_ref(), Some(edited), None);
        assert_eq!(removed.text.as_deref(), Some(kept));
    }
}
