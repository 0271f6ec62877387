//! The steps of the CI jobs that fetch the key, run as the runners run them, against a forge and a Vault on loopback.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::stores_fail::bare;
use super::vault::{Server, entry};
use super::{GATEWAY, KEY, Repo, manifest, program, repo};

fn has(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    found.is_ok_and(|output| output.status.success())
}

/// The last script of a job's file, without its indentation.
fn script(repo: &Repo, file: &str, start: &str) -> String {
    let text = fs::read_to_string(repo.root.join(file)).expect("rendered");
    let (_, body) = text.rsplit_once(start).expect("has a script");
    let body = body.split_once('\n').expect("more lines").1;
    let indent = body.len() - body.trim_start().len();
    let lines = body
        .lines()
        .map_while(|line| line.get(indent..).or(Some("")));
    lines.collect::<Vec<_>>().join("\n")
}

fn run(repo: &Repo, text: &str, programs: &[&str], env: &[(&str, &str)]) -> Output {
    let world = bare(repo.folder.path(), &[]);
    for name in programs {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {name}")])
            .output();
        let path = String::from_utf8(found.expect("ran").stdout).expect("UTF-8");
        let _ = std::os::unix::fs::symlink(path.trim(), Path::new(&world.path).join(name));
    }
    let path = format!("{}:{}", repo.base().join("bin").display(), world.path);
    Command::new("/bin/bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", text])
        .current_dir(&repo.root)
        .env_clear()
        .env("PATH", path)
        .env("HOME", repo.base().join("home"))
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("bash starts")
}

fn forge(path: &str) -> (u16, String) {
    match path {
        "/token?version=1&audience=aud-1" | "/token?version=1&audience=sts.amazonaws.com" => {
            (200, "{\"value\":\"jwt.of.job\"}".to_owned())
        }
        "/v1/auth/jwt/login" | "/v1/auth/ci/login" => (
            200,
            "{\"auth\":{\"client_token\":\"token-of-job\"}}".to_owned(),
        ),
        _ => entry(path),
    }
}

fn job(reference: &str, more: &str) -> Repo {
    repo(&manifest(
        "enterprise",
        &format!("{more}{GATEWAY}[credential]\nref = \"{reference}\"\n"),
    ))
}

fn got(repo: &Repo, name: &str) -> Option<String> {
    let text = fs::read_to_string(repo.base().join("env")).expect("the client was started");
    let mut pairs = text
        .split_terminator('\0')
        .filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(found, _)| *found == name);
    found.map(|(_, value)| value.to_owned())
}

#[test]
fn github_logs_in_to_vault_and_masks_what_it_gets() {
    if !has("jq") {
        return;
    }
    let server = Server::start(forge);
    let repo = job("VAULT:gw#key", "");
    let text = script(&repo, ".github/workflows/claude-code.yml", "run: |");
    let url = format!("{}/token?version=1", server.address);
    let env = [
        ("VAULT_ADDR", server.address.as_str()),
        ("VAULT_ROLE", "claude"),
        ("VAULT_AUTH_PATH", "jwt"),
        ("VAULT_AUDIENCE", "aud-1"),
        ("VAULT_NAMESPACE", ""),
        ("GATEWAY_TOKEN", ""),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-runner"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", &url),
        ("RUN_CLAUDE", "scripts/run-claude.sh"),
        ("PROMPT", "say hi"),
    ];
    let output = run(&repo, &text, &["jq"], &env);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let masks = format!("::add-mask::jwt.of.job\n::add-mask::token-of-job\n::add-mask::{KEY}\n");
    assert_eq!(
        (String::from_utf8_lossy(&output.stdout), said.as_str()),
        (masks.into(), "")
    );
    assert_eq!(got(&repo, "GATEWAY_TOKEN").as_deref(), Some(KEY));
    for name in [
        "VAULT_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "token",
        "jwt",
    ] {
        assert_eq!(got(&repo, name), None, "{name}");
    }
    let heads = server.seen.lock().expect("free").join("").to_lowercase();
    assert!(
        heads.contains("authorization: bearer of-the-runner\r\n"),
        "{heads}"
    );
    assert!(heads.contains("x-vault-token: token-of-job\r\n"), "{heads}");
    // Without the address, the secret of the environment is what counts.
    let mut plain = env.to_vec();
    plain[0].1 = "";
    plain[5].1 = "of-the-secret";
    let output = run(&repo, &text, &["jq"], &plain);
    assert!(output.status.success() && output.stdout.is_empty());
    assert_eq!(
        got(&repo, "GATEWAY_TOKEN").as_deref(),
        Some("of-the-secret")
    );
    assert_eq!(got(&repo, "ACTIONS_ID_TOKEN_REQUEST_TOKEN"), None);
}

#[test]
fn github_takes_a_role_of_aws() {
    if !has("jq") {
        return;
    }
    let server = Server::start(forge);
    let repo = job("AWS-SM:prod/gw#key", "");
    let aws = format!(
        "#!/bin/sh\ncase \"$1 $AWS_SESSION_TOKEN\" in\n'sts ') [ \"$(cat)\" = jwt.of.job ] && [ \"$4\" = arn:r ] && printf 'AK\\tSK\\tST\\n' ;;\n\
         'secretsmanager ST') [ \"$AWS_ACCESS_KEY_ID$AWS_SECRET_ACCESS_KEY\" = AKSK ] && echo '{{\"key\":\"{KEY}\"}}' ;;\n*) exit 9 ;;\nesac\n"
    );
    program(&repo.base().join("bin/aws"), &aws);
    let text = script(&repo, ".github/workflows/claude-code.yml", "run: |");
    let url = format!("{}/token?version=1", server.address);
    let env = [
        ("ROLE_ARN", "arn:r"),
        ("AWS_REGION", "eu-west-1"),
        ("GATEWAY_TOKEN", ""),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-runner"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", &url),
        ("RUN_CLAUDE", "scripts/run-claude.sh"),
        ("PROMPT", "say hi"),
    ];
    let output = run(&repo, &text, &["jq"], &env);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let masks = format!(
        "::add-mask::jwt.of.job\n::add-mask::AK\n::add-mask::SK\n::add-mask::ST\n::add-mask::{KEY}\n"
    );
    assert_eq!(
        (String::from_utf8_lossy(&output.stdout), said.as_str()),
        (masks.into(), "")
    );
    assert_eq!(got(&repo, "GATEWAY_TOKEN").as_deref(), Some(KEY));
    assert_eq!(got(&repo, "AWS_SESSION_TOKEN"), None);
}

#[test]
fn gitlab_logs_in_to_vault() {
    if !has("node") {
        return;
    }
    let server = Server::start(forge);
    let repo = job(
        "VAULT:gw#key",
        "features = [\"ci-gitlab\", \"-ci-github\"]\n",
    );
    let text = script(&repo, ".gitlab-ci.yml", "- |");
    let env = [
        ("VAULT_ADDR", server.address.as_str()),
        ("VAULT_ROLE", "claude"),
        ("VAULT_AUTH_PATH", "ci"),
        ("VAULT_ID_TOKEN", "jwt.of.job"),
        ("CLAUDE_PROMPT", "say hi"),
    ];
    let output = run(&repo, &text, &["node"], &env);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        (String::from_utf8_lossy(&output.stdout), said.as_str()),
        ("".into(), "")
    );
    assert_eq!(got(&repo, "GATEWAY_TOKEN").as_deref(), Some(KEY));
    for name in ["VAULT_TOKEN", "VAULT_ID_TOKEN"] {
        assert_eq!(got(&repo, name), None, "{name}");
    }
}
