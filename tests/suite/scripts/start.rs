//! How the run script starts the client: arguments, folder, environment, `--settings`, `--print-config`.

use serde_json::json;

use super::{GATEWAY, KEY, Run, manifest, program, repo, repo_named, some_worlds, worlds};

const ENV: [(&str, &str); 1] = [("ANTHROPIC_API_KEY", KEY)];

fn assert_key_in_no_argument(run: &Run, key: &str) {
    let words = run.started.as_ref().expect("the client was started");
    assert!(words.iter().all(|word| !word.contains(key)), "{words:?}");
}

#[test]
fn arguments_and_folder_are_the_callers() {
    let repo = repo(&manifest("team", GATEWAY));
    let args = [
        "-p",
        "a  b\n*\\ $x `y` \"q\" 'é'",
        "",
        "--",
        "--settings",
        "--print-config",
    ];
    for world in worlds(repo.folder.path()) {
        for cwd in ["", "sub/deep"] {
            let run = repo.run_in(&world, cwd, &args, &ENV);
            let words = run.started.as_ref().expect("started");
            assert_eq!(words[0], "--settings", "{}", world.name);
            assert_eq!(words[2..], args, "{}", world.name);
            let expected = repo.root.join(cwd);
            assert_eq!(
                run.cwd,
                expected.display().to_string().trim_end_matches('/')
            );
            assert_eq!(run.env["ANTHROPIC_BASE_URL"], "https://gw.example");
            assert_key_in_no_argument(&run, KEY);
        }
    }
}

#[test]
fn the_settings_argument_is_complete() {
    let tags = "[telemetry]\nproject_tag = \"back end\"\ncost_center = \"a\\\\b\"\n[models]\nfallback = [\"m-1\", \"m-2\"]\n";
    for profile in ["solo", "team", "multi-model"] {
        let repo = repo(&manifest(profile, &format!("{GATEWAY}{tags}")));
        let run = repo.run(&[], &ENV);
        let expected = json!({
            "env": {
                "ANTHROPIC_BASE_URL": "https://gw.example",
                "ANTHROPIC_DEFAULT_SONNET_MODEL": "claude-sonnet-4-6",
                "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-haiku-4-5",
                "ANTHROPIC_DEFAULT_OPUS_MODEL": "claude-sonnet-4-6",
                "ANTHROPIC_DEFAULT_FABLE_MODEL": "claude-sonnet-4-6",
                "API_TIMEOUT_MS": "30000",
                "ANTHROPIC_CUSTOM_HEADERS": "x-project-tag: back end\nx-cost-center: a\\b",
                "OTEL_RESOURCE_ATTRIBUTES": "project.tag=back%20end,cost_center=a%5Cb",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "ANTHROPIC_AUTH_TOKEN": "",
            },
            "apiKeyHelper": "",
            "model": "claude-sonnet-4-6",
            "fallbackModel": ["m-1", "m-2"],
            "permissions": { "deny": [format!("Read(/{}/.env)", repo.root.display())] },
        });
        assert_eq!(run.settings(), expected, "{profile}");
    }
}

#[test]
fn a_root_with_any_name_works() {
    for (turn, name) in [
        "with  space",
        "q'uote",
        "d\"ouble",
        "ünï-日本",
        "st*r [x] (y) {z} ?!",
        "$HOME `x` \\y",
        "-dash",
        "tab\there",
    ]
    .into_iter()
    .enumerate()
    {
        let repo = repo_named(name, &manifest("enterprise", GATEWAY));
        for world in some_worlds(repo.folder.path(), turn) {
            let run = repo.run_in(&world, "sub", &[], &[("GATEWAY_TOKEN", KEY)]);
            assert_eq!(
                (run.code, run.stderr.as_str()),
                (0, ""),
                "{}: {name}",
                world.name
            );
            let settings = run.settings();
            let file = format!("{}/.env", repo.root.display());
            let rule = file.replace(['*', '?', '[', ']', '(', ')', '\\', '!', '{', '}'], "?");
            assert_eq!(
                settings["permissions"]["deny"],
                json!([format!("Read(/{rule})")])
            );
            let helper = settings["apiKeyHelper"].as_str().expect("a command");
            program(
                &repo.base().join("bin/check"),
                &format!("#!/bin/sh\n{helper}\n"),
            );
            let run = repo.run_script(
                &world,
                &repo.base().join("bin/check"),
                "",
                &[],
                &[("GATEWAY_TOKEN", "other")],
            );
            assert_eq!(run.stdout, "other\n", "{}: {name}", world.name);
        }
    }
}

