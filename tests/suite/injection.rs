//! Texts that mean harm, wherever a text can be given: refused, or carried unchanged, and never run.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use tempfile::TempDir;

use crate::tree::{self, Run, git_init, put, temp, tool, tool_with};

/// Texts that do something where they are taken for more than a text; one that is run makes the file.
pub fn nasty(tripwire: &Path) -> Vec<String> {
    let touch = format!("touch {}", tripwire.display());
    let mut all: Vec<String> = [
        "a$(@)b",
        "a`@`b",
        "a;@;b",
        "a&&@&&b",
        "a||@",
        "a|@",
        "a&@&",
        "a\n@\nb",
        "a\r\n@\r\nb",
        "';@;'",
        "\";@;\"",
        "'\"'\"'$(@)",
        "\\';@;\\'",
        "\\\";@;\\\"",
        "$'\\n@\\n'",
        "${x:-$(@)}",
        "${@}",
        "$((a[$(@)]))",
        "<(@)",
        "%0a@%0a",
        "a%24(@)",
        "{{ 7*7 }}",
        "{% raw %}",
        "{# #}",
        "[[ credential.ref ]]",
        "[% include \"shared/check.sh\" %]",
        "${{ secrets.X }}",
        "::set-output name=a::b",
        "##vso[task.setvariable]x",
        "\"},\"evil\":{\"a\":\"b",
        "\\u0022,\\u0022",
        "- &a *a",
        "!!python/object:os.system",
        "a: b",
        "'''",
        "\"\"\"",
        "\"\n[evil]\na = \"",
        "$env:PATH",
        "$(@;'a')",
        "@'\n'@",
        "`$(@)",
        "#comment",
        "\\",
        "\\\\",
        "~",
        "*",
        "?",
        "[a-z]*",
        "-e",
        "--help",
        "-",
        "=",
        " a  b ",
        "\u{202e}abc",
        "\u{2019};@;\u{2019}",
        "\u{1b}[31mred",
        "\u{1b}]0;title\u{7}",
        "a\u{7f}b",
        "a\0b",
        "\u{feff}",
        "é日本",
        "%s%n%x",
        "&lt;script&gt;",
        "<script>",
        "../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "a,b=c",
        "a\tb",
        "!",
        "^",
        "(@)",
        "{@,}",
        "end'@'",
    ]
    .map(|text| {
        if text.starts_with("@'") {
            text.to_owned()
        } else {
            text.replace('@', &touch)
        }
    })
    .into();
    all.push("x".repeat(1 << 20));
    all
}

/// Texts put together by chance from such pieces.
pub fn random(tripwire: &Path) -> impl Strategy<Value = String> + use<> {
    let touch = format!("touch {}", tripwire.display());
    let pieces = [
        "$(", ")", "`", ";", "&&", "|", "'", "\"", "\\", "\n", "\r", "{{", "}}", "[[", "]]", "${",
        "}", "%0a", "#", " ", "=", ":", "$", "%", "-", "a", "Z9", "\u{1b}", "é", "<", ">", "*",
        "~", "!", ",", "\t",
    ];
    let pieces: Vec<String> = pieces
        .iter()
        .map(|piece| (*piece).to_owned())
        .chain([touch])
        .collect();
    let list = prop::collection::vec(prop::sample::select(pieces), 1..12);
    list.prop_map(|pieces| pieces.concat())
}

/// Keys of a manifest that take a text.
const KEYS: [&str; 12] = [
    "telemetry.project_tag",
    "telemetry.cost_center",
    "models.default",
    "models.fast",
    "models.fallback",
    "headers.x-team",
    "gateway.url",
    "credential.ref",
    "launcher.path",
    "launcher.env_file",
    "profile",
    "pack",
];

struct Ground {
    home: TempDir,
    root: PathBuf,
}

impl Ground {
    fn new(profile: &str) -> Self {
        let home = temp();
        let root = home.path().join("app");
        fs::create_dir(&root).expect("a folder");
        git_init(&root);
        let words = [
            "init",
            "--profile",
            profile,
            "--set",
            "gateway.url=https://gw.example/v1",
        ];
        tool(&root, &words).ends(0);
        Self { home, root }
    }

    fn tripwire(&self) -> PathBuf {
        self.home.path().join("tripwire")
    }

