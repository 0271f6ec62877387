#!/usr/bin/env python3
"""Merge requests through the real `gh`: a server that answers as GitHub's does, in a network of its own.

gh takes no port in a host's name, so the server needs 443 of a namespace that has loopback alone. The steps are the ignored
tests `fleet_forge::real` of the suite; the token says what the server makes of a request.
"""
import argparse
import http.server
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse

PULLS = re.compile(r"/api/v3/repos/(o/app)/pulls(?:/(\d+))?$")
LABELS = re.compile(r"/api/v3/repos/(o/app)/issues/(\d+)/labels$")
COMMITS = ["1" * 40, "2" * 40]


class Server(http.server.BaseHTTPRequestHandler):
    """The part of GitHub's REST interface that makes pull requests."""

    protocol_version = "HTTP/1.1"
    pulls = {}
    busy = [True]

    def log_message(self, *_):
        pass

    def answer(self, status, body, **headers):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def refused(self, token):
        """What the token is for, before anything is looked at."""
        writes = self.command != "GET"
        if token == "bad":
            self.answer(401, {"message": "Bad credentials"})
        elif token == "readonly" and writes:
            self.answer(403, {"message": "Resource not accessible by personal access token"})
        elif token == "unseen":
            self.answer(404, {"message": "Not Found"})
        elif token == "invalid" and writes:
            errors = [{"resource": "PullRequest", "field": "base", "code": "invalid"}]
            self.answer(422, {"message": "Validation Failed", "errors": errors})
        elif token == "limited":
            self.answer(403, {"message": "API rate limit exceeded"}, Retry_After="3600", X_RateLimit_Remaining="0")
        elif token == "busy" and self.busy and self.busy.pop():
            self.answer(429, {"message": "You have exceeded a secondary rate limit"}, Retry_After="1")
        elif token == "down":
            self.answer(502, {"message": "Server Error"})
        else:
            return False
        return True

    def data(self):
        """What is sent; gh does not know the length of what it reads from its own input."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = b""
        while length := int(self.rfile.readline(), 16):
            data += self.rfile.read(length)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def do_GET(self):
        self.take()

    do_POST = do_PATCH = do_GET

    def take(self):
        data = self.data()
        body = json.loads(data) if data else {}
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in ("token", "bearer"):
            return self.answer(401, {"message": "Requires authentication"})
        if self.refused(token):
            return None
        # Each token has pull requests of its own.
        pulls = self.pulls.setdefault(token, [])
        path, _, query = self.path.partition("?")
        one, labels = PULLS.match(path), LABELS.match(path)
        if labels and self.command == "POST":
            pull = pulls[int(labels[2]) - 1]
            known = {label["name"] for label in pull["labels"]}
            pull["labels"] += [{"name": name} for name in body["labels"] if name not in known]
            return self.answer(200, pull["labels"])
        if not one:
            return self.answer(404, {"message": "Not Found"})
        if one[2]:
            pull = pulls[int(one[2]) - 1]
            pull.update({key: body[key] for key in ("title", "body", "state", "base") if key in body})
            return self.answer(200, pull)
        if self.command == "GET":
            asked = dict(urllib.parse.parse_qsl(query))
            owner, _, branch = asked["head"].partition(":")
            found = [pull for pull in pulls if owner == "o" and pull["head"]["ref"] == branch]
            state = asked.get("state", "open")
            return self.answer(200, [pull for pull in found if state in ("all", pull["state"])][::-1])
        return self.open(pulls, body)

    def open(self, pulls, body):
        if any(pull["state"] == "open" and pull["head"]["ref"] == body["head"] for pull in pulls):
            message = f"A pull request already exists for o:{body['head']}."
            return self.answer(422, {"message": "Validation Failed", "errors": [{"code": "custom", "message": message}]})
        number = len(pulls) + 1
        head = {"ref": body["head"], "sha": COMMITS[number - 1], "repo": {"full_name": "o/app"}}
        pull = {"number": number, "html_url": f"https://localhost/o/app/pull/{number}", "state": "open", "merged_at": None,
                # What a browser sends has such line ends, and so has what comes back.
                "title": body["title"], "body": body["body"].replace("\n", "\r\n"), "labels": [], "head": head}
        pulls.append(pull)
        return self.answer(201, pull)


def certificate(folder):
    key, pem = folder / "tls.key", folder / "tls.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", pem, "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return pem, key


def inside():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        pem, key = certificate(pathlib.Path(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Server)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        words = ["cargo", "test", "--locked", "--offline", "--test", "suite", "fleet_forge::real", "--", "--ignored"]
        return subprocess.run(words, env={**os.environ, "FORGE_AUTHORITY": str(pem)}, check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    if parser.parse_args().inside:
        return inside()
    space = ["unshare", *([] if os.geteuid() == 0 else ["-r"]), "-n"]
    for reason, missing in (("no gh", not shutil.which("gh")), ("no unshare, so not on Linux", not shutil.which("unshare")),
                            ("no ip", not shutil.which("ip")), ("no openssl", not shutil.which("openssl")),
                            ("no namespace for this user", shutil.which("unshare") and subprocess.run(
                                [*space, "true"], capture_output=True, check=False).returncode)):
        if missing:
            print(f"skip: {reason}")
            return 0
    return subprocess.run([*space, sys.executable, __file__, "--inside"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
