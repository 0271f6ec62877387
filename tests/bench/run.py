#!/usr/bin/env python3
"""Measures claude-scaffold beside its rivals, all in one run, and prints a Markdown table.

The same eight files are made by every tool from an equivalent template with the same variables.
install.sh brings the rivals; upgrade.py measures what comes after.
"""

import shutil
import subprocess
import sys

from rivals import (
    OURS,
    VALUES,
    commit,
    copier_template,
    cruft_template,
    environment,
    files,
    quiet,
    rival,
    template,
)
from rounds import Job, absent, arguments, at_least, at_most, everywhere, measure, show, verdict

INIT = "`init`, 8 files"
NOTE = """On disk `init` waits until its files are really there: each is
synced before it is renamed, and then its folder. No rival does that."""


def render(binary, work):
    """Returns the files that our own program makes: path → where it is."""
    made = work / "made"
    made.mkdir()
    quiet([binary, *OURS], made)
    return files(made)


def copier(path, made, work, out):
    source = work / "copier"
    copier_template(made, VALUES, source)
    return [path, "copy", "--defaults", "--quiet", str(source), str(out)], out


def cruft(path, made, work, out):
    source = work / "cruft"
    cruft_template(made, VALUES, source)
    commit(source)
    return [path, "create", "--no-input", "--output-dir", str(out), str(source)], out / "made"


def cargo_generate(path, made, work, out):
    source = work / "cargo-generate"
    template(made, VALUES, source)
    defines = [word for pair in VALUES.items() for word in ("--define", "=".join(pair))]
    argv = [path, "generate", "--silent", "--vcs", "none", "--path", str(source)]
    return argv + ["--name", "made", "--destination", str(out), *defines], out / "made"


def kickstart(path, made, work, out):
    source = work / "kickstart"
    template(made, VALUES, source)
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


def same(job, folder, made, env):
    """Makes sure that a rival does the same work: every file, byte for byte."""
    job.run(env)
    for path, source in made.items():
        other = folder / path
        if not other.exists() or other.read_bytes() != source.read_bytes():
            sys.exit(f"bench: {job.name} made another `{path}`")


def rows_on(place, binary, work, rounds, targets):
    """Measures everything on one file system."""
    env = environment(work)
    binary, git, cp = str(binary), shutil.which("git"), shutil.which("cp")
    made = render(binary, work)
    rows = []

    start = [Job("ours", [binary, "--version"]), Job("`git --version`", [git, "--version"])]
    measure(start, rounds, env)
    rows.append(at_most("start-up", place, *start, targets and 1.3))

    ours = Job("ours", [binary, *OURS], work / "out" / "ours")
    makers, missing = [], []
    for name, maker in MAKERS.items():
        found = rival(name)
        if not found:
            missing.append(absent(INIT, place, name))
            continue
        out = work / "out" / name
        argv, folder = maker(found[0], made, work, out)
        makers.append(Job(found[1], argv, out, cwd=work))
        same(makers[-1], folder, made, env)
    measure([ours, *makers], rounds, env)
    goals = {"copier": 150, "cargo-generate": 10} if targets else {}
    for job in makers:
        rows.append(at_least(INIT, place, ours, job, goals.get(job.name.split()[0])))
    rows += missing

    plain = work / "plain"
    for path, source in made.items():
        (plain / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, plain / path)
    copies = [
        Job("ours", ours.argv, ours.out),
        Job("`cp -r`", [cp, "-r", f"{plain}/.", str(work / "out" / "cp")], work / "out" / "cp"),
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
        Job("`git status`", [git, "status"], cwd=repo),
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
    args = arguments(__doc__, rounds=21)
    rows = everywhere(args, rows_on)
    rows.append(size(args.binary))
    show(rows, args, NOTE)


if __name__ == "__main__":
    main()
