//! Repositories put together from what repositories have, at random and the same each time.

use std::fs;
use std::path::Path;

use crate::tree;

/// What a repository may have; each gets its root and some chance.
type Ingredient = fn(&Path, &mut Chance);

const INGREDIENTS: [Ingredient; 28] = [
    edited,
    contradicted,
    deleted,
    moved,
    older,
    severities,
    baseline,
    broken_manifest,
    in_config,
    settings,
    local,
    nested,
    linked_folder,
    linked_file,
    linked_out,
    ignored,
    template_ignored,
    env_file,
    keys,
    utf16,
    pointer,
    workflow,
    compose,
    scripts,
    public,
    folder_in_place,
    submodule,
    crlf,
];

/// A number at a time.
pub struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[usize::try_from(self.below(all.len() as u64)).expect("small")]
    }
}

/// Makes so many repositories below a folder, and returns their names.
pub fn make(folder: &Path, count: u64) -> Vec<String> {
    fs::create_dir_all(folder).expect("a folder");
    let made = (0..count).map(|seed| {
        let name = format!("shape{seed:03}");
        one(
            &folder.join(&name),
            &mut Chance(seed.wrapping_mul(7919) + 17),
        );
        name
    });
    made.collect()
}

fn one(root: &Path, chance: &mut Chance) {
    fs::create_dir(root).expect("a folder");
    tree::git_init(root);
    put(root, "README.md", "# An app\n");
    if chance.below(3) > 0 {
        let profile = chance.of(&["team", "multi-model", "enterprise", "solo"]);
        let url = chance.of(&[
            "https://gateway.internal.net",
            "https://llm.example.com/v1/",
        ]);
        let url = format!("gateway.url={url}");
        tree::tool(root, &["init", "-y", "--profile", profile, "--set", &url]).ends(0);
    }
    for ingredient in INGREDIENTS {
        if chance.below(7) == 0 {
            ingredient(root, chance);
        }
    }
    tree::git(root, &["add", "-A", "-f"]).ends(0);
    tree::git(root, &["commit", "-q", "--allow-empty", "-m", "work"]).ends(0);
}

fn put(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    let parent = path.parent().expect("a parent");
    if fs::create_dir_all(parent).is_ok() {
        // Something else may stand there, which is a shape as well.
        let _ = fs::write(path, text);
    }
}

fn append(root: &Path, path: &str, text: &str) {
    let before = fs::read_to_string(root.join(path)).unwrap_or_default();
    put(root, path, before + text);
}

fn edited(root: &Path, chance: &mut Chance) {
    let path = chance.of(&[
        ".claude/settings.json",
        "scripts/run-claude.sh",
        ".env.template",
    ]);
    if let Ok(text) = fs::read_to_string(root.join(path)) {
        put(
            root,
            path,
            text.replacen("gateway", "getaway", 2)
                .replacen("claude", "clod", 1),
        );
    }
}

/// The user and the manifest changed the same key, each in a way of their own.
fn contradicted(root: &Path, _: &mut Chance) {
    for (path, host) in [
        ("claude-scaffold.toml", "one"),
        (".claude/settings.json", "two"),
    ] {
        if let Ok(text) = fs::read_to_string(root.join(path)) {
            let host = format!("https://{host}.example.com");
            let text = text.replace("https://gateway.internal.net", &host);
            put(
                root,
                path,
                text.replace("https://llm.example.com/v1/", &host),
            );
        }
    }
}

fn deleted(root: &Path, chance: &mut Chance) {
    let path = chance.of(&[
        ".claude/settings.json",
        "scripts/run-claude.sh",
        ".env.template",
        ".gitignore",
    ]);
    let _ = fs::remove_file(root.join(path));
}

/// The manifest says more than was applied.
fn moved(root: &Path, chance: &mut Chance) {
    let text = chance.of(&[
        "\n[models]\nfast = \"small\"\n",
        "\n[limits]\nrequests_per_minute = 5\n",
    ]);
    if root.join("claude-scaffold.toml").exists() {
        append(root, "claude-scaffold.toml", text);
    }
}

/// The lockfile knows other templates.
fn older(root: &Path, _: &mut Chance) {
    let path = "claude-scaffold.lock";
    let Ok(text) = fs::read_to_string(root.join(path)) else {
        return;
    };
    let lines = text.lines().map(|line| match line.split_once(" = \"") {
        Some((name, hash)) if hash.len() > 60 => {
            format!("{name} = \"{}\"", "0".repeat(hash.len() - 1))
        }
        _ => line.to_owned(),
    });
    put(root, path, lines.collect::<Vec<_>>().join("\n") + "\n");
}

fn severities(root: &Path, chance: &mut Chance) {
    let level = chance.of(&["off", "note", "error"]);
    if root.join("claude-scaffold.toml").exists() {
        let text = format!(
            "\n[check.severity]\nCS001 = \"{level}\"\nCS004 = \"{level}\"\nCS003 = \"{level}\"\n"
        );
        append(root, "claude-scaffold.toml", &text);
    }
}

