//! What `init` renders has no pitfall: for every profile and kind of gateway, with its manifest and
//! judged as files of nobody's.

use std::fs;

use crate::tree;

const PROFILES: [&str; 4] = ["solo", "team", "enterprise", "multi-model"];
/// Each kind with an address that is right for it.
const KINDS: [(&str, &str); 12] = [
    ("generic", "https://gw.internal.net/v1"),
    ("litellm", "https://litellm.internal.net"),
    ("openrouter", "https://openrouter.ai/api"),
    ("vercel", "https://ai-gateway.vercel.sh"),
    (
        "cloudflare",
        "https://gateway.ai.cloudflare.com/v1/acc/gw/anthropic",
    ),
    ("portkey", "https://api.portkey.ai"),
    ("ngrok", "https://team.ngrok.app"),
    ("merge", "https://api-gateway.merge.dev/v1/anthropic"),
    ("langfuse", "https://langfuse.internal.net/anthropic"),
    ("kong", "https://kong.internal.net/claude"),
    ("databricks", "https://x.cloud.databricks.com/serving"),
    ("ccr", "http://127.0.0.1:3456"),
];

#[test]
fn nothing_is_wrong_right_after_init() {
    let mut places = Vec::new();
    for profile in PROFILES {
        places.push((profile, "generic", None));
        places.extend(KINDS.map(|(kind, url)| (profile, kind, Some(url))));
    }
    tree::each(
        &places,
        |place| format!("{place:?}"),
        |(profile, kind, url)| fresh(profile, kind, *url),
    );
}

fn fresh(profile: &str, kind: &str, url: Option<&str>) {
    let home = tree::temp();
    let root = home.path().join("app");
    fs::create_dir_all(root.join(".github")).expect("a folder");
    tree::git_init(&root);
    let mut arguments = vec![
        "init".to_owned(),
        "--profile".to_owned(),
        profile.to_owned(),
    ];
    let mut set = |key: &str, value: &str| {
        arguments.extend(["--set".to_owned(), format!("{key}={value}")]);
    };
    set("gateway.kind", kind);
    if let Some(url) = url {
        set("gateway.url", url);
    }
    if kind == "cloudflare" {
        set(
            "gateway.openai_url",
            "https://gateway.ai.cloudflare.com/v1/acc/gw/compat",
        );
    }
    if kind == "merge" {
        set(
            "gateway.openai_url",
            "https://api-gateway.merge.dev/v1/openai",
        );
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    tree::tool(&root, &arguments).ends(0);
    tree::commit(&root);
    let run = tree::tool(&root, &["check", "-q"]).ends(0);
    assert_eq!(run.out, "", "{profile} {kind}");
    let run = tree::tool(&root, &["check"]).ends(0);
    assert!(!run.out.contains("CS"), "{profile} {kind}: {}", run.out);
    for own in ["claude-scaffold.toml", "claude-scaffold.lock"] {
        fs::remove_file(root.join(own)).expect("removed");
    }
    let run = tree::tool(&root, &["check", "-q"]);
    assert_eq!(run.out, "", "{profile} {kind}, judged alone");
    run.ends(0);
}
