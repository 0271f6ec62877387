"""Real secret stores on loopback, each with a secret in it and the ways in which it fails."""
import contextlib
import json
import os
import pathlib
import signal
import ssl
import subprocess
import urllib.request

from gateways import process
from store_cases import HOST, KEY, SLEEP, Silence, Store, closed_port, missing, program, without
from store_fakes import VAULT_SHIM

PARTS = pathlib.Path(__file__).resolve().parent / ".parts"


class Lacking(Exception):
    """A store cannot be started here, and why."""


def need(*programs):
    lacks = missing(*programs)
    if lacks:
        raise Lacking(f"no {lacks}: run install.sh stores")


def call(words, env, text=None):
    """Runs what prepares a store; gives its standard output."""
    done = subprocess.run(words, env=env, input=text, stdin=None if text is not None else subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{words[0]}: exit {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def quoted(text):
    """As a value of an env file in double quotes."""
    return '"' + "".join("\\" + letter if letter in '\\"$`' else letter for letter in text) + '"'


@contextlib.contextmanager
def environment(folder):
    store = Store("ENV", "real: environment and env file", "GATEWAY_KEY|env", folder / "home")
    store.right("the environment", "ENV:GATEWAY_KEY", env={"GATEWAY_KEY": KEY})
    store.right("the env file", "ENV:GATEWAY_KEY", files={".env": (f"OTHER=1\nGATEWAY_KEY={quoted(KEY)}\n", 0o600)})
    store.right("the environment goes first", "ENV:GATEWAY_KEY", env={"GATEWAY_KEY": KEY}, files={".env": ("GATEWAY_KEY=other\n", 0o600)})
    store.wrong("set nowhere", "ENV:GATEWAY_KEY", r"\.env")
    store.wrong("set to blanks", "ENV:GATEWAY_KEY", env={"GATEWAY_KEY": "  "})
    store.wrong("two lines", "ENV:GATEWAY_KEY", "line", env={"GATEWAY_KEY": "fk-one\nfk-two"}, hidden=("fk-one", "fk-two"))
    store.wrong("a quote that is not closed", "ENV:GATEWAY_KEY", r"\.env", "quote", files={".env": ("GATEWAY_KEY=\"fk-open\n", 0o600)})
    yield store


AWS_PREPARE = """
import json, sys, boto3
key, more = json.load(sys.stdin)
iam, store = boto3.client("iam"), boto3.client("secretsmanager")
found = {}
for user in ("reader", "stranger"):
    iam.create_user(UserName=user)
    found[user] = iam.create_access_key(UserName=user)["AccessKey"]
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}]}
iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps(policy))
escaped = "".join("\\\\u%04x" % ord(letter) for letter in key)
secrets = {"gw/plain": key, "gw/json": json.dumps({"user": "me", "api_key": key, "port": 1}),
           "gw/escaped": '{"api_key" : "' + escaped + '"}'}
arns = {name: store.create_secret(Name=name, SecretString=text)["ARN"] for name, text in secrets.items()}
store.create_secret(Name="gw/binary", SecretBinary=b"hello")
json.dump({"arns": arns, "users": {u: [k["AccessKeyId"], k["SecretAccessKey"]] for u, k in found.items()}}, sys.stdout)
"""
AWS_CALLS = 9


@contextlib.contextmanager
def aws(folder):
    """moto's server, which asks for right signatures once it is prepared, and AWS's own program."""
    tools = PARTS / "aws" / "bin"
    if not (tools / "moto_server").exists():
        raise Lacking("no moto: run install.sh stores")
    home = folder / "home"
    home.mkdir(parents=True)
    url = f"http://{HOST}:{(port := closed_port())}"
    base = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(home), "AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true"}
    login = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    words = [str(tools / "moto_server"), "-H", HOST, "-p", str(port)]
    with process(words, {"HOME": str(home), "INITIAL_NO_AUTH_ACTION_COUNT": str(AWS_CALLS)}, folder / "log", f"{url}/moto-api/"):
        found = json.loads(call([str(tools / "python3"), "-c", AWS_PREPARE], {**base, **login}, json.dumps([KEY, 1])))

        def user(name):
            return dict(zip(login, found["users"][name], strict=True))

        names = r"AWS Secrets Manager|\baws\b"
        store = Store("AWS-SM", "real: moto's server, AWS's program", names, home, {**base, **user("reader")}, [tools])
        store.right("a plain secret", "AWS-SM:gw/plain")
        store.right("a field of a JSON secret", "AWS-SM:gw/json#api_key")
        store.right("a field that is all escapes", "AWS-SM:gw/escaped#api_key")
        store.right("an ARN, its region taken from it", f"AWS-SM:{found['arns']['gw/plain']}", env={"AWS_DEFAULT_REGION": None})
        store.right("an ARN as it is", found["arns"]["gw/plain"])
        store.wrong("wrong path", "AWS-SM:gw/nope", "ResourceNotFound|gw/nope")
        store.wrong("wrong field", "AWS-SM:gw/json#nope", "nope", "api_key", "user")
        store.wrong("a field of a plain secret", "AWS-SM:gw/plain#api_key", "JSON")
        store.wrong("a JSON secret without a field", "AWS-SM:gw/json", "JSON", "api_key", "user")
        store.wrong("a binary secret", "AWS-SM:gw/binary", "gw/binary")
        store.wrong("logged out", "AWS-SM:gw/plain", "credentials", "aws (sso )?login|aws configure", env=dict.fromkeys(login))
        store.wrong("a wrong key id", "AWS-SM:gw/plain", "security token", "aws (sso )?login", env=login)
        store.wrong("a wrong secret key", "AWS-SM:gw/plain", "SignatureDoesNotMatch", "aws (sso )?login",
                    env={"AWS_SECRET_ACCESS_KEY": "wrong"})
        store.wrong("not allowed", "AWS-SM:gw/plain", "not authorized", env=user("stranger"))
        store.wrong("no region", "AWS-SM:gw/plain", "region", env={"AWS_DEFAULT_REGION": None})
        # Its own retries last about as long as is waited.
        store.wrong("down", "AWS-SM:gw/plain", "connect|10 s|in time|seconds", env={"AWS_ENDPOINT_URL": f"http://{HOST}:{closed_port()}"},
                    hangs=True)
        store.wrong("hangs", "AWS-SM:gw/plain", "10 s|in time|seconds", hangs=True,
                    env={"AWS_ENDPOINT_URL": f"http://{HOST}:{Silence().port}"})
        store.wrong("no such program", "AWS-SM:gw/plain", "install|not (found|there|installed)", folders=[])
        yield store


PINENTRY = """#!/bin/sh
echo 'OK at your service'
while read -r line; do
  case $line in
    GETPIN*) {answer} ;;
    BYE*) echo OK; exit 0 ;;
    *) echo OK ;;
  esac
done
"""


@contextlib.contextmanager
def password_store(folder):
    """pass and GnuPG, with a key that needs no passphrase and one that does."""
    need("pass", "gpg", "gpgconf")
    home, ring = folder / "h", folder / "h" / "g"
    ring.mkdir(parents=True, mode=0o700)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "GNUPGHOME": str(ring), "PASSWORD_STORE_DIR": str(home / "store")}
    answers = {"wrong": "echo 'D wrong'; echo OK", "right": "echo 'D open sesame'; echo OK", "hangs": "sleep 60"}
    for name, passphrase in (("open", ""), ("locked", "open sesame")):
        call(["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase, "--quick-generate-key",
              f"{name} <{name}@example.test>", "future-default", "default", "never"], env)
        call(["pass", "init", "-p", name, f"{name}@example.test"], env)
        call(["pass", "insert", "--multiline", f"{name}/claude"], env, f"{KEY}\nuser: me\nurl: https://gateway.test\n")
    rings = {"locked": ring}
    for name, answer in answers.items():
        # An agent of its own each: it remembers passphrases.
        rings[name] = home / name[0]
        call(["cp", "-r", str(ring), str(rings[name])], env)
        program(home / "pinentries", name, PINENTRY.replace("{answer}", answer))
        (rings[name] / "gpg-agent.conf").write_text(f"pinentry-program {home}/pinentries/{name}\n")
    (ring / "gpg-agent.conf").write_text(f"pinentry-program {home}/pinentries/none\n")
    call(["gpgconf", "--kill", "gpg-agent"], env)
    store = Store("PASS", "real: pass and GnuPG", r"\bpass\b", home, env)
    store.right("the first line", "PASS:open/claude")
    store.right("a passphrase that is right [SHIM of pinentry]", "PASS:locked/claude", env={"GNUPGHOME": str(rings["right"])})
    store.wrong("wrong path", "PASS:open/nope", "not in the password store")
    store.wrong("a folder", "PASS:open", hidden=())
    store.wrong("locked", "PASS:locked/claude", "decryption failed|locked|unlock", "unlock|pass show")
    store.wrong("wrong passphrase [SHIM of pinentry]", "PASS:locked/claude", "decryption failed|passphrase", "unlock|pass show",
                env={"GNUPGHOME": str(rings["wrong"])})
    store.wrong("no store", "PASS:open/claude", "password store|pass init", env={"PASSWORD_STORE_DIR": str(home / "nowhere")})
    store.wrong("hangs in its pinentry [SHIM]", "PASS:locked/claude", "10 s|in time|seconds", hangs=True,
                env={"GNUPGHOME": str(rings["hangs"])})
    store.wrong("no such program", "PASS:open/claude", "install|not (found|there|installed)", path=without(folder / "system", "pass"))
    try:
        yield store
    finally:
        for place in (ring, *rings.values()):
            subprocess.run(["gpgconf", "--kill", "gpg-agent"], env={**env, "GNUPGHOME": str(place)}, check=False, capture_output=True)


