"""Stand-ins for stores of which server or program is not to be had: recorded, and named so in every line of output.

The programs check their arguments to the letter and answer with the texts of their projects' sources and documentation;
`RecordedVault` and `RecordedGoogle` give the bodies of the documentation of those interfaces.
"""
import base64
import contextlib
import http.server
import json
import shlex
import ssl
import threading

from store_cases import HOST, KEY, SLEEP, Silence, Store, closed_port, program, without


# Vault's words for what an HTTP interface of Vault says.
VAULT_SHIM = """#!/bin/sh
# A shim of ours, not Vault's program: `vault kv get -field=FIELD PATH` over HTTP.
[ "$#" = 4 ] && [ "$1 $2" = 'kv get' ] || { echo "shim: arguments: $*" >&2; exit 64; }
field=${3#-field=}
url=$VAULT_ADDR/v1/${4%%/*}/data/${4#*/}
token=${VAULT_TOKEN:-$(cat ~/.vault-token 2>/dev/null)}
answer=$(printf 'header = "X-Vault-Token: %s"\\n' "$token" |
  curl -sS --config - ${VAULT_CACERT:+--cacert "$VAULT_CACERT"} -w '\\n%{http_code}' "$url" 2>&1) || {
  echo "Get \\"$url\\": dial tcp: connect: connection refused" >&2; exit 2; }
code=${answer##*
}
body=${answer%
*}
case $code in
  200) ;;
  404) echo "No value found at ${4%%/*}/data/${4#*/}" >&2; exit 2 ;;
  400) echo 'Error making API request. Code: 400. Errors: * missing client token' >&2; exit 2 ;;
  *) printf 'Error making API request.\\n\\nURL: GET %s\\nCode: %s. Errors:\\n\\n* %s\\n' "$url" "$code" "$(printf %s "$body" | jq -r '.error // .errors[0]')" >&2; exit 2 ;;
esac
printf '%s' "$body" | jq -er --arg f "$field" '.data.data[$f]' 2>/dev/null || { echo "Field \\"$field\\" not present in secret" >&2; exit 1; }
"""

API = "Error making API request.\n\nURL: GET http://127.0.0.1:8200/v1/sys/internal/ui/mounts/secret/gw\nCode: {}. Errors:\n\n* {}\n"
REFUSED = 'Get "http://127.0.0.1:8200/v1/sys/internal/ui/mounts/secret/gw": dial tcp 127.0.0.1:8200: connect: connection refused\n'


class Fake:
    """One program: the arguments of a question, the right answer, and what is said where there is none."""

    def __init__(self, scheme, tool, names, reference, words, login, wrong, answer=KEY + "\n"):
        self.scheme, self.tool, self.names, self.reference, self.words = scheme, tool, names, reference, words
        self.login, self.states, self.answer = login, wrong, answer


def kv(tool):
    return Fake("VAULT", tool, r"\bvault\b", "VAULT:secret/gw#key", ["kv", "get", "-field=key", "secret/gw"], "(vault|bao) login", {
        "wrong path": (2, "No value found at secret/data/gw\n", "no value found|secret/gw"),
        "wrong field": (1, 'Field "key" not present in secret\n', "not present|key"),
        "logged out": (2, API.format(403, "permission denied"), "permission denied"),
        "sealed": (2, API.format(503, "Vault is sealed"), "sealed"),
        "down": (2, REFUSED, "connection refused|connect")})


