//! Fragments of one file → the file.

use super::RenderError;
use crate::model::{DesiredFile, Format, Mode, RepoPath, Value};

pub(super) struct Fragment {
    pub(super) template: String,
    pub(super) format: Format,
    pub(super) mode: Mode,
    pub(super) text: String,
}

pub(super) fn combine(
    path: &RepoPath,
    fragments: Vec<Fragment>,
) -> Result<DesiredFile, RenderError> {
    let format = fragments.first().map_or(Format::WholeFile, |f| f.format);
    let single = matches!(format, Format::WholeFile | Format::Block);
    if fragments.iter().any(|f| f.format != format) || (single && fragments.len() > 1) {
        return Err(RenderError::Clash(path.to_string()));
    }
    let executable = fragments.iter().any(|f| f.mode == Mode::Executable);
    let mode = if executable {
        Mode::Executable
    } else {
        Mode::Regular
    };
    let text = if matches!(format, Format::Json | Format::Jsonc) {
        json(fragments)?
    } else {
        let mut texts = fragments.into_iter().map(|f| f.text);
        let first = texts.next().unwrap_or_default();
        texts.fold(first, |whole, text| whole + &text)
    };
    let text = if format == Format::WholeFile || text.trim().is_empty() {
        text
    } else {
        text.trim_start_matches('\n').to_owned()
    };
    Ok(DesiredFile { format, mode, text })
}

fn json(fragments: Vec<Fragment>) -> Result<String, RenderError> {
    let mut whole = Value::Object(serde_json::Map::new());
    for fragment in fragments {
        let part = serde_json::from_str(&fragment.text).map_err(|e| RenderError::Fragment {
            template: fragment.template,
            format: "JSON",
            message: e.to_string(),
        })?;
        merge(&mut whole, part);
    }
    let text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    Ok(text + "\n")
}

fn merge(into: &mut Value, part: Value) {
    match (into, part) {
        (Value::Object(into), Value::Object(part)) => {
            for (key, value) in part {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(part)) => {
            for value in part {
                if !into.contains(&value) {
                    into.push(value);
                }
            }
        }
        (into, part) => *into = part,
    }
}
