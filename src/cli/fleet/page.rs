//! The page for a browser, on its way to a file.
#![expect(
    clippy::disallowed_methods,
    reason = "writes the one file that the user names"
)]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::report::veiled;
use crate::cli::host::Host;
use crate::cli::veil;
use crate::fleet::RepoReport;
use crate::model::Diagnostic;
use crate::report;

/// Makes sure that a page can be written there, before a long run.
pub(super) fn ready(host: &Host, path: Option<&Path>) -> Result<(), Vec<Diagnostic>> {
    let Some(path) = path else { return Ok(()) };
    let target = host.folder.join(path);
    let folder = target.parent().unwrap_or(&host.folder);
    let refused = |message: String, help: &str| {
        let problem = Diagnostic::error("usage", message);
        Err(vec![problem.with_help(help)])
    };
    if !fs::metadata(folder).is_ok_and(|found| found.is_dir()) {
        let message = format!("cannot write `{}`: its folder is not there", path.display());
        return refused(
            message,
            "make the folder first, or name a file in another one",
        );
    }
    if target.file_name().is_none() || fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
        let message = format!("cannot write `{}`: it is no file", path.display());
        return refused(message, "name a file that is to become the page");
    }
    Ok(())
}

/// Writes the page, the whole or nothing.
pub(super) fn write(
    host: &Host,
    path: &Path,
    reports: &[RepoReport],
    title: &str,
) -> Result<(), Vec<Diagnostic>> {
    ready(host, Some(path))?;
    let reports: Vec<RepoReport> = reports.iter().map(veiled).collect();
    let page = report::fleet_page(&reports, &veil::text(title));
    let target = host.folder.join(path);
    replace(&target, page.as_bytes()).map_err(|error| {
        let message = format!("failed to write `{}`: {error}", path.display());
        let help = "mend the cause, or name a file in another folder";
        vec![Diagnostic::error("fleet-report", message).with_help(help)]
    })
}

/// Writes beside the target, then renames.
fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let staged: PathBuf = target.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = fs::File::create_new(&staged).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&staged, target)
    });
    if written.is_err() {
        let _ = fs::remove_file(&staged);
    }
    written
}
