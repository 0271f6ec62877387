//! What the tool promises, one module per subject.

mod merge;
mod repo;
mod scenario;
