"""What every benchmark here shares: commands measured in paired rounds, and the table they fill.

In each round every command of a group runs once, so that whatever slows the machine slows them
alike; a ratio is the median over the rounds, not the ratio of two medians.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = "x86_64-unknown-linux-gnu"
HEAD = ["", "on", "claude-scaffold", "beside", "its", "ratio", "target"]


@dataclass
class Job:
    """A command that is measured. Making `out` afresh, from `start` if it has one, is not measured."""

    name: str
    argv: list[str]
    out: Path | None = None
    cwd: Path | None = None
    start: Path | None = None
    verify: Callable[[Path], None] | None = None
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, env):
        if self.out:
            shutil.rmtree(self.out, ignore_errors=True)
            if self.start:
                restore(self.start, self.out, env)
            else:
                self.out.mkdir(parents=True)
        os.chdir(self.cwd or self.out or "/")
        null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        begin = time.perf_counter()
        pid = os.posix_spawn(self.argv[0], self.argv, env, file_actions=null)
        _, status, used = os.wait4(pid, 0)
        wall = time.perf_counter() - begin
        if status:
            sys.exit(f"bench: {self.name} failed: {' '.join(self.argv)}")
        if self.verify:
            self.verify(Path.cwd())
        return wall, used.ru_utime + used.ru_stime


def restore(start, out, env):
    """Puts a prepared tree back and lets it settle: a copy must not be paid for by who comes next."""
    shutil.copytree(start, out, symlinks=True)
    for repository in out.rglob(".git"):
        # Copies are other files to git, which would read each of them again.
        refresh = ["git", "update-index", "-q", "--refresh"]
        subprocess.run(refresh, cwd=repository.parent, env=env, check=True)
    subprocess.run(["sync", "--file-system", str(out)], check=True)


def measure(jobs, rounds, env):
    """Runs every job once per round, each round in the other direction; the first one warms up."""
    for number in range(rounds + 1):
        for job in jobs if number % 2 else reversed(jobs):
            wall, cpu = job.run(env)
            if number:
                job.wall.append(wall)
                job.cpu.append(cpu)


def build():
    """Builds the static release where there is one, and returns the program."""
    linux = platform.system() == "Linux" and platform.machine() == "x86_64"
    command = ["dist-linux"] if linux else ["build", "--release", "--locked"]
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    subprocess.run(["cargo", *command, "--quiet", "--target-dir", target], cwd=ROOT, check=True)
    return target / (TARGET if linux else "") / "release" / "claude-scaffold"


def ratio(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours, theirs))


def ms(values):
    return f"{statistics.median(values) * 1000:.2f} ms"


def at_most(what, place, ours, theirs, target, unit="wall"):
    a, b = getattr(ours, unit), getattr(theirs, unit)
    found = ratio(a, b)
    goal = f"≤ {target}×" if target else ""
    mark = verdict(found <= target) if target else ""
    return [what, place, ms(a), theirs.name, ms(b), f"{found:.2f}×", goal + mark]


def at_least(what, place, ours, theirs, target):
    found = ratio(theirs.wall, ours.wall)
    goal = f"≥ {target}× faster" if target else ""
    mark = verdict(found >= target) if target else ""
    row = [what, place, ms(ours.wall), theirs.name, ms(theirs.wall)]
    return [*row, f"{found:.1f}× faster", goal + mark]


def absent(what, place, name):
    return [what, place, "", name, "not installed", "", ""]


def verdict(met):
    return " ✓" if met else " ✗"


def arguments(about, rounds):
    parser = argparse.ArgumentParser(description=about.split("\n")[0])
    parser.add_argument("-n", "--rounds", type=int, default=rounds)
    parser.add_argument("--binary", type=Path, help="measure this program instead of building one")
    parser.add_argument("--no-disk", action="store_true", help="leave the pass on disk out")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    args = parser.parse_args()
    args.binary = (args.binary or build()).resolve()
    return args


def everywhere(args, rows_on):
    """Measures in memory, where the targets count, and then on disk; returns the rows of both."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    places = [("tmpfs" if memory else "disk", memory, True)]
    if memory and not args.no_disk:
        places.append(("disk", "/var/tmp", False))
    rows = []
    for place, folder, targets in places:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=folder) as work:
            rows += rows_on(place, args.binary, Path(work).resolve(), args.rounds, targets)
            os.chdir("/")
    return rows


def show(rows, args, note):
    """Prints the table and what to know about it, and ends the program as `--check` wants it."""
    for row in [HEAD, ["---", "---", "--:", "---", "--:", "--:", "---"], *rows]:
        print("| " + " | ".join(row) + " |")
    print(f"\nMedians of {args.rounds} rounds. {note}")
    if args.check and any("✗" in row[-1] for row in rows):
        sys.exit(1)
