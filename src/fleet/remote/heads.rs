//! What the remote says its branches are, and what the cache has of them.

use std::path::Path;

use git2::{Oid, Repository};

use super::RemoteError;

/// HEAD and the fleet's branch, on the remote or in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heads {
    /// The branch that counts, by its full name; none where HEAD is on no branch.
    pub(super) name: Option<String>,
    /// Its commit; none in an empty repository.
    pub(super) head: Option<Oid>,
    /// The commit of the fleet's branch, where there is one.
    pub(super) branch: Option<Oid>,
}

impl Heads {
    /// Reads what `git ls-remote --symref` prints.
    pub(super) fn read(
        out: &str,
        default_branch: Option<&str>,
        branch: &str,
    ) -> Result<Self, RemoteError> {
        let commit = |wanted: &str| {
            let mut lines = out.lines().filter_map(|line| line.split_once('\t'));
            let (id, _) = lines.find(|(id, name)| *name == wanted && !id.starts_with("ref:"))?;
            Oid::from_str(id).ok()
        };
        let target = out.lines().find_map(|line| {
            let (target, name) = line.strip_prefix("ref: ")?.split_once('\t')?;
            (name == "HEAD").then(|| target.to_owned())
        });
        let (name, head) = match default_branch {
            None => (target, commit("HEAD")),
            Some(default) => {
                let name = format!("refs/heads/{default}");
                let head = commit(&name);
                if head.is_none() && commit("HEAD").is_some() {
                    return Err(RemoteError::NoBranch(default.to_owned()));
                }
                (Some(name), head)
            }
        };
        let name = match head {
            Some(_) => name,
            None => Some(name.unwrap_or_else(|| "refs/heads/main".to_owned())),
        };
        Ok(Self {
            name,
            head,
            branch: commit(&full(branch)),
        })
    }

    /// Returns what the cache has; none where something of it is missing.
    pub(super) fn cached(repository: &Path, branch: &str) -> Option<Self> {
        let repository = Repository::open_bare(repository).ok()?;
        let head = repository.find_reference("HEAD").ok()?;
        let name = head.symbolic_target().ok().flatten().map(str::to_owned);
        let commit = |name: &str| {
            let id = repository.refname_to_id(name).ok()?;
            repository.find_commit(id).ok()?.tree().ok()?;
            Some(id)
        };
        Some(Self {
            name,
            head: commit("HEAD"),
            branch: commit(&full(branch)),
        })
    }

    /// Writes them into the cache. HEAD comes last: as long as it has not, the cache is not as the remote.
    pub(super) fn write(&self, repository: &Path, branch: &str) -> Result<(), git2::Error> {
        let repository = Repository::open_bare(repository)?;
        let wanted = [
            self.name.clone().zip(self.head),
            self.branch.map(|id| (full(branch), id)),
        ];
        let wanted: Vec<(String, Oid)> = wanted.into_iter().flatten().collect();
        let there: Vec<String> = repository
            .references_glob("refs/*")?
            .names()
            .filter_map(|name| name.ok().map(str::to_owned))
            .collect();
        for name in there {
            if !wanted.iter().any(|(kept, _)| *kept == name) {
                repository.find_reference(&name)?.delete()?;
            }
        }
        for (name, id) in &wanted {
            repository.reference(name, *id, true, "")?;
        }
        match (&self.name, self.head) {
            (Some(name), _) => repository.set_head(name),
            (None, Some(id)) => repository.set_head_detached(id),
            (None, None) => Ok(()),
        }
    }
}

/// Returns the full name of a branch.
pub(super) fn full(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";

    fn check(out: &str, head: Option<&str>, branch: Option<&str>) {
        let heads = Heads::read(out, None, "fleet").expect("heads");
        let text = |id: Option<Oid>| id.map(|id| id.to_string());
        assert_eq!(text(heads.head).as_deref(), head, "{out}");
        assert_eq!(text(heads.branch).as_deref(), branch, "{out}");
        assert_eq!(heads.name.as_deref(), Some("refs/heads/main"));
    }

    #[test]
    fn what_a_remote_has_is_read() {
        let head = format!("ref: refs/heads/main\tHEAD\n{A}\tHEAD\n");
        check(&head, Some(A), None);
        check(&format!("{head}{B}\trefs/heads/fleet\n"), Some(A), Some(B));
        check(
            &format!("{head}{B}\trefs/x/refs/heads/fleet\n"),
            Some(A),
            None,
        );
        check("", None, None);
        check(&format!("{B}\trefs/heads/fleet\n"), None, Some(B));
    }

    #[test]
    fn a_branch_that_somebody_named_counts_in_place_of_head() {
        let out = format!("ref: refs/heads/main\tHEAD\n{A}\tHEAD\n{B}\trefs/heads/next\n");
        let heads = Heads::read(&out, Some("next"), "fleet").expect("heads");
        assert_eq!(heads.name.as_deref(), Some("refs/heads/next"));
        assert_eq!(heads.head.map(|id| id.to_string()).as_deref(), Some(B));
        let error = Heads::read(&out, Some("gone"), "fleet").expect_err("an error");
        assert!(matches!(error, RemoteError::NoBranch(_)), "{error}");
    }

    #[test]
    fn a_head_on_no_branch_is_a_commit() {
        let heads = Heads::read(&format!("{A}\tHEAD\n"), None, "fleet").expect("heads");
        assert_eq!((heads.name, heads.head.is_some()), (None, true));
    }
}
