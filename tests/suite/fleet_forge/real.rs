//! The real `gh` against the server that `tests/real/fleet_forge.py` starts; run by it alone.

use std::process::Command;
use std::time::Instant;

use super::*;

/// A world whose `gh` is the real one, with a token that the server makes something of.
fn world(token: &str) -> World {
    let mut world = World::new("https://localhost/o/app.git");
    let path = std::env::var("PATH").expect("a path");
    let authority = std::env::var("FORGE_AUTHORITY").expect("set by the script");
    let more = [
        ("PATH", path.as_str()),
        ("SSL_CERT_FILE", authority.as_str()),
        ("GH_ENTERPRISE_TOKEN", token),
        ("GH_HOST", "localhost"),
    ];
    let more = more.map(|(name, value)| (name.to_owned(), value.to_owned()));
    world.environment.extend(more);
    world.environment.remove("GH_TOKEN");
    world
}

/// Changes a pull request as somebody else would.
fn edit(world: &World, number: u32, field: &str) {
    let endpoint = format!("repos/o/app/pulls/{number}");
    let done = Command::new("gh")
        .args([
            "api",
            "--hostname",
            "localhost",
            "-X",
            "PATCH",
            &endpoint,
            "-f",
            field,
        ])
        .envs(&world.environment)
        .output()
        .expect("gh runs");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn told(world: &World) -> String {
    let told = world.tell("");
    told.trim_start_matches(['#', ' ', '\n'])
        .trim_end()
        .to_owned()
}

#[test]
#[ignore = "needs gh, and the server of tests/real/fleet_forge.py"]
fn the_real_program_and_a_server_of_its_own() {
    let mut world = world("good");
    let one = "https://localhost/o/app/pull/1";
    assert_eq!(told(&world), format!("Opened {one}"));
    assert_eq!(told(&world), format!("Open {one}"));
    world.report.change = Some("ba9876543210".to_owned());
    world.group.title = "Another title".to_owned();
    world.group.labels.push("fleet".to_owned());
    assert_eq!(told(&world), format!("Updated {one}"));
    assert_eq!(told(&world), format!("Open {one}"));
    edit(&world, 1, "title=Draft: by hand");
    assert_eq!(told(&world), format!("Open {one}"));
    edit(&world, 1, "state=closed");
    assert_eq!(told(&world), format!("Closed {one}"));
    world.report.change = Some("cccccccccccc".to_owned());
    world.move_to("2222222222222222222222222222222222222222");
    assert_eq!(told(&world), "Opened https://localhost/o/app/pull/2");
    assert_eq!(told(&world), "Open https://localhost/o/app/pull/2");
}

#[test]
#[ignore = "needs gh, and the server of tests/real/fleet_forge.py"]
fn what_the_real_program_says_of_refusals() {
    for (token, says) in [
        (
            "bad",
            "error: localhost does not know who asks: Bad credentials\nhelp: log in: `gh auth login",
        ),
        (
            "",
            "error: localhost does not know who asks: To get started",
        ),
        (
            "readonly",
            "error: localhost does not allow it: Resource not accessible by personal access token",
        ),
        ("unseen", "error: localhost has no `o/app` that may be seen"),
        (
            "invalid",
            "error: localhost refuses it: Validation Failed; PullRequest base invalid",
        ),
        (
            "limited",
            "error: localhost is asked too often, and wants 3600 s of rest",
        ),
        ("down", "error: localhost answers with 502: Server Error"),
    ] {
        let mut world = world(token);
        if token.is_empty() {
            world.environment.remove("GH_ENTERPRISE_TOKEN");
        }
        let told = told(&world);
        assert!(told.starts_with(says), "{token}: {told}");
    }
    let begin = Instant::now();
    let told = told(&world("busy"));
    assert!(told.starts_with("Opened"), "{told}");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    let mut world = world("good");
    world.remote = "https://127.0.0.9/o/app".to_owned();
    world
        .environment
        .insert("GH_HOST".to_owned(), "127.0.0.9".to_owned());
    let told = self::told(&world);
    assert!(told.starts_with("error: `gh` failed: "), "{told}");
}
