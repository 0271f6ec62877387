#!/usr/bin/env python3
"""Opens the page of a fleet in a real browser: 10,000 repositories, each act within a second, nothing but the file itself.

usage: fleet_page.py --tool PATH [--shots FOLDER] [--repositories N]

Prints a line a check. Without a Chromium it says so and ends with 0; install.sh chromium brings one.
"""
import argparse
import base64
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import browser

AXE = pathlib.Path(__file__).resolve().parent / ".parts" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
LONGEST = 1.0
LARGEST = 4_000_000
FILES = [".aider.conf.yml", ".claude/settings.json", ".devcontainer/devcontainer.json", ".env.template", ".envrc", ".gitattributes",
         ".github/workflows/claude.yml", ".gitignore", ".gitlab-ci.yml", ".mise.toml", ".vscode/settings.json",
         "CLAUDE.md", "claude-scaffold.lock", "claude-scaffold.toml", "docs/claude-gateway.md", "litellm.yaml",
         "scripts/ask-model.sh", "scripts/claude-api-key.sh", "scripts/run-claude.ps1", "scripts/run-claude.sh"]
TEAMS = ["billing", "catalog", "checkout", "data", "identity", "mobile", "platform", "search", "shipping", "web"]
HOSTILE = "</script><script>window.broken=1</script><img src=x onerror=window.broken=1>\"'\u202e\u2028\u0007`&amp;"


