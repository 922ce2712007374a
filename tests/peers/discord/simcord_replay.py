"""Replays every body that the bot sent to Discord through simcord's validators, which nobody here wrote.

Its argument is the record: lines of {"route", "method", "kind", "body"}. Prints how many parts were judged; a refusal ends it
with a list and status 1.
"""

import json
import sys

from simcord.components import validate_components, validate_embeds, validate_modal

V2 = 1 << 15
V2_TYPES = {9, 10, 12, 13, 14, 17}


def message(line, data):
    """The parts of a message that simcord judges."""
    if data.get("components"):
        flags = int(data.get("flags") or 0)
        # An edit keeps the flag that the message has; its body need not repeat it.
        if line["method"] == "PATCH" or line["body"].get("type") == 7:
            flags |= V2 if any(c.get("type") in V2_TYPES for c in data["components"]) else 0
        yield "components", lambda: validate_components(data["components"], flags=flags)
    if data.get("embeds"):
        yield "embeds", lambda: validate_embeds(data["embeds"])


def parts(line):
    body = line["body"]
    if line["kind"] == "modal":
        yield "modal", lambda: validate_modal(body["data"])
    elif line["kind"] == "message":
        is_callback = line["route"].endswith("/callback")
        yield from message(line, (body.get("data") or {}) if is_callback else body)


def main():
    judged, refused, lines = {}, [], 0
    with open(sys.argv[1], encoding="utf-8") as record:
        for number, text in enumerate(record, 1):
            lines += 1
            line = json.loads(text)
            for what, judge in parts(line):
                judged[what] = judged.get(what, 0) + 1
                try:
                    judge()
                except Exception as error:  # whatever it objects to
                    refused.append(f"line {number}, {line['method']} {line['route']}: {what}: {error}\n  {text.strip()}")
    for refusal in refused:
        print(refusal, file=sys.stderr)
    counts = ", ".join(f"{count} {what}" for what, count in sorted(judged.items())) or "nothing"
    print(f"simcord: of {lines} bodies judged {counts}; {len(refused)} refused")
    # A record in which there is nothing to judge is no proof of anything.
    sys.exit(1 if refused or not judged else 0)


main()
