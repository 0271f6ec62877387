//! The environment, then the env file.

use super::{Found, Key, Place, SecretError};

pub(super) fn read(name: &str, place: &Place<'_>) -> Result<Found, SecretError> {
    let places = [
        (place.environment, "the environment"),
        (place.env_file, place.env_file_name),
    ];
    for (values, from) in places {
        let value = values.get(name).map(|value| value.trim());
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            return Ok(Found {
                key: Key::new(value.to_owned()),
                from: format!("{name} of {from}"),
            });
        }
    }
    Err(SecretError::Unset {
        name: name.to_owned(),
        file: place.env_file_name.to_owned(),
    })
}
