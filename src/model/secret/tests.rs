//! References as people write them, and what their stores are asked.

use super::*;
use crate::model::redact;

fn argv(text: &str, expected: &str) {
    let reference = SecretRef::parse(text).expect(text);
    assert_eq!(reference.argv().join(" "), expected, "{text}");
}

#[test]
fn what_no_store_could_be_asked_is_refused_at_its_byte() {
    for (bad, at) in [
        ("NAME", 0),
        ("ENV:", 4),
        ("ENV:a-b", 5),
        ("ENV:A#b", 6),
        ("VALT:x", 0),
        ("VAULT:a//b", 8),
        ("VAULT:a/../b", 6),
        ("VAULT:a#", 8),
        ("VAULT:a#b#c", 9),
        ("OP:x", 3),
        ("OP:a//c", 5),
        ("OP:a/b/c#d", 9),
        ("GCP-SM:p", 7),
        ("GCP-SM:p/s/-v", 11),
        ("AZURE-KV:v/s_t", 12),
        ("AZURE-KV:v/-s", 11),
        ("AWS-SM:a b", 8),
        ("AWS-SM:a?region=-x", 16),
        ("AWS-SM:arn:aws:s3:::x", 7),
        ("SOPS:f", 7),
        ("SOPS:f#a..b", 7),
        ("SOPS:f#a\"b", 8),
        ("KEYRING:s", 8),
        ("KEYRING:s/-a", 10),
        ("PASS:-x", 5),
        ("PASS: x", 5),
        ("CMD:-x", 4),
        ("CMD:a | b", 6),
        ("CMD:'' b", 4),
        ("ENV:A\nB", 5),
        ("ENV:ANTHROPIC_BASE_URL", 4),
        ("ENV:API_TIMEOUT_MS", 4),
        ("ENV:PATH", 4),
    ] {
        let error = SecretRef::parse(bad).expect_err(bad);
        assert_eq!(error.offset(), at, "{bad:?}: {error}");
    }
}

#[test]
fn a_store_is_asked_in_its_own_words() {
    argv("ENV:NAME", "");
    argv("VAULT:gw", "vault kv get -field=value secret/gw");
    argv(
        "VAULT:team/a/b#api_key",
        "vault kv get -field=api_key team/a/b",
    );
    argv("OP:v/i/f", "op read --no-newline op://v/i/f");
    let aws = "aws secretsmanager get-secret-value --secret-id";
    let text = "--query SecretString --output text";
    argv("AWS-SM:gw/claude#key", &format!("{aws} gw/claude {text}"));
    argv(
        "AWS-SM:gw?region=eu-west-1",
        &format!("{aws} gw {text} --region eu-west-1"),
    );
    let arn = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:gw-a1B2c3";
    argv(
        &format!("AWS-SM:{arn}"),
        &format!("{aws} {arn} {text} --region cn-north-1"),
    );
    let gcloud = "gcloud secrets versions access";
    argv(
        "GCP-SM:p/s",
        &format!("{gcloud} latest --secret=s --project=p"),
    );
    argv(
        "GCP-SM:p/s/7",
        &format!("{gcloud} 7 --secret=s --project=p"),
    );
    let az = "az keyvault secret show --vault-name v --name s";
    argv("AZURE-KV:v/s", &format!("{az} --query value --output tsv"));
    argv(
        "AZURE-KV:v/s/0a1b#k",
        &format!("{az} --version 0a1b --query value --output tsv"),
    );
    argv("PASS:gw/claude", "pass show gw/claude");
    argv(
        "KEYRING:gw/dev/one",
        "secret-tool lookup service gw username dev/one",
    );
    argv(
        "SOPS:secrets.yaml#a.b",
        "sops decrypt --extract [\"a\"][\"b\"] secrets.yaml",
    );
    argv(
        "SOPS:s.yaml#a/b.c",
        "sops decrypt --extract [\"a\"][\"b.c\"] s.yaml",
    );
    argv("CMD:print-key  'a b'", "print-key a b");
}

#[test]
fn fields_are_the_stores_own_or_of_a_json_object() {
    let fields = |text: &str| {
        let reference = SecretRef::parse(text).expect(text);
        let owned = |field: Option<&str>| field.map(str::to_owned);
        (
            owned(reference.field_or_default()),
            owned(reference.json_field()),
        )
    };
    let some = |field: &str| Some(field.to_owned());
    assert_eq!(fields("VAULT:a"), (some("value"), None));
    assert_eq!(fields("VAULT:a#b"), (some("b"), None));
    assert_eq!(fields("AWS-SM:a"), (None, None));
    assert_eq!(fields("AWS-SM:a#b"), (some("b"), some("b")));
    assert_eq!(fields("SOPS:a#b"), (some("b"), None));
}

#[test]
fn a_literal_key_is_no_reference() {
    let key = ["sk-ant-", "api03-", &"a1B2".repeat(8)].concat();
    assert_eq!(SecretRef::parse(&key), Err(SecretRefError::Literal));
    assert_eq!(
        SecretRef::parse(&format!("ENV:{key}")),
        Err(SecretRefError::Literal)
    );
    for around in ["CMD:echo ", "VAULT:x#", "op://v/i/"] {
        let text = format!("{around}{key}");
        assert_eq!(SecretRef::parse(&text), Err(SecretRefError::Literal));
    }
    assert!(SecretRef::parse("VAULT:secret/sk-of-the-whole-platform").is_ok());
    for name in [
        "AWS_SECRET_ACCESS_KEY",
        "DB_PASSWD",
        "GITHUB_PAT",
        "x-auth-key",
    ] {
        assert_eq!(redact(name, "anything"), "[redacted]", "{name}");
    }
    assert_eq!(redact("cf-aig-token", "ENV:CF_AIG"), "ENV:CF_AIG");
    assert_eq!(redact("ANTHROPIC_API_KEY", "anything"), "[redacted]");
    assert_eq!(redact("model", "claude"), "claude");
}
