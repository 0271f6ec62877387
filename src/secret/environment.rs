//! The environment, then the env file.

use super::{Found, Place, SecretError, accept};

pub(super) fn read(name: &str, place: &Place<'_>) -> Result<Found, SecretError> {
    let places = [
        (place.environment, "the environment"),
        (place.env_file, place.env_file_name),
    ];
    for (values, from) in places {
        let value = values.get(name).filter(|value| !value.trim().is_empty());
        if let Some(value) = value {
            let from = format!("`{name}` of {from}");
            let key = accept(value, place.kind).map_err(|why| SecretError::Refused {
                from: from.clone(),
                why,
            })?;
            return Ok(Found::new(key, from));
        }
    }
    Err(SecretError::Unset {
        name: name.to_owned(),
        file: place.env_file_name.to_owned(),
    })
}
