"""Reads iCalendar files with three programs that are strict in different ways; exits 1 if any of them complains.

    validate.py FILE…

vobject validates what must be there and how often, ics parses by the grammar, icalendar reads all values back.
Then what RFC 5545 asks and none of them looks at: the bytes of lines, and one UID with one RECURRENCE-ID once.
"""

import sys

import icalendar
import ics
import vobject

REQUIRED = ("UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS")


def lines(data):
    assert not data.startswith(b"\xef\xbb\xbf"), "begins with a byte order mark"
    assert data.endswith(b"\r\n"), "does not end with CRLF"
    for number, line in enumerate(data.split(b"\r\n")[:-1], 1):
        assert b"\r" not in line and b"\n" not in line, f"line {number}: half an end of line"
        assert len(line) <= 75, f"line {number}: {len(line)} octets"
        assert line.strip(), f"line {number}: blank"
        line.decode("utf-8")


def by_vobject(text):
    calendars = list(vobject.readComponents(text))
    assert len(calendars) == 1, f"{len(calendars)} calendars"
    calendars[0].validate(raiseException=True)
    return len(calendars[0].contents.get("vevent", []))


def by_ics(text):
    return len(ics.Calendar(text).events)


def by_icalendar(data):
    calendar = icalendar.Calendar.from_ical(data)
    assert not calendar.errors, calendar.errors
    assert str(calendar["NAME"]) == str(calendar["X-WR-CALNAME"]), "two names"
    seen = set()
    events = list(calendar.walk("VEVENT"))
    for event in events:
        assert not event.errors, event.errors
        for key in REQUIRED:
            assert key in event, f"an event lacks {key}"
        assert event["DTSTART"].dt.utcoffset().total_seconds() == 0, "a start is not in UTC"
        assert event["DTSTART"].dt < event["DTEND"].dt, "an event ends before it starts"
        this = (str(event["UID"]), event["RECURRENCE-ID"].dt if "RECURRENCE-ID" in event else None)
        assert this not in seen, f"{this} is there twice"
        seen.add(this)
    return len(events)


def check(path):
    with open(path, "rb") as file:
        data = file.read()
    lines(data)
    text = data.decode("utf-8")
    counts = {"vobject": by_vobject(text), "icalendar": by_icalendar(data)}
    # ics keeps one event for each UID, so that it has fewer of a series.
    by_ics(text)
    assert len(set(counts.values())) == 1, counts
    return counts["icalendar"]


def main(paths):
    failed = False
    for path in paths:
        try:
            print(f"{path}: {check(path)} events, read by vobject, ics and icalendar")
        except Exception as wrong:  # Each reader has its own kinds of errors.
            print(f"{path}: {type(wrong).__name__}: {wrong}", file=sys.stderr)
            failed = True
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
