#!/usr/bin/env python3
"""Starts the real Claude Code in rendered repositories and looks at what it sends where.

usage: client.py --tool PATH [--only TEXT] [--client FOLDER]

`PATH init --profile P --set K=V …` has to make a repository in the current folder. Everything runs in
a namespace without network: the gateway is on loopback, every other name resolves to a recorder that
speaks TLS, so what would have gone to another host is seen in plain text. Prints a line a case.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

import mock_gateway
import terminal

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = HERE / ".parts" / "bin"
HOSTS = "DNS:api.anthropic.com,DNS:*.anthropic.com,DNS:claude.ai,DNS:*.claude.ai,DNS:claude.com,DNS:*.claude.com"
TAGS = {"x-project-tag": "back end", "x-cost-center": "eng"}
MODELS = {"default": "gw/Default.Model:v1", "fast": "gw-fast", "reasoning": "gw-deep"}
KINDS = {"solo": "bearer", "team": "bearer", "enterprise": "helper", "multi-model": "bearer"}


class Case:
    """One start of the client and what must come of it."""

    def __init__(self, profile, url, prefix, how, header=None, prompt="say hi", name=""):
        self.profile, self.url, self.prefix, self.how, self.prompt = profile, url, prefix, how, prompt
        self.header = header or KINDS[profile]
        self.title = " ".join(part for part in (profile, self.header, how, url, name) if part)
        self.extra_args, self.extra_env, self.user_settings = [], {}, None
        self.more_set, self.folder, self.store = [], "repo", True
        # A reference to a store that runs already, with the environment and the programs that it is asked with.
        self.reference, self.store_env, self.store_folders = None, {}, []
        self.expect_model = MODELS["default"]
        self.expect_tags = dict(TAGS)
        self.check, self.leaks, self.env_lines = None, False, ""
        self.interactive = False


class World:
    """The recorders of the namespace and a place for the cases."""

    def __init__(self, tool, client, folder):
        self.tool, self.client, self.folder = tool, client, folder
        self.certificate = folder / "foreign.pem"
        key = folder / "foreign.key"
        made = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=foreign",
             "-addext", f"subjectAltName={HOSTS}", "-keyout", str(key), "-out", str(self.certificate)],
            capture_output=True, check=False) if shutil.which("openssl") else None
        self.sees_foreign = bool(made and made.returncode == 0)
        self.foreign = mock_gateway.Foreign(self.certificate, key) if self.sees_foreign else mock_gateway.Foreign()
        self.ports = iter(range(18000, 19000))
        self.lock = threading.Lock()

    def gateway(self):
        record = mock_gateway.Record()
        with self.lock:
            port = next(self.ports)
        return port, record, mock_gateway.Server(port, record, "gateway")


def init(world, case, root, port):
    """Makes the repository with the tool, as a user would."""
    root.mkdir(parents=True)
    reference = {"bearer": "ENV:GATEWAY_KEY", "x-api-key": "ENV:ANTHROPIC_API_KEY", "helper": "VAULT:team/gw#key"}
    url = case.url.replace(":PORT", f":{port}")
    values = [f"gateway.url={url}", f"credential.ref={case.reference or reference[case.header]}",
              f"telemetry.project_tag={TAGS['x-project-tag']}", f"telemetry.cost_center={TAGS['x-cost-center']}"]
    values += [f"models.{name}={model}" for name, model in MODELS.items()] + case.more_set
    words = [word for value in values for word in ("--set", value)]
    subprocess.run(["git", "init", "-q", str(root)], check=True, env={"PATH": os.environ["PATH"], "HOME": str(root)})
    done = subprocess.run([world.tool, "init", "--profile", case.profile, *words], cwd=root, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False,
                          env={"PATH": os.environ["PATH"], "HOME": str(root.parent)})
    if done.returncode != 0:
        raise AssertionError(f"init: exit {done.returncode}: {done.stderr.strip()[-400:]}")


def fake_vault(case, root, key):
    """A program that answers one question as Vault's does, or none."""
    stores = root.parent / "stores"
    stores.mkdir()
    vault = stores / "vault"
    answer = f"[ \"$*\" = 'kv get -field=key team/gw' ] && echo {key}" if case.store else "exit 1"
    vault.write_text(f"#!/bin/sh\n{answer}\n")
    vault.chmod(0o755)
    return stores


