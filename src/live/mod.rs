//! A gateway's address and a key → what the gateway really does, as findings.
//!
//! The only room that speaks HTTP. Must not print or keep the key.
