"""What every repository of fleet_ground.py should come to: found out with `git` and the commands for one repository.

HEAD's commit, or the branch's where that goes on from it, is checked out into a folder of its own; there the
tool is run as a person would, and everything that changed is added. The tree that this gives is the one that
the fleet's commit must have.
"""
import hashlib
import json
import os
import pathlib
import shutil
import threading
import time

from fleet_ground import BRANCH, LOCK, MANIFEST, SCRIPT, SETTINGS, URL

def values(ground):
    """What each group gives, in the order of a manifest."""
    gateway = [f"gateway.url={URL}", "gateway.timeout_ms=30000"]
    more = ["models.fallback=claude-haiku-4-5", "telemetry.cost_center=platform"]
    return {"team": ["profile=team", *gateway], "strict": ["profile=enterprise", *gateway], "bare-values": ["profile=team"],
            "more": ["profile=team", "features=multi-model,-vscode", *gateway, *more],
            "pack": ["profile=team", "features=first", f"pack=path:{ground.folder}/packs/2", *gateway]}


def first_words(given):
    """The same for `init`."""
    words = ["init", "--yes", "--no-input"]
    for value in given:
        key, _, said = value.partition("=")
        if key == "profile":
            words += ["--profile", said]
        elif key == "features":
            words += [w for name in said.split(",") for w in (("--without", name[1:]) if name[0] == "-" else ("--with", name))]
        else:
            words += ["--set", value]
    return words


# What a tree tells better than a checkout of it.
WORDS = {"settings kept by git-lfs": f"cannot manage `{SETTINGS}`: it is kept elsewhere by git-lfs",
         "submodule at a managed file": f"cannot manage `{SCRIPT}`: it is a submodule"}


class Wrong(Exception):
    """Something that came out another way."""


def need(good, why):
    if not good:
        raise Wrong(why)


class Report:
    """A line a subject."""

    def __init__(self, only):
        self.only, self.failed, self.passed, self.skipped = only, 0, 0, 0

    def case(self, title, function):
        if self.only in title:
            self.step(title, function)

    def step(self, title, function):
        """A subject that the others need."""
        start = time.monotonic()
        try:
            word, why = "ok", function() or ""
        except Exception as error:  # noqa: BLE001  # a subject that cannot even run has failed
            word, why = "FAILED", f"{type(error).__name__}: {error}" if not isinstance(error, Wrong) else str(error)
        self.said(word, title, f"{time.monotonic() - start:.1f} s", why)

    def said(self, word, title, about, why):
        self.passed += word == "ok"
        self.failed += word != "ok"
        print(f"{word:<7} {title} ({about}){': ' if why else ''}{why}", flush=True)

    def skip(self, title, why):
        self.skipped += 1
        print(f"SKIPPED {title}: {why}", flush=True)


class Expected:
    """How one repository should end."""

    def __init__(self, status, tree=None, why=None, tip=None, base=None, head=None):
        self.status, self.tree, self.why, self.tip, self.base, self.head = status, tree, why, tip, base, head


def resolved(ground, r, name):
    done = ground.run("git", "--git-dir", r.git, "rev-parse", "-q", "--verify", f"{name}^{{commit}}")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def contains(ground, r, later, earlier):
    return ground.run("git", "--git-dir", r.git, "merge-base", "--is-ancestor", earlier, later).returncode == 0


