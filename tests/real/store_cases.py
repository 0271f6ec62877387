"""Secret stores as the tests see them: what runs, how it is asked, and what has to come of it."""
import os
import pathlib
import re
import secrets
import shutil
import socket
import subprocess
import threading
import time

HOST = "127.0.0.1"
LONGEST = 12
# Every mark that a shell, JSON or a header could take for its own; a blank would be no key.
MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
KEY = "fk-" + secrets.token_hex(8) + MARKS + "\\n%s\\u0041$(id)z"
# What sleeps for so long is of this run, and must have ended with the program that it belongs to.
SLEEP = f"4711.{secrets.randbelow(10**9)}"
# An act to paste or to do, whoever says it.
ACT = re.compile(r"\b(check|set|run|log in|unlock|install|start|name|see|put|give|fix|write|create|choose|use|ask|export|correct|"
                 r"declare|sign in|look|compare|remove|unseal|configure|try|add|mend|point|log(ged)? in|login|leave)\b|^help: ", re.IGNORECASE | re.MULTILINE)
READERS = ("key", "key --ref", "run script", "helper")


class Store:
    """A store that runs, and the cases that are asked of it."""

    def __init__(self, scheme, how, names, home, env=None, folders=()):
        self.scheme, self.how, self.names, self.home = scheme, how, names, pathlib.Path(home)
        self.env, self.folders = dict(env or {}), [str(folder) for folder in folders]
        self.cases, self.checks = [], []
        self.good = None
        self.home.mkdir(parents=True, exist_ok=True)

    @property
    def title(self):
        return f"{self.scheme} [{self.how}]"

    def right(self, name, reference, key=KEY, **more):
        """A case that gives `key`. The first one also is what the real client is started with."""
        case = Case(self, name, reference, key, (), **more)
        self.good = self.good or case
        self.cases.append(case)
        return case

    def wrong(self, name, reference, *words, **more):
        """A case that gives none, and says all of `words`."""
        case = Case(self, name, reference, None, words, **more)
        self.cases.append(case)
        return case


class Case:
    """A reference, the state its store is in, and the key or the reason that must come."""

    def __init__(self, store, name, reference, key, words, *, env=None, folders=None, files=None, hangs=False, readers=READERS,
                 path=None, hidden=()):
        self.store, self.name, self.reference, self.key, self.words = store, name, reference, key, words
        self.changes, self.files, self.hangs, self.readers, self.path = env or {}, files or {}, hangs, readers, path
        self.folders = store.folders if folders is None else [str(folder) for folder in folders]
        self.hidden = hidden

    @property
    def title(self):
        return f"{self.store.title}: {self.name}"

    def environment(self, more=()):
        """What the caller's shell holds; nothing of this process comes through."""
        values = {"HOME": str(self.store.home), **self.store.env, **self.changes}
        values["PATH"] = ":".join([*map(str, more), *self.folders, *(self.path or ["/usr/bin", "/bin"])])
        return {name: value for name, value in values.items() if value is not None}


class Silence:
    """A port that takes connections and never says a word."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind((HOST, 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.kept = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            self.kept.append(self.socket.accept()[0])


def closed_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def program(folder, name, text):
    """Writes a script that can be run; gives its folder."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return folder


def without(folder, *names):
    """A folder with every program of the system but some: for what is said where they are not installed."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    for place in ("/bin", "/usr/bin"):
        for entry in os.scandir(place):
            link = folder / entry.name
            if entry.name not in names and not link.is_symlink():
                link.symlink_to(entry.path)
    return [str(folder)]


def init(tool, profile, reference, root, more=(), home=None):
    """Makes a repository with the tool, as a user would."""
    root.mkdir(parents=True)
    values = ["gateway.url=http://127.0.0.1:9", f"credential.ref={reference}", "models.default=gw-model", *more]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home or root.parent)}
    subprocess.run(["git", "init", "-q", str(root)], check=True, env=env)
    done = subprocess.run([tool, "init", "--profile", profile, *[word for value in values for word in ("--set", value)]],
                          cwd=root, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"init: exit {done.returncode}: {done.stderr.strip()[-400:]}")


def place_files(case, root):
    for name, (text, mode) in case.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)


class Desk:
    """Where the four readers of a key are tried."""

    def __init__(self, tool, folder):
        self.tool, self.folder = tool, pathlib.Path(folder)
        self.bin = program(self.folder / "bin", "claude", '#!/bin/sh\nprintenv ANTHROPIC_AUTH_TOKEN\n')

    def roots(self, case, number):
        """A repository with the run script, and one with the helper, both asked from a folder further down."""
        found = {}
        for profile in ("team", "enterprise"):
            root = self.folder / f"{number}" / f"{profile} root"
            init(self.tool, profile, case.reference, root)
            place_files(case, root)
            (root / "some where").mkdir()
            found[profile] = root
        return found

    def ask(self, case, reader, roots):
        """What one reader answers, and how long it takes."""
        team, enterprise = roots["team"], roots["enterprise"]
        words, root = {
            "key": ([self.tool, "key"], team),
            "key --ref": ([self.tool, "key", "--ref", case.reference], team),
            "run script": ([str(team / "scripts" / "run-claude.sh"), "-p", "hi"], team),
            "helper": ([str(enterprise / "scripts" / "claude-api-key.sh")], enterprise),
        }[reader]
        start = time.monotonic()
        try:
            done = subprocess.run(words, cwd=root / "some where", env=case.environment([self.bin]), stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=60, check=False)
        except subprocess.TimeoutExpired as error:
            done = subprocess.CompletedProcess(words, -1, error.stdout or b"", error.stderr or b"")
        return done, time.monotonic() - start


def problems(case, reader, done, took):
    """Every way in which an answer is not what was promised."""
    said = done.stderr.decode("utf-8", "replace")
    for key in {case.key or KEY, *case.hidden}:
        if key in said:
            yield "the key stands in what is said"
    if any(letter < " " and letter not in "\n\t" for letter in said):
        yield f"control characters in what is said: {said!r}"
    if case.key is not None:
        if done.returncode != 0 or done.stdout != case.key.encode() + b"\n":
            yield f"exit {done.returncode}, gave {done.stdout[:200]!r}, said {said.strip()[-400:]!r}"
        return
    if done.returncode != 2:
        yield f"exit {done.returncode} in place of 2: {said.strip()[-400:]!r}"
    if done.stdout:
        yield f"{len(done.stdout)} bytes on standard output"
    if took > LONGEST:
        yield f"took {took:.1f} s"
    for word in (f"{case.store.names}|{case.store.scheme}:", *case.words):
        if not re.search(word, said, re.IGNORECASE):
            yield f"`{word}` is not said: {said.strip()[-600:]!r}"
    if not ACT.search(said):
        yield f"nothing is said that could be done: {said.strip()[-600:]!r}"
    if len(said.splitlines()) > 12:
        yield f"{len(said.splitlines())} lines are said"


def missing(*programs):
    """The first of these programs that is not there."""
    return next((name for name in programs if not shutil.which(name)), None)
