//! Every parser that reads a repository's files, fed with what grows out of good files by chance.
//!
//! A second each in the suite; `tests/bench/fuzz.sh` gives them minutes. A run that fails prints its input, and
//! the same seed gives the same inputs.
#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at clock and environment"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use claude_scaffold::catalog::Catalog;
use claude_scaffold::explain::{self, Layer};
use claude_scaffold::merge::{self, look};
use claude_scaffold::model::{DesiredFile, Format, Home, KeyPath, Mode, RepoPath, Source};
use claude_scaffold::{diagnose, git, lock, manifest};

/// Longer than this for one input of a few kilobytes is a fault.
const SLOW: Duration = Duration::from_secs(5);
/// Inputs grow no longer.
const LONGEST: usize = 16 * 1024;
/// What is put in: the marks of all formats.
const WORDS: [&str; 44] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "'",
    "\\",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "#",
    "//",
    "/*",
    "*/",
    "=",
    "-",
    "- ",
    "? ",
    "&a",
    "*a",
    "|",
    ">",
    "---",
    "...",
    "\"\"\"",
    "'''",
    "[[",
    "]]",
    "export ",
    "$",
    "${A}",
    "`",
    "!",
    "\u{feff}",
    "\u{0}",
    "\u{1b}",
    "é",
    "😀",
    "\\u",
    "\\ud800",
    "ANTHROPIC_BASE_URL",
];
const SEEDS: [&str; 8] = [
    "{\n  // c\n  \"env\": { \"ANTHROPIC_BASE_URL\": \"https://gw.example/v1/\", \"A\": 1 },\n  \"model\": \"opus\",\n}\n",
    "version = 1\nprofile = \"team\"\n[gateway]\nurl = \"https://gw.example/v1\"\n[severity]\nCS001 = \"off\"\n",
    "# c\nexport ANTHROPIC_BASE_URL=\"https://gw.example/v1\" # x\nA='b'\nB=$'c\\n'\r\nC=\n",
    "a: &x\n  - b: 'c'\n    d: \"e\\n\"\nenv:\n  ANTHROPIC_MODEL: claude-opus-4-7 # c\nf: |\n  g\nh: [1, {i: *x}]\n",
    "/.env\n!/.env.template\n*.log\n\\#a\n b \n[a-z]?/**/x\n",
    "*.sh text eol=lf\n\"a b\" -diff\n[attr]m text\n",
    "{\"version\":1,\"findings\":[{\"path\":\"a\",\"code\":\"CS001\",\"fingerprint\":\"x:1\",\"note\":\"\"}]}",
    "{ \"terminal.integrated.env.linux\": { \"A\": \"${env:B}\" }, \"claudeCode.environmentVariables\": [{\"name\":\"C\",\"value\":\"d\"}] }",
];

/// Numbers by chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end.max(1)
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn changed(&mut self, text: &str, other: &str) -> String {
        let (a, b) = (self.place(text), self.place(text));
        let (from, to) = (a.min(b), a.max(b));
        let (head, part, tail) = (&text[..from], &text[from..to], &text[to..]);
        let mut new = match self.below(6) {
            0 => format!("{head}{tail}"),
            1 => format!("{head}{part}{part}{tail}"),
            2 => format!("{head}{}{part}{tail}", WORDS[self.below(WORDS.len())]),
            3 => format!("{head}{}{tail}", WORDS[self.below(WORDS.len())]),
            4 => format!("{head}{}", &other[self.place(other)..]),
            _ => {
                let word = WORDS[self.below(WORDS.len())].repeat(1 << self.below(11));
                format!("{head}{word}{part}{tail}")
            }
        };
        let mut end = new.len().min(LONGEST);
        while !new.is_char_boundary(end) {
            end -= 1;
        }
        new.truncate(end);
        new
    }
}

/// Feeds a parser until its time is over.
fn feed(name: &str, parser: impl Fn(&str)) {
    let number = |variable: &str| std::env::var(variable).ok()?.parse::<u64>().ok();
    let seconds = number("CLAUDE_SCAFFOLD_FUZZ_SECONDS").unwrap_or(1);
    let seed = number("CLAUDE_SCAFFOLD_FUZZ_SEED").unwrap_or(1);
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut pool: Vec<String> = SEEDS.map(str::to_owned).to_vec();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut count = 0_usize;
    while Instant::now() < end {
        let (one, other) = (chance.below(pool.len()), chance.below(pool.len()));
        let mut text = pool[one].clone();
        for _ in 0..=chance.below(4) {
            text = chance.changed(&text, &pool[other]);
        }
        let start = Instant::now();
        let done = catch_unwind(AssertUnwindSafe(|| parser(&text)));
        let took = start.elapsed();
        assert!(
            done.is_ok() && took < SLOW,
            "{name}, {took:?}, seed {seed}: {text:?}"
        );
        count += 1;
        let kept = SEEDS.len() + chance.below(256);
        if chance.below(8) == 0 && kept < pool.len() {
            pool[kept] = text;
        } else if pool.len() < SEEDS.len() + 256 && chance.below(8) == 0 {
            pool.push(text);
        }
    }
    assert!(count > 0);
    tree_says(name, count);
}

