"""The setups in which `explain` is held against the real client."""
import itertools
import json

FILES = {"managed": "managed/managed-settings.json", "local": "repo/.claude/settings.local.json",
         "project": "repo/.claude/settings.json", "user": "home/.claude/settings.json"}
LAYERS = ["managed", "--settings", "local", "project", "user", "environment"]
URL = "http://127.0.0.1:PORT"


class Setup:
    """Settings files, environment and arguments of one start."""

    def __init__(self, name, folder="", starter="shell"):
        self.name, self.folder, self.starter = name, folder, starter
        self.env, self.files, self.arguments, self.terminal, self.init = {}, {}, [], {}, []
        self.values = {}

    def add(self, layer, variable=None, value=None, **keys):
        """Sets a variable, or keys of the settings file, in a layer."""
        if layer == "environment":
            self.env[variable] = value
            return self
        settings = self.values.setdefault(layer, {})
        if variable:
            settings.setdefault("env", {})[variable] = value
        settings.update(keys)
        return self.put(layer, json.dumps(settings, indent=2))

    def put(self, layer, text):
        """Sets the whole text of a settings file."""
        if layer == "--settings":
            self.arguments = ["--settings", text]
        else:
            self.files[FILES.get(layer, layer)] = text
        return self

    def ready(self, url=True, credential=True):
        """What is needed to make a request that is heard, in the weakest layer."""
        if url:
            self.env.setdefault("ANTHROPIC_BASE_URL", f"{URL}/shell")
        if credential:
            self.env.setdefault("ANTHROPIC_AUTH_TOKEN", "token-KEY")
        return self


def pairs():
    return itertools.combinations(LAYERS, 2)


def urls():
    for strong, weak in pairs():
        yield Setup(f"url {strong} over {weak}").add(strong, "ANTHROPIC_BASE_URL", f"{URL}/strong").add(
            weak, "ANTHROPIC_BASE_URL", f"{URL}/weak").ready(url=False)
    for strong in LAYERS[:-1]:
        yield Setup(f"url empty in {strong}").add(strong, "ANTHROPIC_BASE_URL", "").ready()
    spellings = ["/", "//", "/v1", "/v1/", "/anthropic", "/anthropic/v1", "/v1/messages", "/v1/a/b/anthropic"]
    for spelling in spellings:
        yield Setup(f"url ends {spelling}").add("project", "ANTHROPIC_BASE_URL", URL + spelling).ready()
    yield Setup("url with blanks around").add("project", "ANTHROPIC_BASE_URL", f"  {URL}/x ").ready()
    yield Setup("url without a scheme").add("project", "ANTHROPIC_BASE_URL", "127.0.0.1:PORT").ready()
    yield Setup("url in quotes").add("project", "ANTHROPIC_BASE_URL", f'"{URL}"').ready()
    yield Setup("url nowhere").ready(url=False)
    yield Setup("url is not expanded").add("project", "ANTHROPIC_BASE_URL", "${OTHER}").add(
        "environment", "OTHER", URL).ready()


