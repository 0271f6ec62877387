#!/usr/bin/env python3
"""Holds what `explain` says against what the real Claude Code sends.

usage: explain.py --tool PATH [--full] [--seed N] [--only TEXT] [--client FOLDER]

Makes setups of settings files, environment and arguments, gives each to `PATH explain --format json` and to the
client, and compares address, model and headers of the request. Runs a sample of 20 unless told `--full`. Everything
runs in a namespace without network and with an `/etc/claude-code` of its own.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import client
import explain_setups
import mock_gateway

SAMPLE = 20
MANAGED = "/etc/claude-code"
TAGS = ("x-test-", "x-project-tag", "x-cost-center")


def fingerprint(secret):
    return "sha256:" + hashlib.sha256(secret.encode()).hexdigest()[:8] if secret else ""


def shown(name, value):
    """A credential as `explain` shows it."""
    scheme, blank, rest = value.partition(" ")
    if name == "authorization" and blank and scheme in ("Bearer", "Basic"):
        return f"{scheme} {fingerprint(rest)}"
    return fingerprint(value)


def write(place, setup, fill):
    """Puts the files of a setup down."""
    for path, content in setup.files.items():
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            target.write_text(fill(content))
            if path.endswith(".sh"):
                target.chmod(0o755)


def sent(records, world, key):
    """The request that the client made first, in the words of `explain`."""
    own = list(records)
    foreign = [r for r in list(world.foreign.record) if any(key in v for v in r["headers"].values())]
    posts = [r for r in own + foreign if r["method"] == "POST" and r["path"].endswith("/messages")]
    if not posts:
        return {"url": None}
    first = posts[0]
    scheme = "http" if first in own else "https"
    headers = {name: shown(name, first["headers"][name]) for name in ("authorization", "x-api-key")
               if name in first["headers"]}
    headers.update({name: value for name, value in first["headers"].items() if name.startswith(TAGS)})
    return {"url": f"{scheme}://{first['host']}{first['path']}", "model": first["model"], "headers": headers}


def said(explanation, key):
    """The request as `explain` puts it; what a helper prints is known here."""
    request = explanation["request"]
    if request["url"] is None:
        return {"url": None}
    headers = {}
    for header in request["headers"]:
        name, value = header["name"], header["value"]
        if value is None:
            value = shown(name, f"Bearer helper-{key}" if name == "authorization" else f"helper-{key}")
        headers[name] = value
    return {"url": request["url"], "model": request["model"], "headers": headers}


def run(world, number, setup):
    """Runs one setup; gives its name and what differs."""
    place = world.folder / f"setup-{number}"
    key = f"fake-{number:04d}"
    port, records, server = world.gateway()

    def fill(text):
        return text.replace(":PORT", f":{port}").replace("-KEY", f"-{key}").replace("PLACE", str(place))

    try:
        for folder in ("repo", "home/.claude", "managed", "tmp"):
            (place / folder).mkdir(parents=True)
        subprocess.run(["git", "init", "-q", str(place / "repo")], check=True,
                       env={"PATH": os.environ["PATH"], "HOME": str(place)})
        if setup.init:
            subprocess.run([world.tool, "init", *map(fill, setup.init)], cwd=place / "repo", check=True, text=True,
                           capture_output=True, env={"PATH": os.environ["PATH"], "HOME": str(place)})
        write(place, setup, fill)
        folder = place / "repo" / setup.folder
        folder.mkdir(parents=True, exist_ok=True)
        env = {"PATH": f"{world.client}:/usr/bin:/bin", "HOME": str(place / "home"), "TERM": "dumb",
               "CLAUDE_CODE_MAX_RETRIES": "0", "CLAUDE_CODE_TMPDIR": str(place / "tmp"),
               "NODE_EXTRA_CA_CERTS": str(world.certificate)}
        env.update({name: fill(value) for name, value in setup.env.items()})
        arguments = [fill(argument) for argument in setup.arguments]
        space = ["unshare", "-m", "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh",
                 str(place / "managed"), MANAGED]
        asked = subprocess.run([*space, world.tool, "explain", "--format", "json", "--as", setup.starter, *arguments],
                               cwd=folder, env=env, capture_output=True, text=True, check=False)
        if asked.returncode != 0:
            return setup.name, f"explain: exit {asked.returncode}: {asked.stderr}"
        explanation = json.loads(asked.stdout)
        command = ["claude"]
        if setup.starter == "launcher":
            command = [str(place / "repo" / "scripts" / "run-claude.sh")]
        started = {**env, **{name: fill(value) for name, value in setup.terminal.items()}}
        done = subprocess.run([*space, *command, *arguments, "-p", "say hi"], cwd=folder, env=started,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=90, check=False)
        real, own = sent(records, world, key), said(explanation, key)
        if real == own:
            return setup.name, None
        return setup.name, (f"\n  client  {json.dumps(real, sort_keys=True)}\n  explain {json.dumps(own, sort_keys=True)}"
                            f"\n  talk    {(done.stdout + done.stderr).strip()[-300:]!r}")
    except (subprocess.SubprocessError, OSError, ValueError, KeyError) as error:
        return setup.name, f"{type(error).__name__}: {error}"
    finally:
        server.shutdown()


def inside(args):
    """Runs the setups; the caller has made the namespace."""
    setups = [setup for setup in explain_setups.setups() if args.only in setup.name]
    numbered = list(enumerate(setups))
    if not args.full and len(numbered) > SAMPLE:
        numbered = sorted(random.Random(args.seed).sample(numbered, SAMPLE), key=lambda pair: pair[0])
    equal = 0
    with tempfile.TemporaryDirectory(prefix="explain-") as name:
        world = client.World(args.tool, args.client, pathlib.Path(name).resolve())
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            for title, wrong in pool.map(lambda pair: run(world, *pair), numbered):
                equal += wrong is None
                if wrong is not None:
                    print(f"FAIL {title}: {wrong}", flush=True)
                elif args.verbose:
                    print(f"ok {title}", flush=True)
    print(f"{equal}/{len(numbered)} equal")
    return 0 if equal == len(numbered) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--client", default=str(client.CLIENT), help="the folder that holds `claude`")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.tool, args.client = os.path.abspath(args.tool), os.path.abspath(args.client)
    if args.inside:
        return inside(args)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    space = ["unshare", *([] if root else ["-r"]), "-n", "-m"]
    for reason, missing in (("no unshare, so not on Linux", not shutil.which("unshare")), ("no ip", not shutil.which("ip")),
                            ("no openssl", not shutil.which("openssl")),
                            ("no client: run install.sh", not (pathlib.Path(args.client) / "claude").exists()),
                            ("no namespace for this user", shutil.which("unshare") and subprocess.run(
                                [*space, "true"], capture_output=True, check=False).returncode != 0)):
        if missing:
            print(f"skip explain against the real client: {reason}\n0/0 equal, 1 skipped")
            return 0
    with tempfile.TemporaryDirectory(prefix="explain-etc-") as etc:
        # A copy, so that the machine's own /etc stays as it is and `/etc/claude-code` can be made.
        script = ('ip link set lo up; cp -a /etc/. "$1" 2>/dev/null; mkdir -p "$1/claude-code"; rm -f "$1/resolv.conf"; '
                  'echo nameserver 127.0.0.1 >"$1/resolv.conf"; mount --bind "$1" /etc && shift && exec "$@"')
        arguments = [argument for argument in sys.argv[1:] if argument != "--inside"]
        return subprocess.run([*space, "sh", "-c", script, "sh", etc, sys.executable, "-B", __file__, "--inside",
                               *arguments], check=False).returncode


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
