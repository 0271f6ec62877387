//! What the tool promises, one module per subject.

mod apply;
mod ground;
mod index;
mod kill;
mod links;
mod merge;
mod readme;
mod repo;
mod scenario;
mod scripts;
mod tidy;
mod undo;
