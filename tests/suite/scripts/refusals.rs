//! What the run script refuses, with the exact words that say what to fix and where.

use super::{GATEWAY, KEY, manifest, repo, worlds};

#[test]
fn addresses_that_break_or_leak_are_refused() {
    let repo = repo(&manifest("solo", ""));
    let odd = "holds a blank, quote or other character no URL has";
    let plain = "is not https, so the key would travel in plain text";
    for (url, why) in [
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
    ] {
        repo.write(
            ".env",
            &format!("# first\nANTHROPIC_API_KEY={KEY}\nANTHROPIC_BASE_URL={url}\n"),
        );
        let expected = format!("run-claude: ANTHROPIC_BASE_URL {why}: fix it in [ROOT]/.env:3\n");
        for world in worlds(repo.folder.path()) {
            let run = repo.run_in(&world, "", &[], &[]);
            assert_eq!(
                (run.code, &run.stderr),
                (2, &expected),
                "{}: {url}",
                world.name
            );
            assert_eq!(run.argv, None);
        }
    }
}

#[test]
fn addresses_get_the_form_the_client_needs() {
    let repo = repo(&manifest("solo", ""));
    for (url, form) in [
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
    ] {
        for world in worlds(repo.folder.path()) {
            let env = [("ANTHROPIC_BASE_URL", url), ("ANTHROPIC_API_KEY", KEY)];
            let run = repo.run_in(&world, "", &[], &env);
            assert_eq!(run.stderr, "", "{}: {url}", world.name);
            assert_eq!(run.env["ANTHROPIC_BASE_URL"], form, "{}", world.name);
            assert_eq!(run.settings()["env"]["ANTHROPIC_BASE_URL"], form);
        }
    }
}

/// A manifest, the env file, the environment → the message.
type Refusal<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn values_that_are_missing_or_wrong_are_refused() {
    let url = "ANTHROPIC_BASE_URL=https://gw.example\n";
    let with_url = |text: &str| Some(format!("{url}{text}"));
    let key_lines = [
        with_url("ANTHROPIC_API_KEY=your-gateway-key-here\n"),
        with_url("ANTHROPIC_API_KEY=\n"),
        with_url("ANTHROPIC_API_KEY='one two'\n"),
        with_url("ANTHROPIC_API_KEY=\"one\\ntwo\"\n"),
        with_url("ANTHROPIC_API_KEY=\"one\u{1b}two\"\n"),
        with_url("ANTHROPIC_API_KEY=k\nAPI_TIMEOUT_MS=3s\n"),
        with_url("ANTHROPIC_API_KEY=k\nANTHROPIC_TIMEOUT_MS=0\n"),
        with_url("ANTHROPIC_API_KEY=k\nANTHROPIC_TIMEOUT_MS=2147483648\n"),
        with_url("ANTHROPIC_API_KEY='k\nX=1\n"),
    ];
    let no_key = "holds a character that no key has, such as a blank or a control character: fix it in [ROOT]/.env:2";
    let whole =
        "the timeout must be a whole number of milliseconds from 1 to 2147483647: fix it in";
    let rows: Vec<Refusal<'_>> = vec![
        (
            "",
            None,
            &[],
            "no gateway URL: set ANTHROPIC_BASE_URL in [ROOT]/.env, a copy of [ROOT]/.env.template",
        ),
        (
            "",
            Some("ANTHROPIC_BASE_URL=\n"),
            &[],
            "no gateway URL: set ANTHROPIC_BASE_URL in [ROOT]/.env:1",
        ),
        (
            "",
            Some("ANTHROPIC_BASE_URL=https://your-gateway.example/v1\n"),
            &[],
            "ANTHROPIC_BASE_URL is still the placeholder: put your gateway's address in [ROOT]/.env:1",
        ),
        (
            "",
            Some(url),
            &[("ANTHROPIC_BASE_URL", "http://x")],
            "ANTHROPIC_BASE_URL is not https, so the key would travel in plain text: fix it in ANTHROPIC_BASE_URL of the environment",
        ),
        (
            GATEWAY,
            None,
            &[],
            "no gateway key: set ANTHROPIC_API_KEY in the environment or in [ROOT]/.env, a copy of [ROOT]/.env.template",
        ),
        (
            "",
            Some(url),
            &[],
            "no gateway key: set ANTHROPIC_API_KEY in the environment or in [ROOT]/.env",
        ),
        (
            "",
            key_lines[0].as_deref(),
            &[],
            "the gateway key is still the placeholder: put your own in [ROOT]/.env:2",
        ),
        (
            "",
            key_lines[1].as_deref(),
            &[],
            "no gateway key: set ANTHROPIC_API_KEY in the environment or in [ROOT]/.env:2",
        ),
        ("", key_lines[2].as_deref(), &[], no_key),
        (
            "",
            key_lines[3].as_deref(),
            &[],
            "is more than one line: fix it in [ROOT]/.env:2",
        ),
        ("", key_lines[4].as_deref(), &[], no_key),
        ("", key_lines[5].as_deref(), &[], "[ROOT]/.env:3"),
        ("", key_lines[6].as_deref(), &[], "[ROOT]/.env:3"),
        ("", key_lines[7].as_deref(), &[], "[ROOT]/.env:3"),
        (
            "",
            key_lines[8].as_deref(),
            &[],
            "a quote is opened in [ROOT]/.env:2 and never closed: close it there",
        ),
    ];
    for (toml, file, env, message) in rows {
        let repo = repo(&manifest("solo", toml));
        if let Some(text) = file {
            repo.write(".env", text);
        }
        let whose = if message.starts_with('[') {
            format!("{whole} ")
        } else if message.starts_with("holds a") || message.starts_with("is more") {
            "the gateway key ".to_owned()
        } else {
            String::new()
        };
        let expected = format!("run-claude: {whose}{message}\n");
        for world in worlds(repo.folder.path()) {
            let run = repo.run_in(&world, "", &["-p", "x"], env);
            assert_eq!((run.code, &run.stderr), (2, &expected), "{}", world.name);
            assert_eq!(run.argv, None);
            assert!(!run.stderr.contains(KEY));
        }
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
