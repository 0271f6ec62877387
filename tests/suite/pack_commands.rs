//! `pack new`, `pack show` and `pack check`: a pack to begin with, and what is wrong with others.
#![expect(clippy::disallowed_methods, reason = "tests make packs")]

use std::fs;
use std::path::Path;

use claude_scaffold::catalog::{Catalog, Delimiters};
use claude_scaffold::model::{Format, Severity};
use claude_scaffold::pack::{Language, Shape, unquoted};
use claude_scaffold::pipeline::try_out;
use serde_json::Value;
use tempfile::TempDir;

use crate::tree::{each, temp, tool};

/// A pack, written as `path`, text pairs beside a plain `pack.toml`.
fn pack(files: &[(&str, &str)]) -> TempDir {
    let folder = temp();
    let meta = ("pack.toml", "name = \"p\"\nversion = \"1.2.0\"\n");
    for (path, text) in std::iter::once(&meta).chain(files) {
        write(folder.path(), path, text);
    }
    folder
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(path, text).expect("a file");
}

/// A feature `f` that every repository gets, with one output.
fn feature(path: &str, format: &str, template: &str) -> Vec<(&'static str, String)> {
    let output =
        format!("[[output]]\npath = \"{path}\"\ntemplate = \"t.tera\"\nformat = \"{format}\"\n");
    vec![
        (
            "pack.toml",
            "name = \"p\"\nversion = \"1.2.0\"\nrequired = [\"f\"]\n[variables]\nv = \"x\"\nn = 5\nlines = \"a\\nb\"\n".to_owned(),
        ),
        ("features/f/feature.toml", output),
        ("features/f/t.tera", template.to_owned()),
    ]
}

/// The findings that are more than notes, as `path:line:column message`.
fn findings(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let run = tool(
        folder,
        &[&["pack", "check", "--format", "json"], arguments].concat(),
    );
    let report: Value =
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}", run.err));
    let list = report["diagnostics"].as_array().expect("a list");
    let shown = list
        .iter()
        .filter(|found| found["severity"] != "note")
        .map(|found| {
            let path = found["path"].as_str().unwrap_or("-");
            let line = found["line"].as_u64().unwrap_or(0);
            let column = found["column"].as_u64().unwrap_or(0);
            format!(
                "{path}:{line}:{column} {}",
                found["message"].as_str().expect("a message")
            )
        });
    let shown: Vec<String> = shown.collect();
    assert_eq!(run.code, i32::from(!shown.is_empty()), "{}", run.out);
    shown
}

#[test]
fn a_new_pack_passes_its_check_and_can_be_used() {
    let folder = temp();
    let at = folder.path();
    tool(at, &["pack", "new", "our-pack", "-n"]).ends(0);
    assert!(!at.join("our-pack").exists());
    tool(at, &["pack", "new", "our-pack"]).ends(0);
    let again = tool(at, &["pack", "new", "our-pack"]).ends(2);
    assert!(again.err.contains("is not empty"), "{}", again.err);
    let odd = tool(at, &["pack", "new", "other", "--name", "Not A Name"]).ends(2);
    assert!(
        odd.err.contains("`Not A Name` is no name of a pack"),
        "{}",
        odd.err
    );
    assert_eq!(findings(at, &["our-pack"]), Vec::<String>::new());
    assert_eq!(
        findings(&at.join("our-pack"), &["--from", "path:."]),
        Vec::<String>::new()
    );
    let schema = tool(at, &["schema", "check"]).ends(0);
    let schema: Value = serde_json::from_str(&schema.out).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let report = tool(at, &["pack", "check", "our-pack", "--format", "json"]).ends(0);
    let report: Value = serde_json::from_str(&report.out).expect("JSON");
    assert!(schema.is_valid(&report), "{report}");
    assert_eq!(report["command"], "pack check");
    let meta = fs::read_to_string(at.join("our-pack/pack.toml")).expect("a file");
    assert!(meta.contains("name = \"our-pack\""), "{meta}");
    let set = [
        "init",
        "app",
        "--profile",
        "solo",
        "--set",
        "pack=path:../our-pack",
    ];
    tool(at, &set).ends(0);
    let page = fs::read_to_string(at.join("app/docs/claude-contact.md")).expect("a file");
    assert!(page.contains("platform-team@example.com"), "{page}");
}

