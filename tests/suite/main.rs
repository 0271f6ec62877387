//! What the tool promises, one module per subject.

mod apply;
mod index;
mod kill;
