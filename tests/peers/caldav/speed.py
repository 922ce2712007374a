"""Requests per second on a calendar of 1,000 events, ours and Radicale's: the same client, the same requests, in turn.

    speed.py --binary PROGRAM
"""

import argparse
import base64
import http.client
import tempfile
import threading
import time
import urllib.parse

from servers import Ours, Radicale

EVENTS = 1_000
CONNECTIONS = 4
SECONDS = 5

QUERY = (
    '<C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/></prop><C:filter>'
    '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260101T000000Z" '
    'end="20300101T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>'
)
SYNC = '<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>'
FIND = '<propfind xmlns="DAV:"><prop><getetag/><getcontenttype/><resourcetype/></prop></propfind>'


def event(number):
    day, hour = 1 + number // 20 % 28, number % 20
    month = 1 + number // 560
    at = f"2026{month:02}{day:02}T{hour:02}"
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//speed//EN\r\nBEGIN:VEVENT\r\nUID:speed-{number}\r\n"
        f"DTSTAMP:20260101T000000Z\r\nDTSTART:{at}0000Z\r\nDTEND:{at}3000Z\r\nSUMMARY:event {number}\r\n"
        f"DESCRIPTION:what is to be said of event {number}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


class Client:
    def __init__(self, server):
        url = urllib.parse.urlparse(server.url)
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=300)
        secret = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
        self.headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/xml; charset=utf-8"}

    def ask(self, method, path, body=None, **headers):
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def rate(server, ask):
    """How often a request is answered in a second, by several connections at once."""
    end = time.monotonic() + SECONDS
    counts = [0] * CONNECTIONS

    def work(which):
        client = Client(server)
        while time.monotonic() < end:
            status, body = ask(client, which, counts[which])
            assert status in (200, 201, 204, 207), (status, body)
            counts[which] += 1

    began = time.monotonic()
    threads = [threading.Thread(target=work, args=(which,)) for which in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)


def measure(server):
    home = "/dav/cal/admin/" if server.name == "direttore" else "/admin/"
    calendar = home + "speed/"
    client = Client(server)
    assert client.ask("MKCALENDAR", calendar)[0] == 201
    for number in range(EVENTS):
        status, body = client.ask("PUT", f"{calendar}{number}.ics", event(number), **{"Content-Type": "text/calendar"})
        assert status == 201, body
    for report in (QUERY, SYNC):
        status, body = client.ask("REPORT", calendar, report, Depth="1")
        assert status == 207 and body.count(b".ics") == EVENTS, (status, body[:300])
    put = {"Content-Type": "text/calendar"}
    asked = {
        "GET of an event": lambda c, w, n: c.ask("GET", f"{calendar}{(w * 250 + n) % EVENTS}.ics"),
        "PROPFIND, depth 0": lambda c, w, n: c.ask("PROPFIND", calendar, FIND, Depth="0"),
        "PROPFIND, depth 1": lambda c, w, n: c.ask("PROPFIND", calendar, FIND, Depth="1"),
        "calendar-query": lambda c, w, n: c.ask("REPORT", calendar, QUERY, Depth="1"),
        "sync-collection": lambda c, w, n: c.ask("REPORT", calendar, SYNC, Depth="0"),
        "PUT of an event": lambda c, w, n: c.ask("PUT", f"{calendar}{w * 250 + n % 250}.ics", event(w * 250 + n % 250), **put),
    }
    rates = {what: rate(server, ask) for what, ask in asked.items()}
    Client(server).ask("DELETE", calendar)
    return rates


def compare(ours, radicale):
    mine, theirs = measure(ours), measure(radicale)
    print(f"requests per second on {EVENTS} events, {CONNECTIONS} connections")
    print("| request | direttore | Radicale | times |\n| --- | --- | --- | --- |")
    for what in mine:
        print(f"| {what} | {mine[what]:.0f} | {theirs[what]:.1f} | {mine[what] / theirs[what]:.0f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    with tempfile.TemporaryDirectory() as folder:
        ours, radicale = Ours(parser.parse_args().binary), Radicale(folder)
        try:
            compare(ours, radicale)
        finally:
            ours.stop()
            radicale.stop()
