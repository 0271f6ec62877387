//! Whatever the text: nothing panics, and what passes calls nothing when tera renders it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use tera::{Context, Kwargs, State, Tera, Value};

use crate::catalog::Delimiters;
use crate::pack::{Source, check_template, meta};

const PIECES: [&str; 48] = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "{{-",
    "-}}",
    "{%-",
    "-%}",
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "range(end=3)",
    "throw(message='x')",
    "now()",
    "[1, 2]",
    " | ",
    "safe",
    "json",
    "replace(from='a', to='b')",
    "default(value=",
    "\"",
    "'",
    "`",
    "\\",
    "-",
    " ",
    "if a",
    "endif",
    "for x in ",
    "endfor",
    "else",
    "elif a",
    "a",
    ".b",
    "(",
    ")",
    "~",
    "\n",
    "raw",
    "endraw",
    " is ",
    "defined",
    "set x = ",
    "filter replace(from='a', to='b')",
    "endfilter",
];
const OURS: [&str; 3] = ["range", "throw", "now"];
const THEIRS: [&str; 4] = ["safe", "replace", "split", "indent"];

/// A tera whose functions and unlisted filters tell that they were called.
fn watched(called: &Arc<AtomicBool>) -> Tera {
    let mut tera = Tera::new();
    for name in OURS {
        let called = Arc::clone(called);
        tera.register_function(name, move |_: Kwargs, _: &State<'_>| {
            called.store(true, Ordering::Relaxed);
            String::new()
        });
    }
    for name in THEIRS {
        let called = Arc::clone(called);
        tera.register_filter(name, move |_: &Value, _: Kwargs, _: &State<'_>| {
            called.store(true, Ordering::Relaxed);
            String::new()
        });
    }
    tera.register_filter("json", |_: &Value, _: Kwargs, _: &State<'_>| String::new());
    tera
}

fn passes(source: &str) -> bool {
    check_template("t", source, Delimiters::Braces).is_empty()
}

/// Whether rendering calls anything; none where tera refuses the text.
fn calls(source: &str) -> Option<bool> {
    let called = Arc::new(AtomicBool::new(false));
    let mut context = Context::new();
    context.insert("a", &serde_json::json!({"b": ["x"]}));
    let rendered = watched(&called).render_str(source, &context, false);
    rendered.ok().map(|_| called.load(Ordering::Relaxed))
}

#[test]
fn the_watched_tera_tells() {
    for source in [
        "{{ range(end=3) }}",
        "{{ a.b | safe }}",
        "{% for x in now() %}{% endfor %}",
    ] {
        assert_eq!(calls(source), Some(true), "{source}");
        assert!(!passes(source));
    }
    assert_eq!(calls("{{ a.b | json }}"), Some(false));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_passes_calls_nothing(parts in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..14)) {
        let source = parts.concat();
        if passes(&source) {
            prop_assert_ne!(calls(&source), Some(true), "{}", source);
        }
    }

    #[test]
    fn a_tag_with_anything_in_it_calls_nothing(
        before in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..4),
        after in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..4),
    ) {
        let source = format!("{}{{{{ range(end=3) }}}}{}", before.concat(), after.concat());
        if passes(&source) {
            prop_assert_ne!(calls(&source), Some(true), "{}", source);
        }
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,60}|[-{}%\\[\\]#\"'`\\\\a-z .|()\n]{0,60}") {
        for delimiters in [Delimiters::Braces, Delimiters::Brackets] {
            let _ = check_template("t", &text, delimiters);
        }
        let _ = meta::parse("pack.toml", &text);
        for scheme in ["", "path:", "git+https://h/p?", "git+ssh://", "git+file:///"] {
            let source = Source::parse(&format!("{scheme}{text}"));
            if let Ok(source) = source {
                prop_assert_eq!(Source::parse(&source.to_string()), Ok(source));
            }
        }
    }
}
