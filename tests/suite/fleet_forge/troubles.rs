//! Forges that refuse, have no time, or do not answer; programs that are not there, or hang.

use std::time::Instant;

use super::*;
use crate::tree::snapshot;

fn github() -> World {
    World::new("https://github.com/o/app")
}

#[test]
fn every_refusal_has_its_words_and_its_way_out() {
    let mut told = String::new();
    for fault in ["301", "401", "403", "404", "422", "page", "stranger"] {
        let world = github();
        told += &world.faults(&["pass", fault, "pass", fault]).tell(fault);
    }
    let world = github();
    let secret = ["hunter", "2hunter2"].concat();
    let leak = format!("leak {secret}");
    told += &world
        .faults(&[leak.as_str(); 9])
        .tell("a program that tells a password");
    assert!(!told.contains(&secret), "{told}");
    for remote in [
        "/srv/git/app.git",
        "https://git.example.com/o/app",
        "https://github.com/o",
    ] {
        told += &World::new(remote).tell(remote);
    }
    let mut world = github();
    world.network = Network::Closed;
    told += &world.tell("offline");
    let mut world = github();
    world.group.title = "{{ nothing }}".to_owned();
    told += &world
        .tell("a template that names what there is not")
        .replace(" \n", "\n");
    world.group.title = " {# nothing #} ".to_owned();
    told += &world.tell("a title of nothing");
    for (remote, what) in [
        ("https://github.com/o/app", "no gh"),
        ("https://gitlab.com/o/app", "no glab"),
    ] {
        let mut world = World::new(remote);
        let path = world.folder.path().display().to_string();
        world.environment.insert("PATH".to_owned(), path);
        told += &world.tell(what);
    }
    snapshot("fleet_forge", "refusals", &told);
}

#[test]
fn a_forge_that_is_asked_too_often_is_left_alone_for_as_long_as_it_says() {
    let world = github();
    world.faults(&["429 1", "pass"]);
    let begin = Instant::now();
    let told = world.tell("limited");
    assert!(told.contains("Opened"), "{told}");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert_eq!(told.matches("GET").count(), 2, "{told}");
}

#[test]
fn a_forge_that_does_not_say_for_how_long_is_left_alone_for_a_while() {
    let world = github();
    let begin = Instant::now();
    let told = world.faults(&["often", "often"]).tell("often");
    assert!(told.contains("Opened"), "{told}");
    assert!(begin.elapsed() >= Duration::from_millis(600));
}

#[test]
fn a_forge_that_wants_a_long_rest_is_not_waited_for() {
    let mut world = github();
    world.pace.patience = Duration::from_millis(500);
    let begin = Instant::now();
    for fault in ["limited 4102444800", "429 3600"] {
        let told = world.faults(&[fault]).tell(fault);
        assert!(told.contains("github.com is asked too often"), "{told}");
        assert_eq!(told.matches("GET").count(), 1, "{told}");
    }
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn what_passes_is_asked_again() {
    for fault in ["500", "offline"] {
        let told = github().faults(&[fault, fault]).tell(fault);
        assert!(told.contains("Opened"), "{told}");
        assert_eq!(told.matches("GET").count(), 3, "{told}");
    }
    let told = github().faults(&["500"; 9]).tell("500");
    assert!(
        told.contains("error: github.com answers with 502: Server Error"),
        "{told}"
    );
}

#[test]
fn a_lost_answer_makes_no_second_request() {
    let world = github();
    let told = world.faults(&["pass", "lost"]).tell("lost");
    assert!(told.contains("https://github.com/o/app/pull/1"), "{told}");
    assert_eq!(told.matches("POST repos/o/app/pulls").count(), 1, "{told}");
    assert!(!world.folder.path().join("requests/2").exists());
}

#[test]
fn labels_that_are_refused_are_told_and_asked_for_again() {
    let world = github();
    let told = world.faults(&["pass", "pass", "403"]).tell("labels");
    let open = "https://github.com/o/app/pull/1 is open, but its labels are not set";
    assert!(told.contains(open), "{told}");
    let told = world.tell("labels");
    assert!(
        told.contains("Updated") && !told.contains("PATCH"),
        "{told}"
    );
}

#[test]
fn a_program_that_hangs_is_ended_with_its_children() {
    let mut world = github();
    world.pace.limit = Duration::from_secs(2);
    let begin = Instant::now();
    let told = world.faults(&["hang"]).tell("hang");
    assert!(told.contains("error: `gh` took longer than 2 s"), "{told}");
    assert!(begin.elapsed() < Duration::from_secs(10));
    let child = world.written("child");
    let process = Path::new("/proc").join(child.trim());
    assert!(!child.is_empty());
    // A process that was told to end may still be on its way out.
    let state = || fs::read_to_string(process.join("stat")).unwrap_or_default();
    let is_gone = || Some(state()).is_none_or(|state| state.is_empty() || state.contains(") Z "));
    let until = Instant::now() + Duration::from_secs(5);
    while !is_gone() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(is_gone(), "{}", state());
}
