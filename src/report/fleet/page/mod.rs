//! A page for a browser, complete in one file: counts, changes and what is in the way as HTML that needs
//! no script, the repositories as data that a script of ours shows as a table.

mod data;
mod html;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::group::changes;
use crate::fleet::RepoReport;
use crate::model::lf;

/// The page's looks.
const STYLE: &str = include_str!("page.css");
/// What the page does.
const SCRIPTS: [&str; 3] = [
    include_str!("state.js"),
    include_str!("table.js"),
    include_str!("page.js"),
];

/// Returns the page. It asks for nothing beyond itself, and its policy forbids that it could.
#[must_use]
pub fn fleet_page(reports: &[RepoReport], title: &str) -> String {
    let changes = changes(reports);
    let style = lf(STYLE);
    let script = script();
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest(&style),
        digest(&script)
    );
    let title = html::text(title);
    let body = html::body(reports, &changes);
    let data = data::data(reports, &changes);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#table\">Skip to the repositories</a>\n\
         <header>\n<h1>{title}</h1>\n{body}\
         <script type=\"application/json\" id=\"data\">{data}</script>\n\
         <script>{script}</script>\n</body>\n</html>\n"
    )
}

/// The scripts as one, in a function of its own.
fn script() -> String {
    let parts: Vec<String> = SCRIPTS.iter().map(|part| lf(part).into_owned()).collect();
    format!(
        "(function () {{\n\"use strict\";\n{}}})();\n",
        parts.concat()
    )
}

fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    format!("sha256-{}", STANDARD.encode(digest))
}
