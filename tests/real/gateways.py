#!/usr/bin/env python3
"""Asks real gateways with `doctor --live`: nothing to say where they are right, the true cause where they are not.

usage: gateways.py --tool PATH ccr|litellm...

A claude-code-router in front of a stub of OpenAI's API, and LiteLLM over TLS with a private CA; both on loopback, both
installed by install.sh. What is missing is skipped and named.
"""
import argparse
import contextlib
import http.server
import json
import os
import pathlib
import secrets
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from faulty_gateway import HOST, certificates
from live import MOST_CALLS, closed_port, run

PARTS = pathlib.Path(__file__).resolve().parent / ".parts"
KEY = "sk-real-" + secrets.token_hex(12)
SMALL_KEY = "sk-small-" + secrets.token_hex(12)
WRONG_KEY = "sk-wrong-" + secrets.token_hex(12)


class Upstream(http.server.BaseHTTPRequestHandler):
    """As much of OpenAI's chat completions as a router needs."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        head = {"id": "chatcmpl-1", "created": 1, "model": body.get("model", "m")}
        if not body.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": "pong"}, "finish_reason": "stop"}
            return self.reply("application/json", json.dumps({
                **head, "object": "chat.completion", "choices": [choice],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}).encode())
        deltas = [({"role": "assistant", "content": ""}, None), ({"content": "pong"}, None), ({}, "stop")]
        chunks = [{**head, "object": "chat.completion.chunk",
                   "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]} for delta, reason in deltas]
        text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
        return self.reply("text/event-stream", text.encode())

    def reply(self, kind, data):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextlib.contextmanager
def process(words, env, log, ready, context=None, patience=120):
    """A server that is a program, from when it answers `ready` until the end of the block."""
    with open(log, "wb") as out:
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                 env={"PATH": os.environ["PATH"], **env})
    try:
        end = time.monotonic() + patience
        while True:
            try:
                urllib.request.urlopen(ready, timeout=2, context=context).close()
                break
            except OSError as error:
                if child.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"{words[0]} did not start: {error}\n{pathlib.Path(log).read_text()[-2000:]}") from error
                time.sleep(0.2)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


@contextlib.contextmanager
def ccr(home):
    """Yields its address and nothing to trust."""
    upstream = http.server.ThreadingHTTPServer((HOST, 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    port = closed_port()
    folder = home / ".claude-code-router"
    folder.mkdir(parents=True)
    provider = {"name": "up", "api_base_url": f"http://{HOST}:{upstream.server_address[1]}/v1/chat/completions",
                "api_key": "k", "models": ["m"]}
    (folder / "config.json").write_text(json.dumps({
        "APIKEY": KEY, "HOST": HOST, "PORT": port, "LOG": False, "NON_INTERACTIVE_MODE": True, "Providers": [provider],
        "Router": {"default": "up,m"}}))
    words = [str(PARTS / "ccr" / "node_modules" / ".bin" / "ccr"), "start"]
    with process(words, {"HOME": str(home)}, home / "log", f"http://{HOST}:{port}/health"):
        yield f"http://{HOST}:{port}", None
    upstream.shutdown()


AUTH = '''"""LiteLLM's own hook for authentication: keys of a team without a database, with the answers that one gives."""
import os

from litellm.proxy._types import ProxyErrorTypes, ProxyException, UserAPIKeyAuth


async def check(request, api_key: str) -> UserAPIKeyAuth:
    key = (api_key or "").removeprefix("Bearer ").strip()
    if key == os.environ["LITELLM_MASTER_KEY"]:
        return UserAPIKeyAuth(api_key=key, user_role="proxy_admin")
    if key != os.environ["SMALL_KEY"]:
        raise ProxyException(message="Authentication Error, Invalid proxy server token passed.",
                             type=ProxyErrorTypes.token_not_found_in_db, param="key", code=401)
    wanted = (await request.json()).get("model") if request.method == "POST" else None
    if wanted and wanted != "claude-haiku-4-5":
        raise ProxyException(message=f"key not allowed to access model. Tried to access {wanted}",
                             type=ProxyErrorTypes.key_model_access_denied, param="model", code=403)
    return UserAPIKeyAuth(api_key=key, models=["claude-haiku-4-5"])
