//! What is at the forge, and what is wanted → the one thing to do about it.

use super::block;
use crate::fleet::{Proposal, Standing};

/// What a merge request is to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The change's id; none where nothing is left to say of it.
    pub(super) change: Option<&'a str>,
    /// The commit that is proposed.
    pub(super) commit: &'a str,
    pub(super) title: &'a str,
    /// The body, without its marks.
    pub(super) body: &'a str,
    pub(super) labels: &'a [String],
}

impl Wanted<'_> {
    /// Returns the body between its marks.
    pub(super) fn block(&self) -> String {
        block::marked(self.change.unwrap_or(self.commit), self.title, self.body)
    }
}

/// How a merge request stands at the forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    Closed,
    Merged,
}

/// One merge request of the branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) number: u64,
    pub(super) state: State,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) labels: Vec<String>,
    pub(super) url: String,
    /// Its newest commit.
    pub(super) commit: String,
}

/// What is to change about an open merge request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Changes {
    pub(super) title: Option<String>,
    pub(super) body: Option<String>,
    /// Labels it lacks.
    pub(super) labels: Vec<String>,
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.title.is_none() && self.body.is_none() && self.labels.is_empty()
    }
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Nothing: it stands so.
    Leave(Proposal),
    /// Bring an open one up to date.
    Update {
        number: u64,
        url: String,
        changes: Changes,
    },
    /// Open one.
    Open,
}

/// Decides, from all merge requests that the branch ever had.
pub(super) fn decide(found: &[Found], wanted: &Wanted<'_>) -> Act {
    let newest = |state| {
        let such = found.iter().filter(move |one| one.state == state);
        such.max_by_key(|one| one.number)
    };
    if let Some(open) = newest(State::Open) {
        let changes = changes(open, wanted);
        if changes.is_empty() {
            return Act::Leave(proposal(Standing::Open, open));
        }
        return Act::Update {
            number: open.number,
            url: open.url.clone(),
            changes,
        };
    }
    let merged = newest(State::Merged).filter(|one| one.commit == wanted.commit);
    if let Some(merged) = merged {
        return Act::Leave(proposal(Standing::Merged, merged));
    }
    let closed = found.iter().filter(|one| one.state == State::Closed);
    let refused = closed.filter(|one| {
        let of = block::mark(&one.body).map(|mark| mark.change);
        one.commit == wanted.commit || (of.is_some() && of == wanted.change)
    });
    match refused.max_by_key(|one| one.number) {
        Some(refused) => Act::Leave(proposal(Standing::Closed, refused)),
        None => Act::Open,
    }
}

fn changes(open: &Found, wanted: &Wanted<'_>) -> Changes {
    let lacks = |label: &&String| {
        let same = |other: &String| other.eq_ignore_ascii_case(label);
        !open.labels.iter().any(same)
    };
    let mut changes = Changes {
        labels: wanted.labels.iter().filter(lacks).cloned().collect(),
        ..Changes::default()
    };
    if wanted.change.is_none() {
        return changes;
    }
    let body = open.body.replace("\r\n", "\n");
    let renewed = block::renewed(&body, &wanted.block());
    // A title that is not the one we gave is somebody's.
    let ours = block::mark(&body).is_some_and(|mark| mark.gave(&open.title));
    let title = open.title.trim() != wanted.title.trim();
    changes.title = (ours && title).then(|| wanted.title.to_owned());
    changes.body = (renewed.trim() != body.trim()).then_some(renewed);
    changes
}

