//! What the pipeline said of a tree, known again for every tree that gives it the same answers.
//!
//! The pipeline asks a tree one path after another, and which one it asks next depends on nothing but the
//! answers so far. So its questions form a tree of their own: walking it down costs a look at some entries,
//! no blob is read and nothing is rendered.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::made::Made;
use crate::git::{Entry, Snapshot};

/// How many bytes of results are kept; what does not fit is made again.
const MOST: usize = 48 * 1024 * 1024;
/// How many results are kept.
const LEAVES: usize = 50_000;

/// What is known, for threads to share.
#[derive(Debug, Default)]
pub(super) struct Memo(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    roots: HashMap<u64, usize>,
    nodes: Vec<Node>,
    next: HashMap<(usize, Option<Entry>), usize>,
    bytes: usize,
    leaves: usize,
}

#[derive(Debug)]
enum Node {
    Ask(String),
    Done(Arc<Made>),
}

impl Memo {
    /// Returns what is known of a tree under a key, which stands for all that the pipeline gets besides.
    pub(super) fn find(&self, key: u64, tree: &Snapshot) -> Option<Arc<Made>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut at = *known.roots.get(&key)?;
        loop {
            match known.nodes.get(at)? {
                Node::Done(made) => return Some(Arc::clone(made)),
                Node::Ask(path) => {
                    let answer = tree.answer(path).ok()?;
                    at = *known.next.get(&(at, answer))?;
                }
            }
        }
    }

    /// Remembers what the pipeline made of a tree, by what it asked.
    pub(super) fn learn(&self, key: u64, tree: &Snapshot, made: &Arc<Made>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let size = made.size();
        if known.leaves >= LEAVES || known.bytes + size > MOST {
            return;
        }
        let mut asked: HashMap<String, ()> = HashMap::new();
        let mut way: Vec<(String, Option<Entry>)> = Vec::new();
        for (path, answer) in tree.asked() {
            if asked.insert(path.clone(), ()).is_none() {
                way.push((path, answer));
            }
        }
        let Known { roots, nodes, next, bytes, leaves } = &mut *known;
        let mut at = roots.get(&key).copied();
        let mut from: Option<(usize, Option<Entry>)> = None;
        for (path, answer) in way {
            let here = at.unwrap_or(nodes.len());
            match nodes.get(here) {
                // Somebody else has learnt it meanwhile, or it asks in another order: that is no error.
                Some(Node::Done(_)) => return,
                Some(Node::Ask(known)) if *known != path => return,
                Some(Node::Ask(_)) => {}
                None => nodes.push(Node::Ask(path)),
            }
            link(roots, next, key, from, here);
            from = Some((here, answer));
            at = next.get(&(here, answer)).copied();
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
    next: &mut HashMap<(usize, Option<Entry>), usize>,
    key: u64,
    from: Option<(usize, Option<Entry>)>,
    to: usize,
) {
    match from {
        None => roots.insert(key, to),
        Some(from) => next.insert(from, to),
    };
}
