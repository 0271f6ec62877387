"""Repositories for fleet.py: made fast, from a seed, one kind of trouble or good order each.

A repository is a copy of one of a few stores of about 200 files, with one commit more that holds what
makes it its kind. How it is stored (bare or not, packed or loose, alternates, linked work trees) is
drawn for each.
"""
import dataclasses
import os
import pathlib
import random
import shutil
import subprocess

BRANCH = "claude-scaffold"
URL = "https://gw.one.example/v1"
GROUPS = ("team", "strict", "bare-values", "more", "pack")
BASES = 20
FILE, RUN, LINK, MODULE = "100644", "100755", "120000", "160000"
MANIFEST, LOCK = "claude-scaffold.toml", "claude-scaffold.lock"
SETTINGS, EDITOR, SCRIPT, PAGE = ".claude/settings.json", ".vscode/settings.json", "scripts/run-claude.sh", "docs/claude-gateway.md"


@dataclasses.dataclass
class Repository:
    """One repository, before anything was done to it."""

    name: str
    kind: str
    group: str
    path: pathlib.Path
    branch: str = "main"
    broken: bool = False
    files: dict = dataclasses.field(default_factory=dict)
    gone: list = dataclasses.field(default_factory=list)
    bare: bool = True
    after: list = dataclasses.field(default_factory=list)

    @property
    def git(self):
        git = self.path if self.bare else self.path / ".git"
        return pathlib.Path(git.read_text().strip().removeprefix("gitdir: ")) if git.is_file() else git


class Ground:
    """A folder with all of it, and the environment that every git and every tool runs in."""

    def __init__(self, tool, folder, seed):
        self.tool, self.folder, self.seed = str(pathlib.Path(tool).resolve()), folder, seed
        self.home, self.bases, self.rendered = folder / "home", [], {}
        self.home.mkdir(parents=True)
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = Ada Lovelace\n\temail = ada@one.example\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n"
            "[core]\n\tfsync = none\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[fetch]\n\tfsckObjects = false\n")
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", "TZ": "UTC"}

    def run(self, *words, cwd=None, stdin=b"", env=None):
        words = [str(word) for word in words]
        stdin = stdin if isinstance(stdin, bytes) else stdin.encode()
        return subprocess.run(words, cwd=cwd or self.folder, env={**self.env, **(env or {})}, input=stdin, capture_output=True, check=False)

    def git(self, folder, *words, stdin=b"", env=None):
        done = self.run("git", "-C", folder, *words, stdin=stdin, env=env)
        if done.returncode:
            raise RuntimeError(f"git {' '.join(map(str, words))} in {folder}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace").strip()


def commit(files, gone, branch, parent, when, message="add what is ours", name="Grace"):
    """One commit as `git fast-import` reads it."""
    out = [f"commit refs/heads/{branch}\ncommitter {name} <g@one.example> {when} +0000\ndata {len(message)}\n{message}\n".encode()]
    if parent:
        out.append(f"from {parent}\n".encode())
    out += [f"D {path}\n".encode() for path in gone]
    for path, (mode, data) in files.items():
        if mode == MODULE:
            out.append(f"M {mode} {data} {path}\n".encode())
        else:
            out.append(f"M {mode} inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    return b"".join(out)


def make_bases(ground):
    rng = random.Random(ground.seed)
    for number in range(BASES):
        path = ground.folder / "bases" / f"{number}.git"
        ground.git(ground.folder, "init", "-q", "--bare", path)
        shutil.rmtree(path / "hooks", ignore_errors=True)
        (path / "hooks").mkdir()
        files = {f"README.md": (FILE, f"# Service {number}\n".encode())}
        for _ in range(199):
            depth = rng.choice([("src",), ("src", "core"), ("src", "api", f"v{rng.randint(1, 3)}"), ("tests",), ("docs",), ("scripts",)])
            text = "".join(f"line {rng.random()}\n" for _ in range(rng.randint(1, 30)))
            files["/".join((*depth, f"f{rng.randint(0, 10**6)}.txt"))] = (FILE, text.encode())
        # Names that git sorts beside our folders.
        for name in ("scripts.txt", "scripts-old/a", ".claude.json", ".vscode-x/a", "docs-y", "claude-scaffold", ".env.template.old"):
            files[name] = (FILE, name.encode())
        files[".gitignore"] = (FILE, b"".join(rng.sample([b"node_modules/\n", b"*.log\n", b"/dist\n", b".env\n", b"# build\n", b"\n", b"!keep.log\n"], 4)))
        stream = commit(files, [], "main", None, 1700000000, "first") + commit(
            {"CHANGES": (FILE, b"more\n")}, [], "main", None, 1700000100, "second")
        ground.git(path, "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", stdin=stream)
        ground.git(path, "pack-refs", "--all")
        ground.bases.append(path)


def rendered(ground, words=(), manifest=None):
    """The files that the tool writes into an empty repository."""
    key = (tuple(words), manifest)
    if key not in ground.rendered:
        root = ground.folder / "rendered" / str(len(ground.rendered))
        root.mkdir(parents=True)
        ground.git(root, "init", "-q")
        if manifest:
            (root / MANIFEST).write_text(manifest)
        done = ground.run(ground.tool, *words, cwd=root)
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stderr.decode()}")
        found = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts]
        files = {str(p.relative_to(root)): (RUN if p.stat().st_mode & 0o100 else FILE, p.read_bytes()) for p in found}
        ground.rendered[key] = files
    return dict(ground.rendered[key])


