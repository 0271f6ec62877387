//! Values that stand where somebody has yet to put their own.

/// What a manifest declares until somebody knows the gateway's address.
pub const PLACEHOLDER_URL: &str = "https://your-gateway.example/v1";
/// What an env template holds where the key goes; the run scripts refuse it.
pub const PLACEHOLDER_KEY: &str = "your-gateway-key-here";

/// Returns whether a rendered value is one of ours to be replaced.
#[must_use]
pub fn is_placeholder(value: &str) -> bool {
    let url = PLACEHOLDER_URL.trim_end_matches("/v1");
    value == PLACEHOLDER_KEY
        || value
            .strip_prefix(url)
            .is_some_and(|rest| matches!(rest, "" | "/v1"))
}
