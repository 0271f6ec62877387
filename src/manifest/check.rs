//! Checks one value against its key, without knowing the catalogue.

use super::keys::{self, Kind};
use crate::model::{
    Diagnostic, GatewayUrl, RepoPath, Scheme, SecretRef, SecretRefError, UrlError, Value,
    holds_secret, is_secret_header,
};

/// Checks a value.
///
/// # Errors
/// Returns the problem, without a place.
pub fn check_value(key: &str, value: &Value) -> Result<(), Diagnostic> {
    let Some(found) = keys::find(key) else {
        let help = keys::nearest(key).map(|near| format!("did you mean `{near}`?"));
        let problem = Diagnostic::error("manifest", format!("unknown key `{key}`"));
        return Err(problem
            .with_help(help.unwrap_or_else(|| "`claude-scaffold schema` lists every key".into())));
    };
    let problem =
        |message: String, help: &str| Err(Diagnostic::error("manifest", message).with_help(help));
    let alias = key.strip_prefix("models.").unwrap_or("default");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if alias.is_empty() || !alias.chars().all(plain) {
        return problem(
            format!("`{}` is no name for a model", key.escape_debug()),
            "use letters, digits, `-`, `_` and `.`: scripts ask for it by this name",
        );
    }
    if found.kind == Kind::Version {
        return if value.is_i64() {
            Ok(())
        } else {
            problem(format!("`{key}` must be a number"), "write `version = 1`")
        };
    }
    if found.kind == Kind::Count {
        return if value.as_i64().is_some_and(|n| n >= 1) {
            Ok(())
        } else {
            let message = format!("`{key}` must be a whole number from 1");
            problem(message, "for example `developers = 8`")
        };
    }
    if found.kind == Kind::Milliseconds {
        let good = value
            .as_i64()
            .is_some_and(|n| (1..=2_147_483_647).contains(&n));
        let message =
            format!("`{key}` must be a whole number of milliseconds from 1 to 2147483647");
        return if good {
            Ok(())
        } else {
            problem(message, "for example `timeout_ms = 30000`")
        };
    }
    if matches!(found.kind, Kind::Features | Kind::Models) {
        let Some(items) = value
            .as_array()
            .filter(|items| items.iter().all(Value::is_string))
        else {
            return problem(
                format!("`{key}` must be a list of strings"),
                match found.kind {
                    Kind::Models => "for example `[\"claude-haiku-4-5\"]`",
                    _ => "for example `[\"multi-model\", \"-vscode\"]`",
                },
            );
        };
        let mut texts = items.iter().filter_map(Value::as_str);
        return texts.try_for_each(|text| check_text(key, found.kind, text));
    }
    match value.as_str() {
        Some(text) => check_text(key, found.kind, text),
        None => problem(
            format!("`{key}` must be a string"),
            "put the value in quotes",
        ),
    }
}

fn check_text(key: &str, kind: Kind, text: &str) -> Result<(), Diagnostic> {
    let problem =
        |message: String, help: &str| Err(Diagnostic::error("manifest", message).with_help(help));
    let names_secret = key.split('.').any(holds_secret);
    if names_secret || (!matches!(kind, Kind::Reference) && holds_secret(text)) {
        return Err(literal(key, kind));
    }
    match kind {
        Kind::OneOf(words) if !words.contains(&text) => problem(
            format!("`{key}` is `{text}`"),
            &format!("it is one of: {}", words.join(", ")),
        ),
        Kind::Url => check_url(text),
        Kind::Reference => match SecretRef::parse(text) {
            Ok(_) => Ok(()),
            Err(SecretRefError::Literal) => Err(literal(key, kind)),
            Err(error) => problem(format!("`{key}`: {error}"), &error.help()),
        },
        Kind::Header => check_header(key, text),
        Kind::Tag => check_tag(key, text),
        Kind::Stage
            if text.is_empty() || text.trim() != text || text.contains(char::is_control) =>
        {
            problem(
                format!("`{key}` is no name of a stage: `{}`", text.escape_debug()),
                "write one of the names under `stages` in `.gitlab-ci.yml`",
            )
        }
        Kind::Model | Kind::Models
            if text.is_empty()
                || !text
                    .chars()
                    .all(|c| c.is_ascii_graphic() && !"\"'`\\$<>;&|".contains(c)) =>
        {
            problem(
                format!("`{key}` is no model name: `{}`", text.escape_debug()),
                "model names are ASCII without spaces or quotes",
            )
        }
        Kind::Path => match RepoPath::parse(text) {
            Ok(_)
                if text
                    .chars()
                    .all(|c| c.is_alphanumeric() || "-_./ ".contains(c)) =>
            {
                Ok(())
            }
            Ok(_) => problem(
                format!("`{key}` is `{text}`"),
                "use letters, digits, spaces, `-`, `_`, `.` and `/`",
            ),
            Err(error) => problem(
                format!("`{key}`: {error}"),
                "write it relative to the repository's root",
            ),
        },
        Kind::Features if text.trim_start_matches('-').is_empty() => {
            problem(format!("`{key}` holds an empty name"), "remove it")
        }
        _ => Ok(()),
    }
}

