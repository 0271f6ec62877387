//! The spellings of other tools, near misses, and whatever else may be typed.

use proptest::prelude::*;

use super::*;

fn check(rows: &[(&str, &str)]) {
    for (text, normal) in rows {
        match SecretRef::parse(text) {
            Ok(reference) => assert_eq!(reference.to_string(), *normal, "{text}"),
            Err(error) => panic!("{text}: {error} at {}", error.offset()),
        }
    }
}

#[test]
fn variables_are_read_however_they_are_spelt() {
    for text in [
        "ENV:GATEWAY_KEY",
        "env:GATEWAY_KEY",
        "Env:GATEWAY_KEY",
        "$GATEWAY_KEY",
        "${GATEWAY_KEY}",
        "${GATEWAY_KEY:-}",
        "${GATEWAY_KEY:?unset}",
        "${env:GATEWAY_KEY}",
        "${localEnv:GATEWAY_KEY}",
        "${localEnv:GATEWAY_KEY:}",
        "$env:GATEWAY_KEY",
        "$Env:GATEWAY_KEY",
        "{env:GATEWAY_KEY}",
        "env://GATEWAY_KEY",
        "%GATEWAY_KEY%",
        "${{ secrets.GATEWAY_KEY }}",
        "${{secrets.GATEWAY_KEY}}",
        "${{ env.GATEWAY_KEY }}",
        "os.environ/GATEWAY_KEY",
        "{vault://env/gateway-key}",
        "ref+envsubst://$GATEWAY_KEY",
    ] {
        check(&[(text, "ENV:GATEWAY_KEY")]);
    }
}

#[test]
fn the_spellings_of_other_tools_are_normalised() {
    check(&[
        ("VAULT:claude-gateway-key", "VAULT:claude-gateway-key"),
        ("vault://secret/gateway#key", "VAULT:secret/gateway#key"),
        ("vault://secret/a%20b#my%2Fkey", "VAULT:secret/a b#my/key"),
        ("vault:secret/data/gw/a#key", "VAULT:secret/gw/a#key"),
        ("vault:secret/data/gw#${.key}", "VAULT:secret/gw#key"),
        ("VAULT:secret/data/gw#key", "VAULT:secret/data/gw#key"),
        ("vault:secret/gw#key", "VAULT:secret/gw#key"),
        ("ref+vault://secret/gw#/key", "VAULT:secret/gw#key"),
        ("ref+vault://secret/gw/key", "VAULT:secret/gw#key"),
        ("ref+vault://secret/gw#/key+", "VAULT:secret/gw#key"),
        ("secretref+vault://secret/gw#/key", "VAULT:secret/gw#key"),
        ("op://vault/item/field", "OP:vault/item/field"),
        ("op://My%20Vault/item/s/field", "OP:My Vault/item/s/field"),
        ("op://My Vault/item/field", "OP:My Vault/item/field"),
        ("op://v/i/otp?attribute=otp", "OP:v/i/otp?attribute=otp"),
        ("ref+op://vault/item/field", "OP:vault/item/field"),
        ("ref+awssecrets://gw/a#/key", "AWS-SM:gw/a#key"),
        (
            "ref+awssecrets://gw?region=eu-west-1#/key",
            "AWS-SM:gw?region=eu-west-1#key",
        ),
        ("aws-sm://gw/a#key", "AWS-SM:gw/a#key"),
        ("{vault://aws/gw/key}", "AWS-SM:gw#key"),
        (
            "{{resolve:secretsmanager:gw/a:SecretString:key}}",
            "AWS-SM:gw/a#key",
        ),
        (
            "{{resolve:secretsmanager:gw:SecretString:key::}}",
            "AWS-SM:gw#key",
        ),
        ("{{resolve:secretsmanager:gw}}", "AWS-SM:gw"),
        ("ref+gcpsecrets://p/s", "GCP-SM:p/s"),
        ("ref+gcpsecrets://p/s?version=3#/k", "GCP-SM:p/s/3#k"),
        ("gcp-sm://p/s/latest", "GCP-SM:p/s"),
        ("projects/p/secrets/s/versions/latest", "GCP-SM:p/s"),
        ("projects/p/secrets/s/versions/4", "GCP-SM:p/s/4"),
        ("projects/p/secrets/s", "GCP-SM:p/s"),
        ("ref+azurekeyvault://kv/s", "AZURE-KV:kv/s"),
        (
            "ref+azurekeyvault://kv.vault.azure.net/s/0a1b",
            "AZURE-KV:kv/s/0a1b",
        ),
        ("https://kv.vault.azure.net/secrets/s", "AZURE-KV:kv/s"),
        (
            "https://kv.vault.azure.net/secrets/s/0a1b",
            "AZURE-KV:kv/s/0a1b",
        ),
        (
            "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/s/)",
            "AZURE-KV:kv/s",
        ),
        (
            "@Microsoft.KeyVault(VaultName=kv;SecretName=s;SecretVersion=0a)",
            "AZURE-KV:kv/s/0a",
        ),
        (
            "@Microsoft.KeyVault(VaultName=kv;SecretName=s)",
            "AZURE-KV:kv/s",
        ),
        ("ref+pass://gw/claude", "PASS:gw/claude"),
        ("pass://gw/claude", "PASS:gw/claude"),
        ("keyring://gw/dev", "KEYRING:gw/dev"),
        ("keychain://gw/a%40b", "KEYRING:gw/a@b"),
        ("ref+sops://d/s.yaml#/a/b.c", "SOPS:d/s.yaml#a/b.c"),
        ("ref+sops://s.yaml#/a", "SOPS:s.yaml#a"),
        ("sops://s.yaml#a.b", "SOPS:s.yaml#a.b"),
        ("cmd:print-key  'a b'", "CMD:print-key  'a b'"),
    ]);
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        let arn = format!("arn:{partition}:secretsmanager:r-1:123456789012:secret:gw-a1B2c3");
        check(&[
            (&arn, &format!("AWS-SM:{arn}")),
            (&format!("{arn}:key::"), &format!("AWS-SM:{arn}#key")),
            (
                &format!("{{{{resolve:secretsmanager:{arn}:SecretString:key}}}}"),
                &format!("AWS-SM:{arn}#key"),
            ),
        ]);
    }
}