'''


def litellm_config(url):
    """Aliases go once round through the proxy itself, so that translation and streaming are the real ones."""
    def around(name, inner):
        return {"model_name": name, "litellm_params": {"model": f"hosted_vllm/{inner}", "api_base": f"{url}/v1", "api_key": KEY}}

    def mock(name):
        return {"model_name": name, "litellm_params": {"model": "openai/gpt-4o", "api_key": "k", "mock_response": "pong"}}

    return {"model_list": [around("claude-sonnet-4-6", "mock-chat"), around("claude-haiku-4-5", "mock-chat"),
                           around("claude-opus-4-7", "mock-chat"), mock("mock-chat")],
            "litellm_settings": {"drop_params": True, "num_retries": 0, "request_timeout": 10, "telemetry": False},
            "router_settings": {"num_retries": 0},
            "general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY", "custom_auth": "team_keys.check"}}


@contextlib.contextmanager
def litellm(home):
    """Yields its address and the authority of its certificate."""
    folder = certificates(home / "certificates")
    url = f"https://{HOST}:{(port := closed_port())}"
    (home / "team_keys.py").write_text(AUTH)
    # JSON is YAML.
    (home / "config.yaml").write_text(json.dumps(litellm_config(url)))
    authority = str(folder / "ca.pem")
    env = {"HOME": str(home), "LITELLM_MASTER_KEY": KEY, "SMALL_KEY": SMALL_KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True",
           "LITELLM_TELEMETRY": "False", "NO_PROXY": "*", "SSL_CERT_FILE": authority}
    words = [str(PARTS / "litellm" / "bin" / "litellm"), "--config", str(home / "config.yaml"), "--host", HOST,
             "--port", str(port), "--num_workers", "1", "--ssl_keyfile_path", str(folder / "tls.key"),
             "--ssl_certfile_path", str(folder / "tls.pem")]
    context = ssl.create_default_context(cafile=authority)
    with process(words, env, home / "log", f"{url}/health/liveliness", context):
        yield url, authority


CCR = [
    ("right", {}, KEY, set(), ""),
    ("right, x-api-key", {"credential.header": "x-api-key"}, KEY, set(), ""),
    ("a wrong key", {}, WRONG_KEY, {"key"}, "401"),
    ("a wrong path", {"gateway.url": "{url}/llm"}, KEY, {"CS101"}, "has it below"),
]
LITELLM = [
    ("right", {}, KEY, set(), ""),
    ("right, /v1 at the end", {"gateway.url": "{url}/v1"}, KEY, set(), ""),
    ("right, x-api-key", {"credential.header": "x-api-key"}, KEY, set(), ""),
    ("a wrong key", {}, WRONG_KEY, {"key"}, "401"),
    ("a key for one model", {}, SMALL_KEY, {"CS002"}, "refuses `claude-sonnet-4-6`"),
    ("a misspelt model", {"models.fast": "claude-haiku-4.5"}, KEY, {"CS002"}, "did you mean `claude-haiku-4-5`"),
    ("a model that is not in the list", {"models.reasoning": "gpt-unheard-of"}, KEY, {"CS002"}, "does not know"),
    ("a wrong path", {"gateway.url": "{url}/llm"}, KEY, {"CS101"}, "has it below"),
    ("no authority", {}, KEY, {"tls"}, "NODE_EXTRA_CA_CERTS"),
]
REAL = {"ccr": (ccr, CCR, PARTS / "ccr" / "node_modules" / ".bin" / "ccr"),
        "litellm": (litellm, LITELLM, PARTS / "litellm" / "bin" / "litellm")}


def problems(done, codes, words, key):
    if key in done.stdout + done.stderr:
        yield "the key is printed"
    try:
        report = json.loads(done.stdout)
    except ValueError:
        yield f"no JSON: {done.stdout}{done.stderr}"
        return
    found = report["diagnostics"]
    if {d["code"] for d in found if d["severity"] != "note"} != codes:
        yield f"expected {sorted(codes)}, found {found}"
    text = " ".join(f"{d['message']} {d['help']}" for d in found)
    if words not in text:
        yield f"`{words}` is not said: {text}"
    if done.returncode != (1 if codes else 0):
        yield f"exit code {done.returncode}"
    if report["calls"] > MOST_CALLS:
        yield f"{report['calls']} calls"
    faults = [p for p in report["probes"] if p["state"] == "fault"]
    if bool(faults) != bool(codes):
        yield f"probes {faults}"


def ask(tool, home, kind, url, authority, case):
    name, declared, key, _, _ = case
    root = home / name.replace(" ", "-").replace("/", "")
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    values = {"gateway.url": "{url}", "gateway.kind": kind, "credential.ref": "ENV:GATEWAY_KEY", "credential.header": "bearer",
              "models.default": "claude-sonnet-4-6", "models.reasoning": "claude-opus-4-7", **declared}
    options = [word for name, value in values.items() for word in ["--set", f"{name}={value.format(url=url)}"]]
    done = run(tool, ["init", "--profile", "team", *options], root, {})
    assert done.returncode == 0, done.stderr
    env = {"GATEWAY_KEY": key}
    if authority and name != "no authority":
        env["NODE_EXTRA_CA_CERTS"] = authority
    return run(tool, ["doctor", "--live", "--format", "json"], root, env)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", required=True)
    parser.add_argument("kind", nargs="+", choices=REAL)
    arguments = parser.parse_args()
    tool = os.path.abspath(arguments.tool)
    failed = 0
    for kind in arguments.kind:
        start, cases, program = REAL[kind]
        if not program.exists():
            print(f"skipped {kind}: not installed, `sh tests/real/install.sh {kind}` does that")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            home = pathlib.Path(scratch)
            with start(home / "server" if kind == "ccr" else home) as (url, authority):
                for case in cases:
                    begun = time.monotonic()
                    done = ask(tool, home, kind, url, authority, case)
                    wrong = list(problems(done, case[3], case[4], case[2]))
                    print(f"{'FAILED' if wrong else 'ok':<7} {kind}: {case[0]} ({time.monotonic() - begun:.1f} s)", flush=True)
                    for problem in wrong:
                        print(f"        {problem}", flush=True)
                    failed += bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
