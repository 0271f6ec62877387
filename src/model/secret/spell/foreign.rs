//! Spellings of stores that no reference names, and what to write instead.

use crate::model::secret::SecretRefError;

/// A store that is known and not one of ours.
pub(super) struct Store {
    /// The schemes that name it.
    names: &'static [&'static str],
    /// What it is.
    what: &'static str,
    /// What to write instead.
    instead: &'static str,
}

pub(super) const SSM: Store = Store {
    names: &[
        "ssm",
        "ssm-secure",
        "awsssm",
        "aws-ssm",
        "awsparameterstore",
    ],
    what: "a parameter of AWS SSM",
    instead: "print it with a program: `CMD:aws ssm get-parameter --name NAME --with-decryption --query Parameter.Value --output text`",
};

const STORES: [Store; 10] = [
    SSM,
    Store {
        names: &["file", "filecontent"],
        what: "a plain file",
        instead: "put the key into the env file and name the variable, `ENV:NAME`; or print the file with a program: `CMD:cat FILE`",
    },
    Store {
        names: &[
            "tfstate",
            "tfstategs",
            "tfstates3",
            "tfstateazurerm",
            "tfstateremote",
        ],
        what: "a state of Terraform",
        instead: "print the output with a program: `CMD:terraform output -raw NAME`",
    },
    Store {
        names: &["doppler"],
        what: "a secret of Doppler",
        instead: "print it with a program: `CMD:doppler secrets get NAME --plain`",
    },
    Store {
        names: &["bw", "bws", "bitwarden", "bitwardensecrets"],
        what: "a secret of Bitwarden",
        instead: "print it with a program: `CMD:bw get password NAME`",
    },
    Store {
        names: &["infisical"],
        what: "a secret of Infisical",
        instead: "print it with a program: `CMD:infisical secrets get NAME --plain --silent`",
    },
    Store {
        names: &[
            "conjur",
            "akeyless",
            "gitlab",
            "k8s",
            "s3",
            "gcs",
            "gkms",
            "yclockbox",
            "hcpvaultsecrets",
            "httpjson",
            "googlesheets",
            "pulumistateapi",
        ],
        what: "a secret of that store",
        instead: "print it with that store's program: `CMD:PROGRAM ARGUMENTS`",
    },
    Store {
        names: &["onepasswordconnect"],
        what: "a server of 1Password Connect",
        instead: "set OP_CONNECT_HOST and OP_CONNECT_TOKEN and write `OP:vault/item/field`",
    },
    Store {
        names: &["http", "https"],
        what: "an address",
        instead: "name the store: `VAULT:path#field`; or a program: `CMD:PROGRAM ARGUMENTS`",
    },
    Store {
        names: &[
            "echo", "literal", "plain", "text", "value", "base64", "data",
        ],
        what: "a literal value",
        instead: "put the key into the env file and name the variable: `ENV:NAME`",
    },
];

/// The error for the scheme of a store that is not one of ours.
pub(in crate::model::secret) fn instead_of(scheme: &str, at: usize) -> Option<SecretRefError> {
    let named = |store: &&Store| store.names.iter().any(|n| n.eq_ignore_ascii_case(scheme));
    let store = STORES.iter().find(named)?;
    Some(error(store, at))
}

pub(super) fn error(store: &Store, at: usize) -> SecretRefError {
    SecretRefError::Foreign(store.what, store.instead, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SecretRef;

    #[test]
    fn what_is_offered_instead_is_a_reference() {
        for store in STORES {
            let offered = store.instead.split('`').skip(1).step_by(2);
            for text in offered {
                assert!(SecretRef::parse(text).is_ok(), "{text}");
            }
        }
    }
}