#[test]
fn what_cannot_be_said_is_refused_by_name() {
    for (text, what) in [
        ("arn:aws:ssm:r:1:parameter/x", "a parameter of AWS SSM"),
        ("{{resolve:ssm-secure:x:1}}", "a parameter of AWS SSM"),
        ("ref+awsssm://a/b", "a parameter of AWS SSM"),
        ("ssm:/a/b", "a parameter of AWS SSM"),
        ("file:///run/key", "a plain file"),
        ("ref+file://f#/a/b", "a plain file"),
        ("ref+tfstate://f/x", "a state of Terraform"),
        ("doppler://p/x", "a secret of Doppler"),
        ("ref+vault://a/b#/c/d", "a value inside of a value"),
        ("ref+vault://a/b?address=x#/c", "what stands behind the `?`"),
        (
            "ref+awssecrets://a?role_arn=x",
            "what stands behind the `?`",
        ),
        ("ref+echo://a/b", "a literal value"),
        ("https://vault.example/v1/a", "an address"),
        ("${{ vars.A }}", "a workflow's expression"),
        ("${A:-b}", "a variable with another value to fall back to"),
        (
            "{vault://hcv/a/b}",
            "a vault that Kong's own settings describe",
        ),
    ] {
        let error = SecretRef::parse(text).expect_err(text);
        let SecretRefError::Foreign(said, instead, _) = error else {
            panic!("{text}: {error}");
        };
        assert_eq!(said, what, "{text}");
        assert!(!instead.is_empty());
    }
}

