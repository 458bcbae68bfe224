"""A GitHub for one repository, on this machine: what publishing talks to in these tests.

    publish --> Front --> Prism --> Upstream --> Repository
                  |         |
             bounds.py   GitHub's own description of requests and answers

Prism holds every request and every answer against GitHub's description and keeps no state; `Repository` has the state; `Front` records,
asserts what the description does not say, and answers `/graphql`, which has a schema of its own. Every departure is one line in
`Front.flaws`, and the request is answered as if nothing were wrong where that is possible, so that one run shows all of them.

Loopback only, on ports that the system chooses.
"""

import http.client
import json
import threading
import traceback
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import bounds
import description

LOCAL = "127.0.0.1"
TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"
JSON = "application/json; charset=utf-8"


class Answering(BaseHTTPRequestHandler):
    """Reads one request whole and hands it on; quiet."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, answer = self.server.answer(self.command, self.path, dict(self.headers.items()), body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_CONNECT = take

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    """A server in threads of this process, on a port of its own; gone with the process."""

    daemon_threads = True

    def __init__(self):
        super().__init__((LOCAL, 0), Answering)
        self.flaws = []
        self.port = self.server_address[1]
        self.url = f"http://{LOCAL}:{self.port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, address):
        """A fault of these tests, or a client that went away: never passed over."""
        self.flaws.append(traceback.format_exc())


class Upstream(Server):
    """What Prism forwards to: the current `Repository`."""

    def __init__(self):
        self.repository, self.lock, self.match = None, threading.Lock(), description.matcher()
        super().__init__()

    def answer(self, method, path, headers, body):
        address = urllib.parse.urlsplit(path)
        matched = self.match(address.path)
        if not matched:
            return encoded(404, {"message": f"{method} {path}: no route of description.py"})
        query = dict(urllib.parse.parse_qsl(address.query))
        values = {name: urllib.parse.unquote(value) for name, value in matched[1].items()}
        with self.lock:
            status, headers, arrived = self.repository.fault(method, matched[0]) or (None, {}, True)
            if arrived:
                answered, value, *pages = self.repository.answer(method, matched[0], values, query, json.loads(body) if body else None)
        if status:
            return encoded(status, {"message": "Server Error" if status >= 500 else "You have exceeded a secondary rate limit."}, **headers)
        status = answered
        number = int(query.get("page", 1))
        if pages and number < pages[0]:
            query["page"] = str(number + 1)
            # Prism's own address would be one that nobody may ask; the front puts its own in place of this.
            return encoded(status, value, Link=f'<{FRONT}{address.path}?{urllib.parse.urlencode(query)}>; rel="next"')
        return encoded(status, value)


FRONT = "http://front.invalid"


def encoded(status, value, **headers):
    answer = b"" if value is None else json.dumps(value).encode()
    return status, {"Content-Type": JSON, **headers} if answer else headers, answer


class Front(Server):
    """What publishing talks to: records, asserts, hands on to Prism."""

    def __init__(self, prism, schema, upstream, kept):
        self.prism, self.schema, self.upstream, self.kept = prism, schema, upstream, kept
        self.match = description.matcher()
        self.requests = []
        super().__init__()

    def begin(self, repository):
        """Starts a case: nothing recorded, and this state."""
        self.upstream.repository = repository
        self.requests, self.flaws = [], []
        self.upstream.flaws = self.flaws

    def flaw(self, method, path, text):
        self.flaws.append(f"{method} {path}: {text}")

    def answer(self, method, path, headers, body):
        names = {name.lower(): value for name, value in headers.items()}
        path = path.removeprefix("/api/v3")
        address = urllib.parse.urlsplit(path)
        sent = self.parsed(method, path, body)
        self.requests.append((method, path, sent))
        if names.get("authorization") not in (f"Bearer {TOKEN}", f"token {TOKEN}"):
            self.flaw(method, path, "is not authorized by the token")
            return encoded(401, {"message": "Bad credentials"})
        if TOKEN in path or TOKEN.encode() in body or any(TOKEN in value for name, value in names.items() if name != "authorization"):
            self.flaw(method, path, "has the token elsewhere than in its header")
        if not names.get("user-agent"):
            self.flaw(method, path, "names no user agent; GitHub answers 403")
        if address.path in ("/graphql", "/api/graphql"):
            for text in self.schema(sent or {}):
                self.flaw(method, path, f"departs from GitHub's schema: {text}")
            return encoded(200, self.upstream.repository.graphql(sent or {}))
        matched = self.match(address.path)
        if not matched or method.lower() not in description.ROUTES[matched[0]]:
            self.flaw(method, path, "is no route that publishing needs (description.py)")
            return encoded(404, {"message": "Not Found"})
        self.described(method, matched[0], path, urllib.parse.parse_qsl(address.query))
        before = len(self.flaws)
        reply = self.forwarded(method, path, names, body)
        # Only of what has the described shape can the rest be said.
        for text in bounds.flaws(method, matched[0], sent or {}) if before == len(self.flaws) else ():
            self.flaw(method, path, text)
        return reply

    def parsed(self, method, path, body):
        try:
            return json.loads(body) if body else None
        except ValueError as error:
            self.flaw(method, path, f"has a body that is not JSON: {error}")
            return None

    def described(self, method, route, path, query):
        """Prism passes over a parameter that is not described; GitHub ignores it, so a misspelt one is lost."""
        known = set()
        for parameter in self.kept["paths"][route][method.lower()].get("parameters", []):
            known.add(description.follow(self.kept, parameter["$ref"])["name"] if "$ref" in parameter else parameter["name"])
        for name, _ in query:
            if name not in known:
                self.flaw(method, path, f"has a parameter that GitHub does not describe: {name}")

    def forwarded(self, method, path, names, body):
        """Prism's answer; what it found wrong is a flaw."""
        connection = http.client.HTTPConnection(LOCAL, self.prism, timeout=20)
        try:
            kept = {name: value for name, value in names.items() if name not in ("host", "connection", "accept-encoding", "authorization")}
            connection.request(method, path, body=body or None, headers=kept)
            reply = connection.getresponse()
            answer, violations = reply.read(), reply.getheader("sl-violations")
        finally:
            connection.close()
        if violations:
            self.flaw(method, path, f"departs from GitHub's description: {violations}")
        elif b"stoplight.io/prism/errors" in answer:
            self.flaw(method, path, f"was refused by Prism: {answer.decode(errors='replace')}")
        headers = {"Content-Type": JSON} if answer else {}
        if reply.getheader("Retry-After"):
            headers["Retry-After"] = reply.getheader("Retry-After")
        if reply.getheader("Link"):
            headers["Link"] = reply.getheader("Link").replace(FRONT, self.url)
        return reply.status, headers, answer
