//! A labelled set of lines, made at run time: keys of every vendor in the files where people leave
//! them, and what looks like keys and is none. No key stands in a file of this project.

#![expect(clippy::print_stdout, reason = "the test tells its measure")]

use claude_scaffold::catalog::{Catalog, Shape};
use claude_scaffold::diagnose::leaks::{Leak, Scanner};
use claude_scaffold::model::{hide, mask};

use super::chance::Chance;
use super::keys::{Sample, body, known_name, other_keys, vendor_keys};
use super::others::no_keys;

#[test]
fn one_in_a_hundred_is_missed_at_most_and_one_is_false() {
    let rows = Catalog::embedded().keys().expect("a whole catalogue");
    let scanner = Scanner::new(rows).expect("an automaton");
    let (mut keys, mut others, mut missed, mut wrong) = (0, 0, Vec::new(), Vec::new());
    for seed in 0..8 {
        let mut chance = Chance::new(seed);
        let mut samples = vendor_keys(&mut chance);
        samples.extend(other_keys(&mut chance));
        samples.extend(no_keys(&mut chance));
        for Sample { path, text, key } in samples {
            let found = scanner.scan(path, text.as_bytes());
            let Some(key) = key else {
                others += 1;
                if let Some(leak) = found.first() {
                    wrong.push(format!("{path}: {text} ({})", leak.shown));
                }
                continue;
            };
            keys += 1;
            let start = text.find(&key).expect("the key is in its text");
            let meets = |leak: &&Leak| {
                leak.range.start <= start + 32 && leak.range.end >= start + key.len()
            };
            if !found.iter().any(|leak| meets(&leak)) {
                missed.push(format!("{path}: {text}"));
            }
        }
    }
    let found = keys - missed.len();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let percent = |part: usize, of: usize| part as f64 * 100.0 / of as f64;
    let recall = percent(found, keys);
    let precision = percent(found, found + wrong.len());
    let said = format!(
        "{keys} keys, {others} others: precision {precision:.2} %, recall {recall:.2} %, {} false",
        wrong.len()
    );
    println!("{said}");
    let short = |list: &[String]| {
        let cut = |line: &String| line.chars().take(200).collect::<String>();
        list.iter().take(30).map(cut).collect::<Vec<_>>().join("\n")
    };
    assert!(keys >= 400 && others >= 400, "{said}");
    assert!(missed.len() * 100 <= keys, "{said}\n{}", short(&missed));
    assert!(wrong.len() * 100 <= others, "{said}\n{}", short(&wrong));
}

/// What is found is also hidden: by its shape, or by the name before it.
#[test]
fn whatever_is_found_is_hidden_in_every_output() {
    let mut chance = Chance::new(77);
    for _ in 0..20 {
        for row in Catalog::embedded().keys().expect("a whole catalogue") {
            if row.shape != Shape::Word || !row.words.is_empty() {
                continue;
            }
            for prefix in &row.prefixes {
                let key = format!("{prefix}{}", body(&row, &mut chance));
                let line = format!("see \"{key}\", x");
                assert!(!hide(&line).contains(&key), "{line}");
            }
            if row.prefixes.is_empty() {
                let key = body(&row, &mut chance);
                let line = format!("{}={key}", known_name(&row));
                assert!(!mask(&line).unwrap_or(line).contains(&key));
            }
        }
    }
}
