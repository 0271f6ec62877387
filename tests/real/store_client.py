"""The real client, started with a key out of a store: what the gateway receives, and that it receives nothing without."""
import os
import pathlib
import re
import subprocess

import client
from client import TAGS
from store_cases import LONGEST, place_files

URL = ("http://127.0.0.1:PORT/v1/", "")
# In the order of what a team would try: of stores that are not real only the first few are.
WAYS = [
    ("run script", "team", "script", "bearer", [], False),
    ("bare client, helper", "enterprise", "bare", "helper", [], False),
    ("run script, down", "team", "script", "bearer", [], True),
    ("run script, helper", "enterprise", "script", "helper", [], False),
    ("run script, secret header", "team", "script in a subfolder", "bearer", ["headers.cf-aig-authorization={ref}"], False),
    ("run script, x-api-key", "team", "script", "x-api-key", ["credential.header=x-api-key"], False),
    ("run script, helper, down", "enterprise", "script", "helper", [], True),
    ("run script, secret header down", "team", "script", "bearer", ["headers.cf-aig-authorization={bad}"], None),
]
FEW = 2


def down(store):
    """The case in which this store is not there; of some there is only one in which it has nothing."""
    for name in ("down", "logged out", "set nowhere", "no such program"):
        for case in store.cases:
            if case.name == name:
                return case
    raise AssertionError(f"{store.title} is never down")


class Trial:
    """One start of the client with one store."""

    def __init__(self, store, way):
        name, profile, how, header, more, self.fails = way
        self.store = store
        # A header's store that has nothing is one that the key's own store is not.
        self.state = down(store) if self.fails else store.good
        self.case = client.Case(profile, *URL, how, header)
        self.case.reference, self.case.more_set = self.state.reference, [
            text.format(ref=self.state.reference, bad="ENV:NO_SUCH_HEADER_KEY") for text in more]
        if more and "{ref}" in more[0]:
            self.case.expect_tags = {**TAGS, "cf-aig-authorization": store.good.key}
        self.case.store_folders = self.state.folders
        self.case.store_env = self.state.environment()
        self.title = f"{store.title}: client, {name}"

    def run(self, world, place):
        """Gives what is wrong."""
        root = place / self.case.folder
        port, records, server = world.gateway()
        try:
            client.init(world, self.case, root, port)
            place_files(self.state, root)
            env, command = client.environment(world, self.case, root, self.store.good.key, port)
            env["PATH"] = ":".join([str(world.client), self.state.environment()["PATH"]])
            folder = root
            if self.case.how == "script in a subfolder":
                folder = root / "some where"
                folder.mkdir()
            done = subprocess.run([*command, "-p", "say hi"], cwd=folder, env=env, capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, timeout=60, check=False)
        except subprocess.TimeoutExpired as error:
            return [f"not over after {error.timeout} s"]
        finally:
            server.shutdown()
        if self.fails is False:
            return client.judge(world, self.case, root, self.store.good.key, list(records), done)
        return list(self.refusal(done, records))

    def refusal(self, done, records):
        if records:
            yield f"{len(records)} requests reached the gateway"
        if done.returncode != 2:
            yield f"exit {done.returncode} in place of 2"
        if done.stdout:
            yield f"on standard output: {done.stdout[:200]!r}"
        if self.store.good.key in done.stderr:
            yield "the key stands in what is said"
        names = "NO_SUCH_HEADER_KEY" if self.fails is None else self.store.names
        if not re.search(names, done.stderr, re.IGNORECASE):
            yield f"`{names}` is not said: {done.stderr.strip()[-400:]!r}"


def trials(stores, patient):
    """Few of fakes, whose programs differ in nothing that the client could see."""
    found = []
    for store in stores:
        ways = WAYS if patient or store.how.startswith("real") else WAYS[:FEW]
        found += [Trial(store, way) for way in ways]
    return found


def world(tool, folder, clients):
    """What the trials share, or why there is none."""
    return client.World(tool, os.path.abspath(clients), pathlib.Path(folder))


__all__ = ["LONGEST", "Trial", "trials", "world"]
