//! Templates that only print pass, and whatever could do more is refused at its place.

use crate::catalog::{Catalog, Delimiters};
use crate::pack::{Files, check, check_template};
use crate::render::whole;

fn problems(source: &str) -> Vec<String> {
    let found = check_template("t", source, Delimiters::Braces);
    let say = |d: &crate::model::Diagnostic| {
        let what = d.message.trim_start_matches("templates run no code: ");
        let place = (d.line.unwrap_or(0), d.column.unwrap_or(0));
        format!("{}:{} {what}", place.0, place.1)
    };
    found.iter().map(say).collect()
}

#[test]
fn the_embedded_templates_pass() {
    let mut files = Files::new();
    let catalog = Catalog::embedded();
    for feature in catalog.feature_names() {
        for (name, text) in catalog.sources(feature) {
            let text = whole(text, &catalog).into_owned();
            files.insert(format!("features/{feature}/{name}"), text);
        }
    }
    assert!(files.len() > 30);
    let found = check(&files, &|path| Some(path.to_owned()));
    assert_eq!(found, Vec::new());
}

#[test]
fn what_prints_values_passes() {
    for good in [
        "a {{ x }} b {{- y.z | default(value=\"}}\") | json -}}",
        "{% if a is defined and not (b == 'x' or c) %}1{% elif d is not none %}2{% else %}3{% endif %}",
        "{% for a in b.c %}{% for d in a.e %}{{ d }}{% if not loop.last %},{% endif %}{% endfor %}{% endfor %}",
        "{{ (\"a\" ~ b) | yaml }}{{ x[0] }}{{ a if b else c }}{{ 1 < 2 }}{# {{ now() }} #}",
        "${{ \"{{\" }} }} %}",
    ] {
        assert_eq!(problems(good), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn what_could_do_more_is_refused() {
    for (bad, expected) in [
        ("\n {{ now() }}", "2:2 a call of `now`"),
        ("{{ get_env(name='HOME') }}", "1:1 a call of `get_env`"),
        (
            "{% for i in range(end=9) %}{% endfor %}",
            "1:1 a `for` over something computed",
        ),
        ("{{ a | json | get_env(x=1) }}", "1:1 the filter `get_env`"),
        (
            "{{ a | default(value=range(end=9)) }}",
            "1:1 a call of `range`",
        ),
        ("{{ a.b(x=1) }}", "1:1 a call of `b`"),
        ("{{ [x for x in y] }}", "1:1 a list that is computed"),
        ("{{ [...a, ...a] }}", "1:1 `...` in a tag"),
        ("{{ {\"a\": 1} }}", "1:1 `{` in a tag"),
        ("{{ <button /> }}", "1:1 a component"),
        ("{% <button> %}{% </button> %}", "1:1 a tag without a name"),
        ("{% set x = 1 %}", "1:1 the tag `set`"),
        ("{%- include 'x' -%}", "1:1 the tag `include`"),
        ("{% raw %}{% endraw %}", "1:1 the tag `raw`"),
        ("{% filter upper %}{% endfilter %}", "1:1 the tag `filter`"),
        (
            "{{ a is matching(pat=\"x\") }}",
            "1:1 a test that is none of ours",
        ),
        (
            "{% for a in b %}{% for c in b %}{% endfor %}{% endfor %}",
            "1:17 a `for` inside a `for` that walks through something else",
        ),
        (
            "{% for a in pack.x %}{% endfor %}",
            "1:1 a `for` over a pack variable",
        ),
        ("{% for k, v in b %}{% endfor %}", "1:1 an odd `for`"),
        ("{{ a\n}}", "1:1 a tag that does not end on its line"),
        ("{# a\n#}", "1:1 a comment that does not end on its line"),
        ("{{ \"a }}", "1:4 a string that does not end on its line"),
        ("{{ a $ b }}", "1:6 a character that no tag may hold"),
        ("{% if a %}", "1:11 a tag that has no end"),
        ("{% endif %}", "1:1 an `endif` that ends nothing"),
        (
            "a\u{e000}0\u{e001}",
            "1:2 a private-use character; the renderer keeps them for itself",
        ),
    ] {
        assert_eq!(
            problems(bad).first().map(String::as_str),
            Some(expected),
            "{bad}"
        );
    }
    let deep = ["{% if a %}".repeat(5), "{% endif %}".repeat(5)].concat();
    assert_eq!(problems(&deep), ["1:41 `if` nested more than 4 deep"]);
    let long = format!("{{{{ \"{}\" }}}}", "a".repeat(1000));
    assert_eq!(problems(&long), ["1:1 a tag of more than 1000 bytes"]);
    let filters = format!("{{{{ a{} }}}}", " | json".repeat(9));
    assert_eq!(problems(&filters), ["1:1 more than 8 filters in one tag"]);
    let chain = format!("{{% if a %}}{}{{% endif %}}", "{% elif b %}".repeat(33));
    assert_eq!(problems(&chain).len(), 1);
}

#[test]
fn brackets_leave_braces_alone() {
    let source = "${{ secrets.X }} [[ a | sh ]] [% if b %][% endif %] if [ -f x ]; then";
    assert_eq!(
        check_template("t", source, Delimiters::Brackets),
        Vec::new()
    );
    let found = check_template("t", "[[ now() ]]", Delimiters::Brackets);
    assert_eq!(found.len(), 1);
}

#[test]
fn the_pair_that_is_rendered_is_checked() {
    let feature = "[[output]]\npath = \"a\"\ntemplate = \"a.tera\"\nformat = \"env\"\n";
    let mut files = Files::new();
    files.insert("features/x/feature.toml".to_owned(), feature.to_owned());
    files.insert("features/x/a.tera".to_owned(), "{{ now() }}".to_owned());
    assert_eq!(check(&files, &|_| None), Vec::new());
    for of_pack in ["feature.toml", "a.tera"] {
        let label = |path: &str| path.ends_with(of_pack).then(|| path.to_owned());
        assert_eq!(check(&files, &label).len(), 1, "{of_pack}");
    }
    files.insert(
        "features/x/feature.toml".to_owned(),
        "outputs = 1".to_owned(),
    );
    let found = check(&files, &|path| Some(path.to_owned()));
    assert_eq!(found[0].path.as_deref(), Some("features/x/feature.toml"));
}
