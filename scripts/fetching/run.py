"""Fetch what a plan names into its folder, and say so."""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click
from progress import step

from fetching.addresses import Unfetchable
from fetching.client import Blocked, Client
from fetching.fetch import fetch, is_there, look
from fetching.kinds import APPOINTMENTS, in_words, read_publications
from fetching.pages import Link
from fetching.record import Record, Version, read_record
from fetching.release import Plan
from fetching.report import by_hand, in_megabytes, line_of


class Downloaded(NamedTuple):
    """What a download did: the release's folder, the files that it fetched, and those that were there already."""

    folder: Path
    fetched: list[str]
    unchanged: list[str]


@contextmanager
def only_download(downloads: Path) -> Iterator[None]:
    """Hold the folder's lock, which ends with this process. Raises Unfetchable where another has it."""
    downloads.mkdir(parents=True, exist_ok=True)
    with (downloads / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Unfetchable(f"another download into {downloads} is running. Wait until it has ended.") from error
        yield


def download(client: Client, plan: Plan) -> Downloaded:
    """Fetch each file of a plan that the folder has not, or not in this version.

    Raises Blocked, which says what to fetch with a browser, or Unfetchable. What was fetched until then stays.
    """
    plan.folder.mkdir(parents=True, exist_ok=True)
    record = read_record(plan.folder, plan.release)
    print(f"{read_publications()[APPOINTMENTS].title}, {in_words(plan.release)}: {plan.page}")
    missing = list(plan.files)
    try:
        wanted = list_files(client, record, plan.files)
        missing = list(wanted)
        for note in plan.notes + left_from_before(record, plan.files):
            print(note)
        unchanged = [file.name for file in plan.files if file not in wanted]
        if wanted:
            fetch_all(client, record, wanted, missing)
    except Blocked as problem:
        pages: dict[str, list[str]] = {}
        for file in missing:
            pages.setdefault(file.page, []).append(file.name)
        raise Blocked(by_hand(problem, pages, plan.folder.parent, plan.release)) from problem
    if plan.blocked:
        raise Blocked(plan.blocked)
    return Downloaded(plan.folder, [file.name for file in wanted], unchanged)


def list_files(client: Client, record: Record, files: list[Link]) -> dict[Link, Version]:
    """Print each file with its size; return those that are to be fetched, and their versions."""
    wanted = {}
    for file in files:
        version = look(client, file)
        there = is_there(record, file, version)
        if not there:
            wanted[file] = version
        size = (record.folder / file.name).stat().st_size if there else version.bytes
        print(line_of(file.name, size, file.kind.what, there), flush=True)
    return wanted


def left_from_before(record: Record, files: list[Link]) -> list[str]:
    """Return a sentence on each file that was fetched once and that the pages no longer have."""
    return [
        f"{record.folder / name} is from an earlier download, and the page no longer has it. Remove it before you "
        "import if another file has taken its place."
        for name in record.files
        if name not in [file.name for file in files] and (record.folder / Path(name).name).exists()
    ]


def fetch_all(client: Client, record: Record, wanted: dict[Link, Version], missing: list[Link]) -> None:
    """Fetch files one after the other, taking each that is there from `missing`."""
    sizes = [version.bytes for version in wanted.values()]
    total = sum(size or 0 for size in sizes)
    words = f"{in_megabytes(total)}{' or more' if None in sizes else ''}"
    bar = click.progressbar(length=total, label="Fetching", file=sys.stderr, hidden=not sys.stderr.isatty())
    with step(f"Fetching {len(wanted)} files, {words}, into {record.folder}"), bar as progress:
        before = 0
        for file, version in wanted.items():
            start = before

            def reached(position: int, start: int = start) -> None:
                progress.update(start + position - progress.pos)

            fetch(client, record, file, reached)
            before = start + (version.bytes or 0)
            missing.remove(file)
