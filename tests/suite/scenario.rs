//! Real repositories → facts → recommendation, as a user reads it.
#![expect(clippy::disallowed_methods, reason = "a test looks at its files")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use claude_scaffold::catalog::Catalog;
use claude_scaffold::scenario::{Fact, FactValue, Facts, Recommendation, recommend};
use claude_scaffold::{git, observe, report};

use crate::repo::{HEAD_DATE, Repo};

/// Facts and recommendations of a test's repository.
trait Seen {
    fn facts(&self) -> Facts;
    fn recommendation(&self) -> Recommendation;
}

impl Seen for Repo {
    fn facts(&self) -> Facts {
        facts_at(&self.root)
    }

    fn recommendation(&self) -> Recommendation {
        recommend(
            &self.facts(),
            &Catalog::embedded().matrix().expect("matrix"),
        )
    }
}

fn facts_at(root: &Path) -> Facts {
    let matrix = Catalog::embedded().matrix().expect("matrix");
    let place = git::locate(root);
    observe::facts(root, place.as_ref(), &matrix.facts)
}

fn check(case: &str, found: &Recommendation) {
    let text = report::recommend(found);
    snapshot(case, &text);
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(text.lines().count() <= 45, "{case} does not fit a screen");
}

fn snapshot(case: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/scenario");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(case, text));
}

fn value(facts: &Facts, name: &str) -> String {
    match &facts.0[name] {
        Fact::Known { value, .. } => value.to_string(),
        Fact::Unknown { reason } => format!("unknown: {reason}"),
    }
}

fn solo() -> Repo {
    let repo = Repo::new();
    repo.file("main.py", "")
        .file("LICENSE", "MIT")
        .file(".env", "A=1\n")
        .file(".gitignore", ".env\n");
    repo.commit_as("Zoë", "zoe@one.example", 300);
    repo.commit_as("Ada", "ada@one.example", 2);
    repo.commit_as(
        "dependabot[bot]",
        "49699333+dependabot[bot]@users.noreply.github.com",
        1,
    );
    repo.commit_as("Ada", "ada@home.example", 0);
    repo
}

fn team() -> Repo {
    let repo = Repo::new();
    repo.file(".env.example", "TOKEN=\n")
        .file(".devcontainer/devcontainer.json", "{}");
    for (at, name) in ["Ada", "Bo", "Cy", "Di"].iter().enumerate() {
        let email = format!("{}@one.example", name.to_lowercase());
        repo.commit_as(name, &email, 90 - i64::try_from(at).expect("small"));
    }
    repo
}

fn enterprise() -> Repo {
    let repo = Repo::new();
    let workflow = "jobs:\n  a:\n    steps:\n      - uses: hashicorp/vault-action@v3\n";
    repo.file(".github/workflows/ci.yml", workflow)
        .file(".github/CODEOWNERS", "* @org/team\n");
    repo.file(".claude/settings.json", "{}").file("go.work", "");
    for at in 0..25 {
        let domain = [
            "one.example",
            "two.example",
            "three.example",
            "four.example",
        ][at % 4];
        let name = format!("Person {at:02}");
        repo.commit_as(&name, &format!("p{at}@{domain}"), 30);
    }
    repo.git(&[
        "remote",
        "add",
        "origin",
        "https://bot:pass@github.com/org/shop.git",
    ]);
    repo
}

fn multi_model() -> Repo {
    let repo = Repo::new();
    repo.file(
        ".aider.conf.yml",
        "model: openai/gpt-5.5\nopenai-api-base: https://gw.example/v1\n",
    );
    repo.file(".cursor/rules/style.mdc", "")
        .file(".env.example", "OPENAI_BASE_URL=https://gw.example/v1\n");
    repo.commit_as("Ada", "ada@one.example", 3)
        .commit_as("Bo", "bo@one.example", 0);
    repo
}

#[test]
fn four_repositories_fit_the_four_scenarios() {
    for (case, repo) in [
        ("solo", solo()),
        ("team", team()),
        ("enterprise", enterprise()),
        ("multi-model", multi_model()),
    ] {
        let found = repo.recommendation();
        assert_eq!(
            (found.winner.as_str(), found.clear),
            (case, true),
            "{found:#?}"
        );
        check(case, &found);
    }
}