    /// Runs the tool; it ends by itself, says nothing that a terminal obeys, and runs nothing.
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Run {
        self.judged(arguments, tool(&self.root, arguments))
    }

    #[track_caller]
    fn judged(&self, arguments: &[&str], run: Run) -> Run {
        let shown: String = arguments.join(" ").chars().take(200).collect();
        // A program cannot be given such an argument at all.
        let cannot =
            run.code == 127 && (shown.contains('\0') || arguments.concat().len() > 100_000);
        assert!(
            cannot || (0..=2).contains(&run.code),
            "{shown:?}: {} {}",
            run.code,
            run.err
        );
        assert!(!run.err.contains("a defect in"), "{shown:?}: {}", run.err);
        assert!(!self.tripwire().exists(), "{shown:?} was run");
        let raw = |c: char| c.is_control() && c != '\n' && c != '\t';
        let err = run.err.lines().find(|line| line.contains(raw));
        assert_eq!(err, None, "{shown:?}");
        run
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    /// What was rendered is still what it was meant to be.
    #[track_caller]
    fn sound(&self, what: &str) {
        for path in [
            ".claude/settings.json",
            "claude-scaffold.toml",
            "claude-scaffold.lock",
        ] {
            let Some(text) = self.text(path) else {
                continue;
            };
            if path.ends_with("json") {
                let value: Value =
                    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{what:?}: {path}: {e}"));
                assert!(value.get("evil").is_none(), "{what:?}: {text}");
            } else {
                let value: toml::Table =
                    toml::from_str(&text).unwrap_or_else(|e| panic!("{what:?}: {path}: {e}"));
                assert!(!value.contains_key("evil"), "{what:?}: {text}");
            }
        }
        let scripts = tree::tree(&self.root).into_keys();
        for script in scripts.filter(|path| tree::is_named(path, "sh")) {
            for shell in ["dash", "bash", "busybox", "mksh"] {
                let mut command = tree::clean(shell, &self.root);
                if shell == "busybox" {
                    command.arg("sh");
                }
                command.args(["-n", &script]);
                let run = tree::finish(command);
                assert!(
                    matches!(run.code, 0 | 127),
                    "{what:?}: {shell} {script}: {}",
                    run.err
                );
            }
        }
    }
}

#[test]
fn manifest_values_are_refused_or_carried() {
    let profiles = ["team", "enterprise", "multi-model", "solo"];
    let values: Vec<(usize, String)> = nasty(Path::new("TRIPWIRE"))
        .into_iter()
        .enumerate()
        .collect();
    let name = |(_, value): &(usize, String)| value.chars().take(60).collect();
    tree::each(&values, name, |(turn, value)| {
        let ground = Ground::new(profiles[turn % profiles.len()]);
        let value = value.replace("TRIPWIRE", &ground.tripwire().display().to_string());
        for key in KEYS.iter().skip(turn % 3).step_by(3) {
            let texts = match *key {
                "gateway.url" => vec![format!("https://gw.example/{value}"), value.clone()],
                "credential.ref" => ["VAULT", "CMD", "ENV", "SOPS"]
                    .map(|s| format!("{s}:{value}"))
                    .into(),
                _ => vec![value.clone()],
            };
            for text in texts {
                let before = tree::tree(&ground.root);
                let run = ground.run(&["set", &format!("{key}={text}")]);
                if run.code > 1 {
                    tree::same(
                        "a refusal writes nothing",
                        &before,
                        &tree::tree(&ground.root),
                    );
                    continue;
                }
                ground.sound(&text);
                if *key == "telemetry.project_tag" {
                    let manifest = ground.text("claude-scaffold.toml").expect("a manifest");
                    let manifest: toml::Table = toml::from_str(&manifest).expect("TOML");
                    let kept = manifest
                        .get("telemetry")
                        .and_then(|table| table.get("project_tag"));
                    assert!(
                        kept.and_then(toml::Value::as_str)
                            .is_none_or(|kept| kept == text.trim()),
                        "{kept:?}"
                    );
                }
                ground.run(&["plan"]);
                ground.run(&["explain"]);
                ground.run(&["undo"]);
            }
        }
        ground.run(&["init", "--profile", &value]);
        ground.run(&["explain", &value]);
        ground.run(&["check", "--only", &value]);
    });
}

#[test]
fn values_that_stand_there_are_read_and_not_obeyed() {
    let values = nasty(Path::new("TRIPWIRE"));
    let name = |value: &String| value.chars().take(60).collect();
    tree::each(&values, name, |value| {
        let ground = Ground::new("team");
        let value = value.replace("TRIPWIRE", &ground.tripwire().display().to_string());
        let settings = serde_json::json!({ "env": { "ANTHROPIC_BASE_URL": value, "A": value }, "model": value, "apiKeyHelper": value });
        put(
            &ground.root.join(".claude/settings.local.json"),
            settings.to_string().as_bytes(),
            0o644,
        );
        let lines = format!("ANTHROPIC_API_KEY={value}\nANTHROPIC_BASE_URL='{value}'\n{value}\n");
        put(&ground.root.join(".env"), lines.as_bytes(), 0o644);
        for act in [
            &["explain"][..],
            &["check"],
            &["check", "--format", "github"],
            &["doctor"],
            &["key"],
            &["adopt", "-n"],
        ] {
            ground.run(act);
        }
    });
}

/// `key` gives what it was given, on one line, or nothing.
#[track_caller]
fn exact(run: &Run, value: &str) {
    if run.code == 0 {
        let trimmed = value.trim_matches([' ', '\t', '\r', '\n']);
        assert_eq!(run.out, format!("{trimmed}\n"));
        assert!(
            trimmed.bytes().all(|byte| (b'!'..=b'~').contains(&byte)),
            "{trimmed:?}"
        );
    } else {
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
    }
}

fn asked(ground: &Ground, value: &str) {
    let words = ["key", "--ref", "ENV:SOME_KEY"];
    if !value.contains('\0') && value.len() < 100_000 {
        let run = tool_with(&ground.root, &words, |command| {
            command.env("SOME_KEY", value);
        });
        exact(&ground.judged(&words, run), value);
    }
    let answer = ground.home.path().join("answer");
    fs::write(&answer, value).expect("written");
    let program = format!("#!/bin/sh\nexec cat '{}'\n", answer.display());
    let folder = ground.home.path().join("bin");
    for (name, reference) in [
        ("pass", "PASS:a"),
        ("vault", "VAULT:a/b"),
        ("op", "OP:a/b/c"),
    ] {
        put(&folder.join(name), program.as_bytes(), 0o755);
        let words = ["key", "--ref", reference];
        let run = tool_with(&ground.root, &words, |command| {
            let path = std::env::var("PATH").unwrap_or_default();
            command.env("PATH", format!("{}:{path}", folder.display()));
        });
        let run = ground.judged(&words, run);
        // `pass` gives its first line.
        let first = value.split('\n').next().unwrap_or_default();
        exact(&run, if name == "pass" { first } else { value });
    }
}

#[test]
fn answers_are_refused_or_carried() {
    let ground = Ground::new("solo");
    for value in nasty(&ground.tripwire()) {
        asked(&ground, &value);
    }
    let config = Config {
        cases: 32,
        failure_persistence: None,
        ..Config::default()
    };
    let values = random(&ground.tripwire());
    let result = TestRunner::new(config).run(&values, |value| {
        asked(&ground, &value);
        Ok(())
    });
    result.expect("no harm");
}

#[test]
fn references_are_refused_or_passed_on_as_one_argument() {
    let ground = Ground::new("solo");
    let seen = ground.home.path().join("seen");
    let program = format!(
        "#!/bin/sh\nprintf '%s\\0' \"$@\" >'{}'\necho key\n",
        seen.display()
    );
    let folder = ground.home.path().join("bin");
    put(&folder.join("pass"), program.as_bytes(), 0o755);
    for value in nasty(&ground.tripwire()) {
        let _ = fs::remove_file(&seen);
        let reference = format!("PASS:{value}");
        let words = ["key", "--ref", &reference];
        let run = tool_with(&ground.root, &words, |command| {
            let path = std::env::var("PATH").unwrap_or_default();
            command.env("PATH", format!("{}:{path}", folder.display()));
        });
        let run = ground.judged(&words, run);
        if run.code == 0 {
            let got = fs::read_to_string(&seen).expect("called");
            assert_eq!(got, format!("show\0{value}\0"));
        }
    }
}
