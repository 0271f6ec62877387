//! `explain` as a command: its text, its JSON, and a name that nothing has.

use crate::tree;

#[test]
fn it_says_what_counts_in_a_fresh_repository() {
    let home = tree::temp();
    let root = home.path().join("app");
    tree::put(&root.join("x"), b"", 0o644);
    tree::git_init(&root);
    let url = "gateway.url=https://gw.internal.net/v1";
    tree::tool(&root, &["init", "--profile", "team", "--set", url]).ends(0);
    let client = ["explain", "--client", "2.1.330"];
    let local = br#"{ "env": { "ANTHROPIC_BASE_URL": "https://other.internal.net" } }"#;
    tree::put(&root.join(".claude/settings.local.json"), local, 0o644);
    let settings = [&client[..], &["--format", "json", "base-url"]].concat();
    let json = tree::tool(&root, &settings).ends(0).out;
    let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let line = &report["settings"][0];
    assert_eq!(line["value"], "https://other.internal.net");
    assert_eq!(line["origin"]["file"], ".claude/settings.local.json");
    assert_eq!(line["shadowed"][0]["value"], "https://gw.internal.net");
    assert_eq!(line["shadowed"][0]["origin"]["layer"], "project");
    let text = tree::tool(&root, &[&client[..], &["base-url"]].concat())
        .ends(0)
        .out;
    assert!(text.contains("not https://gw.internal.net"), "{text}");
    let wrong = tree::tool(&root, &["explain", "bse-url"]).ends(2);
    assert!(
        wrong.err.contains("did you mean `base-url`?"),
        "{}",
        wrong.err
    );
}