#[test]
fn what_cannot_be_seen_is_unknown() {
    let enterprise = enterprise();
    let shallow = Repo::empty();
    let from = format!("file://{}", enterprise.root.display());
    shallow.git(&["clone", "-q", "--depth", "3", &from, "."]);
    check("shallow-clone", &shallow.recommendation());

    let unborn = Repo::new();
    unborn.file(".env.example", "A=1\n").git(&["add", "-A"]);
    check("no-commits", &unborn.recommendation());

    let bare = Repo::empty();
    bare.file(".gitlab-ci.yml", "test: {}\n");
    check("not-git", &bare.recommendation());
}

#[test]
fn the_json_carries_all_of_it() {
    let json = serde_json::to_string_pretty(&team().recommendation()).expect("JSON");
    snapshot("team-json", &json);
}

#[test]
fn a_long_history_is_a_lower_bound() {
    let repo = Repo::new();
    let mut stream = String::new();
    for at in 0..=git::WALK_LIMIT {
        let date = HEAD_DATE + i64::try_from(at).expect("small");
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter P{0} <p{0}@one.example> {date} +0000\ndata 0\n",
            at % 12
        );
    }
    repo.file("stream", &stream);
    repo.git_reading("stream", &["fast-import", "--quiet"]);
    let facts = repo.facts();
    assert_eq!(value(&facts, "contributors"), "at least 12");
    let found = repo.recommendation();
    assert_eq!((found.winner.as_str(), found.clear), ("enterprise", true));
}

#[test]
fn a_shallow_clone_that_reaches_past_the_window_is_seen_whole() {
    let solo = solo();
    let clone = Repo::empty();
    let from = format!("file://{}", solo.root.display());
    clone.git(&["clone", "-q", "--depth", "4", &from, "."]);
    assert_eq!(value(&clone.facts(), "contributors"), "1");
    clone.git(&["fetch", "-q", "--depth", "2"]);
    let facts = clone.facts();
    assert_eq!(value(&facts, "shallow"), "yes");
    assert!(value(&facts, "contributors").starts_with("unknown: shallow clone"));
}

#[test]
fn a_repository_of_another_kind_is_unknown_not_empty() {
    let repo = Repo::empty();
    repo.git(&["init", "-q", "--object-format=sha256"]);
    repo.file(".gitlab-ci.yml", "")
        .commit_as("Ada", "ada@one.example", 0);
    let facts = repo.facts();
    assert!(value(&facts, "contributors").starts_with("unknown: git cannot be read"));
    assert!(value(&facts, "has_commits").starts_with("unknown: git cannot be read"));
    assert_eq!(value(&facts, "ci"), "gitlab");
}

#[test]
fn a_file_that_is_not_checked_out_is_unknown() {
    let repo = Repo::new();
    repo.file(".env.example", "A=1\n")
        .commit_as("Ada", "ada@one.example", 0);
    fs::remove_file(repo.root.join(".env.example")).expect("removed");
    let facts = repo.facts();
    assert_eq!(value(&facts, "env_files"), ".env.example");
    assert!(value(&facts, "openai_base_url").starts_with("unknown: `.env.example`"));
}

#[test]
fn a_mailmap_joins_the_addresses_of_one_person() {
    let repo = Repo::new();
    repo.commit_as("Ada", "ada@one.example", 3);
    repo.commit_as("ada-at-home", "ada@home.example", 2);
    assert_eq!(value(&repo.facts(), "contributors"), "2");
    repo.file(".mailmap", "Ada <ada@one.example> <ada@home.example>\n");
    let facts = repo.facts();
    assert_eq!(value(&facts, "contributors"), "1");
    assert_eq!(value(&facts, "email_domains"), "one.example");
}

