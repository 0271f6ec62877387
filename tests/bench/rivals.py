"""The tools we are measured beside: where they are, and the same templates in the form each wants."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

RIVALS = Path(__file__).resolve().parent.parent / "real" / ".parts" / "rivals"

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


def environment(home):
    """No configuration of the user's, and no network to find one in."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "USER": "bench",
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def quiet(argv, cwd, home=None):
    env = environment(home or cwd)
    subprocess.run(argv, cwd=cwd, check=True, stdout=subprocess.DEVNULL, env=env)


def commit(folder, *tags):
    """Commits everything in a folder, which becomes a repository if it is none."""
    config = ("user.name=bench", "user.email=bench@bench.example", "init.defaultBranch=main")
    git = ["git", *(word for pair in config for word in ("-c", pair))]
    tagging = (["tag", tag] for tag in tags)
    for words in (["init"], ["add", "--all"], ["commit", "-m", "bench"], *tagging):
        quiet([*git, *words], folder)


def files(folder):
    """Returns the files below a folder, without our own bookkeeping: path → where it is."""
    skip = ("cache/", "state/", ".git/", "claude-scaffold.")
    paths = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    return {name: path for name, path in sorted(paths.items()) if not name.startswith(skip)}


def templated(text, values, variable):
    """Nothing but variables; Jinja, Tera and Liquid agree on how those and verbatim text look."""
    begin, end = ("{% raw %}", "{% endraw %}") if re.search(r"\{[{%#]", text) else ("", "")
    for name, value in values.items():
        text = text.replace(value, f"{end}{{{{ {variable(name)} }}}}{begin}")
    return begin + text + end


def template(made, values, folder, suffix="", variable=lambda name: name):
    for path, source in made.items():
        target = folder / (path + suffix)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(templated(source.read_text(), values, variable))
        shutil.copymode(source, target)


def copier_template(made, values, folder):
    template(made, values, folder, ".jinja")
    questions = (f"{name}:\n  type: str\n  default: {value}\n" for name, value in values.items())
    (folder / "copier.yml").write_text("".join(questions))


def cruft_template(made, values, folder):
    template(made, values, folder / "{{cookiecutter.name}}", variable="cookiecutter.{}".format)
    (folder / "cookiecutter.json").write_text(json.dumps({"name": "made", **values}))


def edited(project, edit):
    """Commits what a tool made, and then the edit: rivals look for the former in the history."""
    commit(project)
    edit(project)
    commit(project)


def copier_project(path, versions, values, work, edit):
    """Makes a project from the first version, edited, beside a template that has the second."""
    source, project = work / "copier-template", work / "copier-project"
    copier_template(versions[0], values, source)
    answers = "{{ _copier_conf.answers_file }}.jinja"
    (source / answers).write_text("{{ _copier_answers|to_nice_yaml }}")
    commit(source, "v1.0.0")
    quiet([path, "copy", "--defaults", "--quiet", str(source), str(project)], work)
    edited(project, edit)
    copier_template(versions[1], values, source)
    commit(source, "v2.0.0")
    return project


def cruft_project(path, versions, values, work, edit):
    """Makes a project from the first version, edited, beside a template that has the second."""
    source, project = work / "cruft-template", work / "cruft-project"
    cruft_template(versions[0], values, source)
    commit(source, "v1")
    quiet([path, "create", "--no-input", "--output-dir", str(project), str(source)], work)
    edited(project / "made", edit)
    cruft_template(versions[1], values, source)
    commit(source, "v2")
    return project / "made"


# Each without questions and from a repository on the same disk, which both then clone by hard links.
UPDATES = {
    "copier": (copier_project, ["update", "--defaults", "--quiet"]),
    "cruft": (cruft_project, ["update", "--skip-apply-ask"]),
}