FAKES = [
    kv("vault"),
    kv("bao"),
    Fake("OP", "op", "1Password|\\bop\\b", "OP:Eng Team/gateway/key", ["read", "--no-newline", "op://Eng Team/gateway/key"], "op signin", {
        "wrong path": (1, "[ERROR] 2026/11/24 20:00:00 could not read secret 'op://Eng Team/gateway/key': \"gateway\" isn't an item "
                          "in the \"Eng Team\" vault. Specify the item with its UUID, name, or domain.\n", "isn't an item"),
        "wrong field": (1, "[ERROR] 2026/11/24 20:00:00 could not read secret 'op://Eng Team/gateway/key': item 'Eng Team/gateway' "
                           "does not have a field 'key'\n", "does not have a field"),
        "logged out": (1, "[ERROR] 2026/11/24 20:00:00 You are not currently signed in. Please run `op signin --help` for "
                          "instructions\n", "signed in"),
        "down": (1, "[ERROR] 2026/11/24 20:00:00 Get \"https://my.1password.com/api/v1/auth\": dial tcp: lookup my.1password.com: "
                    "no such host\n", "no such host|dial tcp")}, answer=KEY),
    Fake("GCP-SM", "gcloud", "Google Secret Manager|gcloud", "GCP-SM:acme/gateway#key",
         ["secrets", "versions", "access", "latest", "--secret=gateway", "--project=acme"], "gcloud auth login", {
        "wrong path": (1, "ERROR: (gcloud.secrets.versions.access) NOT_FOUND: Secret [projects/1/secrets/gateway] not found or has "
                          "no versions.\n", "NOT_FOUND"),
        "logged out": (1, "ERROR: (gcloud.secrets.versions.access) You do not currently have an active account selected.\nPlease "
                          "run:\n\n  $ gcloud auth login\n\nto obtain new credentials.\n", "active account"),
        "not allowed": (1, "ERROR: (gcloud.secrets.versions.access) PERMISSION_DENIED: Permission 'secretmanager.versions.access' "
                           "denied for resource 'projects/acme/secrets/gateway/versions/latest' (or it may not exist).\n",
                        "PERMISSION_DENIED"),
        "down": (1, "ERROR: gcloud crashed (ConnectionError): HTTPSConnectionPool(host='secretmanager.googleapis.com', port=443): "
                    "Max retries exceeded\n", "ConnectionError|crashed")},
        answer=json.dumps({"user": "me", "key": KEY}) + "\n"),
    Fake("AZURE-KV", "az", r"Azure Key Vault|\baz\b", "AZURE-KV:acme/gateway",
         ["keyvault", "secret", "show", "--vault-name", "acme", "--name", "gateway", "--query", "value", "--output", "tsv"], "az login", {
        "wrong path": (3, "ERROR: (SecretNotFound) A secret with (name/id) gateway was not found in this key vault. If you recently "
                          "deleted this secret you may be able to recover it using the correct recovery command.\nCode: "
                          "SecretNotFound\n", "SecretNotFound"),
        "logged out": (1, "ERROR: Please run 'az login' to setup account.\n", "az login"),
        "not allowed": (1, "ERROR: (Forbidden) Caller is not authorized to perform action on resource.\nCode: Forbidden\n", "Forbidden"),
        "down": (1, "ERROR: <urllib3.connection.HTTPSConnection object at 0x7f>: Failed to resolve 'acme.vault.azure.net' "
                    "([Errno -2] Name or service not known)\n", "Failed to resolve")}),
    Fake("SOPS", "sops", r"\bsops\b", "SOPS:deploy/secrets.yaml#gateway.key",
         ["decrypt", "--extract", '["gateway"]["key"]', "deploy/secrets.yaml"], "SOPS_AGE_KEY_FILE|age|key", {
        "wrong path": (100, "error: cannot operate on non-existent file \"deploy/secrets.yaml\"\n", "non-existent|no such file"),
        "wrong field": (91, "error truncating the tree: component [\"gateway\"] not found\n", "not found"),
        "logged out": (128, "Failed to get the data key required to decrypt the SOPS file.\n\nGroup 0: FAILED\n  age1qyq: FAILED\n"
                            "    - | no identity matched any of the recipients\n\nRecovery failed because no master key was able to "
                            "decrypt the file. In\norder for SOPS to recover the file, at least one key has to be\nsuccessful, but "
                            "none were.\n", "data key|identity")}),
]


