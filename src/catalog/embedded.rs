//! The templates inside of the program.

use include_dir::{Dir, DirEntry, File, include_dir};

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Returns a file's text.
pub(super) fn text(path: &str) -> Option<&'static str> {
    file(&TEMPLATES, path).and_then(File::contents_utf8)
}

/// Returns every file of a feature, name and text.
pub(super) fn sources(feature: &str) -> Vec<(&'static str, &'static str)> {
    let folder = TEMPLATES
        .get_dir("features")
        .and_then(|all| all.dirs().find(|dir| dir.path().ends_with(feature)));
    let files = folder.map(Dir::files).into_iter().flatten();
    let text = |file: &'static File<'static>| {
        Some((file.path().file_name()?.to_str()?, file.contents_utf8()?))
    };
    files.filter_map(text).collect()
}

/// Returns the names in a folder, of files without their endings.
pub(super) fn names(folder: &str) -> Vec<&'static str> {
    let entries = TEMPLATES.get_dir(folder).map(Dir::entries);
    let entries = entries.into_iter().flatten();
    entries
        .filter_map(|entry| entry.path().file_stem()?.to_str())
        .collect()
}

/// Returns the files of a folder and of those in it, path below it and text.
pub(super) fn below(folder: &str) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut rest: Vec<&'static Dir<'static>> = TEMPLATES.get_dir(folder).into_iter().collect();
    while let Some(dir) = rest.pop() {
        rest.extend(dir.dirs());
        found.extend(dir.files().filter_map(|file| {
            let path = file.path().strip_prefix(folder).ok()?.to_str()?;
            Some((path, file.contents_utf8()?))
        }));
    }
    found.sort_unstable();
    found
}

/// Descends only where the path leads; `Dir::get_file` compares it with every file.
fn file<'a>(dir: &'a Dir<'a>, path: &str) -> Option<&'a File<'a>> {
    let leads = |entry: &&DirEntry| {
        let rest = entry.path().to_str().and_then(|p| path.strip_prefix(p));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match dir.entries().iter().find(leads)? {
        DirEntry::Dir(inner) => file(inner, path),
        DirEntry::File(found) => Some(found).filter(|f| f.path().to_str() == Some(path)),
    }
}
