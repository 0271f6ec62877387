//! What is told of a fleet: text, JSON lines, and the page.

mod command;
mod hostile;
mod lines;
mod made;
mod page;
mod text;