fn baseline(root: &Path, _: &mut Chance) {
    tree::git(root, &["add", "-A", "-f"]);
    tree::tool(root, &["check", "--write-baseline"]);
}

fn broken_manifest(root: &Path, chance: &mut Chance) {
    append(
        root,
        "claude-scaffold.toml",
        chance.of(&["\nprofile = \n", "\nunknown = 1\n"]),
    );
}

fn in_config(root: &Path, _: &mut Chance) {
    for name in ["claude-scaffold.toml", "claude-scaffold.lock"] {
        if let Ok(text) = fs::read_to_string(root.join(name)) {
            put(root, &format!(".config/{name}"), text);
            let _ = fs::remove_file(root.join(name));
        }
    }
}

fn settings(root: &Path, chance: &mut Chance) {
    let text = chance.of(&[
        "{\"env\": {\"ANTHROPIC_BASE_URL\": \"http://llm.example.com/v1/\", \"ANTHROPIC_MODEL\": \"opus\"}}\n",
        "{\n  // a comment\n  \"env\": {\"ANTHROPIC_AUTH_TOKEN\": \"$TOKEN\",}\n}\n",
        "{\"env\": ",
        "\u{feff}{\"apiKeyHelper\": \"bin/key\", \"model\": \"gpt-4o\"}\r\n",
    ]);
    put(root, ".claude/settings.json", text);
}

fn local(root: &Path, _: &mut Chance) {
    let text = "{\"env\": {\"ANTHROPIC_BASE_URL\": \"https://other.example.com\"}}\n";
    put(root, ".claude/settings.local.json", text);
    put(
        root,
        ".vscode/settings.json",
        "{\"claudeCode.environmentVariables\": []}\n",
    );
}

fn nested(root: &Path, chance: &mut Chance) {
    for folder in ["services/a", "services/b/c", "zeta", ".claude", "a-b", "a"] {
        if chance.below(2) == 0 {
            let text = "{\"env\": {\"ANTHROPIC_MODEL\": \"claude-3-opus\"}}\n";
            put(root, &format!("{folder}/.claude/settings.json"), text);
        }
    }
}

#[cfg(unix)]
fn link(root: &Path, to: &str, at: &str) {
    let at = root.join(at);
    let _ = fs::remove_file(&at);
    let _ = fs::remove_dir_all(&at);
    fs::create_dir_all(at.parent().expect("a parent")).expect("folders");
    std::os::unix::fs::symlink(to, at).expect("a link");
}

#[cfg(not(unix))]
fn link(_: &Path, _: &str, _: &str) {}

fn linked_folder(root: &Path, chance: &mut Chance) {
    let name = chance.of(&["scripts", "bin", ".claude", ".github"]);
    let _ = fs::rename(root.join(name), root.join("shared"));
    put(
        root,
        "shared/run.sh",
        "export ANTHROPIC_BASE_URL=http://llm.example.com/v1\n",
    );
    put(
        root,
        "shared/settings.json",
        "{\"env\": {\"ANTHROPIC_BASE_URL\": \"http://x.example.com\"}}\n",
    );
    link(root, "shared", name);
}

fn linked_file(root: &Path, chance: &mut Chance) {
    put(
        root,
        "tools/real.json",
        "{\"env\": {\"ANTHROPIC_BASE_URL\": \"http://y.example.com/v1\"}}\n",
    );
    let at = chance.of(&[
        ".claude/settings.json",
        ".vscode/settings.json",
        "a/.claude/settings.json",
    ]);
    let up = "../".repeat(at.matches('/').count());
    link(root, &format!("{up}tools/real.json"), at);
}

fn linked_out(root: &Path, chance: &mut Chance) {
    let at = chance.of(&[".env", ".gitignore", "opencode.json", "scripts/x.sh"]);
    link(
        root,
        chance.of(&["/nonexistent/file", "nothing-here", "../../outside"]),
        at,
    );
}

fn ignored(root: &Path, chance: &mut Chance) {
    let rules = [
        ".env\n",
        "/.env*\n!.env.template\n",
        "*.local\n",
        "scripts/\n",
        "**/.env\n",
        "\\.env\n",
    ];
    put(root, ".gitignore", chance.of(&rules));
    put(
        root,
        "scripts/.gitignore",
        chance.of(&["*\n", "!*.sh\n", ""]),
    );
    if root.join("claude-scaffold.toml").exists() {
        let name = chance.of(&[".env", "secrets/.env", ".env.gateway"]);
        append(
            root,
            "claude-scaffold.toml",
            &format!("\n[launcher]\nenv_file = \"{name}\"\n"),
        );
    }
}

