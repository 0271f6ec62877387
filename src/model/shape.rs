//! The shapes and names by which a literal secret is recognised.

use super::secret::SCHEMES;

/// The shortest prefix and what has to follow it, in bytes.
const SHORTEST: usize = 3 + 16;
/// The first letters of all prefixes.
const BEGINNINGS: &[u8] = b"spgAhxentldrGySwbcfvPNoa";

/// With what keys of vendors begin; a test of the suite holds them against the catalogue of keys.
const PREFIXES: &[&str] = &[
    "sk-",
    "sk_",
    "pk-lf-",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "AKIA",
    "ASIA",
    "hvs.",
    "xoxb-",
    "xoxp-",
    "AIza",
    "eyJ",
    "ghu_",
    "ghr_",
    "nvapi-",
    "tvly-",
    "lsv2_",
    "dop_v1_",
    "api_org_",
    "tgp_v1_",
    "GOCSPX-",
    "ya29.",
    "ABIA",
    "ABSK",
    "gldt-",
    "glrt-",
    "glcbt-",
    "glptt-",
    "glft-",
    "glimt-",
    "glagent-",
    "gloas-",
    "glsoat-",
    "glffct-",
    "xoxa-",
    "xoxr-",
    "xoxs-",
    "xoxe-",
    "xoxe.xox",
    "xapp-",
    "hooks.slack.com/services/",
    "rk_live_",
    "rk_test_",
    "whsec_",
    "hvb.",
    "hvr.",
    "pypi-AgE",
    "rubygems_",
    "dckr_pat_",
    "dckr_oat_",
    "doo_v1_",
    "dor_v1_",
    "SG.",
    "shpat_",
    "shpss_",
    "shpca_",
    "shppa_",
    "lin_api_",
    "figd_",
    "ATATT3",
    "dp.pt.",
    "dp.st.",
    "dp.ct.",
    "dp.sa.",
    "dp.scim.",
    "dp.audit.",
    "pscale_tkn_",
    "pscale_pw_",
    "pscale_oauth_",
    "sbp_",
    "sb_secret_",
    "PMAK-",
    "NRAK-",
    "glc_",
    "glsa_",
    "sntrys_",
    "sntryu_",
    "AKCp",
    "fm2_",
    "tskey-",
    "bkua_",
    "ops_eyJ",
    "AGE-SECRET-KEY-1",
];
/// Prefixes that names begin with, too: what follows must be no words.
const SHORT: &[&str] = &[
    "gsk_", "hf_", "npm_", "r8_", "xai-", "pplx-", "fw_", "csk-", "vck_", "vcp_", "vci_", "vca_",
    "vcr_", "ntn_", "dapi", "dkea", "pul-",
];

/// Returns whether a text has the shape of a live key: a vendor's prefix and enough random text.
#[must_use]
pub fn looks_like_secret(text: &str) -> bool {
    let word = text.trim();
    // Most words are short, or begin like no key at all.
    if word.len() < SHORTEST || !BEGINNINGS.contains(&word.as_bytes()[0]) {
        return false;
    }
    let body = |prefix: &str| word.strip_prefix(prefix);
    let long = |prefix: &&str| body(prefix).is_some_and(|rest| rest.len() >= 16);
    let random = |prefix: &&str| {
        body(prefix).is_some_and(|rest| {
            rest.chars().all(|c| c.is_ascii_alphanumeric())
                && rest.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase())
        })
    };
    let vendor = PREFIXES.iter().any(long) || SHORT.iter().any(|p| long(p) && random(p));
    if !vendor || word.contains(char::is_whitespace) {
        return false;
    }
    let placeholder = [
        "your-",
        "your_",
        "-your",
        "_your",
        "example",
        "xxxx",
        "placeholder",
        "<",
        "...",
    ];
    let lower = word.to_ascii_lowercase();
    !placeholder.iter().any(|p| lower.contains(p))
}

/// Returns whether a text is, or has in it, a word with the shape of a live key.
#[must_use]
pub fn holds_secret(text: &str) -> bool {
    text.len() >= SHORTEST && (looks_like_secret(text) || secret_words(text).next().is_some())
}

/// The words of a text that have the shape of a live key, also behind a dot.
pub(super) fn secret_words(text: &str) -> impl Iterator<Item = &str> {
    let in_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let shaped = |word: &&str| looks_like_secret(word) && word.bytes().any(|b| b.is_ascii_digit());
    let words = text.split(move |c| !in_word(c));
    let long = words.filter(|word| word.len() >= SHORTEST);
    long.filter_map(move |word| {
        let starts = word.match_indices('.').map(|(at, _)| at + 1);
        let mut tails = std::iter::once(0).chain(starts).map(|at| &word[at..]);
        tails.find_map(|tail| Some(tail.trim_start_matches('-')).filter(shaped))
    })
}

/// Returns the value as it may be shown under a key: `[redacted]` where the key names a credential
/// or the value has the shape of one.
#[must_use]
pub fn redact<'a>(key: &str, value: &'a str) -> &'a str {
    let upper = key.to_ascii_uppercase().replace('-', "_");
    let tail = [
        "_KEY",
        "APIKEY",
        "ACCESSKEY",
        "PRIVATEKEY",
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "_PASS",
        "_PWD",
        "_PAT",
        "AUTHORIZATION",
        "CREDENTIALS",
        "COOKIE",
    ];
    let named = tail.iter().any(|t| upper.ends_with(t));
    let scheme = value.split_once(':').map(|(scheme, _)| scheme);
    // `id-token: write` is a permission of a workflow.
    let plain = ["", "0", "1", "true", "false", "none", "read", "write"];
    let reference = plain.contains(&value)
        || value.starts_with("${")
        || value.starts_with("your-")
        || SCHEMES.iter().any(|(known, _)| scheme == Some(*known));
    if looks_like_secret(value) || (named && !reference) {
        "[redacted]"
    } else {
        value
    }
}

/// Returns whether a variable holds what the gateway is to get: a key, or request headers.
#[must_use]
pub fn is_of_the_gateway(variable: &str) -> bool {
    const NAMES: [&str; 5] = [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_CUSTOM_HEADERS",
        "OPENAI_API_KEY",
        "GATEWAY_TOKEN",
    ];
    NAMES.contains(&variable) || variable.starts_with("HEADER_")
}

/// Returns whether a header is for a credential, by a word of its name in lower case.
#[must_use]
pub fn is_secret_header(name: &str) -> bool {
    const WORDS: [&str; 13] = [
        "auth",
        "authorization",
        "key",
        "apikey",
        "token",
        "secret",
        "password",
        "pass",
        "credential",
        "credentials",
        "cookie",
        "session",
        "jwt",
    ];
    name.split(['-', '_']).any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_word_and_one_that_begins_like_no_key_are_none() {
        let tail = "a1B2c3D4e5F6g7H8";
        for prefix in [
            "sk-", "ghp_", "AKIA", "hf_", "r8_", "dop_v1_", "xai-", "eyJ",
        ] {
            assert!(looks_like_secret(&format!("{prefix}{tail}")), "{prefix}");
            assert!(holds_secret(&format!("k = \"{prefix}{tail}\"")), "{prefix}");
            assert!(
                !looks_like_secret(&format!("{prefix}{}", &tail[1..])),
                "{prefix}"
            );
            assert!(!looks_like_secret(&format!("-{prefix}{tail}")), "{prefix}");
        }
    }
}