#[test]
fn the_script_is_found_through_links() {
    let repo = repo(&manifest("team", GATEWAY));
    let link = repo.base().join("bin/run");
    std::os::unix::fs::symlink("../repo/scripts/run-claude.sh", &link).expect("linked");
    for world in worlds(repo.folder.path()) {
        let run = repo.run_script(&world, &link, "sub", &["x"], &ENV);
        assert_eq!(
            run.env["ANTHROPIC_BASE_URL"], "https://gw.example",
            "{}",
            world.name
        );
    }
}

#[test]
fn a_callers_own_settings_win_and_are_announced() {
    let repo = repo(&manifest("team", GATEWAY));
    for args in [
        &["--settings", "{}", "-p", "x"][..],
        &["-p", "x", "--settings={}"][..],
    ] {
        let run = repo.run(args, &ENV);
        assert_eq!(
            run.started.as_deref(),
            Some(&args.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
        );
        assert_eq!(
            run.stderr,
            "run-claude: note: your own --settings is used, so settings files outrank the environment\n"
        );
        assert_eq!(run.env["ANTHROPIC_BASE_URL"], "https://gw.example");
    }
}

#[test]
fn exactly_one_credential_is_exported() {
    let bearer = "[credential]\nref = \"ENV:MY_KEY\"\n";
    let repo = repo(&manifest("team", &format!("{GATEWAY}{bearer}")));
    repo.write(
        ".env",
        "MY_KEY=from-file-123\nANTHROPIC_API_KEY=wrong\nANTHROPIC_AUTH_TOKEN=wrong\n",
    );
    let run = repo.run(&[], &[("ANTHROPIC_API_KEY", "wrong")]);
    assert_eq!(run.env["ANTHROPIC_AUTH_TOKEN"], "from-file-123");
    for name in ["ANTHROPIC_API_KEY", "MY_KEY"] {
        assert!(!run.env.contains_key(name), "{name}");
    }
    assert_eq!(run.settings()["env"]["ANTHROPIC_API_KEY"], "");
    assert_key_in_no_argument(&run, "from-file-123");
    let run = repo.run(&[], &[("GATEWAY_TOKEN", "shared-456")]);
    assert_eq!(run.env["ANTHROPIC_AUTH_TOKEN"], "shared-456");
}

#[test]
fn the_callers_variables_keep_their_values() {
    let repo = repo(&manifest("team", GATEWAY));
    let env = [
        ENV[0],
        ("key", "mine"),
        ("url", "mine"),
        ("root", "mine"),
        ("name", "mine"),
        ("LC_ALL", "POSIX"),
        ("IFS", "x"),
    ];
    for world in worlds(repo.folder.path()) {
        let run = repo.run_in(&world, "", &[], &env);
        for (name, value) in &env[1..6] {
            assert_eq!(run.env[*name], *value, "{}", world.name);
        }
        assert!(
            run.env.keys().all(|name| !name.starts_with("rc_")),
            "{}",
            world.name
        );
    }
}

#[test]
fn a_secret_header_travels_in_the_environment_alone() {
    let toml =
        format!("{GATEWAY}[headers]\nx-plain = \"yes\"\ncf-aig-authorization = \"ENV:CF_TOKEN\"\n");
    let repo = repo(&manifest("team", &toml));
    let secret = "Bearer cf-0123456789";
    let run = repo.run(&[], &[ENV[0], ("CF_TOKEN", secret)]);
    let whole = format!("x-plain: yes\ncf-aig-authorization: {secret}");
    assert_eq!(run.env["ANTHROPIC_CUSTOM_HEADERS"], whole);
    assert_eq!(run.settings()["env"].get("ANTHROPIC_CUSTOM_HEADERS"), None);
    assert_key_in_no_argument(&run, "cf-0123456789");
    let run = repo.run(&[], &ENV);
    let expected = "run-claude: header cf-aig-authorization has no value: set CF_TOKEN in the environment or in [ROOT]/.env, a copy of [ROOT]/.env.template\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, expected));
    let run = repo.run(&["--print-config"], &[ENV[0], ("CF_TOKEN", secret)]);
    assert!(
        run.stdout
            .contains("ANTHROPIC_CUSTOM_HEADERS=[redacted]    (from the manifest)\n"),
        "{}",
        run.stdout
    );
    repo.write(
        ".claude/settings.local.json",
        r#"{"env":{"ANTHROPIC_CUSTOM_HEADERS":"x: y"}}"#,
    );
    let run = repo.run(&[], &[ENV[0], ("CF_TOKEN", secret)]);
    let expected = "run-claude: ANTHROPIC_CUSTOM_HEADERS would replace the headers that carry a secret: remove it from [ROOT]/.claude/settings.local.json\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, expected));
}

#[test]
fn headers_that_look_secret_are_in_no_argument() {
    let repo = repo(&manifest("team", GATEWAY));
    let run = repo.run(
        &[],
        &[
            ENV[0],
            (
                "ANTHROPIC_CUSTOM_HEADERS",
                "X-Portkey-API-Key: k-0123456789",
            ),
        ],
    );
    assert_eq!(
        run.env["ANTHROPIC_CUSTOM_HEADERS"],
        "X-Portkey-API-Key: k-0123456789"
    );
    assert_key_in_no_argument(&run, "k-0123456789");
}

#[test]
fn print_config_shows_values_and_origins_and_no_key() {
    let repo = repo(&manifest(
        "team",
        &format!("{GATEWAY}[telemetry]\nproject_tag = \"t\"\ncost_center = \"c\"\n"),
    ));
    let file = format!(
        "ANTHROPIC_API_KEY={KEY}\nOTEL_EXPORTER_OTLP_HEADERS=\"a={KEY}\"\nHTTPS_PROXY=http://u:{KEY}@p\nOTEL_SERVICE_NAME=\"a\u{1b}b\"\nANTHROPIC_TIMEOUT_MS=5\n"
    );
    repo.write(".env", &file);
    let expected = "\
ANTHROPIC_BASE_URL=https://shell.example    (from ANTHROPIC_BASE_URL of the environment)
ANTHROPIC_DEFAULT_SONNET_MODEL=claude-sonnet-4-6    (from [ROOT]/.claude/settings.json)
ANTHROPIC_DEFAULT_HAIKU_MODEL=claude-haiku-4-5    (from [ROOT]/.claude/settings.json)
ANTHROPIC_DEFAULT_OPUS_MODEL=claude-sonnet-4-6    (from [ROOT]/.claude/settings.json)
ANTHROPIC_DEFAULT_FABLE_MODEL=claude-sonnet-4-6    (from [ROOT]/.claude/settings.json)
API_TIMEOUT_MS=5    (from [ROOT]/.env:5)
ANTHROPIC_CUSTOM_HEADERS=x-project-tag: t\\nx-cost-center: c    (from [ROOT]/.claude/settings.json)
OTEL_RESOURCE_ATTRIBUTES=project.tag=t,cost_center=c    (from [ROOT]/.claude/settings.json)
CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1    (from [ROOT]/.claude/settings.json)
HTTPS_PROXY=[redacted]    (from [ROOT]/.env:3)
OTEL_EXPORTER_OTLP_HEADERS=[redacted]    (from [ROOT]/.env:2)
OTEL_SERVICE_NAME=a\\u001bb    (from [ROOT]/.env:4)
model=claude-sonnet-4-6    (from [ROOT]/.claude/settings.json)
ANTHROPIC_API_KEY=[redacted]    (from [ROOT]/.env:1)
";
    for world in worlds(repo.folder.path()) {
        let run = repo.run_in(
            &world,
            "sub",
            &["--print-config"],
            &[("ANTHROPIC_BASE_URL", "https://shell.example/v1")],
        );
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (0, expected, ""),
            "{}",
            world.name
        );
        assert_eq!(run.started, None);
    }
}