#[test]
fn a_folder_with_a_repository_and_nothing_else_is_empty() {
    let folder = temp();
    fs::create_dir(folder.path().join(".git")).expect("a folder");
    tool(folder.path(), &["pack", "new", ".", "--name", "x"]).ends(0);
}

#[test]
fn a_chain_is_shown_with_what_each_pack_gives() {
    let folder = temp();
    let at = folder.path();
    write(
        at,
        "below/pack.toml",
        "name = \"below\"\nversion = \"2.0.0\"\n[locked]\n\"ci.stage\" = { value = \"build\", reason = \"there is one\" }\n",
    );
    write(at, "below/profiles/team.toml", "features = [\"docs\"]\n");
    write(
        at,
        "above/pack.toml",
        "name = \"above\"\nversion = \"1.0.0\"\nextends = \"path:../below\"\n[defaults]\n\"gateway.timeout_ms\" = 5\n[[migration]]\nto = \"1.0.0\"\nrename_file = { from = \"a\", to = \"b\" }\n",
    );
    write(
        at,
        "above/profiles/team.toml",
        "features = [\"docs\", \"ignore\"]\n",
    );
    let shown = tool(at, &["pack", "show", "above"]).ends(0);
    for line in [
        "above 1.0.0",
        "  source      path:above",
        "  defaults    gateway.timeout_ms = 5",
        "  migrations  1.0.0  a is b",
        "  files       profiles/team.toml  (replaces)",
        "below 2.0.0",
        "  source      path:below",
        "  locked      ci.stage = \"build\": there is one",
        "  team         committed project settings, and a private `.env` (above)",
    ] {
        assert!(
            shown.out.lines().any(|l| l == line),
            "{line}\n{}",
            shown.out
        );
    }
    tool(
        at,
        &[
            "init",
            "app",
            "--profile",
            "team",
            "--set",
            "pack=path:../above",
        ],
    )
    .ends(0);
    let json = tool(&at.join("app"), &["pack", "show", "--format", "json"]).ends(0);
    let report: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(
        report["packs"][1]["locked"]["ci.stage"]["reason"],
        "there is one"
    );
    assert_eq!(report["packs"][0]["trusted"], true);
    let schema = tool(at, &["schema", "pack"]).ends(0);
    let schema: Value = serde_json::from_str(&schema.out).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    assert!(schema.is_valid(&report));
}

#[test]
fn what_cannot_be_had_is_no_finding() {
    let folder = temp();
    let missing = tool(folder.path(), &["pack", "check", "nowhere"]).ends(2);
    assert!(
        missing.err.contains("cannot read the pack"),
        "{}",
        missing.err
    );
    let empty = tool(folder.path(), &["pack", "check"]).ends(2);
    assert!(empty.err.contains("is no pack"), "{}", empty.err);
    tool(folder.path(), &["pack", "check", "git+htps://x.example/y"]).ends(2);
}

