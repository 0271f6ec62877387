//! claude-scaffold
