//! Tera, entered only for templates that are rendered.

use tera::{Context, Delimiters as Marks, Tera};

use super::skeleton::Skeleton;
use super::{RenderError, filters};
use crate::catalog::Delimiters;
use crate::model::Value;

/// One tera per set of delimiters, made when first needed.
pub(super) struct Engine {
    context: Context,
    braces: Option<Tera>,
    brackets: Option<Tera>,
}

impl Engine {
    pub(super) fn new(values: &Value) -> Self {
        let mut context = Context::new();
        for (name, value) in values.as_object().into_iter().flatten() {
            context.insert(name.clone(), value);
        }
        Self {
            context,
            braces: None,
            brackets: None,
        }
    }

    /// Renders one template with LF line ends; every output ends in exactly one newline.
    pub(super) fn render(
        &mut self,
        name: &str,
        source: &str,
        delimiters: Delimiters,
    ) -> Result<String, RenderError> {
        let broken = |e: tera::Error| {
            let message = e.to_string();
            RenderError::Template {
                template: name.to_owned(),
                place: place(&message),
                message,
            }
        };
        let slot = match delimiters {
            Delimiters::Braces => &mut self.braces,
            Delimiters::Brackets => &mut self.brackets,
        };
        if slot.is_none() {
            *slot = Some(tera(delimiters).map_err(broken)?);
        }
        let tera = slot.as_ref().expect("made above");
        let skeleton = Skeleton::of(source, delimiters);
        let rendered = tera
            .render_str(&skeleton.text, &self.context, false)
            .or_else(|_| tera.render_str(source, &self.context, false))
            .map_err(broken)?;
        let mut text = skeleton.fill(&rendered);
        text.truncate(text.trim_end_matches('\n').len());
        text.push('\n');
        Ok(text)
    }
}

/// The place in `--> name:line:column`, with which tera says where an error is.
fn place(message: &str) -> Option<(usize, usize)> {
    let (_, after) = message.split_once("--> ")?;
    let mut numbers = after.lines().next()?.rsplit(':');
    let column = numbers.next()?.trim().parse().ok()?;
    Some((numbers.next()?.trim().parse().ok()?, column))
}

fn tera(delimiters: Delimiters) -> Result<Tera, tera::Error> {
    let mut tera = Tera::new();
    if delimiters == Delimiters::Brackets {
        tera.set_delimiters(Marks {
            block_start: "[%".into(),
            block_end: "%]".into(),
            variable_start: "[[".into(),
            variable_end: "]]".into(),
            comment_start: "[#".into(),
            comment_end: "#]".into(),
        })?;
    }
    filters::register(&mut tera);
    Ok(tera)
}
