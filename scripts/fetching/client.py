"""Ask the publisher's site, politely: one request at a time, after a pause where it is busy, and at its hosts alone.

Nothing else in the project asks the network.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

import httpx
from publication.find import printable

from fetching.addresses import Site, Unfetchable, resolve
from fetching.pages import is_challenge

USER_AGENT = "Mozilla/5.0 (compatible; nhs-gp-appointments-warehouse; make download)"
# Seconds before each further try; the site may ask for longer ones.
PAUSES = (2.0, 8.0, 30.0)
LONGEST_PAUSE = 120.0
TIMEOUT = 60.0
MAX_REDIRECTS = 5
# No page comes near this.
MAX_PAGE_BYTES = 10 << 20

Answer = TypeVar("Answer")


class Blocked(Unfetchable):
    """The site lets only people at a browser through."""


class Missing(Unfetchable):
    """There is no such page or file."""


class Passing(Unfetchable):
    """A fault that may pass, and the seconds that the site asks to wait for, if it does."""

    def __init__(self, message: str, pause: float = 0.0) -> None:
        super().__init__(message)
        self.pause = pause


class Client:
    """Asks a site, for one thing at a time. `wait` takes the seconds of a pause, `say` what is said of it."""

    def __init__(self, site: Site, wait: Callable[[float], None] = time.sleep, say: Callable[[str], None] = print):
        agent = os.environ.get("NHS_USER_AGENT") or USER_AGENT
        if not (agent.isascii() and agent.isprintable()):
            raise Unfetchable("NHS_USER_AGENT: expected ASCII characters alone.")
        self.site = site
        self.wait = wait
        self.say = say
        self.http = httpx.Client(headers={"User-Agent": agent}, timeout=TIMEOUT, follow_redirects=False)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def patiently(self, ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` returns, trying again a few times where it raises Passing."""
        for pause in PAUSES:
            try:
                return ask()
            except Passing as problem:
                if problem.pause > LONGEST_PAUSE:
                    raise
                pause = max(pause, problem.pause)
                self.say(f"{problem} Trying again in {pause:.0f} seconds.")
                self.wait(pause)
        return ask()

    def page(self, address: str) -> str:
        """Return a page's HTML. Raises Blocked, or Unfetchable where there is none."""

        def ask() -> str:
            with self.ask("GET", address) as response:
                html = read_text(response)
            if html is None:
                raise Unfetchable(f"{address}: the page is larger than {MAX_PAGE_BYTES:,} bytes, which none is.")
            if is_challenge(html):
                raise Blocked(f"{address}: the site asks whether you are a person at a browser. Open it with one.")
            return html

        return self.patiently(ask)

    @contextmanager
    def ask(self, method: str, address: str, headers: dict[str, str] | None = None) -> Iterator[httpx.Response]:
        """Give the response to one request, its body unread, after redirects of which each is looked at.

        Raises Blocked, Passing, also where the connection breaks while the body is read, or Unfetchable.
        """
        asked = printable(address)
        try:
            for _ in range(MAX_REDIRECTS + 1):
                with self.http.stream(method, self.site.check(address), headers=headers) as response:
                    if not response.has_redirect_location:
                        judge(response, asked)
                        yield response
                        return
                    address = resolve(address, response.headers["Location"]) or ""
        except httpx.TransportError as problem:
            raise Passing(f"{asked}: the connection failed ({printable(str(problem))}).") from problem
        except (httpx.DecodingError, httpx.InvalidURL) as problem:
            raise Unfetchable(f"{asked}: the answer cannot be read ({printable(str(problem))}).") from problem
        raise Unfetchable(f"{asked}: the site leads on from address to address without end.")


def read_text(response: httpx.Response) -> str | None:
    """Return a response's text, None where it is larger than any page."""
    body = bytearray()
    for block in response.iter_bytes():
        body += block
        if len(body) > MAX_PAGE_BYTES:
            return None
    return body.decode("utf-8", errors="replace")


def judge(response: httpx.Response, address: str) -> None:
    """Raise what a response's status means, nothing for one that holds what was asked for."""
    status = response.status_code
    # A server may answer no HEAD: then nothing is known of a file before it is fetched.
    if response.request.method == "HEAD" and status in (405, 501):
        return
    # 416: there is no more than what was fetched already.
    if status in (200, 206, 304, 416) and "cf-mitigated" not in response.headers:
        return
    if status in (401, 403) or "cf-mitigated" in response.headers or is_challenge(read_text(response) or ""):
        raise Blocked(f"{address}: the site lets only a browser through (status {status}).")
    if status == 429 or status >= 500:
        asked = response.headers.get("Retry-After", "")
        pause = float(asked) if asked.isdecimal() and len(asked) < 7 else 0.0
        later = f" It asks to wait for {pause:.0f} seconds; try again then." if pause > LONGEST_PAUSE else ""
        raise Passing(f"{address}: the site is busy or out of order (status {status}).{later}", pause)
    if status in (404, 410):
        raise Missing(f"{address}: there is no such page or file (status {status}). Look at the page it is from.")
    raise Unfetchable(f"{address}: the site answers with status {status}.")
