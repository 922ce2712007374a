"""One front and what stands behind it: what is asked of the one, and what came to the other."""

import http.client
import http.server
import socket
import ssl
import subprocess
import threading
import time

HOST = "lab.example"
KIB = 1024
# What waits for something waits so long, and fails then.
PATIENCE = 10
METHODS = "OPTIONS GET HEAD PUT DELETE PATCH POST PROPFIND PROPPATCH REPORT MKCALENDAR MKCOL".split()
# What direttore goes by besides the body.
HEADERS = {
    "Authorization": "Basic YTpi",
    "Depth": "1",
    "If-Match": '"1"',
    "Idempotency-Key": "k-1",
    "X-Hook-Signature": "00ff",
    "X-Signature-Ed25519": "ff00",
    "X-Signature-Timestamp": "1",
}
FORGED = {"X-Forwarded-For": "192.0.2.66", "Forwarded": "for=192.0.2.66"}
INSIDE = ["/metrics", "/metrics/", "//metrics", "/%6Detrics", "/a/../metrics", "/metrics?a=b", "/healthz", "/readyz"]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Upstream:
    """Stands where direttore would: keeps what came, and streams events at /api/events."""

    def __enter__(self):
        came, read = [], threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                self.raw_requestline = self.rfile.readline(65537)
                self.close_connection = True
                if not self.raw_requestline or not self.parse_request():
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                came.append((self.command, self.path, self.request_version, dict(self.headers), body))
                if self.path == "/api/events":
                    return self.events()
                self.send_response(301)
                self.send_header("Location", "/dav/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def events(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for data in (b"data: one\n\n", b"data: two\n\n"):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                    # The second is sent when the first was read; or never.
                    if not read.wait(PATIENCE):
                        return
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_):
                pass

        self.came, self.read = came, read
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Front:
    """A running nginx or Caddy."""

    def __init__(self, name, command, http, https, certificate, folder, environment=None):
        self.name, self.command, self.folder, self.environment = name, command, folder, environment
        self.http, self.https = http, https
        self.tls = ssl.create_default_context(cafile=certificate)

    def __enter__(self):
        self.log = open(self.folder / "said", "w+")
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, env=self.environment)
        for port in (self.http, self.https):
            self.wait_for(port)
        return self

    def wait_for(self, port):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                try:
                    self.process.wait(0.02)
                    break
                except subprocess.TimeoutExpired:
                    continue
        self.process.kill()
        self.log.seek(0)
        raise SystemExit(f"{self.name} does not listen:\n{self.log.read()}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.log.close()

    def connection(self):
        sock = socket.create_connection(("127.0.0.1", self.https), timeout=PATIENCE)
        connection = http.client.HTTPConnection(HOST, timeout=PATIENCE)
        connection.sock = self.tls.wrap_socket(sock, server_hostname=HOST)
        return connection

    def ask(self, method, path, body=None, headers=None):
        """The status and the headers of the answer."""
        connection = self.connection()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers
        except (ConnectionError, ssl.SSLError) as error:
            return str(error), {}
        finally:
            connection.close()


def methods(front, upstream):
    for method in METHODS:
        body = None if method in ("GET", "HEAD", "OPTIONS", "DELETE") else b"<a/>\r\n\x00"
        yield f"{method} is answered", front.ask(method, "/dav/cal/a%20b/?c=d", body, HEADERS | FORGED)[0], 301
        said = upstream.came.pop() if upstream.came else (None,) * 5
        yield f"{method} comes as it was", said[:3], (method, "/dav/cal/a%20b/?c=d", "HTTP/1.1")
        yield f"the body of {method} comes as it was", said[4], body or b""
        headers = {name.lower(): value for name, value in (said[3] or {}).items()}
        yield f"headers of {method} come", {n: headers.get(n.lower()) for n in HEADERS}, HEADERS
        yield f"{method} has the host", headers.get("host"), HOST
        yield f"what is forged ends there ({method})", [n for n in FORGED if n.lower() in headers], []


def others(front, upstream):
    status, headers = front.ask("PROPFIND", "/.well-known/caldav")
    yield "discovery is sent on by direttore", (status, headers.get("Location"), len(upstream.came)), (301, "/dav/", 1)
    yield "HSTS is said", headers.get("Strict-Transport-Security"), "max-age=31536000"
    upstream.came.clear()
    for path in INSIDE:
        yield f"{path} is not for outside", (front.ask("GET", path)[0], len(upstream.came)), (404, 0)
    largest = 1088 * KIB
    yield "the largest body passes", front.ask("PUT", "/dav/x", b"x" * largest)[0], 301
    yield "it comes whole", [len(said[4]) for said in upstream.came], [largest]
    yield "a larger one is too large", front.ask("PUT", "/dav/x", b"x" * (largest + 1))[0], 413
    connection = http.client.HTTPConnection("127.0.0.1", front.http, timeout=PATIENCE)
    connection.request("PROPFIND", "/dav/", headers={"Host": HOST})
    answer = connection.getresponse()
    yield "HTTP is sent on with its method", answer.status, 308
    yield "to HTTPS", answer.headers.get("Location", "").startswith(f"https://{HOST}"), True
    connection.close()


def events(front, upstream):
    connection = front.connection()
    connection.request("GET", "/api/events", headers={"Accept": "text/event-stream", "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    yield "an event comes while it happens", answer.read1(), b"data: one\n\n"
    upstream.read.set()
    yield "and the next one", answer.read(), b"data: two\n\n"
    connection.close()


def guesses(front, upstream):
    """nginx alone can slow down who guesses."""
    if front.name != "nginx":
        return
    feed = "/calendar/s3cret.ics"
    yield "a feed is read", front.ask("GET", feed)[0], 301
    for path in (feed, "/api/reservations/export/ical?token=s3cret"):
        yield f"guesses at {path} are slowed down", [front.ask("GET", path)[0] for _ in range(30)][-1], 429
    logged = (front.folder / "direttore.log").read_text()
    yield "requests are logged, but not these", ("PROPFIND" in logged, "s3cret" in logged), (True, False)
    yield "nor are those that were refused", "s3cret" in (front.folder / "error.log").read_text(), False


def checked(front, upstream):
    """How many checks failed; prints them, and how many there were."""
    done = failed = 0
    for check in (methods, others, events, guesses):
        try:
            for what, found, right in check(front, upstream):
                done += 1
                if found != right:
                    failed += 1
                    print(f"{front.name}: {what}: {found!r}, not {right!r}")
        except (OSError, http.client.HTTPException) as error:
            failed += 1
            print(f"{front.name}: {check.__name__}: {error!r}")
    print(f"{front.name}: {done - failed} of {done} checks passed")
    return failed
