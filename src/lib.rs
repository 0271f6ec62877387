//! `claude-scaffold` derives everything Claude Code needs to reach a model gateway from one file.
//!
//! The rooms below stand in reading order; each may use the ones above it and none below.

pub mod model;

pub mod manifest;

pub mod catalog;

pub mod scenario;

pub mod resolve;

pub mod render;

pub mod lock;

pub mod git;

pub mod merge;

pub mod migrate;

pub mod plan;

pub mod explain;

pub mod diagnose;

pub mod observe;

pub mod pack;

pub mod apply;

pub mod http;

pub mod secret;

pub mod live;

pub mod pipeline;

pub mod fleet;

pub mod report;

pub mod cli;
