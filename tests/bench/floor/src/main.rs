//! The least that a fleet can cost: only the reads, or only the writes, of each repository of a folder.
//!
//! `floor reads REPOSITORIES FILES` opens each repository, and compares the blob of every file of a folder with the
//! one in HEAD's tree. `floor pack|builder|loose REPOSITORIES FILES [sync]` commits those files to a branch: in one
//! hand-made pack, in one of git2's pack builder, or as loose objects; with `sync` all of it is on the disk before the
//! next repository. Prints repositories a second, on one thread.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use git2::{ObjectType, Oid, Repository, RepositoryOpenFlags};
use sha1::{Digest, Sha1};

type Done<T> = Result<T, Box<dyn std::error::Error>>;

const BRANCH: &str = "refs/heads/floor";

/// A file: its path, its content and its entry in a pack.
struct Ready {
    path: String,
    text: Vec<u8>,
    id: Oid,
    entry: Vec<u8>,
}

fn main() -> Done<()> {
    let words: Vec<String> = std::env::args().collect();
    let [_, how, repositories, files, rest @ ..] = words.as_slice() else {
        return Err("usage: floor reads|pack|builder|loose REPOSITORIES FILES [sync]".into());
    };
    let sync = rest.first().is_some_and(|word| word == "sync");
    let mut places: Vec<PathBuf> = fs::read_dir(repositories)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    places.sort();
    let mut ready = Vec::new();
    collect(Path::new(files), "", &mut ready)?;
    let start = Instant::now();
    for place in &places {
        match how.as_str() {
            "reads" => reads(place, &ready)?,
            _ => writes(place, &ready, how, sync)?,
        }
    }
    println!("{:.0}", places.len() as f64 / start.elapsed().as_secs_f64());
    Ok(())
}

fn collect(folder: &Path, prefix: &str, ready: &mut Vec<Ready>) -> Done<()> {
    for found in fs::read_dir(folder)? {
        let found = found?;
        let path = format!("{prefix}{}", found.file_name().to_string_lossy());
        if found.file_type()?.is_dir() {
            collect(&found.path(), &format!("{path}/"), ready)?;
        } else {
            let text = fs::read(found.path())?;
            let (id, entry) = (Oid::hash_object(ObjectType::Blob, &text)?, entry(3, &text));
            ready.push(Ready {
                path,
                text,
                id,
                entry,
            });
        }
    }
    Ok(())
}

fn open(place: &Path) -> Result<Repository, git2::Error> {
    Repository::open_ext(
        place,
        RepositoryOpenFlags::NO_SEARCH,
        std::iter::empty::<&Path>(),
    )
}

fn reads(place: &Path, ready: &[Ready]) -> Done<()> {
    let repository = open(place)?;
    let tree = repository.head()?.peel_to_tree()?;
    let same = ready.iter().filter(|file| {
        tree.get_path(Path::new(&file.path))
            .is_ok_and(|found| found.id() == file.id)
    });
    std::hint::black_box(same.count());
    Ok(())
}

fn writes(place: &Path, ready: &[Ready], how: &str, sync: bool) -> Done<()> {
    let repository = open(place)?;
    let head = repository.head()?.peel_to_commit()?;
    let mut files: BTreeMap<&str, Vec<(&str, Oid)>> = BTreeMap::new();
    for file in ready {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        files.entry(folder).or_default().push((name, file.id));
    }
    let mut trees = Vec::new();
    let mut top = files
        .remove("")
        .unwrap_or_default()
        .into_iter()
        .map(|(name, id)| (name.to_owned(), id, false))
        .collect::<Vec<_>>();
    for (folder, inside) in files {
        let old = head.tree()?.get_name(folder).map(|entry| entry.id());
        let new = inside
            .into_iter()
            .map(|(name, id)| (name.to_owned(), id, false))
            .collect();
        let (id, text) = tree(&repository, old, new)?;
        trees.push((id, text));
        top.push((folder.to_owned(), id, true));
    }
    let (root, text) = tree(&repository, Some(head.tree_id()), top)?;
    trees.push((root, text));
    let who = "A <a@b.example> 1700000000 +0000";
    let commit = format!(
        "tree {root}\nparent {}\nauthor {who}\ncommitter {who}\n\nm\n",
        head.id()
    )
    .into_bytes();
    let id = Oid::hash_object(ObjectType::Commit, &commit)?;
    match how {
        "pack" => pack(&repository, ready, &trees, &commit, sync)?,
        "builder" => builder(&repository, ready, &trees, &commit)?,
        _ => loose(&repository, ready, &trees, &commit, sync)?,
    }
    repository.reference(BRANCH, id, true, "m")?;
    if sync {
        settle(&repository.path().join(BRANCH))?;
        settle(&repository.path().join("refs/heads"))?;
    }
    Ok(())
}

