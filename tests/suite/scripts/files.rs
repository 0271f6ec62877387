//! What the run script reads from the env file and from settings files, and who wins.

use serde_json::{Value, json};

use super::{GATEWAY, KEY, Repo, manifest, repo, some_worlds, worlds};

/// Text of an env file with `N` as the name → the value, or none where it counts as unset.
const LINES: [(&str, Option<&str>); 45] = [
    ("N=plain", Some("plain")),
    ("N = spaced out ", Some("spaced out")),
    ("  export N=x", Some("x")),
    ("export\tN=x", Some("x")),
    ("N=a # comment", Some("a")),
    ("N=a\tb\t# comment", Some("a\tb")),
    ("N=a#b", Some("a#b")),
    ("N=#b", Some("#b")),
    ("N= # only a comment", None),
    ("N=", None),
    ("N=\"\"", None),
    ("N=\"  \"", None),
    ("N=\"a b\" # comment", Some("a b")),
    ("N='a b' # it's a comment", Some("a b")),
    ("N=\" a \"", Some(" a ")),
    ("N=\"it's\"", Some("it's")),
    ("N='say \"hi\"'", Some("say \"hi\"")),
    ("N=\"a\\\"b\"", Some("a\"b")),
    ("N='a\\b'", Some("a\\b")),
    ("N='a\\'", Some("a\\")),
    ("N=\"a\\\\b\\\\\"", Some("a\\b\\")),
    ("N=a\\nb", Some("a\\nb")),
    ("N=\\", Some("\\")),
    ("N=\"a\\nb\\tc\\rd\"", Some("a\nb\tc\rd")),
    ("N=\"a\\xb\\0\"", Some("a\\xb\\0")),
    ("N=$HOME", Some("$HOME")),
    ("N=\"${HOME}\"", Some("${HOME}")),
    ("N=\"\\$x\\`y\"", Some("$x`y")),
    (
        "N=$(touch pwned)`touch pwned`",
        Some("$(touch pwned)`touch pwned`"),
    ),
    ("N=a&b;c|d>e<f(g)", Some("a&b;c|d>e<f(g)")),
    ("N=a=b=c", Some("a=b=c")),
    ("N=*", Some("*")),
    ("N=~/x ?[a-z]", Some("~/x ?[a-z]")),
    ("N=x\r", Some("x")),
    ("N=\"a\r\nb\"\r", Some("a\nb")),
    ("N='a\nb\n\nc'", Some("a\nb\n\nc")),
    ("N=\"a\n b \\\"c\\\"\nd\"", Some("a\n b \"c\"\nd")),
    ("N=\"a\n\"", Some("a\n")),
    ("N=one\nN=two", Some("two")),
    ("# N=x", None),
    ("N: x", None),
    ("M='text\nN=inside'\nN=x", Some("x")),
    ("N=é ü 日本 🦀", Some("é ü 日本 🦀")),
    (
        "N=\"a\u{1}b\u{1b}[31mc\u{7f}\"",
        Some("a\u{1}b\u{1b}[31mc\u{7f}"),
    ),
    ("N=%s%n\\0041", Some("%s%n\\0041")),
];

fn team() -> Repo {
    repo(&manifest("team", GATEWAY))
}

fn row(index: usize) -> String {
    format!("ANTHROPIC_ROW_{index}_")
}

