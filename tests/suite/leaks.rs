//! Leaked keys: found, told without being shown, in whatever state a repository is.

mod chance;
mod keys;
mod labelled;
mod others;
mod states;
