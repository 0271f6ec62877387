//! Which names say that a credential is assigned to them.

/// Words that make a name one of a credential.
const CREDENTIALS: [&str; 23] = [
    "secret",
    "secrets",
    "token",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "apikey",
    "authkey",
    "accesskey",
    "secretkey",
    "privatekey",
    "accountkey",
    "authtoken",
    "accesstoken",
    "refreshtoken",
    "bearer",
    "authorization",
    "credential",
    "credentials",
    "pat",
];

/// Words before `key` that make it one.
const QUALIFIERS: [&str; 28] = [
    "api",
    "secret",
    "access",
    "private",
    "auth",
    "signing",
    "encryption",
    "encrypt",
    "master",
    "service",
    "account",
    "client",
    "app",
    "application",
    "admin",
    "storage",
    "subscription",
    "role",
    "shared",
    "session",
    "jwt",
    "hmac",
    "license",
    "webhook",
    "deploy",
    "gateway",
    "functions",
    "crypto",
];

/// Words that say a name holds something else, wherever they stand in it.
const OTHERS: [&str; 58] = [
    "public",
    "pub",
    "publishable",
    "hash",
    "hashed",
    "digest",
    "checksum",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "integrity",
    "fingerprint",
    "thumbprint",
    "page",
    "pagination",
    "next",
    "continuation",
    "cursor",
    "csrf",
    "xsrf",
    "cancellation",
    "cancel",
    "sync",
    "etag",
    "nonce",
    "cache",
    "primary",
    "foreign",
    "sort",
    "partition",
    "index",
    "site",
    "sitekey",
    "header",
    "prefix",
    "suffix",
    "pattern",
    "regex",
    "format",
    "field",
    "label",
    "title",
    "placeholder",
    "commit",
    "revision",
    "device",
    "ref",
    "reference",
    "arn",
    "expected",
    "encrypted",
    "sealed",
    "idempotency",
    "translation",
    "i18n",
    "metric",
];

/// Words that may follow the one that counts.
const TAILS: [&str; 22] = [
    "value",
    "val",
    "prod",
    "production",
    "dev",
    "staging",
    "stage",
    "old",
    "new",
    "live",
    "main",
    "default",
    "secondary",
    "base64",
    "b64",
    "hex",
    "v1",
    "v2",
    "v3",
    "string",
    "str",
    "raw",
];

/// Returns whether a name says that its value is a credential.
pub(super) fn is_credential(name: &str) -> bool {
    let words = words(name);
    if words.iter().any(|word| OTHERS.contains(&word.as_str())) {
        return false;
    }
    let is_tail = |word: &String| {
        TAILS.contains(&word.as_str()) || word.bytes().all(|byte| byte.is_ascii_digit())
    };
    let tails = words.iter().rev().take_while(|word| is_tail(word)).count();
    let words = &words[..words.len() - tails];
    let Some((last, before)) = words.split_last() else {
        return false;
    };
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let joined = |end: &&str| last.len() > end.len() && last.ends_with(*end);
    let known = CREDENTIALS.contains(&last)
        || CREDENTIALS
            .iter()
            .filter(|word| word.len() >= 5)
            .any(joined);
    let key = last == "key" || last == "keys";
    let qualified = || {
        let shouted = name.bytes().all(|byte| !byte.is_ascii_lowercase());
        before
            .last()
            .is_some_and(|word| shouted || QUALIFIERS.contains(&word.as_str()))
    };
    let npm = last == "auth" && name.starts_with('_');
    known || npm || (key && qualified())
}

/// Returns whether a name says that its value is a password.
pub(super) fn is_password(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    ["password", "passwd", "pwd", "pass", "passphrase"]
        .iter()
        .any(|word| small.contains(word))
}

/// The words of a name in small letters, parted by punctuation and humps.
fn words(name: &str) -> Vec<String> {
    let bytes = name.as_bytes();
    let mut words = vec![String::new()];
    for (at, byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let after = bytes.get(at + 1);
        let up = byte.is_ascii_uppercase();
        let hump = up && before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let end = up
            && before.is_some_and(|b| b.is_ascii_uppercase())
            && after.is_some_and(u8::is_ascii_lowercase);
        if hump || end {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Returns a name in small letters and digits.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials_are_told_from_others() {
        for name in [
            "ANTHROPIC_API_KEY",
            "apiKey",
            "x-api-key",
            "client_secret",
            "DB_PASSWORD",
            "authToken",
            "STRIPE_KEY",
            "clientSecretValue",
            "githubtoken",
            "_authToken",
            "_auth",
            "password2",
            "signing-key",
            "config.apiKey",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "key",
            "cacheKey",
            "primary_key",
            "PUBLIC_KEY",
            "max_tokens",
            "tokenizer",
            "next_page_token",
            "password_hash",
            "token_type",
            "secret_name",
            "keyboard",
            "author",
            "bypass_rule",
            "apiKeyHelper",
            "csrfToken",
            "compass",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }
}
