//! Ignore rules of a tree, which has no work tree that git could read them from.

use std::path::Path;

use gix_glob::pattern::Case;
use gix_ignore::Search;
use gix_ignore::search::Ignore;

/// Rules of several `.gitignore` files.
#[derive(Default)]
pub struct Rules(Search);

impl Rules {
    /// Adds the rules of a folder's `.gitignore`; folders come before those below them.
    pub fn add(&mut self, folder: &str, text: &str) {
        let file = Path::new(folder).join(".gitignore");
        let root = Some(Path::new(""));
        // It fails where the file is not below the root, and every folder is.
        let _ = self
            .0
            .add_patterns_buffer(text.as_bytes(), file, root, Ignore::default());
    }

    /// Returns whether the rules hide a path, or a folder on the way to it.
    #[must_use]
    pub fn hide(&self, path: &str) -> bool {
        let said = |path: &str, is_folder: bool| {
            let found = self.0.pattern_matching_relative_path(
                path.into(),
                Some(is_folder),
                Case::Sensitive,
            );
            found.map(|found| !found.pattern.is_negative())
        };
        let path = path.trim_end_matches('/');
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]).rev();
        let ways = std::iter::once((path, false)).chain(folders.map(|folder| (folder, true)));
        let mut said = ways.filter_map(|(path, is_folder)| said(path, is_folder));
        said.next().unwrap_or(false)
    }

    /// Returns whether the rules hide the file itself, and no folder on the way to it.
    #[must_use]
    pub fn hide_by_name(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        !folders.any(|folder| self.hide_folder(folder))
    }

    fn hide_folder(&self, folder: &str) -> bool {
        self.hide(&format!("{folder}/."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_rule_counts() {
        let mut rules = Rules::default();
        rules.add("", "*.log\n/build/\n.env*\n!.env.example\n");
        rules.add("a/b", "!kept.log\nx\n");
        for (path, hidden) in [
            ("a.log", true),
            ("a/b/c.log", true),
            ("a/b/kept.log", false),
            ("a/kept.log", true),
            ("build/x", true),
            ("a/build/x", false),
            ("build", false),
            (".env", true),
            ("a/.env.local", true),
            (".env.example", false),
            ("a/b/x", true),
            ("a/b/x/y", true),
            ("a/x", false),
        ] {
            assert_eq!(rules.hide(path), hidden, "{path}");
        }
        assert!(rules.hide_by_name("a.log"));
        assert!(!rules.hide_by_name("build/x"));
    }
}
