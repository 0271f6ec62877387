//! Names that clouds give to a secret: ARNs, resources, templates, addresses of vaults.

use super::foreign::{self, SSM};
use super::{Read, offset};
use crate::model::secret::read::{build, make};
use crate::model::secret::{Scheme, SecretRef, SecretRefError};

const STAGE: SecretRefError = SecretRefError::Foreign(
    "a version of a secret of AWS",
    "leave version and stage out; the current one is asked for",
    0,
);
/// With what the addresses of key vaults end; the signed-in cloud decides which it is.
const VAULTS: [&str; 4] = [
    ".vault.azure.net",
    ".vault.azure.cn",
    ".vault.usgovcloudapi.net",
    ".vault.microsoftazure.de",
];

pub(super) fn read(text: &str) -> Read {
    if text.starts_with("arn:") {
        return Some(arn(text, text));
    }
    if let Some(inner) = text.strip_prefix("{{resolve:") {
        return Some(template(text, inner.strip_suffix("}}").unwrap_or(inner)));
    }
    if let Some(inner) = text.strip_prefix("@Microsoft.KeyVault(") {
        return Some(application(text, inner.strip_suffix(')').unwrap_or(inner)));
    }
    let resource = text
        .strip_prefix("//secretmanager.googleapis.com/")
        .unwrap_or(text);
    if resource.starts_with("projects/") {
        return Some(google(text, resource));
    }
    let address = text.strip_prefix("https://")?;
    Some(azure(text, address))
}

/// `arn:PARTITION:secretsmanager:…`, also with the key, stage and version that ECS writes behind it.
fn arn(text: &str, arn: &str) -> Result<SecretRef, SecretRefError> {
    let words: Vec<&str> = arn.split(':').collect();
    let at = offset(text, arn);
    match words.get(2).copied() {
        Some("ssm") => return Err(foreign::error(&SSM, at)),
        Some("secretsmanager") if words.len() > 7 => {}
        _ => return build(Scheme::AwsSecretsManager, arn, at),
    }
    let behind = &words[7..];
    if behind.iter().skip(1).any(|word| !word.is_empty()) {
        return Err(STAGE);
    }
    let id = words[..7].join(":");
    let field = behind.first().copied().filter(|field| !field.is_empty());
    make(Scheme::AwsSecretsManager, &id, field, at)
}

/// `{{resolve:secretsmanager:ID:SecretString:KEY:STAGE:VERSION}}` of a stack's template.
fn template(text: &str, inner: &str) -> Result<SecretRef, SecretRefError> {
    let at = offset(text, inner);
    let Some(secret) = inner.strip_prefix("secretsmanager:") else {
        return Err(foreign::error(&SSM, at));
    };
    let (id, behind) = match secret.split_once(":SecretString") {
        Some((id, behind)) => (id, behind.strip_prefix(':').unwrap_or(behind)),
        None => (secret, ""),
    };
    let mut words = behind.split(':');
    let field = words.next().filter(|field| !field.is_empty());
    if words.any(|word| !word.is_empty()) {
        return Err(STAGE);
    }
    make(Scheme::AwsSecretsManager, id, field, offset(text, id))
}

/// `projects/P/secrets/S/versions/V`.
fn google(text: &str, resource: &str) -> Result<SecretRef, SecretRefError> {
    let words: Vec<&str> = resource.split('/').collect();
    let rest = match words.as_slice() {
        ["projects", project, "secrets", secret]
        | ["projects", project, "secrets", secret, "versions", "latest"] => {
            format!("{project}/{secret}")
        }
        ["projects", project, "secrets", secret, "versions", version] => {
            format!("{project}/{secret}/{version}")
        }
        _ => {
            return Err(SecretRefError::Foreign(
                "a resource of Google's that is no global secret",
                "write `GCP-SM:project/secret`, or print it with a program: `CMD:gcloud …`",
                offset(text, resource),
            ));
        }
    };
    make(Scheme::GcpSecretManager, &rest, None, 0)
}

/// `VAULT.vault.azure.net/secrets/NAME/VERSION`.
fn azure(text: &str, address: &str) -> Result<SecretRef, SecretRefError> {
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let host = host.to_ascii_lowercase();
    let vault = VAULTS.iter().find_map(|end| host.strip_suffix(end));
    let secret = path.strip_prefix("secrets/");
    let Some((vault, secret)) = vault.zip(secret) else {
        return Err(SecretRefError::Foreign(
            "an address",
            "name the store: `AZURE-KV:vault/secret`, `VAULT:path#field`; or a program: `CMD:…`",
            0,
        ));
    };
    let rest = format!("{vault}/{}", secret.trim_end_matches('/'));
    make(Scheme::AzureKeyVault, &rest, None, offset(text, address))
}

/// The name of a key vault, of which an address may be given.
pub(super) fn vault_name(host: &str) -> &str {
    let ends = VAULTS.iter();
    let mut names = ends.filter_map(|end| host.strip_suffix(end));
    names.next().unwrap_or(host)
}

/// `@Microsoft.KeyVault(SecretUri=…)`, or `VaultName=…;SecretName=…;SecretVersion=…`.
fn application(text: &str, inner: &str) -> Result<SecretRef, SecretRefError> {
    let inner = inner.trim();
    let value = |name: &str| {
        inner.split(';').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    if let Some(address) = value("SecretUri") {
        let bare = address.strip_prefix("https://").unwrap_or(address);
        return azure(text, bare);
    }
    let (vault, secret) = (value("VaultName"), value("SecretName"));
    let rest = match (vault, secret, value("SecretVersion")) {
        (Some(vault), Some(secret), None | Some("")) => format!("{vault}/{secret}"),
        (Some(vault), Some(secret), Some(version)) => format!("{vault}/{secret}/{version}"),
        _ => {
            return Err(SecretRefError::Foreign(
                "a key vault's secret without its name",
                "write `AZURE-KV:vault/secret`",
                offset(text, inner),
            ));
        }
    };
    make(Scheme::AzureKeyVault, &rest, None, offset(text, inner))
}
