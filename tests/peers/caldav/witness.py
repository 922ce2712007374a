"""Independent witnesses for our calendars: programs that nobody here wrote use them, beside Radicale.

Prints how many checks passed; any that fails ends it with what was wrong.
"""

import argparse
import datetime
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import caldav
import speed
from servers import Ours, Radicale

BIN = pathlib.Path(sys.executable).parent
UTC = datetime.timezone.utc
passed = 0


def check(what, holds):
    global passed
    if not holds:
        sys.exit(f"tests/peers/caldav: {what}")
    passed += 1


def tool(name, *arguments, env=None, given=None):
    done = subprocess.run(
        [BIN / name, *arguments], capture_output=True, text=True, timeout=300, env={**os.environ, **(env or {})}, input=given
    )
    check(f"{name} {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}", done.returncode == 0)
    return done.stdout


def tested(server):
    """What caldav-server-tester finds of a server: support by feature."""
    told = tool(
        "caldav-server-tester",
        "--caldav-url", server.url,
        "--caldav-username", server.user,
        "--caldav-password", server.password,
        "--format", "text",
        "--verbose",
    )  # fmt: skip
    found = dict(re.findall(r"^## (\S+)\nFeature support level found: (\S+)", told, re.MULTILINE))
    return {feature: support for feature, support in found.items() if support != "?"}


def compare(ours, radicale):
    full = lambda found: sum(support == "full" for support in found.values())
    print(f"caldav-server-tester: {full(ours)} full of {len(ours)}; Radicale {full(radicale)} of {len(radicale)}")
    check(f"fewer full rows than Radicale: {ours}", full(ours) >= full(radicale))
    for wrong in ("broken", "ungraceful"):
        found = [feature for feature, support in ours.items() if support == wrong]
        check(f"{wrong}: {found}", not found)


def write_table(file, ours, radicale):
    """Between the marks of a Markdown file."""
    begin, end = "<!-- caldav-server-tester -->\n", "<!-- end -->\n"
    text = pathlib.Path(file).read_text()
    before, rest = text.split(begin)
    _, after = rest.split(end)
    rows = [f"| {feature} | {ours.get(feature, '')} | {radicale.get(feature, '')} |" for feature in sorted({*ours, *radicale})]
    totals = ", ".join(
        f"{sum(s == support for s in ours.values())} {support}" for support in sorted(set(ours.values()))
    )
    theirs = ", ".join(
        f"{sum(s == support for s in radicale.values())} {support}" for support in sorted(set(radicale.values()))
    )
    table = ["| feature | direttore | Radicale |", "| --- | --- | --- |", f"| all | {totals} | {theirs} |", *rows, ""]
    pathlib.Path(file).write_text(before + begin + "\n".join(table) + end + after)


def python_caldav(server):
    """Made, found, changed, deleted, as scripts do it."""
    with caldav.DAVClient(url=server.url, username=server.user, password=server.password) as client:
        principal = client.principal()
        made = principal.make_calendar(name="Scripts", cal_id="scripts")
        check("it is listed", any(calendar.url == made.url for calendar in principal.calendars()))
        start = datetime.datetime(2026, 3, 2, 9, tzinfo=UTC)
        hour = datetime.timedelta(hours=1)
        event = made.save_event(uid="script@example", dtstart=start, dtend=start + hour, summary="stand-up")
        weekly = made.save_event(
            uid="weekly@example", dtstart=start, dtend=start + hour, summary="weekly", rrule={"FREQ": "WEEKLY"}
        )
        found = made.search(start=start, end=start + hour, event=True)
        check("both are found", sorted(e.icalendar_component["uid"] for e in found) == ["script@example", "weekly@example"])
        later = start + datetime.timedelta(weeks=30)
        found = made.search(start=later, end=later + hour, event=True, expand=True)
        check("a later week is found", [e.icalendar_component["uid"] for e in found] == ["weekly@example"])
        check("and is that week", found[0].icalendar_component["dtstart"].dt == later)
        event.icalendar_component["summary"] = "stand-down"
        event.save()
        check("it is changed", "stand-down" in made.event_by_uid("script@example").data)
        token = made.objects_by_sync_token(load_objects=False).sync_token
        event.delete()
        changed = list(made.objects_by_sync_token(sync_token=token, load_objects=False))
        check("one change is told", len(changed) == 1)
        weekly.delete()
        check("nothing is left", made.search() == [])
        made.delete()
        check("it is gone", all(calendar.url != made.url for calendar in principal.calendars()))


