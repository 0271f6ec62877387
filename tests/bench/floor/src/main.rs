//! The least that a fleet can cost: only the reads, or only the writes, of each repository of a folder.
//!
//! `floor reads FOLDER PATH…` opens each repository, and looks the paths up in HEAD's tree.
//! `floor pack|builder|loose FOLDER BRANCH` commits twelve files to a branch: in one hand-made pack, in one of
//! git2's pack builder, or as loose objects. Prints repositories a second.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use git2::{ObjectType, Oid, Repository};
use sha1::{Digest, Sha1};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().collect();
    let (how, folder, rest) = (words[1].as_str(), &words[2], &words[3..]);
    let mut places: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    places.sort();
    let blobs: Vec<(String, Vec<u8>)> = (0..12).map(|n| (name(n), body(n))).collect();
    let ready: Vec<(Oid, Vec<u8>)> = blobs
        .iter()
        .map(|(_, text)| Ok((Oid::hash_object(ObjectType::Blob, text)?, entry(3, text))))
        .collect::<Result<_, git2::Error>>()?;
    let start = Instant::now();
    for place in &places {
        match how {
            "reads" => reads(place, rest)?,
            "pack" => pack(place, &rest[0], &blobs, &ready)?,
            "builder" => builder(place, &rest[0], &blobs)?,
            _ => loose(place, &rest[0], &blobs)?,
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{:.0}", places.len() as f64 / seconds);
    Ok(())
}

fn name(n: usize) -> String {
    format!("{}/generated-{n}.txt", ["a", "scripts", "docs"][n % 3])
}

fn body(n: usize) -> Vec<u8> {
    format!("line {n} of a file that is written\n").repeat(60).into_bytes()
}

fn open(place: &Path) -> Result<Repository, git2::Error> {
    Repository::open_ext(place, git2::RepositoryOpenFlags::NO_SEARCH, std::iter::empty::<&Path>())
}

fn reads(place: &Path, paths: &[String]) -> Result<(), git2::Error> {
    let repository = open(place)?;
    let tree = repository.head()?.peel_to_tree()?;
    for path in paths {
        std::hint::black_box(tree.get_path(Path::new(path)).map(|entry| entry.id()).ok());
    }
    Ok(())
}

/// The root tree with three folders more, and these folders' trees: id and content.
fn trees(repository: &Repository, ids: &[(String, Oid)]) -> Result<(Oid, Vec<(Oid, Vec<u8>)>), git2::Error> {
    let head = repository.head()?.peel_to_commit()?;
    let odb = repository.odb()?;
    let root = odb.read(head.tree_id())?;
    let mut made = Vec::new();
    let mut added = Vec::new();
    for folder in ["a", "docs", "scripts"] {
        let mut text = Vec::new();
        let mut inside: Vec<_> = ids.iter().filter(|(name, _)| name.starts_with(&format!("{folder}/"))).collect();
        inside.sort();
        for (name, id) in inside {
            text.extend_from_slice(format!("100644 {}\0", &name[folder.len() + 1..]).as_bytes());
            text.extend_from_slice(id.as_bytes());
        }
        let id = Oid::hash_object(ObjectType::Tree, &text)?;
        added.push((folder, id));
        made.push((id, text));
    }
    // Sorted in front of everything else would be wrong for git; a merge by name is what a real one does.
    let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut data = root.data();
    while !data.is_empty() {
        let nul = data.iter().position(|b| *b == 0).unwrap_or(0);
        let (one, rest) = data.split_at(nul + 21);
        let space = one.iter().position(|b| *b == b' ').unwrap_or(0);
        let mut key = one[space + 1..nul].to_vec();
        if one.starts_with(b"40000") {
            key.push(b'/');
        }
        if !["a/", "docs/", "scripts/"].iter().any(|name| name.as_bytes() == key) {
            entries.push((key, one.to_vec()));
        }
        data = rest;
    }
    for (folder, id) in added {
        let mut one = format!("40000 {folder}\0").into_bytes();
        one.extend_from_slice(id.as_bytes());
        entries.push((format!("{folder}/").into_bytes(), one));
    }
    entries.sort();
    let text: Vec<u8> = entries.into_iter().flat_map(|(_, one)| one).collect();
    let id = Oid::hash_object(ObjectType::Tree, &text)?;
    made.push((id, text));
    Ok((id, made))
}

fn commit_text(repository: &Repository, tree: Oid) -> Result<Vec<u8>, git2::Error> {
    let head = repository.head()?.peel_to_commit()?;
    let who = "A <a@b.example> 1700000000 +0000";
    Ok(format!("tree {tree}\nparent {}\nauthor {who}\ncommitter {who}\n\nm\n", head.id()).into_bytes())
}

/// A pack's entry: kind and size, then the deflated content.
fn entry(kind: u8, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut size = text.len();
    let mut byte = (kind << 4) | (size & 15) as u8;
    size >>= 4;
    while size > 0 {
        out.push(byte | 0x80);
        byte = (size & 127) as u8;
        size >>= 7;
    }
    out.push(byte);
    let mut deflate = flate2::write::ZlibEncoder::new(out, flate2::Compression::fast());
    deflate.write_all(text).expect("a Vec takes all");
    deflate.finish().expect("a Vec takes all")
}

fn pack(place: &Path, branch: &str, blobs: &[(String, Vec<u8>)], ready: &[(Oid, Vec<u8>)]) -> Result<(), Box<dyn std::error::Error>> {
    let repository = open(place)?;
    let ids: Vec<(String, Oid)> = blobs.iter().zip(ready).map(|((name, _), (id, _))| (name.clone(), *id)).collect();
    let (tree, trees) = trees(&repository, &ids)?;
    let commit = commit_text(&repository, tree)?;
    let id = Oid::hash_object(ObjectType::Commit, &commit)?;
    let count = ready.len() + trees.len() + 1;
    let mut out = Vec::with_capacity(32 * 1024);
    out.extend_from_slice(b"PACK\0\0\0\x02");
    out.extend_from_slice(&(count as u32).to_be_bytes());
    for (_, entry) in ready {
        out.extend_from_slice(entry);
    }
    for (_, text) in &trees {
        out.extend_from_slice(&entry(2, text));
    }
    out.extend_from_slice(&entry(1, &commit));
    let digest = Sha1::digest(&out);
    out.extend_from_slice(&digest);
    let odb = repository.odb()?;
    let mut writer = odb.packwriter()?;
    writer.write_all(&out)?;
    writer.commit()?;
    repository.reference(&format!("refs/heads/{branch}"), id, true, "m")?;
    Ok(())
}

fn builder(place: &Path, branch: &str, blobs: &[(String, Vec<u8>)]) -> Result<(), git2::Error> {
    let repository = open(place)?;
    let odb = repository.odb()?;
    let _memory = odb.add_new_mempack_backend(1000)?;
    let mut made = Vec::new();
    let mut ids = Vec::new();
    for (name, text) in blobs {
        let id = odb.write(ObjectType::Blob, text)?;
        ids.push((name.clone(), id));
        made.push(id);
    }
    let (tree, trees) = trees(&repository, &ids)?;
    for (_, text) in &trees {
        made.push(odb.write(ObjectType::Tree, text)?);
    }
    let commit = odb.write(ObjectType::Commit, &commit_text(&repository, tree)?)?;
    made.push(commit);
    let mut builder = repository.packbuilder()?;
    builder.set_threads(1);
    for id in made {
        builder.insert_object(id, None)?;
    }
    let folder = repository.path().join("objects/pack");
    builder.write(&folder, 0o444)?;
    repository.reference(&format!("refs/heads/{branch}"), commit, true, "m")?;
    Ok(())
}

fn loose(place: &Path, branch: &str, blobs: &[(String, Vec<u8>)]) -> Result<(), git2::Error> {
    let repository = open(place)?;
    let odb = repository.odb()?;
    let mut ids = Vec::new();
    for (name, text) in blobs {
        ids.push((name.clone(), odb.write(ObjectType::Blob, text)?));
    }
    let (tree, trees) = trees(&repository, &ids)?;
    for (_, text) in &trees {
        odb.write(ObjectType::Tree, text)?;
    }
    let commit = odb.write(ObjectType::Commit, &commit_text(&repository, tree)?)?;
    repository.reference(&format!("refs/heads/{branch}"), commit, true, "m")?;
    Ok(())
}
