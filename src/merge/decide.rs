//! The one merge rule, for trees of values; knows no format.

use std::collections::BTreeSet;

use crate::model::{BaseFile, Conflict, KeyPath, Tree, Value};

/// What a file holds at a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Nothing.
    Absent,
    /// This value.
    Value(Value),
    /// Something else than a container stands at a key above.
    Blocked(KeyPath, Value),
}

/// One change to a structured file.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Make the key say this.
    Set(KeyPath, Value),
    /// Take the key out.
    Remove(KeyPath),
}

impl Edit {
    /// Returns the key that changes.
    pub fn key(&self) -> &KeyPath {
        match self {
            Self::Set(key, _) | Self::Remove(key) => key,
        }
    }
}

/// What is to be done, and what is remembered of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// Changes, in the order of the desired state.
    pub edits: Vec<Edit>,
    /// Keys that are left alone.
    pub conflicts: Vec<Conflict>,
    /// The keys' new base.
    pub base: Tree,
    /// Keys that stood there before we gave them.
    pub found: BTreeSet<KeyPath>,
    /// Keys the user deleted.
    pub tombstones: BTreeSet<KeyPath>,
    /// Keys in conflict.
    pub pending: BTreeSet<KeyPath>,
    /// Keys among them that nothing is wanted for any more.
    pub dropped: BTreeSet<KeyPath>,
}

/// Decides every key of base and desired state.
///
/// Equal sides stay; an unchanged side takes the other's value; a key the user deleted stays
/// deleted; anything else is a conflict, which keeps the user's value and the old base. What is wanted
/// no more goes, unless it stood there before us.
pub fn decide(
    base: &BaseFile,
    actual: impl Fn(&KeyPath) -> Found,
    desired: &[(KeyPath, Value)],
) -> Decision {
    let mut decision = Decision::default();
    for (key, wanted) in desired {
        decide_wanted(&mut decision, base, key, wanted, actual(key));
    }
    let wanted: BTreeSet<&KeyPath> = desired.iter().map(|(key, _)| key).collect();
    for (key, rendered) in &base.keys {
        if wanted.contains(key) {
            continue;
        }
        match actual(key) {
            Found::Value(actual) if actual == *rendered && base.found.contains(key) => {}
            Found::Value(actual) if actual == *rendered => {
                decision.edits.push(Edit::Remove(key.clone()));
            }
            Found::Value(actual) if base.dropped.contains(key) => {
                drop_changed(&mut decision, key, rendered, actual);
            }
            _ => {}
        }
    }
    decision
}

impl Decision {
    /// Leaves keys to the user after all: a change becomes a conflict, a removal does not happen.
    pub fn protect(&mut self, keys: &BTreeSet<KeyPath>, base: &BaseFile) {
        for edit in std::mem::take(&mut self.edits) {
            match edit {
                Edit::Set(key, wanted) if keys.contains(&key) => {
                    let rendered = base.keys.get(&key).cloned();
                    match &rendered {
                        Some(rendered) => self.base.insert(key.clone(), rendered.clone()),
                        None => self.base.remove(&key),
                    };
                    self.pending.insert(key.clone());
                    self.conflicts.push(Conflict {
                        key,
                        actual: rendered.clone(),
                        base: rendered,
                        desired: Some(wanted),
                    });
                }
                Edit::Remove(key) if keys.contains(&key) => {}
                other => self.edits.push(other),
            }
        }
    }
}

/// A dropped key whose value the user changed goes or stays as the user says.
fn drop_changed(decision: &mut Decision, key: &KeyPath, rendered: &Value, actual: Value) {
    decision.base.insert(key.clone(), rendered.clone());
    decision.pending.insert(key.clone());
    decision.dropped.insert(key.clone());
    decision.conflicts.push(Conflict {
        key: key.clone(),
        base: Some(rendered.clone()),
        actual: Some(actual),
        desired: None,
    });
}

