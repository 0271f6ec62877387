//! The client's layers of settings → the value that counts for each setting, and all that it shadows.
//!
//! Knows the client's order (measured with 2.1.330 and 2.1.197). Must not read files or the environment.
