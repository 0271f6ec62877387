#!/usr/bin/env python3
"""Measures how long keys are looked for, beside what git does with the same files and commits.

The repository is made up by a seeded generator: 20,000 files, and 10,000 commits that each change a
few of them. It is kept in a cache folder for the next run.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rivals import commit, environment, quiet
from rounds import Job, arguments, at_most, measure, show

FILES = 20_000
COMMITS = 10_000
SEED = 4
VERSION = 2
WORDS = """gateway request token key model retry header timeout budget client server route error value
secret config session stream cache report parser layer region tenant queue worker metric trace event
return import class def const let for while if else struct match async await public static void new""".split()
PATTERN = "(sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{36}|AKIA[A-Z2-7]{16}|(key|token|secret|password)[\"' ]*[:=])"
NOTE = """All in one run on one machine. `git grep` looks for one pattern with a few alternatives, we for the
whole catalogue of keys; `git log -p` prints each change."""


def line(chance):
    words = " ".join(chance.choice(WORDS) for _ in range(chance.randint(3, 9)))
    kind = chance.random()
    if kind < 0.04:
        return f'  "{chance.choice(WORDS)}_{chance.choice(WORDS)}_id": "{chance.getrandbits(64):x}",'
    if kind < 0.06:
        return f"{chance.choice(WORDS).upper()}_KEY={chance.choice(WORDS)}-{chance.choice(WORDS)}"
    return f"    {words} ({chance.randint(0, 9999)})"


def text(chance, lines):
    return "\n".join(line(chance) for _ in range(lines)) + "\n"


def path(number):
    ending = ("py", "ts", "md", "json", "yml", "go")[number % 6]
    return f"src/area{number % 40}/part{number // 40 % 25}/file{number}.{ending}"


def stream(out):
    """Writes the whole history in the form that `git fast-import` reads."""
    chance = random.Random(SEED)
    files = {}

    def one(number, changes):
        out.write(f"commit refs/heads/main\nmark :{number + 1}\n".encode())
        out.write(f"committer Ada <ada@one.example> {1_600_000_000 + number * 600} +0000\n".encode())
        out.write(b"data 5\nwork\n")
        for name, body in changes:
            body = body.encode()
            out.write(f"M 100644 inline {name}\ndata {len(body)}\n".encode() + body + b"\n")

    for number in range(FILES):
        files[number] = [line(chance) for _ in range(chance.randint(10, 120))]
    first = [(path(number), "\n".join(lines) + "\n") for number, lines in files.items()]
    one(0, [*first, (".gitignore", ".env\n")])
    for number in range(1, COMMITS):
        changes = []
        for _ in range(chance.randint(1, 5)):
            file = chance.randrange(FILES)
            lines = files[file]
            at = chance.randrange(len(lines))
            lines[at : at + 2] = [line(chance) for _ in range(chance.randint(1, 4))]
            changes.append((path(file), "\n".join(lines) + "\n"))
        one(number, dict(changes).items())
    out.write(b"done\n")


def repository(env):
    """Returns the repository, made once and then kept."""
    home = Path(tempfile.gettempdir()) / f"claude-scaffold-bench-leaks-{VERSION}"
    root = home / "app"
    if (home / "done").exists():
        return root
    shutil.rmtree(home, ignore_errors=True)
    root.mkdir(parents=True)
    quiet(["git", "init", "-q", "-b", "main", "."], root)
    command = ["git", "fast-import", "--quiet", "--done"]
    with subprocess.Popen(command, cwd=root, env=env, stdin=subprocess.PIPE) as process:
        stream(process.stdin)
        process.stdin.close()
    if process.returncode:
        sys.exit("bench: git fast-import failed")
    quiet(["git", "reset", "-q", "--hard"], root)
    (home / "done").touch()
    return root


def main():
    args = arguments(__doc__, 3)
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as work:
        root = Path(work) / "app"
        env = environment(Path(work))
        start = repository(env)
        # Packed by `git gc` as any clone is; and scaffolded, so that `check` has all its work.
        shutil.copytree(start, root, symlinks=True)
        init = ["init", "--profile", "team", "--set", "gateway.url=https://gw.internal.net/v1"]
        quiet([str(args.binary), *init], root)
        commit(root)
        quiet(["git", "gc", "-q"], root)
        quiet(["git", "update-index", "-q", "--refresh"], root)
        git = shutil.which("git")
        ours = str(args.binary)
        jobs = {
            "check": Job("check", [ours, "check", "-q"], cwd=root),
            "keys": Job("keys", [ours, "check", "-q", "--only", "CS003"], cwd=root),
            "grep": Job("git grep", [git, "grep", "-nIE", PATTERN], cwd=root),
            "history": Job("history", [ours, "check", "-q", "--only", "CS003", "--history"], cwd=root),
            "log": Job("git log -p --all", [git, "log", "-p", "--all"], cwd=root),
            "drift": Job("drift", [ours, "check", "-q", "--only", "drift"], cwd=root),
            "status": Job("git status", [git, "status"], cwd=root),
        }
        measure(list(jobs.values()), args.rounds, env)
        os.chdir("/")
        place = f"{FILES:,} files"
        rows = [
            at_most("`check --only CS003 --history`", f"{COMMITS:,} commits", jobs["history"], jobs["log"], 1),
            at_most("`check`", place, jobs["check"], jobs["grep"], 2),
            at_most("`check --only CS003`", place, jobs["keys"], jobs["grep"], 2),
            at_most("`check --only drift`", place, jobs["drift"], jobs["status"], 1),
        ]
    show(rows, args, NOTE)


if __name__ == "__main__":
    main()