/// A folder's tree with some entries more or others.
fn tree(
    repository: &Repository,
    old: Option<Oid>,
    new: Vec<(String, Oid, bool)>,
) -> Done<(Oid, Vec<u8>)> {
    let odb = repository.odb()?;
    let old = old.map(|id| odb.read(id)).transpose()?;
    let mut data = old.as_ref().map_or(&[][..], |object| object.data());
    let mut entries: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    while !data.is_empty() {
        let nul = data
            .iter()
            .position(|byte| *byte == 0)
            .ok_or("a broken tree")?;
        let (one, rest) = data.split_at(nul + 21);
        let space = one
            .iter()
            .position(|byte| *byte == b' ')
            .ok_or("a broken tree")?;
        let mut key = one[space + 1..nul].to_vec();
        if one.starts_with(b"40000") {
            key.push(b'/');
        }
        entries.insert(key, one.to_vec());
        data = rest;
    }
    for (name, id, folder) in new {
        let (mode, key) = if folder {
            ("40000", format!("{name}/"))
        } else {
            ("100644", name.clone())
        };
        let mut one = format!("{mode} {name}\0").into_bytes();
        one.extend_from_slice(id.as_bytes());
        entries.insert(key.into_bytes(), one);
    }
    let text: Vec<u8> = entries.into_values().flatten().collect();
    Ok((Oid::hash_object(ObjectType::Tree, &text)?, text))
}

/// A pack's entry: kind and size, then the content, which is deflated unless it is made of ids.
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
    let level = if kind == 2 {
        flate2::Compression::none()
    } else {
        flate2::Compression::fast()
    };
    let mut deflate = flate2::write::ZlibEncoder::new(out, level);
    deflate.write_all(text).expect("a Vec takes all");
    deflate.finish().expect("a Vec takes all")
}

fn settle(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

fn pack(
    repository: &Repository,
    ready: &[Ready],
    trees: &[(Oid, Vec<u8>)],
    commit: &[u8],
    sync: bool,
) -> Done<()> {
    let trees: Vec<(Oid, Vec<u8>)> = trees
        .iter()
        .map(|(id, text)| (*id, entry(2, text)))
        .collect();
    let mut all: Vec<(Oid, &[u8])> = ready
        .iter()
        .map(|file| (file.id, file.entry.as_slice()))
        .collect();
    all.extend(trees.iter().map(|(id, entry)| (*id, entry.as_slice())));
    let packed = entry(1, commit);
    all.push((Oid::hash_object(ObjectType::Commit, commit)?, &packed));
    all.sort_unstable_by_key(|(id, _)| *id);
    all.dedup_by_key(|(id, _)| *id);
    let mut out = Vec::with_capacity(64 * 1024);
    out.extend_from_slice(b"PACK\0\0\0\x02");
    out.extend_from_slice(&(all.len() as u32).to_be_bytes());
    let mut offsets = Vec::new();
    for (_, entry) in &all {
        offsets.push(out.len() as u32);
        out.extend_from_slice(entry);
    }
    let sum = Sha1::digest(&out);
    out.extend_from_slice(&sum);
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=u8::MAX {
        let count = all.partition_point(|(id, _)| id.as_bytes()[0] <= first);
        index.extend_from_slice(&(count as u32).to_be_bytes());
    }
    all.iter()
        .for_each(|(id, _)| index.extend_from_slice(id.as_bytes()));
    for (_, entry) in &all {
        let mut crc = flate2::Crc::new();
        crc.update(entry);
        index.extend_from_slice(&crc.sum().to_be_bytes());
    }
    offsets
        .iter()
        .for_each(|offset| index.extend_from_slice(&offset.to_be_bytes()));
    index.extend_from_slice(&sum);
    let own = Sha1::digest(&index);
    index.extend_from_slice(&own);
    let folder = repository.path().join("objects/pack");
    fs::create_dir_all(&folder)?;
    let name: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    for (kind, bytes) in [("pack", &out), ("idx", &index)] {
        let mut file = File::create_new(folder.join("tmp_pack_floor"))?;
        file.write_all(bytes)?;
        if sync {
            file.sync_all()?;
        }
        fs::rename(
            folder.join("tmp_pack_floor"),
            folder.join(format!("pack-{name}.{kind}")),
        )?;
    }
    if sync {
        settle(&folder)?;
    }
    Ok(())
}

fn builder(
    repository: &Repository,
    ready: &[Ready],
    trees: &[(Oid, Vec<u8>)],
    commit: &[u8],
) -> Done<()> {
    let odb = repository.odb()?;
    let _memory = odb.add_new_mempack_backend(1000)?;
    let mut builder = repository.packbuilder()?;
    builder.set_threads(1);
    for file in ready {
        builder.insert_object(odb.write(ObjectType::Blob, &file.text)?, None)?;
    }
    for (_, text) in trees {
        builder.insert_object(odb.write(ObjectType::Tree, text)?, None)?;
    }
    builder.insert_object(odb.write(ObjectType::Commit, commit)?, None)?;
    builder.write(&repository.path().join("objects/pack"), 0o444)?;
    Ok(())
}

fn loose(
    repository: &Repository,
    ready: &[Ready],
    trees: &[(Oid, Vec<u8>)],
    commit: &[u8],
    sync: bool,
) -> Done<()> {
    let odb = repository.odb()?;
    let mut made = Vec::new();
    for file in ready {
        made.push(odb.write(ObjectType::Blob, &file.text)?);
    }
    for (_, text) in trees {
        made.push(odb.write(ObjectType::Tree, text)?);
    }
    made.push(odb.write(ObjectType::Commit, commit)?);
    for id in made.iter().filter(|_| sync) {
        let id = id.to_string();
        let (folder, name) = id.split_at(2);
        let folder = repository.path().join("objects").join(folder);
        settle(&folder.join(name))?;
        settle(&folder)?;
    }
    Ok(())
}
