"""A publisher's site on the loopback address, with pages of the form that NHS England's have, and its faults."""

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

BASE = "/data-and-information/publications/statistical"
SERIES = f"{BASE}/appointments-in-general-practice"
PATIENTS = f"{BASE}/patients-registered-at-a-gp-practice"

CHALLENGE = (
    "<!DOCTYPE html><html lang='en-US'><head><title>Just a moment...</title></head>"
    "<body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>"
)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} - NHS England Digital</title>
<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script></head>
<body>
<a class="nhsd-m-skip-link" href="#maincontent">Skip to main content</a>
<nav><a href="/data-and-information/publications">Publications</a> <a>no address</a> <a href="http://[">a broken one</a>
<a href="mailto:enquiries@example.org">Contact us</a></nav>
<main id="maincontent"><h1>{title}</h1>
{content}
</main></body></html>
"""


def zip_bytes(name: str, size: int = 3000) -> bytes:
    """A ZIP of a little over `size` bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "a,b\n" + "1,2\n" * (size // 4))
    return content.getvalue()


@dataclass
class Thing:
    """What a path holds: `faults` are what happens to the next requests for its content, one after the other.

    A fault is a status, `cut` for a connection that breaks in the middle, `less` for a part of the part that was asked
    for, `challenge`, or an address to go to. `length` is what the site says of the length, -1 for nothing.
    """

    content: bytes
    kind: str = "application/zip"
    etag: str | None = None
    faults: list[int | str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    answers_head: bool = True


@dataclass
class Site:
    """The site: what it holds by path, what it was asked (method, path, range), and which agents it lets in."""

    address: str = ""
    things: dict[str, Thing] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    at_once: int = 0
    most_at_once: int = 0

    def page(self, path: str, title: str, content: str) -> None:
        html = PAGE.format(title=title, content=content).encode()
        self.things[path] = Thing(html, "text/html; charset=utf-8")

    def series(self, path: str, title: str, *months: str) -> None:
        rows = "\n".join(
            f'<li><a class="nhsd-a-link" href="{path}/{month}" title="{title}">{title}, {month}</a></li>'
            for month in months
        )
        self.page(
            path, title, f"<h2>Latest statistics</h2><ul>{rows}</ul><a href='{path}/supporting-information'>?</a>"
        )

    def release(self, path: str, links: dict[str, str]) -> None:
        """The page of a release, with its links by address and what a reader sees of each."""
        rows = "\n".join(
            f'<div class="nhsd-m-download-card"><a class="nhsd-a-box-link" href="{link}">{words}</a></div>'
            for link, words in links.items()
        )
        self.page(path, path.rpartition("/")[2], f"<h2>Resources</h2>{rows}")

    def file(self, path: str, content: bytes, kind: str = "application/zip", version: str = "1") -> Thing:
        self.things[path] = Thing(content, kind, f'"{version}"')
        return self.things[path]

    def fetched(self) -> list[str]:
        """The names of files whose content was asked for."""
        return [path.rpartition("/")[2] for method, path, _ in self.asked if method == "GET" and "/files/" in path]


class Handler(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.site.at_once += 1
        self.site.most_at_once = max(self.site.most_at_once, self.site.at_once)
        try:
            self.answer(urlsplit(self.path).path)
        finally:
            self.site.at_once -= 1

    def answer(self, path: str) -> None:
        self.site.asked.append((self.command, path, self.headers.get("Range", "")))
        self.site.agents.add(self.headers.get("User-Agent", ""))
        thing = self.site.things.get(path)
        if "Mozilla" not in self.headers.get("User-Agent", ""):
            return self.send(403, b"Forbidden")
        if thing is None:
            return self.send(404, b"<html><title>Page not found</title></html>", {"Content-Type": "text/html"})
        if self.command == "HEAD" and not thing.answers_head:
            return self.send(405, b"")
        fault = thing.faults.pop(0) if thing.faults and self.command == "GET" else None
        if isinstance(fault, int):
            return self.send(fault, b"", thing.headers)
        if fault == "challenge":
            return self.send(200, CHALLENGE.encode(), {"Content-Type": "text/html"})
        if fault and fault not in ("cut", "less"):
            return self.send(302, b"", {"Location": fault})
        headers = {"Content-Type": thing.kind} | ({"ETag": thing.etag} if thing.etag else {})
        content, status = thing.content, 200
        if (asked := self.headers.get("Range")) and thing.etag and self.headers.get("If-Range") == thing.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content, status = content[start:], 206
            if fault == "less":
                content = content[: len(content) // 2]
                headers["Content-Range"] = f"bytes {start}-{start + len(content) - 1}/{len(thing.content)}"
        if fault == "cut":
            return self.send(status, content[: len(content) // 2], headers, length=len(content))
        return self.send(status, content, headers | thing.headers, thing.length)

    def send(
        self, status: int, content: bytes, headers: dict[str, str] | None = None, length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if length != -1:
            self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


@contextmanager
def serve() -> Iterator[Site]:
    """An empty site, served until the block ends."""
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("SiteHandler", (Handler,), {"site": site}))
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
