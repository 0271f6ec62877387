//! The environment that the terminal of VS Code gives to what is started in it.

use super::around::Around;
use super::start::{Given, Layer, Origin, Start};
use super::{Facts, file};
use crate::merge;
use crate::model::Value;

/// Returns the start in the terminal: its variables stand in place of those of the environment.
pub(super) fn start(around: &Around, facts: &Facts) -> Start {
    let mut start = around.plain(facts);
    let Some(text) = &around.editor else {
        return start;
    };
    let key = format!("terminal.integrated.env.{}", around.system);
    let body = match &text.text {
        Ok(body) => body,
        Err(why) => {
            start
                .notes
                .push(format!("`{}` counts for nothing: {why}", text.path));
            return start;
        }
    };
    let Some(value) = merge::jsonc_value(body) else {
        start.notes.push(format!(
            "`{}` is not JSON, so VS Code does not read it",
            text.path
        ));
        return start;
    };
    let lines = file::Lines::of(body);
    let block = value.get(&key).and_then(Value::as_object);
    for (name, value) in block.into_iter().flatten() {
        let (mut stay, gone): (Vec<Given>, Vec<Given>) = start
            .environment
            .drain(..)
            .partition(|given| given.name != *name);
        let at = place(body, &key, name).map(|at| lines.at(at));
        if let Value::String(text_of) = value {
            stay.push(Given {
                name: name.clone(),
                value: expanded(text_of, around),
                origin: Origin {
                    layer: Layer::Terminal,
                    file: Some(text.path.clone()),
                    line: at.map(|(line, _)| line),
                    column: at.map(|(_, column)| column),
                },
            });
        }
        start.environment = stay;
        start.replaced.extend(gone);
    }
    start
}

/// The text with `${env:NAME}` replaced; a variable that is not set is empty.
fn expanded(text: &str, around: &Around) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${env:") {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        out.push_str(around.environment.get(name).map_or("", String::as_str));
        rest = tail;
    }
    out + rest
}

/// The offset at which a variable stands below its block.
fn place(body: &str, block: &str, name: &str) -> Option<usize> {
    let start = body.find(&format!("\"{block}\""))?;
    Some(start + body[start..].find(&format!("\"{name}\""))?)
}
