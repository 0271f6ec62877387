//! The system's keyring: Secret Service, keychain or Credential Manager.
//!
//! Asked in a thread of its own, which is left behind where the keyring wants a person to unlock it and
//! nobody does.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use keyring_core::Error;
use keyring_core::api::CredentialStoreApi as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::{Cause, Found, LONGEST, Place, SecretError, accept};
use crate::model::{Parts, SecretRef, escape, mask_talk};

/// Who failed, for people.
const WHO: &str = "the system keyring";
/// Characters of the keyring's words that are shown.
const SHOWN: usize = 400;

pub(super) fn read(reference: &SecretRef, place: &Place<'_>) -> Result<Found, SecretError> {
    let Parts::Keyring { service, account } = reference.parts() else {
        let why = "the reference names no entry of it".to_owned();
        return Err(SecretError::Unsupported("KEYRING", why));
    };
    if cfg!(all(unix, not(target_os = "macos"))) && !has_bus(place) {
        // The library itself would talk of how it was built.
        let said = "`DBUS_SESSION_BUS_ADDRESS` is not set, so there is no session bus to ask on";
        return Err(failed(
            "no session bus",
            said.to_owned(),
            Cause::Unavailable,
        ));
    }
    let text = in_time(place.until, service, account)?;
    let key = accept(&text, place.kind).map_err(|why| SecretError::Refused {
        from: WHO.to_owned(),
        why,
    })?;
    Ok(Found::new(key, WHO))
}

/// Whether somebody says where the session bus is.
fn has_bus(place: &Place<'_>) -> bool {
    let names = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];
    let mut values = names.iter().filter_map(|name| place.environment.get(*name));
    values.any(|value| !value.is_empty())
}

fn in_time(until: Instant, service: &str, account: &str) -> Result<Zeroizing<String>, SecretError> {
    let (sender, receiver) = mpsc::channel();
    let names = (service.to_owned(), account.to_owned());
    thread::spawn(move || {
        let (service, account) = names;
        let _ = sender.send(look(&service, &account).map(Zeroizing::new));
    });
    let left = until.saturating_duration_since(Instant::now());
    match receiver.recv_timeout(left) {
        Ok(found) => found.map_err(|error| told(error, service, account)),
        Err(RecvTimeoutError::Timeout) => Err(SecretError::Slow {
            who: WHO.to_owned(),
            limit: LONGEST,
        }),
        Err(RecvTimeoutError::Disconnected) => {
            let said = "the library that asks it gave up".to_owned();
            Err(failed("no answer", said, Cause::Unknown))
        }
    }
}

/// Looks for an entry as keyring libraries write them, then for one as people give it to `secret-tool store`.
/// Of several the first counts, as it does there.
#[cfg(all(unix, not(target_os = "macos")))]
fn look(service: &str, account: &str) -> Result<String, Error> {
    use std::collections::HashMap;

    let store = dbus_secret_service_keyring_store::Store::new()?;
    for name in ["username", "account"] {
        let attributes = HashMap::from([("service", service), (name, account)]);
        if let Some(entry) = store.search(&attributes)?.first() {
            return entry.get_password();
        }
    }
    Err(Error::NoEntry)
}

#[cfg(target_os = "macos")]
fn look(service: &str, account: &str) -> Result<String, Error> {
    let store = apple_native_keyring_store::keychain::Store::new()?;
    store.build(service, account, None)?.get_password()
}

#[cfg(windows)]
fn look(service: &str, account: &str) -> Result<String, Error> {
    let store = windows_native_keyring_store::Store::new()?;
    store.build(service, account, None)?.get_password()
}

/// Says why there is no entry. What the entry holds goes with the error and is shown nowhere.
fn told(error: Error, service: &str, account: &str) -> SecretError {
    match error {
        Error::NoEntry => {
            let said = format!(
                "nothing is stored for the service `{}` and the account `{}`",
                escape(service),
                escape(account)
            );
            failed("no entry", said, Cause::Missing)
        }
        Error::NoStorageAccess(why) => failed("locked", line(&why.to_string()), Cause::LoggedOut),
        Error::PlatformFailure(why) => {
            failed("no answer", line(&why.to_string()), Cause::Unavailable)
        }
        Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            let said = "what is stored there is no text".to_owned();
            failed("no key", said, Cause::Unknown)
        }
        Error::Ambiguous(_) => {
            let said = "several entries fit".to_owned();
            failed("no key", said, Cause::Unknown)
        }
        other => failed("no answer", line(&other.to_string()), Cause::Unknown),
    }
}

fn failed(how: &str, said: String, cause: Cause) -> SecretError {
    SecretError::Failed {
        who: WHO.to_owned(),
        how: how.to_owned(),
        said,
        cause,
    }
}

/// The library's words on one short line.
fn line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    escape(&mask_talk(&line)).chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_say_what_is_wrong_and_not_what_is_stored() {
        let says = |error| told(error, "claude-gateway", "dev\n").to_string();
        assert_eq!(
            says(Error::NoEntry),
            "the system keyring failed (no entry): nothing is stored for the service `claude-gateway` and the account `dev\\u{a}`"
        );
        let stored = b"stored-\xff-bytes".to_vec();
        let said = told(Error::BadEncoding(stored), "s", "a");
        assert!(!format!("{said:?}").contains("stored-"), "{said:?}");
        let locked = Error::NoStorageAccess("prompt\nwas dismissed".into());
        assert!(says(locked).ends_with("(locked): prompt was dismissed"));
        let silent = Error::PlatformFailure("no bus".into());
        assert!(says(silent).ends_with("(no answer): no bus"));
    }
}
