"""Fetch one file: go on where an earlier try broke off, check what came, and only then give it its name."""

import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
from fingerprint import sha256_of
from publication.find import printable

from fetching.addresses import Unfetchable
from fetching.client import MAX_PAGE_BYTES, Blocked, Client, Passing
from fetching.pages import Link, is_challenge
from fetching.record import Entry, Record, Version

# No file of a publication comes near this.
MAX_FILE_BYTES = 2 << 30
# Bytes as they are, so that their number is the length that the site says.
PLAIN = {"Accept-Encoding": "identity"}


def version_of(response: httpx.Response) -> Version:
    """Return which version of a file a response is of."""
    length = response.headers.get("Content-Length", "")
    if response.status_code == 206:
        length = response.headers.get("Content-Range", "").rpartition("/")[2]
    return Version(
        int(length) if length.isdecimal() else None, response.headers.get("ETag"), response.headers.get("Last-Modified")
    )


def look(client: Client, link: Link) -> Version:
    """Return what the site says of a file without fetching it: nothing, where it answers no such question."""

    def ask() -> Version:
        with client.ask("HEAD", link.address, PLAIN) as response:
            return version_of(response) if response.status_code == 200 else Version()

    return client.patiently(ask)


def is_there(record: Record, link: Link, version: Version) -> bool:
    """Whether the folder has this version of a file, whole. One that a browser put there is taken into the record."""
    file = record.folder / link.name
    if not file.is_file():
        return False
    entry = record.files.get(link.name)
    found = Version(file.stat().st_size)
    if entry is None:
        if version.bytes is None or not found.may_be(version) or what_is_wrong(file):
            return False
        entry = Entry(link.address, version, sha256_of(file), now())
        record.files[link.name] = entry
        record.save()
        return True
    return (
        entry.address == link.address
        and found.may_be(entry.version)
        and entry.version.may_be(version)
        and sha256_of(file) == entry.sha256
    )


def fetch(client: Client, record: Record, link: Link, reached: Callable[[int], None]) -> None:
    """Fetch a file into the record's folder, calling `reached` with how many bytes of it are there.

    Raises Blocked, or Unfetchable where it cannot be had whole; the folder then has what it had under the file's name.
    """
    part = record.folder / f"{link.name}.part"
    try:
        version = client.patiently(lambda: fetch_part(client, record, link, part, reached))
        if problem := what_is_wrong(part):
            challenged = problem == WEB_PAGE and is_challenge(
                part.read_bytes()[:MAX_PAGE_BYTES].decode("utf-8", "replace")
            )
            raise (Blocked if challenged else Unfetchable)(f"{link.address}: {problem}")
    except Passing as problem:
        raise Passing(f"{problem} What came so far is kept: the next run goes on from there.") from problem
    except OSError as problem:
        raise Unfetchable(
            f"{part} cannot be written: {problem.strerror}. Make room, or correct the folder's permissions, and run "
            "the command again. What came so far is kept."
        ) from problem
    except Unfetchable:
        part.unlink(missing_ok=True)
        raise
    size, sha256 = part.stat().st_size, sha256_of(part)
    part.replace(record.folder / link.name)
    record.unfinished.pop(link.name, None)
    version = Version(size, version.etag, version.last_modified)
    record.files[link.name] = Entry(link.address, version, sha256, now())
    record.save()


def fetch_part(client: Client, record: Record, link: Link, part: Path, reached: Callable[[int], None]) -> Version:
    """Fetch into `part` what it lacks, or all anew where the file is another by now; return the file's version."""
    begun = record.unfinished.get(link.name)
    have, headers = 0, dict(PLAIN)
    if begun and begun.address == link.address and begun.version.validator and part.is_file():
        have = part.stat().st_size
    if begun and have:
        headers |= {"Range": f"bytes={have}-", "If-Range": begun.version.validator or ""}
    with client.ask("GET", link.address, headers) as response:
        version = version_of(response)
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {have}-") and response.status_code == 206
        if begun and have and not (goes_on and version.may_be(begun.version)) and response.status_code != 200:
            part.unlink()
            raise Passing(f"{link.address}: the file is another one than before. It is fetched from its beginning.")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Unfetchable(f"{link.address}: the file comes in a form that was not asked for.")
        if (version.bytes or 0) > MAX_FILE_BYTES:
            raise Unfetchable(f"{link.address}: {too_large(version.bytes or 0)}")
        if not goes_on:
            have = 0
        record.unfinished[link.name] = Entry(link.address, version)
        record.save()
        reached(have)
        with part.open("ab" if goes_on else "wb") as file:
            for block in response.iter_raw():
                have += len(block)
                if have > MAX_FILE_BYTES:
                    raise Unfetchable(f"{link.address}: {too_large(have)}")
                file.write(block)
                reached(have)
            file.flush()
            os.fsync(file.fileno())
    if version.bytes is not None and have != version.bytes:
        raise Passing(f"{link.address}: {have:,} of {version.bytes:,} bytes came.")
    return version


def too_large(size: int) -> str:
    return f"the file has {size:,} bytes, and at most {MAX_FILE_BYTES:,} are fetched. It is none of a publication."


WEB_PAGE = "a web page came where a file should be, so it was not kept. Look at the page with a browser."


def what_is_wrong(file: Path) -> str | None:
    """Return what is wrong with a file that came, nothing for a ZIP that is one or a CSV that may be one."""
    with file.open("rb") as content:
        start = content.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "the file is empty (0 bytes). Try again later."
    if start.startswith(b"<"):
        return WEB_PAGE
    if file.name.removesuffix(".part").lower().endswith(".zip"):
        try:
            with zipfile.ZipFile(file):
                return None
        except zipfile.BadZipFile as problem:
            return f"the file is no whole ZIP ({printable(str(problem))}), so it was not kept. Try again later."
    return None


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
