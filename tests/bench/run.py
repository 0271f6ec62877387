#!/usr/bin/env python3
"""Measures claude-scaffold beside its rivals, all in one run, and prints a Markdown table.

The same eight files are made by every tool from an equivalent template with the same variables. In
each round every command of a group runs once, so that whatever slows the machine slows them alike;
a ratio is the median over the rounds, not the ratio of two medians. install.sh brings the rivals.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RIVALS = HERE.parent / "real" / ".parts" / "rivals"
TARGET = "x86_64-unknown-linux-gnu"
# What the templates leave open, with the text it has in our own output.
VALUES = {
    "gateway": "gateway.bench.example",
    "project": "bench-project-tag",
    "cost_center": "bench-cost-center",
}
OURS = ["init", "--profile", "team"] + [
    word
    for pair in (
        f"gateway.url=https://{VALUES['gateway']}/v1",
        f"telemetry.project_tag={VALUES['project']}",
        f"telemetry.cost_center={VALUES['cost_center']}",
    )
    for word in ("--set", pair)
]


@dataclass
class Job:
    """A command that is measured. `out` is made afresh before each run and not measured."""

    name: str
    argv: list[str]
    out: Path | None = None
    cwd: Path | None = None
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, env):
        if self.out:
            shutil.rmtree(self.out, ignore_errors=True)
            self.out.mkdir(parents=True)
        os.chdir(self.cwd or self.out or "/")
        null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        begin = time.perf_counter()
        pid = os.posix_spawn(self.argv[0], self.argv, env, file_actions=null)
        _, status, used = os.wait4(pid, 0)
        wall = time.perf_counter() - begin
        if status:
            sys.exit(f"bench: {self.name} failed: {' '.join(self.argv)}")
        return wall, used.ru_utime + used.ru_stime


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


def rival(name):
    """Returns the path of a rival and its name with version, or nothing."""
    own = RIVALS / "bin" / name
    path = own if own.exists() else shutil.which(name)
    if not path:
        return None
    pinned = RIVALS / f"{name}.version"
    if own.exists() and pinned.exists():
        words = pinned.read_text()
    else:
        words = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"\d+\.\d+[.\d]*", words)
    return str(path), f"{name} {version.group()}" if version else name


def quiet(argv, cwd):
    subprocess.run(argv, cwd=cwd, check=True, stdout=subprocess.DEVNULL, env=environment(cwd))


def environment(home):
    """No configuration of the user's, and no network to find one in."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "USER": "bench",
        "XDG_STATE_HOME": str(home / "state"),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def render(binary, work):
    """Returns the files that our own program makes: path -> text."""
    made = work / "made"
    made.mkdir()
    quiet([binary, *OURS], made)
    own = {"claude-scaffold.toml", "claude-scaffold.lock"}
    paths = (p for p in made.rglob("*") if p.is_file() and "state" not in p.parts)
    return {str(p.relative_to(made)): p for p in paths if p.name not in own}


def templated(text, variable):
    """Nothing but variables; Jinja, Tera and Liquid agree on how those and verbatim text look."""
    begin, end = ("{% raw %}", "{% endraw %}") if re.search(r"\{[{%#]", text) else ("", "")
    for name, value in VALUES.items():
        text = text.replace(value, f"{end}{{{{ {variable(name)} }}}}{begin}")
    return begin + text + end


def template(files, folder, suffix="", variable=lambda name: name):
    for path, source in files.items():
        target = folder / (path + suffix)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(templated(source.read_text(), variable))
        shutil.copymode(source, target)


def copier(path, files, work, out):
    source = work / "copier"
    template(files, source, ".jinja")
    questions = (f"{name}:\n  type: str\n  default: {value}\n" for name, value in VALUES.items())
    (source / "copier.yml").write_text("".join(questions))
    return [path, "copy", "--defaults", "--quiet", str(source), str(out)], out


def cruft(path, files, work, out):
    source = work / "cruft"
    template(files, source / "{{cookiecutter.name}}", variable="cookiecutter.{}".format)
    (source / "cookiecutter.json").write_text(json.dumps({"name": "made", **VALUES}))
    commit(source)
    return [path, "create", "--no-input", "--output-dir", str(out), str(source)], out / "made"


def cargo_generate(path, files, work, out):
    source = work / "cargo-generate"
    template(files, source)
    defines = [word for pair in VALUES.items() for word in ("--define", "=".join(pair))]
    argv = [path, "generate", "--silent", "--vcs", "none", "--path", str(source)]
    return argv + ["--name", "made", "--destination", str(out), *defines], out / "made"


def kickstart(path, files, work, out):
    source = work / "kickstart"
    template(files, source)
    rows = (
        f'[[variables]]\nname = "{name}"\ndefault = "{value}"\nprompt = "{name}?"\n'
        for name, value in VALUES.items()
    )
    head = 'name = "bench"\nkickstart_version = 1\n'
    (source / "template.toml").write_text(head + "".join(rows))
    return [path, "--no-input", "--output-dir", str(out), str(source)], out


MAKERS = {
    "copier": copier,
    "cruft": cruft,
    "cargo-generate": cargo_generate,
    "kickstart": kickstart,
}


def commit(folder):
    config = ("user.name=bench", "user.email=bench@bench.example", "init.defaultBranch=main")
    git = ["git", *(word for pair in config for word in ("-c", pair))]
    for words in (["init"], ["add", "--all"], ["commit", "-m", "bench"]):
        quiet([*git, *words], folder)