def environment(world, case, root, key, port):
    """What a developer's shell or a CI job would hold, and the command to run."""
    home = root.parent / "home"
    (home / ".claude").mkdir(parents=True)
    if case.user_settings:
        (home / ".claude" / "settings.json").write_text(json.dumps(case.user_settings))
    folders = case.store_folders if case.reference else [fake_vault(case, root, key)]
    env = {**case.store_env, "PATH": ":".join(map(str, [world.client, *folders, "/usr/bin", "/bin"])), "HOME": str(home), "TERM": "dumb",
           "CLAUDE_CODE_MAX_RETRIES": "0", "CLAUDE_CODE_TMPDIR": str(root.parent / "tmp")}
    (root.parent / "tmp").mkdir()
    if world.sees_foreign:
        env["NODE_EXTRA_CA_CERTS"] = str(world.certificate)
    name = None if case.reference else {"bearer": "GATEWAY_KEY", "x-api-key": "ANTHROPIC_API_KEY"}.get(case.header)
    if case.how == "bare":
        command = ["claude"]
        if case.header == "bearer":
            env["ANTHROPIC_AUTH_TOKEN"] = key
        elif case.header == "x-api-key":
            env["ANTHROPIC_API_KEY"] = key
            settings = (root / ".vscode" / "settings.json")
            if settings.exists():
                env.update(json.loads(settings.read_text())["terminal.integrated.env.linux"])
        if case.profile == "solo":
            # As `set -a; . ./.env.template` would give it, with the key filled in.
            lines = (root / ".env.template").read_text()
            (root / ".env").write_text(lines)
            shell = subprocess.run(["bash", "-c", "set -a; . ./.env; env -0"], cwd=root, capture_output=True,
                                   text=True, check=True, env={"PATH": env["PATH"]})
            given = dict(pair.split("=", 1) for pair in shell.stdout.split("\0") if "=" in pair)
            env.update({k: v for k, v in given.items()
                        if k.startswith(("ANTHROPIC_", "API_", "CLAUDE_", "OTEL_")) and k != name})
    else:
        command = [str(root / "scripts" / "run-claude.sh")]
        if name:
            (root / ".env").write_text(f"{name}={key}\n" + case.env_lines.replace(":PORT", f":{port}"))
    env.update({k: v.replace("KEY", key) for k, v in case.extra_env.items()})
    return env, command


def judge(world, case, root, key, records, done):
    """Every way in which the requests are not what was declared."""
    wrong = []
    sent = [r for r in records if r["method"] == "POST"]
    if done.returncode != 0 or "pong" not in done.stdout:
        wrong.append(f"exit {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}")
    if not sent:
        wrong.append("no request reached the gateway")
    for request in records:
        path, headers = request["path"], request["headers"]
        if path.startswith("/collector/"):
            continue
        credentials = {k: headers[k] for k in ("authorization", "x-api-key") if headers.get(k)}
        if request["method"] == "HEAD":
            if credentials:
                wrong.append(f"HEAD {path} carries a credential")
            continue
        if path != case.prefix + "/v1/messages":
            wrong.append(f"{request['method']} {path}")
        if request["model"] != case.expect_model:
            wrong.append(f"model {request['model']}")
        expected = {"bearer": {"authorization": f"Bearer {key}"}, "x-api-key": {"x-api-key": key},
                    "helper": {"authorization": f"Bearer {key}", "x-api-key": key}}[case.header]
        if credentials != expected:
            wrong.append(f"credentials {credentials}")
        for name, value in case.expect_tags.items():
            if headers.get(name) != value:
                wrong.append(f"header {name} is {headers.get(name)!r}")
    leaks = [f"the key went to {request['host']}{request['path']}" for request in list(world.foreign.record)
             if any(key in value for value in request["headers"].values())]
    if not case.leaks:
        wrong += leaks
    elif world.sees_foreign and not leaks:
        wrong.append("the recorder of other hosts saw no key")
    if case.check:
        wrong += case.check(root, sent, done)
    return wrong


