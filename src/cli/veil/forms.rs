//! How one key is spelled in URLs, JSON, Rust's own escapes and base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// Returns the key and its other spellings.
pub(super) fn forms(key: &str) -> Vec<Zeroizing<String>> {
    let mut forms = vec![key.to_owned(), percent(key, |n| format!("%{n:02X}"))];
    forms.push(percent(key, |n| format!("%{n:02x}")));
    let json = serde_json::Value::from(key).to_string();
    forms.push(json.trim_matches('"').to_owned());
    forms.push(json[1..json.len() - 1].to_owned());
    forms.push(json[1..json.len() - 1].replace('/', "\\/"));
    forms.push(key.escape_debug().to_string());
    for before in 0..3 {
        forms.push(within(key, before, |bytes| STANDARD_NO_PAD.encode(bytes)));
        forms.push(within(key, before, |bytes| URL_SAFE_NO_PAD.encode(bytes)));
    }
    forms.into_iter().map(Zeroizing::new).collect()
}

fn percent(key: &str, spell: impl Fn(u8) -> String) -> String {
    let bytes = key.bytes();
    bytes.fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&spell(byte));
        }
        out
    })
}

/// The letters of base64 that are the key's alone where so many bytes stand before it.
fn within(key: &str, before: usize, encode: impl Fn(&[u8]) -> String) -> String {
    let bytes = Zeroizing::new([&vec![0; before], key.as_bytes()].concat());
    let encoded = Zeroizing::new(encode(&bytes));
    // Six bits a letter: those that share a byte with a neighbour depend on it.
    let first = (before * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    encoded.get(first..last).unwrap_or_default().to_owned()
}
