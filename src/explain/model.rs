//! Which model a session asks for, and what the client's own names stand for.

use super::Facts;
use super::start::{Given, Layer, Origin, Start};
use crate::catalog::Alias;
use crate::model::{Value, Version};

/// The alias of a session for which nobody chose a model.
const DEFAULT: &str = "default";

/// The model of a session.
pub(super) struct Choice {
    /// What the body of a request says.
    pub(super) sent: String,
    /// Who chose it; of the default layer where nobody did.
    pub(super) chosen: Given,
    /// What was not chosen: first that which ranks next.
    pub(super) shadowed: Vec<Given>,
    /// What an alias took its meaning from.
    pub(super) through: Option<Given>,
    /// Whether a list of allowed models refused what was chosen.
    pub(super) refused: Option<String>,
}

/// Returns the model that a session asks for.
pub(super) fn choose(start: &Start, facts: &Facts) -> Choice {
    let variable = |name: &str| start.variable(name).into_iter().cloned().collect();
    let mut ranks: Vec<Vec<Given>> = vec![
        start.model.iter().cloned().collect(),
        variable("ANTHROPIC_MODEL"),
        start.key("model"),
    ];
    if start.is_recent() {
        ranks.push(variable("ANTHROPIC_DEFAULT_MODEL"));
    }
    // The strongest value of a rank speaks for it; an empty one hands over to the next rank.
    let speaks = |rank: &Vec<Given>| rank.first().is_some_and(|first| !is_blank(first));
    let winner = ranks.iter().position(speaks);
    let chosen = winner.map_or_else(unset, |at| ranks[at][0].clone());
    let all = ranks.into_iter().enumerate().flat_map(|(rank, list)| {
        let own = move |(place, given)| (Some(rank) != winner || place != 0).then_some(given);
        list.into_iter().enumerate().filter_map(own)
    });
    let shadowed = all.collect();
    let allowed = allowed(start);
    let refused = allowed.filter(|list| !is_allowed(list, &chosen, start, facts));
    let by_name = means_default(&chosen);
    let (sent, through) = if refused.is_some() || by_name {
        nobodys(&chosen, start, facts)
    } else if without_window(chosen.value.trim()).eq_ignore_ascii_case(DEFAULT) {
        (without_window(chosen.value.trim()).to_owned(), None)
    } else {
        resolve(&chosen.value, start, facts)
    };
    Choice {
        sent,
        refused: refused.map(|_| chosen.value.clone()),
        chosen,
        shadowed,
        through,
    }
}

/// Returns what a name stands for, and the variable or built-in id that says so.
pub(super) fn resolve(name: &str, start: &Start, facts: &Facts) -> (String, Option<Given>) {
    let bare = without_window(name.trim());
    let Some(alias) = facts.alias(&bare.to_ascii_lowercase(), &start.client) else {
        return (bare.to_owned(), None);
    };
    let variable = alias.variable.as_deref();
    let strongest = variable.and_then(|name| start.variable(name).into_iter().next());
    if let Some(given) = strongest.filter(|given| !is_blank(given)) {
        return (
            without_window(given.value.trim()).to_owned(),
            Some(given.clone()),
        );
    }
    let built_in = Given {
        name: alias.alias.clone(),
        value: alias.model.clone(),
        origin: Origin::of(Layer::Default),
    };
    (alias.model.clone(), Some(built_in))
}

impl Facts {
    /// Returns what a release takes a name for; none: for the id of a model.
    pub(super) fn alias(&self, name: &str, client: &Version) -> Option<&Alias> {
        let at = |text: &Option<String>| text.as_deref().and_then(Version::parse);
        let since = |row: &&Alias| at(&row.from).is_none_or(|from| *client >= from);
        let until = |row: &&Alias| at(&row.below).is_none_or(|below| *client < below);
        let mut rows = self.aliases.iter();
        rows.find(|row| row.alias == name && since(row) && until(row))
    }
}

/// What is asked for where a choice is to have none: the model that new sessions start with.
fn nobodys(chosen: &Given, start: &Start, facts: &Facts) -> (String, Option<Given>) {
    let new = start.variable("ANTHROPIC_DEFAULT_MODEL").into_iter().next();
    let new = new.filter(|given| start.is_recent() && !is_blank(given) && !means_default(given));
    match new.filter(|_| chosen.name == "--model") {
        Some(given) => {
            let (sent, _) = resolve(&given.value, start, facts);
            (sent, Some(given.clone()))
        }
        None => resolve(DEFAULT, start, facts),
    }
}

/// Whether a choice is to have none: `default` is an alias there alone, and elsewhere an id like any
/// other.
fn means_default(chosen: &Given) -> bool {
    let value = chosen.value.trim();
    match chosen.name.as_str() {
        "--model" => value == DEFAULT,
        "ANTHROPIC_DEFAULT_MODEL" => value.eq_ignore_ascii_case(DEFAULT),
        _ => chosen.origin.layer == Layer::Default,
    }
}

fn is_blank(given: &Given) -> bool {
    given.value.trim().is_empty()
}

/// The name without the mark of a wide context window, which the gateway is not told.
fn without_window(name: &str) -> &str {
    let mark = "[1m]";
    let at = name.len().saturating_sub(mark.len());
    match name.get(at..) {
        Some(tail) if tail.eq_ignore_ascii_case(mark) => &name[..at],
        _ => name,
    }
}

fn unset() -> Given {
    Given {
        name: "model".to_owned(),
        value: DEFAULT.to_owned(),
        origin: Origin::of(Layer::Default),
    }
}

/// The models that the lists of all files together let be chosen; none: all.
fn allowed(start: &Start) -> Option<Vec<String>> {
    let keys = start.settings.iter().flat_map(|file| &file.keys);
    let lists = keys.filter(|key| key.name == "availableModels");
    let mut lists = lists.filter_map(|key| key.value.as_array()).peekable();
    lists.peek()?;
    let texts = lists.flatten().filter_map(Value::as_str);
    Some(texts.map(str::to_owned).collect())
}

fn is_allowed(list: &[String], chosen: &Given, start: &Start, facts: &Facts) -> bool {
    if means_default(chosen) {
        return true;
    }
    let wanted = without_window(chosen.value.trim()).to_ascii_lowercase();
    let (sent, _) = resolve(&chosen.value, start, facts);
    let same = |name: &String| {
        let name = without_window(name.trim());
        name.eq_ignore_ascii_case(&wanted) || resolve(name, start, facts).0 == sent
    };
    list.iter().any(same)
}
