//! `pack.toml` is read, and every problem in it is reported at once.

use crate::model::{Step, Value, Version};
use crate::pack::meta::parse;

fn check(text: &str, expected: &[&str]) {
    let found = parse("pack.toml", text).err().unwrap_or_default();
    let got: Vec<String> = found
        .iter()
        .map(|d| {
            let place = (d.line.unwrap_or(0), d.column.unwrap_or(0));
            let help = d.help.as_deref().unwrap_or("");
            let message = d.message.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
            format!("{}:{} {message} | {help}", place.0, place.1)
        })
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn a_whole_file_is_read() {
    let text = r#"name = "platform"
version = "1.4"
tool = "0.1.0"
extends = "path:../base"
required = ["docs"]

[defaults]
"gateway.kind" = "litellm"
models.default = "claude-sonnet-4-6"
[defaults.telemetry]
cost_center = "platform"

[locked]
"gateway.url" = { value = "https://gw.example/v1", reason = "the only gateway" }
[locked.credential]
header = { value = "bearer", reason = "the gateway reads nothing else" }

[variables]
team = "Platform"
size = 3
strict = true

[[migration]]
to = "1.2.0"
rename_file = { from = "a.sh", to = "b.sh" }
[[migration]]
to = "1.3.0"
rename_key = { path = "a.json", from = "env.A", to = "env.B" }
[[migration]]
to = "1.3.0"
move_key = { from = { path = "a.json", key = "x" }, to = { path = "b.json", key = "y" } }
[[migration]]
to = "1.4.0"
drop_key = { path = "a.json", key = "permissions.deny[\"x\"]" }
"#;
    let meta = parse("pack.toml", text).expect("a pack");
    assert_eq!(meta.version, Version::parse("1.4.0").expect("a version"));
    assert_eq!(
        meta.defaults.keys().collect::<Vec<_>>(),
        ["gateway.kind", "models.default", "telemetry.cost_center"]
    );
    let at = meta.defaults["gateway.kind"].offset;
    assert!(text[at..].starts_with("\"litellm\""));
    assert_eq!(
        meta.locked.keys().collect::<Vec<_>>(),
        ["credential.header", "gateway.url"]
    );
    assert_eq!(meta.locked["gateway.url"].reason, "the only gateway");
    assert_eq!(meta.variables["size"], Value::from(3));
    assert_eq!(meta.required, ["docs"]);
    assert_eq!(
        meta.extends.expect("a pack below").to_string(),
        "path:../base"
    );
    assert_eq!(meta.migrations.len(), 4);
    assert!(matches!(meta.migrations[0].step, Step::RenameFile { .. }));
    assert!(matches!(meta.migrations[3].step, Step::DropKey(_)));
}

#[test]
fn every_problem_is_reported_with_its_place() {
    check(
        "",
        &[
            "1:1 `name` is missing | write `name = \"my-pack\"` on the first line",
            "1:1 `version` is missing | write `version = \"1.0.0\"` below the name",
        ],
    );
    check(
        "name = \"x\"\nversion = \"1\"\nrequired = [\"docs\", \"-vscode\"]\n",
        &["3:21 `-vscode` is no name of a feature | name one of the folders in `features/`"],
    );
    check(
        "name = \n",
        &[
            "1:8 invalid TOML: string values must be quoted, expected literal string | mend it in the pack",
        ],
    );
    check(
        r#"name = "Team Pack"
verson = "1.0"
version = "1.0-rc"
tool = "99.0"
extends = "https://h/p"
required = "docs"
[defaults]
gateway.kin = "x"
pack = "path:x"
[locked]
"gateway.timeout_ms" = { value = 0, reason = " " }
"profile" = "team"
[variables]
list = [1]
B = 1
[[migration]]
to = "2.0.0"
[[migration]]
to = "2.0.0"
rename_file = { from = "../a", to = "b" }
"#,
        &[
            "1:8 `Team Pack` is no name of a pack | use lower-case letters, digits and `-`",
            "2:1 unknown key `verson` | did you mean `version`?",
            "3:11 `version` is no version: `1.0-rc` | write dotted numbers, such as `1.4.0`",
            "4:8 the pack needs claude-scaffold 99.0.0, and this is [VERSION] | `cargo install claude-scaffold --locked --version '>=99.0.0'`",
            "5:11 `extends`: unknown scheme `https` of a pack | write `git+https://…`",
            "6:12 `required`: invalid type: string \"docs\", expected a sequence | `claude-scaffold pack new` writes an example",
            "8:15 unknown key `gateway.kin` | did you mean `gateway.kind`?",
            "9:8 a pack may not set `pack` | remove it; it is the manifest's own",
            "11:24 the lock of `gateway.timeout_ms` gives no reason | say in one sentence why, for whoever is told no",
            "11:34 `gateway.timeout_ms` must be a whole number of milliseconds from 1 to 2147483647 | for example `timeout_ms = 30000`",
            "12:13 the lock of `profile` gives no reason | write `\"profile\" = { value = …, reason = \"…\" }`",
            "14:8 the variable `list` is no string, number or boolean | write one variable per value",
            "15:1 `B` is no name of a variable | use lower-case letters, digits and `_`",
            "16:1 a migration takes exactly one step | write one of `rename_file`, `rename_key`, `move_key` and `drop_key`",
            "20:24 `migration`: path `../a` contains `.` or `..`; it must stay inside the repository | `claude-scaffold pack new` writes an example",
        ],
    );
}
