"""The kinds of files that are fetched. They are in kinds.yml."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("kinds.yml")
APPOINTMENTS, PATIENTS = "appointments-in-general-practice", "patients-registered-at-a-gp-practice"
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


@dataclass(frozen=True)
class Kind:
    """One kind of file; kinds.yml says what the fields mean."""

    what: str
    pattern: str
    example: str
    needed: bool = False

    def fits(self, name: str) -> bool:
        return bool(re.search(self.pattern, re.sub(r"[\s_-]+", "_", name.lower())))

    def name_in(self, release: str | None) -> str:
        """Return a name that a file of this kind may have in a release, or in any."""
        if not release:
            return self.example.format(month="<month>")
        year, month = release.split("-")
        return self.example.format(month=f"{MONTHS[int(month) - 1][:3].title()}_{year[2:]}")


@dataclass(frozen=True)
class Publication:
    """A series of releases, and what is fetched of one."""

    path: str
    title: str
    kinds: list[Kind]


@cache
def read_publications() -> dict[str, Publication]:
    """Return the publications by the last part of their address."""
    entries = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        path: Publication(path, entry["title"], [Kind(**kind) for kind in entry["kinds"]])
        for path, entry in entries.items()
    }


def month_of(slug: str) -> str | None:
    """Return the release's month as yyyy-mm that the last part of its page's address says, such as november-2025."""
    match = re.fullmatch(r"([a-z]+)-(20\d\d)", slug.lower())
    return f"{match[2]}-{MONTHS.index(match[1]) + 1:02}" if match and match[1] in MONTHS else None


def slug_of(release: str) -> str:
    """Return the last part of the address of a release's page."""
    year, month = release.split("-")
    return f"{MONTHS[int(month) - 1]}-{year}"


def in_words(release: str) -> str:
    """Return a release's month in words, such as November 2025."""
    return slug_of(release).replace("-", " ").capitalize()
