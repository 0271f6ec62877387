//! Parts that several templates have in common.

use std::borrow::Cow;

use crate::catalog::Catalog;

const OPEN: &str = "[% include \"";
const CLOSE: &str = "\" %]";

/// Returns a template with each line `[% include "shared/NAME" %]` replaced by the text of that file, so
/// that the content hash of the template is that of all of it.
pub(crate) fn whole<'a>(source: &'a str, catalog: &Catalog) -> Cow<'a, str> {
    if !source.contains(OPEN) {
        return Cow::Borrowed(source);
    }
    let lines = source.split_inclusive('\n').map(|line| {
        let name = line.trim_end().strip_prefix(OPEN);
        let name = name.and_then(|name| name.strip_suffix(CLOSE));
        let name = name.filter(|name| name.starts_with("shared/"));
        match name.and_then(|name| catalog.text(name).ok()) {
            Some(text) => text.replace("\r\n", "\n"),
            None => line.to_owned(),
        }
    });
    Cow::Owned(lines.collect())
}
