//! What the run script refuses, with the exact words that say what to fix and where.

use super::{GATEWAY, KEY, manifest, repo, some_worlds};

#[test]
fn addresses_that_break_or_leak_are_refused() {
    let repo = repo(&manifest("solo", ""));
    let odd = "holds a blank, quote or other character no URL has";
    let plain = "is not https, so the key would travel in plain text";
    for (turn, (url, why)) in [
        ("https://gw.example/a b", odd),
        ("https://gw.example/$(id)", odd),
        ("'\"https://gw.example\"'", odd),
        ("https://gw.example/[a]", odd),
        ("https://gw.exämple", odd),
        ("\"https://gw.example\\nx\"", "holds a line break"),
        ("gw.example", "must start with https://"),
        ("ftp://gw.example", "must start with https://"),
        ("https:gw.example", "must start with https://"),
        (
            "https://gw.example?x=1",
            "must have no query and no fragment",
        ),
        (
            "https://gw.example/#x",
            "must have no query and no fragment",
        ),
        (
            "https://user:word@gw.example",
            "must hold no user name or password",
        ),
        ("https://", "names no host"),
        ("https:///v1", "names no host"),
        ("https://:443", "names no host"),
        ("https://gw..example", "names no host"),
        ("https://[::1", "names no host"),
        ("https://gw.example:", "has no valid port"),
        ("https://gw.example:x", "has no valid port"),
        ("https://gw.example:65536", "has no valid port"),
        ("http://gw.example", plain),
        ("http://127.0.0.1.gw.example", plain),
        ("http://127.0.0.x", plain),
        ("http://localhost.gw.example", plain),
        ("http://[::2]", plain),
        ("http://10.0.0.1", plain),
    ]
    .into_iter()
    .enumerate()
    {
        repo.write(
            ".env",
            &format!("# first\nANTHROPIC_API_KEY={KEY}\nANTHROPIC_BASE_URL={url}\n"),
        );
        let expected = format!("run-claude: ANTHROPIC_BASE_URL {why}: fix it in [ROOT]/.env:3\n");
        for world in some_worlds(repo.folder.path(), turn) {
            let run = repo.run_in(&world, "", &[], &[]);
            assert_eq!(
                (run.code, &run.stderr),
                (2, &expected),
                "{}: {url}",
                world.name
            );
            assert_eq!(run.started, None);
        }
    }
}

