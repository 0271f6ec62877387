//! What `init` says: true for the files that are there, and safe to paste.

use super::settings::init;
use super::tree;

#[test]
fn the_next_command_never_copies_over_an_env_file() {
    let home = tree::temp();
    tree::put(&home.path().join(".env"), b"MINE=1\n", 0o600);
    let run = init(home.path(), "team", &[]);
    assert!(!run.out.contains("cp "), "{}", run.out);
    let step = "$EDITOR .env    # put your key in as ANTHROPIC_API_KEY";
    assert!(run.out.contains(step), "{}", run.out);
}

#[test]
fn commands_are_words_of_a_shell() {
    let home = tree::temp();
    let further = [
        "--set",
        "launcher.path=run me.sh",
        "--set",
        "launcher.env_file=my env",
    ];
    let run = init(home.path(), "solo", &further);
    assert!(
        run.out.contains("\n  './run me.sh' -p \"say hi\"\n"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("\n  cp .env.template 'my env' "),
        "{}",
        run.out
    );
}

#[test]
fn no_script_is_named_that_is_not_there() {
    let home = tree::temp();
    let run = init(home.path(), "team", &["--without", "run-script"]);
    assert!(!run.out.contains("run-claude"), "{}", run.out);
    assert!(
        run.out.contains("\n  claude -p \"say hi\"\n"),
        "{}",
        run.out
    );
}

#[test]
fn plain_claude_is_said_to_be_routed_only_where_it_is() {
    for (profile, further, words) in [
        ("solo", "visibility=private", "  Plain `claude` goes past"),
        (
            "team",
            "visibility=private",
            "  Below this folder plain `claude` goes past",
        ),
        ("team", "visibility=public", "  Plain `claude` goes past"),
    ] {
        let home = tree::temp();
        let run = init(home.path(), profile, &["--set", further]);
        assert!(run.out.contains(words), "{profile} {further}: {}", run.out);
    }
}

#[test]
fn a_url_that_git_shows_is_said_to_be_shown() {
    for visibility in ["public", "unknown"] {
        let home = tree::temp();
        let said = format!("visibility={visibility}");
        let run = init(home.path(), "team", &["--set", &said]);
        assert!(
            run.err.contains("warning[CS107]: `gateway.url` stands"),
            "{}",
            run.err
        );
        let run = tree::tool(home.path(), &["set", "gateway.url="]).ends(0);
        assert!(!run.err.contains("gateway.url` stands"), "{}", run.err);
        let files = tree::tree(home.path());
        let shows = |node: &tree::Node| match node {
            tree::Node::File(_, bytes) => String::from_utf8_lossy(bytes).contains("gw.internal"),
            _ => false,
        };
        assert!(!files.values().any(shows));
    }
}
