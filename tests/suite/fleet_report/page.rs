//! Texts that want to be more than text.