#[test]
fn what_only_vs_code_set_ranks_below_the_project() {
    let repo = repo(&manifest("team", GATEWAY));
    repo.write(".env", "ANTHROPIC_BASE_URL=https://file.example\n");
    let vscode = [
        ENV[0],
        ("TERM_PROGRAM", "vscode"),
        ("ANTHROPIC_BASE_URL", "https://gw.example"),
    ];
    for world in worlds(repo.folder.path()) {
        let run = repo.run_in(&world, "", &[], &vscode);
        assert_eq!(
            run.env["ANTHROPIC_BASE_URL"], "https://file.example",
            "{}",
            world.name
        );
        let own = [
            vscode[0],
            vscode[1],
            ("ANTHROPIC_BASE_URL", "https://own.example"),
        ];
        let run = repo.run_in(&world, "", &[], &own);
        assert_eq!(
            run.env["ANTHROPIC_BASE_URL"], "https://own.example",
            "{}",
            world.name
        );
    }
}

#[test]
fn a_way_past_the_gateway_is_noted() {
    let repo = repo(&manifest("team", GATEWAY));
    let run = repo.run(&[], &[ENV[0], ("CLAUDE_CODE_USE_BEDROCK", "1")]);
    assert_eq!(
        run.stderr,
        "run-claude: note: CLAUDE_CODE_USE_BEDROCK (CLAUDE_CODE_USE_BEDROCK of the environment) may lead the client past the gateway\n"
    );
}

#[test]
fn print_config_says_where_a_missing_key_goes() {
    let repo = repo(&manifest("team", GATEWAY));
    let run = repo
        .write(".env", "A=b\nANTHROPIC_API_KEY=\n")
        .run(&["--print-config"], &[]);
    let expected = "\nANTHROPIC_API_KEY=    (from nowhere: set ANTHROPIC_API_KEY in the environment or in [ROOT]/.env:2)\n";
    assert!(run.stdout.ends_with(expected), "{}", run.stdout);
}
