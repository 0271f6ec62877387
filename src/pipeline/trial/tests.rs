//! Edits that are really made, and losses that are really seen.

use std::collections::BTreeSet;

use super::edits::{Edit, edit};
use super::random::Random;
use crate::git;
use crate::merge::merge;
use crate::model::{DesiredFile, Format, Mode, RepoPath};

const FILES: [(&str, Format, &str); 9] = [
    (
        "a.json",
        Format::Json,
        "{\n  \"k\": \"x\",\n  \"n\": { \"o\": 1 }\n}\n",
    ),
    (
        "a/settings.json",
        Format::Jsonc,
        "{\n  \"k\": \"x\",\n  \"l\": [\"m\"]\n}\n",
    ),
    ("a.toml", Format::Toml, "k = \"x\"\n[t]\no = 1\n"),
    ("a.yml", Format::Yaml, "k: x\no: 1\n"),
    (".env", Format::Env, "# about\nK=x\nO=1\n"),
    (".gitignore", Format::Ignore, "/a\n!/b\n"),
    (".gitattributes", Format::Attributes, "/a text eol=lf\n"),
    ("b.yml", Format::Block, "k: x\n"),
    ("a.sh", Format::WholeFile, "#!/bin/sh\nexit 0\n"),
];

#[test]
fn every_format_is_edited_and_a_loss_is_seen() {
    for (path, format, text) in FILES {
        let path = RepoPath::parse(path).expect("a path");
        let wanted = DesiredFile {
            format,
            mode: Mode::Regular,
            text: text.to_owned(),
        };
        let merged = merge(&path, None, None, Some(&wanted), &git::merge_text).expect("merges");
        let (base, text) = (merged.base.expect("a base"), merged.text.expect("a text"));
        let mut kinds = BTreeSet::new();
        for seed in 0..60 {
            let edited = edit(&path, &base, &text, "0_0_", &mut Random::new(seed));
            for made in &edited.edits {
                assert!(
                    !made.is_lost(&path, format, &edited.text),
                    "{path} {seed}: {made}"
                );
                assert!(made.is_lost(&path, format, &text), "{path} {seed}: {made}");
                kinds.insert(match made {
                    Edit::Wrote(mark) => mark.clone(),
                    Edit::Took(_) => "took".to_owned(),
                });
            }
            let again = merge(
                &path,
                Some(&base),
                Some(&edited.text),
                Some(&wanted),
                &git::merge_text,
            );
            assert!(again.is_ok(), "{path} {seed}: {again:?}\n{}", edited.text);
        }
        let named = matches!(
            format,
            Format::Json | Format::Jsonc | Format::Toml | Format::Yaml | Format::Env
        );
        assert!(kinds.contains("added-0_0_"), "{path}: {kinds:?}");
        assert_eq!(named, kinds.contains("changed-0_0_"), "{path}: {kinds:?}");
        assert_eq!(named, kinds.contains("took"), "{path}: {kinds:?}");
    }
}