def vdirsyncer(server, folder):
    """Both ways with a folder of files; khal reads what came."""
    folder = pathlib.Path(folder)
    config = folder / "vdirsyncer.ini"
    config.write_text(
        f"""[general]
status_path = "{folder}/status"
[pair ours]
a = "here"
b = "there"
collections = ["from a", "from b"]
conflict_resolution = "a wins"
metadata = ["displayname", "color"]
[storage here]
type = "filesystem"
path = "{folder}/files"
fileext = ".ics"
[storage there]
type = "caldav"
url = "{server.url}"
username = "{server.user}"
password = "{server.password}"
"""
    )
    env = {"VDIRSYNCER_CONFIG": str(config)}
    files = folder / "files" / "personal"
    files.mkdir(parents=True)
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//witness//EN\r\nBEGIN:VEVENT\r\nUID:from-here\r\n"
        "DTSTAMP:20260101T000000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\nSUMMARY:from here\r\n"
        "X-OURS;X-P=\"a:b\":kept\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    (files / "from-here.ics").write_text(event, newline="")
    tool("vdirsyncer", "discover", env=env, given="y\n" * 60)
    tool("vdirsyncer", "sync", env=env)
    with caldav.DAVClient(url=server.url, username=server.user, password=server.password) as client:
        calendar = next(c for c in client.principal().calendars() if "personal" in str(c.url))
        there = calendar.event_by_uid("from-here")
        check("what was here is there, all of it", "X-OURS;X-P=\"a:b\":kept" in there.data)
        start = datetime.datetime(2026, 3, 3, 9, tzinfo=UTC)
        calendar.save_event(uid="from-there", dtstart=start, dtend=start + datetime.timedelta(hours=1), summary="from there")
        tool("vdirsyncer", "sync", env=env)
        check("what was there is here", any("from-there" in file.read_text() for file in files.glob("*.ics")))
        khal = folder / "khal.ini"
        khal.write_text(f"[calendars]\n[[ours]]\npath = {files}\n[locale]\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\n"
                        "longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
                        "local_timezone = UTC\ndefault_timezone = UTC\n")
        env_khal = {"XDG_CACHE_HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        listed = tool("khal", "--config", khal, "list", "2026-03-02", "3d", env=env_khal)
        check(f"khal lists both: {listed}", "from here" in listed and "from there" in listed)
        (files / "from-here.ics").unlink()
        calendar.event_by_uid("from-there").delete()
        tool("vdirsyncer", "sync", "--force-delete", env=env)
        check("deleted here and there", calendar.search() == [] and not list(files.glob("*.ics")))


def bookings(server, folder):
    """A booking calendar both ways: a new event is a reservation, one in somebody's way is refused and told of."""
    folder = pathlib.Path(folder)
    config = folder / "vdirsyncer.ini"
    config.write_text(
        f"""[general]
status_path = "{folder}/status"
[pair bookings]
a = "here"
b = "there"
collections = ["mine"]
[storage here]
type = "filesystem"
path = "{folder}/files"
fileext = ".ics"
[storage there]
type = "caldav"
url = "{server.url}"
username = "{server.user}"
password = "{server.password}"
"""
    )
    env = {"VDIRSYNCER_CONFIG": str(config)}
    files = folder / "files" / "mine"
    files.mkdir(parents=True)
    day = (datetime.datetime.now(UTC) + datetime.timedelta(days=3)).date()

    def event(uid, hour):
        day_text = day.strftime("%Y%m%d")
        return (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//witness//EN\r\nBEGIN:VEVENT\r\n"
            f"UID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{day_text}T{hour:02}0000Z\r\n"
            f"DTEND:{day_text}T{hour + 2:02}0000Z\r\nSUMMARY:{uid}\r\nLOCATION:pve1\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n"
        )

    (files / "booked-here.ics").write_text(event("booked-here", 9), newline="")
    tool("vdirsyncer", "discover", env=env, given="y\n" * 10)
    tool("vdirsyncer", "sync", env=env)
    listed = str(server.say("/reserve list mine"))
    check(f"an event is a reservation: {listed}", "booked-here" in listed and "pve1" in listed)
    server.say(f'/reserve new pve1 from="{day} 14:00" for=2h title="booked in chat"')
    tool("vdirsyncer", "sync", env=env)
    check("a reservation is an event", any("booked in chat" in file.read_text() for file in files.glob("*.ics")))
    (files / "in-the-way.ics").write_text(event("in-the-way", 15), newline="")
    done = subprocess.run([BIN / "vdirsyncer", "sync"], env={**os.environ, **env}, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    check(f"what is in the way is refused: {told}", done.returncode != 0 and "409" in told)
    check("and not booked", "in-the-way" not in str(server.say("/reserve list mine")))
    (files / "in-the-way.ics").unlink()
    khal = folder / "khal.ini"
    khal.write_text(f"[calendars]\n[[ours]]\npath = {files}\n[locale]\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\n"
                    "longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
                    "local_timezone = UTC\ndefault_timezone = UTC\n")
    env_khal = {"XDG_CACHE_HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    listed = tool("khal", "--config", khal, "list", str(day), "2d", env=env_khal)
    check(f"khal lists both: {listed}", "booked-here" in listed and "booked in chat" in listed)
    (files / "booked-here.ics").unlink()
    tool("vdirsyncer", "sync", env=env)
    check("what is deleted is cancelled", "booked-here" not in str(server.say("/reserve list mine")))
    weekly = event("weekly", 18).replace("SUMMARY", "RRULE:FREQ=WEEKLY;COUNT=3\r\nSUMMARY")
    (files / "weekly.ics").write_text(weekly, newline="")
    tool("vdirsyncer", "sync", env=env)
    check("a series is booked", str(server.say("/reserve list mine")).count("weekly") >= 3)
    tool("vdirsyncer", "sync", env=env)
    check("and stays one event", len(list(files.glob("*.ics"))) == 2)
    second = (day + datetime.timedelta(weeks=1)).strftime("%Y%m%d")
    left_out = weekly.replace("RRULE", f"EXDATE:{second}T180000Z\r\nRRULE")
    (files / "weekly.ics").write_text(left_out, newline="")
    tool("vdirsyncer", "sync", env=env)
    in_series(server, day)
    tool("vdirsyncer", "sync", env=env)
    check("what was moved there is moved here", "RECURRENCE-ID" in (files / "weekly.ics").read_text())
    (files / "weekly.ics").unlink()
    tool("vdirsyncer", "sync", env=env)
    check("all of a series is cancelled", "weekly" not in str(server.say("/reserve list mine")))


def in_series(server, day):
    """What python-caldav makes of one time of a series."""
    with caldav.DAVClient(url=server.url, username=server.user, password=server.password) as client:
        calendar = next(c for c in client.principal().calendars() if str(c.url).rstrip("/").endswith("/mine"))
        start = datetime.datetime.combine(day, datetime.time(), tzinfo=UTC)
        found = calendar.search(start=start, end=start + datetime.timedelta(weeks=4), event=True, expand=True)
        weekly = sorted((e for e in found if e.icalendar_component["uid"] == "weekly"), key=lambda e: e.icalendar_component["dtstart"].dt)
        check(f"two times are left: {weekly}", len(weekly) == 2)
        last = weekly[-1]
        for name in ("dtstart", "dtend"):
            last.icalendar_component[name].dt += datetime.timedelta(hours=1)
        last.save(only_this_recurrence=True)
        text = calendar.event_by_uid("weekly").data
        check(f"one time of it is moved: {text}", "RECURRENCE-ID" in text and "RRULE" in text)
        check("and so is its reservation", "19:00–21:00" in str(server.say("/reserve list mine")))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--table")
    parser.add_argument("--speed", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours, radicale = Ours(arguments.binary), Radicale(folder)
        try:
            mine, theirs = tested(ours), tested(radicale)
            compare(mine, theirs)
            if arguments.table:
                write_table(arguments.table, mine, theirs)
            python_caldav(ours)
            vdirsyncer(ours, tempfile.mkdtemp(dir=folder))
            bookings(ours, tempfile.mkdtemp(dir=folder))
            if arguments.speed:
                speed.compare(ours, radicale)
        finally:
            ours.stop()
            radicale.stop()
    print(f"{passed} checks passed: caldav-server-tester, python-caldav, vdirsyncer and khal find ours to be a CalDAV server")


if __name__ == "__main__":
    main()
