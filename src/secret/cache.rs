//! Keys kept for a short while, in memory that only the user can read.