def text(fake, act):
    """A program that answers one question, and no other."""
    wanted = "|".join(fake.words)
    return (f"#!/bin/sh\n# A recorded fake of {fake.tool}.\nIFS='|'\n"
            f"[ \"$#:$*\" = {shlex.quote(f'{len(fake.words)}:{wanted}')} ] || {{ echo \"fake {fake.tool}: arguments: $*\" >&2; exit 64; }}\n"
            f"{act}\n")


def recorded(fake, folder):
    """The store of one fake."""
    def state(name, act):
        return program(folder / name, fake.tool, text(fake, act))

    def says(answer, code=0, trouble=""):
        return f"printf %s {shlex.quote(answer)}\nprintf %s {shlex.quote(trouble)} >&2\nexit {code}"

    store = Store(fake.scheme, f"FAKE of {fake.tool}", fake.names, folder / "home")
    store.right("right", fake.reference, folders=[state("right", says(fake.answer))])
    for name, (code, trouble, words) in fake.states.items():
        more = [fake.login] if name == "logged out" else []
        store.wrong(name, fake.reference, words, *more, folders=[state(name, says("", code, trouble))])
    store.wrong("answers nothing", fake.reference, folders=[state("nothing", says(""))])
    store.wrong("two lines", fake.reference, "line|JSON", hidden=("fk-one", "fk-two"),
                folders=[state("lines", says("fk-one\nfk-two\n"))])
    store.wrong("hangs", fake.reference, "10 s|in time|seconds", hangs=True,
                folders=[state("hangs", f"sleep {SLEEP} &\nwait")])
    if "#" in fake.reference and fake.scheme == "GCP-SM":
        store.wrong("wrong field", fake.reference, "key", "user", folders=[state("field", says('{"user": "me"}'))])
    if fake.scheme != "VAULT":
        store.wrong("no such program", fake.reference, "install|not (found|there|installed)", folders=[],
                    path=without(folder / "system", fake.tool))
    return store


MOUNTS = {"secret": "2", "team/deep": "2", "old": "1", "ns": "2"}
SECRET = {"value": KEY, "key": KEY, "user": "me"}


