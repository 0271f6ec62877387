//! Pushes to a repository on this machine.

use std::fs;
use std::time::Duration;

use claude_scaffold::fleet::remote::{Lease, Push, Pushed, RemoteError, push};
use claude_scaffold::pack::Prompt;

use super::{Served, World};

fn pushed(
    from: &Served<'_>,
    refspec: &str,
    options: &[&str],
    lease: Option<Lease<'_>>,
) -> Result<Pushed, RemoteError> {
    let options: Vec<String> = options.iter().map(|&o| o.to_owned()).collect();
    push(&Push {
        repository: &from.work,
        remote: "origin",
        refspecs: &[refspec.to_owned()],
        options: &options,
        lease,
        prompt: Prompt::Never,
        time: Duration::from_secs(30),
    })
}

#[test]
fn what_is_named_arrives_and_nothing_else() {
    let world = World::new();
    let served = world.served("app");
    served.git(&["tag", "-a", "v1", "-m", "v1"]);
    served.git(&["config", "push.followTags", "true"]);
    let commit = served.commit("more.txt");
    let refspec = format!("{commit}:refs/heads/fleet");
    let done = pushed(&served, &refspec, &[], None).expect("a push");
    assert!(!done.up_to_date);
    assert_eq!(served.tip("fleet"), commit);
    assert_eq!(served.at(&served.bare, &["tag"]), "");
    assert!(
        pushed(&served, &refspec, &[], None)
            .expect("a push")
            .up_to_date
    );
}

#[test]
fn a_branch_that_has_gone_another_way_is_replaced_with_the_right_lease_alone() {
    let world = World::new();
    let served = world.served("app");
    let theirs = served.commit("theirs.txt");
    pushed(&served, "main:refs/heads/fleet", &[], None).expect("a push");
    served.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let ours = served.commit("ours.txt");
    let error = pushed(&served, "main:refs/heads/fleet", &[], None).expect_err("a refusal");
    assert!(matches!(error, RemoteError::NotForward(_)), "{error}");
    let lease = |commit| {
        Some(Lease {
            reference: "refs/heads/fleet",
            commit,
        })
    };
    for wrong in [None, Some(ours.as_str())] {
        let error =
            pushed(&served, "main:refs/heads/fleet", &[], lease(wrong)).expect_err("a refusal");
        assert!(matches!(error, RemoteError::Moved(_)), "{error}");
        assert_eq!(served.tip("fleet"), theirs);
    }
    pushed(&served, "main:refs/heads/fleet", &[], lease(Some(&theirs))).expect("a push");
    assert_eq!(served.tip("fleet"), ours);
}

#[cfg(unix)]
#[test]
fn the_server_and_the_hooks_have_their_say() {
    let world = World::new();
    let served = world.served("app");
    super::hook(
        &served.bare,
        "pre-receive",
        "env | grep GIT_PUSH_OPTION_0 >&2\necho 'https://u:hunter2@h/p' >&2",
    );
    let done = pushed(&served, "main:refs/heads/a", &["topic=x"], None).expect("a push");
    assert_eq!(
        done.talk,
        "GIT_PUSH_OPTION_0=topic=x\nhttps://u:[redacted]@h/p"
    );
    super::hook(
        &served.bare,
        "pre-receive",
        "echo 'no keys here' >&2; exit 1",
    );
    let error = pushed(&served, "main:refs/heads/b", &[], None)
        .expect_err("a refusal")
        .to_string();
    assert_eq!(
        error,
        "`refs/heads/b` is not taken: pre-receive hook declined: no keys here"
    );
    served.at(
        &served.bare,
        &["config", "receive.advertisePushOptions", "false"],
    );
    let error = pushed(&served, "main:refs/heads/b", &["a=b"], None).expect_err("a refusal");
    assert!(matches!(error, RemoteError::NoOptions), "{error}");
    super::hook(
        &served.work.join(".git"),
        "pre-push",
        "echo 'ours says no' >&2; exit 1",
    );
    let error = pushed(&served, "main:refs/heads/b", &[], None)
        .expect_err("a refusal")
        .to_string();
    assert!(error.contains("ours says no"), "{error}");
}

#[test]
fn what_is_no_repository_is_not_looked_for_above() {
    let world = World::new();
    let served = world.served("app");
    let inside = served.work.join("folder");
    let done = push(&Push {
        repository: &inside,
        remote: "origin",
        refspecs: &["main:refs/heads/a".to_owned()],
        options: &[],
        lease: None,
        prompt: Prompt::Never,
        time: Duration::from_secs(30),
    });
    assert!(done.is_err());
    fs::remove_dir_all(&served.bare).expect("a folder");
    let error = pushed(&served, "main:refs/heads/a", &[], None).expect_err("a failure");
    assert!(matches!(error, RemoteError::Absent(_)), "{error}");
}
