//! Keys that are looked for, in every spelling.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// Whether the canaries look like a vendor's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Vendor,
    Plain,
}

/// One key and where it may be found.
pub struct Canary {
    pub name: &'static str,
    pub value: String,
    /// Paths below the world's home, or what an output or a child is called.
    pub allowed: Vec<String>,
}

/// A value that nobody else has; the same name gives the same one.
pub fn value(name: &str, look: Look) -> String {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let digest = Sha256::digest(format!("{name} {look:?}"));
    let mut text: String = digest
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect();
    match look {
        Look::Plain => {
            text.truncate(24);
            // A character that URLs spell in another way.
            text.replace_range(11..12, "+");
            text.replace_range(5..6, "7");
            text
        }
        Look::Vendor => {
            let start = match name {
                "git remote" => ["ghp", "_"].concat(),
                "VAULT_TOKEN" | "token file" => ["hvs", "."].concat(),
                _ => ["sk-", "ant-", "api03-"].concat(),
            };
            format!("{start}4{text}5")
        }
    }
}

/// Finds canaries in bytes.
pub struct Search {
    automaton: AhoCorasick,
    /// For every pattern, the canary and what the pattern is of it.
    patterns: Vec<(usize, &'static str)>,
}

impl Search {
    pub fn new(canaries: &[Canary]) -> Self {
        let mut texts: Vec<String> = Vec::new();
        let mut patterns = Vec::new();
        for (at, canary) in canaries.iter().enumerate() {
            for (spelling, text) in spellings(&canary.value) {
                texts.push(text);
                patterns.push((at, spelling));
            }
        }
        Self {
            automaton: AhoCorasick::new(&texts).expect("few patterns"),
            patterns,
        }
    }

    /// Which canaries are there, by number, and how.
    pub fn find(&self, bytes: &[u8]) -> Vec<(usize, &'static str)> {
        let hits = self.automaton.find_overlapping_iter(bytes);
        let mut found: Vec<_> = hits.map(|hit| self.patterns[hit.pattern()]).collect();
        found.sort_unstable();
        found.dedup_by_key(|(canary, _)| *canary);
        found
    }
}

fn spellings(value: &str) -> Vec<(&'static str, String)> {
    let percent = |spell: fn(u8) -> String| {
        let spelled = |byte: u8| {
            if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
                char::from(byte).to_string()
            } else {
                spell(byte)
            }
        };
        value.bytes().map(spelled).collect::<String>()
    };
    let middle = value.len() / 2;
    let mut all = vec![
        ("as it is", value.to_owned()),
        ("its middle", value[middle - 6..middle + 6].to_owned()),
        ("its end", value[value.len() - 10..].to_owned()),
        ("percent", percent(|byte| format!("%{byte:02X}"))),
        ("percent", percent(|byte| format!("%{byte:02x}"))),
        ("JSON", value.replace('+', "\\u002b")),
        (
            "hex",
            value
                .bytes()
                .map(|byte| format!("{byte:02x}"))
                .collect::<Vec<_>>()
                .concat(),
        ),
        ("backwards", value.chars().rev().collect()),
    ];
    for before in 0..3 {
        let bytes = [&vec![0; before], value.as_bytes()].concat();
        let (first, last) = ((before * 8_usize).div_ceil(6), bytes.len() * 8 / 6);
        all.push((
            "base64",
            STANDARD_NO_PAD.encode(&bytes)[first..last].to_owned(),
        ));
        all.push((
            "base64",
            URL_SAFE_NO_PAD.encode(&bytes)[first..last].to_owned(),
        ));
    }
    all
}

#[test]
fn what_is_looked_for_is_found() {
    for look in [Look::Plain, Look::Vendor] {
        let value = value("a", look);
        let is_shaped = claude_scaffold::model::looks_like_secret(&value);
        assert_eq!(is_shaped, look == Look::Vendor);
        let canaries = [Canary {
            name: "a",
            value: value.clone(),
            allowed: Vec::new(),
        }];
        let search = Search::new(&canaries);
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("u:{value}"));
        let percent: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        for text in [&value, &basic, &percent, &value[4..].to_owned()] {
            assert!(!search.find(text.as_bytes()).is_empty(), "{text}");
        }
        assert!(search.find(&value.as_bytes()[..10]).is_empty());
    }
}