class RecordedVault(http.server.BaseHTTPRequestHandler):
    """Vault's documented answers of the KV engine, by path, token and namespace."""

    protocol_version = "HTTP/1.1"
    trouble = []

    def do_GET(self):
        if self.headers.get("X-Vault-Request") != "true":
            self.trouble.append(f"{self.path} without X-Vault-Request")
        if "hvs." in self.path:
            self.trouble.append("the token stands in the path")
        token, path = self.headers.get("X-Vault-Token"), self.path.removeprefix("/v1/")
        if self.server.sealed:
            return self.reply(503, {"errors": ["Vault is sealed"]})
        if not token:
            return self.reply(400, {"errors": ["missing client token"]})
        mount = next((m for m in MOUNTS if (path.removeprefix("sys/internal/ui/mounts/") + "/").startswith(m + "/")), None)
        denied = {"errors": ["1 error occurred:\n\t* permission denied\n\n"]} if mount else {"errors": [
            f"preflight capability check returned 403, please ensure client's policies grant access to path \"{path}/\""]}
        wrong_space = (self.headers.get("X-Vault-Namespace") or "").strip("/") != ("admin/team" if mount == "ns" else "")
        if token != self.server.token or not mount or wrong_space:
            return self.reply(403, denied)
        if path.startswith("sys/internal/ui/mounts/"):
            return self.reply(200, self.envelope({
                "accessor": "kv_f05b8b9c", "config": {"default_lease_ttl": 0, "force_no_cache": False, "max_lease_ttl": 0},
                "description": "", "external_entropy_access": False, "local": False, "options": {"version": MOUNTS[mount]},
                "path": f"{mount}/", "seal_wrap": False, "type": "kv", "uuid": "8ad8c4a5-3c9e-4f1a-9e5d-0a3c8c0f8a11"}))
        return self.secret(mount, path.removeprefix(mount + "/"))

    def secret(self, mount, rest):
        if MOUNTS[mount] == "1":
            return self.reply(*((200, self.envelope(SECRET, 2764800)) if rest == "gw" else (404, {"errors": []})))
        metadata = {"created_time": "2026-11-24T20:00:00.000000000Z", "custom_metadata": None, "deletion_time": "",
                    "destroyed": False, "version": 2}
        if rest == "data/gw":
            return self.reply(200, self.envelope({"data": SECRET, "metadata": metadata}))
        if rest == "data/deleted":
            metadata["deletion_time"] = "2026-11-24T20:10:00.000000000Z"
            return self.reply(404, self.envelope({"data": None, "metadata": metadata}))
        return self.reply(404, {"errors": []})

    def envelope(self, data, lease=0):
        return {"request_id": "9a8c3ad0-1b8e-5e0a-0f8e-2ac6f3c9d0aa", "lease_id": "", "renewable": False, "lease_duration": lease,
                "data": data, "wrap_info": None, "warnings": None, "auth": None}

    def reply(self, status, body):
        data = json.dumps(body).encode() + b"\n"
        self.send_response(status)
        for name, value in (("cache-control", "no-store"), ("content-type", "application/json"), ("content-length", len(data)),
                            ("strict-transport-security", "max-age=31536000; includeSubDomains")):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def serve(token, certificates=None, sealed=False):
    """Starts the recorded server; gives its address."""
    server = http.server.ThreadingHTTPServer((HOST, 0), RecordedVault)
    server.daemon_threads, server.token, server.sealed = True, token, sealed
    server.handle_error = lambda *_: None
    if certificates:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificates / "tls.pem", certificates / "tls.key")
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http{'s' if certificates else ''}://{HOST}:{server.server_address[1]}"


class RecordedGoogle(http.server.BaseHTTPRequestHandler):
    """The documented answers of Google's Secret Manager to an access of a version."""

    def do_GET(self):
        status, word, message = 404, "NOT_FOUND", "Secret [projects/1/secrets/nope] not found or has no versions."
        if self.headers.get("authorization") != "Bearer " + self.server.token:
            status, word = 401, "UNAUTHENTICATED"
            message = ("Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
                       "authentication credential.")
        body = {"error": {"code": status, "message": message, "status": word}}
        if status == 404 and self.path.startswith("/v1/projects/acme/secrets/gateway/versions/latest:access"):
            data = base64.b64encode(json.dumps({"user": "me", "key": KEY}).encode()).decode()
            status, body = 200, {"name": "projects/1/secrets/gateway/versions/3", "payload": {"data": data}}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=UTF-8")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def google(folder):
    """Google's own program, where a machine has it, before recorded answers."""
    home = folder / "home"
    store = Store("GCP-SM", "RECORDED API, real gcloud", "Google Secret Manager|gcloud", home)
    server = http.server.ThreadingHTTPServer((HOST, 0), RecordedGoogle)
    server.daemon_threads, server.token = True, "ya29." + "recorded" * 2
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, token in (("token", server.token), ("other", "ya29.other")):
        (home / name).write_text(token + "\n")
    api, token = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"
    store.env.update({api: f"http://{HOST}:{server.server_address[1]}/", token: f"{home}/token", "CLOUDSDK_CONFIG": f"{home}/gcloud"})
    store.right("a field of a JSON secret", "GCP-SM:acme/gateway#key")
    store.wrong("wrong path", "GCP-SM:acme/nope#key", "NOT_FOUND")
    store.wrong("wrong field", "GCP-SM:acme/gateway#nope", "nope", "key", "user")
    store.wrong("a JSON secret without a field", "GCP-SM:acme/gateway", "JSON", "key", "user")
    store.wrong("logged out", "GCP-SM:acme/gateway#key", "active account", "gcloud auth login", env={token: None})
    store.wrong("a wrong token", "GCP-SM:acme/gateway#key", "UNAUTHENTICATED", "gcloud auth login", env={token: f"{home}/other"})
    # Its own retries last longer than is waited.
    store.wrong("down", "GCP-SM:acme/gateway#key", "10 s|in time|seconds", env={api: f"http://{HOST}:{closed_port()}/"}, hangs=True)
    store.wrong("hangs", "GCP-SM:acme/gateway#key", "10 s|in time|seconds", env={api: f"http://{HOST}:{Silence().port}/"}, hangs=True)
    yield store


