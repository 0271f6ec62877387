#!/usr/bin/env python3
"""Runs the linters of the world over what the tool renders: shellcheck, zizmor, the CI schemas and SARIF's validator.

usage: lint.py --tool PATH

Prints a line a file and linter. What is missing is skipped; install.sh brings it.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BIN = pathlib.Path(__file__).resolve().parent / ".parts" / "linters" / "bin"
URL = ["gateway.url=https://gw.example/v1"]
HEADERS = ["headers.x-plain=it's $x", "headers.x-ref=ENV:HEADER_TOKEN", "headers.x-store=VAULT:a/b#c d",
           "telemetry.project_tag=a 'b' \\c"]
VARIANTS = {
    "solo": ["--profile", "solo"],
    "solo, no URL": ["--profile", "solo", None],
    "team": ["--profile", "team"],
    "team, headers": ["--profile", "team", *HEADERS],
    "team, store": ["--profile", "team", "credential.ref=OP:vault/it em/field"],
    "team, KEYRING": ["--profile", "team", "credential.ref=KEYRING:gateway/me"],
    "team, program": ["--profile", "team", "credential.ref=CMD:bin/print-key --for gateway", "headers.x-pass=PASS:gw"],
    "enterprise": ["--profile", "enterprise"],
    "enterprise, AWS": ["--profile", "enterprise", "credential.ref=AWS-SM:prod/gw#key"],
    "enterprise, PASS": ["--profile", "enterprise", "credential.ref=PASS:gw"],
    "enterprise, headers": ["--profile", "enterprise", *HEADERS],
    "enterprise, ENV": ["--profile", "enterprise", "credential.ref=ENV:MY_KEY"],
    "enterprise, public": ["--profile", "enterprise", "visibility=public", *HEADERS],
    "enterprise, GitLab": ["--profile", "enterprise", "--with", "ci-gitlab", "--without", "ci-github", *HEADERS],
    "team, CI and OP": ["--profile", "team", "--with", "ci-github", "credential.ref=OP:vault/item/field"],
    "team, CI and VAULT": ["--profile", "team", "--with", "ci-github", "credential.ref=VAULT:gw"],
    "team, CI and AWS": ["--profile", "team", "--with", "ci-github", "credential.ref=AWS-SM:prod/gw#key"],
    "team, GitLab and VAULT": ["--profile", "team", "--with", "ci-gitlab", "credential.ref=VAULT:gw"],
    "enterprise, GitLab and AWS": ["--profile", "enterprise", "--with", "ci-gitlab", "--without", "ci-github",
                                   "credential.ref=AWS-SM:prod/gw#key"],
    "multi-model": ["--profile", "multi-model"],
    "multi-model, paths": ["--profile", "multi-model", "launcher.path=tools/a b/run it.sh", "launcher.env_file=.env.claude"],
}


FLEETS = {
    "fleet of a list": '["-"]',
    "fleet of addresses": '["https://git.example.com/team/app.git"]',
}


def fleet(tool, repositories, root):
    """The workflows of a fleet, for both systems."""
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    group = f'[[group]]\nname = "all"\nprofile = "team"\nrepositories = {repositories}\n'
    (root / "claude-fleet.toml").write_text(f"version = 1\n{group}")
    for system in ["github", "gitlab"]:
        done = subprocess.run([tool, "fleet", "ci", system], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, env={"PATH": os.environ["PATH"], "HOME": str(root.parent)})
        if done.returncode != 0:
            break
    return done


def render(tool, words, root):
    options = words[:2] + [w for w in words[2:] if w and "=" not in w]
    values = [] if None in words else URL
    for value in values + [w for w in words[2:] if w and "=" in w]:
        options += ["--set", value]
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return subprocess.run([tool, "init", *options], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, env={"PATH": os.environ["PATH"], "HOME": str(root.parent)})


def checks(root):
    """Name of the linter, the file, the command."""
    for path in sorted(root.rglob("*.sh")):
        yield "shellcheck", path, ["shellcheck", "-s", "sh", str(path)]
    for path in sorted(root.glob(".github/workflows/*.yml")):
        yield "zizmor", path, ["zizmor", "--offline", "--no-progress", "--pedantic", str(path)]
        if shutil.which("actionlint"):  # install.sh does not bring it
            yield "actionlint", path, ["actionlint", str(path)]
        yield "check-jsonschema", path, ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    for path in sorted(root.glob(".gitlab-ci*.yml")):
        yield "check-jsonschema", path, ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(path)]


def findings(tool, root):
    """What check finds as SARIF: in a file that the client skips, and after a run that failed."""
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    folder = root / "a b" / ".claude"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text('{ "env": { "ANTHROPIC_BASE_URL": "http://gw.example/v1/" }, }')
    for name, manifest in [("findings", None), ("failure", "version = 1\nprofle = 1\n")]:
        if manifest:
            (root / "claude-scaffold.toml").write_text(manifest)
        done = subprocess.run([tool, "check", "--format", "sarif"], cwd=root, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], "HOME": str(root)})
        log = root / f"{name}.sarif"
        log.write_text(done.stdout)
        yield name, ["sarif", "validate", str(log)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    tool = os.path.abspath(parser.parse_args().tool)
    count = {"ok": 0, "FAIL": 0, "skip": 0}

    def line(kind, text):
        count[kind] += 1
        print(kind, text, flush=True)

    path = f"{BIN}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="lint-") as name:
        cases = [(title, render, words) for title, words in VARIANTS.items()]
        cases += [(title, fleet, repositories) for title, repositories in FLEETS.items()]
        for number, (title, write, what) in enumerate(cases):
            root = pathlib.Path(name) / str(number)
            done = write(tool, what, root)
            if done.returncode != 0:
                line("FAIL", f"{title}: exit {done.returncode}: {done.stderr.strip()[-400:]}")
                continue
            for linter, file, command in checks(root):
                case = f"{title}: {linter} {file.relative_to(root)}"
                program = shutil.which(command[0], path=path)
                if not program:
                    line("skip", f"{case}: no {linter}: run install.sh")
                    continue
                done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
                if done.returncode == 0:
                    line("ok", case)
                else:
                    line("FAIL", f"{case}\n{done.stdout}{done.stderr}")
        for name, command in findings(tool, pathlib.Path(name) / "findings"):
            program = shutil.which(command[0], path=f"{BIN.parent.parent / 'bin'}:{path}")
            if not program:
                line("skip", f"SARIF: {name}: no validator: run install.sh")
                continue
            done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
            if done.returncode == 0 and "error SARIF" not in done.stdout:
                line("ok", f"SARIF: {name}")
            else:
                line("FAIL", f"SARIF: {name}\n{done.stdout}{done.stderr}")
    print(f"{count['ok']} passed, {count['FAIL']} failed, {count['skip']} skipped")
    return 1 if count["FAIL"] else 0


if __name__ == "__main__":
    sys.exit(main())
