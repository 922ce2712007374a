"""Whether Alertmanager and direttore understand each other.

    witness.py --binary PROGRAM --alertmanager PROGRAM

A simulated lab, direttore with a hook, and Alertmanager with our receiver, all on loopback. Alerts begin and end through
Alertmanager's own interface; what direttore has of them is asked over REST.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE = 60
CHECKS = []


def check(what, is_so, otherwise=""):
    CHECKS.append((what, bool(is_so)))
    print(f"{'ok ' if is_so else 'NOT'} {what}{'' if is_so else f': {otherwise}'}")


def ask(url, data=None, token=None, headers=None):
    body = data if data is None or isinstance(data, bytes) else json.dumps(data).encode()
    request = urllib.request.Request(url, data=body, headers=headers or {})
    if body is not None and not isinstance(data, bytes):
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        text = answer.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else text


def until(what, found):
    """Asks until there is an answer that counts."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, socket.timeout):
            answer = found()
            if answer:
                return answer
        time.sleep(0.1)
    sys.exit(f"{what}: never")


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@contextlib.contextmanager
def running(arguments, **options):
    variables = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
    process = subprocess.Popen(arguments, env=variables, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def configure(folder, lab, port, secret, password):
    """What direttore is started with."""
    proxmox = lab["proxmox"]
    text = f"""
        [[proxmox]]
        name = "lab"
        url = "{proxmox['url']}"
        token_id = "{proxmox['token_id']}"
        token_secret = "{proxmox['token_secret']}"
        [http]
        listen = "127.0.0.1:{port}"
        [[hooks]]
        name = "main"
        from = "alertmanager"
        secret = "{secret}"
        [admin]
        password = "{password}"
        [alerts]
        storage_percent = 0
    """
    file = folder / "direttore.toml"
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def receiver(folder, port, secret):
    """What Alertmanager is started with."""
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps({
        "route": {"receiver": "direttore", "group_by": ["alertname"], "group_wait": "100ms", "group_interval": "200ms",
                  "repeat_interval": "1s"},
        "receivers": [{"name": "direttore", "webhook_configs": [{
            "url": f"http://127.0.0.1:{port}/hooks/alertmanager/main", "send_resolved": True,
            "http_config": {"authorization": {"credentials": secret}},
        }]}],
    }))
    return file


def post(url, name, node, begins, ends=None):
    alert = {
        "labels": {"alertname": name, "severity": "critical", "node": node},
        "annotations": {"summary": f"{node} is down"},
        "startsAt": begins.isoformat(), "generatorURL": "http://127.0.0.1/graph",
    }
    if ends:
        alert["endsAt"] = ends.isoformat()
    ask(f"{url}/api/v2/alerts", [alert])


def rows(url, token, state):
    answer = ask(f"{url}/api/v1/commands/alert/list", {"state": state}, token)
    table = answer["replies"][0].get("table", {"rows": []})
    return [dict(zip(table["columns"], row)) for row in table["rows"]]


def play(direttore, alertmanager, password):
    form = urllib.parse.urlencode({"username": "admin", "password": password}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    token = until("direttore lets in", lambda: ask(f"{direttore}/api/auth/token", form, headers=kind))["access_token"]
    until("Alertmanager is ready", lambda: ask(f"{alertmanager}/-/ready"))
    now = datetime.datetime.now(datetime.timezone.utc)
    for node in ("pve1", "pve2"):
        post(alertmanager, "NodeDown", node, now)
    firing = until("both fire", lambda: (found := rows(direttore, token, "firing")) and len(found) == 2 and found)
    check("both fire, as bad as they are", all(row["severity"] == "critical" for row in firing), firing)
    check("with their words", sorted(row["what"] for row in firing) == [
        "NodeDown: pve1 is down", "NodeDown: pve2 is down"], firing)
    # Alertmanager says it again each second.
    time.sleep(3)
    again = rows(direttore, token, "firing")
    check("what is said again is no news", again == firing, again)
    shown = ask(f"{direttore}/api/v1/commands/alert/show", {"alert": firing[0]["alert"]}, token)["replies"][0]
    check("it fired once", any(f["name"] == "fired" and f["value"] == "1 time" for f in shown["fields"]), shown)
    ended = datetime.datetime.now(datetime.timezone.utc)
    post(alertmanager, "NodeDown", "pve1", now, ended)
    left = until("one is over", lambda: (found := rows(direttore, token, "firing")) and len(found) == 1 and found)
    check("the other one goes on", left[0]["what"] == "NodeDown: pve2 is down", left)
    over = rows(direttore, token, "resolved")
    check("what is over is known", [row["what"] for row in over] == ["NodeDown: pve1 is down"], over)
    post(alertmanager, "NodeDown", "pve1", datetime.datetime.now(datetime.timezone.utc))
    back = until("it fires again", lambda: (found := rows(direttore, token, "firing")) and len(found) == 2 and found)
    check("by its name", {row["alert"] for row in back} == {row["alert"] for row in firing}, back)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--alertmanager", required=True)
    given = parser.parse_args()
    secret, password = secrets.token_hex(16), secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder = pathlib.Path(temporary)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        sim = stack.enter_context(running([given.binary, "sim", "--control", "--plain"], **pipes))
        lab = json.loads(sim.stdout.readline())
        own, theirs = free_port(), free_port()
        file = configure(folder, lab, own, secret, password)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
        stack.enter_context(running([given.binary, "serve", "--config", str(file)], **quiet))
        stack.enter_context(running([
            given.alertmanager, f"--config.file={receiver(folder, own, secret)}",
            f"--storage.path={folder / 'alertmanager'}", f"--web.listen-address=127.0.0.1:{theirs}",
            "--cluster.listen-address=",
        ], **quiet))
        play(f"http://127.0.0.1:{own}", f"http://127.0.0.1:{theirs}", password)
    bad = [what for what, is_so in CHECKS if not is_so]
    print(f"Alertmanager: {len(CHECKS) - len(bad)} of {len(CHECKS)} checks passed")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
