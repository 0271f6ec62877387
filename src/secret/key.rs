//! A key on its way from where it is found to the gateway.

use zeroize::Zeroizing;

/// A credential. It can be sent, compared with and taken out of a text, and in no way shown; its
/// memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<String>);

impl Key {
    /// Wraps a credential.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Returns whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a text without this credential in it.
    #[must_use]
    pub fn taken_out_of(&self, text: &str) -> String {
        // A few characters would turn up in any text.
        if self.0.len() < 4 {
            return text.to_owned();
        }
        text.replace(self.0.as_str(), "[redacted]")
    }

    /// Returns the credential, for the wire, a process that needs it and `key` alone.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
