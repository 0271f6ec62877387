//! Vault over HTTP, where neither of its programs is there: a server that answers as its documentation says.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use super::stores::{fetch, with_ref};
use super::stores_fail::bare;
use super::{KEY, Repo, World};

/// A server that answers by path, and what it was asked.
pub(super) struct Server {
    pub(super) address: String,
    pub(super) seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts one; `answer` gives status and body for a path.
    pub(super) fn start(answer: fn(&str) -> (u16, String)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.expect("a request"));
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n")
                    && reader.read_line(&mut head).is_ok_and(|read| read > 0)
                {}
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                heads.lock().expect("free").push(head);
                let (status, body) = answer(&path);
                let mut stream = reader.into_inner();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nlocation: http://127.0.0.1:1/\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { address, seen }
    }

    fn paths(&self) -> Vec<String> {
        let seen = std::mem::take(&mut *self.seen.lock().expect("free"));
        let paths = seen.iter().filter_map(|head| head.split(' ').nth(1));
        paths.map(str::to_owned).collect()
    }
}

pub(super) fn entry(path: &str) -> (u16, String) {
    let mount = |path: &str, version: &str| {
        format!(
            "{{\"request_id\":\"x\",\"data\":{{\"options\":{{\"version\":\"{version}\"}},\"path\":\"{path}/\",\"type\":\"kv\"}}}}"
        )
    };
    let key = format!("\"key\":\"{KEY}\",\"other\":\"o\"");
    match path {
        "/v1/sys/internal/ui/mounts/team/deep/gw" => (200, mount("team/deep", "2")),
        "/v1/sys/internal/ui/mounts/old/gw%20it%27s" => (200, mount("old", "1")),
        "/v1/team/deep/data/gw" | "/v1/secret/data/gw" => (
            200,
            format!("{{\"data\":{{\"data\":{{{key}}},\"metadata\":{{\"key\":\"no\"}}}}}}"),
        ),
        "/v1/old/gw%20it%27s" => (200, format!("{{\"data\":{{{key}}}}}")),
        _ => (403, "{\"errors\":[\"permission denied\"]}".to_owned()),
    }
}

fn world(repo: &Repo) -> World {
    bare(repo.folder.path(), &[])
}

#[test]
fn both_versions_and_nested_mounts_are_read() {
    let server = Server::start(entry);
    for (reference, paths) in [
        (
            "VAULT:team/deep/gw#key",
            [
                "/v1/sys/internal/ui/mounts/team/deep/gw",
                "/v1/team/deep/data/gw",
            ],
        ),
        (
            "VAULT:old/gw it's#key",
            [
                "/v1/sys/internal/ui/mounts/old/gw%20it%27s",
                "/v1/old/gw%20it%27s",
            ],
        ),
        (
            "VAULT:gw#key",
            ["/v1/sys/internal/ui/mounts/secret/gw", "/v1/secret/data/gw"],
        ),
    ] {
        for profile in ["team", "enterprise"] {
            let repo = with_ref(profile, reference);
            let address = format!("{}/", server.address);
            let env = [
                ("VAULT_ADDR", address.as_str()),
                ("VAULT_TOKEN", "token-1"),
                ("VAULT_NAMESPACE", "a/b"),
                ("http_proxy", "http://127.0.0.1:9"),
            ];
            let got = fetch(&repo, &world(&repo), &env);
            assert_eq!(got, (0, KEY.to_owned(), String::new()), "{reference}");
            let heads = server.seen.lock().expect("free").join("").to_lowercase();
            for header in [
                "x-vault-token: token-1\r\n",
                "x-vault-request: true\r\n",
                "x-vault-namespace: a/b\r\n",
            ] {
                assert_eq!(heads.matches(header).count(), 2, "{heads}");
            }
            assert_eq!(server.paths(), paths);
        }
    }
}

#[test]
fn the_token_may_stand_in_its_file() {
    let server = Server::start(entry);
    let repo = with_ref("team", "VAULT:gw#key");
    repo.write("../home/.vault-token", "token-of-file\n");
    let env = [("VAULT_ADDR", server.address.as_str())];
    let got = fetch(&repo, &world(&repo), &env);
    assert_eq!(got, (0, KEY.to_owned(), String::new()));
    let seen = server.seen.lock().expect("free").join("").to_lowercase();
    assert!(seen.contains("x-vault-token: token-of-file\r\n"), "{seen}");
}