#[test]
fn near_misses_are_asked_about() {
    for (text, help) in [
        ("GATEWAY_KEY", "did you mean `ENV:GATEWAY_KEY`?"),
        ("ENV=GATEWAY_KEY", "did you mean `ENV:GATEWAY_KEY`?"),
        ("env GATEWAY_KEY", "did you mean `ENV:GATEWAY_KEY`?"),
        ("VAULT//secret/gw", "did you mean `VAULT:secret/gw`?"),
        ("vault/secret/gw#key", "did you mean `VAULT:secret/gw#key`?"),
        ("OP/v/i/f", "did you mean `OP:v/i/f`?"),
        ("VALT:x", "did you mean `VAULT`?"),
        ("aws:x", "did you mean `AWS-SM`?"),
        ("AWS_SM:x", "did you mean `AWS-SM`?"),
        ("1password:v/i/f", "did you mean `OP`?"),
        ("keychain:s/a", "did you mean `KEYRING`?"),
        ("ENV=a1b2c3d4", "did you mean `ENV:…`?"),
        ("vault=a1b2c3d4", "did you mean `VAULT:…`?"),
    ] {
        let error = SecretRef::parse(text).expect_err(text);
        assert_eq!(error.help(), help, "{text}");
    }
    let odd = ["k3y", &"9aZ8".repeat(4)].concat();
    for text in [
        odd.clone(),
        format!("{odd}:x"),
        format!("ENV:{odd}-"),
        format!("x/{odd}"),
    ] {
        let error = SecretRef::parse(&text).expect_err(&text);
        assert!(
            !format!("{error} {}", error.help()).contains(&odd),
            "{error}"
        );
    }
}

#[test]
fn a_key_is_found_behind_any_spelling() {
    let key = ["sk-ant-", "api03-", &"a1B2".repeat(8)].concat();
    let encoded = key.replace('-', "%2D");
    for text in [
        format!("op://v/i/{encoded}"),
        format!("vault://a/b#{encoded}"),
        format!("https://kv.vault.azure.net/secrets/{key}"),
        format!("${{A:-{key}}}"),
    ] {
        assert_eq!(SecretRef::parse(&text), Err(SecretRefError::Literal));
    }
    for (text, at) in [
        ("ENV:A\0B", 5),
        ("op://a/b/c%0Ad", 5),
        ("VAULT:a\u{202e}b", 7),
    ] {
        assert_eq!(
            SecretRef::parse(text).expect_err(text).offset(),
            at,
            "{text:?}"
        );
    }
    assert!(SecretRef::parse(&format!("PASS:{}", "a/".repeat(1 << 19))).is_err());
}

/// Texts that are made of what references are made of.
fn texts() -> impl Strategy<Value = String> {
    let words = prop_oneof![
        proptest::sample::select(SCHEMES.iter().map(|(name, _)| *name).collect::<Vec<_>>()),
        proptest::sample::select(vec![
            ":",
            "://",
            "/",
            "#",
            "#/",
            "?",
            "=",
            "-",
            "--x",
            ".",
            "..",
            "$",
            "${",
            "}",
            "{{",
            "%",
            "%23",
            "%00",
            "%",
            "'",
            "\"",
            " ",
            "\\",
            "`",
            "$(x)",
            ";",
            "|",
            "&",
            "\n",
            "é",
            "ref+",
            "arn:aws:secretsmanager:",
            "secret",
            "a",
            "B_C",
            "9",
            "vault:",
            "/data/",
            "https://",
            ".vault.azure.net",
            "projects/",
            "?region=",
            "env:",
            "resolve:",
            "@Microsoft.KeyVault(",
            "SecretUri=",
        ]),
    ];
    let built = (words.clone(), proptest::collection::vec(words, 0..9))
        .prop_map(|(scheme, parts)| format!("{scheme}:{}", parts.concat()));
    prop_oneof![3 => built, 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn whatever_is_read_is_written_and_read_again(text in texts()) {
        match SecretRef::parse(&text) {
            Ok(reference) => {
                let written = reference.to_string();
                prop_assert_eq!(SecretRef::parse(&written), Ok(reference), "{:?}", text);
            }
            Err(error) => {
                prop_assert!(error.offset() <= text.len().max(4096), "{:?}", text);
                prop_assert!(!error.help().is_empty());
            }
        }
    }

    #[test]
    fn no_word_of_a_reference_passes_for_an_option(text in texts()) {
        let Ok(reference) = SecretRef::parse(&text) else { return Ok(()) };
        let own = ["-field=", "--no-newline", "--secret-id", "--query", "--output", "--region", "--secret=",
            "--project=", "--vault-name", "--name", "--version", "--extract"];
        let argv = reference.argv();
        let checked = if reference.scheme == Scheme::Command { &argv[..1] } else { &argv[..] };
        for word in checked {
            let ours = own.iter().any(|o| word == o || (o.ends_with('=') && word.starts_with(o)));
            prop_assert!(ours || !word.starts_with('-'), "{:?}: {:?}", text, argv);
            prop_assert!(!word.chars().any(crate::model::is_harmful));
        }
    }
}
