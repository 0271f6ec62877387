//! What the tool promises, one module per subject.

mod corpus;
mod merge;
mod repo;
mod scenario;
mod settings;
mod tree;
