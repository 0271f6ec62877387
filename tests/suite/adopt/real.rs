//! The files of real repositories.

use super::super::corpus::{PROFILES, VARIANTS, corpus, repository};
use super::{proven, tree};

/// One case in so many runs where the environment does not ask for all.
const SLICE: usize = 16;

#[test]
fn real_repositories_are_adopted_as_they_are() {
    let Some(repositories) = corpus() else { return };
    let full = std::env::var_os("CLAUDE_SCAFFOLD_TEST_FULL").is_some();
    let nearest = [""].into_iter().chain(PROFILES);
    let profiles: Vec<&str> = nearest.collect();
    let mut cases = Vec::new();
    for (at, (name, files)) in repositories.iter().enumerate() {
        for (shift, variant) in VARIANTS.into_iter().enumerate() {
            for (turn, profile) in profiles.iter().enumerate() {
                if full || (at + 3 * shift + turn) % SLICE == 0 {
                    cases.push((name, files, variant, *profile));
                }
            }
        }
    }
    tree::each(
        &cases,
        |(name, _, variant, profile)| format!("{name} {variant} {profile}"),
        |(_, files, variant, profile)| {
            let home = tree::temp();
            let root = repository(home.path(), files, variant);
            let forced = ["--profile", profile];
            proven(&root, if profile.is_empty() { &[] } else { &forced });
        },
    );
}
