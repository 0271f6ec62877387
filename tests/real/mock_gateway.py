"""A model gateway on loopback that answers, and writes down who asked for what.

Every port is a gateway of its own. `Foreign` plays the rest of the world: inside a namespace without
network every name resolves to loopback, and what arrives there is recorded as sent to another host.
"""
import http.server
import json
import socket
import ssl
import struct
import threading


class Record(list):
    """Requests in order of arrival, each a dict."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def add(self, **request):
        with self.lock:
            self.append(request)


def _message(handler, model, blocks, reason):
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.end_headers()

    def event(kind, **data):
        handler.wfile.write(f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode())

    usage = {"input_tokens": 1, "output_tokens": 1}
    event("message_start", message={"id": "msg_1", "type": "message", "role": "assistant", "model": model,
                                    "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage})
    for index, (block, delta) in enumerate(blocks):
        event("content_block_start", index=index, content_block=block)
        event("content_block_delta", index=index, delta=delta)
        event("content_block_stop", index=index)
    event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={"output_tokens": 1})
    event("message_stop")


def _text(text):
    return {"type": "text", "text": ""}, {"type": "text_delta", "text": text}


def _read(path):
    return ({"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {}},
            {"type": "input_json_delta", "partial_json": json.dumps({"file_path": path})})


def _blocks(body):
    for message in body.get("messages") or []:
        content = message.get("content")
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content or []:
            yield block


def _results(body):
    """Texts of the tool results in a conversation."""
    return [json.dumps(block.get("content"), ensure_ascii=False) for block in _blocks(body)
            if block.get("type") == "tool_result"]


def _asked_to_read(body):
    """The path of a prompt `[[read PATH]]`."""
    for block in _blocks(body):
        _, marked, rest = (block.get("text") or "").partition("[[read ")
        if marked:
            return rest.rpartition("]]")[0]
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as a gateway does; `server.record` and `server.place` say where it is."""

    protocol_version = "HTTP/1.0"

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            body = {}
        self.note(body)
        path = self.path.split("?")[0]
        if path.endswith("/count_tokens"):
            self.answer({"input_tokens": 1})
        elif path.endswith("/v1/messages") and not path.endswith("/v1/v1/messages"):
            wanted = _asked_to_read(body)
            if wanted and not _results(body):
                _message(self, body.get("model"), [_read(wanted)], "tool_use")
            else:
                _message(self, body.get("model"), [_text("pong")], "end_turn")
        else:
            self.answer({"error": {"message": "not found"}}, 404)

    def do_GET(self):
        self.note({})
        self.answer({"error": {"message": "not found"}}, 404)

    def do_HEAD(self):
        self.note({})
        self.send_response(200)
        self.end_headers()

    def note(self, body):
        self.server.record.add(place=self.server.place, method=self.command, path=self.path.split("?")[0],
                               headers={k.lower(): v for k, v in self.headers.items()},
                               host=self.headers.get("host"), model=body.get("model"), results=_results(body))

    def answer(self, data, status=200):
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """A gateway on one port."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port, record, place, tls=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.record = record
        self.place = place
        self.tls = tls
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        if self.tls:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError) as error:
                self.record.add(place=self.place, method="TLS", path="", headers={}, host=None, model=None,
                                results=[], trouble=str(error))
                return
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        pass


class Names:
    """A name server for which every name is this machine; records the names."""

    def __init__(self, record):
        self.record = record
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, sender = self.socket.recvfrom(4096)
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
                at += 1 + query[at]
            kind = struct.unpack(">H", query[at + 1:at + 3])[0]
            self.record.add(place="names", method="DNS", path="", headers={}, host=".".join(labels), model=None,
                            results=[])
            known = 1 if kind == 1 else 0
            reply = query[:2] + struct.pack(">HHHHH", 0x8180, 1, known, 0, 0) + query[12:at + 5]
            if known:
                reply += b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 1, 4) + bytes([127, 0, 0, 1])
            self.socket.sendto(reply, sender)


class Foreign:
    """Every other host there is, over TLS where a certificate is given."""

    def __init__(self, certificate=None, key=None):
        self.record = Record()
        tls = None
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate, key)
        self.names = Names(self.record)
        self.servers = [Server(443, self.record, "foreign", tls), Server(80, self.record, "foreign")]
