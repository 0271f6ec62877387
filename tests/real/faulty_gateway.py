"""A gateway on loopback that misbehaves on demand, for live.py.

Each `Gateway` listens on a port of its own and has one fault by name; without one it does all that the client needs.
TLS certificates are made by openssl at the start of a run; nothing of them is kept.
"""
import base64
import http.server
import json
import pathlib
import select
import socket
import ssl
import subprocess
import threading
import time

HOST = "127.0.0.1"
MODELS = ["claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-4-7"]
PAGE = b"<!DOCTYPE html><html><title>Sign in</title><body>Please sign in</body></html>"


def _openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def certificates(folder):
    """Makes an authority, and certificates of it that are right, expired and for another host; and one self-signed."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
             "-subj", "/CN=Loopback Test CA", "-addext", "basicConstraints=critical,CA:TRUE",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    _openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "other-ca.key", "-out", "other-ca.pem",
             "-days", "30", "-subj", "/CN=Another CA", "-addext", "basicConstraints=critical,CA:TRUE")
    _openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "self.key", "-out", "self.pem", "-days", "30",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    here = "DNS:localhost,IP:127.0.0.1"
    for name, hosts in [("tls", here), ("expired", here), ("wrong", "DNS:other.example"), ("client", "DNS:client")]:
        _openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                 "-subj", "/CN=localhost")
        (folder / f"{name}.ext").write_text(
            f"subjectAltName={hosts}\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
            "extendedKeyUsage=serverAuth,clientAuth\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n")
        if name == "expired":
            _expired(folder)
        else:
            _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-out", f"{name}.pem", "-days", "30", "-extfile", f"{name}.ext")
    return folder


def _expired(folder):
    """`openssl x509` knows no past; `openssl ca` does."""
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("01\n")
    (folder / "ca.cnf").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n"
                                   "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
    _openssl(folder, "ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", "expired.csr",
             "-out", "expired.pem", "-notext", "-extfile", "expired.ext",
             "-startdate", "20200101000000Z", "-enddate", "20200102000000Z")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self):
        self.gateway.seen.append(("GET", self.path))
        if self.fault_before(None):
            return
        path = self.path.partition("?")[0]
        if path != self.gateway.prefix + "/v1/models" or self.gateway.fault == "no list":
            self.json(404, {"detail": "Not Found"})
        elif not self.has_key():
            self.error(401, "authentication_error", "invalid x-api-key")
        elif self.gateway.fault == "list of pages":
            self.page(200)
        elif self.gateway.openai and "anthropic-version" not in self.headers:
            self.json(200, {"object": "list", "data": [{"id": m, "object": "model"} for m in self.gateway.models]})
        else:
            self.json(200, {"data": [{"type": "model", "id": m, "display_name": m} for m in self.gateway.models],
                            "has_more": False})

    def do_POST(self):
        gateway = self.gateway
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        gateway.seen.append(("POST", self.path))
        if self.fault_before(body):
            return
        path = self.path.partition("?")[0]
        if path == gateway.prefix + "/v1/messages/count_tokens" and gateway.fault != "no count":
            return self.json(200, {"input_tokens": 8}) if self.has_key() else self.error(401, "authentication_error", "no")
        if path != gateway.prefix + gateway.messages:
            return self.json(404, {"detail": "Not Found"})
        if not self.has_key():
            if gateway.fault == "bare 401":
                return self.text(401, "Invalid API key")
            if gateway.fault == "openai 401":
                return self.json(401, {"error": {"message": "Authentication Error", "type": "auth_error", "code": "401"}})
            return self.error(401, "authentication_error", "invalid x-api-key " + self.sent_key())
        self.message(body)

    # What the fault of the gateway is.

    def fault_before(self, body):
        """Faults that meet every request."""
        fault = self.gateway.fault
        if fault == "redirect":
            return self.elsewhere(302, "https://sso.example/authorize?state=abc")
        if fault == "to https":
            return self.elsewhere(307, f"https://{HOST}{self.path}")
        if fault == "page":
            return self.page(200)
        if fault == "page 503":
            return self.page(503)
        if fault == "closes":
            return self.close_now()
        if fault == "hangs":
            self.gateway.stop.wait(60)
            return self.close_now()
        if fault == "drips in the body" and body is not None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "600")
            self.end_headers()
            self.drip(b"{" + b" " * 599)
            return True
        if fault == "drips":
            self.drip()
            return True
        return body is not None and "max_tokens" in body and self.fault_of_message(body)

    def fault_of_message(self, body):
        fault = self.gateway.fault
        statuses = {"429": 429, "429 bare": 429, "500": 500, "529": 529}
        if fault in statuses:
            after = {"retry-after": "17"} if fault == "429" else {}
            kind = {429: "rate_limit_error", 500: "api_error", 529: "overloaded_error"}[statuses[fault]]
            return self.error(statuses[fault], kind, "not this time", after)
        if fault == "429 later" and len(self.gateway.seen) > 2:
            return self.error(429, "rate_limit_error", "too many", {"retry-after": "3"})
        if fault == "no betas" and "context-management" in self.headers.get("anthropic-beta", ""):
            return self.error(400, "invalid_request_error", "Unexpected value(s) for the `anthropic-beta` header")
        if fault == "slow":
            time.sleep(self.gateway.wait)
        return False

    def message(self, body):
        gateway, model = self.gateway, body.get("model")
        known = model in gateway.models or model in gateway.unlisted
        if not known and gateway.fault == "page errors":
            return self.page(502)
        if not known and gateway.fault == "bare errors":
            return self.text(400, "bad request")
        if not known and gateway.takes_any is False:
            return self.error(404, "not_found_error", f"model: {model}")
        if gateway.fault == "forbidden model" and model == MODELS[1]:
            return self.json(403, {"error": {"message": f"key not allowed to access model {model}",
                                             "type": "key_model_access_denied", "code": "403"}})
        if gateway.fault == "openai answer":
            return self.json(200, {"object": "chat.completion", "choices": [{"message": {"content": "pong"}}]})
        if body.get("stream") and gateway.fault != "not streamed":
            return self.stream(model, body["max_tokens"])
        return self.json(200, {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "stop_reason": "max_tokens",
                               "content": [{"type": "text", "text": "p"}], "usage": {"input_tokens": 8, "output_tokens": 1}})

    def stream(self, model, tokens):
        fault = self.gateway.fault
        usage = {"input_tokens": 8, "output_tokens": 1}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": usage}
        events = [("message_start", {"message": message}),
                  ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}), ("ping", {})]
        events += [("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "1 "}})] * tokens
        events += [("content_block_stop", {"index": 0}), ("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": usage}),
                   ("message_stop", {})]
        if fault in ("no ping", "silent"):
            events = [event for event in events if event[0] != "ping"]
        if fault in ("truncated", "cut"):
            events = events[:-3]
        if fault == "error event":
            events[3:] = [("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})]
        texts = [f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode() for kind, data in events]
        if fault == "garbled":
            texts = [b"event: message_start\ndata: {\"type\": \n\n", *texts[1:]]
        if fault == "held back":
            time.sleep(0.02 * tokens + 0.6)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.rate_headers()
        self.end_headers()
        if fault == "held back":
            self.chunk(b"".join(texts))
        else:
            pause = self.gateway.pause if tokens > 1 else 0
            for number, text in enumerate(texts):
                if fault == "silent" and number == 2:
                    time.sleep(3.6)
                if number == 3 and self.gateway.late_first:
                    time.sleep(self.gateway.late_first)
                self.chunk(text)
                time.sleep(pause)
        if fault == "cut":
            return self.close_now()
        self.chunk(b"")
        return None

    # How it is said.

    def has_key(self):
        gateway = self.gateway
        sent = {"bearer": self.headers.get("authorization") == f"Bearer {gateway.key}",
                "x-api-key": self.headers.get("x-api-key") == gateway.key}
        return any(sent[form] for form in gateway.forms)

    def sent_key(self):
        return self.headers.get("x-api-key") or self.headers.get("authorization") or ""

    def rate_headers(self):
        if self.gateway.announced:
            self.send_header("anthropic-ratelimit-requests-limit", str(self.gateway.announced))

    def reply(self, status, kind, data, headers=None):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.rate_headers()
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        return True

    def json(self, status, value, headers=None):
        return self.reply(status, "application/json", json.dumps(value).encode(), headers)

    def error(self, status, kind, message, headers=None):
        return self.json(status, {"type": "error", "error": {"type": kind, "message": message}}, headers)

    def text(self, status, text):
        return self.reply(status, "text/plain", text.encode())

    def page(self, status):
        return self.reply(status, "text/html; charset=utf-8", PAGE)

    def elsewhere(self, status, location):
        return self.reply(status, "text/plain", b"", {"location": location})

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def close_now(self):
        self.close_connection = True
        self.connection.close()
        return True

    def drip(self, data=b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 600):
        """A byte now and then; by default never the end of the headers."""
        for byte in data:
            if self.gateway.stop.wait(0.2):
                break
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
        self.close_now()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


class Gateway:
    """One gateway. `certificate` is a name of `certificates`; without one it speaks plain http."""

    def __init__(self, key, fault=None, *, certificates=None, certificate=None, prefix="", messages="/v1/messages",
                 forms=("bearer", "x-api-key"), models=MODELS, unlisted=(), openai=False, announced=None, wait=0.0,
                 pause=0.02, late_first=0.0, takes_any=False, bind=HOST):
        self.key, self.fault, self.prefix, self.messages, self.forms = key, fault, prefix, messages, forms
        self.models, self.unlisted, self.openai, self.announced = list(models), list(unlisted), openai, announced
        self.wait, self.pause, self.late_first, self.takes_any = wait, pause, late_first, takes_any
        self.seen = []
        self.stop = threading.Event()
        handler = type("Bound", (Handler,), {"gateway": self})
        self.server = _Server((bind, 0), handler)
        self.port = self.server.server_address[1]
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / f"{certificate}.pem", certificates / f"{certificate}.key")
            if fault == "wants a certificate":
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(certificates / "ca.pem")
            # The handshake belongs into the thread of the connection: a failing one must not end the server.
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://{HOST}:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.server.shutdown()
        self.server.server_close()


class Proxy:
    """A proxy for CONNECT that wants a name and a password."""

    def __init__(self, user, password, status=200):
        self.expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.status = status
        self.tunnels = []
        self.socket = socket.create_server((HOST, 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(connection,), daemon=True).start()

    def _tunnel(self, connection):
        head = b""
        with connection:
            while b"\r\n\r\n" not in head:
                part = connection.recv(4096)
                if not part:
                    return
                head += part
            lines = head.decode("latin-1").split("\r\n")
            method, target, _ = lines[0].split(" ")
            given = [line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-authorization:")]
            if given != [self.expected]:
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n"
                                   b"Content-Length: 0\r\n\r\n")
                return
            if method != "CONNECT" or self.status != 200:
                connection.sendall(b"HTTP/1.1 %d Forbidden\r\nContent-Length: 0\r\n\r\n" % (self.status if self.status != 200 else 405))
                return
            self.tunnels.append(target)
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port)), 5) as upstream:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _pipe(connection, upstream)

    def url(self, user, password):
        return f"http://{user}:{password}@{HOST}:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def _pipe(one, other):
    while True:
        ready, _, _ = select.select([one, other], [], [], 30)
        if not ready:
            return
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)
