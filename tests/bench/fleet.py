#!/usr/bin/env python3
"""Measures `fleet plan` and `fleet apply` beside the least they can cost and beside what people do, in one run.

Bare repositories of about 200 files each, every one with a commit of its own. Prints a Markdown table of repositories a
second; each figure is the best of a few rounds, for whatever else the machine does only slows them down.
"""

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from rounds import ROOT

FLEET = """version = 1
[[group]]
name = "all"
repositories = ["repos/*.git"]
profile = "team"
[group.values.gateway]
url = "https://gateway.bench.example/v1"
"""
WHO = "A U Thor <author@bench.example> 1700000000 +0000"


def base(path, seed):
    """A bare repository with about 200 files, in one pack."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
    pick = random.Random(seed)
    out = [f"commit refs/heads/main\ncommitter {WHO}\ndata 1\nx\n"]
    for number in range(200):
        folder = pick.choice(["", "src/", "src/a/", "docs/", "lib/", "lib/x/", "test/"])
        body = "".join(pick.choice("abcdefghij \n") for _ in range(pick.randint(200, 1500)))
        out.append(f"M 100644 inline {folder}f{number}.txt\ndata {len(body)}\n{body}\n")
    subprocess.run(["git", "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"], cwd=path, check=True,
                   input="".join(out).encode())


def loose(repository, kind, content):
    """Writes an object and returns its id."""
    whole = f"{kind} {len(content)}\0".encode() + content
    name = hashlib.sha1(whole).hexdigest()
    folder = repository / "objects" / name[:2]
    folder.mkdir(exist_ok=True)
    (folder / name[2:]).write_bytes(zlib.compress(whole, 1))
    return name


def make(folder, count):
    """Repositories that differ in one file of their own, so that no two have one tree."""
    folder.mkdir(parents=True)
    bases = []
    for seed in range(10):
        path = folder.parent / f"base-{seed}.git"
        if not path.exists():
            base(path, seed)
        ask = ["git", "-C", str(path), "rev-parse", "main", "main^{tree}"]
        commit, tree = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()
        raw = subprocess.run(["git", "-C", str(path), "cat-file", "tree", tree], capture_output=True, check=True).stdout
        bases.append((path, commit, raw))
    for number in range(count):
        path, commit, raw = bases[number % len(bases)]
        repository = folder / f"r{number:05}.git"
        shutil.copytree(path, repository, ignore=shutil.ignore_patterns("hooks", "description"))
        blob = loose(repository, "blob", f"{number}\n".encode())
        # `zz` stands behind every name that `base` gives.
        tree = loose(repository, "tree", raw + b"100644 zz\0" + bytes.fromhex(blob))
        text = f"tree {tree}\nparent {commit}\nauthor {WHO}\ncommitter {WHO}\n\nown\n"
        (repository / "refs/heads/main").write_text(loose(repository, "commit", text.encode()) + "\n")


class Bench:
    def __init__(self, binary, floor, work, rounds):
        self.binary, self.floor, self.work, self.rounds = str(binary), str(floor), work, rounds
        self.home = work / "home"
        self.home.mkdir()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1"}
        (self.home / ".gitconfig").write_text("[user]\n\tname = A\n\temail = a@bench.example\n[init]\n\tdefaultBranch = main\n")
        (work / "claude-fleet.toml").write_text(FLEET)

    def run(self, argv, cwd=None):
        """Seconds and the most memory in MiB."""
        null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        os.chdir(cwd or self.work)
        begin = time.perf_counter()
        pid = os.posix_spawn(shutil.which(argv[0]) or argv[0], argv, self.env, file_actions=null)
        _, status, used = os.wait4(pid, 0)
        took = time.perf_counter() - begin
        if status:
            sys.exit(f"bench: failed: {' '.join(argv)}")
        return took, used.ru_maxrss / 1024

    def fresh(self):
        """Repositories as they were, and no memory of an earlier run."""
        shutil.rmtree(self.work / "repos", ignore_errors=True)
        shutil.rmtree(self.home / ".local", ignore_errors=True)
        subprocess.run(["cp", "-r", str(self.work / "made"), str(self.work / "repos")], check=True)

    def best(self, count, act, fresh):
        rates, most = [], 0
        for _ in range(self.rounds):
            if fresh:
                self.fresh()
            took, memory = act()
            rates.append(count / took)
            most = max(most, memory)
        return max(rates), most

    def ours(self, count, command, *words, fresh):
        argv = [self.binary, "fleet", command, "--quiet", *words]
        return self.best(count, lambda: self.run(argv), fresh)

    def least(self, how, *words, fresh):
        rates = []
        for _ in range(self.rounds):
            if fresh:
                self.fresh()
            argv = [self.floor, how, str(self.work / "repos"), str(self.work / "files"), *words]
            rates.append(float(subprocess.run(argv, capture_output=True, text=True, check=True, env=self.env).stdout))
        return max(rates)

    def prepare(self, count):
        shutil.rmtree(self.work / "made", ignore_errors=True)
        make(self.work / "made", count)
        self.fresh()

    def files(self):
        """What the fleet writes, as a folder, for whoever writes the same by other means."""
        self.fresh()
        self.run([self.binary, "fleet", "apply", "--quiet", "--limit", "1", "--only", "r00000"])
        tree = subprocess.run(["git", "-C", str(self.work / "repos/r00000.git"), "diff", "--name-only", "main",
                               "claude-scaffold"], capture_output=True, text=True, check=True, env=self.env).stdout
        folder = self.work / "files"
        shutil.rmtree(folder, ignore_errors=True)
        for name in tree.split():
            blob = subprocess.run(["git", "-C", str(self.work / "repos/r00000.git"), "show", f"claude-scaffold:{name}"],
                                  capture_output=True, check=True, env=self.env).stdout
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(blob)

    def merged(self):
        """Every repository takes the fleet's branch for its own."""
        for path in sorted((self.work / "repos").iterdir()):
            (path / "refs/heads/main").write_text((path / "refs/heads/claude-scaffold").read_text())

    def by_hand(self, repository, clone, tool):
        """Clone, write, add, commit, push: what everyone does."""
        git = ["git", "-C", str(clone)]
        self.run(["git", "clone", "--quiet", str(repository), str(clone)])
        tool(clone)
        self.run([*git, "add", "-A"])
        self.run([*git, "commit", "--quiet", "-m", "settings"])
        self.run([*git, "push", "--quiet", "origin", "HEAD:by-hand"])
        shutil.rmtree(clone)

    def loop(self, some, tool):
        self.fresh()
        begin = time.perf_counter()
        for number in range(some):
            self.by_hand(self.work / f"repos/r{number:05}.git", self.work / "clone", tool)
        return some / (time.perf_counter() - begin)

    def written(self, clone):
        shutil.copytree(self.work / "files", clone, dirs_exist_ok=True)

    def imported(self, some):
        """One `git fast-import` for each repository: the quickest of git's own ways."""
        self.fresh()
        out = [f"commit refs/heads/imported\ncommitter {WHO}\ndata 1\nx\nfrom refs/heads/main^0\n".encode()]
        for path in sorted((self.work / "files").rglob("*")):
            if path.is_file():
                text, name = path.read_bytes(), path.relative_to(self.work / "files")
                out.append(f"M 100644 inline {name}\ndata {len(text)}\n".encode() + text + b"\n")
        stream = b"".join(out)
        begin = time.perf_counter()
        for number in range(some):
            where = self.work / f"repos/r{number:05}.git"
            subprocess.run(["git", "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"], cwd=where, input=stream,
                           check=True, env=self.env)
        return some / (time.perf_counter() - begin)