def initial(ground, url=URL, profile="team"):
    return rendered(ground, ("init", "--profile", profile, "--set", f"gateway.url={url}", "--yes", "--no-input"))


def stored(ground, rng, r, when):
    """Makes the repository on the disk."""
    base = rng.choice(ground.bases)
    r.path.parent.mkdir(parents=True, exist_ok=True)
    if r.kind.startswith("storage") and r.kind != "storage empty":
        form = ["--ref-format=reftable"] if r.kind == "storage reftable" else ["--object-format=sha256"]
        ground.git(ground.folder, "init", "-q", *form, r.path)
        (r.path / "README.md").write_text("# It\n")
        ground.git(r.path, "add", "-A")
        ground.git(r.path, "commit", "-q", "-m", "first")
        r.bare = False
        return
    if r.kind == "storage empty":
        ground.git(ground.folder, "init", "-q", *(["--bare"] if r.bare else []), r.path)
        return
    shutil.copytree(base, r.git)
    store = rng.random()
    if store < 0.15 and not r.broken:
        shutil.rmtree(r.git / "objects" / "pack")
        (r.git / "objects" / "pack").mkdir()
        (r.git / "objects" / "info" / "alternates").write_text(f"{base}/objects\n")
    limit = rng.choice(["1", "100000"])
    if r.files or r.gone:
        stream = commit(r.files, r.gone, r.branch, "refs/heads/main^0", when)
        ground.git(r.git, "-c", f"fastimport.unpackLimit={limit}", "fast-import", "--quiet", stdin=stream)
    if rng.random() < 0.2:
        ground.git(r.git, "pack-refs", "--all")
    if store > 0.9:
        ground.git(r.git, "-c", "pack.writeReverseIndex=true", "repack", "-q", "-a", "-d", *(["-l"] if store > 0.95 else []))
    origin = rng.choice([None, None, f"https://git.one.example/team/{r.name}.git", f"git@gitlab.one.example:team/{r.name}.git",
                         f"https://github.com/one-example/{r.name}"])
    config = (r.git / "config").read_text()
    if origin:
        config += f'[remote "origin"]\n\turl = {origin}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
    if rng.random() < 0.1:
        config += "[user]\n\tname = Local Name\n\temail = local@two.example\n"
    if not r.bare:
        config = config.replace("bare = true", "bare = false")
    (r.git / "config").write_text(config)
    if not r.bare:
        ground.git(r.path, "reset", "-q", "--hard", r.branch)
        if r.kind == "work tree with changes":
            dirty(ground, rng, r)
    for act in r.after:
        act(ground, r)


def dirty(ground, rng, r):
    """Staged, unstaged and untracked changes, some at managed paths."""
    (r.path / "README.md").write_text("# Changed, not staged\n")
    (r.path / "CHANGES").write_text("staged\n")
    ground.git(r.path, "add", "CHANGES")
    (r.path / "new.txt").write_text("untracked\n")
    (r.path / ".claude").mkdir(exist_ok=True)
    (r.path / SETTINGS).write_text('{"model": "mine"}\n')
    if rng.random() < 0.5:
        ground.git(r.path, "add", "-f", SETTINGS)
        (r.path / MANIFEST).write_text("not = 'a manifest\n")


def fleet_file(ground, folder="repos", timeout=30000):
    group = '[[group]]\nname = "{0}"\nrepositories = ["{1}/{0}/*"]\nprofile = "{2}"\n'
    values = f'[group.values.gateway]\nurl = "{URL}"\ntimeout_ms = {timeout}\n'
    text = "version = 1\n"
    for name, profile in (("team", "team"), ("strict", "enterprise")):
        text += group.format(name, folder, profile) + values
    text += group.format("bare-values", folder, "team")
    text += group.format("more", folder, "team") + 'features = ["multi-model", "-vscode"]\n' + values
    text += '[group.values.models]\nfallback = ["claude-haiku-4-5"]\n[group.values.telemetry]\ncost_center = "platform"\n'
    text += group.format("pack", folder, "team") + f'features = ["first"]\npack = "path:{ground.folder}/packs/2"\n' + values
    path = ground.folder / f"fleet-{folder.replace('/', '-')}.toml"
    path.write_text(text)
    return path