def credentials():
    for variable, other in (("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"), ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")):
        for strong, weak in pairs():
            yield Setup(f"{variable} {strong} over {weak}").add(strong, variable, "strong-KEY").add(
                weak, variable, "weak-KEY").ready(credential=False)
        for layer in LAYERS[:-1]:
            yield Setup(f"{variable} empty in {layer} over the shell's").add(layer, variable, "").add(
                "environment", variable, "shell-KEY").add("user", other, "other-KEY").ready(credential=False)
    for first, second in itertools.permutations(LAYERS, 2):
        yield Setup(f"token in {first}, key in {second}").add(first, "ANTHROPIC_AUTH_TOKEN", "token-KEY").add(
            second, "ANTHROPIC_API_KEY", "key-KEY").ready(credential=False)
    for strong, weak in itertools.combinations(LAYERS[:-1], 2):
        yield Setup(f"helper {strong} over {weak}").add(strong, apiKeyHelper="echo helper-KEY").add(
            weak, apiKeyHelper="echo weak-KEY").ready(credential=False)
    for layer in LAYERS[:-1]:
        yield Setup(f"helper in {layer}, key in the shell").add(layer, apiKeyHelper="echo helper-KEY").add(
            "environment", "ANTHROPIC_API_KEY", "key-KEY").ready(credential=False)
        yield Setup(f"helper in {layer}, token in the shell").add(layer, apiKeyHelper="echo helper-KEY").ready()
    yield Setup("helper and both").add("project", apiKeyHelper="echo helper-KEY").add(
        "environment", "ANTHROPIC_API_KEY", "key-KEY").ready()
    yield Setup("helper is a script").add("project", apiKeyHelper="./key.sh").put(
        "repo/key.sh", "#!/bin/sh\necho helper-KEY\n").ready(credential=False)
    yield Setup("helper emptied").add("local", apiKeyHelper="").add("project", apiKeyHelper="echo helper-KEY").ready(
        credential=False)
    yield Setup("no credential").ready(credential=False)
    yield Setup("empty credentials").add("environment", "ANTHROPIC_API_KEY", "").add(
        "environment", "ANTHROPIC_AUTH_TOKEN", "").ready()


def headers():
    name = "ANTHROPIC_CUSTOM_HEADERS"
    for strong, weak in pairs():
        yield Setup(f"headers {strong} over {weak}").add(strong, name, "x-test-a: strong\nx-test-b:  two: words ").add(
            weak, name, "x-test-a: weak\nx-test-c: gone").ready()
    yield Setup("headers with a line that is none").add("project", name, "nothing\r\nX-Test-A: 1\r\nx-test-e:").ready()
    given = {"a token": ("environment", "ANTHROPIC_AUTH_TOKEN", "token-KEY"), "a key": ("environment", "ANTHROPIC_API_KEY", "key-KEY")}
    for line in ("Authorization: Bearer own-KEY", "authorization: own-KEY", "x-api-key: own-KEY", "X-Api-Key: own-KEY"):
        for what, values in given.items():
            yield Setup(f"header {line.split(' ')[0]} beside {what}").add("project", name, line).add(*values).ready(credential=False)
        yield Setup(f"header {line.split(' ')[0]} beside a helper").add("project", name, line).add(
            "user", apiKeyHelper="echo helper-KEY").ready(credential=False)
        yield Setup(f"header {line.split(' ')[0]} alone").add("project", name, line).ready(credential=False)


def models():
    ranks = [("--model", None)]
    ranks += [("ANTHROPIC_MODEL", layer) for layer in LAYERS] + [("model", layer) for layer in LAYERS[:-1]]
    ranks += [("ANTHROPIC_DEFAULT_MODEL", layer) for layer in ("user", "environment")]
    ranks += [("ANTHROPIC_DEFAULT_OPUS_MODEL", layer) for layer in ("project", "environment")]

    def choose(setup, rank, value):
        what, layer = rank
        if what == "--model":
            setup.arguments = setup.arguments + ["--model", value]
        elif what == "model":
            setup.add(layer, model=value)
        else:
            setup.add(layer, what, value)

    for first, second in itertools.combinations(ranks, 2):
        setup = Setup(f"model by {first[0]} {first[1] or ''} and {second[0]} {second[1] or ''}").ready()
        if "--settings" in (first[1], second[1]) and "--model" in (first[0], second[0]):
            choose(setup, second, "gw-second")
            choose(setup, first, "gw-first")
        else:
            choose(setup, first, "gw-first")
            choose(setup, second, "gw-second")
        yield setup
    aliases = ["sonnet", "opus", "haiku", "fable", "best", "opusplan", "default", "SONNET", " opus ", "sonnet[1m]",
               "gw-x[1m]", "My/Gateway.Model:v2", "fast", "opusplan[1m]", "default[1m]", "gw-X[1M]"]
    for alias in aliases:
        yield Setup(f"alias {alias!r} built in").ready().add("project", model=alias)
        setup = Setup(f"alias {alias!r} by tiers").ready().add("project", model=alias)
        for tier in ("SONNET", "OPUS", "HAIKU", "FABLE"):
            setup.add("user", f"ANTHROPIC_DEFAULT_{tier}_MODEL", f"gw-{tier.lower()}")
        yield setup
    for alias in ("opus", "haiku[1m]"):
        setup = Setup(f"--model {alias}").ready().add("project", "ANTHROPIC_DEFAULT_OPUS_MODEL", "gw-opus[1m]")
        setup.arguments = ["--model", alias]
        yield setup
        yield Setup(f"ANTHROPIC_MODEL {alias}").ready().add("environment", "ANTHROPIC_MODEL", alias)
    for value in ("default", "Default", "default[1m]"):
        setup = Setup(f"--model {value}").ready().add("project", model="gw-p")
        setup.arguments = ["--model", value]
        yield setup
        yield Setup(f"ANTHROPIC_MODEL {value}").ready().add("environment", "ANTHROPIC_MODEL", value).add(
            "project", "ANTHROPIC_DEFAULT_OPUS_MODEL", "gw-opus")
        yield Setup(f"ANTHROPIC_DEFAULT_MODEL {value}").ready().add("environment", "ANTHROPIC_DEFAULT_MODEL", value)
        yield Setup(f"model {value} over user").ready().add("project", model=value).add("user", model="gw-user")
    for variable in ("ANTHROPIC_MODEL", "ANTHROPIC_DEFAULT_MODEL"):
        setup = Setup(f"--model default beside {variable}").ready().add("environment", variable, "gw-shell")
        setup.arguments = ["--model", "default"]
        yield setup
    for layer in ("local", "project"):
        yield Setup(f"model empty in {layer}").ready().add(layer, model="").add("user", model="gw-user")
        yield Setup(f"ANTHROPIC_MODEL empty in {layer}").ready().add(layer, "ANTHROPIC_MODEL", "").add(
            "environment", "ANTHROPIC_MODEL", "gw-shell").add("user", model="gw-user")
        yield Setup(f"tier empty in {layer}").ready().add(layer, "ANTHROPIC_DEFAULT_OPUS_MODEL", "").add(
            "environment", "ANTHROPIC_DEFAULT_OPUS_MODEL", "gw-shell")
    yield Setup("default model is an alias").ready().add("environment", "ANTHROPIC_DEFAULT_MODEL", "sonnet")
    yield Setup("small fast model").ready().add("environment", "ANTHROPIC_SMALL_FAST_MODEL", "gw-small").add(
        "project", model="haiku")
    yield Setup("tier is an alias").ready().add("project", "ANTHROPIC_DEFAULT_OPUS_MODEL", "haiku").add(
        "user", model="opus")
    for listed in (["gw-a", "gw-b"], ["gw-c"], ["sonnet"], ["opus"], []):
        for layer in ("project", "managed"):
            yield Setup(f"available {listed} in {layer}").ready().add(layer, availableModels=listed).add(
                "user", model="gw-c")
    yield Setup("available alias chosen").ready().add("project", availableModels=["sonnet", "haiku"], model="haiku")
    yield Setup("available alias not chosen").ready().add("project", availableModels=["sonnet", "haiku"], model="opus")
    yield Setup("available nothing chosen").ready().add("project", availableModels=["sonnet", "haiku"])
    yield Setup("available lists of two files").ready().add("project", availableModels=["gw-a"]).add(
        "user", availableModels=["gw-b"], model="gw-b")
    yield Setup("available and tiers").ready().add("project", "ANTHROPIC_DEFAULT_OPUS_MODEL", "gw-o").add(
        "project", availableModels=["opus"], model="gw-o")


def folders():
    for deep in ("sub", "sub/deep"):
        yield Setup(f"root's project file from {deep}", deep).add("project", "ANTHROPIC_BASE_URL", f"{URL}/p").ready()
        yield Setup(f"root's local file from {deep}", deep).add("local", "ANTHROPIC_BASE_URL", f"{URL}/l").ready()
        yield Setup(f"own project file in {deep}", deep).add("project", "ANTHROPIC_BASE_URL", f"{URL}/p").ready().put(
            f"repo/{deep}/.claude/settings.json", json.dumps({"env": {"ANTHROPIC_BASE_URL": f"{URL}/own"}, "model": "own"}))
        yield Setup(f"own local file in {deep}", deep).ready().put(
            f"repo/{deep}/.claude/settings.local.json", json.dumps({"env": {"ANTHROPIC_BASE_URL": f"{URL}/own"}}))
        yield Setup(f"local files of root and {deep}", deep).add("local", "ANTHROPIC_BASE_URL", f"{URL}/l").add(
            "local", model="of-root").ready().put(
            f"repo/{deep}/.claude/settings.local.json", json.dumps({"env": {"ANTHROPIC_BASE_URL": f"{URL}/own"}}))
    yield Setup("root's local key and project's url from sub", "sub").add("project", "ANTHROPIC_BASE_URL", f"{URL}/p").add(
        "local", "ANTHROPIC_API_KEY", "key-KEY").ready(False, False)
    setup = Setup("--settings names the root's file", "sub").add("project", "ANTHROPIC_BASE_URL", f"{URL}/p").add(
        "project", model="gw-p").ready()
    setup.arguments = ["--settings", "../.claude/settings.json"]
    yield setup


def arguments():
    inline, text = json.dumps({"model": "gw-inline"}), json.dumps({"env": {"ANTHROPIC_BASE_URL": f"{URL}/file"}, "model": "gw-file"})
    for name, words in (("a file", ["s.json"]), ("inline", [inline]), ("file, inline", ["s.json", inline]),
                        ("inline, file", [inline, "s.json"]), ("two files", ["s.json", "t.json"])):
        setup = Setup(f"--settings: {name}").add("project", model="gw-p").ready().put("repo/s.json", text).put(
            "repo/t.json", json.dumps({"model": "gw-t"}))
        setup.arguments = [word for value in words for word in ("--settings", value)]
        yield setup
    for name, body in (("a comment", '{"model": "x" /* c */}'), ("a wrong type", '{"model": 42}')):
        setup = Setup(f"--settings: a file with {name}").add("project", model="gw-p").ready().put("repo/s.json", body)
        setup.arguments = ["--settings", "s.json"]
        yield setup


def faults():
    good = {"env": {"ANTHROPIC_BASE_URL": f"{URL}/file"}, "model": "gw-file"}
    text = json.dumps(good, indent=2)
    bodies = {
        "a comment": text.replace("{", "{ // why", 1), "a block comment": text + "/* why */",
        "a trailing comma": text[:-2] + ",\n}", "half of it": text[:-8], "an array": f"[{text}]", "nothing": "",
        "blanks": " \n", "a number for the model": json.dumps({**good, "model": 42}),
        "null for the model": json.dumps({**good, "model": None}),
        "a list for env": json.dumps({**good, "env": []}), "a text for env": json.dumps({**good, "env": "x"}),
        "null for env": json.dumps({**good, "env": None}),
        "a text for permissions": json.dumps({**good, "permissions": "no"}),
        "a text for deny": json.dumps({**good, "permissions": {"deny": "Read(./x)"}}),
        "a rule of nonsense": json.dumps({**good, "permissions": {"deny": ["Read(", "((", ""]}}),
        "a number for deny": json.dumps({**good, "permissions": {"deny": [1]}}),
        "a number for the helper": json.dumps({**good, "apiKeyHelper": 1}),
        "a text for availableModels": json.dumps({**good, "availableModels": "gw-file"}),
        "numbers in availableModels": json.dumps({**good, "availableModels": [1]}),
        "a text for fallbackModel": json.dumps({**good, "fallbackModel": "gw-b"}),
        "a number for fallbackModel": json.dumps({**good, "fallbackModel": 7}),
        "a list for hooks": json.dumps({**good, "hooks": []}), "a text for hooks": json.dumps({**good, "hooks": "x"}),
        "an unknown hook": json.dumps({**good, "hooks": {"Never": []}}),
        "a text for cleanupPeriodDays": json.dumps({**good, "cleanupPeriodDays": "x"}),
        "zero for cleanupPeriodDays": json.dumps({**good, "cleanupPeriodDays": 0}),
        "a text for includeCoAuthoredBy": json.dumps({**good, "includeCoAuthoredBy": "x"}),
        "a number for outputStyle": json.dumps({**good, "outputStyle": 3}),
        "a number for language": json.dumps({**good, "language": 3}),
        "a number for statusLine": json.dumps({**good, "statusLine": 3}),
        "a text for enabledPlugins": json.dumps({**good, "enabledPlugins": "x"}),
        "a number for forceLoginMethod": json.dumps({**good, "forceLoginMethod": 3}),
        "unknown blocks": json.dumps({**good, "routing": {"a": 1}, "telemetry": [], "$schema": 3, "//": None}),
        "a number in env": json.dumps({**good, "env": {**good["env"], "ANTHROPIC_MODEL": 60000}}),
        "a fraction in env": json.dumps({**good, "env": {**good["env"], "ANTHROPIC_MODEL": 1.50}}),
        "a whole fraction in env": text.replace('"env": {', '"env": { "ANTHROPIC_MODEL": 1.0,'),
        "an exponent in env": text.replace('"env": {', '"env": { "ANTHROPIC_MODEL": 1e3,'),
        "a wide number in env": text.replace('"env": {', '"env": { "ANTHROPIC_MODEL": 1e21,'),
        "true in env": json.dumps({**good, "env": {**good["env"], "ANTHROPIC_MODEL": True}}),
        "null in env": json.dumps({**good, "env": {**good["env"], "ANTHROPIC_MODEL": None}}),
        "an object in env": json.dumps({**good, "env": {**good["env"], "ANTHROPIC_MODEL": {}}}),
        "a list in env": json.dumps({**good, "env": {**good["env"], "ANTHROPIC_MODEL": ["a"]}}),
        "the model twice": text[:-2] + ',\n"model": "gw-last"\n}',
        "env twice": text[:-2] + ',\n"env": {"ANTHROPIC_MODEL": "gw-last"}\n}',
        "a variable twice": text.replace('"env": {', '"env": { "ANTHROPIC_BASE_URL": "http://127.0.0.1:PORT/first",'),
    }
    for name, body in bodies.items():
        yield Setup(f"file with {name}").put("project", body).ready().add("user", model="gw-user")
    for layer in ("managed", "local", "user"):
        for name in ("a comment", "a number for the model", "an array"):
            yield Setup(f"{layer} file with {name}").put(layer, bodies[name]).ready()
    for name, bytes_of in (("a BOM", b"\xef\xbb\xbf" + json.dumps({"model": "gw-file"}).encode()),
                           ("CRLF", b'{\r\n"model": "gw-file"\r\n}\r\n'),
                           ("UTF-16", "\ufeff".encode("utf-16-le") + json.dumps({"model": "gw-file"}).encode("utf-16-le")),
                           ("bytes that are no UTF-8", b'{"model": "gw-file", "x": "\xff"}')):
        setup = Setup(f"file with {name}").ready()
        setup.files[FILES["project"]] = bytes_of
        yield setup


def managed_parts():
    part = "managed/managed-settings.d/"
    yield Setup("managed drop-in alone").put(part + "10-a.json", json.dumps({"model": "gw-part"})).ready()
    yield Setup("managed drop-in over main").add("managed", model="gw-main").put(
        part + "10-a.json", json.dumps({"model": "gw-part"})).ready()
    yield Setup("managed drop-ins in order").put(part + "10-a.json", json.dumps({"model": "gw-ten"})).put(
        part + "20-b.json", json.dumps({"model": "gw-twenty"})).ready()
    yield Setup("managed drop-in of another name").put(part + "10-a.txt", json.dumps({"model": "gw-part"})).ready()
    yield Setup("hidden managed drop-in").put(part + ".10-a.json", json.dumps({"model": "gw-part"})).ready()
    yield Setup("managed drop-in that is broken").add("managed", model="gw-main").put(part + "10-a.json", "{").ready()


def editors():
    def editor(name, block, terminal, **more):
        setup = Setup(f"VS Code: {name}", starter="vscode", **more).ready()
        setup.put("repo/.vscode/settings.json", "{ // a comment\n" + f'"terminal.integrated.env.linux": {json.dumps(block)},\n' + "}\n")
        setup.terminal = terminal
        return setup

    yield editor("its variables over the shell's", {"ANTHROPIC_BASE_URL": f"{URL}/code"}, {"ANTHROPIC_BASE_URL": f"{URL}/code"})
    yield editor("the project's over its variables", {"ANTHROPIC_BASE_URL": f"{URL}/code"},
                 {"ANTHROPIC_BASE_URL": f"{URL}/code"}).add("project", "ANTHROPIC_BASE_URL", f"{URL}/p")
    yield editor("a variable of the shell's", {"ANTHROPIC_MODEL": "gw-${env:OWN}"}, {"ANTHROPIC_MODEL": "gw-own"}).add(
        "environment", "OWN", "own")
    yield editor("from a subfolder", {"ANTHROPIC_BASE_URL": f"{URL}/code"}, {"ANTHROPIC_BASE_URL": f"{URL}/code"}, folder="sub")


def launchers():
    def launch(name, profile="team", reference="ENV:GATEWAY_KEY", more=(), **where):
        setup = Setup(f"run script: {name}", starter="launcher", **where)
        values = [f"gateway.url={URL}/declared/v1", f"credential.ref={reference}", "models.default=gw-default",
                  "models.fast=gw-fast", "models.reasoning=gw-deep", "headers.x-test-a=one two", *more]
        setup.init = ["--profile", profile] + [word for value in values for word in ("--set", value)]
        setup.env["GATEWAY_KEY"] = "token-KEY"
        return setup

    for profile in ("solo", "team", "multi-model"):
        yield launch(f"{profile}", profile)
        yield launch(f"{profile} in a subfolder", profile, folder="sub")
    yield launch("x-api-key", reference="ENV:ANTHROPIC_API_KEY").add("environment", "ANTHROPIC_API_KEY", "key-KEY")
    yield launch("model of the environment").add("environment", "ANTHROPIC_MODEL", "gw-shell")
    yield launch("alias of the environment").add("environment", "ANTHROPIC_MODEL", "haiku")
    yield launch("url of the environment").add("environment", "ANTHROPIC_BASE_URL", f"{URL}/shell/v1/")
    yield launch("url of the env file").put("repo/.env", f'ANTHROPIC_BASE_URL="{URL}/file" # ours\nGATEWAY_KEY=file-KEY\n')
    yield launch("key of the env file").put("repo/.env", "GATEWAY_KEY='file-KEY'\nANTHROPIC_MODEL=gw-file\n")
    setup = launch("key of the env file alone").put("repo/.env", "export GATEWAY_KEY=file-KEY\nGATEWAY_KEY=last-KEY\n")
    del setup.env["GATEWAY_KEY"]
    yield setup
    yield launch("local file").add("local", "ANTHROPIC_BASE_URL", f"{URL}/local").add("local", model="gw-local")
    yield launch("local file from a subfolder", folder="sub").add("local", model="gw-local")
    yield launch("user file").add("user", "ANTHROPIC_BASE_URL", f"{URL}/user").add("user", model="gw-user").add(
        "user", apiKeyHelper="echo user-KEY")
    yield launch("managed file").add("managed", "ANTHROPIC_BASE_URL", f"{URL}/managed").add("managed", model="gw-managed")
    yield launch("both keys in the shell").add("environment", "ANTHROPIC_API_KEY", "other-KEY")
    yield launch("headers of the environment").add("environment", "ANTHROPIC_CUSTOM_HEADERS", "x-test-a: shell")
    setup = launch("--model").add("environment", "ANTHROPIC_MODEL", "gw-shell")
    setup.arguments = ["--model", "opus"]
    yield setup
    setup = launch("own --settings")
    setup.arguments = ["--settings", json.dumps({"model": "gw-own"})]
    yield setup
    setup = launch("no key")
    del setup.env["GATEWAY_KEY"]
    yield setup
    yield launch("the editor's URL is not the environment's").add("local", "ANTHROPIC_BASE_URL", f"{URL}/local").add(
        "environment", "ANTHROPIC_BASE_URL", f"{URL}/declared").add("environment", "TERM_PROGRAM", "vscode")


def setups():
    """All of them, in a fixed order."""
    parts = (urls, credentials, headers, models, folders, arguments, faults, managed_parts, editors, launchers)
    return [setup for part in parts for setup in part()]
