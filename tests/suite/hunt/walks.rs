//! What people do, with a look at everything after each step.

use std::fs;

use super::acts::{LOOKS, WRITES, needs_shape, words};
use super::canary::Look;
use super::world::World;
use crate::tree::{self, put};

/// How the repository is set up; `^` is the gateway, `!` the profile.
pub const INIT: &str = "init --profile ! --set gateway.url=^ --set credential.ref=ENV:TEAM_GATEWAY_KEY --set headers.x-api-key=ENV:HEADER_X_API_KEY";

const PROFILES: [&str; 4] = ["solo", "team", "enterprise", "multi-model"];
const SETTINGS: &str = "app/.claude/settings.json";

impl World {
    fn act(&mut self, act: &str) -> i32 {
        self.act_as(act, "text")
    }

    fn act_as(&mut self, act: &str, format: &str) -> i32 {
        if self.look == Look::Plain && needs_shape(act) {
            return 0;
        }
        let typed = self.value("argument").to_owned();
        let mut words = words(
            &act.replace('~', &self.path("").display().to_string()),
            &typed,
        );
        if format != "text" {
            words.extend(["--format".to_owned(), format.to_owned()]);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.run(&words).code
    }

    fn init(&mut self, profile: &str) {
        let act = INIT
            .replace('!', profile)
            .replace('^', &self.gateway.clone());
        let act = format!("{act} -v");
        self.act(&act);
    }

    /// The commands that only look, in every format that they have; each in one of four profiles
    /// unless the environment asks for all.
    fn look_at_all(&mut self, part: usize) {
        // Without a manifest nobody knows which variable is the gateway's.
        let is_declared = self.root.join("claude-scaffold.toml").exists();
        for act in slice(LOOKS, part, PROFILES.len()) {
            if !is_declared && asks_a_store(act) {
                continue;
            }
            self.act(act);
            self.act_as(act, "json");
            if ["check", "doctor", "fleet check"]
                .iter()
                .any(|name| act.starts_with(name))
            {
                self.act_as(act, "sarif");
                self.act_as(act, "github");
            }
        }
    }

    /// Few of them, for states in which most fail alike.
    fn look_at_some(&mut self) {
        for act in [
            "plan",
            "check",
            "explain",
            "doctor",
            "key",
            "resolve",
            "undo -n",
            "remove -n",
            "recommend",
        ] {
            self.act(act);
            self.act_as(act, "json");
        }
    }

    fn succeeded(&self, name: &str) -> bool {
        let mut endings = self.endings.keys();
        endings.any(|(known, code)| known == name && *code < 2)
    }

    fn edit(&mut self, below: &str, from: &str, to: &str) {
        let path = self.path(below);
        let text = fs::read_to_string(&path).unwrap_or_default();
        put(&path, text.replace(from, to).as_bytes(), 0o644);
    }
}

/// One part of so many, unless the environment asks for all.
fn slice<'a>(all: &'a [&'a str], part: usize, parts: usize) -> impl Iterator<Item = &'a str> {
    let full = std::env::var_os("CLAUDE_SCAFFOLD_TEST_FULL").is_some();
    let items = all.iter().enumerate();
    items
        .filter(move |(at, _)| full || at % parts == part)
        .map(|(_, item)| *item)
}

fn asks_a_store(act: &str) -> bool {
    act.starts_with("key --ref ") && !act.contains("ENV:")
}

fn number(profile: &str) -> usize {
    PROFILES
        .iter()
        .position(|known| *known == profile)
        .unwrap_or_default()
}

fn walks(check: impl Fn(Look, &str) + Sync) {
    let items: Vec<(Look, &str)> = [Look::Plain, Look::Vendor]
        .into_iter()
        .flat_map(|look| PROFILES.map(|profile| (look, profile)))
        .collect();
    tree::each(
        &items,
        |(look, profile)| format!("{look:?} {profile}"),
        |(look, profile)| check(*look, profile),
    );
}

#[test]
fn looking_shows_no_key() {
    walks(|look, profile| {
        let mut world = World::new(look);
        let part = number(profile);
        world.look_at_all((part + 1) % PROFILES.len());
        world.init(profile);
        world.look_at_all(part);
        put(&world.path("log/fail"), b"", 0o644);
        world.look_at_some();
        for act in LOOKS.iter().filter(|act| act.starts_with("key")) {
            world.act(act);
        }
        world.look_into_git("looking");
        world.clean();
        for name in ["init", "explain", "check", "doctor"] {
            assert!(world.succeeded(name), "{name}: {:?}", world.endings);
        }
    });
}

#[test]
fn writing_leaves_no_key_behind() {
    walks(|look, profile| {
        let mut world = World::new(look);
        world.init(profile);
        for act in WRITES {
            world.act(act);
            if act.starts_with("set gateway") {
                world.edit(SETTINGS, "\"mine\"", "\"mine too\"");
                world.look_at_some();
            }
        }
        world.look_into_git("writing");
        world.clean();
        for name in [
            "apply", "set", "undo", "remove", "adopt", "resolve", "upgrade", "check",
        ] {
            assert!(world.succeeded(name), "{name}: {:?}", world.endings);
        }
    });
}

#[test]
fn a_manifest_with_a_key_in_it_is_refused_without_showing_it() {
    walks(|look, profile| {
        let mut world = World::new(look);
        world.init(profile);
        let key = world.value("manifest").to_owned();
        let top = format!("version = 1\nprofile = \"{profile}\"\n");
        let wrong = [
            format!("[credential]\nref = \"{key}\"\n"),
            format!("[headers]\nauthorization = \"Bearer {key}\"\n"),
            format!("[headers]\nx-api-key = \"{key}\"\n"),
            format!("[gateway]\nurl = \"https://u:{key}@gw.example/v1\"\n"),
            format!("[credential]\nref = \"ENV:A\"\nkey = \"{key}\"\n"),
            format!("[credential]\nref = \"ENV:A\nkey = \"{key}\"\n"),
            format!("[credential]\napi_key = {key}\n"),
        ];
        for (turn, wrong) in wrong.iter().enumerate() {
            world.put("app/claude-scaffold.toml", &format!("{top}{wrong}"));
            let part = turn * PROFILES.len() + number(profile);
            let acts = slice(LOOKS, part, 28).filter(|act| !act.contains(['@', '%']));
            for act in acts.filter(|act| !asks_a_store(act)) {
                world.act(act);
            }
            for act in slice(WRITES, part, 28) {
                world.act_as(act, "json");
            }
            world.act("check");
            world.act_as("check", "sarif");
            world.act_as("check", "github");
        }
        world.clean();
    });
}

#[test]
fn killed_anywhere_it_keeps_no_key() {
    let mut probe = tree::clean("strace", &std::env::temp_dir());
    probe.args(["-o", "/dev/null", "true"]);
    if tree::finish(probe).code != 0 {
        return tree::skipped("no strace to kill the program with");
    }
    let looks = [Look::Plain, Look::Vendor];
    tree::each(
        &looks,
        |look| format!("{look:?}"),
        |look| {
            let mut world = World::new(*look);
            world.init("enterprise");
            let acts = [
                "set telemetry.project_tag=b",
                "set telemetry.project_tag=a",
                "resolve --take",
                "undo",
                "remove",
                "undo",
            ];
            for act in acts {
                for nth in 1..40 {
                    let call = if nth % 2 == 0 {
                        "fsync,fdatasync"
                    } else {
                        "rename,renameat,renameat2"
                    };
                    let inject = format!("inject={call}:signal=KILL:when={}", nth / 2 + 1);
                    let mut command = world.command("strace");
                    command.args([
                        "-f",
                        "-o",
                        "/dev/null",
                        "-e",
                        &inject,
                        env!("CARGO_BIN_EXE_claude-scaffold"),
                    ]);
                    command.args(act.split(' '));
                    let survived = tree::finish(command).code >= 0 && nth > 2;
                    world.look_around(&format!("killed {act}"));
                    for look in ["plan", "check", "undo -n"] {
                        world.act(look);
                    }
                    world.act("apply");
                    if survived {
                        break;
                    }
                }
            }
            world.look_into_git("killed");
            world.clean();
        },
    );
}
