#!/usr/bin/env python3
"""Shows what each tool leaves behind where user and template changed neighbouring lines.

Version one of a template gives two files; the user adds a comment, a key and an ignore rule; version
two changes a value and adds a key and an ignore rule. Nobody changed what the other did, so nothing
is in conflict. Only our own result is asserted. install.sh brings copier and cruft.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rivals import UPDATES, edited, environment, quiet, rival
from rounds import build

SETTINGS, IGNORE = ".vscode/settings.json", ".gitignore"
VERSIONS = (
    {SETTINGS: '{\n  "tabSize": 2,\n  "model": "one"\n}\n', IGNORE: ".env\n"},
    {
        SETTINGS: '{\n  "tabSize": 2,\n  "model": "two",\n  "maxTokens": 4096\n}\n',
        IGNORE: ".env\n.env.local\n",
    },
)
COMMENT = "  // Two, as everywhere.\n"
EDITED = {
    SETTINGS: "{\n" + COMMENT + '  "tabSize": 2,\n  "model": "one",\n  "wordWrap": true\n}\n',
    IGNORE: ".env\nnode_modules/\n",
}
WANTED = {"tabSize": 2, "model": "two", "wordWrap": True, "maxTokens": 4096}
SIDES = (["copier"], ["copier", "--conflict rej"], ["cruft"])
HEAD = ["", "exit", "recorded as done", "settings", "conflict markers", "`.rej` files"]
FEATURE = """[[output]]
path = ".vscode/settings.json"
template = "settings.json.tera"
format = "jsonc"

[[output]]
path = ".gitignore"
template = "gitignore.tera"
format = "ignore"
"""


def edit(project):
    for path, text in EDITED.items():
        (project / path).write_text(text)


def versions(work):
    """Writes both versions as folders, as the makers of the rivals' templates want them."""
    written = []
    for number, texts in enumerate(VERSIONS, 1):
        paths = {path: work / f"v{number}" / path for path in texts}
        for path, text in texts.items():
            paths[path].parent.mkdir(parents=True, exist_ok=True)
            paths[path].write_text(text)
        written.append(paths)
    return written


def write_pack(folder, number):
    feature = folder / "features" / "editor"
    feature.mkdir(parents=True, exist_ok=True)
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / "solo.toml").write_text('features = ["editor"]\n')
    (folder / "pack.toml").write_text(f'name = "fixture"\nversion = "{number}.0.0"\n')
    (feature / "feature.toml").write_text(FEATURE)
    (feature / "settings.json.tera").write_text(VERSIONS[number - 1][SETTINGS])
    (feature / "gitignore.tera").write_text(VERSIONS[number - 1][IGNORE])


def our_project(binary, work):
    pack, project = work / "pack", work / "project"
    write_pack(pack, 1)
    project.mkdir(parents=True)
    quiet(["git", "init", "--quiet"], project)
    quiet([binary, "init", "--profile", "solo", "--set", f"pack=path:{pack}"], project, home=work)
    edited(project, edit)
    write_pack(pack, 2)
    return project


def parsed(text):
    """Returns a file's JSON, comments on lines of their own left out, or nothing."""
    try:
        return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    except ValueError:
        return None


def recorded(project):
    """Returns the version that a tool has written down as done."""
    answers, cruft = project / ".copier-answers.yml", project / ".cruft.json"
    if answers.exists():
        return re.search(r"^_commit: (.*)$", answers.read_text(), re.MULTILINE).group(1)
    if cruft.exists():
        words = ["git", "describe", "--tags", json.loads(cruft.read_text())["commit"]]
        template = json.loads(cruft.read_text())["template"]
        done = subprocess.run(words, cwd=template, capture_output=True, text=True, check=True)
        return done.stdout.strip()
    lock = (project / "claude-scaffold.lock").read_text()
    return re.search(r'^version = "(.*)"$', lock, re.MULTILINE).group(1)


def state(text):
    """Returns what became of the settings, in a word or two."""
    found = parsed(text)
    if found is None:
        return "not JSON"
    if COMMENT not in text or "wordWrap" not in found:
        return "valid, the edit is gone"
    return "valid, merged" if found == WANTED else "valid, not updated"


def report(title, argv, project, env):
    """Runs an update, prints what it left behind, and returns its exit code and a row about it."""
    done = subprocess.run(argv, cwd=project, env=env, capture_output=True, text=True)
    found = {path: (project / path).read_text() for path in (SETTINGS, IGNORE)}
    print(f"{title}:")
    for path, text in found.items():
        print(f"  {path}")
        print("".join(f"    {line}\n" for line in text.splitlines()), end="")
    print()
    marked = [path for path, text in found.items() if "<<<<<<<" in text]
    rejected = [str(path.relative_to(project)) for path in project.rglob("*.rej")]
    left = ", ".join(f"`{path}`" for path in sorted(rejected)) or "none"
    row = [title, str(done.returncode), recorded(project), state(found[SETTINGS])]
    return done.returncode, [*row, f"{len(marked)} of 2 files" if marked else "none", left]


def kept(project, code):
    """Ends the program where our own side lost or broke anything."""
    text = (project / SETTINGS).read_text()
    rules = (project / IGNORE).read_text().splitlines()
    wanted = {".env", "node_modules/", ".env.local"}
    if code or parsed(text) != WANTED or COMMENT not in text:
        sys.exit(f"markers: our {SETTINGS} is not what it must be, exit {code}")
    if sorted(rules) != sorted(wanted):
        sys.exit(f"markers: our {IGNORE} is not what it must be")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=Path, help="run this program instead of building one")
    binary = str((parser.parse_args().binary or build()).resolve())
    rows = [HEAD, ["---"] * len(HEAD)]
    with tempfile.TemporaryDirectory(prefix="markers-") as folder:
        root = Path(folder).resolve()
        for number, (name, *more) in enumerate(SIDES):
            found = rival(name)
            if not found:
                print(f"markers: SKIPPED {name}, which is not installed: install.sh {name}\n")
                continue
            work = root / str(number)
            path, title = found
            make, words = UPDATES[name]
            project = make(path, versions(work), {}, work, edit)
            title = " ".join([title, *(f"`{word}`" for word in more)])
            argv = [path, *words, *" ".join(more).split()]
            rows.append(report(title, argv, project, environment(work))[1])
        work = root / "ours"
        project = our_project(binary, work)
        code, row = report("claude-scaffold", [binary, "upgrade"], project, environment(work))
        for row in [*rows, row]:
            print("| " + " | ".join(row) + " |")
        kept(project, code)


if __name__ == "__main__":
    main()
