//! One template that stands alone, such as a message or a workflow.

use super::RenderError;
use super::engine::Engine;
use crate::catalog::Delimiters;
use crate::model::Value;

/// Renders a template with the values of an object; what is given ends in one newline.
///
/// # Errors
/// Fails where the template does not parse, or names a value that is not there.
pub fn phrase(
    name: &str,
    source: &str,
    delimiters: Delimiters,
    values: &Value,
) -> Result<String, RenderError> {
    Engine::new(values).render(name, source, delimiters)
}
