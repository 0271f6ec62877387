//! What users do to files, chosen by a seed: add, change, delete, reorder, reindent, comment, CRLF.

use crate::tree::is_named;

/// A row of numbers that a seed fixes.
pub struct Dice(u64);

impl Dice {
    pub fn new(name: &str) -> Self {
        let mixed = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mixed)
    }

    /// A number below another.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound.max(1)).expect("a small number");
        usize::try_from((mixed ^ (mixed >> 31)) % bound).expect("a small number")
    }
}

/// How the lines of a file are to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Json,
    /// JSON that takes comments.
    Jsonc,
    Env,
    Yaml,
    Toml,
    Rules,
    Text,
}

impl Kind {
    /// The kind of a managed file; none: the test leaves it alone.
    pub fn of(path: &str) -> Option<Self> {
        Some(match path {
            ".gitignore" => Self::Rules,
            ".vscode/settings.json" => Self::Jsonc,
            ".aider.conf.yml" | "house.yml" | "config/house.yml" => Self::Yaml,
            _ if path.starts_with(".env") => Self::Env,
            _ if is_named(path, "json") => Self::Json,
            _ if is_named(path, "toml") => Self::Toml,
            _ if is_named(path, "md") || is_named(path, "sh") => Self::Text,
            _ => return None,
        })
    }

    /// A line that holds one key: what stands before its value, the value, and what follows.
    fn pair(self, line: &str) -> Option<(&str, &str, &str)> {
        let (mark, end) = match self {
            Self::Json | Self::Jsonc => ("\": ", ","),
            Self::Env => ("=", ""),
            Self::Yaml => (": ", ""),
            Self::Toml => (" = ", ""),
            Self::Rules | Self::Text => return None,
        };
        let at = line.find(mark)? + mark.len();
        let (head, rest) = line.split_at(at);
        let value = if end.is_empty() {
            rest
        } else {
            rest.strip_suffix(end)?
        };
        let name = head.trim_start().trim_end_matches(mark);
        let json = matches!(self, Self::Json | Self::Jsonc);
        let name = if json { name.strip_prefix('"')? } else { name };
        let plain = |text: &str, more: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let bare = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        let rooted = json || head.starts_with(name);
        let good = plain(name, "_.-$") && plain(bare.unwrap_or(value), "_-./:") && rooted;
        good.then(|| (head, value, &rest[value.len()..]))
    }

    fn entry(self, number: usize) -> String {
        match self {
            Self::Json | Self::Jsonc => format!("\"mine_{number}\": {number},"),
            Self::Env => format!("MINE_{number}={number}"),
            Self::Yaml => format!("mine_{number}: {number}"),
            Self::Toml => format!("mine_{number} = {number}"),
            Self::Rules => format!("/mine-{number}/"),
            Self::Text => format!("mine {number}"),
        }
    }

    fn comment(self, number: usize) -> Option<String> {
        match self {
            Self::Json | Self::Text => None,
            Self::Jsonc => Some(format!("// mine, note {number}")),
            _ => Some(format!("# mine, note {number}")),
        }
    }

    fn value(self, number: usize) -> String {
        match self {
            Self::Env | Self::Yaml => format!("mine{number}"),
            _ => format!("\"mine {number}\""),
        }
    }
}

/// Edits a text some times; `number` keeps what is added apart.
pub fn edit(kind: Kind, text: &str, times: usize, dice: &mut Dice) -> String {
    let crlf = text.contains("\r\n");
    let plain = text.replace("\r\n", "\n");
    let mut lines: Vec<String> = plain.split('\n').map(str::to_owned).collect();
    for number in 0..times {
        one(kind, &mut lines, number, dice);
    }
    let text = lines.join("\n");
    if crlf || (times > 0 && dice.below(6) == 0) {
        text.replace('\n', "\r\n")
    } else {
        text
    }
}

fn one(kind: Kind, lines: &mut Vec<String>, number: usize, dice: &mut Dice) {
    let whole = matches!(kind, Kind::Rules | Kind::Text);
    let usable = |line: &String| match kind {
        Kind::Text => !line.is_empty(),
        Kind::Rules => !line.is_empty() && !line.starts_with('!'),
        _ => kind.pair(line).is_some(),
    };
    let spots: Vec<usize> = (0..lines.len()).filter(|at| usable(&lines[*at])).collect();
    let Some(&at) = spots.get(dice.below(spots.len())) else {
        return;
    };
    let indent = |line: &str| line[..line.len() - line.trim_start().len()].to_owned();
    match dice.below(6) {
        0 => lines.insert(at, indent(&lines[at]) + &kind.entry(number)),
        1 if whole && kind == Kind::Text => lines[at] = format!("mine, changed {number}"),
        1 => {
            if let Some((head, _, tail)) = kind.pair(&lines[at]) {
                lines[at] = format!("{head}{}{tail}", kind.value(number));
            }
        }
        2 => {
            lines.remove(at);
        }
        3 if spots.contains(&(at + 1)) && indent(&lines[at]) == indent(&lines[at + 1]) => {
            lines.swap(at, at + 1);
        }
        4 => {
            if let Some(comment) = kind.comment(number) {
                lines.insert(at, indent(&lines[at]) + &comment);
            }
        }
        _ if matches!(kind, Kind::Json | Kind::Jsonc) => {
            for line in lines {
                *line = indent(line).repeat(2) + line.trim_start();
            }
        }
        _ => {}
    }
}
