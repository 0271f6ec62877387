//! The scripts for PowerShell, as far as a parser can tell.

use super::{GATEWAY, manifest, rendered};

fn has_error(text: &str) -> bool {
    let mut parser = tree_sitter::Parser::new();
    let language = tree_sitter_powershell::LANGUAGE.into();
    parser.set_language(&language).expect("the grammar fits");
    let tree = parser.parse(text, None).expect("parsed");
    tree.root_node().has_error()
}

/// The scripts of a repository; each has to parse, and no longer with a bracket too many.
fn scripts(toml: &str) -> Vec<String> {
    let files = rendered(toml).into_iter();
    let scripts: Vec<String> = files
        .filter(|(path, _)| path.rsplit_once('.').is_some_and(|(_, kind)| kind == "ps1"))
        .map(|(path, text)| {
            assert!(!has_error(&text), "{toml} {path}: {}", first_error(&text));
            let broken = text.replacen("function Stop-Run(", "function Stop-Run((", 1);
            assert!(has_error(&broken));
            text
        })
        .collect();
    assert!(!scripts.is_empty());
    scripts
}

fn first_error(text: &str) -> String {
    let mut parser = tree_sitter::Parser::new();
    let language = tree_sitter_powershell::LANGUAGE.into();
    parser.set_language(&language).expect("the grammar fits");
    let tree = parser.parse(text, None).expect("parsed");
    let mut nodes = vec![tree.root_node()];
    let mut found = String::new();
    while let Some(node) = nodes.pop() {
        if node.is_error() || node.is_missing() {
            let line = text.lines().nth(node.start_position().row);
            found = format!(
                "{found}\n{}: {}",
                node.start_position().row + 1,
                line.unwrap_or_default()
            );
        }
        nodes.extend((0..node.child_count()).filter_map(|i| node.child(i)));
    }
    found
}

#[test]
fn every_profile_parses() {
    let headers = "[headers]\nx-a = \"it's $x `y`\"\nx-b = \"ENV:B\"\nx-c = \"VAULT:c\"\n[models]\nfallback = [\"a\", \"b\"]\n[telemetry]\nproject_tag = \"a'b\"\n";
    for profile in ["solo", "team", "enterprise", "multi-model"] {
        for more in ["", GATEWAY, &format!("{GATEWAY}{headers}")] {
            scripts(&manifest(profile, more));
        }
    }
}

#[test]
fn every_store_parses_and_only_the_declared_one_is_there() {
    for (reference, own) in [
        ("ENV:MY_KEY", "Read-EnvFile"),
        ("VAULT:a b/it's#f g", "function Get-VaultAnswer("),
        ("OP:vault/it em/field", "-ceq 'line')"),
        ("AWS-SM:prod/gw#k", "function Get-JsonAnswer("),
        ("GCP-SM:proj/gw", "function Get-JsonAnswer("),
        ("AZURE-KV:vault/gw", "function Get-JsonAnswer("),
        ("PASS:gw", "-ceq 'pass')"),
        ("KEYRING:gateway/me", "function Get-KeyringAnswer("),
        ("SOPS:f.yaml#a.b", "-ceq 'line')"),
        ("CMD:bin/print-key x", "-ceq 'line')"),
    ] {
        let toml = manifest(
            "enterprise",
            &format!("{GATEWAY}[credential]\nref = \"{reference}\"\n"),
        );
        let scripts = scripts(&toml);
        assert_eq!(scripts.len(), 2);
        for text in scripts {
            assert!(text.contains(own), "{reference}");
            for other in [
                "function Get-VaultAnswer(",
                "function Get-JsonAnswer(",
                "function Get-KeyringAnswer(",
                "-ceq 'pass')",
            ] {
                assert_eq!(
                    text.contains(other),
                    own.starts_with(other),
                    "{reference}: {other}"
                );
            }
            assert_eq!(
                text.contains("Invoke-Program"),
                !reference.starts_with("ENV")
            );
        }
    }
}
