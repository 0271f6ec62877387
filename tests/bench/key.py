#!/usr/bin/env python3
"""Measures `key` beside the program's own start-up and beside programs that print a variable.

A client that uses a key helper waits for it before its first request. Nothing is asked here but the
environment, the env file, and a store's program that prints a line.
"""

import shutil

from rivals import environment, quiet
from rounds import Job, arguments, at_most, everywhere, measure, show

KEY = "bench-key-0123456789"
NOTE = """`key` finds the manifest, combines its layers and looks into the
environment and the env file; with a store it also starts `echo`."""


def unit(binary, work, name, reference):
    """Makes a repository that declares a reference, and returns a folder of it."""
    folder = work / name / "src" / "deep"
    folder.mkdir(parents=True)
    root = work / name
    quiet(["git", "init", "--quiet"], root)
    setting = ["--set", "gateway.url=https://gateway.internal.net/v1", "--set", f"credential.ref={reference}"]
    quiet([binary, "init", "--quiet", "--profile", "enterprise", *setting], root)
    (root / ".env").write_text(f"# mine\nOTHER=1\nBENCH_FILE_KEY={KEY}\n")
    return folder


def rows_on(place, binary, work, rounds, targets):
    """Measures everything on one file system."""
    env = {**environment(work), "BENCH_KEY": KEY}
    binary = str(binary)
    variable = unit(binary, work, "variable", "ENV:BENCH_KEY")
    file = unit(binary, work, "file", "ENV:BENCH_FILE_KEY")
    program = unit(binary, work, "program", f"CMD:echo {KEY}")
    start = Job("`--version`", [binary, "--version"], cwd=variable)
    found = Job("`key`, environment", [binary, "key"], cwd=variable)
    read = Job("`key`, env file", [binary, "key"], cwd=file)
    asked = Job("`key`, a program", [binary, "key"], cwd=program)
    alone = Job("`key --ref`", [binary, "key", "--ref", "ENV:BENCH_KEY"], cwd=work)
    printenv = Job("`printenv`", [shutil.which("printenv"), "BENCH_KEY"], cwd=variable)
    shell = Job("`sh -c echo`", [shutil.which("sh"), "-c", f"$(command -v echo) {KEY}"], cwd=variable)
    jobs = [start, found, read, asked, alone, printenv, shell]
    measure(jobs, rounds, env)
    ours = [found, read, alone]
    rows = [at_most(job.name, place, job, start, targets and 2) for job in ours]
    rows += [at_most(job.name, place, job, printenv, None) for job in ours]
    rows.append(at_most(asked.name, place, asked, shell, None))
    return rows


def main():
    args = arguments(__doc__, 51)
    show(everywhere(args, rows_on), args, NOTE)


if __name__ == "__main__":
    main()
