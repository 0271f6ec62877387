//! The key helper, and the run script with a helper or a store.

use super::{GATEWAY, KEY, Repo, World, manifest, program, repo, worlds};

fn helper(repo: &Repo, world: &World, env: &[(&str, &str)]) -> (i32, String, String) {
    let script = repo.root.join("scripts/claude-api-key.sh");
    let run = repo.run_script(world, &script, "sub", &[], env);
    (run.code, run.stdout, run.stderr)
}

fn vault(repo: &Repo, body: &str) {
    program(
        &repo.base().join("bin/vault"),
        &format!("#!/bin/sh\n{body}\n"),
    );
}

#[test]
fn the_helper_asks_environment_env_file_and_store_in_turn() {
    let repo = repo(&manifest(
        "enterprise",
        &format!("{GATEWAY}[credential]\nref = \"VAULT:team/gw it's#api key\"\n"),
    ));
    vault(
        &repo,
        "[ \"$*\" = \"kv get -field=api key team/gw it's\" ] && echo from-store",
    );
    for world in worlds(repo.folder.path()) {
        repo.write(".env", "");
        let given = |env| helper(&repo, &world, env);
        assert_eq!(
            given(&[]),
            (0, "from-store\n".into(), String::new()),
            "{}",
            world.name
        );
        repo.write(".env", "GATEWAY_TOKEN=\"from-file\" # mine\r\n");
        assert_eq!(
            given(&[]),
            (0, "from-file\n".into(), String::new()),
            "{}",
            world.name
        );
        assert_eq!(
            given(&[("GATEWAY_TOKEN", " from-ci ")]),
            (0, "from-ci\n".into(), String::new())
        );
        assert_eq!(given(&[("GATEWAY_TOKEN", "  ")]).1, "from-file\n");
        repo.write(".env", "# c\nGATEWAY_TOKEN='open\n");
        let (code, stdout, stderr) = given(&[]);
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(
            stderr.contains(":2 and never closed"),
            "{}: {stderr}",
            world.name
        );
    }
}

#[test]
fn the_helper_gives_one_line_or_a_reason() {
    let repo = repo(&manifest("enterprise", GATEWAY));
    let no_key = "claude-api-key: the gateway key holds a character that no key has, such as a blank or a control character: fix it in VAULT:claude-gateway-key\n";
    for (body, stderr) in [
        (
            "exit 3",
            "claude-api-key: VAULT:claude-gateway-key gave no value for the gateway key: vault failed (exit 3)\nhelp: if you are not logged in: vault login\n",
        ),
        (
            "exit 0",
            "claude-api-key: VAULT:claude-gateway-key gave no value for the gateway key: it is empty\n",
        ),
        (
            "printf 'a\\nb\\n'",
            "claude-api-key: the gateway key is more than one line: fix it in VAULT:claude-gateway-key\n",
        ),
        ("printf 'a\\033b\\n'", no_key),
        ("echo a b", no_key),
        (
            "echo your-gateway-key-here",
            "claude-api-key: the gateway key is still the placeholder: put your own in VAULT:claude-gateway-key\n",
        ),
    ] {
        vault(&repo, body);
        for world in worlds(repo.folder.path()) {
            assert_eq!(
                helper(&repo, &world, &[]),
                (2, String::new(), stderr.to_owned()),
                "{}",
                world.name
            );
            let run = repo.run_in(&world, "", &[], &[]);
            assert_eq!((run.code, run.started), (2, None));
            assert!(run.stderr.contains("run-claude: the helper gave no key (exit 2): [ROOT]/scripts/claude-api-key.sh\n"), "{}", run.stderr);
        }
    }
}

#[test]
fn with_a_helper_no_credential_is_exported() {
    let repo = repo(&manifest("enterprise", GATEWAY));
    vault(&repo, &format!("echo {KEY}"));
    let run = repo.run_in(
        &worlds(repo.folder.path())[0],
        "sub",
        &["-p", "x"],
        &[
            ("ANTHROPIC_API_KEY", "mine"),
            ("ANTHROPIC_AUTH_TOKEN", "mine"),
        ],
    );
    assert_eq!(run.stderr, "");
    for name in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"] {
        assert!(!run.env.contains_key(name));
        assert_eq!(run.settings()["env"][name], "");
    }
    let settings = run.settings();
    assert_eq!(
        settings["apiKeyHelper"],
        format!("'{}/scripts/claude-api-key.sh'", repo.root.display())
    );
    assert_eq!(
        settings["env"]["CLAUDE_CODE_API_KEY_HELPER_TTL_MS"],
        "300000"
    );
    assert!(run.env.values().all(|value| !value.contains(KEY)));
    let run = repo.run(&["--print-config"], &[]);
    assert!(
        run.stdout
            .ends_with("apiKeyHelper=[ROOT]/scripts/claude-api-key.sh    (from the manifest)\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_broken_helper_stops_the_start() {
    let repo = repo(&manifest("enterprise", GATEWAY));
    let path = repo.root.join("scripts/claude-api-key.sh");
    program(&path, "#!/bin/sh\nprintf 'a\\nb\\n'\n");
    let run = repo.run(&[], &[]);
    assert_eq!(
        run.stderr,
        "run-claude: the gateway key is more than one line: fix it in [ROOT]/scripts/claude-api-key.sh\n"
    );
    program(&path, "#!/bin/sh\n:\n");
    assert_eq!(
        repo.run(&[], &[]).stderr,
        "run-claude: the gateway key is empty: fix it in [ROOT]/scripts/claude-api-key.sh\n"
    );
    super::set_mode(&path, 0o644);
    assert_eq!(
        repo.run(&[], &[]).stderr,
        "run-claude: the helper is missing or not executable: chmod +x [ROOT]/scripts/claude-api-key.sh\n"
    );
}

#[test]
fn without_a_helper_the_store_is_asked_by_the_script() {
    let repo = repo(&manifest(
        "team",
        &format!("{GATEWAY}[credential]\nref = \"VAULT:gw\"\n"),
    ));
    vault(&repo, &format!("cat; echo {KEY}"));
    let run = repo.run(&[], &[]);
    assert_eq!(
        (
            run.stderr.as_str(),
            run.env["ANTHROPIC_AUTH_TOKEN"].as_str()
        ),
        ("", KEY)
    );
    let run = repo.run(&["--print-config"], &[]);
    assert!(
        run.stdout
            .ends_with("ANTHROPIC_AUTH_TOKEN=[redacted]    (from VAULT:gw)\n"),
        "{}",
        run.stdout
    );
    vault(&repo, "echo denied >&2; exit 4");
    assert_eq!(
        repo.run(&[], &[]).stderr,
        "vault: denied\nrun-claude: VAULT:gw gave no value for the gateway key: vault failed (exit 4)\nhelp: if you are not logged in: vault login\n"
    );
}

#[test]
fn an_env_reference_can_have_a_helper() {
    let repo = repo(&manifest(
        "enterprise",
        &format!("{GATEWAY}[credential]\nref = \"ENV:root\"\n"),
    ));
    repo.write(".env", "root=from-file\n");
    for world in worlds(repo.folder.path()) {
        assert_eq!(
            helper(&repo, &world, &[]).1,
            "from-file\n",
            "{}",
            world.name
        );
        assert_eq!(
            helper(&repo, &world, &[("root", "from-shell")]).1,
            "from-shell\n",
            "{}",
            world.name
        );
    }
}
