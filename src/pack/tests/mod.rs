//! What the room promises about its values; repositories are the suite's.

mod source;
