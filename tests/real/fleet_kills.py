"""`fleet apply` killed at random moments and started again, until it is done."""
import json
import random
import subprocess
import time

from fleet_expect import need, resolved
from fleet_ground import BRANCH
from fleet_options import DATES, Sample

KINDS = ("no manifest", "comments", "hooks and permissions", "own manifest, applied", "own manifest, never applied", "older templates",
         "older templates, edited", "conflict", "keys deleted", "file deleted", "work tree with changes", "linked work tree", "branch behind",
         "branch at HEAD", "branch ahead by hand", "detached HEAD", "no manifest, enterprise", "up to date", "other URL, applied")
MOST = 200


def killed(sample, words, env, seconds):
    """Starts a run and kills it after so long; returns whether it was still going."""
    words = [sample.ground.tool, "fleet", "apply", "--fleet", str(sample.file), "--ledger", str(sample.ledger), *words]
    started = subprocess.Popen(words, cwd=sample.ground.folder, env={**sample.ground.env, **env}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        started.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()
        return True


def readable(sample):
    """Every line of the ledger but the last, which may be cut, is a row; `fleet status` reads it."""
    if not sample.ledger.exists():
        return
    *whole, last = sample.ledger.read_bytes().split(b"\n")
    need(all(json.loads(line)["repository"] for line in whole), "a line of the ledger is none")
    done = sample.ground.run(sample.ground.tool, "fleet", "status", "--fleet", sample.file, "--ledger", sample.ledger)
    need(done.returncode in (0, 1), f"fleet status: {done.stderr.decode()[-300:]}, after {last!r}")


def left(r):
    """Locks that block git, and garbage among the objects, which does not."""
    objects = r.git / "objects"
    locks = [str(path) for path in r.git.rglob("*.lock") if objects not in path.parents]
    return locks, [str(path) for path in objects.rglob("*") if path.is_file() and ("tmp" in path.name or "git2" in path.name)]


def campaign(world, number, goal, seconds, kills, rng):
    """One ledger from nothing to the end, killed as often as it takes."""
    sample = Sample(world, f"killed-{number}", KINDS, MOST)
    fixed = number % 2 == 0
    env, words = DATES if fixed else {}, ("--jobs", rng.choice(("1", "2", "4", "8")))
    count, ended = 0, False
    while not ended and count < kills:
        if killed(sample, words, env, rng.uniform(0.01, seconds / 4)):
            count += 1
            readable(sample)
        else:
            ended = True
    done = sample.run(*words, env=env)
    need(done.returncode in (0, 1), done.stderr.decode()[-500:])
    readable(sample)
    garbage = 0
    for r in sample.all:
        locks, rest = left(r)
        need(not locks, f"{r.name}: {locks} is in the way")
        garbage += len(rest)
        tip, (wanted, tree, commits) = resolved(sample.ground, r, f"refs/heads/{BRANCH}"), goal[r.name]
        if fixed:
            need(tip == wanted, f"{r.name} ends at {tip}, uninterrupted at {wanted}")
        elif tip:
            told = sample.ground.git(r.git, "log", "--format=%T", f"HEAD..{BRANCH}").splitlines()
            need((told[0] if told else None, len(told)) == (tree, commits), f"{r.name}: {len(told)} commits, uninterrupted {commits}")
        else:
            need(wanted is None, f"{r.name} has no branch")
    for r in rng.sample(sample.all, min(15, len(sample.all))):
        done = sample.ground.run("git", "--git-dir", r.git, "fsck", "--strict", "--no-dangling")
        need(done.returncode == 0, f"{r.name}: {done.stderr.decode()[:300]}")
    sample.away()
    return count, garbage


def kill(world, kills):
    rng = random.Random(world.ground.seed)
    whole = Sample(world, "whole", KINDS, MOST)
    start = time.monotonic()
    whole.run(env=DATES)
    seconds, goal = time.monotonic() - start, {}
    for r in whole.all:
        tip = resolved(world.ground, r, f"refs/heads/{BRANCH}")
        told = world.ground.git(r.git, "log", "--format=%T", f"HEAD..{BRANCH}").splitlines() if tip else []
        goal[r.name] = (tip, told[0] if told else None, len(told))
    whole.away()
    count = campaigns = garbage = 0
    while count < kills:
        more, rest = campaign(world, campaigns, goal, seconds, kills - count, rng)
        count, campaigns, garbage = count + more, campaigns + 1, garbage + rest
        need(campaigns < 4 * kills + 4, "runs end before they can be killed")
    return f"{count} kills in {campaigns} campaigns over {len(goal)} repositories, {garbage} files left among the objects"


def cases(report, world, kills):
    if kills:
        report.case("killed and started again", lambda: kill(world, kills))
