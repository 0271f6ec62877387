//! No command takes a literal credential into a file that git tracks, and none repeats one.
#![expect(clippy::disallowed_methods, reason = "tests write what they look at")]

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::tree::{self, Run};

/// Keys of several shapes, put together here: by prefix, by form, by a word on the line.
fn keys() -> Vec<String> {
    let random = "a1B2c3D4e5F6g7H8";
    vec![
        ["sk-", "ant-", "api03-", random, random].concat(),
        ["gh", "p_", random, random, "i9J0"].concat(),
        [
            "ey",
            "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.",
            random,
            random,
        ]
        .concat(),
    ]
}

/// A team's repository.
fn home() -> TempDir {
    let home = tree::temp();
    tree::git_init(home.path());
    tree::tool(home.path(), &["init", "--profile", "team"]).ends(0);
    home
}

fn refused(folder: &Path, arguments: &[&str], secret: &str) -> Run {
    let before = tree::tree(folder);
    let run = tree::tool(folder, arguments).ends(2);
    let said = format!("{}{}", run.out, run.err);
    assert!(said.contains("error[CS003]"), "{arguments:?}: {said}");
    assert!(said.contains("ENV:"), "{arguments:?}: {said}");
    assert!(!said.contains(secret), "{arguments:?}: {said}");
    tree::same("refused", &before, &tree::tree(folder));
    run
}

#[test]
fn no_assignment_takes_a_key() {
    let (team, bare) = (home(), tree::temp());
    tree::git_init(bare.path());
    let hand_made = bare.path().join(".claude");
    fs::create_dir(&hand_made).expect("a folder");
    fs::write(hand_made.join("settings.json"), "{\"model\": \"opus\"}\n").expect("a file");
    for key in keys() {
        for place in [
            "credential.ref=",
            "credential.ref=ENV:",
            "credential.ref=CMD:echo ",
            "gateway.url=https://gw.example/",
            "gateway.url=https://u:p@gw.example/",
            "models.default=",
            "models.fallback=a,",
            "models.structured=",
            "telemetry.project_tag=",
            "telemetry.cost_center=cc ",
            "headers.x-note=",
            "headers.x-note=Bearer ",
            "headers.x-api-key=",
            "launcher.path=",
            "ci.stage=",
            "pack=path:../",
            "check.baseline=",
            "severity.CS001=",
            "visibility=",
            "features=",
            "profile=",
        ] {
            let set = format!("{place}{key}");
            refused(team.path(), &["set", &set], &key);
            refused(team.path(), &["plan", "--set", &set], &key);
            let init = ["init", "--profile", "team", "--set", &set];
            refused(bare.path(), &init, &key);
            refused(bare.path(), &["adopt", "--set", &set], &key);
        }
    }
}

#[test]
fn a_header_that_is_named_after_a_credential_takes_no_literal() {
    let team = home();
    for (name, value) in [
        ("authorization", "Bearer hunter-two-and-more"),
        ("x-api-key", "plainword"),
        ("x-session-id", "0123456789abcdef0123"),
        ("cf-aig-authorization", "wordsalad"),
        ("cookie", "a=b"),
    ] {
        let set = format!("headers.{name}={value}");
        let run = refused(team.path(), &["set", &set], value);
        assert!(run.err.contains(name), "{}", run.err);
    }
    for set in [
        "headers.x-auth-mode=oauth",
        "headers.x-key-version=2",
        "headers.x-api-key=ENV:GATEWAY_HEADER",
        "headers.x-team=blue and green",
    ] {
        tree::tool(team.path(), &["set", set]).ends(0);
    }
    let run = tree::tool(team.path(), &["set", "headers.x-team=VAULT:a//b"]).ends(2);
    assert!(
        run.err.contains("empty name between its slashes"),
        "{}",
        run.err
    );
}