SESSION = """
mkdir -p "$HOME/.local/share/keyrings"
if [ "$OPEN" ]; then printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
else gnome-keyring-daemon --daemonize --start --components=secrets >/dev/null 2>&1; fi
printf '%s\\n' "$DBUS_SESSION_BUS_ADDRESS"
exec cat >/dev/null
"""


@contextlib.contextmanager
def session(folder, home, unlocked=True):
    """A session of a desktop without a screen; yields its environment and the keyring's processes."""
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, parents=True)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime)}
    child = subprocess.Popen(["dbus-run-session", "--", "sh", "-c", SESSION], env={**env, "OPEN": "1" if unlocked else ""},
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    env["DBUS_SESSION_BUS_ADDRESS"] = child.stdout.readline().strip()
    daemons = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "comm").read_text().startswith("gnome-keyring-d") and \
                    f"XDG_RUNTIME_DIR={runtime}" in (entry / "environ").read_text():
                daemons.append(int(entry.name))
    if not daemons:
        raise AssertionError("gnome-keyring did not start")
    try:
        yield env, daemons
    finally:
        for daemon in daemons:
            with contextlib.suppress(ProcessLookupError):
                os.kill(daemon, signal.SIGKILL)
        child.stdin.close()
        child.wait(10)


@contextlib.contextmanager
def keyring(folder):
    """gnome-keyring on a bus of its own; items as libraries and as people write them."""
    need("dbus-run-session", "gnome-keyring-daemon", "secret-tool")
    items = [("claude-gateway", "username", "lib", KEY), ("claude-gateway", "account", "hand", KEY),
             ("two lines", "account", "dev", "fk-one\nfk-two"), ("claude-gateway", "account", "empty", "")]

    def fill(env):
        for service, name, user, value in items:
            call(["secret-tool", "store", "--label=gateway", "service", service, name, user], env, value)

    with contextlib.ExitStack() as stack:
        home = folder / "home"
        with session(folder / "first", folder / "locked home") as (env, _):
            fill(env)
        shut, _ = stack.enter_context(session(folder / "locked", folder / "locked home", unlocked=False))
        stuck, daemons = stack.enter_context(session(folder / "stuck", folder / "stuck home"))
        env, _ = stack.enter_context(session(folder / "open", home))
        fill(env)
        fill(stuck)
        for daemon in daemons:
            os.kill(daemon, signal.SIGSTOP)
        store = Store("KEYRING", "real: gnome-keyring", "keyring|secret-tool", home, env)
        store.right("an item with `username`", "KEYRING:claude-gateway/lib")
        store.right("an item with `account`", "KEYRING:claude-gateway/hand")
        store.wrong("wrong account", "KEYRING:claude-gateway/nope", "nope|KEYRING:claude-gateway/nope")
        store.wrong("wrong service", "KEYRING:other/lib", "other")
        store.wrong("two lines", "KEYRING:two lines/dev", "line", hidden=("fk-one", "fk-two"))
        # secret-tool says of a locked item what it says of a missing one: nothing.
        store.wrong("locked", "KEYRING:claude-gateway/lib", "locked", "unlock", env=shut)
        store.wrong("no bus", "KEYRING:claude-gateway/lib", "D-?Bus|session|bus", env={"DBUS_SESSION_BUS_ADDRESS": None, "XDG_RUNTIME_DIR": None})
        store.wrong("down", "KEYRING:claude-gateway/lib", env={
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/nothing", "XDG_RUNTIME_DIR": None})
        store.wrong("hangs", "KEYRING:claude-gateway/lib", "10 s|in time|seconds", env=stuck, hangs=True)
        yield store


@contextlib.contextmanager
def age(folder):
    """`CMD:` with a program that people use for it."""
    need("age", "age-keygen")
    home = folder / "home"
    home.mkdir(parents=True)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home)}
    for name in ("identity", "other"):
        call(["age-keygen", "-o", str(home / name)], env)
    recipient = call(["age-keygen", "-y", str(home / "identity")], env).strip()
    for name, text in (("key.age", KEY), ("two lines.age", "fk-one\nfk-two"), ("empty.age", ""), ("json.age", json.dumps({"api_key": "fk-one"}))):
        call(["age", "-r", recipient, "-o", str(home / name)], env, text)
    identity = f"CMD:age -d -i {home}/identity"
    store = Store("CMD", "real: age", r"\bage\b", home, env)
    store.right("a line", f"{identity} {home}/key.age")
    store.right("a quoted word, and a program of the repository", "CMD:'tools/the key' \"a  b\"", files={
        "tools/the key": (f"#!/bin/sh\n[ \"$1\" = 'a  b' ] && exec age -d -i {home}/identity {home}/key.age\n", 0o755)})
    store.wrong("wrong path", f"{identity} {home}/nope.age", "no such file")
    store.wrong("another identity", f"CMD:age -d -i {home}/other {home}/key.age", "no identity matched")
    store.wrong("two lines", f"{identity} '{home}/two lines.age'", "line", hidden=("fk-one", "fk-two"))
    store.wrong("nothing", f"{identity} {home}/empty.age", "nothing|empty|no ")
    store.wrong("a JSON object", f"{identity} {home}/json.age", "JSON", hidden=("fk-one",))
    store.wrong("hangs", "CMD:./slow age", "10 s|in time|seconds", hangs=True, files={
        "slow": (f"#!/bin/sh\nsleep {SLEEP} &\nwait\n", 0o755)})
    store.wrong("no such program", "CMD:age-unheard-of -d", "not (found|there|installed)|there is no", "age-unheard-of")
    yield store


