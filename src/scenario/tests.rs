//! One line per repository: facts in, scores and flips out.

use super::*;
use crate::catalog::{Catalog, Kind, Matrix};

fn matrix() -> Matrix {
    Catalog::embedded()
        .matrix()
        .expect("the embedded matrix is whole")
}

/// `name=3`, `name=yes`, `name=a,b`, `name=3+`, `name=?`; what is not named is not there.
fn facts(words: &str) -> Facts {
    let mut facts = Facts::default();
    for kind in matrix().facts {
        let nothing = match kind.kind {
            Kind::Flag => FactValue::Flag(false),
            Kind::Count => FactValue::Count(0),
            Kind::List => FactValue::List(Vec::new()),
        };
        facts.know(&kind.name, nothing, Vec::new());
    }
    for word in words.split_whitespace() {
        let (name, text) = word.split_once('=').expect("name=value");
        let value = match text {
            "?" => {
                facts.miss(name, "cannot be seen");
                continue;
            }
            "yes" | "no" => FactValue::Flag(text == "yes"),
            _ => match (text.parse(), text.trim_end_matches('+').parse()) {
                (Ok(count), _) => FactValue::Count(count),
                (_, Ok(at_least)) => FactValue::AtLeast { at_least },
                _ => FactValue::List(text.split(',').map(str::to_owned).collect()),
            },
        };
        facts.know(name, value, vec![format!("seen {text}")]);
    }
    facts
}

fn check(words: &str, scores: [i64; 4], outcome: &str, flips: &[&str]) {
    let found = recommend(&facts(words), &matrix());
    let got: Vec<i64> = found.scores.iter().map(|s| s.score).collect();
    assert_eq!(got, scores, "{words}");
    let clear = if found.clear { "clear" } else { "narrow" };
    let text = format!("{} by {}, {clear}", found.winner, found.margin);
    assert_eq!(text, outcome, "{words}");
    let got: Vec<String> = found
        .flips
        .iter()
        .map(|f| format!("{} {} -> {}", f.fact, f.to, f.winner))
        .collect();
    assert_eq!(got, flips, "{words}");
    for score in &found.scores {
        let given: i64 = score.rows.iter().map(|r| r.weight).sum();
        assert_eq!(given, score.score, "{words}");
    }
}

#[test]
fn facts_pick_the_scenario_and_name_what_would_change_it() {
    check(
        "contributors=1",
        [4, 0, 0, 0],
        "solo by 4, clear",
        &[
            "contributors 2 -> team",
            "openai_base_url yes -> multi-model",
            "contributors 10 -> enterprise",
        ],
    );
    check(
        "contributors=4 env_files=.env.example",
        [1, 5, 0, 2],
        "team by 3, clear",
        &[
            "openai_base_url yes -> multi-model",
            "contributors 1 -> solo",
            "contributors 10 -> enterprise",
        ],
    );
    check(
        "contributors=25 ci=github codeowners=yes",
        [0, 3, 8, 0],
        "enterprise by 5, clear",
        &["contributors 9 -> team", "contributors 1 -> solo"],
    );
    check(
        "contributors=3 other_agents=aider openai_base_url=yes",
        [0, 4, 0, 10],
        "multi-model by 6, clear",
        &[],
    );
}

#[test]
fn an_unknown_fact_weighs_nothing_and_leaves_the_choice_open() {
    let found = recommend(&facts("contributors=? ci=github codeowners=yes"), &matrix());
    let flip = &found.flips[0];
    assert_eq!((&flip.from, &flip.to), (&None, &FactValue::Count(1)));
    assert_eq!(
        (flip.winner.as_str(), found.margin, found.clear),
        ("solo", 2, false)
    );
    assert_eq!(found.unknown, ["contributors"]);
    let decided = "contributors=? ci=github codeowners=yes secret_manager=vault";
    assert!(recommend(&facts(decided), &matrix()).clear);
}

#[test]
fn without_facts_nothing_is_clear() {
    let found = recommend(&Facts::default(), &matrix());
    assert_eq!(
        (found.winner.as_str(), found.margin, found.clear),
        ("solo", 0, false)
    );
    assert_eq!(found.unknown.len(), matrix().facts.len());
}

#[test]
fn a_lower_bound_proves_no_upper_one() {
    let weights = |words| {
        let found = recommend(&facts(words), &matrix());
        found.scores.iter().map(|s| s.score).collect::<Vec<_>>()
    };
    assert_eq!(weights("contributors=3+"), [0, 0, 0, 0]);
    assert_eq!(weights("contributors=12+"), [0, 1, 4, 0]);
}

#[test]
fn equal_scores_go_to_the_first_scenario() {
    let found = recommend(&facts("contributors=1 codeowners=yes ci=github"), &matrix());
    assert_eq!(
        (found.winner.as_str(), found.margin, found.clear),
        ("solo", 0, false)
    );
}

#[test]
fn a_further_scenario_is_rows_alone() {
    let mut matrix = matrix();
    let mut lab = matrix.scenarios[0].clone();
    lab.name = "lab".to_owned();
    matrix.scenarios.push(lab);
    matrix.rows[0].weight.insert("lab".to_owned(), 9);
    assert_eq!(
        matrix.problems(&Catalog::embedded().profile_names()),
        Vec::<String>::new()
    );
    assert_eq!(recommend(&facts("contributors=1"), &matrix).winner, "lab");
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let facts = facts("contributors=4 ci=github,gitlab other_agents=cursor,aider shallow=?");
    let once = serde_json::to_string(&recommend(&facts, &matrix())).expect("JSON");
    let twice = serde_json::to_string(&recommend(&facts, &matrix())).expect("JSON");
    assert_eq!(once, twice);
    assert!(once.contains(r#""name":"shallow","title":"shallow clone","state":"unknown""#));
}
