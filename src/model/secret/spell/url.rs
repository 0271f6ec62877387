//! Addresses: `SCHEME://path?query#field`, as vals, Bank-Vaults, Kong and the stores write them.

use percent_encoding::percent_decode_str;

use super::cloud::vault_name;
use super::foreign::instead_of;
use super::{Read, offset};
use crate::model::secret::read::{build, make};
use crate::model::secret::{SCHEMES, Scheme, SecretRef, SecretRefError};

/// An address, its parts decoded.
struct Address {
    path: String,
    query: Vec<(String, String)>,
    fragment: Option<String>,
}

/// What else our schemes are called in addresses.
const NAMES: [(&str, Scheme); 14] = [
    ("awssecrets", Scheme::AwsSecretsManager),
    ("awssm", Scheme::AwsSecretsManager),
    ("secretsmanager", Scheme::AwsSecretsManager),
    ("gcpsecrets", Scheme::GcpSecretManager),
    ("gcpsm", Scheme::GcpSecretManager),
    ("secretmanager", Scheme::GcpSecretManager),
    ("azurekeyvault", Scheme::AzureKeyVault),
    ("azurekv", Scheme::AzureKeyVault),
    ("akv", Scheme::AzureKeyVault),
    ("onepassword", Scheme::OnePassword),
    ("1password", Scheme::OnePassword),
    ("keychain", Scheme::Keyring),
    ("bao", Scheme::Vault),
    ("openbao", Scheme::Vault),
];

pub(super) fn read(text: &str) -> Read {
    if let Some(inner) = text.strip_prefix("{vault://") {
        return Some(kong(text, inner.strip_suffix('}').unwrap_or(inner)));
    }
    if let Some(rest) = text.strip_prefix("vault:")
        && !rest.starts_with("//")
    {
        return bank_vaults(text, rest);
    }
    let (scheme, body) = text.split_once("://")?;
    let of_vals = scheme
        .strip_prefix("ref+")
        .or_else(|| scheme.strip_prefix("secretref+"));
    if of_vals == Some("envsubst") {
        let name = body.trim_start_matches('$').trim_matches(['{', '}']);
        return Some(build(Scheme::Env, name, offset(text, name)));
    }
    let known = known(of_vals.unwrap_or(scheme));
    let Some(scheme) = known.filter(|scheme| *scheme != Scheme::Command) else {
        return instead_of(of_vals.unwrap_or(scheme), 0).map(Err);
    };
    let body = match of_vals {
        Some(_) => body.strip_suffix('+').unwrap_or(body),
        None => body,
    };
    let at = offset(text, body);
    Some(decode(body, at).and_then(|address| {
        let address = match of_vals {
            Some(_) => vals(scheme, address, at)?,
            None => address,
        };
        refer(scheme, address, at)
    }))
}

pub(in crate::model::secret) fn known(name: &str) -> Option<Scheme> {
    let mut all = SCHEMES.iter().chain(&NAMES);
    let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, scheme)| *scheme)
}

fn decode(body: &str, at: usize) -> Result<Address, SecretRefError> {
    let decoded = |part: &str| {
        let text = percent_decode_str(part).decode_utf8();
        let text = text.map(std::borrow::Cow::into_owned);
        text.map_err(|_| SecretRefError::Character("is UTF-8 where it is decoded", at))
    };
    let (front, fragment) = match body.split_once('#') {
        Some((front, fragment)) => (front, Some(fragment)),
        None => (body, None),
    };
    let (path, query) = front.split_once('?').unwrap_or((front, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decoded(name)?, decoded(value)?))
    };
    Ok(Address {
        path: decoded(path)?,
        query: pairs.map(pair).collect::<Result<_, SecretRefError>>()?,
        fragment: fragment.map(decoded).transpose()?,
    })
}

