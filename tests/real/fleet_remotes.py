#!/usr/bin/env python3
"""Runs a fleet of fifty repositories behind real git servers, some of them slow, refusing or vanishing.

usage: fleet_remotes.py --tool PATH [--only TEXT]

Half of them are behind `git http-backend`, half behind `git daemon`, and nine behind servers that fail.
Plans, applies and pushes as a platform team would, looks at a fresh clone of each, and does it again.
Prints a line a case; exit code 1 where one went wrong.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import git_servers as servers
from packs import Report, World, git, need

EACH = 25
BRANCH = "claude-scaffold"
# What a server that fails does, and a word of what is said of it.
FAILING = {"missing": "no such repository", "closed": "login", "away": "redirect", "broken": "reached", "busy": "too much to do",
           "cut": "reached|git:", "mute": "took longer", "refusing": "reached", "absent": "no such repository"}
FLEET = """version = 1
[[group]]
name = "all"
profile = "solo"
repositories = [
%s
]
"""


class Fleet:
    """Served repositories, the servers, and the user who rolls out."""

    def __init__(self, world):
        self.world, self.root, self.folder = world, world.place("served"), world.place("fleet")
        self.user = world.user({name: text for name, text in os.environ.items() if name == "LLVM_PROFILE_FILE"})
        (self.user.home / ".gitconfig").write_text("[user]\n\tname = Fleet\n\temail = fleet@one.example\n")
        del self.user.env["GIT_CONFIG_GLOBAL"]
        self.seed = world.place("seed")
        self.names = [f"{kind}-{number:02}" for kind in ("http", "git") for number in range(EACH)]
        for number, name in enumerate(self.names):
            self.make(name, number)
        self.http = servers.Http(self.root)
        self.daemon = servers.daemon(self.root, {**world.base, "HOME": str(self.root)}, ["--enable=receive-pack"])
        self.mute, self.gone = servers.Raw(), servers.free_port()
        here = servers.HOST
        self.good = {name: self.url(name, number) for number, name in enumerate(self.names)}
        behind_http = [how for how in FAILING if how not in ("mute", "refusing", "absent")]
        for how in behind_http:
            self.make(f"bad-{how}", 1)
        self.bad = {f"bad-{how}": f"http://{here}:{self.http.port}/{how}/bad-{how}.git" for how in behind_http}
        self.bad["bad-refusing"] = f"git://{here}:{self.gone}/bad-refusing.git"
        self.bad["bad-absent"] = f"git://{here}:{self.daemon.port}/bad-absent.git"
        # It takes the whole minute that one repository may take, so it is asked once.
        self.silent = {"bad-mute": f"git://{here}:{self.mute.port}/bad-mute.git"}
        self.write({**self.good, **self.bad})

    def url(self, name, number):
        if name.startswith("git"):
            return f"git://{servers.HOST}:{self.daemon.port}/{name}.git"
        # Every fifth is slow; some speak the old protocol, and some drop the first request.
        how = "slow" if number % 5 == 4 else "v0" if number % 5 == 3 else "once" if number % 5 == 2 else "ok"
        return f"http://{servers.HOST}:{self.http.port}/{how}/{name}.git"

    def make(self, name, number):
        bare, work = self.root / f"{name}.git", self.seed / name
        work.mkdir()
        git(work, "init", "-q", "-b", "trunk" if number % 7 == 6 else "main")
        for commit in range(3):
            (work / f"src-{commit}").mkdir()
            for file in range(5):
                (work / f"src-{commit}" / f"{file}.txt").write_text(f"{name} {commit} {file}\n")
            git(work, "add", ".")
            git(work, "commit", "-q", "-m", f"commit {commit}")
        if number % 3 == 0:
            (work / ".claude").mkdir()
            (work / ".claude/settings.json").write_text('{\n  "model": "opus"\n}\n')
            (work / ".gitignore").write_text("target/\n")
            git(work, "add", ".")
            git(work, "commit", "-q", "-m", "settings of their own")
        git(self.root, "clone", "-q", "--bare", str(work), str(bare))
        # Some servers cannot filter.
        git(bare, "config", "uploadpack.allowFilter", "false" if number % 10 == 1 else "true")
        git(bare, "config", "http.receivepack", "true")

    def write(self, urls):
        lines = "\n".join(f'  "{url}",' for url in urls.values())
        (self.folder / "claude-fleet.toml").write_text(FLEET % lines)

    def run(self, *words):
        run = self.user.run(self.folder, "fleet", *words)
        rows = [json.loads(line) for line in run.out.splitlines()] if "json" in words else []
        return run, {row["repository"].rsplit("/", 1)[-1].removesuffix(".git"): row for row in rows}

    def tip(self, name):
        return git(self.root / f"{name}.git", "for-each-ref", "--format=%(objectname)", f"refs/heads/{BRANCH}")

    def stop(self):
        for server in (self.http, self.daemon, self.mute):
            server.stop()


def said(row):
    return " ".join(problem["message"] for problem in row["diagnostics"])


def planned(fleet):
    """Every member has its row; those that fail say why, in time."""
    bad = {**fleet.bad, **fleet.silent}
    fleet.write({**fleet.good, **bad})
    run, rows = fleet.run("plan", "--format", "json", "--jobs", "16")
    fleet.write({**fleet.good, **fleet.bad})
    need(run.code == 1, f"exit {run.code}: {run.err[-500:]}")
    need(sorted(rows) == sorted([*fleet.good, *bad]), f"rows: {sorted(rows)}")
    for name in fleet.good:
        need(rows[name]["status"] == "changed", f"{name}: {rows[name]['status']}: {said(rows[name])}")
        need(not fleet.tip(name), f"{name}: a plan has pushed")
    for name in bad:
        need(rows[name]["status"] == "failed", f"{name}: {rows[name]['status']}")
        wanted = FAILING[name.removeprefix("bad-")]
        need(any(word in said(rows[name]) for word in wanted.split("|")), f"{name}: {said(rows[name])}")
    need(run.seconds < 90, f"it took {run.seconds:.0f} s")
    print(f"        {len(rows)} rows in {run.seconds:.1f} s")


def pushed(fleet):
    """What is pushed is in a fresh clone, whole; what fails stops nothing."""
    run, rows = fleet.run("apply", "--push", "--format", "json", "--jobs", "16")
    need(run.code == 1, f"exit {run.code}: {run.err[-500:]}")
    for name in fleet.good:
        row = rows[name]
        need(row["status"] == "changed" and row["pushed"], f"{name}: {row['status']}: {said(row)}")
        need(fleet.tip(name) == row["commit"], f"{name}: the branch is not there")
        check_clone(fleet, name)
    need(all(rows[name]["status"] == "failed" for name in fleet.bad), "one that fails did not")
    print(f"        {len(rows)} rows in {run.seconds:.1f} s")


def check_clone(fleet, name):
    clone = fleet.world.place("clone") / name
    git(fleet.root, "clone", "-q", "--branch", BRANCH, f"{fleet.root}/{name}.git", str(clone))
    git(clone, "fsck", "--strict")
    need((clone / "claude-scaffold.lock").exists(), f"{name}: no lockfile")
    need((clone / "src-2" / "4.txt").read_text() == f"{name} 2 4\n", f"{name}: a file is lost")
    done = fleet.user.run(clone, "apply", "--dry-run")
    need(done.code == 0, f"{name}: in a clone: {done.text[-300:]}")


def again(fleet):
    """Nothing is left to do for those that are right."""
    before = {name: fleet.tip(name) for name in fleet.good}
    run, rows = fleet.run("apply", "--push", "--format", "json", "--jobs", "16")
    counts = collections.Counter(rows[name]["status"] for name in fleet.good)
    need(counts == {"waiting": len(fleet.good)}, f"{counts}: {run.err[-300:]}")
    need(before == {name: fleet.tip(name) for name in fleet.good}, "a branch has moved")


def offline(fleet):
    """The cache does, with every server away."""
    _, rows = fleet.run("plan", "--format", "json", "--no-refresh")
    for name in fleet.good:
        need(rows[name]["status"] == "waiting", f"{name}: {rows[name]['status']}: {said(rows[name])}")
    for name in fleet.bad:
        need("not in the cache" in said(rows[name]), f"{name}: {said(rows[name])}")


def moved(fleet):
    """Merged, gone another way, deleted, and gone on: each is what it is."""
    merged, apart, deleted, onward = list(fleet.good)[1:5]
    for name in (merged, apart, deleted, onward):
        work = fleet.world.place("theirs") / name
        bare = fleet.root / f"{name}.git"
        git(fleet.root, "clone", "-q", str(bare), str(work))
        if name == merged:
            git(work, "merge", "-q", "--no-ff", "-m", "merged", f"origin/{BRANCH}")
            git(work, "push", "-q", "origin", "HEAD")
        elif name == deleted:
            git(work, "push", "-q", "origin", f":{BRANCH}")
        else:
            for number in range(30):
                (work / "theirs.txt").write_text(f"{number}\n")
                git(work, "add", ".")
                git(work, "commit", "-q", "-m", f"theirs {number}")
            git(work, "push", "-q", "origin", "HEAD")
    _, rows = fleet.run("plan", "--format", "json", "--jobs", "16")
    wanted = {merged: "up-to-date", apart: "conflict", deleted: "changed", onward: "conflict"}
    found = {name: rows[name]["status"] for name in wanted}
    need(found == wanted, f"{found}, not {wanted}: {[said(rows[name]) for name in wanted]}")
    fleet.run("apply", "--push", "--format", "json", "--take", "--jobs", "16")
    _, rows = fleet.run("plan", "--format", "json", "--jobs", "16")
    found = {name: rows[name]["status"] for name in (apart, deleted, onward)}
    need(set(found.values()) == {"waiting"}, f"after --take: {found}: {[said(rows[name]) for name in found]}")
    for name in (apart, deleted, onward):
        check_clone(fleet, name)


def unstored(fleet):
    """The cache holds no half clones, and no password ever was in it."""
    cache = fleet.user.home / ".cache" / "claude-scaffold"
    folders = [path for path in cache.rglob("*.git") if path.is_dir()]
    need(len(folders) == len(fleet.good), f"{len(folders)} folders: {sorted(path.name for path in folders)[:5]}")
    left = [path for path in cache.rglob("*") if path.name.endswith((".new", ".git.lock")) or path.name.startswith("tmp_")]
    need(not left, f"left behind: {left[:5]}")
    password = fleet.world.password
    fleet.write({"a": f"http://ada:{password}@{servers.HOST}:{fleet.http.port}/ok/http-00.git"})
    run, _ = fleet.run("plan")
    need(run.code == 2 and "credential" in run.text.lower(), run.text[-300:])
    fleet.write({**fleet.good, **fleet.bad})


def killed(fleet):
    """Killed while it fetches, again and again: what is left is mended."""
    cache = fleet.user.home / ".cache" / "claude-scaffold"
    subprocess.run(["rm", "-rf", str(cache)], check=True)
    fleet.write(fleet.good)
    for delay in (0.2, 0.5, 0.9, 1.4, 2.0):
        child = subprocess.Popen([fleet.world.tool, "fleet", "plan", "--jobs", "16"], cwd=fleet.folder, env=fleet.user.env,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        child.kill()
        child.wait()
    _, rows = fleet.run("plan", "--format", "json", "--jobs", "16")
    failed = {name: said(row) for name, row in rows.items() if row["status"] == "failed"}
    need(not failed and len(rows) == len(fleet.good), f"{failed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    report, begin = Report(arguments.only), time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        world = World(os.path.abspath(arguments.tool), pathlib.Path(folder).resolve())
        fleet = Fleet(world)
        for title, case in (("plan", planned), ("apply and push", pushed), ("again", again), ("without a refresh", offline),
                            ("moved on the server", moved), ("the cache", unstored), ("killed", killed)):
            report.case(f"fifty remotes: {title}", lambda c=case: c(fleet))
        fleet.stop()
    print(f"{report.passed} cases passed, {report.failed} failed in {time.monotonic() - begin:.0f} s")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