fn decide_wanted(
    decision: &mut Decision,
    base: &BaseFile,
    key: &KeyPath,
    wanted: &Value,
    found: Found,
) {
    let rendered = base.keys.get(key);
    let remember = |decision: &mut Decision, value: &Value| {
        decision.base.insert(key.clone(), value.clone());
    };
    let actual = match found {
        Found::Absent if rendered.is_some() || base.tombstones.contains(key) => {
            decision.tombstones.insert(key.clone());
            return remember(decision, rendered.unwrap_or(wanted));
        }
        Found::Absent => {
            decision.edits.push(Edit::Set(key.clone(), wanted.clone()));
            return remember(decision, wanted);
        }
        Found::Value(actual) => actual,
        Found::Blocked(at, value) if base.keys.get(&at) == Some(&value) => {
            decision.edits.push(Edit::Set(key.clone(), wanted.clone()));
            return remember(decision, wanted);
        }
        // Whoever takes a name of ours for something else, and says so, has deleted what is below.
        Found::Blocked(at, _) if base.tombstones.contains(&at) => {
            decision.tombstones.insert(at);
            if let Some(rendered) = rendered {
                remember(decision, rendered);
            }
            return;
        }
        Found::Blocked(at, value) => {
            if !decision.pending.contains(&at) {
                decision.pending.insert(at.clone());
                decision.conflicts.push(Conflict {
                    key: at,
                    base: None,
                    actual: Some(value),
                    desired: Some(wanted.clone()),
                });
            }
            if let Some(rendered) = rendered {
                remember(decision, rendered);
            }
            return;
        }
    };
    let is_new = rendered.is_none() && !base.tombstones.contains(key) && !key.0.is_empty();
    if base.found.contains(key) || (is_new && actual == *wanted) {
        decision.found.insert(key.clone());
    }
    if actual == *wanted {
        remember(decision, wanted);
    } else if rendered == Some(&actual) {
        decision.edits.push(Edit::Set(key.clone(), wanted.clone()));
        remember(decision, wanted);
    } else if rendered == Some(wanted) {
        remember(decision, wanted);
    } else {
        decision.pending.insert(key.clone());
        if let Some(rendered) = rendered {
            remember(decision, rendered);
        }
        let conflict = Conflict {
            key: key.clone(),
            base: rendered.cloned(),
            actual: Some(actual),
            desired: Some(wanted.clone()),
        };
        decision.conflicts.push(conflict);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: Option<i64>, actual: Option<i64>, desired: Option<i64>, expected: &str) {
        let key = KeyPath::root().key("k");
        let mut file = BaseFile::default();
        file.keys
            .extend(base.map(|v| (key.clone(), Value::from(v))));
        let wanted: Vec<_> = desired
            .map(|v| (key.clone(), Value::from(v)))
            .into_iter()
            .collect();
        let found = actual.map_or(Found::Absent, |v| Found::Value(Value::from(v)));
        let d = decide(&file, |_| found.clone(), &wanted);
        let edit = match d.edits.first() {
            Some(Edit::Set(_, v)) => format!("set {v}"),
            Some(Edit::Remove(_)) => "remove".to_owned(),
            None if !d.conflicts.is_empty() => "conflict".to_owned(),
            None if !d.tombstones.is_empty() => "tombstone".to_owned(),
            None => "keep".to_owned(),
        };
        let base = d.base.get(&key).map_or("-".to_owned(), Value::to_string);
        assert_eq!(format!("{edit}, base {base}"), expected);
    }

    #[test]
    fn every_row_of_the_rule() {
        check(None, None, Some(1), "set 1, base 1");
        check(None, Some(1), Some(1), "keep, base 1");
        check(None, Some(2), Some(1), "conflict, base -");
        check(Some(1), Some(1), Some(2), "set 2, base 2");
        check(Some(1), Some(3), Some(1), "keep, base 1");
        check(Some(1), Some(3), Some(2), "conflict, base 1");
        check(Some(1), Some(2), Some(2), "keep, base 2");
        check(Some(1), None, Some(2), "tombstone, base 1");
        check(Some(1), Some(1), None, "remove, base -");
        check(Some(1), Some(3), None, "keep, base -");
        check(Some(1), None, None, "keep, base -");
    }

    #[test]
    fn a_dropped_key_that_the_user_changed_is_a_conflict() {
        let key = KeyPath::root().key("k");
        let one = Value::from(1);
        let mut file = BaseFile::default();
        file.keys.insert(key.clone(), one.clone());
        file.dropped.insert(key.clone());
        let d = decide(&file, |_| Found::Value(Value::from(2)), &[]);
        assert_eq!((d.conflicts.len(), d.edits.len()), (1, 0));
        assert_eq!(d.conflicts[0].desired, None);
        assert_eq!((&d.base, &d.dropped), (&file.keys, &file.dropped));
        let d = decide(&file, |_| Found::Value(one.clone()), &[]);
        assert_eq!(d.edits, [Edit::Remove(key.clone())]);
        assert_eq!(decide(&file, |_| Found::Absent, &[]), Decision::default());
        let d = decide(&file, |_| Found::Value(Value::from(2)), &[(key, one)]);
        assert_eq!((d.conflicts.len(), d.dropped.len()), (0, 0));
    }
}
