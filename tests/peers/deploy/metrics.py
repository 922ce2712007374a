"""Whether Prometheus can read what direttore shows, and whether dashboard and rules ask for what is there.

    metrics.py --binary PROGRAM --promtool PROGRAM --folder FOLDER

A demo is used a little and asked for its /metrics. promtool judges that, the rules with their tests beside this file, and
each expression of the dashboard.
Every metric that is named must be in it, or stand in docs/metrics.md as one that comes only with use.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import yaml

DEPLOY = pathlib.Path("deploy")
RULES = DEPLOY / "prometheus" / "alerts.yml"
TESTS = pathlib.Path("tests/peers/deploy/alerts.yml")
DASHBOARD = DEPLOY / "grafana" / "direttore.json"
# What Grafana puts in, and Prometheus would not know.
VARIABLES = {"$__rate_interval": "5m", "$job": "direttore", "$instance": ".*", "${datasource}": "prometheus"}
# Of Prometheus itself, in the rules.
OTHERS = {"up"}


def ask(url, data=None, token=None):
    request = urllib.request.Request(url, data=data)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def shown(binary):
    """What a demo shows once it was used."""
    variables = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
    demo = subprocess.Popen(
        [binary, "demo", "--json", "--http", "127.0.0.1:0"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables, text=True,
    )
    try:
        ready = json.loads(demo.stdout.readline())
        url, password = ready["http"], ready["accounts"]["operator"]
        form = {"username": "operator", "password": "wrong"}
        ask(f"{url}/api/auth/token", urllib.parse.urlencode(form).encode())
        form["password"] = password
        token = json.loads(ask(f"{url}/api/auth/token", urllib.parse.urlencode(form).encode()))["access_token"]
        ask(f"{url}/api/proxmox/nodes", token=token)
        return ask(f"{url}/metrics")
    finally:
        demo.stdin.close()
        try:
            demo.wait(timeout=30)
        except subprocess.TimeoutExpired:
            demo.kill()


def promtool(given, what, *arguments, text=None):
    said = subprocess.run([given.promtool, *arguments], input=text, capture_output=True, text=True)
    if said.returncode != 0:
        print(f"{what}: {said.stdout}{said.stderr}", file=sys.stderr)
    return said.returncode == 0


def dashboard():
    """Its panels' titles and expressions, as Prometheus would be asked."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for variable, value in VARIABLES.items():
                expression = expression.replace(variable, value)
            yield panel["title"], expression


def names(expression):
    """Metrics that it names: words that are followed by a selector, or stand alone between operators."""
    without = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    without = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", "", without)
    return set(re.findall(r"\b(direttore_[a-z_]+|up)\b", without))


def labels(expression):
    """Labels that are asked for beside a metric of ours, each with its metric."""
    for metric, selectors in re.findall(r"(direttore_[a-z_]+)\{([^}]*)\}", expression):
        for label in re.findall(r'([a-z_]+)\s*(?:=~|!~|!=|=)\s*"', selectors):
            yield metric, label


def documented():
    """Each metric with its labels, and those that come only with use."""
    all_of_them, with_use = {}, set()
    for line in pathlib.Path("docs/metrics.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 5 or not cells[0].startswith("`direttore_"):
            continue
        name, kind, own, there, _ = cells
        parts = [name.strip("`")]
        if kind == "histogram":
            parts = [parts[0] + end for end in ("_bucket", "_sum", "_count")]
        for part in parts:
            all_of_them[part] = set(re.findall(r"`([a-z_]+)`", own)) | ({"le"} if part.endswith("_bucket") else set())
            if there == "with use":
                with_use.add(part)
    return all_of_them, with_use


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--promtool", required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    given = parser.parse_args()
    text = shown(given.binary)
    there = set(re.findall(r"^(direttore_[a-z_]+)[{ ]", text, re.MULTILINE))
    known, with_use = documented()
    wrong = [f"/metrics has {name}, and docs/metrics.md has not" for name in sorted(there - set(known))]
    wrong += [f"/metrics has no {name}" for name in sorted(set(known) - with_use - there)]
    if not promtool(given, "promtool check metrics", "check", "metrics", text=text):
        wrong.append("promtool finds fault with /metrics")
    if not promtool(given, "promtool check rules", "check", "rules", "--lint-fatal", str(RULES)):
        wrong.append(f"promtool finds fault with {RULES}")
    if not promtool(given, "promtool test rules", "test", "rules", str(TESTS)):
        wrong.append(f"the rules do not speak up as {TESTS} says")
    panels = list(dashboard())
    # Recording rules are expressions too.
    asked = [{"record": f"panel:{at}", "expr": expression} for at, (_, expression) in enumerate(panels)]
    (given.folder / "dashboard.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": asked}]}))
    if not promtool(given, "the dashboard", "check", "rules", "--lint=none", str(given.folder / "dashboard.yml")):
        wrong.append(f"promtool finds fault with {DASHBOARD}")
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    for title, expression in panels + [(rule["alert"], rule["expr"]) for rule in rules]:
        for name in sorted(names(expression) - OTHERS):
            if name not in there and name not in with_use:
                wrong.append(f"{title}: nothing is called {name}")
        for metric, label in labels(expression):
            if label not in known.get(metric, set()) | {"job", "instance"}:
                wrong.append(f"{title}: {metric} has no label {label}")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"metrics: promtool reads {len(there)} of them, {len(rules)} rules and {len(panels)} expressions of the dashboard")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
