//! What the tool promises, one module per subject.

mod adopt;
mod apply;
mod conflicts;
mod corpus;
mod ground;
mod index;
mod kill;
mod links;
mod literal;
mod merge;
mod meta;
mod preferences;
mod readme;
mod refusals;
mod repo;
mod scenario;
mod scripts;
mod set;
mod settings;
mod states;
mod tidy;
mod tree;
mod undo;
mod visibility;
mod welcome;