#[test]
fn no_manifest_holds_a_key_wherever_it_stands() {
    let vault = ["s", ".", "a1B2c3D4e5F6g7H8i9J0k1L2"].concat();
    let cargo = ["ci", "o", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"].concat();
    for key in keys() {
        let escaped = key.replacen('-', "\\u002d", 1).replacen('_', "\\u005f", 1);
        for line in [
            format!("# was {key}\n"),
            format!("[models]\nfast = \"{escaped}\"\n"),
            format!("unknown = \"{key}\"\n"),
            format!("[headers]\n\"{key}\" = \"x\"\n"),
            format!("[telemetry]\nproject_tag = '''{key}'''\n"),
        ] {
            in_a_manifest(&line, &key);
        }
    }
    in_a_manifest(&format!("[headers]\nx-vault = \"{vault}\"\n"), &vault);
    in_a_manifest(&format!("# cargo {cargo}\n"), &cargo);
    in_a_manifest(
        "[gateway]\nurl = \"https://u:hunter2@gw.example\"\n",
        "hunter2",
    );
}

fn in_a_manifest(more: &str, key: &str) {
    let home = tree::temp();
    tree::git_init(home.path());
    let text = format!("version = 1\nprofile = \"solo\"\n{more}");
    fs::write(home.path().join("claude-scaffold.toml"), text).expect("a file");
    for command in [
        &["apply"][..],
        &["plan"],
        &["check"],
        &["set", "models.fast=x"],
    ] {
        let run = refused(home.path(), command, key);
        assert!(run.err.contains("--> claude-scaffold.toml:"), "{}", run.err);
    }
}

#[test]
fn nothing_is_offered_that_no_manifest_may_hold() {
    for key in keys() {
        for (name, value) in [
            (
                "CLAUDE_SCAFFOLD_GATEWAY_URL",
                format!("https://u:{key}@gw.example"),
            ),
            (
                "CLAUDE_SCAFFOLD_GATEWAY_URL",
                format!("https://gw.example/{key}"),
            ),
            ("CLAUDE_SCAFFOLD_PROFILE", key.clone()),
        ] {
            let home = tree::temp();
            let run = tree::tool_with(home.path(), &["init", "--profile", "solo"], |command| {
                command.env(name, &value);
            })
            .ends(2);
            assert!(run.err.contains("error[CS003]"), "{}", run.err);
            assert!(!run.err.contains(&key), "{}", run.err);
            assert!(tree::tree(home.path()).is_empty());
        }
    }
}

#[test]
fn other_spellings_are_written_in_ours_and_stay_where_the_user_wrote_them() {
    let team = home();
    let manifest = team.path().join("claude-scaffold.toml");
    let read = || fs::read_to_string(&manifest).expect("a manifest");
    tree::tool(
        team.path(),
        &["set", "credential.ref=op://My%20Vault/gateway/key"],
    )
    .ends(0);
    assert!(
        read().contains("ref = \"OP:My Vault/gateway/key\""),
        "{}",
        read()
    );
    tree::tool(
        team.path(),
        &["set", "headers.x-api-key=${{ secrets.GATEWAY_HEADER }}"],
    )
    .ends(0);
    assert!(
        read().contains("x-api-key = \"ENV:GATEWAY_HEADER\""),
        "{}",
        read()
    );
    let foreign = read().replace("OP:My Vault/gateway/key", "ref+vault://kv/gw#/api_key");
    fs::write(&manifest, foreign).expect("a file");
    tree::tool(team.path(), &["apply"]).ends(0);
    assert!(read().contains("ref+vault://kv/gw#/api_key"), "{}", read());
    let mut rendered = tree::tree(team.path());
    rendered.retain(|path, _| Path::new(path).extension().is_some_and(|end| end == "sh"));
    let scripts = rendered.values().filter_map(|node| match node {
        tree::Node::File(_, bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    });
    let scripts: String = scripts.collect();
    assert!(scripts.contains("'-field=api_key' 'kv/gw'"), "{scripts}");
    assert!(!scripts.contains("ref+vault"), "{scripts}");
    let near = tree::tool(team.path(), &["set", "credential.ref=GATEWAY_KEY"]).ends(2);
    assert!(
        near.err.contains("did you mean `ENV:GATEWAY_KEY`?"),
        "{}",
        near.err
    );
}

#[test]
fn an_error_points_into_the_reference() {
    for (value, column) in [
        ("\"VAULT:team//gateway\"", 19),
        ("'PASS:-x'", 13),
        ("\"PASS:\\u002dx\"", 13),
        ("\"\\u0050ASS:-x\"", 7),
        ("\"VALT:x\"", 7),
    ] {
        let home = tree::temp();
        let text = format!("version = 1\nprofile = \"solo\"\n[credential]\nref = {value}\n");
        fs::write(home.path().join("claude-scaffold.toml"), text).expect("a file");
        let run = tree::tool(home.path(), &["plan"]).ends(2);
        let place = format!("--> claude-scaffold.toml:4:{column}");
        assert!(run.err.contains(&place), "{value}: {}", run.err);
    }
}
