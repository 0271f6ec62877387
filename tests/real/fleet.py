#!/usr/bin/env python3
"""Runs `fleet plan` and `fleet apply` over generated repositories and compares each with what one alone would get.

usage: fleet.py --tool PATH [--repositories N] [--kills N] [--seed N] [--only TEXT] [--full] [--keep]

Needs git and nothing else; works in memory where the system has such a folder. Prints a line a subject; exit
code 1 where one went wrong. `--full` is 1,000 repositories and 50 kills.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import fleet_kills
import fleet_options
from fleet_expect import Oracle, Report, lines, need, state, untouched
from fleet_ground import BRANCH, Ground, fleet_file, make

EITHER = ("missing blob, others have it", "truncated pack")


class World:
    """The repositories, and what was found out about them so far."""

    def __init__(self, ground, repositories):
        self.ground, self.all, self.file = ground, repositories, fleet_file(ground)
        self.before, self.expected, self.applied = {}, {}, {}
        self.ledger = ground.folder / "ledger.jsonl"

    def fleet(self, command, *words, code=None, env=None, file=None):
        start = time.monotonic()
        done = self.ground.run(self.ground.tool, "fleet", command, "--fleet", file or self.file, "--format", "json", *words, env=env)
        need(b"panicked" not in done.stderr, done.stderr.decode()[-2000:])
        if code is not None:
            need(done.returncode == code, f"exit {done.returncode}: {done.stderr.decode()[-500:]}")
        done.seconds = time.monotonic() - start
        return done

    def apply(self, *words, **how):
        return self.fleet("apply", "--ledger", self.ledger, *words, **how)


def each(function, items):
    """Calls a function for every item, several at once; every failure is told."""
    def caught(item):
        try:
            function(item)
            return None
        except Exception as error:  # noqa: BLE001  # one repository hides no other
            return str(error) or repr(error)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        return [problem for problem in pool.map(caught, items) if problem]


def none(problems):
    need(not problems, f"{len(problems)} went wrong\n        " + "\n        ".join(problems[:8]))


def look(world, oracle):
    """Finds out what to expect of every repository before anything is done."""
    def one(r):
        world.before[r.name] = state(r.path)
        world.expected[r.name] = oracle.of(r)
    none(each(one, world.all))
    counts = collections.Counter(expected.status for expected in world.expected.values())
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))


def unwritten(world, before):
    """Nothing changed since, but where it is the order of the repositories that tells whether they can be read."""
    now, either = state(world.ground.folder / "repos"), {r.name for r in world.all if r.kind in EITHER}
    changed = [name for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name) and name.split("/")[1] not in either]
    need(not changed, f"{len(changed)} paths were written, such as {changed[:3]}")


def alike(world, one, other, what):
    either = {r.name for r in world.all if r.kind in EITHER}
    differ = [name for name in one if one[name] != other.get(name) and name not in either]
    # The first of those that share a change shows its diff, and which is first may be one of `either`.
    differ = [name for name in differ if {**one[name], "diff": 0} != {**other.get(name, {}), "diff": 0}]
    need(not differ, f"{what}: {differ[:5]}")


def writes_nothing(world):
    """A plan and a dry run leave everything as it was, and say the same."""
    there = state(world.ground.folder / "repos")
    plan = world.fleet("plan", code=1)
    dry = world.apply("--dry-run", code=1)
    need(not world.ledger.exists(), "a ledger was written")
    unwritten(world, there)
    alike(world, lines(plan.stdout), lines(dry.stdout), "a dry run says something else than the plan")
    world.plan = lines(plan.stdout)
    none([f"{r.name} is not in the plan" for r in world.all if r.name not in world.plan])
    return f"{len(world.plan)} repositories"


def apply(world):
    done = world.apply(code=1)
    world.applied = lines(done.stdout)
    need(world.applied.keys() == {r.name for r in world.all}, "a repository has no row")
    keep = ("status", "change", "files", "base", "diagnostics")
    def same(name):
        planned, applied = world.plan[name], world.applied[name]
        for key in keep:
            need(planned.get(key) == applied.get(key), f"{name}: plan says {key} {planned.get(key)}, apply {applied.get(key)}")
    none(each(same, sorted(r.name for r in world.all if r.kind not in EITHER)))
    return f"{len(world.all) / done.seconds:.0f} a second"


def compare(world, r):
    """One repository, after: exactly what was expected, and nothing else."""
    row, expected = world.applied[r.name], world.expected[r.name]
    untouched(r, world.before[r.name], state(r.path))
    if r.kind in EITHER:
        need(row["status"] in ("changed", "failed"), f"{r.name} is {row['status']}")
        return
    why = [d["message"] for d in row["diagnostics"] if d["severity"] == "error"]
    need(row["status"] == expected.status, f"{r.name} is {row['status']} {why[:1]}, expected: {expected.status} {expected.why or ''}")
    if row["status"] == "failed":
        need(why, f"{r.name}: no reason is given")
        need(all("class=" not in message for message in why), f"{r.name}: {why}")
        if expected.why:
            need(why[0] == expected.why, f"{r.name}: `{why[0]}`, expected: `{expected.why}`")
    if expected.tree is None:
        need(row.get("commit") in (None, expected.tip), f"{r.name}: a commit")
        return
    committed(world, r, row, expected)


def committed(world, r, row, expected):
    ground = world.ground
    told = ground.git(r.git, "log", "-1", "--format=%H%n%T%n%P%n%an <%ae>%n%cn <%ce>%n%B", f"refs/heads/{BRANCH}").splitlines()
    commit, tree, parents, author, committer, *message = told
    need(tree == expected.tree, f"{r.name}: another tree, {tree}, expected {expected.tree}: {differs(world, r, tree, expected.tree)}")
    need(row["commit"] == commit, f"{r.name}: the row names another commit")
    need(parents == expected.base, f"{r.name}: the parent is {parents}, expected {expected.base}")
    local = "Local Name <local@two.example>" if "Local Name" in (r.git / "config").read_text() else "Ada Lovelace <ada@one.example>"
    need(author == committer == local, f"{r.name}: by {author} and {committer}, expected {local}")
    need(message and message[0], f"{r.name}: no message")


def differs(world, r, one, other):
    """Where two trees differ; the oracle's objects are still there, in a folder of its own."""
    extra = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(world.ground.folder / "alone" / "objects")}
    done = world.ground.run("git", "--git-dir", r.git, "diff", "--stat", other, one, env=extra)
    return (done.stdout or done.stderr).decode(errors="replace").strip()