#[test]
fn the_env_file_is_read_and_never_run() {
    let repo = team();
    let text: String = LINES
        .iter()
        .enumerate()
        .map(|(i, (line, _))| line.replace('N', &row(i)) + "\n")
        .collect();
    // The same names in a settings file: whoever is to win has to be in `--settings` too.
    let shadow: serde_json::Map<String, Value> = (0..LINES.len())
        .map(|i| (row(i), json!("shadow")))
        .collect();
    repo.write(".env", &format!("ANTHROPIC_API_KEY={KEY}\n{text}"))
        .write(
            ".claude/settings.local.json",
            &json!({ "env": shadow }).to_string(),
        );
    for world in worlds(repo.folder.path()) {
        let run = repo.run_in(&world, "", &[], &[]);
        assert_eq!(run.code, 0, "{}: {}", world.name, run.stderr);
        let settings = run.settings();
        for (i, (line, expected)) in LINES.iter().enumerate() {
            let got = run.env.get(&row(i)).map(String::as_str);
            assert_eq!(got, *expected, "{}: {line:?}", world.name);
            let passed = settings["env"][&row(i)].as_str();
            assert_eq!(passed, *expected, "{} in settings: {line:?}", world.name);
        }
        assert!(!repo.root.join("pwned").exists());
    }
}

#[test]
fn byte_order_mark_and_missing_newline_are_no_part_of_a_value() {
    let repo = team();
    repo.write(
        ".env",
        &format!("\u{feff}ANTHROPIC_BETAS=x\r\nANTHROPIC_API_KEY={KEY}"),
    );
    for world in worlds(repo.folder.path()) {
        let run = repo.run_in(&world, "", &[], &[]);
        assert_eq!(run.env["ANTHROPIC_BETAS"], "x", "{}", world.name);
        assert_eq!(run.env["ANTHROPIC_API_KEY"], KEY, "{}", world.name);
    }
}

#[test]
fn what_only_the_application_knows_stays_in_the_env_file() {
    let repo = team();
    let text = format!(
        "ANTHROPIC_API_KEY={KEY}\nDATABASE_URL=x\nPATH=/nowhere\nLD_PRELOAD=x\nOTEL_LOGS_EXPORTER=otlp\nhttps_proxy=http://p\nOPENAI_BASE_URL=u\n"
    );
    repo.write(".env", &text);
    let run = repo.run(&[], &[]);
    for name in ["DATABASE_URL", "LD_PRELOAD"] {
        assert!(!run.env.contains_key(name), "{name}");
    }
    for (name, value) in [
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("https_proxy", "http://p"),
        ("OPENAI_BASE_URL", "u"),
    ] {
        assert_eq!(run.env[name], value);
    }
    assert!(run.env["PATH"].contains("/usr/bin"));
}

