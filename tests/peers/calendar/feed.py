"""Writes the feeds of a demo, with reservations whose titles are odd, as files into a folder.

    feed.py --binary PROGRAM --folder FOLDER
"""

import argparse
import json
import pathlib
import subprocess
import urllib.request

TITLES = [
    "kernel tests",
    'a \\"quoted\\" title; with, all \\\\ of it: and more',
    "emoji 🚀🧪 and letters äöü ßñ 日本語 عربى",
    "long " * 24,
    "BEGIN:VEVENT",
    "ends with a backslash \\\\",
    "\tblanks   \u00a0 and \u200b others\u2028here",
    "",
]


class Demo:
    """Talked to by lines."""

    def __init__(self, binary):
        command = [binary, "demo", "--json", "--http", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        json.loads(self.process.stdout.readline())

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        replies = []
        while True:
            told = json.loads(self.process.stdout.readline())
            if "line" in told and len(told) == 1:
                return replies
            replies.append(told)

    def done(self, line):
        reply = self.say(line)[0]
        assert reply["tone"] in ("success", "warning"), f"{line}: {reply}"
        return reply

    def address(self, line):
        fields = self.done(line)["fields"]
        return next(field["value"] for field in fields if field["name"] == "address")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)


def fetch(url, etag=None):
    request = urllib.request.Request(url, headers={"If-None-Match": etag} if etag else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    asked = parser.parse_args()
    demo = Demo(asked.binary)
    try:
        for day, title in enumerate(TITLES, 1):
            said = f' title="{title}"' if title else ""
            demo.done(f'/reserve new pve1 from="in {day} days" for=2h note="two; lines, \\\\n of {day}"{said}')
        demo.done('/reserve new pve2 from="in 1 day" for=1h repeat="FREQ=WEEKLY;COUNT=3" title=weekly')
        demo.done('/reserve wait pve1 from="in 1 day" for=1h')
        demo.done('/reserve change R-2 from="in 20 days" for=3h')
        demo.done("/reserve cancel R-3")
        demo.done("/reserve change R-4 what=pve3")
        addresses = {of: demo.address(f"/reserve feed {of}") for of in ("", "all", "pve1")}
        for of, address in addresses.items():
            status, headers, body = fetch(address)
            assert status == 200, f"{address}: {status}"
            assert headers["Content-Type"] == "text/calendar; charset=utf-8", headers
            assert body.count(b"BEGIN:VEVENT\r\n") >= len(TITLES), body
            assert body.count(b"STATUS:CANCELLED\r\n") >= 1, body
            (asked.folder / f"feed-{of or 'mine'}.ics").write_bytes(body)
            status, _, rest = fetch(address, headers["ETag"])
            assert (status, rest) == (304, b""), f"{address}: {status} though nothing has changed"
        base, secret = addresses["all"].removesuffix(".ics").split("/calendar/")
        status, _, body = fetch(f"{base}/api/reservations/export/ical?token={secret}")
        assert status == 200 and body == (asked.folder / "feed-all.ics").read_bytes(), "the old path"
        demo.done("/reserve feed all revoke")
        assert fetch(addresses["all"])[0] == 404, "it was revoked"
    finally:
        demo.stop()
    print(f"{len(addresses)} feeds of {len(TITLES)} odd titles were fetched")


if __name__ == "__main__":
    main()
