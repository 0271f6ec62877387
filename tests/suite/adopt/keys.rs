//! Keys in settings: with `--replace-keys` they move into the env file, and references stay behind.

use std::fs;
use std::path::{Path, PathBuf};

use super::{SETTINGS, repository};
use crate::tree::{self, Run};

const EDITOR: &str = ".vscode/settings.json";

fn key() -> String {
    ["sk-", "ant-", "api03-", &"a1B2c3D4".repeat(4)].concat()
}

fn settings(key: &str) -> String {
    format!(
        "{{\n  // mine\n  \"model\": \"opus\",\n  \"env\": {{\n    \"ANTHROPIC_BASE_URL\": \"https://gw.internal.net\",\n    \
         \"ANTHROPIC_AUTH_TOKEN\": \"{key}\"\n  }}\n}}\n"
    )
    .replace("  // mine\n", "")
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).expect(path)
}

/// Every file below a folder that holds a text, git's own included.
fn holders(root: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if entry.file_type().expect("a type").is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap_or_default();
            if bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
            {
                found.push(path.strip_prefix(root).expect("below").to_owned());
            }
        }
    }
    found
}

fn silent(run: &Run, secret: &str) {
    assert!(!run.out.contains(secret), "{}", run.out);
    assert!(!run.err.contains(secret), "{}", run.err);
}

#[test]
fn a_key_moves_out_of_the_settings_and_into_the_env_file() {
    let key = key();
    let text = settings(&key);
    let home = repository(&[(SETTINGS, &text)]);
    let root = home.path();
    let before = tree::tree(root);

    let dry = tree::tool(root, &["adopt", "--replace-keys", "-n"]).ends(0);
    silent(&dry, &key);
    assert!(dry.out.contains("[redacted]"), "{}", dry.out);
    assert!(
        dry.out.contains(".env") && dry.out.contains(".gitignore"),
        "{}",
        dry.out
    );
    tree::same("a dry run writes nothing", &before, &tree::tree(root));

    let run = tree::tool(root, &["adopt", "--replace-keys"]).ends(0);
    silent(&run, &key);
    assert!(run.err.contains("platform.claude.com"), "{}", run.err);
    let line = format!(",\n    \"ANTHROPIC_AUTH_TOKEN\": \"{key}\"");
    assert_eq!(read(root, SETTINGS), text.replace(&line, ""));
    assert_eq!(read(root, ".env"), format!("ANTHROPIC_AUTH_TOKEN={key}\n"));
    assert_eq!(read(root, ".gitignore"), "/.env\n");
    let manifest = read(root, "claude-scaffold.toml");
    assert!(
        manifest.contains("ref = \"ENV:ANTHROPIC_AUTH_TOKEN\""),
        "{manifest}"
    );
    assert_eq!(holders(root, &key), [PathBuf::from(".env")]);

    tree::tool(root, &["undo"]).ends(0);
    assert!(!root.join("claude-scaffold.toml").exists());
    let undone = tree::tool(root, &["undo"]).ends(0);
    silent(&undone, &key);
    assert!(undone.err.contains("undo keeps none"), "{}", undone.err);
    assert!(!root.join(".gitignore").exists());
    assert_eq!(read(root, ".env"), format!("ANTHROPIC_AUTH_TOKEN={key}\n"));
    assert_eq!(holders(root, &key), [PathBuf::from(".env")]);
    tree::tool(root, &["undo"]).ends(0);
}

#[test]
fn a_name_is_enough_and_every_place_is_known() {
    let plain = "wordsalad-of-a-company-9";
    let claude = format!(
        "{{\n  \"apiKeyHelper\": \"echo {plain}-a\",\n  \"env\": {{\n    \
         \"ANTHROPIC_CUSTOM_HEADERS\": \"x-team: blue\\nx-team-token: {plain}-b\",\n    \
         \"OTHER_API_KEY\": \"{plain}-c\"\n  }}\n}}\n"
    );
    let editor = format!(
        "{{\n  // mine\n  \"aiCoding.agentConfig\": {{ \"authToken\": \"{plain}-a\" }},\n  \
         \"terminal.integrated.env.linux\": {{ \"OTHER_API_KEY\": \"{plain}-c\", \"A\": \"b\" }}\n}}\n"
    );
    let home = repository(&[(SETTINGS, &claude), (EDITOR, &editor)]);
    let root = home.path();
    let run = tree::tool(root, &["adopt", "--replace-keys"]).ends(0);
    silent(&run, plain);
    assert_eq!(holders(root, plain), [PathBuf::from(".env")]);
    let env = read(root, ".env");
    for line in [
        format!("ANTHROPIC_AUTH_TOKEN={plain}-a\n"),
        format!("X_TEAM_TOKEN={plain}-b\n"),
        format!("OTHER_API_KEY={plain}-c\n"),
    ] {
        assert!(env.contains(&line), "{env}");
    }
    assert!(read(root, SETTINGS).contains("\"x-team: blue\""));
    let editor = read(root, EDITOR);
    assert!(editor.contains("${env:ANTHROPIC_AUTH_TOKEN}"), "{editor}");
    assert!(
        editor.contains("// mine") && editor.contains("\"A\": \"b\""),
        "{editor}"
    );
    let manifest = read(root, "claude-scaffold.toml");
    assert!(
        manifest.contains("x-team-token = \"ENV:X_TEAM_TOKEN\""),
        "{manifest}"
    );
    tree::tool(root, &["apply"]).ends(0);
    assert_eq!(holders(root, plain), [PathBuf::from(".env")]);
}

#[test]
fn without_the_flag_not_one_byte_changes_and_the_way_is_named() {
    let key = key();
    let text = settings(&key);
    let home = repository(&[(SETTINGS, &text)]);
    let root = home.path();
    let run = tree::tool(root, &["adopt"]).ends(0);
    silent(&run, &key);
    assert!(run.err.contains("adopt --replace-keys"), "{}", run.err);
    assert_eq!(read(root, SETTINGS), text);
    assert!(!root.join(".env").exists());
    // What is managed by then can still be mended.
    let run = tree::tool(root, &["adopt", "--replace-keys"]).ends(0);
    silent(&run, &key);
    assert_eq!(holders(root, &key), [PathBuf::from(".env")]);
}

#[test]
fn a_key_moves_into_no_tracked_file_and_over_no_other_key() {
    let key = key();
    let text = settings(&key);
    for (env, tracked) in [("A=b\n", true), ("ANTHROPIC_AUTH_TOKEN=other\n", false)] {
        let home = repository(&[(SETTINGS, &text), (".env", env)]);
        let root = home.path();
        if tracked {
            tree::git(root, &["add", ".env"]);
        }
        let before = tree::tree(root);
        let run = tree::tool(root, &["adopt", "--replace-keys"]).ends(2);
        silent(&run, &key);
        tree::same("refused", &before, &tree::tree(root));
    }
}

#[test]
fn an_env_file_keeps_its_lines_and_its_line_ends() {
    let key = key();
    let ignored = "node_modules\r\n.env*\r\n";
    let home = repository(&[
        (SETTINGS, &settings(&key)),
        (".env", "# mine\r\nA=b\r\n"),
        (".gitignore", ignored),
    ]);
    let root = home.path();
    tree::tool(root, &["adopt", "--replace-keys"]).ends(0);
    assert_eq!(
        read(root, ".env"),
        format!("# mine\r\nA=b\r\nANTHROPIC_AUTH_TOKEN={key}\r\n")
    );
    assert_eq!(read(root, ".gitignore"), ignored);
}
