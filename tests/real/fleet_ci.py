#!/usr/bin/env python3
"""Runs the scripts of the workflows that `fleet ci` writes, job by job, with artifacts handed on as the CI systems do.

usage: fleet_ci.py --tool PATH

The forge is a stand-in that lists bare repositories of this machine, so nothing is pushed or proposed. Needs PyYAML;
without it everything is skipped.
"""
import argparse
import fnmatch
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("skip: no PyYAML")
    sys.exit(0)

NAMES = ["app", "web", "lib", "old"]
FLEET = """version = 1
[[group]]
name = "all"
repositories = ["-"]
profile = "team"
values.gateway.url = "https://gw.example/v1"
"""
GH = """#!/bin/sh
case "$1" in
  repo) cat "$LIST" ;;
  auth) test -n "$GH_TOKEN" ;;
esac
"""
CURL = """#!/bin/sh
grep -q 'PRIVATE-TOKEN: reading' || exit 22
case "$*" in
  *page=1) cp "$LIST" page.json ;;
  *) echo '[]' > page.json ;;
esac
"""


def git(folder, *words):
    person = ["-c", "user.name=a", "-c", "user.email=a@a.example"]
    subprocess.run(["git", *person, *words], cwd=folder, check=True, capture_output=True)


class Ground:
    """The fleet, the stand-ins, and what jobs have kept."""

    def __init__(self, root, tool, system):
        self.root, self.system, self.kept, self.jobs = root, system, {}, []
        self.control = root / "control"
        for folder in ["bin", "home", "control"]:
            (root / folder).mkdir(parents=True)
        programs = {"gh": GH, "curl": CURL, "cargo": f"#!/bin/sh\nmkdir -p tool/bin\ncp '{tool}' tool/bin/claude-scaffold\n"}
        for name, text in programs.items():
            (root / "bin" / name).write_text(text)
            (root / "bin" / name).chmod(0o755)
        for name in NAMES:
            git(root, "init", "-q", "--bare", "-b", "main", f"{name}.git")
            git(root, "clone", "-q", f"{name}.git", name)
            (root / name / "README.md").write_text(f"# {name}\n")
            git(root / name, "add", "-A")
            git(root / name, "commit", "-q", "-m", "begin")
            git(root / name, "push", "-q", "origin", "HEAD:main")
        keys = ("nameWithOwner", "url", "isArchived") if system == "github" else (
            "path_with_namespace", "http_url_to_repo", "archived")
        rows = [dict(zip(keys, (f"team/{name}", str(root / f"{name}.git"), name == "old"))) for name in NAMES]
        (root / "list.json").write_text(json.dumps(rows))
        (self.control / "claude-fleet.toml").write_text(FLEET)
        git(self.control, "init", "-q")
        subprocess.run([tool, "fleet", "ci", system, "--shards", "2"], cwd=self.control, check=True, capture_output=True,
                       env=self.environment())

    def environment(self, **more):
        return {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "HOME": str(self.root / "home"),
                "LIST": str(self.root / "list.json"), "GITHUB_STEP_SUMMARY": str(self.root / "summary"), **more}

    def run(self, job, script, folder, **more):
        script = script.replace("--push --propose ", "")
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL, env=self.environment(**more))
        self.jobs.append((job, done.returncode, done.stdout + done.stderr))

    def folder(self, job):
        folder = self.root / "work" / job
        shutil.copytree(self.control, folder)
        return folder


