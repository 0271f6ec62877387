#!/usr/bin/env python3
"""Asks gateways that misbehave, and some that do not, with `doctor --live`: is each fault told as itself?

usage: live.py --tool PATH [NAME]...

Prints a line a gateway. Everything runs on loopback, keys are made up, certificates are made here.
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import secrets
import socket
import subprocess
import sys
import tempfile
import time

from faulty_gateway import HOST, MODELS, Gateway, Proxy, certificates

LONGEST = 60
MOST_CALLS = 20
# What `doctor` says of the clients it finds is not about the gateway.
OF_THIS_MACHINE = {"client"}
KEY = "sk-live-" + secrets.token_hex(12)


class Case:
    """A gateway, how it is declared, and what has to be said about it."""

    def __init__(self, name, codes, words, fault=None, *, declared=(), env=None, url=None, settings=None, key=KEY, proxy=None,
                 proxy_login=None, authority=None, longest=LONGEST, notes=(), certificate=None, **gateway):
        self.name, self.codes, self.words, self.fault = name, set(codes), words, fault
        self.declared, self.env, self.url, self.settings, self.key = declared, env or {}, url, settings, key
        self.proxy, self.proxy_login, self.authority, self.longest = proxy, proxy_login, authority, longest
        self.notes, self.certificate, self.gateway = set(notes), certificate, gateway


CASES = [
    # Gateways that are right.
    Case("right, plain http on loopback", [], []),
    Case("right, OpenAI's list without the client's header", [], [], openai=True),
    Case("right, a list with dates", [], [], models=["claude-sonnet-4-6-20260101", "claude-haiku-4-5-20251001", "claude-opus-4-7-20260401"],
         unlisted=MODELS),
    Case("right, slow but streaming", [], [], "slow", wait=0.5, pause=0.05, late_first=0.1, declared=["gateway.timeout_ms=9000"]),
    Case("right, any model name is taken and none listed", [], [], "no list", takes_any=True),
    Case("right, private CA that is named", [], ["trusted"], certificate="tls", authority="ca.pem"),
    Case("right, private CA named as the system's", [], ["trusted"], certificate="tls", env={"SSL_CERT_FILE": "@ca.pem"}),
    Case("right, behind a proxy that wants a password", [], ["proxy"], certificate="tls", authority="ca.pem", proxy=200),
    Case("right, and wants a certificate of the client's", [], [], "wants a certificate", certificate="tls", authority="ca.pem",
         env={"CLAUDE_CODE_CLIENT_CERT": "@client.pem", "CLAUDE_CODE_CLIENT_KEY": "@client.key"}),
    Case("right, x-api-key alone", [], [], forms=["x-api-key"], declared=["credential.header=x-api-key"]),
    Case("right, a path before the version", [], [], prefix="/team/llm", url="{url}/team/llm"),
    Case("right, settings without a manifest", [], [], settings="{url}"),
    Case("right, limits are enough", [], [], announced=100, declared=["limits.requests_per_minute=100", "limits.developers=8"]),
    # The way to it.
    Case("a name that does not resolve", ["dns"], ["DNS"], url="https://gateway.invalid"),
    Case("a closed port", ["tcp"], ["TCP", "refuses"], url="closed"),
    Case("private CA that is not named", ["tls"], ["TLS", "Loopback Test CA", "NODE_EXTRA_CA_CERTS"], certificate="tls"),
    Case("private CA, another one named", ["tls"], ["TLS", "another authority"], certificate="tls", authority="other-ca.pem"),
    Case("an authority's file that is not there", ["tls", "certificates"], ["TLS", "holds no certificate"], authority="missing.pem"),
    Case("expired certificate", ["tls"], ["TLS", "expired"], certificate="expired", authority="ca.pem"),
    Case("certificate of another host", ["tls"], ["TLS", "other.example"], certificate="wrong", authority="ca.pem"),
    Case("self-signed certificate", ["tls"], ["TLS", "self-signed"], certificate="self"),
    Case("a certificate of the client's is wanted", ["tls"], ["TLS", "CLAUDE_CODE_CLIENT_CERT"], "wants a certificate",
         certificate="tls", authority="ca.pem"),
    Case("https to a port that speaks http", ["tls"], ["TLS", "does not speak TLS"], url="https://127.0.0.1:{port}"),
    Case("http to a port that speaks TLS", ["http"], ["HTTP", "TLS port"], certificate="tls", url="http://127.0.0.1:{port}"),
    Case("plain http to another machine", ["CS004"], ["HTTP", "not https"], settings="http://0.0.0.0:{port}", bind="0.0.0.0"),
    Case("a proxy that is none", ["proxy"], ["proxy"], env={"HTTPS_PROXY": "ftp://127.0.0.1:1"}),
    Case("a proxy that is closed", ["tcp"], ["TCP", "proxy"], env={"HTTPS_PROXY": "http://127.0.0.1:9"}),
    Case("a proxy that is excepted", [], [], env={"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}),
    Case("a proxy that refuses the password", ["proxy"], ["407"], certificate="tls", authority="ca.pem", proxy=200,
         proxy_login=("user", "wrong")),
    Case("a proxy that refuses the gateway", ["proxy"], ["403"], certificate="tls", authority="ca.pem", proxy=403),
    # HTTP and the path.
    Case("redirect to a page to sign in", ["http"], ["HTTP", "https://sso.example/authorize"], "redirect"),
    Case("redirect to https", ["http"], ["HTTP", "https"], "to https"),
    Case("a page in place of an answer", ["http"], ["HTTP", "page"], "page"),
    Case("/v1 at the end of the base URL", ["CS101"], ["path", "adds `/v1` itself"], settings="{url}/v1"),
    Case("a prefix that is missing", ["CS101"], ["path", "/anthropic"], prefix="/anthropic"),
    Case("a prefix too many", ["CS101"], ["path"], url="{url}/llm"),
    Case("a path without the version", ["CS101"], ["path", "/messages"], messages="/messages"),
    Case("no Messages API at all", ["CS101"], ["path", "usual places"], messages="/elsewhere"),
    Case("500", ["http"], ["HTTP", "500"], "500"),
    Case("529", ["http"], ["HTTP", "529"], "529"),
    Case("503 with a page", ["http"], ["HTTP", "503"], "page 503"),
    Case("closes without an answer", ["http"], ["HTTP", "without an answer"], "closes"),
    Case("says nothing at all", ["http"], ["HTTP", "15 s"], "hangs"),
    Case("a byte now and then", ["http"], ["HTTP", "15 s"], "drips"),
    Case("a byte of the body now and then", ["http"], ["HTTP", "breaks off"], "drips in the body"),
    Case("OpenAI's answer", ["http"], ["HTTP", "OpenAI"], "openai answer"),
    Case("error pages", ["http"], ["HTTP", "errors"], "page errors"),
    Case("bare errors", ["http"], ["HTTP", "errors"], "bare errors"),
    Case("beta headers refused", ["http"], ["HTTP", "anthropic-beta", "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1"], "no betas"),
    Case("tokens are not counted", [], ["HTTP", "count"], "no count", notes=["http"]),
    # The key.
    Case("a wrong key", ["key"], ["key", "401"], key="sk-live-" + secrets.token_hex(12)),
    Case("a wrong key, OpenAI's error", ["key"], ["key", "401"], "openai 401", key="sk-live-" + secrets.token_hex(12)),
    Case("a wrong key, bare text", ["key"], ["key", "401"], "bare 401", key="sk-live-" + secrets.token_hex(12)),
    Case("the wrong header, bearer is declared", ["CS103"], ["key", "credential.header=x-api-key"], forms=["x-api-key"]),
    Case("the wrong header, x-api-key is declared", ["CS103"], ["key", "credential.header=bearer"], forms=["bearer"],
         declared=["credential.header=x-api-key"]),
    Case("a key that no header can carry", ["key"], ["key", "character"], key="sk-live-\u00e9" + secrets.token_hex(8)),
    # Models.
    Case("a model that is misspelt", ["CS002"], ["model", "did you mean `claude-haiku-4-5`"],
         declared=["models.fast=claude-hiaku-4-5"]),
    Case("the default model is unknown", ["CS002"], ["model", "claude-sonet-4-6"],
         declared=["models.default=claude-sonet-4-6"]),
    Case("the list lacks a tier", ["CS002"], ["model", "own list"], models=MODELS[:1] + MODELS[2:], unlisted=MODELS[1:2]),
    Case("a model this key may not ask", ["CS002"], ["model", "refuses", "403"], "forbidden model"),
    # Streams.
    Case("truncated stream", ["stream"], ["stream", "breaks off"], "truncated"),
    Case("a stream that is cut", ["stream"], ["stream", "breaks off"], "cut"),
    Case("garbled events", ["stream"], ["stream", "no events that the client can read"], "garbled"),
    Case("an error inside of the stream", ["stream"], ["stream", "reports an error"], "error event"),
    Case("buffered instead of streamed", ["stream"], ["stream", "buffered"], "held back"),
    Case("not streamed at all", ["stream"], ["stream", "one message"], "not streamed"),
    Case("no ping in a long silence", ["stream"], ["stream", "ping"], "silent"),
    # Limits and time.
    Case("429 with retry-after", ["CS006"], ["limits", "429", "when to come again"], "429"),
    Case("429 without retry-after", ["CS006"], ["limits", "429", "without `retry-after`"], "429 bare"),
    Case("429 after a few calls", ["CS006"], ["limits", "429"], "429 later"),
    Case("announced limit below the declared", ["CS006"], ["limits", "announces"], announced=10,
         declared=["limits.requests_per_minute=100"]),
    Case("announced limit too low for the team", ["CS006"], ["limits", "announces"], announced=10, declared=["limits.developers=30"]),
    Case("slow first byte", ["CS007"], ["HTTP", "third of the declared timeout"], "slow", wait=1.2,
         declared=["gateway.timeout_ms=3000"]),
    Case("first byte slower than the timeout", ["CS007"], ["HTTP", "longer than the declared timeout"], "slow", wait=2.2,
         declared=["gateway.timeout_ms=2000"]),
]


def run(tool, words, root, env):
    return subprocess.run([tool, *words], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=LONGEST + 30, env={"PATH": os.environ["PATH"], "HOME": str(root.parent), **env})


def prepare(tool, case, root, url):
    """The repository: by its settings alone, or by a manifest that is applied."""
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    if case.settings:
        (root / ".claude").mkdir()
        (root / ".claude" / "settings.json").write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": url},
                                                                    "model": MODELS[0]}))
        return
    options = ["init", "--profile", "solo"]
    for value in [f"gateway.url={url}", "credential.ref=ENV:GATEWAY_KEY", "models.default=claude-sonnet-4-6", *case.declared]:
        options += ["--set", value]
    done = run(tool, options, root, {})
    assert done.returncode == 0, done.stderr


def closed_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def address(case, gateway):
    given = case.settings or case.url or "{url}"
    if given == "closed":
        return f"http://{HOST}:{closed_port()}"
    return given.format(url=gateway.url, port=gateway.port)


def ask(tool, case, home, folder):
    """Returns the JSON run, the text run, what they may cost, and the gateway."""
    with contextlib.ExitStack() as stack:
        gateway = stack.enter_context(Gateway(KEY, case.fault, certificates=folder, certificate=case.certificate, **case.gateway))
        root = home / "app"
        prepare(tool, case, root, address(case, gateway))
        env = {"ANTHROPIC_AUTH_TOKEN" if case.settings else "GATEWAY_KEY": case.key}
        env |= {name: value.replace("@", f"{folder}/") for name, value in case.env.items()}
        if case.authority:
            env["NODE_EXTRA_CA_CERTS"] = str(folder / case.authority)
        if case.proxy:
            proxy = stack.enter_context(Proxy("user", "p@ss word", case.proxy))
            user, password = case.proxy_login or ("user", "p%40ss%20word")
            env["HTTPS_PROXY"] = proxy.url(user, password)
        start = time.monotonic()
        done = run(tool, ["doctor", "--live", "--format", "json"], root, env)
        took = time.monotonic() - start
        sent = len(gateway.seen)
        if case.proxy == 200 and not case.codes:
            assert proxy.tunnels, "nothing went through the proxy"
        return done, took, sent


def problems(case, done, took, sent):
    if case.key in done.stdout + done.stderr or KEY in done.stdout + done.stderr:
        yield "the key is printed"
    if "p%40ss" in done.stdout + done.stderr or "p@ss" in done.stdout + done.stderr:
        yield "the proxy's password is printed"
    try:
        report = json.loads(done.stdout)
    except ValueError:
        yield f"no JSON: {done.stdout}{done.stderr}"
        return
    found = report["diagnostics"]
    codes = {d["code"] for d in found if d["severity"] != "note"}
    if codes != case.codes:
        yield f"codes {sorted(codes)}, expected {sorted(case.codes)}"
    notes = {d["code"] for d in found if d["severity"] == "note"} - OF_THIS_MACHINE
    if notes != case.notes:
        yield f"notes {sorted(notes)}, expected {sorted(case.notes)}"
    if "probes" not in report:
        # A value that is no key is refused before anything is asked.
        if done.returncode != 2 or sent or "character" not in done.stdout:
            yield f"exit {done.returncode}, {sent} requests: {done.stdout}"
        return
    faults = [probe for probe in report["probes"] if probe["state"] == "fault"]
    if len(faults) > 1:
        yield f"{len(faults)} faults for one cause: {faults}"
    text = " ".join(f"{d['message']} {d['help']}" for d in found) if case.codes or case.notes else json.dumps(report["probes"])
    for word in case.words:
        if word not in text:
            yield f"`{word}` is not said: {text}"
    if done.returncode != (1 if case.codes else 0):
        yield f"exit code {done.returncode}"
    if report["calls"] > MOST_CALLS or sent > report["calls"]:
        yield f"{report['calls']} calls said, {sent} made"
    if took > case.longest:
        yield f"took {took:.1f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("name", nargs="*", help="only gateways whose names hold this")
    arguments = parser.parse_args()
    tool = os.path.abspath(arguments.tool)
    cases = [case for case in CASES if not arguments.name or any(word in case.name for word in arguments.name)]
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = certificates(pathlib.Path(scratch) / "certificates")

        def visit(numbered):
            number, case = numbered
            home = pathlib.Path(scratch) / str(number)
            home.mkdir()
            return case, *ask(tool, case, home, folder)

        # Most of the time is spent on waiting for gateways that are slow.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            visits = list(pool.map(visit, enumerate(cases)))
        for case, done, took, sent in visits:
            wrong = list(problems(case, done, took, sent))
            print(f"{'FAILED' if wrong else 'ok':<7} {case.name} ({sent} calls, {took:.1f} s)", flush=True)
            for problem in wrong:
                print(f"        {problem}", flush=True)
            failed += bool(wrong)
    faults = sum(1 for case in cases if case.codes or case.notes)
    print(f"{len(cases) - failed} of {len(cases)} gateways are told right, {faults} of them with a fault")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
