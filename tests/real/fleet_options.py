"""What fleet.py tries beside the plain run: merged branches, another fleet file, options, authors, signatures."""
import json
import os
import shutil
import stat

from fleet_expect import lines, need, resolved, state
from fleet_ground import BRANCH, GROUPS, Repository, fleet_file

DATES = {"GIT_AUTHOR_DATE": "1760000000 +0200", "GIT_COMMITTER_DATE": "1760000001 -0330"}
# Kinds that get a commit whatever else happens.
PLAIN = ("no manifest", "comments", "hooks and permissions", "own manifest, applied", "older templates", "older templates, edited", "detached HEAD")


class Sample:
    """A copy of some repositories as they were first, with a fleet file and a ledger of its own."""

    def __init__(self, world, name, kinds=None, most=60):
        self.world, self.ground, self.name = world, world.ground, name
        chosen = [r for r in world.all if kinds is None or r.kind in kinds]
        step = max(1, len(chosen) // most)
        self.all = []
        for r in chosen[::step]:
            path = self.ground.folder / name / r.group / r.name
            path.parent.mkdir(parents=True, exist_ok=True)
            done = self.ground.run("cp", "-a", self.ground.folder / "pristine" / r.group / r.name, path)
            need(done.returncode == 0, done.stderr.decode())
            self.all.append(Repository(r.name, r.kind, r.group, path, r.branch, r.broken, bare=r.bare))
        for group in GROUPS:
            (self.ground.folder / name / group).mkdir(parents=True, exist_ok=True)
        self.file, self.ledger = fleet_file(self.ground, name), self.ground.folder / f"{name}.jsonl"

    def plan(self, *words, **how):
        return lines(self.world.fleet("plan", *words, file=self.file, **how).stdout)

    def apply(self, *words, **how):
        return lines(self.run(*words, **how).stdout)

    def run(self, *words, **how):
        return self.world.fleet("apply", "--ledger", self.ledger, *words, file=self.file, **how)

    def tips(self):
        """Where every branch of ours points."""
        return {r.name: resolved(self.ground, r, f"refs/heads/{BRANCH}") for r in self.all}

    def away(self):
        shutil.rmtree(self.ground.folder / self.name, ignore_errors=True)


def merged(world):
    """A branch that was merged, in each way, leaves nothing to do; and then something else is declared."""
    sample = Sample(world, "merged", PLAIN, 36)
    rows = sample.apply()
    changed = [r for r in sample.all if rows[r.name]["status"] == "changed"]
    ground, ways = sample.ground, {}
    for number, r in enumerate(changed):
        way = ("fast-forward", "merge", "squash", "open")[number % 4]
        ways[r.name] = way
        head, tip = resolved(ground, r, "HEAD"), resolved(ground, r, BRANCH)
        parents = {"merge": ["-p", head, "-p", tip], "squash": ["-p", head]}.get(way)
        to = ground.git(r.git, "commit-tree", f"{tip}^{{tree}}", "-m", way, *parents) if parents else tip
        if way != "open":
            ground.git(r.git, "update-ref", "HEAD", to)
    plan = sample.plan()
    for r in changed:
        wanted = "waiting" if ways[r.name] == "open" else "up-to-date"
        need(plan[r.name]["status"] == wanted, f"{r.name}, {ways[r.name]}: {plan[r.name]['status']}")
    need(all(row["status"] == plan[name]["status"] for name, row in sample.apply().items() if name in ways), "apply says something else")
    before = sample.tips()
    sample.file = fleet_file(ground, "merged", timeout=31000)
    rows = sample.apply()
    for r in changed:
        wanted = "conflict" if ways[r.name] == "squash" else "changed"
        need(rows[r.name]["status"] == wanted, f"{r.name}, {ways[r.name]}, another value: {rows[r.name]['status']}")
        tip = resolved(ground, r, BRANCH)
        done = ground.run("git", "--git-dir", r.git, "merge-base", "--is-ancestor", before[r.name], tip)
        need(done.returncode == 0, f"{r.name}: the branch was not fast-forwarded")
        manifest = ground.git(r.git, "show", f"{tip}:claude-scaffold.toml") if wanted == "changed" else "timeout_ms = 31000"
        need("timeout_ms = 31000" in manifest, f"{r.name}: {manifest}")
    sample.away()
    return f"{len(changed)} branches"


def jobs(world):
    """One at a time or eight: the same rows and the same commits."""
    kinds = {r.kind for r in world.all} - {"missing blob, others have it", "truncated pack"}
    found = []
    for count in ("1", "8"):
        sample = Sample(world, "jobs", kinds, 120)
        done = sample.run("--jobs", count, env=DATES)
        found.append((done.stdout, sample.tips()))
        sample.ledger.unlink()
        sample.away()
    one, eight = found
    need(lines(one[0]) == lines(eight[0]), "other rows: " + ", ".join(n for n, row in lines(one[0]).items() if lines(eight[0])[n] != row)[:300])
    need(one[0] == eight[0], "the rows stand in another order")
    need(one[1] == eight[1], "other commits")
    return f"{len(one[1])} repositories"


def narrowed(world):
    """--only, --group and --shard take parts, and the shards together are the whole."""
    whole = lines(world.fleet("plan").stdout)
    def names(*words):
        return set(lines(world.fleet("plan", *words).stdout))
    need(names("--only", "comments-*") == {name for name in whole if name.startswith("comments-")}, "--only takes others")
    need(names("--group", "strict") == {r.name for r in world.all if r.group == "strict"}, "--group takes others")
    parts = [names("--shard", f"{number}/3") for number in (1, 2, 3)]
    need(set.union(*parts) == set(whole) and sum(map(len, parts)) == len(whole), "the shards are not the whole")
    sizes = sorted(map(len, parts))
    need(sizes[0] * 2 > sizes[2], f"the shards have {sizes}")
    return f"shards of {sizes}"


def bounded(world):
    """--limit ends after so many commits, --fail-fast at the first failure, --failed takes those alone."""
    sample = Sample(world, "bounded", (*PLAIN, "branch name taken", "invalid manifest"), 40)
    done = sample.run("--limit", "5")
    made = [tip for tip in sample.tips().values() if tip]
    need(len(made) == 5, f"{len(made)} commits with --limit 5")
    need(len(lines(done.stdout)) < len(sample.all), "every repository had its turn")
    rounds = 1
    while len([tip for tip in sample.tips().values() if tip]) > (rounds - 1) * 5:
        sample.run("--limit", "5")
        rounds += 1
        need(rounds < 40, "it never ends")
    rows = sample.apply()
    failed = {name for name, row in rows.items() if row["status"] == "failed"}
    need(failed and not any(row["status"] == "changed" for row in rows.values()), f"failed {failed}, or something was left")
    quick = sample.apply("--fail-fast", "--jobs", "1")
    order = sorted(rows)
    need(set(quick) == set(order[:order.index(min(failed)) + 1]), f"--fail-fast went through {len(quick)}, first failure is {min(failed)}")
    taken = next(r for r in sample.all if r.kind == "branch name taken")
    sample.ground.git(taken.git, "update-ref", "-d", f"refs/heads/{BRANCH}/x")
    only = sample.apply("--failed")
    need(set(only) == failed, f"--failed takes {sorted(only)}")
    need(only[taken.name]["status"] == "changed", f"mended, and {only[taken.name]['status']}")
    need(set(sample.apply("--failed")) == failed - {taken.name}, "--failed takes the mended one again")
    sample.away()
    return f"{rounds} rounds"


def taken(world):
    """--take replaces a branch that went another way, and no other."""
    sample = Sample(world, "taken", ("branch diverged", "branch diverged, up to date", "branch ahead by hand", "branch checked out"))
    before = sample.tips()
    plain = sample.apply()
    need(all(plain[r.name]["status"] == "conflict" for r in sample.all if r.kind == "branch diverged"), "a diverged branch was no conflict")
    rows, after = sample.apply("--take"), sample.tips()
    for r in sample.all:
        head = resolved(sample.ground, r, "HEAD")
        parent = sample.ground.git(r.git, "rev-parse", f"{after[r.name]}^")
        if r.kind == "branch diverged":
            need(rows[r.name]["status"] == "changed" and parent == head, f"{r.name}: {rows[r.name]['status']}, parent {parent}")
        elif r.kind == "branch ahead by hand":
            need(parent == before[r.name], f"{r.name}: what was done by hand is gone")
        else:
            need(after[r.name] == before[r.name], f"{r.name}: the branch moved")
    again = sample.apply("--take")
    need(sample.tips() == after and not any(row["status"] == "changed" for row in again.values()), "the second run did something")
    sample.away()
    return f"{len(sample.all)} repositories"


def authors(world):
    """git's own variables name author, committer and dates; else the repository's and the user's configuration do."""
    sample = Sample(world, "authors", PLAIN, 12)
    who = {"GIT_AUTHOR_NAME": "Róisín Ní", "GIT_AUTHOR_EMAIL": "r@three.example", "GIT_COMMITTER_NAME": "Bot", **DATES}
    rows = sample.apply(env=who)
    seen = 0
    for r in sample.all:
        if rows[r.name]["status"] != "changed":
            continue
        told = sample.ground.git(r.git, "log", "-1", "--format=%an <%ae> %ad|%cn <%ce> %cd", "--date=raw", BRANCH)
        local = "local@two.example" if "Local Name" in (r.git / "config").read_text() else "ada@one.example"
        need(told == f"Róisín Ní <r@three.example> 1760000000 +0200|Bot <{local}> 1760000001 -0330", f"{r.name}: {told}")
        seen += 1
    sample.away()
    nobody = Sample(world, "nobody", PLAIN, 4)
    lost = {"HOME": str(world.ground.folder / "alone"), "XDG_CONFIG_HOME": str(world.ground.folder / "alone")}
    for r in nobody.all:
        if "Local Name" in (r.git / "config").read_text():
            continue
        row = nobody.apply("--only", r.name, env=lost)[r.name]
        need(row["status"] == "failed" and any("who commits" in d["message"] for d in row["diagnostics"]), f"{r.name}: {row}")
    nobody.away()
    return f"{seen} commits"


def iso_dates(world):
    """Dates are written as git itself reads them."""
    sample = Sample(world, "dates", PLAIN, 3)
    rows = sample.apply(env={"GIT_AUTHOR_DATE": "2026-03-04T05:06:07+01:00", "GIT_COMMITTER_DATE": "2026-03-04 05:06:07 -0800"})
    for r in sample.all:
        need(rows[r.name]["status"] == "changed", f"{r.name}: {rows[r.name]['diagnostics']}")
        told = sample.ground.git(r.git, "log", "-1", "--format=%aI %cI", BRANCH)
        need(told == "2026-03-04T05:06:07+01:00 2026-03-04T05:06:07-08:00", f"{r.name}: {told}")
    sample.away()


def signed(world):
    """The user's own git signs: with a key of ssh, and through a program that stands for gpg."""
    ground, keys = world.ground, world.ground.folder / "keys"
    keys.mkdir()
    done = ground.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada@one.example", "-f", keys / "id")
    need(done.returncode == 0, done.stderr.decode())
    (keys / "allowed").write_text(f"ada@one.example {(keys / 'id.pub').read_text()}")
    program = keys / "stand-in"
    program.write_text("#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED D 1 8 00 1 0\\n' >&2\n"
                       "printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nstandin\\n-----END PGP SIGNATURE-----\\n'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    ssh = {"commit.gpgsign": "true", "gpg.format": "ssh", "user.signingkey": str(keys / "id.pub"), "gpg.ssh.allowedSignersFile": str(keys / "allowed")}
    stand_in = {"commit.gpgsign": "true", "gpg.program": str(program)}
    broken = {"commit.gpgsign": "true", "gpg.program": "/bin/false"}
    count = 0
    for name, config in (("ssh", ssh), ("gpg", stand_in), ("none", broken)):
        sample = Sample(world, f"signed-{name}", PLAIN, 6)
        home = keys / name
        home.mkdir()
        shutil.copy(ground.home / ".gitconfig", home / ".gitconfig")
        for key, value in config.items():
            ground.git(ground.folder, "config", "--file", home / ".gitconfig", key, value)
        local = [r for r in sample.all if "Local Name" in (r.git / "config").read_text()]
        there = {r.name: state(r.path) for r in sample.all}
        rows = sample.apply(env={"HOME": str(home), "GIT_AUTHOR_NAME": "Bot", **DATES})
        for r in sample.all:
            row = rows[r.name]
            if name == "none":
                need(row["status"] == "failed" and "sign" in row["diagnostics"][-1]["message"], f"{r.name}: {row}")
                need(not resolved(ground, r, f"refs/heads/{BRANCH}"), f"{r.name}: the branch moved without a signature")
                need({k: v for k, v in state(r.path).items() if "objects" not in k} == {k: v for k, v in there[r.name].items() if "objects" not in k}, r.name)
                continue
            need(row["status"] == "changed", f"{r.name}: {row['diagnostics']}")
            raw = ground.git(r.git, "cat-file", "commit", BRANCH)
            need("\ngpgsig -----BEGIN" in raw, f"{r.name}: no signature")
            need("\nauthor Bot <" in raw and "> 1760000000 +0200\n" in raw, f"{r.name}: the author is another: {raw[:300]}")
            if name == "ssh" and r not in local:
                done = ground.run("git", "--git-dir", r.git, "verify-commit", BRANCH, env={"HOME": str(home)})
                need(done.returncode == 0 and b"Good" in done.stderr, f"{r.name}: {done.stderr.decode()}")
            done = ground.run("git", "--git-dir", r.git, "fsck", "--strict", "--no-dangling")
            need(done.returncode == 0, f"{r.name}: {done.stderr.decode()[:300]}")
            count += 1
        need(name == "none" or not any(row["status"] == "changed" for row in sample.apply(env={"HOME": str(home)}).values()), "signed again")
        sample.away()
    return f"{count} signatures"


def schema(world):
    """Every line obeys the schema that the tool prints."""
    done = world.ground.run(world.ground.tool, "schema", "fleet-report")
    found = json.loads(done.stdout)
    rows = list(lines(world.fleet("plan").stdout).values()) + list(world.applied.values())
    try:
        import jsonschema
    except ImportError:
        jsonschema = None
    if jsonschema:
        checker = jsonschema.Draft202012Validator(found)
        for row in rows:
            problem = next(checker.iter_errors(row), None)
            need(problem is None, f"{row['repository']}: {problem and problem.message}")
    for row in rows:
        need(set(found["required"]) <= set(row) <= set(found["properties"]), f"{row['repository']}: {sorted(row)}")
    return f"{len(rows)} lines{'' if jsonschema else ', names of keys alone'}"


def cases(report, world):
    report.case("merged branches, and another value then", lambda: merged(world))
    report.case("--jobs 1 and --jobs 8", lambda: jobs(world))
    report.case("--only, --group, --shard", lambda: narrowed(world))
    report.case("--limit, --fail-fast, --failed", lambda: bounded(world))
    report.case("--take", lambda: taken(world))
    report.case("authors", lambda: authors(world))
    report.case("dates as git reads them", lambda: iso_dates(world))
    if shutil.which("ssh-keygen", path=os.environ["PATH"]):
        report.case("signed commits", lambda: signed(world))
    else:
        report.skip("signed commits", "no ssh-keygen")
    report.case("every line obeys the schema", lambda: schema(world))
