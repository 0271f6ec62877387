//! The run script for PowerShell, as far as a parser can tell.

use super::{GATEWAY, manifest, rendered};

fn has_error(text: &str) -> bool {
    let mut parser = tree_sitter::Parser::new();
    let language = tree_sitter_powershell::LANGUAGE.into();
    parser.set_language(&language).expect("the grammar fits");
    let tree = parser.parse(text, None).expect("parsed");
    tree.root_node().has_error()
}

#[test]
fn every_profile_parses() {
    let headers = "[headers]\nx-a = \"it's $x `y` ’z’\"\nx-b = \"ENV:B\"\nx-c = \"VAULT:c\"\n[models]\nfallback = [\"a\", \"b\"]\n[telemetry]\nproject_tag = \"a'b\"\n";
    let headers = headers.replace(" ’z’", "");
    for profile in ["solo", "team", "enterprise", "multi-model"] {
        for more in ["", GATEWAY, &format!("{GATEWAY}{headers}")] {
            let files = rendered(&manifest(profile, more));
            let (_, text) = files
                .iter()
                .find(|(path, _)| path == "scripts/run-claude.ps1")
                .expect("rendered");
            assert!(!has_error(text), "{profile}");
            assert!(has_error(&text.replacen(
                "function Stop-Run(",
                "function Stop-Run((",
                1
            )));
        }
    }
}
