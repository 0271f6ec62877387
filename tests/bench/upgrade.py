#!/usr/bin/env python3
"""Measures `upgrade` beside other ways to bring a template's second version into a project.

The eight files of run.py, from a template whose second version touches two of them; the project has
edited one of the two, elsewhere. Every side starts each round from the same prepared repository,
and every result must hold the edit and both changes. install.sh brings the rivals.
"""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from rivals import OURS, UPDATES, VALUES, commit, edited, environment, files, quiet, rival
from rounds import ROOT, Job, absent, arguments, at_least, at_most, everywhere, measure, show

UPGRADE = "`upgrade`, 8 files"
FETCHED = "`upgrade`, pack fetched"
PIPELINE = "git diff v1 v2 | git apply --3way"
NOTE = """Every side leaves the same files. The pack is a folder, which
`upgrade` reads and checks; fetched, it is a repository that `git` asks for the new tag. copier and
cruft clone theirs from the same disk. git alone has both versions in the project's own repository
and `git merge-file` has them as folders. On disk `upgrade` syncs what it writes; no other does."""

SETTINGS, PAGE = ".vscode/settings.json", "docs/claude-gateway.md"
# What the second version changes: template, text, text after.
CHANGES = (
    ("vscode/settings.json.tera", '"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"',
     '"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "true"'),
    ("docs/claude-gateway.md.tera", "the request must be there.",
     "the request must be there within a minute."),
)  # fmt: skip
EDIT = '{\n  // As wide as our style guide.\n  "editor.rulers": [100],\n'


@dataclass
class Sides:
    """The prepared starts of every side, and the files of both versions."""

    work: Path
    binary: str
    versions: list[dict[str, Path]]


def edit(project):
    path = project / SETTINGS
    path.write_text(path.read_text().replace("{\n", EDIT, 1))


def settings_merged(project):
    text = (project / SETTINGS).read_text()
    if not text.startswith(EDIT) or text.count('"true"') != 3 or '"1"' in text:
        sys.exit(f"bench: {project / SETTINGS} is not merged")


def merged(project):
    """Ends the program where a side lost the edit or a change, or left a conflict."""
    settings_merged(project)
    if CHANGES[1][2] not in (project / PAGE).read_text():
        sys.exit(f"bench: {project / PAGE} is not merged")


def write_pack(folder, version):
    """Writes a pack of the features that the second version touches."""
    for name in {change[0].split("/")[0] for change in CHANGES}:
        source = ROOT / "templates" / "features" / name
        shutil.copytree(source, folder / "features" / name, dirs_exist_ok=True)
    (folder / "pack.toml").write_text(f'name = "bench"\nversion = "{version}.0.0"\n')
    for path, before, after in CHANGES if version > 1 else ():
        template = folder / "features" / path
        text = template.read_text()
        if before not in text:
            sys.exit(f"bench: nothing to change in {path}")
        template.write_text(text.replace(before, after))


def prepare(binary, work):
    """Renders both versions, and leaves two projects of ours behind at the first one."""
    versions = []
    folder, remote = work / "pack", work / "pack.git"
    for version in (1, 2):
        made = work / f"v{version}"
        made.mkdir()
        write_pack(folder, version)
        pack = ["--set", f"pack=path:{folder}"]
        quiet([binary, *OURS, *pack], made)
        versions.append(files(made))
        if version == 1:
            ours(binary, pack, work / "start" / "ours")
            shutil.copytree(folder, remote)
            commit(remote, "v1")
            fetched = ["--yes", "--set", f"pack=git+file://{remote}?tag=v1"]
            ours(binary, fetched, work / "start" / "fetched")
    write_pack(remote, 2)
    commit(remote, "v2")
    return Sides(work, binary, versions)


def ours(binary, pack, start):
    project = start / "project"
    project.mkdir(parents=True)
    quiet(["git", "init", "--quiet"], project)
    quiet([binary, *OURS, *pack], project, home=start)
    edited(project, edit)


