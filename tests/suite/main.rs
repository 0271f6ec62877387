//! What the tool promises, one module per subject.

mod merge;
mod readme;
mod repo;
mod scenario;
mod tidy;
