//! One merge request a repository, opened, left, changed, closed and merged.

use std::fmt::Write as _;

use serde_json::json;

use super::*;
use crate::repo::Repo;
use crate::tree::snapshot;

/// The whole life of a merge request, as a forge is asked about it.
fn story(mut world: World, states: &[(&str, &[(&str, serde_json::Value)])]) -> String {
    let mut text = world.tell("the first run opens one");
    text += &world.tell("a second run asks, and changes nothing");
    world.report.change = Some("ba9876543210".to_owned());
    world.report.files = vec![file(".mcp.json", Action::Create, &[])];
    world.group.labels.push("fleet".to_owned());
    world.move_to("2222222222222222222222222222222222222222");
    text += &world.tell("a further change brings it up to date");
    text += &world.tell("and that is all");
    for (what, edits) in states {
        world.edit(edits);
        text += &world.tell(what);
    }
    world.report.change = Some("cccccccccccc".to_owned());
    world.move_to("3333333333333333333333333333333333333333");
    text += &world.tell("after that, another change opens another one");
    let _ = writeln!(text, "{:#}", world.request(2));
    text
}

#[test]
fn a_merge_request_on_github_from_its_opening_to_the_next_one() {
    let head =
        json!({ "ref": "claude-scaffold", "sha": "2222222222222222222222222222222222222222" });
    let states: [(&str, &[_]); 2] = [
        (
            "closed by somebody: respected",
            &[("state", json!("closed"))],
        ),
        (
            "merged: done",
            &[("merged_at", json!("2026-01-01T00:00:00Z")), ("head", head)],
        ),
    ];
    let told = story(World::new("git@github.com:o/app.git"), &states);
    snapshot("fleet_forge", "github", &told);
}

#[test]
fn a_merge_request_on_gitlab_from_its_opening_to_the_next_one() {
    let states: [(&str, &[_]); 2] = [
        (
            "closed by somebody: respected",
            &[("state", json!("closed"))],
        ),
        (
            "merged: done",
            &[
                ("state", json!("merged")),
                ("sha", json!("2222222222222222222222222222222222222222")),
            ],
        ),
    ];
    let told = story(
        World::new("https://gitlab.example.com:8443/group/sub/app.git"),
        &states,
    );
    snapshot("fleet_forge", "gitlab", &told);
}

#[test]
fn what_people_write_into_a_merge_request_stays() {
    let mut world = World::new("https://github.com/o/app");
    world.propose().expect("a request");
    let body = world.request(1)["body"]
        .as_str()
        .expect("a body")
        .to_owned();
    world.edit(&[
        ("title", json!("Draft: wait for Ada")),
        (
            "body",
            json!(format!(
                "Do not merge before May.\r\n\r\n{}\r\n\r\n- [x] tried",
                body.replace('\n', "\r\n")
            )),
        ),
        ("labels", json!([{ "name": "Gateway" }, { "name": "mine" }])),
    ]);
    let told = world.tell("edited");
    assert!(
        told.contains("Open https://github.com/o/app/pull/1"),
        "{told}"
    );
    assert!(!told.contains("PATCH"), "{told}");
    world.report.change = Some("ba9876543210".to_owned());
    world.propose().expect("a request");
    let changed = world.request(1);
    assert_eq!(changed["title"], "Draft: wait for Ada");
    let text = changed["body"].as_str().expect("a body");
    assert!(
        text.starts_with("Do not merge before May.\n\n<!-- claude-scaffold change=ba9876543210")
    );
    assert!(text.ends_with("-->\n\n- [x] tried"), "{text}");
}

#[test]
fn no_secret_and_nothing_of_a_terminal_gets_into_a_merge_request() {
    let mut world = World::new("https://github.com/o/app");
    let key = ["sk-ant-", "api03-", &"a1B2".repeat(12)].concat();
    world.group.title = format!("Use\n {key}\u{1b}[31m");
    world.group.body = format!("a {key}\nb\u{202e}c");
    world.propose().expect("a request");
    let made = world.request(1).to_string();
    assert!(
        !made.contains(&key) && made.contains("[redacted]"),
        "{made}"
    );
    assert!(
        !made.contains('\u{1b}') && !made.contains('\u{202e}'),
        "{made}"
    );
    assert!(!world.written("calls").contains(&key));
}

#[test]
fn a_program_gets_its_login_and_no_key_of_the_gateway() {
    let world = World::new("https://github.com/o/app");
    world.propose().expect("a request");
    let environment = world.written("environment");
    assert!(environment.contains("GH_TOKEN=the-token-of-this-test"));
    assert!(environment.contains("GH_PROMPT_DISABLED=1"));
    for withheld in ["ANTHROPIC", "GH_DEBUG"] {
        assert!(!environment.contains(withheld), "{environment}");
    }
}

#[test]
fn a_request_of_a_fork_with_the_same_branch_is_another_one() {
    let world = World::new("https://github.com/o/app");
    world.propose().expect("a request");
    let head = json!({ "ref": "claude-scaffold", "sha": "1", "repo": { "full_name": "eve/app" } });
    world.edit(&[("head", head), ("state", json!("closed"))]);
    let told = world.tell("a fork");
    assert!(
        told.contains("Opened https://github.com/o/app/pull/2"),
        "{told}"
    );
}

#[test]
fn a_remote_of_a_name_is_known_by_its_address_and_a_host_by_who_told_it() {
    let repo = Repo::new();
    let token = ["ghs_", &"a1B2".repeat(9)].concat();
    let url = format!("https://x-access-token:{token}@git.acme.example/o/app");
    repo.git(&["remote", "add", "origin", &url]);
    let mut world = World::new("origin");
    world.repository.clone_from(&repo.root);
    let told = world.tell("nobody knows the host");
    assert!(
        told.contains("no forge is known at `https://x-access-token:[redacted]@git"),
        "{told}"
    );
    let (name, host) = ("GH_HOST".to_owned(), "git.acme.example".to_owned());
    world.environment.insert(name, host);
    let told = world.tell("the user says so");
    assert!(
        told.contains("Opened https://git.acme.example/o/app/pull/1"),
        "{told}"
    );
    assert!(
        told.contains("gh git.acme.example GET repos/o/app/pulls?"),
        "{told}"
    );
    assert!(!told.contains(&token), "{told}");
}
