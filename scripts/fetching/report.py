"""Say what will be fetched, what was, and what to do by hand."""

from pathlib import Path

from publication.find import printable


def by_hand(problem: Exception, pages: dict[str, list[str]], downloads: Path, release: str | None) -> str:
    """Return what to do where a site lets only a browser through: which pages to open, and what to put where.

    `pages` has the names of files by the page that they are on.
    """
    folder = downloads / (release or "yyyy-mm")
    lines = [str(problem), "This command does not try to get past that. Please fetch the files with a browser:"]
    for page, names in pages.items():
        lines += [f"   Open {printable(page)}{'' if release else ', choose the newest release'} and download:"]
        lines += [f"      {printable(name)}" for name in names]
    lines += [
        f"   Put them into {folder}" + ("." if release else ", where yyyy-mm is the release's month."),
        "   Names may differ a little. Do not unpack the files.",
        f"Then: make refresh, or make import PUBLICATION={folder}",
    ]
    return "\n".join(lines)


def in_megabytes(size: int | None) -> str:
    """Return a number of bytes in words."""
    return "size unknown" if size is None else f"{size:,} bytes" if size < 100_000 else f"{size / 1e6:,.1f} MB"


def line_of(name: str, size: int | None, what: str, is_there: bool) -> str:
    """Return a line of the list of a release's files."""
    there = ", there already" if is_there else ""
    return f"   {printable(name):<56} {in_megabytes(size):>13}   {what}{there}"
