//! Vault over HTTP, against recorded Vault answers on loopback: no Vault is asked here.
#![expect(clippy::disallowed_methods, reason = "tests write files of a home")]

mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use claude_scaffold::catalog::Catalog;
use claude_scaffold::model::{Scheme, SecretRef};
use claude_scaffold::secret::{Key, Kind, Network, Place, resolve};
use serde_json::{Value, json};

use crate::tree::{temp, tool_with};
use server::{
    Asked, Papers, Reply, body, deleted, errors, mount, reply, start, start_tls, version_1,
    version_2,
};

/// Long enough to be found in a text, and of no vendor's shape.
const KEY: &str = "vault-key-of-this-test";
const TOKEN: &str = "vault-token-of-this-test";

/// How a question ended: where the key was found, or what is said and advised.
type Ended = Result<String, (String, String)>;

/// Asks for a reference with an environment.
fn asked(reference: &str, environment: &[(&str, &str)], home: Option<&Path>) -> Ended {
    asked_within(Duration::from_secs(9), reference, environment, home)
}

fn asked_within(
    limit: Duration,
    reference: &str,
    environment: &[(&str, &str)],
    home: Option<&Path>,
) -> Ended {
    let reference = SecretRef::parse(reference).expect("a reference");
    let store = Catalog::embedded().store(Scheme::Vault).expect("the store");
    let pairs = environment.iter();
    let environment: BTreeMap<String, String> = pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let place = Place {
        root: Path::new("/"),
        environment: &environment,
        env_file: &BTreeMap::new(),
        env_file_name: ".env",
        home,
        store: &store,
        kind: Kind::Key,
        withheld: &BTreeSet::new(),
        network: Network::Open,
        until: Instant::now() + limit,
    };
    let found = resolve(&reference, &place);
    found
        .map(|found| named(&found.key, &found.from))
        .map_err(|error| {
            let help = error.help(&reference, &store);
            let shown = format!("{error} {error:?} {help}");
            assert!(!shown.contains(KEY) && !shown.contains(TOKEN), "{shown}");
            (error.to_string(), help)
        })
}

fn named(key: &Key, from: &str) -> String {
    let hidden = key.taken_out_of(&format!("<{KEY}>"));
    assert_eq!(hidden, "<[redacted]>", "another key, from {from}");
    from.to_owned()
}

