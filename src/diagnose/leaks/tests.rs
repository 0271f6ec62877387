//! Single texts; the labelled set stands in the suite.

use super::*;
use crate::catalog::Catalog;

fn scanner() -> Scanner {
    let rows = Catalog::embedded().keys().expect("a whole catalogue");
    Scanner::new(rows).expect("an automaton")
}

/// What is found: the vendor or `?`, with line and column.
#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    let scanner = scanner();
    let found = scanner.scan(path, text.as_bytes());
    let found: Vec<String> = found
        .iter()
        .map(|leak| {
            let vendor = scanner.row(leak).map_or("?", |row| row.vendor.as_str());
            format!("{vendor} {}:{}", leak.line, leak.column)
        })
        .collect();
    assert_eq!(found, expected, "{path}: {text}");
}

fn random(length: usize) -> String {
    let pool = "q7Zk2Lw9XcV4bN8mTgY1sRf6HjD3pQaE5uKiWoB0vCxMzGtPyJ";
    pool.chars().cycle().step_by(7).take(length).collect()
}

#[test]
fn a_key_is_found_where_it_stands() {
    let anthropic = format!("sk-ant-api03-{}AA", random(93));
    check(
        "a.env",
        &format!("A=1\nB={anthropic}\n"),
        &["Anthropic 2:3"],
    );
    check(
        "a.sh",
        &format!("export X=\"${{X:-{anthropic}}}\""),
        &["Anthropic 1:16"],
    );
    check(
        "a.json",
        &format!("{{\"ö\":\"a\\n{anthropic}\"}}"),
        &["Anthropic 1:10"],
    );
    check(
        "a.py",
        &format!("k = f(\"{anthropic}\")"),
        &["Anthropic 1:8"],
    );
    check("a.md", &format!("use {anthropic}."), &["Anthropic 1:5"]);
    check("a.md", &format!("use {anthropic}..."), &[]);
    check("Cargo.lock", &format!("# {anthropic}"), &["Anthropic 1:3"]);
}

#[test]
fn names_make_keys_of_what_has_no_prefix() {
    let value = random(32);
    for (path, text) in [
        ("x.env", format!("SOME_API_KEY={value}")),
        ("x.yml", format!("  client_secret: {value}")),
        ("x.json", format!("  \"authToken\": \"{value}\",")),
        ("x.ts", format!("const apiKey: string = \"{value}\";")),
        ("x.ts", format!("headers.set('x-api-key', '{value}')")),
        ("x.py", format!("client = Client(api_key=\"{value}\")")),
        ("x.py", format!("os.environ[\"MY_TOKEN\"] = '{value}'")),
        ("x.py", format!("h = \"Authorization: Bearer {value}\"")),
        ("x.sh", format!("curl -H \"x-api-key: {value}\" $URL")),
        ("x.sh", format!("run --api-key {value} now")),
        ("x.sh", format!("export K=\"${{MY_TOKEN:-{value}}}\"")),
        ("x.xml", format!("<apiKey>{value}</apiKey>")),
        ("x.ipp", format!("{{\\\"api_key\\\": \\\"{value}\\\"}}")),
    ] {
        let column = text.find(&value).expect("it is there") + 1;
        check(path, &text, &[&format!("? 1:{column}")]);
    }
    for (path, text) in [
        ("x.py", format!("token = {value}")),
        ("x.ts", format!("const t = {{ \"token\": {value} }}")),
        (
            "x.env",
            "ANTHROPIC_API_KEY=your-gateway-key-here".to_owned(),
        ),
        (
            "x.env",
            "ANTHROPIC_API_KEY=${OTHER_SECRET_NAME_3}".to_owned(),
        ),
        (
            "x.json",
            "\"ANTHROPIC_API_KEY\": \"\", \"x\": \"q7Zk2Lw9XcV4bN8mTgY1\"".to_owned(),
        ),
        ("x.json", format!("\"checksum\": \"{value}\"")),
        ("x.json", format!("\"next_page_token\": \"{value}\"")),
        ("yarn.lock", format!("token {value} secret: {value}")),
        ("x.toml", "ref = \"VAULT:claude-gateway-key-2\"".to_owned()),
    ] {
        check(path, &text, &[]);
    }
}

#[test]
fn a_block_is_found_by_its_body() {
    let body = format!("{}\n{}\n", random(64), random(64));
    let dashes = "-----";
    let block = |body: &str| {
        format!(
            "{dashes}BEGIN RSA PRIVATE KEY{dashes}\n{body}{dashes}END RSA PRIVATE KEY{dashes}\n"
        )
    };
    check("k.pem", &block(&body), &[" 1:1"]);
    check("k.json", &block(&body).replace('\n', "\\n"), &[" 1:1"]);
    check("k.pem", &block("...\n"), &[]);
    check("k.pem", &block(&body).replace("PRIVATE", "PUBLIC"), &[]);
}

#[test]
fn an_address_is_found_by_its_password() {
    let password = random(14);
    check(
        "x.env",
        &format!("DB=postgres://app:{password}@db.internal/x"),
        &[" 1:19"],
    );
    for clean in [
        "DB=postgres://postgres:postgres@db/x".to_owned(),
        "DB=postgres://app:${DB_PASSWORD}@db/x".to_owned(),
        format!("DB=postgres://app:{password}@localhost/x"),
        "see https://github.com/@scope/pkg and ssh://git@host/x".to_owned(),
    ] {
        check("x.env", &clean, &[]);
    }
}

#[test]
fn binary_files_hold_no_text() {
    let text = format!("\0 sk-ant-api03-{}", random(95));
    check("x.bin", &text, &[]);
}
