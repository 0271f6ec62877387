//! The environment, then the env file.

use super::{Found, Place, SecretError, accept};

pub(super) fn read(name: &str, place: &Place<'_>) -> Result<Found, SecretError> {
    let name = name.to_owned();
    let found = given(std::slice::from_ref(&name), place)?;
    found.ok_or_else(|| SecretError::Unset {
        name,
        file: place.env_file_name.to_owned(),
    })
}

/// The first of some names that is set: each in the environment, then each in the env file.
pub(super) fn given(names: &[String], place: &Place<'_>) -> Result<Option<Found>, SecretError> {
    let file = format!("`{}`", place.env_file_name);
    let places = [
        (place.environment, "the environment"),
        (place.env_file, file.as_str()),
    ];
    for (values, from) in places {
        let set = names
            .iter()
            .filter_map(|name| Some((name, values.get(name)?)));
        let mut set = set.filter(|(_, value)| !value.trim().is_empty());
        if let Some((name, value)) = set.next() {
            let from = format!("`{name}` of {from}");
            return match accept(value, place.kind) {
                Ok(key) => Ok(Some(Found::new(key, from))),
                Err(why) => Err(SecretError::Refused { from, why }),
            };
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;
    use std::time::Instant;

    use super::*;
    use crate::catalog::Store;
    use crate::secret::{Key, Kind, Network};

    fn check(environment: &[(&str, &str)], file: &[(&str, &str)]) -> Result<String, SecretError> {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let pairs = pairs.iter();
            pairs
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        let names = ["A", "B"].map(str::to_owned);
        let found = given(
            &names,
            &Place {
                root: Path::new("/"),
                environment: &map(environment),
                env_file: &map(file),
                env_file_name: ".env",
                home: None,
                store: &Store::default(),
                kind: Kind::Key,
                withheld: &BTreeSet::new(),
                network: Network::Open,
                until: Instant::now(),
            },
        )?;
        let shown = found.map(|found| format!("{} {}", Key::expose(&found.key), found.from));
        Ok(shown.unwrap_or_default())
    }

    #[test]
    fn every_name_is_looked_for_in_the_environment_before_the_file() {
        let found = check(&[("B", " b ")], &[("A", "a")]);
        assert_eq!(found.as_deref(), Ok("b `B` of the environment"));
        let found = check(&[("A", " ")], &[("B", "b"), ("A", "a")]);
        assert_eq!(found.as_deref(), Ok("a `A` of `.env`"));
        assert_eq!(check(&[("C", "c")], &[]).as_deref(), Ok(""));
        let refused = check(&[("A", "a b")], &[("A", "a")]).map_err(|error| error.to_string());
        let why =
            "what `A` of the environment gave has a character that no key has: a blank, in place 2";
        assert_eq!(refused, Err(why.to_owned()));
    }
}
