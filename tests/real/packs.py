#!/usr/bin/env python3
"""Uses packs from real git servers on loopback, good ones and broken ones, as a team would.

usage: packs.py --tool PATH [--only TEXT] [--patient]

Starts `git daemon`, `git http-backend` with and without TLS, and sshd where there is one. Prints a line
a case; exit code 1 where one went wrong. `--patient` also waits the minute that one fetch may take.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import git_servers as servers

BROKEN = {"hang": "lowSpeed|too slow|longer than|timed out", "missing": "not found", "away": "redirect", "to-file": "redirect",
          "garbage": "git: ", "closed": "could not read|authentication", "cut": "git: "}


class Wrong(Exception):
    """A case that went another way."""


def need(good, why):
    if not good:
        raise Wrong(why)


class Report:
    """A line a case."""

    def __init__(self, only):
        self.only, self.lock, self.failed, self.passed, self.skipped = only, threading.Lock(), 0, 0, 0

    def case(self, title, function):
        if self.only not in title:
            return
        start = time.monotonic()
        try:
            function()
            word, why = "ok", ""
        except Exception as error:  # noqa: BLE001  # a case that cannot even run has failed
            word, why = "FAILED", f": {error}"
        with self.lock:
            self.passed += word == "ok"
            self.failed += word != "ok"
            print(f"{word:<7} {title} ({time.monotonic() - start:.1f} s){why}", flush=True)

    def skip(self, title, why):
        with self.lock:
            self.skipped += 1
            print(f"SKIPPED {title}: {why}", flush=True)


class World:
    """The tool, a folder, and the secret that must never be seen."""

    def __init__(self, tool, folder):
        self.tool, self.folder, self.count, self.lock = tool, folder, 0, threading.Lock()
        self.password = "Pw" + secrets.token_hex(12)
        self.base = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}

    def place(self, name):
        with self.lock:
            self.count += 1
            made = self.folder / f"{self.count:03}-{name}"
        made.mkdir()
        return made

    def user(self, env=None, home=None):
        return User(self, home or self.place("home"), env or {})


class Run:
    def __init__(self, done, seconds):
        self.code, self.out, self.err, self.seconds = done.returncode, done.stdout, done.stderr, seconds
        self.text = done.stdout + done.stderr

    def ends(self, code, *words):
        need(self.code == code, f"exit {self.code}, not {code}: {self.text.strip()[-500:]}")
        for word in words:
            need(any(w.lower() in self.text.lower() for w in word.split("|")), f"no `{word}` in: {self.text.strip()[-500:]}")
        return self


class User:
    """Somebody with a home, and so with a cache and packs they agreed to."""

    def __init__(self, world, home, env):
        self.world, self.home, self.env = world, home, {**world.base, "HOME": str(home), **env}

    def run(self, root, *words):
        start = time.monotonic()
        done = subprocess.run([self.world.tool, *words], cwd=root, env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=200)
        run = Run(done, time.monotonic() - start)
        need(self.world.password not in run.text, "the password was printed")
        need("panicked" not in run.text, run.text)
        return run

    def init(self, address, *words):
        root = self.world.place("app")
        git(root, "init", "-q", "-b", "main")
        return root, self.run(root, "init", "--profile", "solo", "--yes", "--set", f"pack={address}", *words)

    def cached(self):
        cache = self.home / ".cache" / "claude-scaffold" / "packs"
        return sorted(cache.glob("*.git")) if cache.exists() else []


def git(root, *words):
    env = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_NAME": "Ada", f"GIT_{role}_EMAIL": "ada@one.example", f"GIT_{role}_DATE": "1750000000 +0000"}
    done = subprocess.run(["git", "-C", str(root), *words], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def tree(root):
    files = {path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts}
    return {str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mode) for path in files}


def pinned(root):
    found = [line for line in (root / "claude-scaffold.lock").read_text().splitlines() if "commit" in line]
    return " ".join(found)


class Origin:
    """The repository that is served, with a pack at its top and one in a folder."""

    def __init__(self, world, config=()):
        self.root = world.place("served")
        self.work, self.bare = world.place("work"), self.root / "pack.git"
        git(self.work, "init", "-q", "-b", "main")
        git(self.root, "init", "-q", "--bare", "-b", "main", str(self.bare))
        for key in config:
            git(self.bare, "config", key, "true")
        self.first = self.release("1.0.0")
        self.tag("v1")

    def release(self, version):
        feature = '[[output]]\npath = "{name}.md"\ntemplate = "note.md.tera"\nformat = "whole-file"\n'
        for folder, name in ((self.work, "top"), (self.work / "packs" / "sub", "sub")):
            (folder / "features" / "note").mkdir(parents=True, exist_ok=True)
            (folder / "pack.toml").write_text(f'name = "{name}"\nversion = "{version}"\nrequired = ["note"]\n'
                                              f'[variables]\nsaid = "{name} {version}"\n')
            (folder / "features" / "note" / "feature.toml").write_text(feature.replace("{name}", name))
            (folder / "features" / "note" / "note.md.tera").write_text("{{ pack.said }}\n")
        (self.work / "noise.txt").write_text("".join(secrets.token_hex(60) + "\n" for _ in range(200)))
        git(self.work, "add", "-A")
        git(self.work, "commit", "-q", "-m", version)
        git(self.work, "push", "-q", "--force", str(self.bare), "HEAD:refs/heads/main")
        return git(self.work, "rev-parse", "HEAD")

    def tag(self, name):
        git(self.work, "tag", "-f", name)
        git(self.work, "push", "-q", "--force", str(self.bare), f"refs/tags/{name}")

    def forget(self):
        """Takes the first commit out of every branch and tag, and replaces it."""
        git(self.work, "checkout", "-q", "--orphan", "other")
        second = self.release("1.1.0")
        git(self.work, "tag", "-f", "v1")
        git(self.work, "push", "-q", "--force", str(self.bare), "refs/tags/v1")
        return second


def still(root, function):
    before = tree(root)
    done = function()
    need(tree(root) == before, "something was written")
    return done


def team(world, report, name, origin, server, address, env):
    """What a team does with a pack on a server that works, and after that with one that is gone."""
    ada = world.user(env)
    units = {}

    def start(kind, query, word):
        root, done = ada.init(address + query)
        done.ends(0, "")
        file = "sub.md" if "path=" in query else "top.md"
        need((root / file).read_text() == f"{word} 1.0.0\n", (root / file).read_text())
        need(origin.first in pinned(root), pinned(root))
        units[kind] = root

    for kind, query, word in (("tag", "?tag=v1", "top"), ("branch", "?branch=main", "top"), ("default", "", "top"),
                              ("rev", f"?rev={origin.first}", "top"), ("sub", "?tag=v1&path=packs/sub", "sub")):
        report.case(f"{name}: init by {kind}", lambda k=kind, q=query, w=word: start(k, q, w))
    if len(units) < 5:
        return
    second = origin.release("1.1.0")
    origin.tag("v1")
    colleague = world.place("clone")
    shutil.copytree(units["tag"], colleague / "app", symlinks=True)

    def moved(kind):
        root = units[kind]
        still(root, lambda: ada.run(root, "apply").ends(0, "nothing to do"))
        still(root, lambda: ada.run(root, "upgrade", "--locked", "--yes").ends(2, "--locked"))
        arrow = f"1.0.0 ({origin.first[:10]}) → 1.1.0 ({second[:10]})"
        still(root, lambda: ada.run(root, "upgrade", "-n").ends(0, arrow, "dry run"))
        ada.run(root, "upgrade").ends(0, arrow)
        file = root / ("sub.md" if kind == "sub" else "top.md")
        need("1.1.0" in file.read_text() and second in pinned(root), "it did not move")
        still(root, lambda: ada.run(root, "upgrade").ends(0, "nothing to do"))

    for kind in ("tag", "branch", "default", "sub"):
        report.case(f"{name}: {kind} moved on the server", lambda k=kind: moved(k))
    report.case(f"{name}: a revision stays", lambda: still(
        units["rev"], lambda: ada.run(units["rev"], "upgrade").ends(0, "nothing to do")))

    def pinned_elsewhere():
        other = world.user(env)
        app = colleague / "app"
        still(app, lambda: other.run(app, "apply").ends(0, "nothing to do"))
        need(git(other.cached()[0], "cat-file", "-t", origin.first) == "commit", "another commit was fetched")
        still(app, lambda: other.run(app, "apply", "--offline").ends(0, "nothing to do"))

    report.case(f"{name}: a colleague gets the pinned commit", pinned_elsewhere)
    report.case(f"{name}: a spoilt cache is fetched again", lambda: spoilt(ada, units["tag"]))
    report.case(f"{name}: eight at once", lambda: eight(world, colleague / "app", env))
    server.stop()

    def gone():
        root = units["tag"]
        for words in (["apply"], ["apply", "--offline"], ["upgrade", "--offline"], ["plan", "--offline"]):
            still(root, lambda w=words: ada.run(root, *w).ends(0))
        done = still(root, lambda: ada.run(root, "upgrade").ends(2, "cannot get the pack", "help:"))
        need(done.seconds < 10, f"it took {done.seconds:.0f} s")
        stranger = world.user(env)
        still(root, lambda: stranger.run(root, "apply", "--offline").ends(2, "not in the cache", "without `--offline`"))
        still(root, lambda: stranger.run(root, "apply").ends(2, "cannot get the pack"))
        need(not stranger.cached(), "half a cache stays")

    report.case(f"{name}: the server is gone", gone)


def spoilt(user, root):
    spoils = {"cut": lambda b: b[:len(b) // 2], "changed": lambda b: b[:40] + bytes(x ^ 0x55 for x in b[40:60]) + b[60:],
              "emptied": lambda b: b""}
    for how, spoil in spoils.items():
        packs = [path for cache in user.cached() for path in cache.glob("objects/pack/*.pack")]
        need(packs, "no packs are cached")
        for path in packs:
            path.chmod(0o644)
            path.write_bytes(spoil(path.read_bytes()))
        still(root, lambda: user.run(root, "apply", "--offline").ends(2, "damaged|not in the cache"))
        still(root, lambda h=how: user.run(root, "apply").ends(0, "nothing to do"))
        still(root, lambda: user.run(root, "apply", "--offline").ends(0, "nothing to do"))
    # What was fetched anew is the pinned commit; what the tag is has to be asked for.
    still(root, lambda: user.run(root, "upgrade", "--offline").ends(2, "not in the cache"))
    still(root, lambda: user.run(root, "upgrade").ends(0, "nothing to do"))


def eight(world, app, env):
    user = world.user(env)
    copies = []
    for _ in range(4):
        copy = world.place("copy") / "app"
        shutil.copytree(app, copy, symlinks=True)
        copies += [copy, copy]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for done in pool.map(lambda root: user.run(root, "apply"), copies):
            done.ends(0, "nothing to do")
    need(len(user.cached()) == 1, user.cached())


def forgotten(world, origin, address, give):
    """The pinned commit is in no branch and no tag any more."""
    ada = world.user()
    root, done = ada.init(f"{address}?tag=v1")
    done.ends(0)
    origin.forget()
    other = world.user()
    if give:
        still(root, lambda: other.run(root, "apply").ends(0, "nothing to do"))
    else:
        still(root, lambda: other.run(root, "apply").ends(2, "no longer has the commit", "claude-scaffold upgrade"))
    still(root, lambda: ada.run(root, "apply").ends(0, "nothing to do"))


def unbroken(world, user, address, words, seconds):
    """A server that fails: told, in time, and nothing stays anywhere."""
    root, done = user.init(address)
    done.ends(2, "cannot get the pack", "help:", words)
    need(not tree(root), f"written: {sorted(tree(root))}")
    need(done.seconds < seconds, f"it took {done.seconds:.0f} s")
    need("\x1b" not in done.text, "a terminal would obey it")
    need(not user.cached(), "half a cache stays")
    need(not list(user.home.rglob("trusted-packs")), "it is trusted now")


def logins(world, ca, server):
    """A password that git's own helper gives works, and is seen nowhere."""
    answer = f"!f() {{ echo username=ci; echo password={world.password}; }}; f"
    through = {"GIT_SSL_CAINFO": str(ca), "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "credential.helper",
               "GIT_CONFIG_VALUE_0": answer}
    by_file = world.user({"GIT_SSL_CAINFO": str(ca)})
    del by_file.env["GIT_CONFIG_GLOBAL"]
    config = json.dumps(answer)
    (by_file.home / ".gitconfig").write_text(f"[credential]\n\thelper = {config}\n")
    address = f"git+https://localhost:{server.port}/locked/pack.git?tag=v1"
    for user in (world.user(through), by_file):
        root, done = user.init(address)
        done.ends(0)
        for path in [*root.rglob("*"), *user.home.rglob("*")]:
            if path.is_file() and path.name != ".gitconfig":
                need(world.password.encode() not in path.read_bytes(), f"{path} holds the password")
    wrong = {**through, "GIT_CONFIG_VALUE_0": answer.replace("password=", "password=x")}
    unbroken(world, world.user(wrong), address, "authentication|403|401", 20)
    unbroken(world, world.user({"GIT_SSL_CAINFO": str(ca)}), address, "could not read|authentication", 20)
    unbroken(world, world.user(), address, "certificate", 20)
    root, done = world.user(through).init(address.replace("localhost", f"ci:{world.password}@localhost"))
    done.ends(2, "the address holds a credential")
    need(not tree(root), "something was written")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--patient", action="store_true")
    arguments = parser.parse_args()
    report = Report(arguments.only)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(8) as pool:
        world = World(os.path.abspath(arguments.tool), pathlib.Path(folder).resolve())
        jobs = []

        def go(function, *words):
            jobs.append(pool.submit(function, *words))

        broken_origin = Origin(world)
        other = servers.Http(broken_origin.root)
        broken = servers.Http(broken_origin.root, elsewhere=f"http://127.0.0.1:{other.port}/away-from-it")
        said = b"ERR \x1b]0;owned\x07 https://u:" + world.password.encode() + b"@h/x"
        mute, noise = servers.Raw(), servers.Raw(b"\x1b]0;owned\x07 not git at all\n")
        rude = servers.Raw(b"%04x%s" % (len(said) + 4, said))
        for scheme, port, limit in [("http", broken.port, 45), ("git", mute.port, 75)][:1 + arguments.patient]:
            go(report.case, f"{scheme}: a server that is mute", lambda s=scheme, p=port, t=limit: unbroken(
                world, world.user(), f"git+{s}://127.0.0.1:{p}/hang/pack.git?tag=v1", BROKEN["hang"], t))
        ca, pair = servers.authority(world.place("ca"))
        helper = f"!f() {{ echo username=ci; echo password={world.password}; }}; f"
        https_env = {"GIT_SSL_CAINFO": str(ca), "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "credential.helper",
                     "GIT_CONFIG_VALUE_0": helper}

        def team_on(name, config, make):
            origin = Origin(world, config)
            server, address, env = make(origin)
            team(world, report, name, origin, server, address, env)

        def by_daemon(origin):
            server = servers.daemon(origin.root, world.base)
            return server, f"git+git://127.0.0.1:{server.port}/pack.git", {}

        def by_http(how):
            def make(origin):
                server = servers.Http(origin.root)
                return server, f"git+http://127.0.0.1:{server.port}/{how}/pack.git", {}
            return make

        def by_https(origin):
            server = servers.Http(origin.root, f"ci:{world.password}", pair)
            return server, f"git+https://localhost:{server.port}/ok/pack.git", https_env

        def by_ssh(origin):
            server, user, env = servers.sshd(world.place("ssh"), world.base)
            return server, f"git+ssh://{user}@127.0.0.1:{server.port}{origin.bare}", env

        def by_stand_in(origin):
            server = servers.StandIn(world.place("ssh"))
            return server, f"git+ssh://git@127.0.0.1:{server.port}{origin.bare}", server.client

        go(team_on, "git daemon", ["uploadpack.allowFilter"], by_daemon)
        go(team_on, "http", ["uploadpack.allowFilter"], by_http("ok"))
        go(team_on, "http, protocol 0", [], by_http("v0"))
        go(team_on, "https, a private CA, a login", [], by_https)
        if servers.find_sshd() and shutil.which("ssh"):
            go(team_on, "sshd", [], by_ssh)
        else:
            report.skip("sshd", "there is none here; a script stands in for ssh")
        go(team_on, "ssh (a script stands in)", [], by_stand_in)

        locked = Origin(world)
        locked_server = servers.Http(locked.root, f"ci:{world.password}", pair)
        go(report.case, "https: logins through git's own helpers", lambda: logins(world, ca, locked_server))
        for title, how, config, give in (
            ("protocol 2", "ok", [], True),
            ("protocol 0, a server that gives every commit", "v0", ["uploadpack.allowAnySHA1InWant"], True),
            ("protocol 0, a server that gives reachable commits", "v0", ["uploadpack.allowReachableSHA1InWant"], False),
            ("protocol 0, a server that gives none by name", "v0", [], False),
        ):
            origin = Origin(world, config)
            server = servers.Http(origin.root)
            address = f"git+http://127.0.0.1:{server.port}/{how}/pack.git"
            go(report.case, f"a pinned commit that no tag reaches: {title}",
               lambda o=origin, a=address, g=give: forgotten(world, o, a, g))
        for how in ("missing", "away", "to-file", "garbage", "closed", "cut"):
            go(report.case, f"http: broken: {how}", lambda h=how: unbroken(
                world, world.user(), f"git+http://127.0.0.1:{broken.port}/{h}/pack.git?tag=v1", BROKEN[h], 20))
        go(report.case, "git: a server that is none", lambda: unbroken(
            world, world.user(), f"git+git://127.0.0.1:{noise.port}/pack.git?tag=v1", "git: ", 20))
        go(report.case, "git: a server that abuses the terminal", lambda: unbroken(
            world, world.user(), f"git+git://127.0.0.1:{rude.port}/pack.git?tag=v1", "[redacted]", 20))
        for job in jobs:
            job.result()
        report.case("no request went where the server pointed", lambda: need(not other.seen, other.seen))
        for server in (broken, other, mute, noise, rude, locked_server):
            server.stop()
    print(f"{report.passed} cases passed, {report.failed} failed, {report.skipped} skipped "
          f"in {time.monotonic() - begin:.0f} s")
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