def our_job(sides, name, argv):
    """Our own side, with its cache beside the project, as it was after the first version."""
    out = sides.work / "out" / name
    argv = [sides.binary, *argv]
    return Job("ours", argv, out, out / "project", sides.work / "start" / name, merged)


def rival_jobs(sides, place):
    """Returns the rivals that are installed as jobs, and the others as rows."""
    jobs, missing = [], []
    for name, (project, words) in UPDATES.items():
        found = rival(name)
        if not found:
            missing.append(absent(UPGRADE, place, name))
            continue
        path, title = found
        start = project(path, sides.versions, VALUES, sides.work, edit)
        out = sides.work / "out" / name
        jobs.append(Job(title, [path, *words], out, start=start, verify=merged))
    return jobs, missing


def git_jobs(sides):
    """git alone: both versions are commits of the project, whose own branch left at the first."""
    start, out = sides.work / "start" / "git", sides.work / "out" / "git"
    for version, made in enumerate(sides.versions, 1):
        plain(made, start)
        commit(start, f"v{version}")
    git, sh = shutil.which("git"), shutil.which("sh")
    quiet([git, "reset", "--quiet", "--hard", "v1"], start)
    edit(start)
    commit(start)
    diff = [git, "diff", "v1", "v2", f"--output={sides.work / 'patch'}"]
    quiet(diff, start)
    shown = PIPELINE.replace("|", "\\|")
    apply = [git, "apply", "--3way", str(sides.work / "patch")]
    return [
        Job(f"`{shown}`", [sh, "-c", PIPELINE], out, start=start, verify=merged),
        Job("`git diff`", diff, out, start=start),
        Job("`git apply`", apply, out, start=start, verify=merged),
    ]


def merge_file_jobs(sides):
    """`git merge-file` on each of the files, and on the only one that needs it."""
    start, out = sides.work / "start" / "merge-file", sides.work / "out" / "merge-file"
    plain(sides.versions[0], start)
    edit(start)
    git, sh = shutil.which("git"), shutil.which("sh")
    v1, v2 = sides.work / "v1", sides.work / "v2"
    loop = f'for file; do git merge-file "$file" "{v1}/$file" "{v2}/$file"; done'
    each = [sh, "-c", loop, "sh", *sides.versions[0]]
    one = [git, "merge-file", SETTINGS, str(v1 / SETTINGS), str(v2 / SETTINGS)]
    return [
        Job("`git merge-file`, 8 times", each, out, start=start, verify=merged),
        Job("`git merge-file`, once", one, out, start=start, verify=settings_merged),
    ]


def plain(made, folder):
    for path, source in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, folder / path)


def rows_on(place, binary, work, rounds, targets):
    """Measures everything on one file system."""
    env = environment(work)
    for name in ("cache", "state"):
        env[f"XDG_{name.upper()}_HOME"] = str(work / "out" / "fetched" / name)
    sides = prepare(str(binary), work)
    folder = our_job(sides, "ours", ["upgrade"])
    fetched = our_job(sides, "fetched", ["upgrade", "--to", "v2"])
    tools, missing = rival_jobs(sides, place)
    pipeline, diff, apply = git_jobs(sides)
    merges = merge_file_jobs(sides)
    measure([folder, fetched, *tools, pipeline, diff, apply, *merges], rounds, env)

    goals = {"copier": 250, "cruft": 100} if targets else {}
    rows = [at_least(UPGRADE, place, folder, job, goals.get(job.name.split()[0])) for job in tools]
    rows += missing
    rows.append(at_most(UPGRADE, place, folder, pipeline, targets and 1))
    both = Job("`git diff` + `git apply`", [])
    both.wall = [sum(pair) for pair in zip(diff.wall, apply.wall)]
    rows += [at_most(UPGRADE, place, folder, job, None) for job in (both, *merges)]
    return rows + [at_least(FETCHED, place, fetched, job, None) for job in tools]


def main():
    args = arguments(__doc__, rounds=21)
    show(everywhere(args, rows_on), args, NOTE)


if __name__ == "__main__":
    main()