class Oracle:
    """Asks git and the single-repository commands."""

    def __init__(self, ground, branch=BRANCH):
        self.ground, self.branch, self.values = ground, branch, values(ground)
        self.edited, self.lock = {}, threading.Lock()
        self.objects = ground.folder / "alone" / "objects"
        (ground.folder / "alone" / "shared").mkdir(parents=True, exist_ok=True)
        self.objects.mkdir(exist_ok=True)
        self.count = 0

    def of(self, r):
        """Returns what is expected of a repository that nobody has touched yet."""
        if r.kind in ("storage reftable", "storage sha256", "config that is none", "format of tomorrow", "HEAD that is none",
                      "missing commit", "missing tree", "HEAD names a missing branch", "submodule at a managed path"):
            return Expected("failed")
        if r.kind == "storage empty":
            return Expected("passed-over")
        head, tip = resolved(self.ground, r, "HEAD"), resolved(self.ground, r, f"refs/heads/{self.branch}")
        if r.broken and not head:
            return Expected("failed")
        need(head, f"{r.name}: git finds no HEAD")
        base, apart = head, False
        if tip and contains(self.ground, r, tip, head):
            base = tip
        elif tip and not contains(self.ground, r, head, tip):
            apart = True
        found = self.alone(r, base)
        found.tip, found.base, found.head = tip, base, head
        if r.kind in WORDS:
            found.why = WORDS[r.kind]
        if found.status == "changed" and r.kind in ("branch checked out", "branch name taken", "branch stands for another", "branch is rebased"):
            found.status, found.tree = "failed", None
        if apart and found.tree:
            found.status, found.tree = "conflict", None
        return found

    def alone(self, r, base):
        """Runs the commands for one repository on a checkout of a commit."""
        root = self.checkout(r, base)
        if root is None:
            return Expected("failed")
        try:
            manifest = next((p for p in (root / MANIFEST, root / ".config" / MANIFEST) if p.is_file()), None)
            if manifest:
                text, problem = self.with_values(r.group, manifest.read_bytes(), manifest.relative_to(root))
                if problem:
                    return Expected("failed", why=problem)
                if text != manifest.read_bytes():
                    manifest.write_bytes(text)
                words = ["upgrade"]
            else:
                words = first_words(self.values[r.group])
            done = self.ground.run(self.ground.tool, *words, "--format", "json", cwd=root)
            if done.returncode == 2:
                return Expected("failed", why=first_error(done))
            need(done.returncode in (0, 1), f"exit {done.returncode}: {done.stderr.decode()[-300:]}")
            told = json.loads(done.stdout)
            kept = {"GIT_OBJECT_DIRECTORY": str(self.objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{r.git}/objects"}
            self.ground.git(root, "add", "-A", "-f", ".", env=kept)
            tree, before = self.ground.git(root, "write-tree", env=kept), self.git(root, "rev-parse", f"{base}^{{tree}}")
            if tree != before:
                self.only_reported(root, base, told, manifest)
            changed = tree if tree != before else None
            status = "conflict" if done.returncode == 1 else "changed" if changed else "up-to-date"
            return Expected(status, changed)
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def only_reported(self, root, base, told, manifest):
        """Every path that differs was told of, or is reached by a link that was."""
        paths = {change["path"] for change in told["changes"] if change["action"] != "keep"} | {LOCK, ".config/" + LOCK}
        if manifest:
            paths.add(str(manifest.relative_to(root)))
        real = {os.path.relpath(os.path.realpath(root / path), os.path.realpath(root)) for path in paths} | paths
        changed = self.git(root, "diff", "--cached", "--name-only", "--no-renames", base).splitlines()
        need(set(changed) <= real, f"not told of: {sorted(set(changed) - real)}")

    def checkout(self, r, base):
        with self.lock:
            self.count += 1
            root = self.ground.folder / "alone" / f"{self.count:05}"
        git = root / ".git"
        for folder in ("objects/info", "refs/heads", "info"):
            (git / folder).mkdir(parents=True)
        origin = self.ground.run("git", "--git-dir", r.git, "config", "--get", "remote.origin.url").stdout.decode().strip()
        remote = f'[remote "origin"]\n\turl = {origin}\n' if origin else ""
        (git / "config").write_text(f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n{remote}")
        (git / "HEAD").write_text(base + "\n")
        (git / "objects" / "info" / "alternates").write_text(f"{r.git}/objects\n")
        done = self.ground.run("git", "-C", root, "reset", "-q", "--hard", base)
        if done.returncode:
            shutil.rmtree(root, ignore_errors=True)
            return None
        return root

    def with_values(self, group, text, path):
        """A manifest with the group's values, as `set` writes them where there is nothing else."""
        with self.lock:
            if (group, text) in self.edited:
                return self.edited[group, text]
            root = self.ground.folder / "alone" / f"manifest-{len(self.edited)}"
            (root / path).parent.mkdir(parents=True)
            (root / path).write_bytes(text)
            self.ground.git(root, "init", "-q")
            done = self.ground.run(self.ground.tool, "set", *self.values[group], "--format", "json", cwd=root)
            if done.returncode == 2:
                found = (None, first_error(done))
            else:
                found = ((root / path).read_bytes(), None)
            self.edited[group, text] = found
            return found

    def git(self, root, *words):
        return self.ground.git(root, *words)


def first_error(done):
    told = json.loads(done.stdout)
    return next(d["message"] for d in told["diagnostics"] if d["severity"] == "error")


def lines(text):
    return {row["repository"]: row for row in map(json.loads, text.decode().splitlines())}


def state(path):
    """Every file below a folder: mode, size, time and bytes."""
    found = {}
    pending = [str(path)]
    while pending:
        folder = pending.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                about = entry.stat(follow_symlinks=False)
                name = os.path.relpath(entry.path, path)
                if entry.is_symlink():
                    found[name] = ("link", os.readlink(entry.path))
                elif entry.is_dir():
                    found[name] = ("folder",)
                    pending.append(entry.path)
                else:
                    data = hashlib.blake2b(pathlib.Path(entry.path).read_bytes(), digest_size=12).digest()
                    # git itself freshens the time of an object that is wanted once more.
                    is_object = "objects/" in name and "/worktree" not in name
                    found[name] = data if is_object else (about.st_mode, about.st_mtime_ns, about.st_ino, data)
    return found


def untouched(r, before, after, branch=BRANCH):
    """Only objects came, and only the branch moved."""
    prefix = "" if r.bare else ".git/"  # where that is a file, nothing at all may change
    ours = (f"{prefix}refs/heads/{branch}", f"{prefix}logs/refs/heads/{branch}")
    folders = {f"{prefix}logs", f"{prefix}logs/refs", f"{prefix}logs/refs/heads"}
    for name in before.keys() | after.keys():
        if before.get(name) == after.get(name) or name in ours or name in folders or name.startswith(f"{ours[0]}/"):
            continue
        added = name.startswith(f"{prefix}objects/") and name not in before
        need(added, f"{r.name}: `{name}` was touched")
        need("tmp" not in name and "git2_" not in name, f"{r.name}: `{name}` was left behind")
