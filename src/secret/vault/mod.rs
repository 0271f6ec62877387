//! Vault: its own program where that is there, else its HTTP API.
//!
//! Over HTTP: where the secret's mount ends and which version of KV it is tells `sys/internal/ui/mounts`;
//! a server that does not know that has the mount of one segment, of version 2.

mod error;
mod server;

use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

pub use error::{Spot, VaultError};

use super::{Found, Key, Kind, Network, Place, Refusal, SecretError, accept, program};
use crate::model::{Parts, SecretRef, escape, mask_talk};
use server::{Answer, Server};

/// Characters of Vault's words that are shown.
const SHOWN: usize = 160;

pub(super) fn read(reference: &SecretRef, place: &Place<'_>) -> Result<Found, SecretError> {
    match (program::read(reference, place), reference.parts()) {
        (Err(SecretError::NoProgram(_)), Parts::Vault { path, field }) => {
            over_http(&path, field, place)
        }
        (found, _) => found,
    }
}

fn over_http(path: &str, field: &str, place: &Place<'_>) -> Result<Found, SecretError> {
    let segments: Vec<&str> = path.split('/').collect();
    if place.network == Network::Closed {
        return Err(SecretError::Offline(place.store.name.clone()));
    }
    let server = Server::new(place)?;
    let mount = mounted(&server, &segments)?;
    let (before, behind) = segments.split_at(mount.length);
    let mut path = before.to_vec();
    if mount.is_versioned {
        path.push("data");
    }
    path.extend(behind);
    let spot = Spot {
        path: path.join("/"),
        address: server.address.clone(),
        namespace: server.namespace.clone(),
    };
    let answer = server.get(&path)?;
    let mut fields = fields(&server, &spot, &answer, &mount)?;
    let key = picked(&mut fields, field, place.kind);
    wipe(&mut Value::Object(fields));
    let key = key.map_err(|why| SecretError::Refused {
        from: spot.to_string(),
        why,
    })?;
    Ok(Found::new(key, format!("Vault at {}", server.address)))
}

/// Where a mount ends, and whether it is of version 2.
struct Mount {
    length: usize,
    is_versioned: bool,
}

fn mounted(server: &Server, segments: &[&str]) -> Result<Mount, VaultError> {
    let assumed = Mount {
        length: 1,
        is_versioned: true,
    };
    let mut path = vec!["sys", "internal", "ui", "mounts"];
    path.extend(segments);
    let answer = server.get(&path)?;
    if answer.status != 200 {
        return Ok(assumed);
    }
    let Ok(found) = serde_json::from_slice::<Value>(&answer.body) else {
        return Ok(assumed);
    };
    let data = &found["data"];
    let name = data["path"].as_str().unwrap_or_default();
    let name: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    let is_before = segments.starts_with(&name) && name.len() < segments.len();
    if name.is_empty() || !is_before {
        return Ok(assumed);
    }
    Ok(Mount {
        length: name.len(),
        is_versioned: data["options"]["version"] == "2",
    })
}

/// The fields of the secret that an answer holds, or why it holds none.
fn fields(
    server: &Server,
    spot: &Spot,
    answer: &Answer,
    mount: &Mount,
) -> Result<Map<String, Value>, VaultError> {
    let spot = || spot.clone();
    let mut whole = serde_json::from_slice::<Value>(&answer.body).ok();
    let said = whole.as_ref().map(|whole| said(whole, server));
    let said = said.unwrap_or_default();
    let status = answer.status;
    let missing = || match whole.as_ref().map(|whole| &whole["data"]["metadata"]) {
        // A version that is gone leaves what is known about it.
        Some(Value::Object(_)) => VaultError::Deleted(spot()),
        _ => VaultError::Missing(spot()),
    };
    match status {
        200 => {}
        // A page of something else that stands at the address.
        _ if whole.is_none() && !answer.body.is_empty() => return Err(foreign(server, status)),
        404 if said.is_empty() => return Err(missing()),
        400 | 401 | 403 if server.token.is_none() => return Err(VaultError::NoToken(spot())),
        401 | 403 => return Err(VaultError::Denied { spot: spot(), said }),
        503 if said.contains("sealed") => {
            return Err(VaultError::Sealed(server.address.clone()));
        }
        _ => {
            return Err(VaultError::Failed {
                spot: spot(),
                status,
                said,
            });
        }
    }
    let Some(whole) = &mut whole else {
        return Err(foreign(server, status));
    };
    let at = if mount.is_versioned {
        "/data/data"
    } else {
        "/data"
    };
    let inner = whole.pointer_mut(at).map(Value::take).unwrap_or_default();
    let deleted = mount.is_versioned && whole["data"]["metadata"].is_object();
    wipe(whole);
    match inner {
        Value::Object(fields) => Ok(fields),
        Value::Null if deleted => Err(VaultError::Deleted(spot())),
        _ => Err(foreign(server, status)),
    }
}

/// Takes the value of a field out of its secret.
fn picked(fields: &mut Map<String, Value>, field: &str, kind: Kind) -> Result<Key, Refusal> {
    match fields.get_mut(field).map(Value::take) {
        Some(Value::String(text)) => accept(&Zeroizing::new(text), kind),
        Some(Value::Null) | None => {
            let names = fields.keys().cloned().collect();
            Err(Refusal::NoField(field.to_owned(), names))
        }
        Some(other) => accept(&Zeroizing::new(other.to_string()), kind),
    }
}

fn foreign(server: &Server, status: u16) -> VaultError {
    VaultError::NotVault {
        address: server.address.clone(),
        why: format!("it answers {status} without what Vault says"),
    }
}

/// What a failing server says, on one short line and without the token.
fn said(whole: &Value, server: &Server) -> String {
    let errors = whole["errors"].as_array().map(Vec::as_slice);
    let errors = errors.unwrap_or_default().iter();
    let mut said: Vec<&str> = errors.filter_map(Value::as_str).collect();
    said.extend(whole["error"].as_str());
    let text = said.join("; ");
    let text = match &server.token {
        Some(token) => token.taken_out_of(&text),
        None => text,
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = escape(&mask_talk(&line));
    line.chars().take(SHOWN).collect()
}

/// Clears the memory of the fields that nobody asked for.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        _ => {}
    }
}
