"""Git servers on loopback for packs.py: the daemon, http with and without TLS, ssh, and broken ones."""
import atexit
import base64
import contextlib
import getpass
import gzip
import http.server
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

HOST = "127.0.0.1"
ADVERTISED = "application/x-git-upload-pack-advertisement"


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on port {port}")


class Process:
    """A server that is a program."""

    def __init__(self, words, port, env):
        self.port = port
        self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, env=env, start_new_session=True)
        atexit.register(self.stop)
        wait_for(port)

    def stop(self):
        # The daemon is a child of `git`, so both have to be told.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, 15)
        self.child.wait()


def daemon(root, env, further=()):
    port = free_port()
    return Process(["git", "daemon", "--reuseaddr", "--export-all", *further, f"--base-path={root}", f"--listen={HOST}",
                    f"--port={port}", str(root)], port, env)


class Handler(http.server.BaseHTTPRequestHandler):
    """`git http-backend`; the first folder of the path says how the server behaves."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.serve(b"")

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.serve(body)

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve(self, body):
        server = self.server.owner
        path, _, query = self.path.partition("?")
        how, _, rest = path.lstrip("/").partition("/")
        server.seen.append((how, self.headers.get("Authorization")))
        if how == "hang":
            server.stopped.wait(100)
            return
        if how == "missing":
            self.answer(404, [], b"not here\n")
        elif how == "broken":
            self.answer(502, [], b"")
        elif how == "busy":
            self.answer(429, [("Retry-After", "1"), ("Content-Type", "text/plain")], b"Retry after 1 seconds\n")
        elif how == "once" and server.is_first(rest):
            self.close_connection = True
        elif how in ("away", "to-file"):
            target = server.elsewhere if how == "away" else f"file://{server.root}"
            self.answer(302, [("Location", f"{target}/{rest}?{query}")], b"")
        elif how == "garbage":
            self.answer(200, [("Content-Type", ADVERTISED)], b"\x00\x1b[31mno pack lines\xff" * 500)
        elif how == "closed" or (server.login or how == "locked") and not self.may_enter(server):
            self.answer(401, [("WWW-Authenticate", 'Basic realm="packs"')], b"")
        else:
            self.backend(how, rest, query, body)

    def may_enter(self, server):
        login = base64.b64encode((server.login or "nobody:nothing").encode()).decode()
        return self.headers.get("Authorization") == f"Basic {login}"

    def backend(self, how, rest, query, body):
        env = {"PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.server.owner.root), "GIT_HTTP_EXPORT_ALL": "1",
               "PATH_INFO": f"/{rest}", "QUERY_STRING": query, "REQUEST_METHOD": self.command,
               "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
               "REMOTE_ADDR": HOST, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self.server.owner.root)}
        if how == "slow":
            self.server.owner.stopped.wait(0.3)
        # A server of protocol 0 does not understand what the client asks for.
        if how != "v0":
            env["GIT_PROTOCOL"] = self.headers.get("Git-Protocol", "")
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=env, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        headers = [pair for pair in headers if pair[0] not in ("Status", "Content-Length")]
        if how == "cut" and b"PACK" in content:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-git-upload-pack-result")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:content.index(b"PACK") + 60])
            self.wfile.flush()
            self.close_connection = True
        else:
            self.answer(status, headers, content)


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass


class Http:
    """A web server in front of the repositories below a folder."""

    def __init__(self, root, login=None, certificate=None, elsewhere=""):
        self.root, self.login, self.elsewhere = root, login, elsewhere
        self.seen, self.stopped = [], threading.Event()
        self.asked, self.lock = set(), threading.Lock()
        self.server = Quiet((HOST, 0), Handler)
        self.server.owner = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def is_first(self, path):
        """Whether a repository is asked for the first time."""
        name = path.partition("/")[0]
        with self.lock:
            is_first = name not in self.asked
            self.asked.add(name)
        return is_first

    def stop(self):
        self.stopped.set()
        self.server.shutdown()
        self.server.server_close()


class Raw:
    """A server that says a few bytes, or nothing, whatever it is asked."""

    def __init__(self, said=None):
        self.said = said
        self.socket = socket.create_server((HOST, 0))
        self.port = self.socket.getsockname()[1]
        self.held = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                if self.said is None:
                    self.held.append(connection)
                    continue
                connection.recv(4096)
                connection.sendall(self.said)
                connection.close()

    def stop(self):
        for connection in [self.socket, *self.held]:
            connection.close()


def authority(folder):
    """A private CA and a certificate of it for `localhost`; the CA's file and the pair."""
    ca, key, request, made = (folder / name for name in ("ca.pem", "server.key", "server.csr", "server.pem"))
    names = folder / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for words in (
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test CA", "-keyout",
         str(folder / "ca.key"), "-out", str(ca)],
        ["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(request)],
        ["x509", "-req", "-in", str(request), "-CA", str(ca), "-CAkey", str(folder / "ca.key"), "-CAcreateserial",
         "-days", "2", "-extfile", str(names), "-out", str(made)],
    ):
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    return ca, (made, key)


def find_sshd():
    return shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


def sshd(folder, env):
    """A real sshd for the current user alone; it, the user's name and the environment of a client."""
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    port = free_port()
    hosts = folder / "known_hosts"
    hosts.write_text(f"[{HOST}]:{port} {(folder / 'host.pub').read_text()}")
    config = folder / "sshd_config"
    config.write_text(f"Port {port}\nListenAddress {HOST}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
                      "StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nPermitRootLogin yes\n"
                      f"SetEnv PATH={os.environ['PATH']}\nAcceptEnv GIT_PROTOCOL\n")
    if os.getuid() == 0:
        pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = Process([find_sshd(), "-D", "-f", str(config)], port, env)
    client = f"ssh -F none -i {folder}/user -o IdentitiesOnly=yes -o UserKnownHostsFile={hosts}"
    return server, getpass.getuser(), {"GIT_SSH_COMMAND": client}


class StandIn:
    """In place of ssh: a script that runs here what it should run there."""

    def __init__(self, folder):
        self.port = free_port()
        self.gone = folder / "gone"
        script = folder / "ssh-stand-in"
        script.write_text(f"#!/bin/sh\n[ ! -e '{self.gone}' ] || {{ echo 'ssh: connect: refused' >&2; exit 255; }}\n"
                          "for last; do :; done\nexec sh -c \"$last\"\n")
        script.chmod(0o755)
        self.client = {"GIT_SSH_COMMAND": str(script), "GIT_SSH_VARIANT": "ssh"}

    def stop(self):
        self.gone.touch()
