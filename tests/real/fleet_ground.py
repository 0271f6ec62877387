"""Repositories for fleet.py: made fast, from a seed, one kind of trouble or good order each.

A repository is a copy of one of a few stores of about 200 files, with one commit more that holds what
makes it its kind. How it is stored (bare or not, packed or loose, alternates, linked work trees) is
drawn for each.
"""
import concurrent.futures
import dataclasses
import hashlib
import os
import pathlib
import random
import shutil
import subprocess

BRANCH = "claude-scaffold"
URL = "https://gw.one.example/v1"
GROUPS = ("team", "strict", "bare-values", "more", "pack")
OTHER_URL = "https://other.one.example/v1"
BASES = 20
FILE, RUN, LINK, MODULE = "100644", "100755", "120000", "160000"
MANIFEST, LOCK = "claude-scaffold.toml", "claude-scaffold.lock"
SETTINGS, EDITOR, SCRIPT, PAGE = ".claude/settings.json", ".vscode/settings.json", "scripts/run-claude.sh", "docs/claude-gateway.md"
# What an older template said where this one says something else.
OLD = {SETTINGS: (b'"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"', b'"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "yes"'),
       PAGE: (b"the request must be there.", b"the request has to be there.")}
OLD_LOCK = ((b'\n"env.CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC" = "1"', b'\n"env.CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC" = "yes"'),
            OLD[PAGE], (b'\ndocs = "', b'\ndocs = "00000'), (b'\ntemplates = "3"', b'\ntemplates = "2"'))
HOOKS = b"""{
    "permissions": {"allow": ["Bash(make:*)"], "deny": ["Read(./secrets/**)"]},
    "hooks": {
        "PostToolUse": [{"matcher": "Edit", "hooks": [{"type": "command", "command": "make fmt"}]}]
    },
    "env": {"TEAM": "core"}
}
"""
COMMENTS = b"""// As our style guide has it.
{
  "editor.rulers": [100], // not 80
  /* The rest is taste. */
  "files.eol": "\\n",
}
"""
OWN_MANIFEST = """# Ours: talk to #platform before you touch it.
version = 1
profile = "team"

[gateway]
url = "%s"   # the old one
timeout_ms = 45000

[telemetry]
project_tag = "%s"  # of the cost report
"""


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


def older(files):
    """The same, from templates that said a few things otherwise."""
    files = dict(files)
    for path, (new, old) in OLD.items():
        if path in files:
            files[path] = (files[path][0], files[path][1].replace(new, old))
    text = files[LOCK][1]
    for new, old in OLD_LOCK:
        text = text.replace(new, old)
    files[LOCK] = (files[LOCK][0], text)
    return files


def packs(ground):
    """Two versions of a pack with a feature of its own."""
    feature = ('about = "What to read first."\n\n[[output]]\npath = "docs/first.md"\ntemplate = "first.md.tera"\nformat = "whole-file"\n\n'
               '[[output]]\npath = ".vscode/settings.json"\ntemplate = "settings.json.tera"\nformat = "jsonc"\n')
    for version, word, size in (("1", "Read it.", 2), ("2", "Read all of it.", 4)):
        folder = ground.folder / "packs" / version
        (folder / "features" / "first").mkdir(parents=True)
        (folder / "pack.toml").write_text(f'name = "ground"\nversion = "{version}.0.0"\n')
        (folder / "features" / "first" / "feature.toml").write_text(feature)
        (folder / "features" / "first" / "first.md.tera").write_text(f"# First\n\n{word}\n\nThen ask.\n")
        (folder / "features" / "first" / "settings.json.tera").write_text(f'{{\n  "editor.tabSize": {size}\n}}\n')
    return [ground.folder / "packs" / version for version in "12"]


def edit(files, path, before, after):
    mode, text = files[path]
    if before not in text:
        raise RuntimeError(f"nothing to edit in {path}: {before}")
    files[path] = (mode, text.replace(before, after, 1))


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


def linked(ground, r):
    """A linked work tree on another branch."""
    ground.git(r.git, "worktree", "add", "-q", "-b", "side", ground.folder / "linked" / r.name, r.branch)


