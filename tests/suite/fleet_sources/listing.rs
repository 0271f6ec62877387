//! Lists of repositories as forges' programs print them.

use std::fmt::Write as _;

use claude_scaffold::fleet::listing;

use super::said;
use crate::tree;

fn check(text: &str) -> String {
    let mut out = String::new();
    match listing(text) {
        Err(problems) => said(&mut out, "", &problems),
        Ok(listed) => {
            for one in listed {
                let branch = one.default_branch.as_deref().unwrap_or("-");
                let seen = one.visibility.as_deref().unwrap_or("-");
                let flags = [(one.archived, " archived"), (one.empty, " empty")];
                let flags: String = flags.iter().filter(|f| f.0).map(|f| f.1).collect();
                let _ = writeln!(out, "{} {} {branch} {seen}{flags}", one.name, one.url);
            }
        }
    }
    out
}

const GH: &str = r#"[{"defaultBranchRef":{"name":"main"},"isArchived":false,"nameWithOwner":"team/app","url":"https://github.com/team/app","visibility":"PRIVATE"},
{"defaultBranchRef":{"name":""},"isArchived":true,"nameWithOwner":"team/new","url":"https://github.com/team/new","visibility":"PUBLIC"}]
"#;

const GLAB: &str = r#"[
  {
    "id": 7, "name": "App", "path_with_namespace": "group/sub/app", "default_branch": "trunk",
    "ssh_url_to_repo": "git@gitlab.example.com:group/sub/app.git",
    "http_url_to_repo": "https://gitlab.example.com/group/sub/app.git",
    "web_url": "https://gitlab.example.com/group/sub/app",
    "_links": { "self": "https://gitlab.example.com/api/v4/projects/7" },
    "topics": ["a]", "}"], "archived": false, "visibility": "internal", "empty_repo": false
  }
]"#;

#[test]
fn what_gh_prints() {
    let expected = "team/app https://github.com/team/app main private\n\
        team/new https://github.com/team/new - public archived empty\n";
    assert_eq!(check(GH), expected);
    // Several pages one after the other, and one object a line, as `--jq '.[]'` prints them.
    let twice = format!("{GH}{GH}");
    assert_eq!(check(&twice), format!("{expected}{expected}"));
    let lines = GH
        .trim()
        .trim_start_matches('[')
        .trim_end_matches(']')
        .replace("},\n", "}\n");
    assert_eq!(check(&lines), expected);
    assert_eq!(
        check(&format!("\u{feff}{}", GH.replace('\n', "\r\n"))),
        expected
    );
    // Fewer fields than are asked for are fine; an address for ssh was asked for, so it is meant.
    assert_eq!(
        check(
            r#"[{"nameWithOwner":"a/b","sshUrl":"git@github.com:a/b.git","url":"https://github.com/a/b"}]"#
        ),
        "a/b git@github.com:a/b.git - -\n"
    );
    assert_eq!(check("[]"), "");
    assert_eq!(check(""), "");
}

#[test]
fn what_glab_prints() {
    assert_eq!(
        check(GLAB),
        "group/sub/app https://gitlab.example.com/group/sub/app.git trunk internal\n"
    );
    let empty = GLAB
        .replace("\"trunk\"", "null")
        .replace("_repo\": false", "_repo\": true");
    assert!(
        check(&empty).ends_with(" - internal empty\n"),
        "{}",
        check(&empty)
    );
}

#[test]
fn what_the_interfaces_of_forges_give() {
    let gitea = r#"{"full_name":"a/b","clone_url":"https://f.example/a/b.git","ssh_url":"git@f.example:a/b.git",
        "html_url":"https://f.example/a/b","url":"https://f.example/api/v1/repos/a/b",
        "default_branch":"main","archived":true,"empty":false,"private":true,"internal":false}"#;
    assert_eq!(
        check(gitea),
        "a/b https://f.example/a/b.git main private archived\n"
    );
}

#[test]
fn addresses_and_paths_one_a_line() {
    assert_eq!(
        check("# ours\nhttps://git.example.com/a/b.git\n\n  ../services/app\r\ngit@host:a/b\n"),
        " https://git.example.com/a/b.git - -\n ../services/app - -\n git@host:a/b - -\n"
    );
}

#[test]
fn every_problem_has_its_line() {
    let password = ["https://me", "word@git.example.com/a"].join(":pass");
    let many = "{}\n".repeat(30);
    let rows = [
        (
            "no address",
            GH.replace("\"url\":\"https://github.com/team/new\",", ""),
        ),
        ("no name", GLAB.replace("path_with_namespace", "path")),
        (
            "a wrong type",
            GLAB.replace("\"archived\": false", "\"archived\": \"no\""),
        ),
        ("cut off", GLAB[..GLAB.len() - 120].to_owned()),
        (
            "talk between",
            GH.replace("},\n", "},\nerror: rate limit\n"),
        ),
        ("no object", "[1, 2]".to_owned()),
        (
            "a credential",
            GH.replace("https://github.com/team/new", &password),
        ),
        (
            "credentials on lines",
            format!("https://git.example.com/a\n{password}\next::sh -c id\n"),
        ),
        ("many", many),
    ];
    let mut out = String::new();
    for (what, text) in rows {
        said(&mut out, what, &listing(&text).expect_err("a problem"));
    }
    assert!(!out.contains("password"), "{out}");
    tree::snapshot("fleet_sources", "listings", &out);
}