#[test]
fn the_embedded_templates_pass() {
    let found = try_out(&Catalog::embedded(), None);
    let wrong: Vec<_> = found
        .iter()
        .filter(|f| f.severity > Severity::Note)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A title, the files of a pack, and how its findings begin.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

const BROKEN: [Row<'_>; 18] = [
    (
        "problems of pack.toml and of templates come together",
        &[
            ("pack.toml", "name = \"p\"\nversion = \"x\"\nnmae = 1\n"),
            (
                "features/f/feature.toml",
                "[[output]]\npath = \"a\"\ntemplate = \"t\"\nformat = \"env\"\n",
            ),
            ("features/f/t", "A={{ now() }}\n"),
        ],
        &[
            "pack.toml:2:11 `version` is no version: `x`",
            "pack.toml:3:1 unknown key `nmae`",
            "features/f/t:1:3 templates run no code: a call of `now`",
        ],
    ),
    (
        "a profile that does not parse",
        &[("profiles/p.toml", "features = 1\n")],
        &["profiles/p.toml:1:12 invalid file"],
    ),
    (
        "a gateway that does not parse",
        &[("gateways/g.toml", "url = \"x\"\nsoruce = \"\"\n")],
        &["gateways/g.toml:2:1 invalid file: unknown field `soruce`"],
    ),
    (
        "a profile of unknown features",
        &[("profiles/p.toml", "features = [\"docs\", \"dosc\"]\n")],
        &["profiles/p.toml:1:21 unknown feature `dosc`"],
    ),
    (
        "a required feature that is none",
        &[(
            "pack.toml",
            "name = \"p\"\nversion = \"1\"\nrequired = [\"dosc\"]\n",
        )],
        &["pack.toml:3:13 unknown feature `dosc`"],
    ),
    (
        "a default that no manifest could hold",
        &[("defaults.toml", "\"visibility\" = \"privat\"\n")],
        &["defaults.toml:1:16 `visibility` is `privat`"],
    ),
    (
        "a profile's default of an unknown key",
        &[(
            "profiles/p.toml",
            "features = []\n[defaults]\n\"gateway.uri\" = \"x\"\n",
        )],
        &["profiles/p.toml:3:17 unknown key `gateway.uri`"],
    ),
    (
        "a matrix that names nobody",
        &[("matrix.toml", "clear_margin = 1\n")],
        &["matrix.toml:1:1 invalid file"],
    ),
    (
        "a template that is not there, and one that nobody names",
        &[
            ("profiles/p.toml", "features = [\"f\"]\n"),
            (
                "features/f/feature.toml",
                "[[output]]\npath = \"a\"\ntemplate = \"t.tera\"\nformat = \"env\"\n",
            ),
            ("features/f/u.tera", "A=1\n"),
        ],
        &[
            "features/f/feature.toml:3:12 `t.tera` is no file of the feature",
            "features/f/u.tera:1:1 no output names the template",
        ],
    ),
    (
        "defaults that nothing reads",
        &[(
            "pack.toml",
            "name = \"p\"\nversion = \"1\"\n[defaults]\nprofile = \"team\"\nfeatures = [\"docs\"]\n",
        )],
        &[
            "pack.toml:4:1 nothing reads `profile`",
            "pack.toml:5:1 nothing reads `features`",
        ],
    ),
    (
        "a default for a key that the pack locks",
        &[(
            "pack.toml",
            "name = \"p\"\nversion = \"1\"\n[defaults]\n\"ci.stage\" = \"x\"\n[locked]\n\"ci.stage\" = { value = \"x\", reason = \"r\" }\n",
        )],
        &["pack.toml:4:1 nothing reads `ci.stage`"],
    ),
    (
        "a variable that nobody uses",
        &[(
            "pack.toml",
            "name = \"p\"\nversion = \"1\"\n[variables]\nspare = 1\n",
        )],
        &["pack.toml:4:1 no template uses the variable `spare`"],
    ),
    (
        "an output that never comes",
        &[
            ("profiles/p.toml", "features = [\"f\"]\n"),
            (
                "features/f/feature.toml",
                "[[output]]\npath = \"{{ launcher.pth }}\"\ntemplate = \"t.tera\"\nformat = \"env\"\nwhen = \"features.dosc\"\n",
            ),
            ("features/f/t.tera", "A=1\n"),
        ],
        &[
            "features/f/feature.toml:2:8 the path `{{ launcher.pth }}` names no text",
            "features/f/feature.toml:5:8 `when = \"features.dosc\"` names nothing",
        ],
    ),
    (
        "a path that leaves the repository once it is filled",
        &[
            (
                "pack.toml",
                "name = \"p\"\nversion = \"1\"\nrequired = [\"f\"]\n[variables]\nout = \"../x\"\n",
            ),
            (
                "features/f/feature.toml",
                "[[output]]\npath = \"{{ pack.out }}\"\ntemplate = \"t.tera\"\nformat = \"env\"\n",
            ),
            ("features/f/t.tera", "A=1\n"),
        ],
        &["features/f/feature.toml:2:8 path `../x` contains `.` or `..`"],
    ),
    (
        "a file that is given in two formats",
        &[
            (
                "pack.toml",
                "name = \"p\"\nversion = \"1\"\nrequired = [\"f\"]\n",
            ),
            (
                "features/f/feature.toml",
                "[[output]]\npath = \".gitignore\"\ntemplate = \"t.tera\"\nformat = \"whole-file\"\n",
            ),
            ("features/f/t.tera", "x\n"),
        ],
        &["features/f/feature.toml:2:8 `.gitignore` is given twice"],
    ),
    (
        "an installation of values that no manifest can contradict",
        &[(
            "pack.toml",
            "name = \"p\"\nversion = \"1\"\n[locked]\n\"gateway.kind\" = { value = \"nobody\", reason = \"r\" }\n",
        )],
        &["pack.toml:0:0 no manifest can be used: unknown gateway kind `nobody`"],
    ),
    (
        "migrations to nowhere, and of no version",
        &[(
            "pack.toml",
            "name = \"p\"\nversion = \"1.0\"\n\n[[migration]]\nto = \"1.0\"\nrename_file = { from = \"a\", to = \"b\" }\n\n[[migration]]\nto = \"1.1\"\ndrop_key = { path = \"a\", key = \"b\" }\n",
        )],
        &[
            "pack.toml:4:1 the migration moves to `b`, which nothing gives",
            "pack.toml:8:1 the migration to 1.1.0 comes with no version yet",
        ],
    ),
    ("nothing", &[], &[]),
];

#[test]
fn every_lint_finds_what_it_is_for() {
    each(
        &BROKEN,
        |row| row.0.to_owned(),
        |(_, files, expected)| {
            let folder = pack(files);
            compare(&findings(folder.path(), &[]), expected);
        },
    );
}

/// Every finding begins with what is expected, in the same order.
fn compare(found: &[String], expected: &[&str]) {
    let fits = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(found, expected)| found.starts_with(expected));
    assert!(fits, "found {found:#?}\nexpected {expected:#?}");
}

