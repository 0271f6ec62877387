//! Reports of many repositories → text, JSON lines and a page for a browser.
//!
//! Whatever is the same for several repositories is told once. Text from a repository never reaches a
//! terminal or a browser as anything but text, whoever wrote the report that is read.

mod applied;
mod checked;
mod group;
mod lines;
mod names;
mod page;
mod part;
mod text;

pub use applied::fleet_applied;
pub use checked::fleet_checked;
pub use lines::{FleetRead, fleet_line, fleet_lines};
pub use names::number as thousands;
pub use page::fleet_page;
pub use part::{Part, joined};
pub use text::{fleet_planned, fleet_text};
