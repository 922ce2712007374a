"""A headless Chromium, spoken to through its pipes (the DevTools protocol), that reaches nothing but loopback."""

import base64
import json
import os
import select
import subprocess
import tempfile
import time


class Browser:
    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        # Descriptors 3 and 4 are what it reads and writes.
        to_it, self.writing = os.pipe()
        self.reading, from_it = os.pipe()

        def pipes():
            taken = os.dup(to_it), os.dup(from_it)
            os.dup2(taken[0], 3)
            os.dup2(taken[1], 4)

        arguments = [
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
            "--disable-component-update",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            f"--user-data-dir={self.folder.name}",
            "--window-size=1200,1600",
            "--remote-debugging-pipe",
            "about:blank",
        ]
        self.process = subprocess.Popen(
            arguments, pass_fds=(3, 4), preexec_fn=pipes, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_it)
        os.close(from_it)
        self.last, self.session, self.unread, self.events = 0, None, b"", []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        for end in (self.reading, self.writing):
            os.close(end)
        self.folder.cleanup()

    def heard(self, until):
        """The next message, or nothing when none comes in time."""
        while b"\0" not in self.unread:
            ready, _, _ = select.select([self.reading], [], [], max(0, until - time.monotonic()))
            if not ready:
                return None
            part = os.read(self.reading, 1 << 20)
            if not part:
                raise SystemExit("tests/peers/explorer: the browser ended")
            self.unread += part
        message, self.unread = self.unread.split(b"\0", 1)
        return json.loads(message)

    def do(self, method, **parameters):
        """Says something, and gives its answer; what happens meanwhile is kept."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + 60
        while (told := self.heard(end)) is not None:
            if told.get("id") == self.last:
                if "error" in told:
                    raise SystemExit(f"tests/peers/explorer: {method}: {told['error']}")
                return told["result"]
            self.events.append(told)
        raise SystemExit(f"tests/peers/explorer: {method} is not answered")

    def open(self, url):
        """A page of its own; all that goes on in it is kept in `events`."""
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.do(f"{domain}.enable")
        self.do("Page.navigate", url=url)

    def evaluate(self, script):
        told = self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise SystemExit(f"tests/peers/explorer: {script}: {told['exceptionDetails']}")
        return told["result"].get("value")

    def until(self, what, script):
        """Looks until a script says something, and gives that."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if seen := self.evaluate(script):
                return seen
            time.sleep(0.05)
        raise SystemExit(f"tests/peers/explorer: waited in vain: {what}")

    def click(self, what, selector):
        shown = f"document.querySelector({json.dumps(selector)})"
        self.until(what, f"{shown} !== null")
        self.evaluate(f"{shown}.scrollIntoView(); {shown}.click()")

    def type(self, selector, text):
        self.until(selector, f"document.querySelector({json.dumps(selector)}) !== null")
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self.do("Input.insertText", text=text)

    def picture(self, file):
        shown = self.do("Page.captureScreenshot", format="png")
        with open(file, "wb") as out:
            out.write(base64.b64decode(shown["data"]))