def branch_at(parent, files=(), message="by hand"):
    def hook(ground, r):
        stream = commit(dict(files), [], BRANCH, parent, 1750000500, message, "Human")
        if not files:
            ground.git(r.git, "update-ref", f"refs/heads/{BRANCH}", parent.removesuffix("^0"))
        else:
            ground.git(r.git, "fast-import", "--quiet", stdin=stream)
    return hook


def refs(*pairs):
    def hook(ground, r):
        for name, to in pairs:
            ground.git(r.git, "update-ref", name, to)
    return hook


def head(text):
    def hook(ground, r):
        (r.git / "HEAD").write_text(text(ground, r) if callable(text) else text)
    return hook


def checked_out(ground, r):
    ground.git(r.git, "worktree", "add", "-q", "-b", BRANCH, ground.folder / "linked" / r.name, r.branch)


def rebased(ground, r):
    """A linked work tree in the middle of a rebase of our branch."""
    ground.git(r.git, "worktree", "add", "-q", "--detach", ground.folder / "linked" / r.name, r.branch)
    folder = r.git / "worktrees" / r.name / "rebase-merge"
    folder.mkdir()
    (folder / "head-name").write_text(f"refs/heads/{BRANCH}\n")


def elsewhere(ground, r):
    """`.git` is a file that names the folder."""
    to = ground.folder / "elsewhere" / r.name
    to.parent.mkdir(exist_ok=True)
    r.git.rename(to)
    (r.path / ".git").write_text(f"gitdir: {to}\n")


