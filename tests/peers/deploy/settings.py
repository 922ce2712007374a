"""Whether direttore knows the settings that the unit, the compose file and the ConfigMap give it.

    settings.py --binary PROGRAM --compose PROGRAM

Each is read as it would be read there, with files in place of the secrets, by `direttore config`, which refuses a key that
it does not know and a secret that is not there. Variables come to it by --env-file.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

DEPLOY = pathlib.Path("deploy")
# Secrets of the form that each wants; any other is a token.
OF_FORM = {"database": "postgres://direttore:secret@postgres/direttore", "signing": "0123456789" * 4}
PROXMOX = '[[proxmox]]\nname = "lab"\nurl = "https://pve1.example:8006"\ntoken_id = "direttore@pve!bot"\n'
# The sections that the settings of the unit belong to, those that stand there as a comment too.
SECTIONS = """
[netbox]
url = "https://netbox.example"
[discord]
application_id = "1000000000000000001"
guild_id = "1000000000000000002"
[http]
listen = "127.0.0.1:8443"
tls_cert = "/etc/direttore/tls.crt"
"""


def moved(folder, text, names):
    """`text` with the folder of its secrets replaced by ours, with a file for each name after it."""
    secrets = folder / "secrets"
    secrets.mkdir(exist_ok=True)
    for name in set(re.findall(rf"(?:{names})/([a-z-]+)", text)):
        content = next((form for start, form in OF_FORM.items() if name.startswith(start)), "0" * 40)
        (secrets / name).write_text(content)
        (secrets / name).chmod(0o600)
    return re.sub(names, str(secrets), text)


def read(given, what, folder, toml, environment):
    (folder / "direttore.toml").write_text(toml)
    (folder / "variables").write_text("".join(f"{key}='{value}'\n" for key, value in environment.items()))
    command = [given.binary, "config", "--config", folder / "direttore.toml", "--env-file", folder / "variables"]
    said = subprocess.run(command, env={}, capture_output=True, text=True)
    if said.returncode != 0:
        print(f"{what}: {said.stderr.strip()}")
        return 1
    print(f"{what}: {len(environment)} variables and {len(toml.splitlines())} lines are known")
    return 0


def unit(given, folder):
    lines = re.findall(r"^#?Environment=(.+)$", (DEPLOY / "direttore.service").read_text(), re.MULTILINE)
    credentials = re.findall(r"^#?LoadCredential=([a-z-]+):", (DEPLOY / "direttore.service").read_text(), re.MULTILINE)
    named = re.findall(r"%d/([a-z-]+)", "\n".join(lines))
    if sorted(named) != sorted(credentials):
        print(f"direttore.service: credentials {credentials}, but the environment names {named}")
        return 1
    environment = dict(line.split("=", 1) for line in moved(folder, "\n".join(lines), "%d").splitlines())
    return read(given, "direttore.service", folder, PROXMOX + SECTIONS, environment)


def compose(given, folder):
    command = [given.compose, "--file", DEPLOY / "compose.yaml", "config", "--format", "json"]
    project = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    service = project["services"]["direttore"]
    given_to_it = {secret["target"] for secret in service["secrets"]}
    text = json.dumps(service["environment"])
    missing = set(re.findall(r"/run/secrets/[a-z-]+", text)) ^ given_to_it
    if missing:
        print(f"compose.yaml: secrets that are only named, or only given: {sorted(missing)}")
        return 1
    return read(given, "compose.yaml", folder, PROXMOX, json.loads(moved(folder, text, "/run/secrets")))


def config_map(given, folder):
    toml = yaml.safe_load((DEPLOY / "kubernetes/configmap.yaml").read_text())["data"]["direttore.toml"]
    return read(given, "kubernetes/configmap.yaml", folder, moved(folder, toml, "/run/secrets/direttore"), {})


def main():
    parser = argparse.ArgumentParser()
    for name in ("--binary", "--compose"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    given = parser.parse_args()
    failed = 0
    for look in (unit, compose, config_map):
        with tempfile.TemporaryDirectory() as folder:
            failed += look(given, pathlib.Path(folder))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
