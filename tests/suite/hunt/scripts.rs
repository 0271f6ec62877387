//! The rendered scripts with a key in every place.