/// A path, a format, a template, and what is wrong in it, if anything.
const PRINTED: [(&str, &str, &str, &str); 20] = [
    (
        "x.json",
        "json",
        "{ \"a\": {{ models.default }} }",
        "1:8 `models.default` is printed without `| json`",
    ),
    (
        "x.json",
        "json",
        "{ \"a\": \"{{ models.default }}\" }",
        "1:9 `models.default` stands inside of quotes",
    ),
    (
        "x.json",
        "json",
        "{ \"a\": \"\\\"{{ models.default | json }}\" }",
        "1:11 `models.default` stands inside of quotes",
    ),
    (
        "x.json",
        "jsonc",
        "{ \"a\": {{ models.default | json ~ \"x\" }} }",
        "1:8 `models.default` is printed without `| json`",
    ),
    (
        "x.json",
        "json",
        "{ \"a\": {{ models.default | json }}, \"b\": {{ pack.n }}, \"c\": {{ gateway.timeout_ms }}, \"d\": {{ features.docs }} }",
        "",
    ),
    (
        "x.json",
        "whole-file",
        "{ \"a\": {{ pack.v }} }",
        "1:8 `pack.v` is printed without `| json`",
    ),
    (
        "x.yml",
        "yaml",
        "a: {{ pack.v }}",
        "1:4 `pack.v` is printed without `| yaml`",
    ),
    (
        "x.yml",
        "yaml",
        "a: \"{{ pack.v | yaml }}\"",
        "1:5 `pack.v` stands inside of quotes",
    ),
    (
        "x.yml",
        "yaml",
        "# {{ pack.v }}\na: {{ pack.v | yaml }}",
        "",
    ),
    (
        "x.yml",
        "yaml",
        "# {{ pack.lines }}\na: 1",
        "1:3 `pack.lines` may hold a line break, which ends the comment",
    ),
    (
        "x.toml",
        "toml",
        "a = {{ credential.env_name }}",
        "1:5 `credential.env_name` is printed without `| toml`",
    ),
    (
        "x.toml",
        "toml",
        "a = {{ credential.env_name | toml }}\nb = {{ pack.n }}",
        "",
    ),
    (
        "x.sh",
        "whole-file",
        "a={{ pack.v }}\nb={{ pack.v | sh }}",
        "1:3 `pack.v` is printed without `| sh`",
    ),
    (
        "x.sh",
        "whole-file",
        "a='{{ pack.v | sh }}'",
        "1:4 `pack.v` stands inside of quotes",
    ),
    (
        "x.sh",
        "whole-file",
        "a=\"${{ '{' }}{{ credential.env_name }}}\"\nb=$root/{{ launcher.path | sh }}",
        "",
    ),
    (
        "x.sh",
        "whole-file",
        "{% for header in headers.secret %}x {{ header.name }} {{ header.env_name }}{% endfor %}{{ headers.plain | length }}",
        "1:37 `headers.secret[].name` is printed without `| sh`",
    ),
    (
        "x.ps1",
        "whole-file",
        "$a = {{ telemetry.project_tag }}",
        "1:6 `telemetry.project_tag` is printed without `| ps1`",
    ),
    (
        ".envx",
        "env",
        "A={{ launcher.path }}",
        "1:3 `launcher.path` is printed without `| env`",
    ),
    (
        ".envx",
        "env",
        "{{ credential.env_name }}={{ (\"a\" ~ launcher.path) | env }}",
        "",
    ),
    (
        "x.md",
        "whole-file",
        "{{ pack.v }} and {{ launcher.path }}",
        "",
    ),
];