#[test]
fn each_refusal_has_its_reason() {
    let server = Server::start(|path| match path {
        "/v1/secret/data/sealed" => (503, "{\"errors\":[\"Vault is sealed\"]}".to_owned()),
        "/v1/secret/data/gone" => (404, "{\"data\":{\"data\":null}}".to_owned()),
        "/v1/secret/data/moved" => (307, String::new()),
        "/v1/secret/data/fields" => (
            200,
            "{\"data\":{\"data\":{\"a\":\"x\",\"b\":1}}}".to_owned(),
        ),
        "/v1/secret/data/huge" => (200, "x".repeat(200_000)),
        _ => (403, "{\"errors\":[\"permission denied\"]}".to_owned()),
    });
    for (name, expected) in [
        (
            "sealed",
            "Vault is sealed, or stands by (503)\nhelp: Vault cannot be reached: is it running and unsealed, and is its address right?\n",
        ),
        (
            "gone",
            "no value found at that path, or its newest version is deleted (404)\nhelp: there is no such secret: fix the reference in the manifest\n",
        ),
        (
            "moved",
            "VAULT_ADDR leads to another address (307), which is not followed\n",
        ),
        ("fields", "it has no text field value; there is: a, b\n"),
        ("huge", "Vault answered with more than 64 KiB\n"),
        (
            "denied",
            "permission denied (403)\nhelp: log in, or ask for the right to read it: vault login\n",
        ),
    ] {
        let reference = format!("VAULT:{name}");
        let repo = with_ref("team", &reference);
        let env = [
            ("VAULT_ADDR", server.address.as_str()),
            ("VAULT_TOKEN", "t"),
        ];
        let run = repo.run_in(&world(&repo), "", &[], &env);
        let expected =
            format!("run-claude: {reference} gave no value for the gateway key: {expected}");
        assert_eq!((run.code, run.stderr.as_str()), (2, expected.as_str()));
        assert_eq!(run.started, None);
    }
}

#[test]
fn a_wrong_address_or_token_asks_nothing() {
    let server = Server::start(entry);
    let plain =
        "VAULT_ADDR is not https, so the token would travel in plain text: set one that is\n";
    for (address, token, expected) in [
        (
            "",
            "t",
            "there is neither vault nor bao, and VAULT_ADDR, the address to ask without them, is not set\n",
        ),
        ("http://vault.example", "t", plain),
        ("http://127.0.0.1.example", "t", plain),
        ("http://10.0.0.1:8200", "t", plain),
        (
            "vault.example",
            "t",
            "VAULT_ADDR must start with https://\n",
        ),
        (
            "https://u:p@vault.example",
            "t",
            "VAULT_ADDR holds a character that no address of a Vault has\n",
        ),
        (
            "https://vault.example/$(id)",
            "t",
            "VAULT_ADDR holds a character that no address of a Vault has\n",
        ),
        (
            &server.address,
            "",
            "missing client token: neither VAULT_TOKEN nor ~/.vault-token has one\nhelp: log in, or ask for the right to read it: vault login\n",
        ),
        (
            &server.address,
            "a\"b",
            "the token of Vault holds a quote or a backslash\n",
        ),
        (
            "http://127.0.0.1:1",
            "t",
            "connection refused, or no such host, at http://127.0.0.1:1 (curl 7)\nhelp: Vault cannot be reached: is it running and unsealed, and is its address right?\n",
        ),
    ] {
        let repo = with_ref("team", "VAULT:gw");
        let run = repo.run_in(
            &world(&repo),
            "",
            &[],
            &[("VAULT_ADDR", address), ("VAULT_TOKEN", token)],
        );
        let expected =
            format!("run-claude: VAULT:gw gave no value for the gateway key: {expected}");
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (2, expected.as_str()),
            "{address}"
        );
    }
    assert_eq!(
        server.paths(),
        [""; 0],
        "nothing is asked with a wrong address or token"
    );
}