def github(ground):
    flow = yaml.safe_load((ground.control / ".github/workflows/claude-fleet.yml").read_text())
    for name, job in flow["jobs"].items():
        for shard in job.get("strategy", {}).get("matrix", {}).get("shard", [0]):
            folder = ground.folder(f"{name}-{shard}")
            said = {"matrix.shard": str(shard), "runner.temp": str(folder / "temp")}
            for step in job["steps"]:
                words = json.dumps(step.get("with", {}))
                for key, value in said.items():
                    words = words.replace("${{ %s }}" % key, value)
                words = json.loads(words)
                if "upload-artifact" in step.get("uses", ""):
                    files = [path for line in words["path"].split() for path in folder.glob(line)]
                    ground.kept[words["name"]] = files
                elif "download-artifact" in step.get("uses", ""):
                    globs = words.get("pattern", words.get("name")).strip("{}").split(",")
                    into = folder / words["path"]
                    into.mkdir(parents=True, exist_ok=True)
                    for kept, files in ground.kept.items():
                        for path in files if any(fnmatch.fnmatch(kept, glob) for glob in globs) else []:
                            shutil.copyfile(path, into / path.name)
                elif "run" in step:
                    more = {key: str(value) for key, value in flow["env"].items()}
                    more.update({key: "x" for key in step.get("env", {})})
                    ground.run(f"{name} {shard}", step["run"], folder, **{**more, "SHARD": str(shard),
                                                                         "RUNNER_TEMP": said["runner.temp"]})
    return ground.kept["fleet-ledger"][0], ground.kept["fleet-report"][0]


def gitlab(ground):
    flow = yaml.safe_load((ground.control / ".gitlab-ci.claude-fleet.yml").read_text())
    variables = flow.pop(".claude-fleet")["variables"]
    for name, job in flow.items():
        count = job.get("parallel", 1)
        for index in range(1, count + 1):
            folder = ground.folder(f"{name}-{index}")
            for needed in job.get("needs", []):
                for path, where in ground.kept.get(needed, []):
                    (folder / where).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, folder / where)
            ground.run(f"{name} {index}", "\n".join(job["script"]), folder, **variables, **{
                "CI_NODE_INDEX": str(index), "CI_NODE_TOTAL": str(count), "CI_SERVER_URL": "https://git.example.com",
                "CI_API_V4_URL": "https://git.example.com/api/v4", "CI_SERVER_HOST": "git.example.com", "FLEET_GROUP": "7",
                "FLEET_READ_TOKEN": "reading", "FLEET_TOKEN": "writing", "GITLAB_USER_LOGIN": "ada", "FLEET_NAME": "Ada",
                "FLEET_EMAIL": "ada@one.example"})
            made = [path for glob in job.get("artifacts", {}).get("paths", []) for path in folder.glob(glob)]
            ground.kept.setdefault(name, []).extend((path, path.relative_to(folder)) for path in made)
    return ground.kept["claude-fleet-status"][0][0], ground.kept["claude-fleet-report"][0][0]


def check(system, flow, tool, root):
    """What went wrong, if anything did."""
    ground = Ground(root, tool, system)
    ledger, page = flow(ground)
    for job, code, talk in ground.jobs:
        if code != 0:
            return f"{job}: exit {code}: {talk[-400:]}"
    rows = [json.loads(line) for line in ledger.read_text().splitlines()]
    got = {row["repository"]: row["status"] for row in rows}
    wanted = {f"team/{name}": "passed-over" if name == "old" else "changed" for name in NAMES}
    if got != wanted:
        return f"the ledger says {got}"
    for name in NAMES:
        there = subprocess.run(["git", "rev-parse", "--verify", "-q", "refs/heads/claude-scaffold"], cwd=root / f"{name}.git",
                               capture_output=True, check=False).returncode == 0
        if there != (name != "old"):
            return f"{name}: a branch is {'there' if there else 'missing'}"
    if "team/app" not in page.read_text():
        return "the page does not name team/app"
    talk = "".join(talk for _, _, talk in ground.jobs)
    return "a token was printed" if "reading" in talk or "writing" in talk else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    tool = os.path.abspath(parser.parse_args().tool)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="fleet-ci-") as name:
        for system, flow in [("github", github), ("gitlab", gitlab)]:
            problem = check(system, flow, tool, pathlib.Path(name) / system)
            print("FAIL" if problem else "ok", system, problem or "", flush=True)
            wrong += problem is not None
    print(f"{2 - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