def same(job, folder, files, env):
    """Makes sure that a rival does the same work: every file, byte for byte."""
    job.run(env)
    for path, source in files.items():
        made = folder / path
        if not made.exists() or made.read_bytes() != source.read_bytes():
            sys.exit(f"bench: {job.name} made another `{path}`")


def ratio(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours, theirs))


def ms(values):
    return f"{statistics.median(values) * 1000:.2f} ms"


def at_most(what, place, ours, theirs, target, unit="wall"):
    a, b = getattr(ours, unit), getattr(theirs, unit)
    found = ratio(a, b)
    goal = f"≤ {target}×" if target else ""
    mark = verdict(found <= target) if target else ""
    return [what, place, ms(a), f"`{theirs.name}`", ms(b), f"{found:.2f}×", goal + mark]


def at_least(place, ours, theirs, target):
    found = ratio(theirs.wall, ours.wall)
    goal = f"≥ {target}× faster" if target else ""
    mark = verdict(found >= target) if target else ""
    row = ["`init`, 8 files", place, ms(ours.wall), theirs.name, ms(theirs.wall)]
    return [*row, f"{found:.1f}× faster", goal + mark]


def verdict(met):
    return " ✓" if met else " ✗"


def rows_on(place, binary, work, rounds, targets):
    """Measures everything on one file system."""
    env = environment(work)
    binary, git, cp = str(binary), shutil.which("git"), shutil.which("cp")
    files = render(binary, work)
    rows = []

    start = [Job("ours", [binary, "--version"]), Job("git --version", [git, "--version"])]
    measure(start, rounds, env)
    rows.append(at_most("start-up", place, *start, targets and 1.3))

    ours = Job("ours", [binary, *OURS], work / "out" / "ours")
    makers, missing = [], []
    for name, maker in MAKERS.items():
        found = rival(name)
        if not found:
            missing.append(["`init`, 8 files", place, "", name, "not installed", "", ""])
            continue
        out = work / "out" / name
        argv, folder = maker(found[0], files, work, out)
        makers.append(Job(found[1], argv, out, cwd=work))
        same(makers[-1], folder, files, env)
    measure([ours, *makers], rounds, env)
    goals = {"copier": 150, "cargo-generate": 10} if targets else {}
    for job in makers:
        rows.append(at_least(place, ours, job, goals.get(job.name.split()[0])))
    rows += missing

    plain = work / "plain"
    for path, source in files.items():
        (plain / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, plain / path)
    copies = [
        Job("ours", ours.argv, ours.out),
        Job("cp -r", [cp, "-r", f"{plain}/.", str(work / "out" / "cp")], work / "out" / "cp"),
    ]
    measure(copies, rounds, env)
    rows.append(at_most("`init`, CPU time", place, *copies, targets and 3, unit="cpu"))

    repo = work / "repo"
    repo.mkdir()
    quiet([git, "init", "--quiet"], repo)
    quiet([binary, *OURS], repo)
    commit(repo)
    noop = [
        Job("ours", [binary, "apply"], cwd=repo),
        Job("git status", [git, "status"], cwd=repo),
    ]
    measure(noop, rounds, env)
    rows.append(at_most("`apply`, nothing to do", place, *noop, targets and 1.5))
    if targets:
        rows += memory(place, env, repo, work / "out" / "memory", binary)
    return rows


def memory(place, env, repo, out, binary):
    """GNU time measures it: a child of ours would count the memory it was forked with."""
    meter = shutil.which("time")
    if not meter:
        return [["peak memory", place, "not measured: no GNU time", "", "", "", "< 12 MiB"]]
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    rows = []
    for what, argv, cwd in (("`init`", OURS, out), ("`apply`", ["apply"], repo)):
        command = [meter, "-f", "%M", binary, *argv]
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=True)
        mib = int(done.stderr.split()[-1]) / 1024
        goal = "< 12 MiB" + verdict(mib < 12)
        rows.append([f"{what}, peak memory", place, f"{mib:.1f} MiB", "", "", "", goal])
    return rows


def size(binary):
    mib = binary.stat().st_size / 2**20
    return ["binary", "", f"{mib:.1f} MiB", "", "", "", "< 8 MiB" + verdict(mib < 8)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", "--rounds", type=int, default=21)
    parser.add_argument("--binary", type=Path, help="measure this program instead of building one")
    parser.add_argument("--no-disk", action="store_true", help="leave the pass on disk out")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target is missed")
    args = parser.parse_args()
    binary = (args.binary or build()).resolve()
    rows = []
    first = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="bench-", dir=first) as work:
        place = "tmpfs" if first else "disk"
        rows += rows_on(place, binary, Path(work).resolve(), args.rounds, targets=True)
        os.chdir("/")
    rows.append(size(binary))
    if first and not args.no_disk:
        with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as work:
            rows += rows_on("disk", binary, Path(work).resolve(), args.rounds, targets=False)
            os.chdir("/")
    head = ["", "on", "claude-scaffold", "beside", "its", "ratio", "target"]
    for row in [head, ["---", "---", "--:", "---", "--:", "--:", "---"], *rows]:
        print("| " + " | ".join(row) + " |")
    print(f"\nMedians of {args.rounds} rounds. On disk `init` waits until its files are really there: each is")
    print("synced before it is renamed, and then its folder. No rival does that.")
    if args.check and any("✗" in row[-1] for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
