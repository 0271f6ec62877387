//! Spellings of a model's id: which known id a text means.

use crate::catalog::{Model, Status};

/// What a text is among the known ids.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing<'m> {
    /// Just so.
    Known(&'m Model),
    /// In another spelling: dots, underscores, capitals, another order.
    Misspelt(&'m str),
    /// A letter or two away from one id alone.
    Near(&'m str),
    /// None of them, but of the family.
    Unknown,
    /// Nothing that we know of.
    Foreign,
}

/// Returns what a text without vendor is among the known ids and the names of the manifest.
pub(super) fn standing<'m>(text: &str, models: &'m [Model], own: &'m [String]) -> Standing<'m> {
    let ids = |model: &'m Model| std::iter::once(&model.id).chain(&model.also);
    let is = |model: &&Model| ids_of(model).any(|id| id == text || dated(text) == Some(id));
    if let Some(model) = models.iter().find(is) {
        return match (model.status, &model.instead) {
            (Status::Misspelt, Some(instead)) => Standing::Misspelt(instead),
            _ => Standing::Known(model),
        };
    }
    if is_of_a_cloud(text) {
        return Standing::Foreign;
    }
    let plain = normal(text);
    let named = models
        .iter()
        .filter(|model| model.status != Status::Misspelt);
    let candidates: Vec<&str> = named.flat_map(ids).chain(own).map(String::as_str).collect();
    if let Some(right) = candidates.iter().find(|id| normal(id) == plain) {
        return Standing::Misspelt(right);
    }
    if let Some(near) = nearest(&plain, &candidates) {
        return Standing::Near(near);
    }
    if plain.starts_with("claude") {
        Standing::Unknown
    } else {
        Standing::Foreign
    }
}

fn ids_of(model: &Model) -> impl Iterator<Item = &str> {
    std::iter::once(&model.id)
        .chain(&model.also)
        .map(String::as_str)
}

/// An id with a day behind it, without that day.
fn dated(text: &str) -> Option<&str> {
    let (id, day) = text.rsplit_once(['-', '@'])?;
    (day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit())).then_some(id)
}

/// Ids of Bedrock, Vertex and of endpoints that carry a family's name.
fn is_of_a_cloud(text: &str) -> bool {
    text.contains("anthropic.claude") || text.starts_with("arn:") || text.contains(['@', ':'])
}

/// Lower case, dashes alone, and of Claude's ids the family before the version.
fn normal(text: &str) -> String {
    let lower = text
        .trim()
        .to_ascii_lowercase()
        .replace(['.', '_', ' '], "-");
    let parts: Vec<&str> = lower.split('-').filter(|part| !part.is_empty()).collect();
    let [first, rest @ ..] = parts.as_slice() else {
        return lower;
    };
    if *first != "claude" {
        return parts.join("-");
    }
    let is_number = |part: &&&str| part.bytes().all(|b| b.is_ascii_digit()) && part.len() < 8;
    let (numbers, names): (Vec<&&str>, Vec<&&str>) = rest.iter().partition(is_number);
    let mut all = vec![*first];
    all.extend(names);
    all.extend(numbers);
    all.join("-")
}

/// The one id that a slip of the keyboard away; digits are no slip, but another model.
fn nearest<'m>(plain: &str, candidates: &[&'m str]) -> Option<&'m str> {
    const NEAR: usize = 2;
    if plain.len() < 8 {
        return None;
    }
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    let wanted = digits(plain);
    let far = |id: &str| strsim::damerau_levenshtein(&normal(id), plain);
    let close = candidates.iter().filter(|id| digits(id) == wanted);
    let mut close: Vec<(usize, &&str)> = close.map(|id| (far(id), id)).collect();
    close.sort();
    match close.as_slice() {
        [(distance, id), rest @ ..] if *distance <= NEAR => {
            let alone = rest
                .first()
                .is_none_or(|(next, other)| next > distance || other == id);
            alone.then_some(**id)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn spellings_lead_to_the_id_that_is_meant() {
        let models = Catalog::embedded().models().expect("a catalogue");
        let own = ["house-model-large".to_owned()];
        let check = |text: &str, expected: &str| {
            let found = match standing(text, &models, &own) {
                Standing::Known(model) => format!("known {}", model.id),
                Standing::Misspelt(id) => format!("misspelt {id}"),
                Standing::Near(id) => format!("near {id}"),
                Standing::Unknown => "unknown".to_owned(),
                Standing::Foreign => "foreign".to_owned(),
            };
            assert_eq!(found, expected, "{text}");
        };
        check("claude-sonnet-4-6", "known claude-sonnet-4-6");
        check("claude-sonnet-4-6-20260217", "known claude-sonnet-4-6");
        for wrong in [
            "claude-sonnet-4.6",
            "claude-4-6-sonnet",
            "Claude_Sonnet-4_6",
            "claude-4.6-sonnet",
        ] {
            check(wrong, "misspelt claude-sonnet-4-6");
        }
        check("cluade-sonnet-4-6", "near claude-sonnet-4-6");
        check("claude-sonet-4-6", "near claude-sonnet-4-6");
        check("house-model-lrage", "near house-model-large");
        check("claude-sonnet-4-9", "unknown");
        check("llama-4-scout", "foreign");
        check("us.anthropic.claude-sonnet-4-6-v1:0", "foreign");
    }
}
