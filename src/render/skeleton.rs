//! A template without the long texts that hold no markup, so that tera parses only what matters.
//!
//! The run scripts are mostly plain text. Stretches of whole lines without a mark are taken out, a token
//! stands in their place, and after rendering they are put back. A tag must not span lines.

use std::fmt::Write as _;

use crate::catalog::Delimiters;

const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
/// Shorter stretches are not worth a token, in bytes.
const SHORTEST: usize = 160;

pub(super) struct Skeleton<'a> {
    /// The template with tokens.
    pub(super) text: String,
    plain: Vec<&'a str>,
}

impl<'a> Skeleton<'a> {
    pub(super) fn of(source: &'a str, delimiters: Delimiters) -> Self {
        let mut skeleton = Self {
            text: String::with_capacity(source.len() / 4),
            plain: Vec::new(),
        };
        let (mut start, mut end) = (0, 0);
        for line in source.split_inclusive('\n') {
            if is_marked(line, delimiters) {
                skeleton.take(&source[start..end]);
                skeleton.text.push_str(line);
                start = end + line.len();
            }
            end += line.len();
        }
        skeleton.take(&source[start..]);
        skeleton
    }

    /// Puts the stretches back into what was rendered.
    pub(super) fn fill(&self, rendered: &str) -> String {
        let plain: usize = self.plain.iter().map(|text| text.len()).sum();
        let mut out = String::with_capacity(rendered.len() + plain);
        let mut rest = rendered;
        while let Some((before, after)) = rest.split_once(OPEN) {
            out.push_str(before);
            let found = after.split_once(CLOSE);
            let plain = found.and_then(|(index, tail)| {
                let text = self.plain.get(index.parse::<usize>().ok()?)?;
                Some((*text, tail))
            });
            let (text, tail) = plain.unwrap_or(("\u{e000}", after));
            out.push_str(text);
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    /// The white space around a stretch stays, for the tags that trim it.
    fn take(&mut self, stretch: &'a str) {
        let body = stretch.trim();
        if body.len() < SHORTEST || body.contains(OPEN) {
            self.text.push_str(stretch);
            return;
        }
        let at = stretch.len() - stretch.trim_start().len();
        self.text.push_str(&stretch[..at]);
        let _ = write!(self.text, "{OPEN}{}{CLOSE}", self.plain.len());
        self.text.push_str(&stretch[at + body.len()..]);
        self.plain.push(body);
    }
}

fn is_marked(line: &str, delimiters: Delimiters) -> bool {
    let (open, close) = match delimiters {
        Delimiters::Braces => (b'{', b'}'),
        Delimiters::Brackets => (b'[', b']'),
    };
    if !line.as_bytes().contains(&open) && !line.as_bytes().contains(&close) {
        return false;
    }
    let inner = |byte: u8, twice: u8| byte == twice || byte == b'%' || byte == b'#';
    line.as_bytes().windows(2).any(|pair| {
        (pair[0] == open && inner(pair[1], open)) || (pair[1] == close && inner(pair[0], close))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_comes_back() {
        let plain = "plain [ text ] $x\n".repeat(20);
        let source = format!("a [[ b ]]\n\n  {plain}\n[%- if c %]\n{plain}[% endif %]\nshort\n");
        let skeleton = Skeleton::of(&source, Delimiters::Brackets);
        assert_eq!(skeleton.plain.len(), 2);
        assert!(skeleton.text.len() < 80, "{}", skeleton.text);
        assert_eq!(skeleton.fill(&skeleton.text), source);
        assert_eq!(
            skeleton.fill("x\u{e000}9\u{e001}\u{e000}"),
            "x\u{e000}9\u{e001}\u{e000}"
        );
    }
}
