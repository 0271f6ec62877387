//! Same input, same bytes: whatever the machine, the user and the folder are like.

use std::path::Path;
use std::process::Command;

use super::INIT;
use crate::tree::{self, Node, Run, Tree};

/// What `init` wrote, as git would see it: paths, bytes and the executable bit.
fn written(root: &Path) -> Tree {
    let mut found = tree::tree(root);
    for node in found.values_mut() {
        if let Node::File(mode, _) = node {
            *mode = if *mode & 0o100 == 0 { 0o644 } else { 0o755 };
        }
    }
    found
}

fn check(name: &str, profile: &str, change: impl FnOnce(&Path, &mut Command)) -> (Tree, Run) {
    let home = tree::temp();
    let root = home.path().join(name);
    tree::put(&root.join(".gitignore"), b"*.log\n", 0o644);
    tree::put(
        &root.join(".vscode/settings.json"),
        b"{\n\t// mine\n\t\"a\": 1,\n}\n",
        0o644,
    );
    tree::git_init(&root);
    let arguments = [&["init", "--profile", profile], &INIT[3..]].concat();
    let run = tree::tool_with(&root, &arguments, |command| change(home.path(), command)).ends(0);
    tree::tool(&root, &["apply"]).ends(0);
    (written(&root), run)
}

/// A user whose configuration is as odd as git allows.
fn odd_user(home: &Path) {
    let config = "\
[core]
\tautocrlf = true
\teol = crlf
\tfileMode = false
\tignoreCase = true
\tquotePath = false
\tsafecrlf = true
\texcludesFile = ~/ignore
\tattributesFile = ~/attributes
\thooksPath = /no/where
[safe]
\tdirectory = /no/where
[merge]
\tconflictStyle = diff3
[diff]
\tnoprefix = true
\tcontext = 0
";
    tree::put(&home.join("user/.gitconfig"), config.as_bytes(), 0o644);
    tree::put(&home.join("user/xdg/git/config"), config.as_bytes(), 0o644);
    for name in ["user/ignore", "user/xdg/git/ignore"] {
        tree::put(&home.join(name), b"*\n.claude/\n.env*\n", 0o644);
    }
    tree::put(&home.join("user/attributes"), b"* binary\n", 0o644);
    let own = "profile = \"solo\"\n[gateway]\nurl = \"https://other.example\"\n";
    for name in ["claude-scaffold.toml", "claude-scaffold/config.toml"] {
        tree::put(&home.join("user/xdg").join(name), own.as_bytes(), 0o644);
    }
}

#[test]
fn the_same_answers_give_the_same_bytes_everywhere() {
    for profile in ["solo", "team", "enterprise", "multi-model"] {
        let (files, run) = check("app", profile, |_, _| {});
        let same = |what: &str, (other, talk): (Tree, Run)| {
            tree::same(&format!("{profile}: {what}"), &files, &other);
            assert_eq!(run.out, talk.out, "{what}");
            assert_eq!(run.err, talk.err, "{what}");
        };
        for locale in ["C", "tr_TR.UTF-8", "de_DE.ISO-8859-1", "nonsense"] {
            let set = |_: &Path, command: &mut Command| {
                command
                    .env("LC_ALL", locale)
                    .env("LANG", locale)
                    .env("LANGUAGE", "tr");
            };
            same(locale, check("app", profile, set));
        }
        for zone in ["Pacific/Kiritimati", "America/Los_Angeles", "x"] {
            let set = |_: &Path, command: &mut Command| {
                command.env("TZ", zone);
            };
            same(zone, check("app", profile, set));
        }
        for name in ["another name", "naïve", "claude-scaffold"] {
            same(name, check(name, profile, |_, _| {}));
        }
        same(
            "an odd user",
            check("app", profile, |home, command| {
                odd_user(home);
                command
                    .env("HOME", home.join("user"))
                    .env("XDG_CONFIG_HOME", home.join("user/xdg"))
                    .env_remove("GIT_CONFIG_GLOBAL")
                    .env_remove("GIT_CONFIG_SYSTEM");
            }),
        );
        same(
            "no home",
            check("app", profile, |_, command| {
                command.env_remove("HOME");
            }),
        );
        same(
            "an environment full of answers",
            check("app", profile, |_, command| {
                command
                    .env("CLAUDE_SCAFFOLD_PROFILE", "solo")
                    .env("CLAUDE_SCAFFOLD_GATEWAY_URL", "https://other.example")
                    .env("CLAUDE_SCAFFOLD_COLOR", "always")
                    .env("ANTHROPIC_BASE_URL", "https://other.example")
                    .env("ANTHROPIC_API_KEY", "none")
                    .env("ANTHROPIC_MODEL", "other")
                    .env("NO_COLOR", "1")
                    .env("COLUMNS", "20")
                    .env("TERM", "dumb")
                    .env("SOURCE_DATE_EPOCH", "1")
                    .env("USER", "somebody");
            }),
        );
    }
}

#[test]
fn the_umask_decides_who_may_read_and_nothing_else() {
    let (files, _) = check("app", "enterprise", |_, _| {});
    for (umask, plain) in [("0002", 0o664), ("0077", 0o600), ("0027", 0o640)] {
        let home = tree::temp();
        let root = home.path().join("app");
        tree::put(&root.join(".gitignore"), b"*.log\n", 0o644);
        tree::put(
            &root.join(".vscode/settings.json"),
            b"{\n\t// mine\n\t\"a\": 1,\n}\n",
            0o644,
        );
        tree::git_init(&root);
        let mut command = tree::clean("sh", &root);
        command
            .args(["-c", "umask $0 && exec \"$@\"", umask])
            .arg(env!("CARGO_BIN_EXE_claude-scaffold"))
            .args(["init", "--profile", "enterprise"])
            .args(&INIT[3..]);
        assert!(command.output().expect("it starts").status.success());
        tree::same(umask, &files, &written(&root));
        let Some(Node::File(mode, _)) = tree::tree(&root).remove(".claude/settings.json") else {
            panic!("no settings");
        };
        assert_eq!(mode, plain, "umask {umask}");
        let Some(Node::File(mode, _)) = tree::tree(&root).remove(".gitignore") else {
            panic!("no ignore file");
        };
        assert_eq!(mode, 0o644, "a file that was there");
    }
}
