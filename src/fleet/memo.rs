//! What the pipeline said of a tree, known again for every tree that gives it the same answers.
//!
//! The pipeline asks a tree one path after another, and which one it asks next depends on nothing but the
//! answers so far. So its questions form a tree of their own: walking it down costs a look at some entries,
//! no blob is read and nothing is rendered.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use crate::git::{Answer, Asked, Snapshot};

/// How many bytes of results are kept; what does not fit is made again.
const MOST: usize = 48 * 1024 * 1024;
/// How many results are kept.
const LEAVES: usize = 50_000;

/// What is known, for threads to share.
#[derive(Debug)]
pub(super) struct Memo<T>(RwLock<Known<T>>);

#[derive(Debug)]
struct Known<T> {
    roots: HashMap<u64, usize>,
    nodes: Vec<Node<T>>,
    next: HashMap<(usize, Answer), usize>,
    bytes: usize,
    leaves: usize,
}

#[derive(Debug)]
enum Node<T> {
    Ask(Asked),
    Done(Arc<T>),
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(RwLock::new(Known {
            roots: HashMap::new(),
            nodes: Vec::new(),
            next: HashMap::new(),
            bytes: 0,
            leaves: 0,
        }))
    }
}

impl<T> Memo<T> {
    /// Returns what is known of a tree under a key, which stands for all that the pipeline gets besides.
    pub(super) fn find(&self, key: u64, tree: &Snapshot) -> Option<Arc<T>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut at = *known.roots.get(&key)?;
        loop {
            match known.nodes.get(at)? {
                Node::Done(made) => return Some(Arc::clone(made)),
                Node::Ask(asked) => {
                    let answer = tree.answer(asked).ok()?;
                    at = *known.next.get(&(at, answer))?;
                }
            }
        }
    }

    /// Remembers what the pipeline made of a tree, by what it asked, and how many bytes that takes.
    pub(super) fn learn(&self, key: u64, tree: &Snapshot, made: &Arc<T>, size: usize) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.leaves >= LEAVES || known.bytes + size > MOST {
            return;
        }
        let mut before: HashSet<Asked> = HashSet::new();
        let mut way = tree.asked();
        way.retain(|(asked, _)| before.insert(asked.clone()));
        let Known {
            roots,
            nodes,
            next,
            bytes,
            leaves,
        } = &mut *known;
        let mut at = roots.get(&key).copied();
        let mut from: Option<(usize, Answer)> = None;
        for (asked, answer) in way {
            let here = at.unwrap_or(nodes.len());
            match nodes.get(here) {
                // Somebody else has learnt it meanwhile, or it asks in another order: that is no error.
                Some(Node::Done(_)) => return,
                Some(Node::Ask(known)) if *known != asked => return,
                Some(Node::Ask(_)) => {}
                None => nodes.push(Node::Ask(asked)),
            }
            link(roots, next, key, from, here);
            let to = (here, answer);
            at = next.get(&to).copied();
            from = Some(to);
        }
        if at.is_none() {
            link(roots, next, key, from, nodes.len());
            nodes.push(Node::Done(Arc::clone(made)));
            *bytes += size;
            *leaves += 1;
        }
    }
}

fn link(
    roots: &mut HashMap<u64, usize>,
    next: &mut HashMap<(usize, Answer), usize>,
    key: u64,
    from: Option<(usize, Answer)>,
    to: usize,
) {
    match from {
        None => roots.insert(key, to),
        Some(from) => next.insert(from, to),
    };
}