#[test]
fn work_trees_submodules_and_a_detached_head_are_seen_alike() {
    let team = team();
    let expected = team.facts();
    let beside = team.root.with_file_name("beside");
    team.git(&[
        "worktree",
        "add",
        "-q",
        "--detach",
        beside.to_str().expect("UTF-8"),
    ]);
    assert_eq!(facts_at(&beside), expected);

    let outer = Repo::new();
    outer.git(&[
        "submodule",
        "add",
        "-q",
        team.root.to_str().expect("UTF-8"),
        "inner",
    ]);
    let inner = facts_at(&outer.root.join("inner"));
    for name in [
        "contributors",
        "email_domains",
        "env_files",
        "devcontainer",
        "has_commits",
    ] {
        assert_eq!(inner.0[name], expected.0[name], "{name}");
    }
    assert_eq!(value(&inner, "remote_name"), "app");
}

#[test]
fn a_unit_in_a_monorepo_leaves_its_siblings_out() {
    let repo = Repo::new();
    repo.file("pnpm-workspace.yaml", "")
        .file("api/.aiderignore", "")
        .file("web/.env.example", "A=1\n");
    repo.file(".github/workflows/ci.yml", "")
        .commit_as("Ada", "ada@one.example", 0);
    let place = git::locate(&repo.root);
    let matrix = Catalog::embedded().matrix().expect("matrix");
    let facts = observe::facts(&repo.root.join("web"), place.as_ref(), &matrix.facts);
    let got = ["ci", "monorepo", "other_agents", "env_files"].map(|name| value(&facts, name));
    assert_eq!(got, ["github", "yes", "none", "web/.env.example"]);
}

#[test]
fn every_fact_is_in_the_matrix_and_every_matrix_fact_is_observed() {
    let matrix = Catalog::embedded().matrix().expect("matrix");
    for repo in [Repo::empty(), Repo::new(), solo()] {
        let mut known: Vec<&str> = matrix.facts.iter().map(|f| f.name.as_str()).collect();
        known.sort_unstable();
        let facts = repo.facts();
        assert_eq!(
            facts.0.keys().map(String::as_str).collect::<Vec<_>>(),
            known
        );
    }
}

#[cfg(unix)]
#[test]
fn a_file_name_cannot_command_the_terminal() {
    let repo = Repo::new();
    repo.file(".env.\u{1b}[2Jx\u{202e}", "A=1\n")
        .commit_as("E\u{1b}[31mve", "eve@one.example", 0);
    let text = report::recommend(&repo.recommendation());
    assert!(
        !text.contains('\u{1b}') && !text.contains('\u{202e}'),
        "{text}"
    );
    assert!(text.contains("\\u{1b}[2J"), "{text}");
}

#[test]
fn facts_never_hold_a_password_of_the_remote() {
    let facts = enterprise().facts();
    assert_eq!(
        facts.value("public_forge_remote"),
        Some(&FactValue::Flag(true))
    );
    assert!(!format!("{facts:?}").contains("pass"), "{facts:?}");
}

#[test]
fn hints_come_from_files_that_are_there() {
    let repo = Repo::new();
    let hints = || {
        let unit = observe::Unit::at(&repo.root, Path::new("/nowhere"));
        let origin = unit.git.as_ref().and_then(git::origin);
        observe::hints(&unit, origin)
    };
    assert_eq!(hints(), observe::Hints::default());
    repo.file(
        ".env.sample",
        "ANTHROPIC_BASE_URL=https://your-gateway.example/v1\n",
    );
    repo.file(
        ".claude/settings.json",
        r#"{"routing": {"apiBaseUrl": "https://gw.example/v1"}}"#,
    );
    repo.file(".gitlab-ci.yml", "").file("COPYING", "");
    repo.git(&["remote", "add", "origin", "git@github.com:org/shop.git"]);
    let found = hints();
    assert!(found.github && found.gitlab && found.license);
    assert_eq!(found.env_example.as_deref(), Some(".env.sample"));
    assert_eq!(found.origin.as_deref(), Some("git@github.com:org/shop.git"));
    let declared = found.declared_url.expect("a URL");
    assert_eq!(
        (declared.url.as_str(), declared.file.as_str()),
        ("https://gw.example/v1", ".claude/settings.json")
    );
    repo.file(
        ".env.local",
        "export ANTHROPIC_BASE_URL='https://other.example'\n",
    )
    .file(".env.template", "");
    let found = hints();
    assert_eq!(found.declared_url.expect("a URL").file, ".env.local");
    assert_eq!(found.env_example, None);
}
