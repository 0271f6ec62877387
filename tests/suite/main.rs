//! What the tool promises, one module per subject.

mod scripts;