#[expect(clippy::print_stderr, reason = "how much was tried is worth knowing")]
fn tree_says(name: &str, count: usize) {
    eprintln!("{name}: {count} inputs");
}

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).expect("a path")
}

#[test]
fn manifests() {
    feed("manifest", |text| {
        let (_, problems) = manifest::parse("m.toml", text);
        assert!(problems.iter().all(|d| d.line != Some(0)));
    });
}

#[test]
fn lockfiles() {
    feed("lockfile", |text| {
        if let Ok(base) = lock::read(text) {
            let again = lock::read(&lock::write(&base)).expect("what was written");
            assert_eq!(lock::write(&again), lock::write(&base));
        }
        let _ = lock::marker(text);
    });
}

#[test]
fn baselines() {
    feed("baseline", |text| {
        if let Ok(baseline) = diagnose::read_baseline("b.json", text) {
            let written = diagnose::write_baseline(&baseline);
            assert_eq!(
                diagnose::read_baseline("b.json", &written).as_ref(),
                Ok(&baseline)
            );
        }
    });
}

#[test]
fn client_settings() {
    let kinds = Catalog::embedded().settings().expect("a catalogue");
    feed("settings", |text| {
        let _ = explain::read(Layer::Project, ".claude/settings.json", text, &kinds);
    });
}

/// Every format: what is read, and what a merge makes of it.
fn merged(name: &str, file: &str, format: Format, desired: &str) {
    let file = path(file);
    let wanted = DesiredFile {
        format,
        mode: Mode::Regular,
        text: desired.to_owned(),
    };
    feed(name, |text| {
        let _ = look(&file, format, text, std::iter::once(&KeyPath::root()));
        if let Ok(merged) = merge::merge(&file, None, Some(text), Some(&wanted), &git::merge_text) {
            drop(merged);
        }
    });
}

#[test]
fn json_files() {
    let desired =
        "{ \"env\": { \"ANTHROPIC_BASE_URL\": \"https://gw.example\" }, \"model\": \"x\" }\n";
    merged("json", ".claude/settings.json", Format::Json, desired);
    merged("jsonc", ".vscode/settings.json", Format::Jsonc, desired);
}

#[test]
fn toml_files() {
    merged("toml", "mise.toml", Format::Toml, "[env]\nA = \"b\"\n");
}

#[test]
fn yaml_files() {
    merged(
        "yaml",
        ".aider.conf.yml",
        Format::Yaml,
        "model: x\nread: [a]\n",
    );
}

#[test]
fn env_files() {
    merged("env", ".env.template", Format::Env, "# a\nA=b\n");
    feed("env values", |text| {
        let _ = merge::env_values(text);
    });
}

#[test]
fn git_s_own_files() {
    merged(
        "ignore",
        ".gitignore",
        Format::Ignore,
        "/.env\n!/.env.template\n",
    );
    merged(
        "attributes",
        ".gitattributes",
        Format::Attributes,
        "*.sh eol=lf\n",
    );
}

#[test]
fn sightings() {
    let homes = [
        (".claude/settings.json", Home::Settings),
        (".vscode/settings.json", Home::Editor),
        (".env", Home::EnvFile),
        ("scripts/run.sh", Home::Script),
        ("scripts/run.ps1", Home::Script),
        (".github/workflows/ci.yml", Home::Workflow),
        (".gitlab-ci.yml", Home::Pipeline),
        ("docker-compose.yml", Home::Compose),
        (".devcontainer.json", Home::DevContainer),
        (".aider.conf.yml", Home::Tool),
        ("opencode.json", Home::Tool),
        ("mise.toml", Home::Toml),
        ("claude-scaffold.toml", Home::Manifest),
    ];
    feed("sightings", |text| {
        for (file, home) in homes {
            let source = Source {
                file: path(file),
                home,
                text: Ok(text.to_owned()),
            };
            for found in diagnose::sightings(&source) {
                assert!(text.get(found.range.clone()).is_some(), "{found:?}");
            }
        }
    });
}
