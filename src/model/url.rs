//! Gateway addresses in the two spellings their readers need.

use url::{Host, Url};

/// A checked gateway address. Holds no user info, query or fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayUrl {
    declared: String,
    bare: String,
}

/// Why a text is no gateway address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// A character no address may hold.
    #[error("gateway URL contains the character {0:?}, which has to be percent-encoded or removed")]
    Character(char),
    /// Not an absolute address with a host.
    #[error("gateway URL cannot be read: {0}")]
    Syntax(String),
    /// Neither https nor http.
    #[error("gateway URL has the scheme `{0}`; only https can carry a key (http on loopback)")]
    Scheme(String),
    /// Plain http to another machine.
    #[error("gateway URL `{0}` is not https, so the key would travel in plain text (CS004)")]
    Plain(String),
    /// A name or password in the address.
    #[error(
        "gateway URL contains a user name or password; a credential belongs in `credential.ref`"
    )]
    UserInfo,
    /// `?…` or `#…`.
    #[error("gateway URL has a query or fragment, which breaks every request path")]
    Query,
}

impl GatewayUrl {
    /// Reads an address in either spelling: with or without a trailing slash or `/v1`.
    ///
    /// # Errors
    /// Refuses other schemes than https (http on loopback only), user info, query, fragment, and
    /// characters that shells, JSON, YAML or `PowerShell` give a meaning to.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@%+,=".contains(c);
        if let Some(odd) = text.chars().find(|c| !allowed(*c)) {
            return Err(UrlError::Character(odd));
        }
        let Some((_, rest)) = text
            .split_once("://")
            .filter(|(s, _)| !s.contains(['/', ':']))
        else {
            return Err(UrlError::Syntax(
                "it has no scheme; write `https://…`".to_owned(),
            ));
        };
        if rest.starts_with('/') {
            return Err(UrlError::Syntax("it names no host".to_owned()));
        }
        let url = Url::parse(text).map_err(|e| UrlError::Syntax(e.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(UrlError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
            return Err(UrlError::UserInfo);
        }
        if text.contains(['?', '#']) {
            return Err(UrlError::Query);
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(UrlError::Plain(text.to_owned()));
        }
        if text.contains(['[', ']']) && !matches!(url.host(), Some(Host::Ipv6(_))) {
            return Err(UrlError::Character('['));
        }
        let (whole, path) = (url.as_str(), url.path());
        let before = whole.strip_suffix(path).unwrap_or(whole);
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path);
        Ok(Self {
            declared: text.to_owned(),
            bare: format!("{before}{}", path.trim_end_matches('/')),
        })
    }

    /// Returns the text as it was declared.
    #[must_use]
    pub fn declared(&self) -> &str {
        &self.declared
    }

    /// Returns the client's form: no trailing slash, no trailing `/v1` (CLIENT.md section 1).
    #[must_use]
    pub fn client(&self) -> &str {
        &self.bare
    }

    /// Returns the form of OpenAI-style clients, which ends in `/v1`.
    #[must_use]
    pub fn openai(&self) -> String {
        format!("{}/v1", self.bare)
    }

    /// Returns the same of an address that was declared for those clients: one with a version inside
    /// of its path is whole as it stands.
    #[must_use]
    pub fn openai_declared(&self) -> String {
        let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        let version = |name: &str| name.strip_prefix('v').is_some_and(digit);
        let (_, path) = self.bare.split_once("://").unwrap_or_default();
        if path.split('/').skip(1).any(version) {
            self.bare.clone()
        } else {
            self.openai()
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_give_both_forms() {
        for (declared, client) in [
            ("https://gw.example/v1/", "https://gw.example"),
            ("https://gw.example", "https://gw.example"),
            ("https://gw.example//", "https://gw.example"),
            ("https://gw.example/prefix/v1", "https://gw.example/prefix"),
            (
                "https://gw.example/v1/acc/gw/anthropic",
                "https://gw.example/v1/acc/gw/anthropic",
            ),
            ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080"),
            ("https://v1", "https://v1"),
            ("https://v1/v1/", "https://v1"),
            ("http://[::1]:8080/a/v1", "http://[::1]:8080/a"),
        ] {
            let url = GatewayUrl::parse(declared).expect(declared);
            assert_eq!(url.client(), client);
            assert_eq!(url.openai(), format!("{client}/v1"));
        }
    }

    #[test]
    fn a_version_inside_of_a_declared_path_is_enough() {
        let declared = |text: &str| GatewayUrl::parse(text).expect(text).openai_declared();
        assert_eq!(declared("https://v1.example/a"), "https://v1.example/a/v1");
        assert_eq!(declared("https://gw.example/v1/"), "https://gw.example/v1");
        let inside = "https://gw.example/v1/acc/gw/compat";
        assert_eq!(declared(inside), inside);
    }

    #[test]
    fn addresses_that_break_or_leak_are_refused() {
        for bad in [
            "gw.example",
            "https://u:p@gw.example",
            "https://gw.example?x=1",
            "https://gw.example/#f",
            "https://gw example",
            "https://gw.example/\n",
            "http://gw.example",
            "ftp://gw.example",
            "https://",
            "https:///v1",
            "https:/gw.example://v1",
            "https://gw.example/$(id)",
            "https://gw.example/`id`",
            "https://gw/\"",
            "https://gw/'",
            "https://gw/a;b",
            "https://gw/a&b",
            "https://gw/a|b",
            "https://gw/{a}",
            "https://gw/[a]",
        ] {
            assert!(GatewayUrl::parse(bad).is_err(), "{bad:?}");
        }
    }
}