#[test]
fn values_are_printed_in_the_language_they_go_into() {
    let formats = [
        ("json", Format::Json),
        ("jsonc", Format::Jsonc),
        ("yaml", Format::Yaml),
        ("toml", Format::Toml),
        ("env", Format::Env),
        ("whole-file", Format::WholeFile),
    ];
    let shape = |name: &str| match name {
        "pack.n" | "gateway.timeout_ms" | "features.docs" => Shape::Plain,
        "credential.env_name" | "headers.secret[].env_name" => Shape::Word,
        "pack.lines" => Shape::Text,
        _ => Shape::Line,
    };
    for (path, format, template, expected) in PRINTED {
        let format = formats.iter().find(|(name, _)| *name == format);
        let language = Language::of(format.expect("a format").1, path);
        let found = unquoted(template, Delimiters::Braces, language, &shape);
        let found = found.iter().map(|found| {
            let before = &template[..found.offset];
            let line = before.matches('\n').count() + 1;
            let column = found.offset - before.rfind('\n').map_or(0, |at| at + 1) + 1;
            format!("{line}:{column} {}", found.what)
        });
        let expected: Vec<&str> = Some(expected)
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect();
        assert_eq!(found.collect::<Vec<_>>(), expected, "{template}");
    }
}

#[test]
fn values_that_nobody_gives_are_named_at_their_place() {
    for (template, expected) in [
        (
            "A=1\nB={{ pack.w | env }}\n",
            "features/f/t.tera:2:3 nobody gives the value `pack.w`",
        ),
        (
            "{% if model.default %}A=1{% endif %}\n",
            "features/f/t.tera:1:1 nobody gives the value `model.default`",
        ),
        (
            "A={% for word in credential.argv %}{{ wrod | env }}{% endfor %}\n",
            "features/f/t.tera:1:36 nobody gives the value `wrod`",
        ),
        (
            "{% for header in headers.secret %}A={{ header.nmae | env }}{% endfor %}\n",
            "features/f/t.tera:1:",
        ),
    ] {
        let files = feature(".envx", "env", template);
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        let folder = pack(&files);
        let found = findings(folder.path(), &[]);
        let found: Vec<String> = found
            .into_iter()
            .filter(|found| !found.contains("no template uses"))
            .collect();
        compare(&found, &[expected]);
    }
    let asked = "{% if pack.w is defined %}A={{ pack.w | env }}{% endif %}\n";
    let files = feature(".envx", "env", asked);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let found = findings(pack(&files).path(), &[]);
    assert!(
        found.iter().all(|found| found.contains("no template uses")),
        "{found:?}"
    );
}

