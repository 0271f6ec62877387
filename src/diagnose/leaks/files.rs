//! What a file's name says about the texts in it.

/// How a value is written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Bare or quoted: configuration, scripts, prose.
    Loose,
    /// In quotes; what is bare is a name: programs.
    Quoted,
    /// Full of digests and packed text, where only a vendor's prefix counts.
    Packed,
}

const PACKED: [&str; 24] = [
    "cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "deno.lock",
    "poetry.lock",
    "pdm.lock",
    "uv.lock",
    "pipfile.lock",
    "composer.lock",
    "gemfile.lock",
    "go.sum",
    "go.work.sum",
    "flake.lock",
    "mix.lock",
    "pubspec.lock",
    "podfile.lock",
    "package.resolved",
    "conda-lock.yml",
    "gradle.lockfile",
    "claude-scaffold.lock",
    "packages.lock.json",
];

const PACKED_ENDS: [&str; 9] = [
    ".min.js", ".min.css", ".map", ".svg", ".lock", ".sum", ".ipynb", ".sha256", ".asc",
];

const PROGRAMS: [&str; 35] = [
    "py", "pyi", "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "go", "rs", "java", "kt",
    "kts", "scala", "rb", "php", "cs", "fs", "vb", "swift", "m", "c", "h", "cc", "cpp", "hpp",
    "dart", "ex", "exs", "lua", "vue", "svelte", "gradle",
];

/// Returns how values are written in a file of this path.
pub(super) fn kind(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let packed = PACKED.contains(&name.as_str());
    if packed || PACKED_ENDS.iter().any(|end| name.ends_with(end)) {
        return Kind::Packed;
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if PROGRAMS.contains(&ending) {
        Kind::Quoted
    } else {
        Kind::Loose
    }
}