/// What vals means by its addresses: the keys behind `#/`, and for Vault the last name of the path.
fn vals(scheme: Scheme, mut address: Address, at: usize) -> Result<Address, SecretRefError> {
    let keys = address.fragment.take();
    let keys = keys.as_deref().map(|keys| keys.trim_start_matches('/'));
    match keys {
        Some(keys) if keys.contains('/') && scheme != Scheme::Sops => {
            return Err(SecretRefError::Foreign(
                "a value inside of a value",
                "name one field; or print it with a program: `CMD:vals get REFERENCE`",
                at,
            ));
        }
        Some(keys) if scheme == Scheme::Sops && !keys.contains('/') && keys.contains('.') => {
            return Err(SecretRefError::Foreign(
                "a key with a dot at the top of a file",
                "print it with a program: `CMD:vals get REFERENCE`",
                at,
            ));
        }
        Some(keys) => address.fragment = Some(keys.to_owned()),
        None if scheme == Scheme::Vault && address.path.matches('/').count() > 1 => {
            let at = address.path.rfind('/').unwrap_or_default();
            let key = address.path.split_off(at);
            address.fragment = Some(key[1..].to_owned());
        }
        None => {}
    }
    if scheme == Scheme::GcpSecretManager
        && let Some(at) = address.query.iter().position(|(name, _)| name == "version")
    {
        let (_, version) = address.query.remove(at);
        address.path = format!("{}/{version}", address.path);
    }
    Ok(address)
}

fn refer(scheme: Scheme, mut address: Address, at: usize) -> Result<SecretRef, SecretRefError> {
    let mut rest = std::mem::take(&mut address.path);
    match scheme {
        Scheme::AwsSecretsManager => {
            let region = |(name, _): &(String, String)| name == "region";
            if let Some(at) = address.query.iter().position(region) {
                let (_, region) = address.query.remove(at);
                rest = format!("{rest}?region={region}");
            }
        }
        Scheme::AzureKeyVault => {
            let (vault, secret) = rest.split_once('/').unwrap_or((&rest, ""));
            rest = format!("{}/{secret}", vault_name(vault));
        }
        Scheme::GcpSecretManager => {
            rest = rest
                .strip_suffix("/latest")
                .map_or(rest.clone(), str::to_owned);
        }
        Scheme::OnePassword => {
            // `?attribute=otp` is the store's own and travels on.
            for (name, value) in address.query.drain(..) {
                rest = format!("{rest}?{name}={value}");
            }
        }
        _ => {}
    }
    if !address.query.is_empty() {
        return Err(SecretRefError::Foreign(
            "what stands behind the `?`",
            "take it out and set it in the environment, such as VAULT_ADDR, VAULT_NAMESPACE or AWS_PROFILE",
            at,
        ));
    }
    make(scheme, &rest, address.fragment.as_deref(), at)
}

/// `vault:secret/data/path#KEY`: the path as the API has it, below `data`.
fn bank_vaults(text: &str, rest: &str) -> Read {
    let (mount, below) = rest.split_once("/data/")?;
    let (path, field) = match below.split_once('#') {
        Some((path, field)) => (path, Some(field)),
        None => (below, None),
    };
    if mount.contains('/') {
        return None;
    }
    let field = field.map(|field| {
        let inner = field.strip_prefix("${.").and_then(|f| f.strip_suffix('}'));
        inner.unwrap_or(field)
    });
    let rest = format!("{mount}/{path}");
    Some(make(Scheme::Vault, &rest, field, offset(text, below)))
}

/// `{vault://env/NAME}`, `{vault://aws/NAME/KEY}`.
fn kong(text: &str, inner: &str) -> Result<SecretRef, SecretRefError> {
    let at = offset(text, inner);
    let words: Vec<&str> = inner.split('/').collect();
    match words.as_slice() {
        ["env", name] => {
            let name = name.to_ascii_uppercase().replace('-', "_");
            make(Scheme::Env, &name, None, at)
        }
        ["aws", id] => make(Scheme::AwsSecretsManager, id, None, at),
        ["aws", id, key] => make(Scheme::AwsSecretsManager, id, Some(key), at),
        _ => Err(SecretRefError::Foreign(
            "a vault that Kong's own settings describe",
            "name the store: `VAULT:path#field`, `GCP-SM:project/secret`, `AZURE-KV:vault/secret`",
            at,
        )),
    }
}
