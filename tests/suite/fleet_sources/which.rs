//! The command line: which fleet file, which list.

use crate::tree::{temp, tool};

#[test]
fn the_schema_of_a_fleet_file_is_printed() {
    let home = temp();
    let run = tool(home.path(), &["schema", "fleet"]).ends(0);
    assert!(
        run.out.contains("\"title\": \"claude-fleet.toml\""),
        "{}",
        run.out
    );
}