/// Two versions of a pack with a file of every keyed format, and what the second moves.
fn versions(first: &Path, second: &Path, moves: &str) {
    let outputs = [
        ("tool.toml", "toml"),
        ("list.yml", "yaml"),
        ("keep.env", "env"),
        (".vscode/settings.json", "jsonc"),
    ];
    let output = |(path, format): &(&str, &str)| {
        format!(
            "[[output]]\npath = \"{path}\"\ntemplate = \"{format}.tera\"\nformat = \"{format}\"\n"
        )
    };
    let texts = |model: &str, name: &str| {
        [
            (
                "toml",
                format!("name = {{{{ models.{model} | toml }}}}\n{name} = \"x\"\n[table]\na = 1\n"),
            ),
            (
                "yaml",
                format!("model: {{{{ models.{model} | yaml }}}}\n{name}: 1\n"),
            ),
            (
                "env",
                format!(
                    "MODEL={{{{ models.{model} | env }}}}\n{}=1\n",
                    name.to_uppercase()
                ),
            ),
            (
                "jsonc",
                format!("{{ \"a.model\": {{{{ models.{model} | json }}}}, \"a.{name}\": 1 }}\n"),
            ),
        ]
    };
    for (at, version, model, name) in [
        (first, "1.0.0", "default", "old"),
        (second, "2.0.0", "fast", "new"),
    ] {
        let moves = if at == second { moves } else { "" };
        let meta = format!("name = \"p\"\nversion = \"{version}\"\nrequired = [\"f\"]\n{moves}");
        write(at, "pack.toml", &meta);
        let outputs: String = outputs.iter().map(output).collect();
        write(at, "features/f/feature.toml", &outputs);
        for (format, text) in texts(model, name) {
            write(at, &format!("features/f/{format}.tera"), &text);
        }
    }
}

#[test]
fn an_older_version_is_upgraded_from() {
    let folder = temp();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let moves = "
[[migration]]
to = \"2.0.0\"
rename_key = { path = \"tool.toml\", from = \"old\", to = \"new\" }

[[migration]]
to = \"2.0.0\"
drop_key = { path = \"keep.env\", key = \"OLD\" }

[[migration]]
to = \"2.0.0\"
move_key = { from = { path = \".vscode/settings.json\", key = '\"a.old\"' }, to = { path = \"list.yml\", key = \"new\" } }
";
    versions(&first, &second, moves);
    let arguments = ["second", "--from", "first"];
    assert_eq!(findings(folder.path(), &arguments), Vec::<String>::new());
    let wrong = moves.replace("from = \"old\"", "from = \"odl\"");
    versions(&first, &second, &wrong);
    let expected = [
        "second/pack.toml:5:1 the migration moves `tool.toml: odl`, which the older version never gave",
    ];
    compare(&findings(folder.path(), &arguments), &expected);
    versions(&first, &second, "");
    let outputs = fs::read_to_string(second.join("features/f/feature.toml")).expect("a file");
    let other = outputs.replace("path = \"keep.env\"", "path = \"tool.toml\"");
    let other = other.replacen("path = \"tool.toml\"", "path = \"keep.env\"", 1);
    write(&second, "features/f/feature.toml", &other);
    let found = findings(folder.path(), &arguments);
    assert!(
        found.iter().any(
            |found| found.contains("an upgrade breaks a promise: `keep.env` is not valid TOML")
        ),
        "{found:#?}"
    );
}

#[test]
fn what_prints_without_end_is_stopped() {
    let long = "x".repeat(4096);
    let loops = format!(
        "{{% for path in outputs %}}{}{{% endfor %}}\n",
        "{{ pack.v }}".repeat(1990)
    );
    let meta =
        format!("name = \"p\"\nversion = \"1\"\nrequired = [\"f\"]\n[variables]\nv = \"{long}\"\n");
    let output = "[[output]]\npath = \"a.md\"\ntemplate = \"t.tera\"\nformat = \"whole-file\"\n";
    let folder = pack(&[
        ("pack.toml", &meta),
        ("features/f/feature.toml", output),
        ("features/f/t.tera", &loops),
    ]);
    let run = tool(
        folder.path(),
        &["init", "app", "--profile", "solo", "--set", "pack=path:.."],
    )
    .ends(2);
    assert!(run.err.contains("gives more than 8 MiB"), "{}", run.err);
}
