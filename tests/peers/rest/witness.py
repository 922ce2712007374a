"""schemathesis against a demo: as nobody, as a viewer and as an administrator. No 5xx, nothing that is not described.

Each has a demo of its own, so that what one of them does is nothing to the next, and an API token, which no sign-out
ends. An administrator must not delete the own account: hooks.py sees to that.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).parent
BIN = pathlib.Path(sys.executable).parent
SEED = "20260105"


class Demo:
    def __init__(self, binary):
        env = {**os.environ, "DIRETTORE_DEMO_TASK_MS": "10,40"}
        self.process = subprocess.Popen(
            [binary, "demo", "--json", "--http", "127.0.0.1:0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip
        self.url = json.loads(self.process.stdout.readline())["http"]

    def token(self, who):
        self.process.stdin.write(f"@{who} /token new api witness\n")
        self.process.stdin.flush()
        while "line" not in (told := json.loads(self.process.stdout.readline())):
            for field in told.get("fields", []):
                if field["name"] == "secret":
                    return field["value"]
        sys.exit(f"tests/peers/rest: no token for {who}")

    def stop(self):
        """Ends it; gives what it logged."""
        _, log = self.process.communicate(timeout=60)
        return log


def account(url, token):
    request = urllib.request.Request(f"{url}/api/auth/me", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as told:
        return str(json.load(told)["id"])


def run(binary, who, phases, examples):
    """How many cases were tried."""
    demo = Demo(binary)
    env, headers = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}, []
    if who:
        token = demo.token(who)
        headers = ["--header", f"Authorization: Bearer {token}"]
        env["WITNESS_ACCOUNT"] = account(demo.url, token)
    arguments = [
        "--checks", "all", "--phases", phases, "--max-examples", str(examples), "--seed", SEED, "--no-color",
        "--warnings", "off", "--continue-on-failure", "--request-timeout", "45", "--workers", "1",
        # A path of several words is drawn often before it fits.
        "--suppress-health-check", "all",
    ]  # fmt: skip
    command = [BIN / "st", "--config-file", HERE / "schemathesis.toml", "run", f"{demo.url}/api/openapi.json"]
    with tempfile.TemporaryDirectory() as folder:
        # What it remembers of a run is for nobody.
        told = {"capture_output": True, "text": True, "timeout": 600, "env": env, "cwd": folder}
        done = subprocess.run([*command, *arguments, *headers], **told)
    log = demo.stop()
    tried = re.search(r"(\d+) generated", done.stdout)
    if done.returncode != 0 or not tried:
        sys.exit(f"tests/peers/rest, as {who or 'nobody'}:\n{done.stdout}\n{done.stderr}")
    # Bugs that were answered otherwise.
    bugs = [line for line in log.splitlines() if "bug" in line or "panic" in line]
    if bugs:
        sys.exit(f"tests/peers/rest, as {who or 'nobody'}: {bugs[:5]}")
    return int(tried[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    given = parser.parse_args()
    parts = [(None, "coverage", 4), ("viewer", "coverage,fuzzing", 6), ("admin", "coverage,fuzzing,stateful", 10)]
    for who, phases, examples in parts:
        print(f"tests/peers/rest: {run(given.binary, who, phases, examples)} cases as {who or 'nobody'} passed", flush=True)


main()
