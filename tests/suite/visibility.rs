//! Who may see the gateway: a repository that may be public gets no URL into committed files.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read and write what they look at"
)]

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::tree::{self, git, git_init, temp, tool};

const URL: &str = "gateway.url=https://gw.internal.net/v1";

fn maybe_public() -> TempDir {
    let folder = temp();
    git_init(folder.path());
    let origin = "https://github.com/someone/cool-app.git";
    git(folder.path(), &["remote", "add", "origin", origin]).ends(0);
    fs::write(folder.path().join("LICENSE"), "free\n").expect("a file");
    folder
}

fn names_the_gateway(folder: &Path) -> Vec<String> {
    let tree = tree::tree(folder);
    let inside = tree
        .iter()
        .filter(|(_, entry)| format!("{entry:?}").contains("gw.internal.net"));
    inside.map(|(path, _)| path.clone()).collect()
}

#[test]
fn a_repository_that_may_be_public_keeps_the_url_to_itself_until_told() {
    let folder = maybe_public();
    let init = ["init", "--profile", "enterprise", "--set", URL];
    let run = tool(folder.path(), &init).ends(0);
    assert!(run.err.contains("warning[CS107]"), "{}", run.err);
    assert_eq!(names_the_gateway(folder.path()), Vec::<String>::new());
    tool(folder.path(), &init).ends(0);
    let settings = fs::read_to_string(folder.path().join(".claude/settings.json"));
    assert!(!settings.expect("a file").contains("apiKeyHelper"));

    let told = ["set", "visibility=private", URL];
    let run = tool(folder.path(), &told).ends(0);
    assert!(!run.err.contains("CS107"), "{}", run.err);
    let named = names_the_gateway(folder.path());
    assert!(
        named.contains(&".claude/settings.json".to_owned()),
        "{named:?}"
    );
}

#[test]
fn a_manifest_that_names_the_gateway_in_public_is_told_so() {
    let folder = temp();
    let init = [
        "init",
        "--profile",
        "team",
        "--set",
        URL,
        "--set",
        "visibility=public",
    ];
    let run = tool(folder.path(), &init).ends(0);
    assert!(run.err.contains("warning[CS107]"), "{}", run.err);
    assert_eq!(names_the_gateway(folder.path()), ["claude-scaffold.toml"]);
}

#[test]
fn files_that_git_ignores_are_named_once() {
    let folder = temp();
    git_init(folder.path());
    fs::create_dir_all(folder.path().join(".git/info")).expect("a folder");
    fs::write(folder.path().join(".git/info/exclude"), "/docs/\n*.ps1\n").expect("a file");
    let run = tool(folder.path(), &["init", "--profile", "team", "--set", URL]).ends(0);
    let said = "git ignores `docs/claude-gateway.md`, `scripts/run-claude.ps1`, so";
    assert!(run.err.contains(said), "{}", run.err);
    assert_eq!(run.err.matches("CS108").count(), 1, "{}", run.err);
    let nested = folder.path().join("docs/inner");
    let run = tool(folder.path(), &["init", "--profile", "team", "docs/inner"]).ends(0);
    assert!(run.err.contains("and 7 more"), "{}", run.err);
    assert!(nested.join("claude-scaffold.toml").exists());
}

#[test]
fn an_env_file_that_git_tracks_is_said_to_be_so() {
    let folder = temp();
    git_init(folder.path());
    fs::write(folder.path().join(".env"), "PORT=1\n").expect("a file");
    tree::commit(folder.path());
    let run = tool(folder.path(), &["init", "--profile", "team", "--set", URL]).ends(0);
    assert!(
        run.err.contains("warning[CS003]: git tracks `.env`"),
        "{}",
        run.err
    );
    let other = ["set", "launcher.env_file=.env.claude"];
    let run = tool(folder.path(), &other).ends(0);
    assert!(!run.err.contains("CS003"), "{}", run.err);
}
