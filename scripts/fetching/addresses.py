"""Which addresses may be asked, and under which name a file is kept. All that a page says passes through here."""

import os
import re
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

from publication.find import printable

PUBLICATIONS = "https://digital.nhs.uk/data-and-information/publications/statistical"
FILES = "https://files.digital.nhs.uk"
MAX_NAME = 150


class Unfetchable(Exception):
    """A release cannot be fetched; the message says what is wrong with which address and what to do."""


@dataclass(frozen=True)
class Site:
    """The address below which publications are, and the origins (scheme, host and port) that may be asked."""

    base: str
    origins: frozenset[tuple[str, str, int]]

    def series(self, publication: str) -> str:
        """Return the address of a publication's page."""
        return f"{self.base}/{publication}"

    def check(self, address: str) -> str:
        """Return the address if it may be asked. Raises Unfetchable for any other."""
        found = origin(address)
        if found in self.origins:
            return address
        hosts = " and ".join(sorted(f"{scheme}://{host}" for scheme, host, _ in self.origins))
        raise Unfetchable(
            f"{printable(address)}: this address leads elsewhere, and nothing but {hosts} is followed. If the files "
            "have moved there, download them with a browser."
        )


def read_site() -> Site:
    """Return NHS England's site or, where NHS_PUBLICATIONS_URL names one, its mirror, whose host alone is followed."""
    base = (os.environ.get("NHS_PUBLICATIONS_URL") or PUBLICATIONS).rstrip("/")
    bases = [base, FILES] if base == PUBLICATIONS else [base]
    origins = frozenset(found for found in map(origin, bases) if found)
    if not origins:
        raise Unfetchable(
            f"NHS_PUBLICATIONS_URL: expected an address such as {PUBLICATIONS}, without a user name; "
            f"found {printable(base)}."
        )
    return Site(base, origins)


def origin(address: str) -> tuple[str, str, int] | None:
    """Return the scheme, host and port of an address, None where it is none or has a user name."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or "\\" in address:
        return None
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)


def resolve(page: str, link: str) -> str | None:
    """Return the address that a link on a page leads to, without its fragment, None where it is none."""
    try:
        return urljoin(page, link.strip()).partition("#")[0]
    except ValueError:
        return None


def decoded(text: str) -> str:
    """Return `text` without percent-encoding, however often it was encoded."""
    while (plain := unquote(text)) != text:
        text = plain
    return text


def last_part(address: str) -> str:
    """Return what stands behind an address's last slash, decoded; it may hold anything."""
    try:
        return decoded(urlsplit(address).path.rpartition("/")[2])
    except ValueError:
        return ""


def file_name(address: str, link: str) -> str:
    """Return the name under which the file of an address is kept: always a file in the release's own folder.

    Raises Unfetchable where the link, as it stands on the page, leads up or its name is none for a file.
    """
    name = last_part(address)
    leads_up = ".." in re.split(r"[/\\]", decoded(link.partition("?")[0]))
    if leads_up or re.search(r'[/\\:*?"<>|]', name) or name.startswith((".", " ")) or not name.isprintable():
        raise Unfetchable(
            f"{printable(link)}: this link's path or name could lead out of the folder, so nothing was fetched. "
            "No link of NHS England's has one like it: look at the page with a browser."
        )
    if len(name.encode()) > MAX_NAME:
        raise Unfetchable(f"{printable(name[:60])}...: the file's name is longer than {MAX_NAME} bytes.")
    return name