class Rusty:
    """A RustyVault: initialised, and open unless it is to be sealed."""

    def __init__(self, stack, folder, certificates=None, sealed=False):
        binary = PARTS / "rustyvault" / "bin" / "rvault"
        folder.mkdir(parents=True)
        (folder / "data").mkdir()
        self.url = f"http{'s' if certificates else ''}://{HOST}:{(port := closed_port())}"
        tls = 'tls_disable = "true"' if not certificates else (
            f'tls_disable = "false"\n  tls_cert_file = "{certificates}/tls.pem"\n  tls_key_file = "{certificates}/tls.key"\n'
            '  tls_disable_client_certs = "true"')
        (folder / "config.hcl").write_text(
            f'storage "file" {{ path = "{folder}/data" }}\nlistener "tcp" {{\n  address = "{HOST}:{port}"\n  {tls}\n}}\n'
            f'api_addr = "{self.url}"\nlog_level = "warn"\nwork_dir = "{folder}/"\n')
        self.context = ssl.create_default_context(cafile=f"{certificates}/ca.pem") if certificates else None
        self.token = None
        stack.enter_context(process([str(binary), "server", "--config", str(folder / "config.hcl")], {"HOME": str(folder)},
                                    folder / "log", f"{self.url}/v1/sys/init", self.context))
        made = self.put("sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.token = made["root_token"]
        if not sealed:
            self.put("sys/unseal", {"key": made["keys"][0]})
            # Its only engine is version 1; this gives reading the shape of version 2.
            self.put("secret/data/team/claude", {"data": {"value": KEY, "api_key": KEY, "other": "x"}})
            self.put("secret/data/gateway", {"data": {"value": KEY}})
            read = self.ask("GET", "secret/data/team/claude")
            assert read["data"]["data"]["api_key"] == KEY, "what was written is not what is read"

    def ask(self, method, path, body=None):
        headers = {"X-Vault-Token": self.token} if self.token else {}
        request = urllib.request.Request(f"{self.url}/v1/{path}", method=method, headers=headers,
                                         data=json.dumps(body).encode() if body is not None else None)
        with urllib.request.urlopen(request, timeout=5, context=self.context) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def put(self, path, body):
        return self.ask("PUT", path, body)

    @property
    def env(self):
        return {"VAULT_ADDR": self.url, "VAULT_TOKEN": self.token}


@contextlib.contextmanager
def rustyvault(folder, certificates):
    """Yields the store three times: over HTTP, over TLS, and through a program that is a shim of ours."""
    if not (PARTS / "rustyvault" / "bin" / "rvault").exists():
        raise Lacking("no rvault: run install.sh rustyvault")
    with contextlib.ExitStack() as stack:
        plain, secure = Rusty(stack, folder / "http"), Rusty(stack, folder / "https", certificates)
        sealed = Rusty(stack, folder / "sealed", sealed=True)
        shim = program(folder / "shim", "vault", VAULT_SHIM)
        silent, closed = f"http://{HOST}:{Silence().port}", f"http://{HOST}:{closed_port()}"
        authority = {"VAULT_CACERT": f"{certificates}/ca.pem"}
        found = []
        for number, (how, server, env, folders) in enumerate((("real: RustyVault over HTTP", plain, {}, []),
                                          ("real: RustyVault over TLS", secure, authority, []),
                                          ("SHIM of vault, real RustyVault", plain, {}, [shim]))):
            store = Store("VAULT", how, r"\bvault\b", folder / f"home {number}", {**server.env, **env}, folders)
            store.right("a field", "VAULT:secret/team/claude#api_key")
            store.right("one segment, no field", "VAULT:gateway")
            store.wrong("wrong path", "VAULT:secret/nope#api_key", "secret/nope")
            store.wrong("wrong field", "VAULT:secret/team/claude#nope", "nope")
            store.wrong("wrong token", "VAULT:gateway", "permission denied|403|token", "vault login|VAULT_TOKEN", env={"VAULT_TOKEN": "wrong"})
            store.wrong("logged out", "VAULT:gateway", "token", "vault login|VAULT_TOKEN", env={"VAULT_TOKEN": None})
            store.wrong("sealed", "VAULT:gateway", "sealed", env=sealed.env | ({"VAULT_CACERT": None} if env else {}))
            store.wrong("down", "VAULT:gateway", "connect|refuse|nothing listens", env={"VAULT_ADDR": closed})
            store.wrong("hangs", "VAULT:gateway", "10 s|in time|seconds|timed out|deadline", env={"VAULT_ADDR": silent}, hangs=True)
            found.append(store)
        found[1].wrong("an authority that is not named", "VAULT:gateway", "certificate", "VAULT_CACERT", env={"VAULT_CACERT": None})
        remembered = folder / "logged in"
        remembered.mkdir()
        (remembered / ".vault-token").write_text(f"{plain.token}\n")
        found[0].right("the token file", "VAULT:gateway", env={"VAULT_TOKEN": None, "HOME": str(remembered)})
        yield found
