//! Sources are read, printed and refused.

use crate::pack::Source;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn refused(text: &str, expected: &str) {
    let error = Source::parse(text).expect_err(text);
    let got = format!("{} {} | {}", error.offset, error.what, error.help);
    assert_eq!(got, expected, "{text}");
}

#[test]
fn sources_have_one_canonical_text() {
    for (text, canonical, address) in [
        ("path:../pack", "path:../pack", "path:../pack"),
        (
            "git+https://h.example/p?path=a/b/&tag=v3",
            "git+https://h.example/p?tag=v3&path=a/b",
            "git+https://h.example/p?path=a/b",
        ),
        (
            "git+ssh://git@h.example:22/p.git?branch=feat/x#1",
            "git+ssh://git@h.example:22/p.git?branch=feat/x#1",
            "git+ssh://git@h.example:22/p.git",
        ),
        (
            "git+file:///srv/p",
            "git+file:///srv/p",
            "git+file:///srv/p",
        ),
        (
            "git+git://127.0.0.1:99/p",
            "git+git://127.0.0.1:99/p",
            "git+git://127.0.0.1:99/p",
        ),
        (
            "git+http://[::1]:99/p",
            "git+http://[::1]:99/p",
            "git+http://[::1]:99/p",
        ),
    ] {
        let source = Source::parse(text).expect(text);
        assert_eq!(source.to_string(), canonical);
        assert_eq!(source.address(), address);
        assert_eq!(Source::parse(canonical).as_ref(), Ok(&source));
        assert_eq!(
            source.is_local(),
            text.starts_with("path") || text.starts_with("git+file")
        );
    }
}

#[test]
fn another_reference_keeps_the_kind() {
    let with = |source: &str, name: &str| {
        let source = Source::parse(source).expect(source).with_ref(name);
        source.map_or_else(|error| error.what, |source| source.to_string())
    };
    let address = "git+https://h.example/p";
    assert_eq!(with(address, "v2"), format!("{address}?tag=v2"));
    assert_eq!(
        with(&format!("{address}?branch=main&path=a"), "next"),
        format!("{address}?branch=next&path=a")
    );
    assert_eq!(
        with(&format!("{address}?tag=v1"), COMMIT),
        format!("{address}?rev={COMMIT}")
    );
    assert_eq!(
        with(address, "--upload-pack=x"),
        "`--upload-pack=x` is no name of a tag, branch or commit"
    );
}

#[test]
fn what_is_refused_says_where_and_what_to_do() {
    refused(
        "gitt+https://h/p",
        "0 unknown scheme `gitt+https` of a pack | did you mean `git+https:`?",
    );
    refused(
        "https://h/p",
        "0 unknown scheme `https` of a pack | write `git+https://…`",
    );
    refused(
        "git@h:org/p",
        "0 unknown scheme `git@h` of a pack | write `git+ssh://USER@HOST/PATH`, with a `/` after the host",
    );
    refused(
        "../pack",
        "0 `../pack` is no pack source | write `path:../pack`",
    );
    refused(
        "path: ",
        "5 `path:` names no folder | for example `path:../claude-pack`",
    );
    refused(
        "git+https://h/p?tga=v1",
        "16 unknown key `tga` of a pack | did you mean `tag`?",
    );
    refused(
        "git+https://h/p?tag=v1&branch=x",
        "23 more than one of `tag`, `branch` and `rev` | leave the one that is meant",
    );
    refused(
        "git+https://h/p?path=../x",
        "21 `path`: path `../x` contains `.` or `..`; it must stay inside the repository | name a folder inside the pack's repository, such as `path=packs/team`",
    );
    refused(
        "git+http://h.example/p",
        "0 the transport is not encrypted, so anybody on the way can change the pack | write `git+https://…` or `git+ssh://…`",
    );
    refused(
        "git+file://srv/p",
        "11 a `file` address has no host | write three slashes: `git+file:///srv/p`"
            .replace("/srv/p`", "/srv/git/claude-pack`")
            .as_str(),
    );
    refused(
        "git+https://u:pw@h/p",
        "12 the address holds a credential, and this file is committed | take it out; `git config credential.helper` says where git finds it",
    );
    refused(
        "git+https://h/p?rev=abc",
        "20 `rev` must be the full name of a commit, 40 hexadecimal digits | `git rev-parse NAME` prints it; a tag goes into `tag=`, a branch into `branch=`",
    );
}

#[test]
fn references_that_are_more_than_a_name_are_refused() {
    for bad in [
        "", "-x", "a b", "a..b", "a:b", "a~1", "a^", "a?", "a*", "a[b", "a\nb", "@{1}", "@",
        "a.lock", "/a", "a/", "a//b", ".a", "a\\b", "a.",
    ] {
        let text = format!("git+https://h.example/p?tag={bad}");
        assert!(Source::parse(&text).is_err(), "{bad:?}");
    }
    let token = ["ghp_", &"a1B2".repeat(9)].concat();
    for bad in [
        format!("git+https://{token}@h/p"),
        "git+https://-x/p".to_owned(),
        "git+ssh://-oProxyCommand=x/p".to_owned(),
        "git+ssh://%2doProxyCommand=x/p".to_owned(),
        "git+ssh://h:org/p".to_owned(),
        "git+https://h".to_owned(),
        "git+https:///p".to_owned(),
        "git+ext::sh -c x".to_owned(),
        "git+https://h/p#x".to_owned(),
    ] {
        let error = Source::parse(&bad).expect_err(&bad);
        assert!(!error.to_string().contains(&token));
    }
}