fn check_url(text: &str) -> Result<(), Diagnostic> {
    let Err(error) = GatewayUrl::parse(text) else {
        return Ok(());
    };
    let help = match error {
        UrlError::Plain(_) | UrlError::Scheme(_) => {
            "write it with `https://`; http is allowed on loopback only"
        }
        UrlError::UserInfo => {
            let help = "remove it and name where the key is found: \
`credential.ref = \"ENV:ANTHROPIC_API_KEY\"`";
            return Err(Diagnostic::error("CS003", error.to_string()).with_help(help));
        }
        UrlError::Query => "end the URL before the `?` or `#`",
        UrlError::Character(_) | UrlError::Syntax(_) => {
            "for example `https://gateway.internal.net/v1`"
        }
    };
    Err(Diagnostic::error("manifest", error.to_string()).with_help(help))
}

fn check_header(key: &str, text: &str) -> Result<(), Diagnostic> {
    let name = key.strip_prefix("headers.").unwrap_or(key);
    let problem =
        |message: String, help: &str| Err(Diagnostic::error("manifest", message).with_help(help));
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return problem(
            format!("`{}` is no header name", name.escape_debug()),
            "RFC 9110 allows letters, digits and `-`",
        );
    }
    if !text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return problem(
            format!("header `{name}` holds a character that is not printable ASCII"),
            "remove it",
        );
    }
    let lower = name.to_ascii_lowercase();
    match SecretRef::parse(text) {
        Err(error) if means_reference(text) => {
            problem(format!("header `{name}`: {error}"), &error.help())
        }
        Err(_) if is_named_key(&lower) || (is_secret_header(&lower) && !is_harmless(text)) => {
            let message = format!(
                "header `{name}` carries a credential; a manifest may only hold a reference to it"
            );
            Err(Diagnostic::error("CS003", message).with_help(format!(
                "for example `{name} = \"ENV:GATEWAY_HEADER_TOKEN\"`"
            )))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Whether a text begins as a reference does, so that it is none by mistake.
fn means_reference(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let known = |known: &Scheme| known.as_str() == scheme;
    Scheme::ALL.iter().any(known) && !rest.starts_with(' ')
}

/// Whether the last word of a header's name is one for the key itself.
fn is_named_key(name: &str) -> bool {
    const ENDS: [&str; 7] = [
        "authorization",
        "-key",
        "apikey",
        "token",
        "secret",
        "password",
        "cookie",
    ];
    name == "key" || ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a text is plainly no secret: one short word, a small number, a yes or no.
fn is_harmless(text: &str) -> bool {
    let word = text.len() <= 16 && text.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
    let number = text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    word || number
}

/// Returns where inside of a value its problem is; 0 where it is the value itself.
pub(super) fn offset_inside(key: &str, value: &Value) -> usize {
    let kind = keys::find(key).map(|found| found.kind);
    match (kind, value.as_str()) {
        (Some(Kind::Reference | Kind::Header), Some(text)) => {
            SecretRef::parse(text).map_or_else(|error| error.offset(), |_| 0)
        }
        _ => 0,
    }
}

/// A key where its reference belongs.
fn literal(key: &str, kind: Kind) -> Diagnostic {
    let unnamed = key.split('.').any(holds_secret);
    let what = if unnamed {
        "a name".to_owned()
    } else {
        format!("`{key}`")
    };
    let message = format!("{what} looks like a key; a manifest is committed and may not hold one");
    let key = match kind {
        Kind::Header if !unnamed => key,
        _ => "credential.ref",
    };
    let variable = if key == "credential.ref" {
        "ANTHROPIC_API_KEY"
    } else {
        "GATEWAY_HEADER_TOKEN"
    };
    let help = format!("name where the key is found instead: `{key} = \"ENV:{variable}\"`");
    Diagnostic::error("CS003", message).with_help(help)
}

fn check_tag(key: &str, text: &str) -> Result<(), Diagnostic> {
    let good = !text.is_empty()
        && text.len() <= 256
        && text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    if good && text.trim() == text {
        return Ok(());
    }
    let message =
        format!("`{key}` must be 1 to 256 printable ASCII characters without spaces around");
    let help = "it travels in a request header; older clients send other bytes for anything else";
    Err(Diagnostic::error("manifest", message).with_help(help))
}