#[test]
fn settings_files_are_read_as_the_client_reads_them() {
    let repo = team();
    repo.write(".env", &format!("ANTHROPIC_API_KEY={KEY}"));
    for (text, expected) in [
        (
            r#"{"env":{"ANTHROPIC_BETAS":"a\"b\\c\/d\u00e9\ud83e\udd80\n\t\b\u0041"}}"#,
            Some("a\"b\\c/dé🦀\n\t\u{8}A"),
        ),
        (
            "\u{feff}{\r\n \"env\" : {\t\"ANTHROPIC_BETAS\"\n:\n\"x\" } }\r\n",
            Some("x"),
        ),
        (
            r#"{"a":[{"env":{"ANTHROPIC_BETAS":"no"}},[],{}],"env":{"ANTHROPIC_BETAS":5}}"#,
            Some("5"),
        ),
        (r#"{"env":{"ANTHROPIC_BETAS":"one"},"env":{}}"#, None),
        (
            r#"{"env":{"ANTHROPIC_BETAS":"one","ANTHROPIC_BETAS":"two"}}"#,
            Some("two"),
        ),
        (
            r#"{"env":{"ANTHROPIC_BETAS":null,"X":{"ANTHROPIC_BETAS":"no"}}}"#,
            None,
        ),
        (r#"{"env":{"ANTHROPIC_BETAS":""}}"#, None),
        (
            r#"{"x":-1.5e+3,"y":true,"env":{"ANTHROPIC_BETAS":true}}"#,
            Some("true"),
        ),
        ("", None),
    ] {
        repo.write(".claude/settings.local.json", text);
        for world in worlds(repo.folder.path()) {
            let run = repo.run_in(&world, "", &[], &[]);
            assert_eq!(run.stderr, "", "{} {text}", world.name);
            let got = run.env.get("ANTHROPIC_BETAS").map(String::as_str);
            assert_eq!(got, expected, "{}: {text}", world.name);
            assert_eq!(run.settings()["env"]["ANTHROPIC_BETAS"].as_str(), expected);
        }
    }
}

#[test]
fn a_settings_file_the_client_skips_is_skipped_and_named() {
    let repo = team();
    repo.write(".env", &format!("ANTHROPIC_API_KEY={KEY}"));
    for (turn, text) in [
        "// c\n{}",
        "{\"a\":1,}",
        "{\"a\":[1,]}",
        "[]",
        "{\"a\" 1}",
        "{\"a\":1",
        "{\"a\":1}}",
        "{\"a\":01}",
        "{\"env\":[]}",
        "{\"env\":1}",
        "{\"model\":42}",
        "{\"a\":'x'}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"tab\there\"}",
        "{,}",
        "{\"a\":}",
        "{} {}",
        "nul",
        "{\"a\":nul}",
        "\"x\"",
        "{\"a\":1 \"b\":2}",
        "{\"a\"}",
        "[1}",
    ]
    .into_iter()
    .enumerate()
    {
        repo.write(".claude/settings.json", text);
        for world in some_worlds(repo.folder.path(), turn) {
            let run = repo.run_in(&world, "", &[], &[]);
            let note = "run-claude: note: [ROOT]/.claude/settings.json is not strict JSON, so it is skipped (by the client too)\n";
            assert_eq!(run.stderr, note, "{}: {text}", world.name);
            assert_eq!(run.env["ANTHROPIC_BASE_URL"], "https://gw.example");
        }
    }
}

#[test]
fn the_strongest_place_wins() {
    let repo = team();
    let local = json!({ "env": { "ANTHROPIC_DEFAULT_HAIKU_MODEL": "local", "API_TIMEOUT_MS": 3 }, "model": "local-model" });
    let project = json!({ "env": { "ANTHROPIC_DEFAULT_HAIKU_MODEL": "project", "API_TIMEOUT_MS": "4" }, "model": "project-model",
        "fallbackModel": ["one", "two"] });
    let file = format!(
        "ANTHROPIC_API_KEY={KEY}\nANTHROPIC_DEFAULT_HAIKU_MODEL=file\nANTHROPIC_TIMEOUT_MS=2\nANTHROPIC_MODEL=file-model\n"
    );
    let shell = [
        ("ANTHROPIC_API_KEY", KEY),
        ("ANTHROPIC_DEFAULT_HAIKU_MODEL", "shell"),
        ("ANTHROPIC_TIMEOUT_MS", "1"),
        ("ANTHROPIC_MODEL", "shell-model"),
    ];
    let check = |env: &[(&str, &str)], haiku: &str, timeout: &str, model: &str| {
        let run = repo.run(&[], env);
        let passed = run.settings();
        assert_eq!(passed["env"]["ANTHROPIC_DEFAULT_HAIKU_MODEL"], haiku);
        assert_eq!(run.env["ANTHROPIC_DEFAULT_HAIKU_MODEL"], haiku);
        assert_eq!(
            (&passed["env"]["API_TIMEOUT_MS"], &passed["model"]),
            (&json!(timeout), &json!(model))
        );
        passed
    };
    std::fs::remove_file(repo.root.join(".claude/settings.json")).expect("removed");
    let key = &shell[..1];
    check(key, "claude-haiku-4-5", "30000", "claude-sonnet-4-6");
    repo.write(".claude/settings.json", &project.to_string());
    let passed = check(key, "project", "4", "project-model");
    assert_eq!(passed["fallbackModel"], json!(["one", "two"]));
    repo.write(".claude/settings.local.json", &local.to_string());
    check(key, "local", "3", "local-model");
    repo.write(".env", &file);
    check(&[], "file", "2", "file-model");
    let passed = check(&shell, "shell", "1", "shell-model");
    assert_eq!(passed["env"]["ANTHROPIC_MODEL"], "shell-model");
}
