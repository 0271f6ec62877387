//! A part of a fleet, the same on every machine.

use sha2::{Digest, Sha256};

/// One of several parts; every repository is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    of: u64,
}

/// Why a text is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// Not two numbers with a `/` between.
    #[error("`{0}` is no shard")]
    Shape(String),
    /// There is no such part.
    #[error("there is no shard {index} of {of}")]
    Range {
        /// Which was asked for.
        index: u64,
        /// Of how many.
        of: u64,
    },
}

impl ShardError {
    /// Returns what to do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Shape(_) => "write I/N, for example `--shard 2/8`".to_owned(),
            Self::Range { of: 0, .. } => "split into one part at least, as in `--shard 1/4`".into(),
            Self::Range { of, .. } => {
                format!("shards count from 1: `--shard 1/{of}` to `--shard {of}/{of}`")
            }
        }
    }
}

impl Shard {
    /// Reads `I/N`.
    ///
    /// # Errors
    /// Refuses what is not that, and parts that are not there.
    pub fn parse(text: &str) -> Result<Self, ShardError> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u64>().ok().filter(|_| digits)
        };
        let pair = text
            .split_once('/')
            .and_then(|(index, of)| number(index).zip(number(of)));
        let Some((index, of)) = pair else {
            return Err(ShardError::Shape(text.to_owned()));
        };
        if index == 0 || index > of {
            return Err(ShardError::Range { index, of });
        }
        Ok(Self { index, of })
    }

    /// Returns whether a repository of this name is in this part.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        let digest = Sha256::digest(name.as_bytes());
        let first = digest.iter().take(8);
        let number = first.fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        number % self.of == self.index - 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        let error = Shard::parse(text).expect_err("no shard");
        assert_eq!(format!("{error}: {}", error.help()), expected);
    }

    #[test]
    fn what_is_no_shard_is_told() {
        for text in ["", "1", "1/", "/2", "a/2", "+1/2", "1/2/3"] {
            check(
                text,
                &format!("`{text}` is no shard: write I/N, for example `--shard 2/8`"),
            );
        }
        let range = "shards count from 1: `--shard 1/4` to `--shard 4/4`";
        check("0/4", &format!("there is no shard 0 of 4: {range}"));
        check("5/4", &format!("there is no shard 5 of 4: {range}"));
        check(
            "0/0",
            "there is no shard 0 of 0: split into one part at least, as in `--shard 1/4`",
        );
    }

    #[test]
    fn shards_stay_what_they_are() {
        let of = |name: &str| {
            let mut parts = (1..=4).filter(|index| {
                Shard {
                    index: *index,
                    of: 4,
                }
                .holds(name)
            });
            parts.next()
        };
        let names = ["team/app", "team/web", "a", "srv"];
        assert_eq!(names.map(of), SPLIT);
    }

    const SPLIT: [Option<u64>; 4] = [Some(3), Some(1), Some(3), Some(3)];

    proptest! {
        #[test]
        fn every_repository_is_in_one_shard(name in ".{0,40}", of in 1_u64..40) {
            let all = (1..=of).map(|index| Shard { index, of });
            prop_assert_eq!(all.filter(|shard| shard.holds(&name)).count(), 1);
        }
    }
}
