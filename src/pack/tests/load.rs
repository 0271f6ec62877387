//! Packs in folders are read within bounds.

use std::fs;
use std::path::Path;

use crate::pack::folder::load;
use crate::pack::load::Failure;
use crate::pack::{Files, hash};

fn put(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(path, content).expect("a file");
}

fn refused(root: &Path) -> Vec<String> {
    match load(root) {
        Err(Failure::Refused(refused)) => refused.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_packs_hold_is_loaded_and_the_rest_left() {
    let home = tempfile::tempdir().expect("a folder");
    for path in [
        "pack.toml",
        "features/f/feature.toml",
        "features/f/.env.tera",
        "README.md",
        ".github/x.yml",
        ".git/config",
        "docs/y",
    ] {
        put(home.path(), path, "a\r\n");
    }
    let files = load(home.path()).expect("a pack");
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "features/f/.env.tera",
            "features/f/feature.toml",
            "pack.toml"
        ]
    );
    let unix: Files = files
        .iter()
        .map(|(path, text)| (path.clone(), text.replace('\r', "")))
        .collect();
    assert_eq!(hash(&files), hash(&unix));
    assert_eq!(hash(&files).len(), 32);
    let mut other = unix.clone();
    other.insert("pack.toml".to_owned(), "b\n".to_owned());
    assert_ne!(hash(&other), hash(&unix));
}

#[test]
fn what_is_out_of_bounds_is_refused_by_name() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    put(root, "features/big", vec![b'a'; 1024 * 1024 + 1]);
    put(root, "features/binary", [0xff, 0xfe]);
    put(root, "features/zero", "a\0b");
    assert_eq!(
        refused(root),
        [
            "`features/big`: larger than 1 MiB",
            "`features/binary`: not text in UTF-8",
            "`features/zero`: not text in UTF-8",
        ]
    );
    put(root, "features/1/2/3/4/5/6/7/8", "");
    put(root, "features/.git/config", "");
    put(root, "features/con.txt", "");
    put(root, "profiles", "");
    put(root, "pack.toml/x", "");
    let mut got = refused(root);
    got.sort();
    assert_eq!(
        got,
        [
            "`features/.git`: path `features/.git` points into git's own folder",
            "`features/1/2/3/4/5/6/7/8`: nested deeper than 8",
            "`features/con.txt`: path `features/con.txt` contains a name that is not portable: `con.txt`",
            "`pack.toml`: a folder where a file belongs",
            "`profiles`: a file where a folder belongs",
        ]
    );
}

#[test]
fn counts_and_sums_are_bounded() {
    let home = tempfile::tempdir().expect("a folder");
    for index in 0..1000 {
        put(home.path(), &format!("features/{index}"), "");
    }
    assert!(refused(home.path())[0].ends_with("more than 1000 files and folders"));
    let home = tempfile::tempdir().expect("a folder");
    for index in 0..9 {
        put(
            home.path(),
            &format!("features/{index}"),
            vec![b'a'; 1024 * 1024],
        );
    }
    assert_eq!(
        refused(home.path()),
        ["`features/8`: the pack is larger than 8 MiB"]
    );
    let gone = load(&home.path().join("no-such-folder"));
    assert!(matches!(gone, Err(Failure::Broken(_))));
}

#[cfg(unix)]
#[test]
fn links_devices_and_case_are_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    put(root, "features/a", "");
    std::os::unix::fs::symlink("/etc/passwd", root.join("features/link")).expect("a link");
    std::os::unix::fs::symlink("/etc", root.join("gateways")).expect("a link");
    let socket = std::os::unix::net::UnixListener::bind(root.join("features/socket"));
    socket.expect("a socket");
    put(root, "features/A", "");
    let mut got = refused(root);
    got.sort();
    assert_eq!(
        got,
        [
            "`features/a`: differs from `features/A` by case alone",
            "`features/link`: a link; packs hold files alone",
            "`features/socket`: neither file nor folder",
            "`gateways`: a link; packs hold files alone",
        ]
    );
}
