"""The two servers: ours in a demo, and Radicale, each with an account that calendar programs sign in with."""

import json
import pathlib
import socket
import subprocess
import sys
import time


class Ours:
    """A demo of direttore. The password is made by what is said through its pipe."""

    def __init__(self, binary):
        self.process = subprocess.Popen(
            [binary, "demo", "--json", "--http", "127.0.0.1:0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = json.loads(self.process.stdout.readline())["http"] + "/dav/"
        self.user = "admin"
        self.password = self.token("witness")
        self.name = "direttore"

    def say(self, line):
        """One line; gives the replies to it."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        replies = []
        while True:
            told = json.loads(self.process.stdout.readline())
            if "line" in told and len(told) == 1:
                return replies
            replies.append(told)

    def token(self, name):
        reply = self.say(f"/token new caldav {name}")[0]
        return next(field["value"] for field in reply["fields"] if field["name"] == "secret")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)


class Radicale:
    """On loopback, with a folder and a password of its own."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (folder / "users").write_text("admin:witness\n")
        config = folder / "radicale.ini"
        config.write_text(
            f"[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {folder}/users\n"
            "htpasswd_encryption = plain\ndelay = 0\n"
            f"[storage]\nfilesystem_folder = {folder}/collections\n[logging]\nlevel = error\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", str(config)], stderr=subprocess.DEVNULL
        )
        self.url, self.user, self.password, self.name = f"http://127.0.0.1:{port}/", "admin", "witness", "Radicale"
        end = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), 1):
                    return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
