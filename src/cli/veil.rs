//! The one layer that everything printed goes through: resolved keys and whatever is shaped like one.