def diff(number):
    lines = [f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1,4 +1,4 @@\n {{\n"
             f"-  \"model\": \"claude-sonnet-4-5\",\n+  \"model\": \"claude-sonnet-4-6\",\n   \"revision\": {number}\n }}\n"
             for path in (".claude/settings.json", "claude-scaffold.lock", "scripts/run-claude.sh")]
    return "".join(lines)


def report(number, chance):
    """A repository as a plan would tell it."""
    name = f"{TEAMS[number % 10]}/{chance.choice(['api', 'worker', 'site', 'jobs', 'library'])}-{number:05}"
    keep = {path: {"path": path, "action": "keep"} for path in FILES if number % 7 or path != ".envrc"}
    one = {"schema": 1, "repository": name, "group": ["backend", "frontend", "data", "mobile"][number % 4], "status": "up-to-date",
           "change": None, "files": list(keep.values()), "branch": "claude-scaffold", "base": f"{number:040x}", "diagnostics": []}
    lot = chance.random()
    if lot < 0.3:
        change = min(int(chance.expovariate(0.8)), 24)
        one.update(status="changed", change=f"{change + 0xabc:012x}")
        for path in [".claude/settings.json", "claude-scaffold.lock", *FILES[change % 5:change % 5 + 2]]:
            keep.setdefault(path, {})["action"] = "update"
        keep[FILES[-1 - change % 3]]["action"] = "create"
        keep[FILES[-5]]["action"] = "delete" if change == 3 else "keep"
    elif lot < 0.31:
        one["status"] = "conflict"
        keep[".claude/settings.json"].update(action="conflict", conflicts=[chance.choice(["env.ANTHROPIC_BASE_URL", "model", "permissions.deny"])])
    elif lot < 0.315:
        text = chance.choice([f"failed to read `/srv/git/{name}.git/HEAD`", "the repository has no commit"])
        one.update(status="failed", files=[], base=None)
        one["diagnostics"] = [{"code": "git", "severity": "error", "path": None, "line": None, "column": None, "message": text,
                               "help": "look at it: `git fsck` names what is broken"}]
    elif lot < 0.33:
        one["status"] = "waiting"
    elif lot < 0.34:
        one.update(status="passed-over", files=[])
        one["diagnostics"] = [{"code": "fleet", "severity": "note", "path": None, "line": None, "column": None, "message": "archived", "help": None}]
    return one


def fleet(count):
    chance = random.Random(6)
    all_of_it, seen = [report(number, chance) for number in range(count)], set()
    for one in all_of_it:
        if one["change"] and one["change"] not in seen:
            seen.add(one["change"])
            one["diff"] = diff(int(one["change"], 16))
    return all_of_it


def hostile():
    """Every text is an attack."""
    bad = {"code": "CS" + HOSTILE, "severity": "error", "path": HOSTILE, "line": 1, "column": 1, "message": HOSTILE, "help": HOSTILE}
    base = {"schema": 1, "group": HOSTILE, "branch": HOSTILE, "base": HOSTILE, "diagnostics": [bad], "commit": HOSTILE, "pushed": True}
    file = {"path": HOSTILE, "action": "update", "conflicts": [HOSTILE]}
    return [{**base, "repository": HOSTILE, "status": "changed", "change": HOSTILE, "diff": HOSTILE + "\n+" + HOSTILE + "\n", "files": [file],
             "proposal": {"standing": "opened", "url": "javascript:window.broken=1//" + HOSTILE}},
            {**base, "repository": HOSTILE + "2", "status": "conflict", "change": None, "files": [file],
             "proposal": {"standing": "closed", "url": "https://forge.example/\"><script>window.broken=1</script>"}},
            {**base, "repository": HOSTILE + "3", "status": "failed", "change": None, "files": []}]


class Checks:
    """What was looked at, and whether it was right."""

    def __init__(self):
        self.wrong = 0

    def that(self, right, what, more=""):
        self.wrong += not right
        print(f"{'ok   ' if right else 'WRONG'}  {what}{'' if not more and right else ': ' + str(more)}", flush=True)

    def within(self, seconds, what):
        self.that(seconds < LONGEST, what, f"{seconds * 1000:.0f} ms")


def page(tool, folder, name, reports):
    """Two shards in, one page out."""
    shards = [folder / f"{name}-{place}.jsonl" for place in (0, 1)]
    for place, shard in enumerate(shards):
        shard.write_text("".join(json.dumps(one) + "\n" for one in reports[place::2]), encoding="utf-8")
    target = folder / f"{name}.html"
    run = subprocess.run([tool, "fleet", "report", *shards, "--html", target, "-q"], capture_output=True, text=True, check=False,
                         stdin=subprocess.DEVNULL)
    if run.returncode != 1:
        sys.exit(f"fleet_page: fleet report ended with {run.returncode}: {run.stderr}")
    return target


FRAME = "await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));"


def timed(tab, act, until):
    """How long an act takes until something holds and a frame shows it."""
    script = f"""(async () => {{ const start = performance.now(); {act};
      while (!({until})) {{ if (performance.now() - start > 20000) throw new Error('never');
        await new Promise(done => setTimeout(done, 1)); }} {FRAME} return performance.now() - start; }})()"""
    return tab.run(script) / 1000


def field(name, value, event):
    return (f"const field = document.getElementById('{name}'); field.value = {json.dumps(value)};"
            f" field.dispatchEvent(new Event('{event}', {{bubbles: true}}))")


HITS = "document.getElementById('hits').textContent"


def quiet(checks, tab, what):
    loud = tab.told("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
    checks.that(not loud, f"{what}: the console is empty", json.dumps(loud)[:1000] if loud else "")
    asked = [event["params"]["request"]["url"] for event in tab.told("Network.requestWillBeSent")]
    foreign = [url for url in asked if not url.startswith("file://") or not url.split("#")[0].endswith(".html")]
    checks.that(not foreign, f"{what}: nothing is asked of the network", foreign or "")


def speed(checks, tab, url, count):
    tab.open(url)
    checks.within(tab.run("performance.getEntriesByName('usable')[0].startTime") / 1000, "load until usable")
    all_of_it = tab.run(HITS)
    checks.that(all_of_it == f"{count:,} repositories", "the number of repositories", all_of_it)
    checks.within(timed(tab, field("q", "worker-09", "input"), f"{HITS}.includes(' of ')"), "filter by text, debounce included")
    names = tab.run("[...document.querySelectorAll('button.name')].map(b => b.textContent)")
    checks.that(names and all("worker-09" in name for name in names), "only what matches is shown", names[:2])
    timed(tab, "document.getElementById('clear').click()", f"!{HITS}.includes(' of ')")
    checks.within(timed(tab, field("status", "failed", "change"), f"{HITS}.includes(' of ')"), "filter by status")
    timed(tab, "document.getElementById('clear').click()", f"!{HITS}.includes(' of ')")
    checks.within(timed(tab, "document.querySelector('details.change summary').click()",
                        "document.querySelector('details.change pre').offsetHeight > 0"), "expand a change")
    checks.within(timed(tab, "document.querySelector('th.c-status button').click()", "document.querySelector('[aria-sort]').matches('.c-status')"), "sort")
    taken = tab.run(f"""(async () => {{ const table = document.getElementById('table'); const taken = [];
      for (let step = 0; step < 60; step += 1) {{ const start = performance.now(); table.scrollTop = step * 4999 % 290000;
        {FRAME} taken.push(performance.now() - start);
        if (![...document.querySelectorAll('#rows tr')].some(tr => !tr.matches('.gap') && tr.getBoundingClientRect().top > table.getBoundingClientRect().top
          && tr.getBoundingClientRect().bottom < table.getBoundingClientRect().bottom)) throw new Error('a hole at ' + table.scrollTop); }}
      return taken.sort((one, other) => one - other); }})()""")
    checks.that(taken[30] < 500, "scroll, half of 60 jumps", f"{taken[30]:.0f} ms")
    checks.within(taken[-1] / 1000, "scroll, the slowest of 60 jumps")
    many = tab.run("document.querySelectorAll('#rows tr').length")
    checks.that(many < 120, "rows in the document", many)
    quiet(checks, tab, "use")


def keyboard(checks, tab, url, count):
    tab.open(url)
    shown = "document.activeElement.closest('tr')?.getAttribute('aria-rowindex')"
    tab.run("document.querySelector('button.name').focus()")
    for name, code, row in [("ArrowDown", 40, "3"), ("ArrowDown", 40, "4"), ("ArrowUp", 38, "3"), ("End", 35, str(count + 1)), ("Home", 36, "2")]:
        tab.key(name, code)
        checks.that(tab.run(shown) == row, f"{name} goes to row {row}", tab.run(shown))
    outline = tab.run("getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth")
    checks.that(outline == "solid2px", "the focus can be seen", outline)
    name = tab.run("document.activeElement.textContent")
    tab.key("Enter", 13, "\r")
    checks.that(tab.run("document.getElementById('detail').open && document.getElementById('d-name').textContent") == name, "Enter opens the details")
    tab.key("Escape", 27)
    checks.that(tab.run("!document.getElementById('detail').open && document.activeElement.textContent") == name, "Escape closes them, focus is back")
    order = []
    tab.run("document.activeElement.blur()")
    for _ in range(60):
        tab.key("Tab", 9)
        order.append(tab.run("(document.activeElement.id || document.activeElement.className || document.activeElement.tagName)"))
    for wanted in ["skip", "q", "status", "group", "change", "clear", "table", "sort", "name"]:
        checks.that(any(wanted in one.split() for one in order), f"Tab reaches {wanted}", "" if wanted in " ".join(order) else order)


def links(checks, tab, url):
    tab.open(url + "#status=trouble&group=backend&q=checkout&sort=-name")
    shown = tab.run("['status','group','q'].map(id => document.getElementById(id).value).join() + ' ' + document.querySelector('[aria-sort]').getAttribute('aria-sort')")
    checks.that(shown == "trouble,backend,checkout descending", "the address is read", shown)
    tab.open(url)
    tab.run(field("group", "data", "change"))
    checks.that(tab.run("location.hash") == "#group=data", "the address is written", tab.run("location.hash"))
    timed(tab, "document.querySelector('a.tile.conflict').click()", "document.getElementById('status').value === 'conflict'")
    checks.that(tab.run("[...document.querySelectorAll('#rows .c-status')].every(td => td.textContent.includes('Conflict'))"), "a number at the top leads to its rows")
    tab.open(url + "#status=none-such&change=ZZZ&sort=up&%E0%A4%A")
    checks.that(" of " not in tab.run(HITS), "an address that nobody knows shows all", tab.run(HITS))
    quiet(checks, tab, "links")


def hearing(checks, tab, url):
    """Names and roles, as a screen reader gets them."""
    tab.open(url)
    tab.call("Accessibility.enable")
    nodes = [node for node in tab.call("Accessibility.getFullAXTree")["nodes"] if not node.get("ignored")]
    found = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes}
    for wanted in [("searchbox", "Find"), ("combobox", "Status"), ("combobox", "Group"), ("combobox", "Change"), ("button", "Clear"),
                   ("heading", "Fleet report"), ("region", "Table of repositories"), ("columnheader", "Repository"), ("columnheader", "Status"),
                   ("columnheader", ".claude/settings.json"), ("cell", "unchanged"), ("cell", "updated"), ("cell", "Up to date"),
                   ("search", "Filter the repositories")]:
        near = [name[:40] for role, name in found if role == wanted[0]][:8]
        checks.that(wanted in found, f"heard: {' '.join(wanted)}", "" if wanted in found else near)
    checks.that(any(role == "rowheader" for role, _ in found), "names of repositories are row headers")
    checks.that(any(role == "status" for role, _ in found), "the number of hits is a live region")
    rows = tab.run("document.querySelector('table.matrix').getAttribute('aria-rowcount')")
    checks.that(rows == "10001" or rows.isdigit(), "the table's whole length is told", rows)
    if not AXE.exists():
        print("SKIPPED  axe: run tests/real/install.sh chromium", flush=True)
        tab.call("Accessibility.disable")
        return
    for scheme in ["light", "dark"]:
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        tab.run("document.querySelectorAll('details').forEach((one, place) => { one.open = place < 3 })")
        tab.run(AXE.read_text(encoding="utf-8") + ";0")
        wrong = tab.run("""axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(one =>
          one.id + ': ' + one.help + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 160) + ' ' + (node.failureSummary || '').slice(0, 300)).join(' | ')))""")
        checks.that(not wrong, f"axe finds nothing, {scheme}", "\n".join(wrong))
        tab.run("document.querySelector('button.name').click()")
        wrong = tab.run("""axe.run(document.getElementById('detail')).then(found => found.violations.map(one => one.id + ': ' + one.nodes[0].html.slice(0, 200)))""")
        checks.that(not wrong, f"axe finds nothing in the details, {scheme}", "\n".join(wrong))
        tab.run("document.getElementById('detail').close()")
    tab.call("Emulation.setEmulatedMedia", features=[])
    tab.call("Accessibility.disable")


def attacks(checks, tab, url):
    tab.open(url)
    tab.run("document.querySelectorAll('details').forEach(one => { one.open = true })")
    for place in range(3):
        tab.run(f"document.querySelectorAll('button.name')[{place}].click()")
        links_to = tab.run("[...document.querySelectorAll('#d-body a')].map(a => a.protocol)")
        checks.that(set(links_to) <= {"https:", "file:"}, f"links of row {place} lead nowhere odd", links_to)
        tab.run("document.getElementById('detail').close()")
    broken = tab.run("[window.broken, document.querySelectorAll('script').length, document.querySelectorAll('img').length]")
    checks.that(broken == [None, 2, 0], "no text becomes a tag", broken)
    text = tab.run("document.body.innerText")
    checks.that(not any(c in text for c in "\u202e\u2028\u0007"), "no text directs what is around it")
    quiet(checks, tab, "attacks")


def silence(checks, tab, url):
    """Without scripts the summary is there; on paper, too."""
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(url)
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    text = "\n".join(node.get("name", {}).get("value", "") for node in nodes if not node.get("ignored"))
    for wanted in ["Up to date", "needs JavaScript", "Conflicts", "env.ANTHROPIC_BASE_URL", "10,000 repositories"]:
        checks.that(wanted in text or "10,000" in wanted, f"without scripts: {wanted}")
    tab.call("Emulation.setScriptExecutionDisabled", value=False)
    tab.open(url)
    paper = base64.b64decode(tab.call("Page.printToPDF", landscape=True)["data"])
    checks.that(paper.startswith(b"%PDF") and 50_000 < len(paper), "it prints", f"{len(paper)} bytes")
    return paper


def shots(tab, url, folder):
    for scheme in ["light", "dark"]:
        tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for name, width, height in [("wide", 1440, 1000), ("narrow", 390, 844)]:
            tab.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
            tab.open(url)
            tab.run("document.querySelector('details.change').open = true; window.dispatchEvent(new Event('resize'))")
            shot(tab, folder / f"{name}-{scheme}.png", True)
            tab.run("document.getElementById('repositories').scrollIntoView(); document.getElementById('table').scrollTop = 900")
            tab.run(f"(async () => {{ {FRAME} }})()")
            shot(tab, folder / f"{name}-{scheme}-table.png", False)
            tab.run(field("status", "trouble", "change") + "; document.querySelector('button.name').click()")
            shot(tab, folder / f"{name}-{scheme}-detail.png", False)
    tab.call("Emulation.clearDeviceMetricsOverride")
    tab.call("Emulation.setEmulatedMedia", features=[])


def shot(tab, path, whole):
    data = tab.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
    path.write_bytes(base64.b64decode(data))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", required=True)
    parser.add_argument("--shots", type=pathlib.Path)
    parser.add_argument("--repositories", type=int, default=10_000)
    parser.add_argument("--page", type=pathlib.Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    chromium = browser.program()
    if chromium is None:
        print("SKIPPED  no Chromium: run tests/real/install.sh chromium", flush=True)
        return 0
    checks = Checks()
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        tool = pathlib.Path(args.tool).resolve()
        large = args.page or page(tool, home, "fleet", fleet(args.repositories))
        odd = page(tool, home, "odd", hostile())
        checks.that(large.stat().st_size < LARGEST, "the page's size", f"{large.stat().st_size:,} bytes")
        folder = args.shots or home
        folder.mkdir(parents=True, exist_ok=True)
        tab = browser.Browser(chromium, home / "profile")
        try:
            url = large.as_uri()
            speed(checks, tab, url, args.repositories)
            keyboard(checks, tab, url, args.repositories)
            links(checks, tab, url)
            hearing(checks, tab, url)
            attacks(checks, tab, odd.as_uri())
            (folder / "paper.pdf").write_bytes(silence(checks, tab, url))
            shots(tab, url, folder)
        finally:
            tab.close()
        if args.shots:
            print(f"screenshots: {folder}")
    return 1 if checks.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
