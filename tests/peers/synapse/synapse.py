"""Starts Synapse in a folder, or finds it running there, and prints its URL. A keeper ends it when nobody needs it.

    synapse.py FOLDER LOCK

LOCK is the number of the open file whose lock whoever starts it holds; it must not outlive the start.
"""

import fcntl
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request

CONFIG = """\
server_name: "localhost"
public_baseurl: "{url}/"
pid_file: "{folder}/own.pid"
listeners:
  - {{type: http, port: {port}, bind_addresses: ["127.0.0.1"], tls: false, resources: [{{names: [client], compress: false}}]}}
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db"}}}}
log_config: "{folder}/log.yaml"
media_store_path: "{folder}/media"
signing_key_path: "{folder}/signing.key"
macaroon_secret_key: "{secret}"
registration_shared_secret: "{secret}"
enable_registration: true
enable_registration_without_verification: true
bcrypt_rounds: 4
report_stats: false
serve_server_wellknown: false
suppress_key_server_warning: true
trusted_key_servers: []
federation_domain_whitelist: []
url_preview_enabled: false
presence: {{enabled: false}}
push: {{enabled: false}}
max_upload_size: 20M
caches: {{global_factor: 0.5}}
"""

# Every limit on how often something may be done, out of the way.
FREE = "{per_second: 10000, burst_count: 10000}"
LIMITS = f"""\
rc_message: {FREE}
rc_registration: {FREE}
rc_login: {{address: {FREE}, account: {FREE}, failed_attempts: {FREE}}}
rc_joins: {{local: {FREE}, remote: {FREE}}}
rc_joins_per_room: {FREE}
rc_invites: {{per_room: {FREE}, per_user: {FREE}, per_issuer: {FREE}}}
rc_media_create: {FREE}
rc_room_creation: {FREE}
rc_admin_redaction: {FREE}
"""

LOG = """\
version: 1
formatters: {{plain: {{format: "%(asctime)s %(levelname)s %(name)s %(message)s"}}}}
handlers: {{file: {{class: logging.FileHandler, formatter: plain, filename: "{folder}/log"}}}}
root: {{level: WARNING, handlers: [file]}}
disable_existing_loggers: false
"""

# How long nobody may need it before it ends.
GRACE = 30


def answers(url):
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(url + "/_matrix/client/versions", timeout=5) as answer:
            return "versions" in json.load(answer)
    except OSError:
        return False


def free_port():
    """Below the range that connections get theirs from."""
    while True:
        port = 16000 + secrets.randbelow(16000)
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def start(folder):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    values = {"folder": folder, "port": port, "url": url, "secret": secrets.token_hex(16)}
    (folder / "homeserver.yaml").write_text(CONFIG.format(**values) + LIMITS)
    (folder / "log.yaml").write_text(LOG.format(**values))
    run = [sys.executable, "-m", "synapse.app.homeserver", "--config-path", str(folder / "homeserver.yaml")]
    with open(folder / "console", "ab") as console:
        subprocess.run([*run, "--generate-keys"], cwd=folder, stdout=console, stderr=console, check=True)
        server = subprocess.Popen(
            run, cwd=folder, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
        )
    (folder / "pid").write_text(str(server.pid))
    end = time.monotonic() + 180
    while not answers(url):
        if server.poll() is not None or time.monotonic() > end:
            server.kill()
            sys.exit(f"Synapse did not start; see {folder}/console and {folder}/log")
        time.sleep(0.25)
    (folder / "url").write_text(url)
    return url, server


def is_unused(folder):
    with open(folder / "users", "a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            return False


def keep(folder, server):
    """Waits until nobody needs it, and ends it. Whoever starts it meanwhile holds the lock, and finds it or finds it gone."""
    unused = 0
    while server.poll() is None:
        time.sleep(1)
        unused = unused + 1 if is_unused(folder) else 0
        if unused < GRACE:
            continue
        with open(folder / "lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if is_unused(folder):
                (folder / "url").unlink(missing_ok=True)
                (folder / "pid").unlink(missing_ok=True)
                server.terminate()
                try:
                    server.wait(30)
                except subprocess.TimeoutExpired:
                    server.kill()


def main():
    folder, lock = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    known = folder / "url"
    if known.exists() and answers(known.read_text()):
        print(known.read_text())
        return
    url, server = start(folder)
    print(url, flush=True)
    if os.fork():
        return
    # The keeper is nobody's child and holds nothing that others wait for.
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.close(lock)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    keep(folder, server)


main()