@contextlib.contextmanager
def recorded_vault(folder, certificates):
    """Vault over HTTP and over TLS, with the paths and states of its documentation."""
    token = "hvs." + "recorded" * 3
    plain, secure, sealed = serve(token), serve(token, certificates), serve(token, sealed=True)
    store = Store("VAULT", "RECORDED KV v2 server", r"\bvault\b", folder / "home", {"VAULT_ADDR": plain, "VAULT_TOKEN": token})
    logged_in = folder / "logged in"
    logged_in.mkdir(parents=True)
    (logged_in / ".vault-token").write_text(f"{token}\n")
    tls = {"VAULT_ADDR": secure, "VAULT_CACERT": f"{certificates}/ca.pem"}
    store.right("version 2", "VAULT:secret/gw#key")
    store.right("one segment, no field", "VAULT:gw")
    store.right("version 1", "VAULT:old/gw#key")
    store.right("a mount of two segments", "VAULT:team/deep/gw#key")
    store.right("a namespace", "VAULT:ns/gw#key", env={"VAULT_NAMESPACE": "admin/team"})
    store.right("TLS, an authority of our own", "VAULT:secret/gw#key", env=tls)
    store.right("the token file", "VAULT:gw", env={"VAULT_TOKEN": None, "HOME": str(logged_in)})
    store.wrong("wrong path", "VAULT:secret/nope#key", "secret/nope")
    store.wrong("wrong mount", "VAULT:nowhere/gw#key", "nowhere/gw|403|permission")
    store.wrong("wrong field", "VAULT:secret/gw#nope", "nope", "user")
    store.wrong("a deleted version", "VAULT:secret/deleted#key", "deleted")
    store.wrong("no namespace", "VAULT:ns/gw#key", "403|permission|denied|namespace", "VAULT_NAMESPACE|vault login|VAULT_TOKEN")
    store.wrong("wrong token", "VAULT:gw", "403|permission|denied", "vault login|VAULT_TOKEN", env={"VAULT_TOKEN": "hvs.other"})
    store.wrong("logged out", "VAULT:gw", "token", "vault login|VAULT_TOKEN", env={"VAULT_TOKEN": None})
    store.wrong("no address", "VAULT:gw", "VAULT_ADDR", env={"VAULT_ADDR": None})
    store.wrong("an authority that is not named", "VAULT:gw", "certificate|TLS", "VAULT_CACERT", env={**tls, "VAULT_CACERT": None})
    store.wrong("plain http to another machine", "VAULT:gw", "https|plain", env={"VAULT_ADDR": "http://10.1.2.3:8200"})
    store.wrong("sealed", "VAULT:gw", "sealed", env={"VAULT_ADDR": sealed})
    store.wrong("down", "VAULT:gw", "connect|refuse|nothing listens", env={"VAULT_ADDR": f"http://{HOST}:{closed_port()}"})
    store.wrong("hangs", "VAULT:gw", "10 s|in time|seconds|timed out", env={"VAULT_ADDR": f"http://{HOST}:{Silence().port}"}, hangs=True)
    store.checks.append(("every request is as Vault wants it", lambda: sorted(set(RecordedVault.trouble))))
    yield store