def compared(report, world):
    """A line a kind."""
    by_kind = collections.defaultdict(list)
    for r in world.all:
        by_kind[r.kind].append(r)
    for kind, repositories in sorted(by_kind.items()):
        if report.only not in f"as alone: {kind}":
            continue
        problems = each(lambda r: compare(world, r), repositories)
        words = collections.Counter(world.applied[r.name]["status"] for r in repositories)
        about = ", ".join(f"{count} {status}" for status, count in sorted(words.items()))
        report.said("FAILED" if problems else "ok", f"as alone: {kind}", about, "; ".join(problems[:3]))


def sound(world):
    """git finds nothing wrong where nothing was wrong before."""
    def one(r):
        if r.broken or r.kind == "HEAD names a missing branch" or r.kind.startswith("storage"):
            return
        done = world.ground.run("git", "--git-dir", r.git, "fsck", "--strict", "--no-dangling", "--no-progress")
        module = r.kind == "case twins"
        need(done.returncode == 0 or module, f"{r.name}: {done.stderr.decode()[:300]}")
    none(each(one, world.all))


def again(world):
    """The second run makes no commit, and takes no time."""
    there = state(world.ground.folder / "repos")
    done = world.apply(code=1)
    unwritten(world, there)
    rows = lines(done.stdout)
    def one(r):
        row, first = rows[r.name], world.applied[r.name]
        wanted = {"changed": "waiting"}.get(first["status"], first["status"])
        need(row["status"] == wanted, f"{r.name} was {first['status']} and is {row['status']}")
        need(row.get("commit") == first.get("commit"), f"{r.name}: another commit is named")
    none(each(one, [r for r in world.all if r.kind not in EITHER]))
    return f"{done.seconds:.1f} s for {len(world.all)}"


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--tool", required=True)
    words.add_argument("--repositories", type=int, default=400)
    words.add_argument("--kills", type=int, default=20)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", default="")
    words.add_argument("--full", action="store_true")
    words.add_argument("--keep", action="store_true", help="leave the folder")
    args = words.parse_args()
    if args.full:
        args.repositories, args.kills = 1000, 50
    memory = pathlib.Path("/dev/shm")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fleet-", dir=memory if os.access(memory, os.W_OK) else None))
    report, start = Report(args.only), time.monotonic()
    try:
        ground = Ground(args.tool, folder, args.seed)
        world = World(ground, make(ground, args.repositories))
        subprocess.run(["cp", "-a", folder / "repos", folder / "pristine"], check=True)
        print(f"        {len(world.all)} repositories made in {time.monotonic() - start:.1f} s", flush=True)
        report.step("what each would get alone", lambda: look(world, Oracle(ground)))
        report.step("plan and dry run write nothing", lambda: writes_nothing(world))
        report.step("apply does what plan said", lambda: apply(world))
        compared(report, world)
        report.case("git fsck --strict", lambda: sound(world))
        report.case("applied again: nothing is done", lambda: again(world))
        fleet_options.cases(report, world)
        fleet_kills.cases(report, world, args.kills)
    finally:
        if args.keep:
            print(f"        left in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{report.passed} subjects ok, {report.failed} failed, {report.skipped} skipped, {time.monotonic() - start:.0f} s")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