def run(world, case, number):
    """Runs one case; gives its title and what is wrong."""
    place = world.folder / f"case-{number}"
    root = place / case.folder
    key = f"fake-key-{number:04d}-for-tests-only"
    port, records, server = world.gateway()
    try:
        init(world, case, root, port)
        env, command = environment(world, case, root, key, port)
        folder = root
        if case.how == "script in a subfolder":
            folder = root / "some where" / "deep"
            folder.mkdir(parents=True)
        prompt = case.prompt.replace("ROOT", str(root))
        if case.interactive:
            (pathlib.Path(env["HOME"]) / ".claude.json").write_text(json.dumps({
                "hasCompletedOnboarding": True, "theme": "dark",
                "projects": {str(root): {"hasTrustDialogAccepted": True}}}))
            screen = terminal.talk(command, folder, env, prompt, lambda: any(r["model"] for r in records))
            done = subprocess.CompletedProcess(command, 0, "pong" if any(r["model"] for r in records) else screen, "")
            return case.title, judge(world, case, root, key, records, done)
        done = subprocess.run([*command, *case.extra_args, "-p", prompt], cwd=folder, env=env, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
        return case.title, judge(world, case, root, key, records, done)
    except (AssertionError, subprocess.SubprocessError, OSError, ValueError) as error:
        return case.title, [f"{type(error).__name__}: {error}"]
    finally:
        server.shutdown()


def cases():
    """The table of the promise, and the traps around it."""
    urls = [("http://127.0.0.1:PORT/v1/", ""), ("http://127.0.0.1:PORT", ""),
            ("http://127.0.0.1:PORT/team/anthropic/v1", "/team/anthropic")]
    found = []
    for profile in KINDS:
        for how in ("script", "script in a subfolder", "bare"):
            found += [Case(profile, url, prefix, how) for url, prefix in urls]
    found += [Case(profile, *urls[0], how, "x-api-key") for profile in ("solo", "team", "multi-model")
              for how in ("script", "script in a subfolder", "bare")]
    return found + traps(urls)


def traps(urls):
    """Cases in which other settings pull the other way."""
    found = []

    def trap(name, how="script", profile="team", header=None, **more):
        case = Case(profile, *urls[0], how, header, name=f"[{name}]")
        for attribute, value in more.items():
            setattr(case, attribute, value)
        found.append(case)

    # What the terminal's environment of `.vscode/settings.json` is for; it also shows that a leak would be seen.
    trap("control: URL in the project alone, key in the shell", "bare", header="x-api-key", leaks=True,
         extra_env={"ANTHROPIC_BASE_URL": ""})
    trap("environment beats project", extra_env={"ANTHROPIC_MODEL": "gw-env"}, expect_model="gw-env")
    trap("environment beats project", "script in a subfolder", extra_env={"ANTHROPIC_CUSTOM_HEADERS": "x-project-tag: env"},
         expect_tags={"x-project-tag": "env"})
    trap("alias opus", extra_args=["--model", "opus"], expect_model=MODELS["reasoning"])
    trap("alias haiku", "script in a subfolder", extra_args=["--model", "haiku"], expect_model=MODELS["fast"])
    trap("alias fable", "bare", extra_args=["--model", "fable"], expect_model=MODELS["reasoning"])
    trap("user's other key and helper", user_settings={
        "env": {"ANTHROPIC_API_KEY": "another-key"}, "apiKeyHelper": "echo another-helper"})
    trap("user's other gateway", user_settings={"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}})
    trap("both keys in the shell", extra_env={"ANTHROPIC_API_KEY": "another-key"})
    trap("keys in the shell beside a helper", profile="enterprise", extra_env={
        "ANTHROPIC_API_KEY": "another-key", "ANTHROPIC_AUTH_TOKEN": "another-token"})
    trap("key injected by CI", profile="enterprise", store=False, extra_env={"GATEWAY_TOKEN": "KEY"})
    trap("helper in a root with blanks", "script in a subfolder", "enterprise", folder="it's a (repo) [x]")
    trap("secret header", more_set=["headers.cf-aig-authorization=ENV:CF_TOKEN"],
         extra_env={"CF_TOKEN": "Bearer cf"}, expect_tags={**TAGS, "cf-aig-authorization": "Bearer cf"})

    def denied(_root, sent, _done):
        results = [text for request in sent for text in request["results"]]
        return [] if results and all("denied" in text for text in results) else [f"read gave {results}"]

    for profile in KINDS:
        trap("interactive", profile=profile, interactive=True)

    def collected(_root, sent, _done):
        return [] if any(r["path"] == "/collector/v1/logs" for r in sent) else [f"nothing reached the collector: {[r['path'] for r in sent]}"]

    trap("telemetry of the env file", check=collected, env_lines="""CLAUDE_CODE_ENABLE_TELEMETRY=1
OTEL_LOGS_EXPORTER=otlp
OTEL_EXPORTER_OTLP_PROTOCOL=http/json
OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:PORT/collector" # ours
""")
    for how in ("script", "script in a subfolder", "bare"):
        trap("the env file is not read", how, prompt="[[read ROOT/.env]]", check=denied)
    trap("the env file is not read", "script in a subfolder", "solo", folder="a (b) [c] *", check=denied,
         prompt="[[read ROOT/.env]]")
    return found


def inside(tool, client, only):
    """Runs all cases; the caller has made the namespace."""
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="client-") as name:
        world = World(tool, client, pathlib.Path(name).resolve())
        chosen = [case for case in cases() if only in case.title]
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            for title, wrong in pool.map(lambda pair: run(world, pair[1], pair[0]), enumerate(chosen)):
                failed += bool(wrong)
                passed += not wrong
                print(f"FAIL {title}: {'; '.join(sorted(set(wrong)))}" if wrong else f"ok {title}", flush=True)
    skipped = 0
    if not world.sees_foreign:
        skipped = 1
        print("skip requests to other hosts in plain text: no openssl, so only their names were recorded")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def space():
    """How a namespace without network is made by this user."""
    return ["unshare", "-n", "-m"] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["unshare", "-r", "-n", "-m"]


def hindrance(client):
    """Why the real client cannot be started here."""
    for reason, missing in (("no unshare, so not on Linux", not shutil.which("unshare")), ("no ip", not shutil.which("ip")),
                            ("no client: run install.sh", not (pathlib.Path(client) / "claude").exists()),
                            ("no namespace for this user", subprocess.run(
                                [*space(), "true"], capture_output=True, check=False).returncode != 0
                             if shutil.which("unshare") else False)):
        if missing:
            return reason
    return None


def enclosed(script, words):
    """Runs a script of these tests where loopback is all the network there is and names resolve to it; gives its exit code."""
    with tempfile.NamedTemporaryFile("w", prefix="resolv-") as resolv:
        resolv.write("nameserver 127.0.0.1\n")
        resolv.flush()
        prepare = 'ip link set lo up && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"'
        return subprocess.run([*space(), "sh", "-c", prepare, "sh", resolv.name, sys.executable, "-B", script, *words],
                              check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--client", default=str(CLIENT), help="the folder that holds `claude`")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    tool = os.path.abspath(args.tool)
    if args.inside:
        return inside(tool, args.client, args.only)
    reason = hindrance(args.client)
    if reason:
        print(f"skip the real client: {reason}\n0 passed, 0 failed, 1 skipped")
        return 0
    return enclosed(__file__, ["--inside", "--tool", tool, "--client", os.path.abspath(args.client), "--only", args.only])


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