#[test]
fn addresses_get_the_form_the_client_needs() {
    let repo = repo(&manifest("solo", ""));
    for (turn, (url, form)) in [
        ("https://gw.example", "https://gw.example"),
        ("https://gw.example/", "https://gw.example"),
        ("https://gw.example/v1//", "https://gw.example"),
        ("  HTTPS://gw.example/v1  ", "https://gw.example"),
        ("https://gw.example/team/v1", "https://gw.example/team"),
        (
            "https://gw.example/v1/team/anthropic",
            "https://gw.example/v1/team/anthropic",
        ),
        ("https://gw.example:8443/v1", "https://gw.example:8443"),
        ("https://v1", "https://v1"),
        ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080"),
        ("http://127.9.8.7", "http://127.9.8.7"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://gw.localhost", "http://gw.localhost"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ]
    .into_iter()
    .enumerate()
    {
        for world in some_worlds(repo.folder.path(), turn) {
            let env = [("ANTHROPIC_BASE_URL", url), ("ANTHROPIC_API_KEY", KEY)];
            let run = repo.run_in(&world, "", &[], &env);
            assert_eq!(run.stderr, "", "{}: {url}", world.name);
            assert_eq!(run.env["ANTHROPIC_BASE_URL"], form, "{}", world.name);
            assert_eq!(run.settings()["env"]["ANTHROPIC_BASE_URL"], form);
        }
    }
}

/// Checks that a solo repository with this manifest and env file is refused with these words.
fn check(toml: &str, file: Option<&str>, env: &[(&str, &str)], message: &str) {
    let repo = repo(&manifest("solo", toml));
    if let Some(text) = file {
        repo.write(".env", text);
    }
    let expected = format!("run-claude: {message}\n");
    for world in some_worlds(repo.folder.path(), message.len()) {
        let run = repo.run_in(&world, "", &["-p", "x"], env);
        assert_eq!((run.code, &run.stderr), (2, &expected), "{}", world.name);
        assert_eq!(run.started, None);
    }
}

#[test]
fn a_url_that_is_missing_or_the_placeholder_is_refused() {
    check(
        "",
        None,
        &[],
        "no gateway URL: set ANTHROPIC_BASE_URL in [ROOT]/.env, a copy of [ROOT]/.env.template",
    );
    check(
        "",
        Some("#\nANTHROPIC_BASE_URL=\n"),
        &[],
        "no gateway URL: set ANTHROPIC_BASE_URL in [ROOT]/.env:2",
    );
    let placeholder =
        "ANTHROPIC_BASE_URL is still the placeholder: put your gateway's address in [ROOT]/.env:1";
    check(
        "",
        Some("ANTHROPIC_BASE_URL=https://your-gateway.example/v1\n"),
        &[],
        placeholder,
    );
    let plain = "ANTHROPIC_BASE_URL is not https, so the key would travel in plain text: fix it in ANTHROPIC_BASE_URL of the environment";
    check(GATEWAY, None, &[("ANTHROPIC_BASE_URL", "http://x")], plain);
}

#[test]
fn a_key_that_is_missing_or_no_key_is_refused() {
    let set = "no gateway key: set ANTHROPIC_API_KEY in the environment or in [ROOT]/.env";
    check(
        GATEWAY,
        None,
        &[],
        &format!("{set}, a copy of [ROOT]/.env.template"),
    );
    check(GATEWAY, Some("A=b\n"), &[], set);
    check(
        GATEWAY,
        Some("ANTHROPIC_API_KEY=\n"),
        &[],
        &format!("{set}:1"),
    );
    let placeholder = "the gateway key is still the placeholder: put your own in";
    let file = Some("ANTHROPIC_API_KEY=your-gateway-key-here\n");
    check(GATEWAY, file, &[], &format!("{placeholder} [ROOT]/.env:1"));
    let shell = [("ANTHROPIC_API_KEY", "your-gateway-key-here")];
    check(
        GATEWAY,
        None,
        &shell,
        &format!("{placeholder} ANTHROPIC_API_KEY of the environment"),
    );
    let odd = "the gateway key holds a character that no key has, such as a blank or a control character: fix it in [ROOT]/.env:1";
    for value in [
        "'one two'",
        "\"one\u{1b}two\"",
        "\"one\ttwo\"",
        "“key”",
        "a\u{a0}b",
    ] {
        check(
            GATEWAY,
            Some(&format!("ANTHROPIC_API_KEY={value}\n")),
            &[],
            odd,
        );
    }
    let lines = "the gateway key is more than one line: fix it in [ROOT]/.env:1";
    check(GATEWAY, Some("ANTHROPIC_API_KEY='one\ntwo'\n"), &[], lines);
}

#[test]
fn a_timeout_the_client_would_misread_is_refused() {
    let whole = "the timeout must be a whole number of milliseconds from 1 to 2147483647: fix it in [ROOT]/.env:2";
    for (name, value) in [
        ("API_TIMEOUT_MS", "3s"),
        ("ANTHROPIC_TIMEOUT_MS", "0"),
        ("API_TIMEOUT_MS", "-1"),
        ("API_TIMEOUT_MS", "1.5"),
        ("API_TIMEOUT_MS", "2147483648"),
        ("API_TIMEOUT_MS", "99999999999999999999"),
    ] {
        check(
            GATEWAY,
            Some(&format!("ANTHROPIC_API_KEY={KEY}\n{name}={value}\n")),
            &[],
            whole,
        );
    }
}

#[test]
fn an_env_file_that_cannot_be_understood_is_refused() {
    let open = "a quote is opened in [ROOT]/.env:2 and never closed: close it there";
    for value in ["'x", "\"x\\\"", "\"x\nC=d\n", " 'x \"y\""] {
        check(
            GATEWAY,
            Some(&format!("ANTHROPIC_API_KEY={KEY}\nA={value}\nB=c\n")),
            &[],
            open,
        );
    }
}

#[test]
fn a_missing_client_is_named() {
    let repo = repo(&manifest("team", GATEWAY));
    std::fs::remove_file(repo.base().join("bin/claude")).expect("removed");
    let run = repo.run(&[], &[("ANTHROPIC_API_KEY", KEY)]);
    let expected =
        "run-claude: the program claude was not found: npm install -g @anthropic-ai/claude-code\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, expected));
}

#[test]
fn another_key_in_a_settings_file_is_refused() {
    let repo = repo(&manifest("team", GATEWAY));
    let other = r#"{"env":{"ANTHROPIC_API_KEY":"another"}}"#;
    for file in [
        ".claude/settings.json",
        ".claude/settings.local.json",
        "../home/.claude/settings.json",
    ] {
        let before = std::fs::read_to_string(repo.root.join(file)).unwrap_or_default();
        repo.write(file, other);
        let run = repo.run(&[], &[("ANTHROPIC_API_KEY", KEY)]);
        assert_eq!(run.code, 2, "{file}");
        assert!(
            run.stderr
                .starts_with("run-claude: another ANTHROPIC_API_KEY stands in a settings file"),
            "{}",
            run.stderr
        );
        repo.write(file, &before);
    }
    let run = repo
        .write(".claude/settings.local.json", other)
        .run(&[], &[]);
    assert_eq!(
        (run.code, run.env["ANTHROPIC_API_KEY"].as_str()),
        (0, "another")
    );
}