fn template_ignored(root: &Path, _: &mut Chance) {
    put(
        root,
        ".env.example",
        "ANTHROPIC_BASE_URL=http://llm.example.com\nANTHROPIC_API_KEY=\n",
    );
    append(root, ".gitignore", "\n.env.*\n");
}

fn env_file(root: &Path, chance: &mut Chance) {
    let name = chance.of(&[".env", ".env.production", "deploy/.env", ".env.local"]);
    put(
        root,
        name,
        "ANTHROPIC_BASE_URL=http://llm.example.com/v1\nexport ANTHROPIC_MODEL='opus'\n",
    );
}

fn keys(root: &Path, chance: &mut Chance) {
    let body: String = "q7Zk2Vw9Xb4Nt6Ry1Lm8Pc3Hd5Jf0Gs"
        .chars()
        .cycle()
        .take(93)
        .collect();
    let key = format!("sk-ant-{}{body}", "api03-");
    let path = chance.of(&[
        "src/main.py",
        ".env.production",
        "deep/er/config.yml",
        "README.md",
    ]);
    let text = format!("# one\nkey = \"{key}\"\n\nANTHROPIC_API_KEY={key}\n");
    put(root, path, &text);
    put(root, "copy/of.txt", &text);
    put(
        root,
        "image.bin",
        [b"\0\x01".as_slice(), text.as_bytes()].concat(),
    );
}

fn utf16(root: &Path, chance: &mut Chance) {
    let path = chance.of(&[".claude/settings.json", ".env.template", "bin/a.ps1"]);
    let text = "{\"env\": {\"ANTHROPIC_BASE_URL\": \"http://z.example.com\"}}";
    let bytes = text.encode_utf16().flat_map(u16::to_le_bytes);
    put(root, path, [vec![0xff, 0xfe], bytes.collect()].concat());
}

fn pointer(root: &Path, _: &mut Chance) {
    let text = "version 2 of nothing\noid sha256:00\nsize 3\n";
    put(root, "assets/model.json", text);
    put(root, "assets/large.txt", "word ".repeat(1_000_000));
}

fn workflow(root: &Path, chance: &mut Chance) {
    let text = "on: push\njobs:\n  a:\n    runs-on: x\n    env:\n      ANTHROPIC_API_KEY: ${{ secrets.K }}\n    \
                steps:\n      - run: claude -p hello\n";
    let path = chance.of(&[
        ".github/workflows/a.yml",
        ".github/workflows/b.YAML",
        ".gitlab-ci.yml",
    ]);
    put(root, path, text);
}

fn compose(root: &Path, chance: &mut Chance) {
    let path = chance.of(&[
        "compose.yaml",
        "docker-compose.prod.yml",
        "Compose.yml",
        "x.code-workspace",
    ]);
    let text = "services:\n  a:\n    environment:\n      ANTHROPIC_BASE_URL: http://llm:4000/v1\n";
    put(root, path, text);
    put(
        root,
        ".aider.conf.yml",
        "model: sonnet\nopenai-api-base: http://llm.example.com\n",
    );
}

fn scripts(root: &Path, chance: &mut Chance) {
    for at in 0..chance.below(70) {
        let text = format!("export ANTHROPIC_BASE_URL=http://s{at}.example.com/v1/\n");
        put(root, &format!("bin/s{at}.sh"), text);
    }
    put(root, "Makefile", "run:\n\tcd services/a && claude\n");
    put(
        root,
        "package.json",
        "{\"scripts\": {\"ai\": \"cd web && claude\"}}\n",
    );
}

fn public(root: &Path, chance: &mut Chance) {
    put(
        root,
        chance.of(&["LICENSE", "license.md", "COPYING"]),
        "MIT\n",
    );
    let url = chance.of(&[
        "https://github.com/a/b.git",
        "git@gitlab.com:a/b.git",
        "https://git.example.com/a/b",
    ]);
    tree::git(root, &["remote", "add", "origin", url]).ends(0);
    put(
        root,
        ".env.template",
        "ANTHROPIC_BASE_URL=https://gateway.internal.net\n",
    );
}

fn folder_in_place(root: &Path, chance: &mut Chance) {
    let path = chance.of(&[".claude/settings.json", ".env.template", "opencode.json"]);
    let _ = fs::remove_file(root.join(path));
    put(root, &format!("{path}/inside.txt"), "x\n");
}

fn submodule(root: &Path, _: &mut Chance) {
    let entry = format!("160000,{},vendor/lib", "1".repeat(40));
    tree::git(root, &["update-index", "--add", "--cacheinfo", &entry]).ends(0);
    fs::create_dir_all(root.join("vendor/lib")).expect("a folder");
}

/// Files of whose lines a checkout changes the ends.
fn crlf(root: &Path, _: &mut Chance) {
    put(root, ".gitattributes", "* text=auto eol=crlf\n");
}
