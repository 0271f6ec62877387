//! Versions of packs, templates and this tool.

use std::fmt;

/// Dotted numbers, compared as numbers: `1.10.0` follows `1.9`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(Vec<u32>);

impl Version {
    /// Reads one to four numbers; returns none where the text is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = |part: &str| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            part.parse().ok().filter(|_| digits)
        };
        let mut numbers: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
        if numbers.len() > 4 {
            return None;
        }
        // `1.4` and `1.4.0` are one version.
        numbers.resize(4, 0);
        Some(Self(numbers))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.0.last() == Some(&0) { 3 } else { 4 };
        let numbers: Vec<String> = self.0.iter().take(shown).map(u32::to_string).collect();
        f.pad(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        let version = |text: &str| Version::parse(text).expect(text);
        assert!(version("1.10") > version("1.9.9"));
        assert_eq!(version("1.4").to_string(), "1.4.0");
        assert_eq!(version("1.4.0"), version("1.4"));
        assert_eq!(version("1.2.3.4").to_string(), "1.2.3.4");
        for bad in ["", "v1", "1.", "1.2-rc", "1.+2", "1.2.3.4.5", "99999999999"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }
}
