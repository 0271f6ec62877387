//! What the room promises about its values; repositories are the suite's.

mod language;
mod load;
mod meta;
mod soup;
mod source;
