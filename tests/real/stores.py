#!/usr/bin/env python3
"""Asks secret stores for a key: through `key`, the rendered run script and helper, and with the real client on top.

usage: stores.py --tool PATH [--only TEXT] [--patient] [rustyvault]

Each store runs on loopback in a namespace without network and holds a key full of marks that a shell, JSON or a header
could take for its own. It is asked for it, for what it does not have, while it is locked, down or silent; every failure has to end
within 12 s with exit code 2, nothing on standard output and a reason that names the store and what to do. `[real]`,
`[SHIM]`, `[FAKE]` and `[RECORDED]` say what was asked. Prints a line a case; what is missing is skipped and named.
"""
import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import sys
import tempfile
import time

import client
import store_client
from faulty_gateway import certificates
from store_cases import READERS, SLEEP, Desk, missing, problems
from store_fakes import FAKES, google, recorded, recorded_vault
from store_servers import Lacking, age, aws, environment, keyring, password_store, rustyvault


class Report:
    """Lines, and how many of them are bad."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def case(self, title, wrong, took):
        print(f"{'FAILED' if wrong else 'ok':<7} {title} ({took})", flush=True)
        for problem in wrong:
            print(f"        {problem}", flush=True)
        self.failed += bool(wrong)
        self.passed += not wrong

    def skip(self, what, reason):
        print(f"SKIPPED {what}: {reason}", flush=True)
        self.skipped += 1


def start(stack, report, folder, more):
    """Starts the stores, several at once."""
    authority = certificates(folder / "certificates")
    real = {"ENV": environment, "AWS-SM": aws, "PASS": password_store, "KEYRING": keyring, "CMD": age,
            "VAULT [RECORDED]": lambda place: recorded_vault(place, authority)}
    if "rustyvault" in more:
        real["VAULT [RustyVault]"] = lambda place: rustyvault(place, authority)

    if missing("gcloud"):
        report.skip("GCP-SM [RECORDED API, real gcloud]", "no gcloud, and no registry of packages that has it")
    else:
        real["GCP-SM"] = google

    def begin(pair):
        number, (name, factory) = pair
        try:
            return stack.enter_context(factory(folder / f"s{number}"))
        except Lacking as error:
            report.skip(name, error)
        except (AssertionError, OSError) as error:
            report.case(f"{name}: starts", [f"{type(error).__name__}: {error}"], "-")
        return []

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        started = list(pool.map(begin, enumerate(real.items())))
    found = [store for one in started for store in (one if isinstance(one, list) else [one])]
    return found + [recorded(fake, folder / f"f{number}") for number, fake in enumerate(FAKES)]


def remains():
    """Processes of fakes that outlived the program which started them."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and b"sleep\0" + SLEEP.encode() in (entry / "cmdline").read_bytes():
                found.append(f"a child of the store's program is still there: process {entry.name}")
    return found


def ask(desk, pair):
    """A case through all its readers, those of a silent store at once."""
    number, case = pair
    try:
        roots = desk.roots(case, number)
        with concurrent.futures.ThreadPoolExecutor(4 if case.hangs else 1) as pool:
            answers = list(pool.map(lambda reader: desk.ask(case, reader, roots), case.readers))
    except (AssertionError, OSError) as error:
        return case, [f"{type(error).__name__}: {error}"], "-"
    wrong = [f"{reader}: {problem}" for reader, (done, took) in zip(case.readers, answers, strict=True)
             for problem in problems(case, reader, done, took)]
    times = ", ".join(f"{reader} {took:.1f} s" for reader, (_, took) in zip(case.readers, answers, strict=True))
    return case, wrong, times


def try_client(world, folder, pair):
    number, trial = pair
    begun = time.monotonic()
    try:
        wrong = trial.run(world, folder / f"c{number}")
    except (AssertionError, OSError, ValueError) as error:
        wrong = [f"{type(error).__name__}: {error}"]
    return trial, sorted(set(wrong)), f"{time.monotonic() - begun:.1f} s"


def inside(tool, args):
    """Starts everything and asks; the caller has made the namespace."""
    report, begun = Report(), time.monotonic()
    # A short name: sockets have no room for a long one.
    with tempfile.TemporaryDirectory(prefix="st-") as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name).resolve()
        stores = start(stack, report, folder, args.more)
        print(f"{len(stores)} stores after {time.monotonic() - begun:.1f} s", flush=True)
        desk, world = Desk(tool, folder / "desk"), store_client.world(tool, folder, args.client)
        wanted = [case for store in stores for case in store.cases if args.only in case.title]
        silent = [pair for pair in enumerate(wanted) if pair[1].hangs]
        prompt = [pair for pair in enumerate(wanted) if not pair[1].hangs]
        trials = [trial for trial in store_client.trials(stores, args.patient) if args.only in trial.title]
        with concurrent.futures.ThreadPoolExecutor(4) as waiting, concurrent.futures.ThreadPoolExecutor(3) as busy:
            slow = [waiting.submit(ask, desk, pair) for pair in silent]
            quick = [busy.submit(ask, desk, pair) for pair in prompt]
            started = [busy.submit(try_client, world, folder, pair) for pair in enumerate(trials)]
            for future in [*quick, *started, *slow]:
                case, wrong, took = future.result()
                report.case(case.title, wrong, took)
        if silent:
            report.case("what hung has ended, and its children with it", remains(), "-")
        for store in stores:
            for title, check in store.checks:
                if args.only in title or args.only in store.title:
                    report.case(f"{store.title}: {title}", check(), "-")
    print(f"{report.passed} passed, {report.failed} failed, {report.skipped} skipped, {len(READERS)} readers a case, "
          f"{time.monotonic() - begun:.0f} s")
    return 1 if report.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--patient", action="store_true", help="every way of starting the client, of fakes, too")
    parser.add_argument("--client", default=str(client.CLIENT), help="the folder that holds `claude`")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("more", nargs="*", choices=["rustyvault"], default=[], help="a server that is built for long")
    args = parser.parse_args()
    if args.inside:
        return inside(args.tool, args)
    reason = client.hindrance(args.client)
    if reason:
        print(f"SKIPPED the secret stores: {reason}\n0 passed, 0 failed, 1 skipped")
        return 0
    words = ["--inside", "--tool", os.path.abspath(args.tool), "--client", os.path.abspath(args.client), "--only", args.only]
    return client.enclosed(__file__, [*words, *(["--patient"] if args.patient else []), *args.more])


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