fn proposal(standing: Standing, found: &Found) -> Proposal {
    Proposal {
        standing,
        url: Some(found.url.clone()).filter(|url| !url.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted<'static> = Wanted {
        change: Some("aaaaaaaaaaaa"),
        commit: "c1",
        title: "Title",
        body: "Body",
        labels: &[],
    };

    fn found(state: State, wanted: &Wanted<'_>) -> Found {
        Found {
            number: 7,
            state,
            title: wanted.title.to_owned(),
            body: wanted.block(),
            labels: vec!["Gateway".to_owned()],
            url: "u".to_owned(),
            commit: wanted.commit.to_owned(),
        }
    }

    fn left(standing: Standing) -> Act {
        let url = Some("u".to_owned());
        Act::Leave(Proposal { standing, url })
    }

    fn updated(found: &[Found], wanted: &Wanted<'_>) -> Changes {
        match decide(found, wanted) {
            Act::Update { changes, .. } => changes,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_there_is_opened_and_what_is_there_is_left() {
        assert_eq!(decide(&[], &WANTED), Act::Open);
        let open = found(State::Open, &WANTED);
        assert_eq!(decide(&[open], &WANTED), left(Standing::Open));
    }

    #[test]
    fn what_people_wrote_stays() {
        let later = Wanted {
            change: Some("bbbbbbbbbbbb"),
            title: "Other",
            ..WANTED
        };
        let mut open = found(State::Open, &WANTED);
        assert_eq!(
            updated(std::slice::from_ref(&open), &later)
                .title
                .as_deref(),
            Some("Other")
        );
        open.title = "Draft: Title".to_owned();
        open.body = format!("Read me.\r\n\r\n{}\r\n- [x] tried", open.body);
        assert_eq!(
            decide(std::slice::from_ref(&open), &WANTED),
            left(Standing::Open)
        );
        let changes = updated(&[open], &later);
        let body = changes.body.expect("a body");
        assert_eq!(changes.title, None);
        assert!(body.starts_with("Read me.\n") && body.ends_with("\n- [x] tried"));
        assert!(body.contains("bbbbbbbbbbbb") && !body.contains("aaaaaaaaaaaa"));
    }

    #[test]
    fn labels_that_are_missing_are_added_and_others_stay() {
        let labels = ["gateway".to_owned(), "fleet".to_owned()];
        let wanted = Wanted {
            labels: &labels,
            ..WANTED
        };
        let changes = updated(&[found(State::Open, &wanted)], &wanted);
        assert_eq!(
            changes,
            Changes {
                labels: vec!["fleet".to_owned()],
                ..Changes::default()
            }
        );
    }

    #[test]
    fn a_closed_one_is_respected_for_its_change_only() {
        let closed = found(State::Closed, &WANTED);
        assert_eq!(
            decide(std::slice::from_ref(&closed), &WANTED),
            left(Standing::Closed)
        );
        let rebased = Wanted {
            commit: "c2",
            ..WANTED
        };
        assert_eq!(
            decide(std::slice::from_ref(&closed), &rebased),
            left(Standing::Closed)
        );
        let other = Wanted {
            change: Some("bbbbbbbbbbbb"),
            ..rebased
        };
        assert_eq!(decide(std::slice::from_ref(&closed), &other), Act::Open);
        let mut open = found(State::Open, &WANTED);
        open.number = 3;
        assert_eq!(decide(&[closed, open], &WANTED), left(Standing::Open));
    }

    #[test]
    fn a_merged_one_is_done_unless_the_branch_went_on() {
        let merged = found(State::Merged, &WANTED);
        assert_eq!(
            decide(std::slice::from_ref(&merged), &WANTED),
            left(Standing::Merged)
        );
        let further = Wanted {
            commit: "c2",
            ..WANTED
        };
        assert_eq!(decide(&[merged], &further), Act::Open);
    }

    #[test]
    fn where_nothing_is_left_to_say_an_open_one_stays_as_it_is() {
        let silent = Wanted {
            change: None,
            body: "",
            title: "x",
            ..WANTED
        };
        let open = found(State::Open, &WANTED);
        assert_eq!(decide(&[open], &silent), left(Standing::Open));
        let closed = found(State::Closed, &WANTED);
        assert_eq!(decide(&[closed], &silent), left(Standing::Closed));
    }
}