def damage(what):
    """Breaks objects that are needed."""
    def hook(ground, r):
        r.broken = True
        pack = next((r.git / "objects" / "pack").glob("*.pack"), None)
        if what == "truncated pack" and pack:
            for one in (r.git / "objects" / "pack").glob("*.pack"):
                one.chmod(0o600)
                os.truncate(one, one.stat().st_size // 3)
            return
        ground.git(r.git, "repack", "-q", "-a", "-d")
        pack = next((r.git / "objects" / "pack").glob("*.pack"))
        moved = r.git / "moved.pack"
        pack.rename(moved)
        for other in (r.git / "objects" / "pack").iterdir():
            other.chmod(0o600)
            other.unlink()
        ground.git(r.git, "unpack-objects", "-q", stdin=moved.read_bytes())
        moved.chmod(0o600)
        moved.unlink()
        name = {"missing tree": f"{r.branch}^{{tree}}", "missing commit": r.branch}.get(what, f"{r.branch}:.gitignore")
        found = ground.git(r.git, "rev-parse", name)
        loose = r.git / "objects" / found[:2] / found[2:]
        loose.chmod(0o600)
        if what == "corrupt blob":
            loose.write_bytes(loose.read_bytes()[:-8] + b"\0" * 8)
        elif what == "empty blob":
            loose.write_bytes(b"")
        else:
            loose.unlink()
    return hook


def unopenable(what):
    """A repository that cannot be opened; root may read everything, so modes alone are not enough."""
    def hook(ground, r):
        r.broken = True
        if what == "config":
            (r.git / "config").write_text("[core\n\trepositoryformatversion = 0\n")
        elif what == "format":
            (r.git / "config").write_text("[core]\n\trepositoryformatversion = 7\n\tbare = true\n")
        elif what == "refs":
            (r.git / "HEAD").write_bytes(b"\x00\x01nothing that is a reference\n")
    return hook


def kinds(ground):
    """Every kind: its share, its group, whether it may be bare, and what makes it so."""
    team, strict = initial(ground), initial(ground, profile="enterprise")
    hand = initial(ground, OTHER_URL)
    one, _ = packs(ground)
    packed = rendered(ground, ("init", "--profile", "team", "--set", f"gateway.url={URL}", "--set", f"pack=path:{one}", "--with", "first", "--yes", "--no-input"))
    tagged = rendered(ground, ("apply",), OWN_MANIFEST % (OTHER_URL, "billing"))

    def changed(files, *edits):
        files = dict(files)
        for path, before, after in edits:
            edit(files, path, before, after)
        return files

    def without(files, *paths):
        return {path: file for path, file in files.items() if path not in paths}

    old = older(team)
    conflict = changed(old, (SETTINGS, OLD[SETTINGS][1], b'"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "mine"'))
    # All but the script, which our own attributes say is LF.
    crlf = {path: (mode, data if path == SCRIPT else data.replace(b"\n", b"\r\n")) for path, (mode, data) in old.items()}
    bom = b"\xef\xbb\xbf"
    env = {".env": (FILE, b"PORT=1\n")}
    base = {"LICENSE": (FILE, b"MIT\n")}
    twins = {".Claude/settings.json": (FILE, b'{"a": 1}\n'), ".claude/settings.json": (FILE, b"{}\n")}
    own = (OWN_MANIFEST % (OTHER_URL, "billing")).encode()
    module = "1234567890123456789012345678901234567890"
    inside = {"tools/claude/settings.json": (FILE, b"{}\n"), ".claude": (LINK, b"tools/claude")}
    huge = {f"entry-{number:05}.txt": (FILE, b"%d\n" % number) for number in range(5000)}
    marked = b"<<<<<<< HEAD\n" + team[LOCK][1] + b"=======\n" + old[LOCK][1] + b">>>>>>> other\n"
    return [  # share, kind, group, files, further acts
        (60, "no manifest", "team", {}, ()),
        (10, "no manifest, license", "team", base, ()),
        (10, "no manifest, enterprise", "strict", {}, ()),
        (6, "no manifest, GitLab", "strict", {".gitlab-ci.yml": (FILE, b"stages: [build]\nbuild:\n  script: make\n")}, ()),
        (6, "no manifest, env files", "team", {".env.example": (FILE, b"PORT=1\nANTHROPIC_BASE_URL=https://found.one.example\n")}, ()),
        (6, "tracked env file", "team", env, ()),
        (6, "a service's own gateway URL", "bare-values", {".env.template": (FILE, b"ANTHROPIC_BASE_URL=https://found.one.example\n")}, ()),
        (6, "no manifest, features", "more", {}, ()),
        (6, "own manifest, features", "more", tagged, ()),
        (6, "older templates, features", "more", old, ()),
        (4, "no manifest, pack", "pack", {}, ()),
        (6, "older pack", "pack", packed, ()),
        (4, "older pack, edited", "pack", changed(packed, ("docs/first.md", b"Then ask.", b"Then ask Ada."), (EDITOR, b'"editor.tabSize": 2', b'"editor.tabSize": 3')), ()),
        (4, "embedded templates before the pack", "pack", team, ()),
        (15, "hooks and permissions", "team", {SETTINGS: (FILE, HOOKS)}, ()),
        (15, "comments", "team", {EDITOR: (FILE, COMMENTS)}, ()),
        (6, "byte order mark and CRLF", "team", {EDITOR: (FILE, bom + COMMENTS.replace(b"\n", b"\r\n")), ".gitignore": (FILE, b"a\r\nb")}, ()),
        (15, "own manifest, never applied", "team", {MANIFEST: (FILE, own)}, ()),
        (15, "own manifest, applied", "team", tagged, ()),
        (6, "own manifest in .config", "team", {".config/" + MANIFEST: (FILE, own)}, ()),
        (10, "other URL, applied", "team", hand, ()),
        (30, "up to date", "team", team, ()),
        (6, "up to date, enterprise", "strict", strict, ()),
        (50, "older templates", "team", old, ()),
        (10, "older templates, enterprise", "strict", older(strict), ()),
        (10, "older templates, own manifest", "team", older(tagged), ()),
        (25, "older templates, edited", "team", changed(old, (SETTINGS, b'  "model": ', b'  "cleanupPeriodDays": 7,\n  "model": '),
                                                         (PAGE, b"# Claude Code through our gateway", b"# Our gateway"),
                                                         (".gitignore", b"/.env\n", b"/.env\n/mine\n")), ()),
        (10, "older templates, CRLF", "team", {**crlf, LOCK: old[LOCK], MANIFEST: old[MANIFEST]}, ()),
        (6, "applied, CRLF everywhere", "team", crlf, ()),
        (4, "attributes ask for CRLF", "team", {".gitattributes": (FILE, b"* text=auto eol=crlf\n"), EDITOR: (FILE, COMMENTS)}, ()),
        (25, "conflict", "team", conflict, ()),
        (6, "conflict in a document", "team", changed(old, (PAGE, OLD[PAGE][1], b"the request ought to be there.")), ()),
        (6, "conflict without a lockfile", "team", {SETTINGS: (FILE, b'{"model": "mine", "env": {"ANTHROPIC_BASE_URL": "https://mine.one.example"}}\n')}, ()),
        (6, "another's script", "team", {SCRIPT: (RUN, b"#!/bin/sh\nexec mine\n")}, ()),
        (15, "keys deleted", "team", changed(old, (SETTINGS, b'    "API_TIMEOUT_MS": "30000",\n', b"")), ()),
        (8, "file deleted", "team", without(old, PAGE, ".env.template"), ()),
        (8, "runs no more", "team", {**old, SCRIPT: (FILE, old[SCRIPT][1])}, ()),
        (8, "settings that run", "team", {**old, SETTINGS: (RUN, old[SETTINGS][1])}, ()),
        (15, "work tree with changes", "team", old, ("tree",)),
        (6, "linked work tree", "team", old, (linked,)),
        (5, "no commit", "team", None, ()),
        (4, "HEAD names a missing branch", "team", old, (head("ref: refs/heads/trunk\n"),)),
        (5, "detached HEAD", "team", old, (head(lambda g, r: g.git(r.git, "rev-parse", r.branch) + "\n"),)),
        (3, "truncated pack", "team", old, (damage("truncated pack"),)),
        (3, "missing blob", "team", old, (damage("missing blob"),)),
        (3, "corrupt blob", "team", old, (damage("corrupt blob"),)),
        (3, "empty blob", "team", old, (damage("empty blob"),)),
        (2, "missing blob, others have it", "team", old, (damage("missing blob"),)),
        (2, "missing tree", "team", old, (damage("missing tree"),)),
        (2, "missing commit", "team", old, (damage("missing commit"),)),
        (3, "config that is none", "team", old, (unopenable("config"),)),
        (2, "format of tomorrow", "team", old, (unopenable("format"),)),
        (2, "HEAD that is none", "team", old, (unopenable("refs"),)),
        (5, "folder is a link inside", "team", inside, ()),
        (4, "folder is a link outside", "team", {".claude": (LINK, b"../shared")}, ()),
        (3, "folder is a link to nothing", "team", {".claude": (LINK, b"nowhere")}, ()),
        (4, "settings are a link inside", "team", {SETTINGS: (LINK, b"../tools/s.json"), "tools/s.json": (FILE, b"{}\n")}, ()),
        (3, "settings are a link outside", "team", {SETTINGS: (LINK, b"/etc/passwd")}, ()),
        (3, "settings are a link to nothing", "team", {SETTINGS: (LINK, b"nothing.json")}, ()),
        (2, "ignore file is a link", "team", {".gitignore": (LINK, b"tools/ignore"), "tools/ignore": (FILE, b"x\n")}, ()),
        (2, "folder is a file", "team", {".claude": (FILE, b"mine\n")}, ()),
        (3, "folder at a managed path", "team", {SCRIPT + "/x": (FILE, b"x\n")}, ()),
        (3, "submodule at a managed path", "team", {".claude": (MODULE, module)}, ()),
        (2, "submodule at a managed file", "team", {SCRIPT: (MODULE, module)}, ()),
        (3, "case twins", "team", twins, ()),
        (6, "branch behind", "team", old, (branch_at("refs/heads/main~1^0"),)),
        (6, "branch at HEAD", "team", old, (branch_at("refs/heads/main^0"),)),
        (6, "branch ahead by hand", "team", old, (branch_at("refs/heads/main^0", {"by-hand.txt": (FILE, b"hand\n")}.items()),)),
        (6, "branch ahead by hand in a managed file", "team", old, (branch_at("refs/heads/main^0", {EDITOR: (FILE, b"{}\n")}.items()),)),
        (6, "branch diverged", "team", old, (branch_at("refs/heads/main~1^0", {"by-hand.txt": (FILE, b"hand\n")}.items()),)),
        (2, "branch diverged, up to date", "team", team, (branch_at("refs/heads/main~1^0", {"by-hand.txt": (FILE, b"hand\n")}.items()),)),
        (4, "branch checked out", "team", old, (checked_out,)),
        (2, "branch stands for another", "team", old, (lambda g, r: g.git(r.git, "symbolic-ref", f"refs/heads/{BRANCH}", "refs/heads/main"),)),
        (2, "branch is rebased", "team", old, (branch_at("refs/heads/main^0"), rebased)),
        (2, "empty folder of the branch's name", "team", old, (lambda g, r: (r.git / "refs" / "heads" / BRANCH / "a").mkdir(parents=True),)),
        (2, "git folder elsewhere", "team", old, ("tree", elsewhere)),
        (4, "branch name taken", "team", old, (refs((f"refs/heads/{BRANCH}/x", "refs/heads/main")),)),
        (4, "invalid manifest", "team", {MANIFEST: (FILE, b'version = 1\nprofile = "entreprise"\nbad = 1\n')}, ()),
        (3, "manifest with bad syntax", "team", {MANIFEST: (FILE, b"version = \n")}, ()),
        (4, "invalid lockfile", "team", {**team, LOCK: (FILE, b"not [a lockfile\n")}, ()),
        (3, "lockfile with conflict markers", "team", {**team, LOCK: (FILE, marked)}, ()),
        (4, "lockfile of tomorrow", "team", {**team, LOCK: (FILE, team[LOCK][1].replace(b"version = 2", b"version = 9", 1))}, ()),
        (3, "newer templates", "team", {**team, LOCK: (FILE, older(team)[LOCK][1].replace(b'templates = "2"', b'templates = "99"'))}, ()),
        (3, "settings that are no JSON", "team", {SETTINGS: (FILE, b"{oops\n")}, ()),
        (2, "settings in UTF-16", "team", {SETTINGS: (FILE, "{}\n".encode("utf-16"))}, ()),
        (2, "settings kept by git-lfs", "team", {SETTINGS: (FILE, b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")}, ()),
        (1, "settings that are too large", "team", {SETTINGS: (FILE, b"{}" + b" " * (9 << 20))}, ()),
        (2, "key given twice", "team", {SETTINGS: (FILE, b'{"env": {}, "env": {}}\n')}, ()),
        (2, "another unit manages it", "team", {"sub/" + MANIFEST: team[MANIFEST], "sub/" + LOCK: team[LOCK]}, ()),
        (2, "empty tree", "team", {"only": (FILE, b"")}, ("clear",)),
        (3, "lockfile without a manifest", "team", without(team, MANIFEST), ()),
        (1, "5,000 entries", "team", huge, ()),
        (2, "storage reftable", "team", None, ()),
        (2, "storage sha256", "team", None, ()),
    ]


def scale(shares, wanted):
    """How many of each kind: at least one, in the proportion of their shares."""
    total = sum(shares)
    counts = [max(1, share * wanted // total) for share in shares]
    counts[0] += max(0, wanted - sum(counts))
    return counts


def make(ground, wanted):
    """Makes all repositories; returns them in the order of their names."""
    make_bases(ground)
    table = kinds(ground)
    jobs = []
    for (_, kind, group, files, further), count in zip(table, scale([row[0] for row in table], wanted), strict=True):
        for number in range(count):
            rng = random.Random(f"{ground.seed} {kind} {number}")
            name = f"{kind.replace(' ', '-').replace(',', '').replace(chr(39), '').replace('.', '').lower()}-{number:03}"
            path = ground.folder / "repos" / group / name
            r = Repository(name, "storage empty" if kind == "no commit" else kind, group, path)
            r.files, r.after = dict(files or {}), [act for act in further if callable(act)]
            r.broken = any(act.__qualname__.startswith("damage") for act in r.after)
            r.bare = rng.random() < 0.55 and "tree" not in further and not r.kind.startswith("storage ")
            if kind in ("missing blob", "corrupt blob", "empty blob"):
                # One that no other repository has, so that it must be read.
                r.files[".gitignore"] = (FILE, f"# {name}\n".encode())
            r.gone = ["README.md", "CHANGES", "src", "tests", "docs", "scripts"] if "clear" in further else []
            jobs.append((r, rng))
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        whens = [1750000000 + int(hashlib.sha256(r.name.encode()).hexdigest()[:4], 16) for r, _ in jobs]
        list(pool.map(lambda job: stored(ground, job[0][1], job[0][0], job[1]), zip(jobs, whens, strict=True)))
    return sorted((r for r, _ in jobs), key=lambda r: r.name)


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