/// A server that knows no mounts and answers all else so.
fn plain(answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> String {
    start(move |asked| {
        if asked.path.starts_with("/v1/sys/") {
            return errors(404, &[]);
        }
        answers(asked)
    })
}

#[track_caller]
fn gives(address: &str, reference: &str) {
    let environment = [("VAULT_ADDR", address), ("VAULT_TOKEN", TOKEN)];
    let from = asked(reference, &environment, None).expect(reference);
    assert_eq!(from, format!("Vault at {address}"));
}

#[track_caller]
fn fails(address: &str, reference: &str, says: &str, helps: &str) {
    let environment = [("VAULT_ADDR", address), ("VAULT_TOKEN", TOKEN)];
    fails_with(&environment, reference, says, helps);
}

#[track_caller]
fn fails_with(environment: &[(&str, &str)], reference: &str, says: &str, helps: &str) {
    let (said, help) = asked(reference, environment, None).expect_err(says);
    assert!(said.contains(says), "{said}\nbut not: {says}");
    assert!(help.contains(helps), "{help}\nbut not: {helps}");
}

fn secret() -> Value {
    json!({ "value": KEY, "user": "svc", "port": 8443, "whole": { "key": KEY } })
}

#[test]
fn recorded_vault_answers_of_both_versions_and_nested_mounts() {
    let address = start(|asked| {
        assert_eq!(asked.header("x-vault-token"), TOKEN);
        assert_eq!(asked.header("x-vault-request"), "true");
        match &*asked.path {
            "/v1/sys/internal/ui/mounts/secret/gateway" => {
                mount("secret/", &json!({ "version": "2" }))
            }
            "/v1/sys/internal/ui/mounts/team/kv/prod/gate%20way" => {
                mount("team/kv/", &json!({ "version": "2" }))
            }
            "/v1/sys/internal/ui/mounts/old/gateway" => mount("old/", &json!(null)),
            "/v1/secret/data/gateway" | "/v1/team/kv/data/prod/gate%20way" => version_2(&secret()),
            "/v1/old/gateway" => version_1(&secret()),
            _ => errors(404, &[]),
        }
    });
    for reference in [
        "VAULT:gateway",
        "VAULT:gateway#value",
        "VAULT:secret/gateway",
        "vault://secret/gateway#value",
        "VAULT:team/kv/prod/gate way",
        "VAULT:old/gateway#value",
    ] {
        gives(&address, reference);
    }
    let below = format!("{}/vault/", plain_below());
    let environment = [("VAULT_ADDR", &*below), ("VAULT_TOKEN", TOKEN)];
    asked("VAULT:gateway", &environment, None).expect("an address with a path");
}

/// A Vault that stands below a path, as behind another server.
fn plain_below() -> String {
    start(|asked| match &*asked.path {
        "/vault/v1/secret/data/gateway" => version_2(&secret()),
        _ => errors(404, &[]),
    })
}

#[test]
fn recorded_vault_answers_without_a_list_of_mounts() {
    let denied = start(|asked| match &*asked.path {
        "/v1/secret/data/gateway" => version_2(&secret()),
        _ => errors(403, &["preflight capability check returned 403"]),
    });
    gives(&denied, "VAULT:gateway");
    // RustyVault: version 1 alone, no such path, errors of its own form.
    let other = start(|asked| match &*asked.path {
        "/v1/secret/data/gateway" if asked.header("x-vault-token").is_empty() => {
            body(400, &json!({ "error": "Request client token is missing." }))
        }
        "/v1/secret/data/gateway" => version_1(&json!({ "data": secret() })),
        "/v1/secret/data/closed" => body(403, &json!({ "error": "Permission denied." })),
        _ => reply(404, "", ""),
    });
    gives(&other, "VAULT:gateway");
    fails(
        &other,
        "VAULT:other",
        "there is no `secret/data/other` of",
        "path",
    );
    fails(&other, "VAULT:closed", "Permission denied.", "vault login");
    let tokenless = [("VAULT_ADDR", &*other)];
    fails_with(&tokenless, "VAULT:gateway", "wants a token", "VAULT_TOKEN");
}

#[test]
fn recorded_vault_answers_that_are_no_secret() {
    let address = plain(|asked| match &*asked.path {
        "/v1/secret/data/none" => errors(404, &[]),
        "/v1/secret/data/deleted" => deleted(),
        "/v1/secret/data/closed" => errors(403, &["permission denied"]),
        "/v1/secret/data/stale" => errors(
            403,
            &["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"],
        ),
        "/v1/nowhere/data/gateway" => errors(
            404,
            &["no handler for route \"nowhere/data/gateway\". route entry not found."],
        ),
        "/v1/secret/data/broken" => errors(500, &[&format!("1 error occurred: {TOKEN}")]),
        "/v1/secret/data/empty" => version_2(&json!({ "value": "" })),
        "/v1/secret/data/lines" => version_2(&json!({ "value": format!("{KEY}\n{KEY}") })),
        "/v1/secret/data/list" => body(200, &json!([KEY])),
        "/v1/secret/data/number" => body(200, &json!({ "data": 5 })),
        "/v1/secret/data/page" => reply(200, "", "<html>Sign in</html>"),
        "/v1/secret/data/lost" => reply(404, "", "<html>Not found</html>"),
        _ => version_2(&secret()),
    });
    let spot = |name: &str| format!("`secret/data/{name}` of Vault at `{address}`");
    let says = |reference: &str, says: &str, helps: &str| fails(&address, reference, says, helps);
    says(
        "VAULT:none",
        &format!("there is no {}", spot("none")),
        "`VAULT_NAMESPACE`",
    );
    says(
        "VAULT:deleted",
        "the newest version of `secret/data/deleted`",
        "undelete",
    );
    says(
        "VAULT:closed",
        &format!(
            "{} is not for this token: permission denied",
            spot("closed")
        ),
        "vault login",
    );
    says(
        "VAULT:stale",
        "2 errors occurred: * permission denied * invalid token",
        "vault login",
    );
    says(
        "VAULT:nowhere/gateway",
        "no handler for route",
        "mount and path",
    );
    says("VAULT:empty", "is empty", "");
    says("VAULT:lines", "has 2 lines", "");
    says("VAULT:whole#whole", "is a JSON object", "`key`");
    says(
        "VAULT:gateway#password",
        "has no field `password`",
        "`port`",
    );
    says("VAULT:list", "is not Vault", "VAULT_ADDR");
    says("VAULT:number", "is not Vault", "VAULT_ADDR");
    says("VAULT:page", "is not Vault", "VAULT_ADDR");
    says("VAULT:lost", "is not Vault", "VAULT_ADDR");
    says(
        "VAULT:broken",
        "it answers 500: 1 error occurred: [redacted]",
        "log",
    );
    let missing = plain(|_| errors(400, &["missing client token"]));
    let tokenless = [("VAULT_ADDR", &*missing)];
    fails_with(
        &tokenless,
        "VAULT:gateway",
        "wants a token",
        "`vault login`",
    );
    let newer = plain(|_| errors(403, &["permission denied"]));
    let tokenless = [("VAULT_ADDR", &*newer)];
    fails_with(
        &tokenless,
        "VAULT:gateway",
        "wants a token",
        "`vault login`",
    );
    let sealed = start(|_| errors(503, &["Vault is sealed"]));
    fails(&sealed, "VAULT:gateway", "is sealed", "unseal");
}

#[test]
fn recorded_vault_answers_of_a_namespace() {
    let address = plain(|asked| match asked.header("x-vault-namespace") {
        "team/a" => version_2(&secret()),
        _ => errors(403, &["permission denied"]),
    });
    fails(
        &address,
        "VAULT:gateway",
        "permission denied",
        "`VAULT_NAMESPACE`",
    );
    let within = |namespace| {
        [
            ("VAULT_ADDR", &*address),
            ("VAULT_TOKEN", TOKEN),
            ("VAULT_NAMESPACE", namespace),
        ]
    };
    asked("VAULT:gateway", &within("team/a"), None).expect("the namespace is sent");
    fails_with(
        &within("b"),
        "VAULT:gateway",
        ", namespace `b` is not for this",
        "policy",
    );
    fails_with(&within("ü"), "VAULT:gateway", "`VAULT_NAMESPACE` holds", "");
}

#[test]
fn recorded_vault_answers_of_a_standby() {
    let active = plain(|_| version_2(&secret()));
    let to = move |location: String| {
        start(move |asked| {
            let location = location.replace("PATH", &asked.path);
            reply(307, &format!("location: {location}\r\n"), "")
        })
    };
    gives(&to(format!("{active}PATH")), "VAULT:gateway");
    let stray = |location: &str, says: &str| {
        fails(
            &to(location.to_owned()),
            "VAULT:gateway",
            says,
            "`VAULT_ADDR`",
        );
    };
    stray(
        "http://vault-2.example:8200PATH",
        "to `http://vault-2.example:8200`",
    );
    stray("https://127.0.0.1:8200PATH", "to `https://127.0.0.1:8200`");
    stray("http://localhost:8200PATH", "to `http://localhost:8200`");
    stray("PATH", "to `http://127.0.0.1:");
    stray("", "which the token is not sent to");
}

#[test]
fn recorded_vault_answers_that_do_not_end() {
    let start_of = Instant::now();
    let limited = |address: &str| {
        let environment = [("VAULT_ADDR", address), ("VAULT_TOKEN", TOKEN)];
        let limit = Duration::from_millis(700);
        asked_within(limit, "VAULT:gateway", &environment, None).expect_err("no answer")
    };
    for answers in [|| Reply::Silence, || Reply::Drops] {
        let (said, _) = limited(&plain(move |_| answers()));
        assert!(said.contains("did not answer in time"), "{said}");
    }
    assert!(start_of.elapsed() < Duration::from_secs(5));
    let endless = plain(|_| Reply::Endless);
    fails(
        &endless,
        "VAULT:gateway",
        "more than can be a secret",
        "`VAULT_ADDR`",
    );
    let none = plain(|_| Reply::Bytes("nothing like HTTP\r\n\r\n".to_owned()));
    fails(&none, "VAULT:gateway", "is not Vault", "`VAULT_ADDR`");
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = format!("http://{}", port.local_addr().expect("an address"));
    drop(port);
    fails(
        &closed,
        "VAULT:gateway",
        "nothing listens there",
        "`VAULT_ADDR`",
    );
}

#[test]
fn recorded_vault_answers_over_tls_with_an_authority_of_its_own() {
    let home = temp();
    let papers = Papers::new("own");
    let address = start_tls(&papers, |_| version_2(&secret()));
    let file = home.path().join("ca.pem");
    fs::write(&file, &papers.authority).expect("a file");
    let other = home.path().join("other");
    fs::create_dir(&other).expect("a folder");
    fs::write(other.join("ca.pem"), Papers::new("other").authority).expect("a file");
    fs::write(other.join("none.txt"), "no certificate").expect("a file");
    let with = |name, path: &Path| {
        let path = path.display().to_string();
        let environment = [
            ("VAULT_ADDR", &*address),
            ("VAULT_TOKEN", TOKEN),
            (name, &*path),
        ];
        asked("VAULT:gateway", &environment, None)
    };
    with("VAULT_CACERT", &file).expect("the authority is known");
    fs::write(other.join("own.pem"), &papers.authority).expect("a file");
    with("VAULT_CAPATH", &other).expect("the authority is one of the folder's");
    for (name, path, says) in [
        (
            "VAULT_CACERT",
            other.join("ca.pem"),
            "an authority that is not known here",
        ),
        (
            "VAULT_CACERT",
            other.join("none.txt"),
            "holds no certificate",
        ),
        ("VAULT_CACERT", other.join("gone"), "cannot be read"),
        ("VAULT_CACERT", other.clone(), "is no regular file"),
        ("VAULT_CAPATH", other.join("gone"), "cannot be read"),
        (
            "UNRELATED",
            other.clone(),
            "an authority that is not known here",
        ),
    ] {
        let (said, _) = with(name, &path).expect_err(says);
        assert!(said.contains(says), "{said}\nbut not: {says}");
    }
    let named = address.replace("127.0.0.1", "localhost");
    let path = file.display().to_string();
    let environment = [("VAULT_ADDR", &*named), ("VAULT_CACERT", &*path)];
    fails_with(
        &environment,
        "VAULT:gateway",
        "for another host name",
        "`VAULT_ADDR`",
    );
    let plain = plain(|_| version_2(&secret())).replace("http://", "https://");
    fails(&plain, "VAULT:gateway", "cannot be reached", "`VAULT_ADDR`");
}

#[test]
fn the_token_comes_from_the_environment_or_the_home() {
    let home = temp();
    let file = home.path().join(".vault-token");
    let address = plain(|asked| match asked.header("x-vault-token") {
        TOKEN => version_2(&secret()),
        _ => errors(403, &["permission denied"]),
    });
    let with = |token: &str| {
        let environment = [("VAULT_ADDR", &*address), ("VAULT_TOKEN", token)];
        asked("VAULT:gateway", &environment, Some(home.path()))
    };
    let (said, _) = with("").expect_err("no token");
    assert!(
        said.contains("neither `VAULT_TOKEN` nor `~/.vault-token`"),
        "{said}"
    );
    fs::write(&file, format!("{TOKEN}\n")).expect("a file");
    with(" ").expect("the token of the home");
    let (said, _) = with("another").expect_err("the environment is stronger");
    assert!(said.contains("permission denied"), "{said}");
    fs::write(&file, [0xff, b'\n']).expect("a file");
    let (said, _) = with("").expect_err("no text");
    assert!(said.contains("`~/.vault-token` holds"), "{said}");
    fs::remove_file(&file).expect("a file");
    fs::create_dir(&file).expect("a folder");
    let (said, _) = with("").expect_err("no file");
    assert!(said.contains("is no regular file"), "{said}");
}

#[test]
fn an_address_is_told_as_it_is_and_without_its_user() {
    for (address, says, helps) in [
        ("", "`VAULT_ADDR` is not set", "export VAULT_ADDR"),
        ("vault.example:8200", "is no address to ask", "https://"),
        ("unix:///run/vault.sock", "is no address to ask", "https://"),
        ("http://vault.example:8200", "is not https", "https://"),
        (
            "http://me:pass-word@10.0.0.1:8200",
            "`http://10.0.0.1:8200` is not https",
            "https://",
        ),
        (
            "https://me:pass-word@vault.invalid",
            "Vault at `https://vault.invalid` cannot be reached: ",
            "VPN",
        ),
    ] {
        let environment = [("VAULT_ADDR", address), ("VAULT_TOKEN", TOKEN)];
        fails_with(&environment, "VAULT:gateway", says, helps);
        let (said, _) = asked("VAULT:gateway", &environment, None).expect_err(says);
        assert!(!said.contains("pass-word"), "{said}");
    }
    let proxied = [
        ("VAULT_ADDR", "https://vault.invalid"),
        ("HTTPS_PROXY", "gopher://proxy.invalid"),
    ];
    fails_with(
        &proxied,
        "VAULT:gateway",
        "the proxy that `HTTPS_PROXY` names",
        "NO_PROXY",
    );
    let proxy = start(|asked| {
        let says = "HTTP/1.1 403 X\r\ncontent-length: 0\r\n\r\n".to_owned();
        match (&*asked.path, asked.header("x-vault-token")) {
            ("vault.invalid:443", "") => Reply::Bytes(says),
            _ => Reply::Silence,
        }
    });
    let proxied = |no_proxy| {
        [
            ("VAULT_ADDR", "https://vault.invalid"),
            ("VAULT_TOKEN", TOKEN),
            ("HTTPS_PROXY", &*proxy),
            ("NO_PROXY", no_proxy),
        ]
    };
    fails_with(
        &proxied("other.invalid"),
        "VAULT:gateway",
        "the proxy that",
        "NO_PROXY",
    );
    fails_with(
        &proxied(".invalid"),
        "VAULT:gateway",
        "cannot be reached",
        "VPN",
    );
}

#[test]
fn recorded_vault_answers_through_the_program() {
    let folder = temp();
    let address = plain(|asked| match &*asked.path {
        "/v1/secret/data/gateway" => version_2(&secret()),
        _ => errors(403, &["permission denied"]),
    });
    let key = |words: &[&str]| {
        let words = [&["key", "--ref"], words].concat();
        let run = tool_with(folder.path(), &words, |command| {
            command
                .env("PATH", folder.path())
                .env("VAULT_ADDR", &address)
                .env("VAULT_TOKEN", TOKEN);
        });
        assert!(
            !run.err.contains(KEY) && !run.err.contains(TOKEN),
            "{run:?}"
        );
        run
    };
    let run = key(&["VAULT:gateway"]).ends(0);
    assert_eq!((run.out, run.err), (format!("{KEY}\n"), String::new()));
    for (words, says, helps) in [
        (&["VAULT:closed"][..], "permission denied", "`vault login`"),
        (&["VAULT:gateway#none"], "has no field `none`", "`value`"),
        (
            &["VAULT:gateway", "--offline"],
            "--offline forbids",
            "leave --offline out",
        ),
    ] {
        let run = key(words).ends(2);
        assert_eq!(run.out, "");
        assert!(
            run.err.contains(says) && run.err.contains(helps),
            "{}",
            run.err
        );
    }
}