def copier(bench):
    path = ROOT / "tests/real/.parts/rivals/bin/copier"
    if not path.exists():
        return None
    template = bench.work / "template"
    shutil.copytree(bench.work / "files", template)
    (template / "copier.yml").write_text("_envops: {variable_start_string: '[[[', variable_end_string: ']]]'}\n")
    return lambda clone: bench.run([str(path), "copy", "--defaults", "--quiet", "--overwrite", str(template), str(clone)])


def table(bench, count, some):
    rows = []
    bench.prepare(count)
    bench.files()
    reads = lambda: bench.least("reads", fresh=False)
    bench.fresh()
    bench.ours(count, "apply", fresh=True)
    bench.merged()
    floor = reads()
    one, _ = bench.ours(count, "plan", "--jobs", "1", fresh=False)
    every, memory = bench.ours(count, "plan", fresh=False)
    rows += [("`fleet plan`, nothing to do, one thread", one, f"{one / floor:.2f} of the floor", one >= 4000 and one * 2 >= floor),
             ("`fleet plan`, nothing to do", every, f"{memory:.0f} MiB", True), ("floor: open, look up, compare", floor, "", True)]
    pack = bench.least("pack", "sync", fresh=True)
    single, _ = bench.ours(count, "apply", "--jobs", "1", fresh=True)
    apply, memory = bench.ours(count, "apply", fresh=True)
    loose_ = bench.least("loose", "sync", fresh=True)
    build = bench.least("builder", fresh=True)
    imported = bench.imported(some)
    hand = bench.loop(some, bench.written)
    rows += [("`fleet apply`, one thread", single, f"{single / pack:.2f} of the floor", single * 2 >= pack),
             ("`fleet apply`", apply, f"{memory:.0f} MiB", True), ("floor: one pack, one branch", pack, "", True),
             ("git2's pack builder", build, f"{apply / build:.1f}x", True),
             ("loose objects", loose_, f"{apply / loose_:.1f}x, target 4x", apply >= 4 * loose_),
             ("one `git fast-import` each", imported, f"{apply / imported:.1f}x, target 5x", apply >= 5 * imported),
             ("clone, write, add, commit, push", hand, f"{apply / hand:.0f}x, target 100x", apply >= 100 * hand)]
    tool = copier(bench)
    if tool:
        loop = bench.loop(max(some // 10, 3), tool)
        rows.append(("clone, copier, add, commit, push", loop, f"{apply / loop:.0f}x", True))
    return rows


def sizes(bench, counts):
    rows = []
    for count in counts:
        bench.prepare(count)
        apply, most = bench.ours(count, "apply", fresh=True)
        plan, memory = bench.ours(count, "plan", fresh=False)
        most = max(most, memory)
        rows.append((f"{count:,} repositories", plan, apply, most))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True, help="the release build")
    parser.add_argument("--repositories", type=int, default=1000)
    parser.add_argument("--some", type=int, default=60, help="how many the slow ways are measured with")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1000, 10000])
    parser.add_argument("--on", type=Path, nargs="*", default=[Path("/dev/shm"), Path(tempfile.gettempdir())])
    words = parser.parse_args()
    own = ROOT / "tests/bench/floor"
    target = Path(os.environ.get("FLOOR_TARGET", own / "target"))
    subprocess.run(["cargo", "build", "--release", "--quiet", "--locked", "--target-dir", str(target)], cwd=own, check=True)
    missed = 0
    for place in words.on:
        with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as name:
            bench = Bench(words.binary.resolve(), target / "release/floor", Path(name), words.rounds)
            print(f"\n| {words.repositories:,} repositories on `{place}` | a second | |\n|---|---:|---|", flush=True)
            for what, rate, note, good in table(bench, words.repositories, words.some):
                missed += not good and place == words.on[0]
                print(f"| {what} | {rate:,.0f} | {note}{'' if good else ' (missed)'} |", flush=True)
            if place == words.on[0]:
                print("\n| | plan, a second | apply, a second | memory, MiB |\n|---|---:|---:|---:|")
                for what, plan, apply, memory in sizes(bench, words.sizes):
                    missed += memory >= 200
                    print(f"| {what} | {plan:,.0f} | {apply:,.0f} | {memory:.0f} |", flush=True)
            os.chdir("/")
    print(f"\n{missed} targets missed" if missed else "\nall targets met")
    sys.exit(missed > 0)


main()
