//! Pushes that open merge requests, to real repositories with hooks that write down and answer.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use base64::Engine as _;

use super::*;
use crate::repo::Repo;
use crate::tree::snapshot;

/// Writes down what options a push has brought.
const PRE_RECEIVE: &str = r#"#!/bin/sh
at=0
while [ "$at" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do
  eval "printf '%s\n' \"\$GIT_PUSH_OPTION_$at\""
  at=$((at + 1))
done >"$GIT_DIR/options"
[ ! -f "$GIT_DIR/declines" ] || { echo 'You may not push here.'; exit 1; }
"#;
/// What GitLab says after a push.
const GITLAB: &str = r#"#!/bin/sh
echo
if [ -f "$GIT_DIR/words" ]; then cat "$GIT_DIR/words"; exit; fi
echo 'View merge request for claude-scaffold:'
echo '  https://gitlab.example.com/g/app/-/merge_requests/7'
echo
"#;
/// What Gitea makes of a push to `refs/for/…`: a request of its own, found again by its topic.
const GITEA: &str = r#"#!/bin/sh
frame() {
  length=$(dd bs=1 count=4 2>/dev/null)
  [ "$length" = 0000 ] || dd bs=1 count=$((0x$length - 4)) 2>/dev/null
}
tell() { printf '%04x%s' $((${#1} + 4)) "$1"; }
frame >/dev/null
frame
tell 'version=1'
printf 0000
frame >"$GIT_DIR/command"
frame
read -r old new for <"$GIT_DIR/command"
number=$(ls "$GIT_DIR/refs/pull" 2>/dev/null | wc -l)
number=$((number))
[ "$number" -gt 0 ] && [ ! -f "$GIT_DIR/closed" ] || number=$((number + 1))
before=$(git rev-parse -q --verify "refs/pull/$number/head" || echo 0000000000000000000000000000000000000000)
if [ "$before" = "$new" ]; then
  tell "ng $for new commit is same with old commit"
elif [ "${before#0000}" = "$before" ] && ! git merge-base --is-ancestor "$before" "$new" &&
  ! grep -q '^force-push=true$' "$GIT_DIR/options"; then
  tell "ng $for request \`force-push\` push option"
else
  git update-ref "refs/pull/$number/head" "$new"
  tell "ok $for"
  tell "option refname refs/pull/$number/head"
  tell "option old-oid $before"
  tell "option new-oid $new"
  printf '\nVisit the existing pull request:\n  https://gitea.example.com/o/app/pulls/%s\n' "$number" >&2
fi
printf 0000
"#;

/// A repository with a branch to propose, and one that receives it.
struct Pair {
    world: World,
    repo: Repo,
    server: PathBuf,
}

impl Pair {
    fn new(forge: Forge) -> Self {
        let repo = Repo::new();
        repo.file("a", "1\n").commit_as("Ada", "ada@one.example", 3);
        let mut world = World::new("");
        let server = world.folder.path().join("app.git");
        let made = Command::new("git")
            .args(["init", "-q", "--bare", "-b", "main"])
            .arg(&server)
            .status();
        assert!(made.expect("git runs").success());
        configure(&server, "receive.advertisePushOptions", "true");
        hook(&server, "pre-receive", PRE_RECEIVE);
        let url = server.display().to_string();
        repo.git(&["push", "-q", &url, "main"]);
        match forge {
            Forge::Agit => {
                configure(&server, "receive.procReceiveRefs", "refs/for");
                hook(&server, "proc-receive", GITEA);
            }
            _ => hook(&server, "post-receive", GITLAB),
        }
        world.group.forge = Some(forge);
        repo.git(&["remote", "add", "origin", &url]);
        "origin".clone_into(&mut world.remote);
        world.repository.clone_from(&repo.root);
        let mut pair = Self {
            world,
            repo,
            server,
        };
        pair.commit("first");
        pair
    }

    /// Puts a commit on the branch.
    fn commit(&mut self, text: &str) {
        self.repo.git(&["checkout", "-q", "-B", "claude-scaffold"]);
        self.repo
            .file("b", text)
            .commit_as("Ada", "ada@one.example", 2);
        self.move_to_head();
    }

    fn move_to_head(&mut self) {
        let repository = git2::Repository::open(&self.repo.root).expect("a repository");
        let id = repository.refname_to_id("HEAD").expect("a commit");
        self.world.move_to(&id.to_string());
    }

    /// Where the server has a reference.
    fn at(&self, reference: &str) -> Option<String> {
        let repository = git2::Repository::open(&self.server).expect("a repository");
        let id = repository.refname_to_id(reference).ok()?;
        Some(id.to_string())
    }

    /// What options the server was given since it was last asked; none where nothing was pushed.
    fn options(&self) -> Option<Vec<String>> {
        let path = self.server.join("options");
        let text = fs::read_to_string(&path).ok()?;
        fs::remove_file(path).expect("a file");
        Some(text.lines().map(str::to_owned).collect())
    }

    /// Proposes, and keeps what came of it as the ledger does.
    fn propose(&mut self) -> String {
        let told = self.world.propose().expect("a proposal");
        let text = format!("{:?} {}", told.standing, told.url.as_deref().unwrap_or("-"));
        self.world.earlier = Some(told);
        text
    }
}

fn configure(server: &Path, key: &str, value: &str) {
    let repository = git2::Repository::open(server).expect("a repository");
    let mut config = repository.config().expect("a configuration");
    config.set_str(key, value).expect("a value");
}

fn hook(server: &Path, name: &str, text: &str) {
    let path = server.join("hooks").join(name);
    fs::create_dir_all(server.join("hooks")).expect("a folder");
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

#[test]
fn a_push_with_options_opens_and_updates_a_request_on_gitlab() {
    let mut pair = Pair::new(Forge::GitlabPush);
    pair.options();
    let url = "https://gitlab.example.com/g/app/-/merge_requests/7";
    assert_eq!(pair.propose(), format!("Opened {url}"));
    assert_eq!(
        pair.at("refs/heads/claude-scaffold").as_ref(),
        Some(&pair.world.commit)
    );
    let options = pair.options().expect("a push");
    snapshot("fleet_forge", "gitlab-push", &options.join("\n"));
    assert_eq!(pair.propose(), format!("Open {url}"));
    assert_eq!(pair.options(), None, "nothing is pushed twice");
    pair.commit("second");
    assert_eq!(pair.propose(), format!("Updated {url}"));
    assert!(pair.options().is_some());
}

#[test]
fn what_gitlab_does_not_open_is_told() {
    let pair = Pair::new(Forge::GitlabPush);
    let warning = "WARNINGS:\nError encountered with push option 'merge_request.create': no rights";
    fs::write(pair.server.join("words"), warning).expect("a file");
    let told = pair.world.tell("a warning");
    assert!(
        told.contains("took the push and opened no merge request: WARNINGS:; Error enc"),
        "{told}"
    );
    let told = pair.world.tell("a branch that is there");
    assert!(
        told.contains("`claude-scaffold` is pushed already"),
        "{told}"
    );
    configure(&pair.server, "receive.advertisePushOptions", "false");
    let told = pair.world.tell("a server without options");
    assert!(
        told.contains("takes no push options\nhelp: say `forge = \"glab\"`"),
        "{told}"
    );
}

#[test]
fn a_push_that_is_declined_is_told_in_the_words_of_the_server() {
    for forge in [Forge::GitlabPush, Forge::Agit] {
        let pair = Pair::new(forge);
        fs::write(pair.server.join("declines"), "").expect("a file");
        let told = pair.world.tell("declined");
        assert!(told.contains("error: the push failed"), "{told}");
        assert!(told.contains("You may not push here."), "{told}");
    }
}

#[test]
fn a_push_to_refs_for_opens_and_updates_a_request_on_gitea() {
    let mut pair = Pair::new(Forge::Agit);
    pair.options();
    let url = "https://gitea.example.com/o/app/pulls/1";
    assert_eq!(pair.propose(), format!("Opened {url}"));
    assert_eq!(
        pair.at("refs/pull/1/head").as_ref(),
        Some(&pair.world.commit)
    );
    assert_eq!(
        pair.at("refs/heads/claude-scaffold"),
        None,
        "the branch itself is not pushed"
    );
    let mut options = pair.options().expect("a push");
    let encoded = options.pop().expect("options");
    let encoded = encoded
        .strip_prefix("description={base64}")
        .expect("a description");
    let decoded = base64::prelude::BASE64_STANDARD
        .decode(encoded)
        .expect("base64");
    options.push(format!(
        "description:\n{}",
        String::from_utf8(decoded).expect("UTF-8")
    ));
    snapshot("fleet_forge", "agit", &options.join("\n"));

    assert_eq!(pair.propose(), format!("Open {url}"));
    pair.world.earlier = None;
    assert_eq!(pair.propose(), "Open -", "known by its commit alone");
    assert_eq!(pair.options(), None, "nothing is pushed twice");
    pair.commit("second");
    assert_eq!(
        pair.propose(),
        "Opened https://gitea.example.com/o/app/pulls/1"
    );
    pair.commit("third");
    assert_eq!(pair.propose(), format!("Updated {url}"));
}

#[test]
fn a_branch_that_went_another_way_is_replaced_only_when_told() {
    let mut pair = Pair::new(Forge::Agit);
    pair.propose();
    let first = pair.world.commit.clone();
    pair.repo.git(&["commit", "-q", "--amend", "-m", "another"]);
    pair.move_to_head();
    let told = pair.world.tell("another way");
    assert!(
        told.contains("help: run the command with `--take`"),
        "{told}"
    );
    pair.world.lease = Some(first);
    assert_eq!(
        pair.propose(),
        "Updated https://gitea.example.com/o/app/pulls/1"
    );
    assert_eq!(
        pair.at("refs/pull/1/head").as_ref(),
        Some(&pair.world.commit)
    );
}

#[test]
fn a_closed_request_is_not_opened_again_with_the_same_commit() {
    let mut pair = Pair::new(Forge::Agit);
    pair.propose();
    pair.options();
    fs::write(pair.server.join("closed"), "").expect("a file");
    pair.world.earlier = None;
    pair.propose();
    assert_eq!(pair.options(), None);
    assert_eq!(pair.at("refs/pull/2/head"), None);
}
