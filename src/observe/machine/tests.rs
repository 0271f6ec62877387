//! What is found in a home folder.

use std::collections::BTreeMap;
use std::fs;

use super::profiles::assignment;
use super::*;
use crate::model::Version;

#[test]
fn every_shell_is_read() {
    for (line, expected) in [
        ("export A_B=c", Some(("A_B", "c"))),
        ("  A=c", Some(("A", "c"))),
        ("set -gx A c", Some(("A", "c"))),
        ("set -x A \"c d\"", Some(("A", "\"c d\""))),
        ("setenv A c", Some(("A", "c"))),
        ("$env:A = 'c'", Some(("A", "'c'"))),
        ("# export A=c", None),
        ("echo A", None),
        ("", None),
    ] {
        assert_eq!(assignment(line), expected, "{line}");
    }
}

#[test]
fn clients_profiles_and_certificates_are_found() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let write = |path: &str, text: &str| {
        let path = home.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    };
    write("npm/claude-code/bin/claude", "");
    write(
        "npm/claude-code/package.json",
        r#"{"name": "@anthropic-ai/claude-code", "version": "2.1.330"}"#,
    );
    write(
        ".vscode/extensions/anthropic.claude-code-2.1.9-linux-x64/x",
        "",
    );
    write(
        ".vscode/extensions/anthropic.claude-code-2.1.31-linux-x64/x",
        "",
    );
    write(
        ".zshrc",
        "alias x=y\nexport ANTHROPIC_API_KEY=\"$(pass show k)\"\n",
    );
    write(
        ".config/environment.d/gw.conf",
        "ANTHROPIC_BASE_URL=https://gw.example\n",
    );
    write(
        "ca.pem",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    );
    let bin = home.join("npm/claude-code/bin").display().to_string();
    let ca = home.join("ca.pem").display().to_string();
    let environment = BTreeMap::from([
        ("PATH".to_owned(), bin),
        ("NODE_EXTRA_CA_CERTS".to_owned(), ca),
        (
            "SSL_CERT_FILE".to_owned(),
            home.join("none").display().to_string(),
        ),
    ]);
    let names = ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"];
    let found = machine(home, &environment, &names);
    let versions: Vec<_> = found.clients.iter().map(|c| c.version.clone()).collect();
    assert_eq!(
        versions,
        [Version::parse("2.1.330"), Version::parse("2.1.31")]
    );
    assert!(found.clients[0].place.starts_with('~'));
    let own = found.profiles.iter().filter(|p| p.file.starts_with('~'));
    let own: Vec<_> = own.map(|p| (p.file.as_str(), p.line, p.literal)).collect();
    assert_eq!(
        own,
        [
            ("~/.zshrc", 2, false),
            ("~/.config/environment.d/gw.conf", 1, true)
        ]
    );
    let states: Vec<_> = found.certificates.iter().map(|c| &c.state).collect();
    assert_eq!(states, [&Found::Certificates(1), &Found::Nothing]);
}
