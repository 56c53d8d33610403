"""Find a release: its month, its page, and the files that are wanted of it."""

from dataclasses import dataclass, field
from pathlib import Path

from fetching.addresses import Site, Unfetchable
from fetching.client import Blocked, Client, Missing
from fetching.kinds import APPOINTMENTS, PATIENTS, Publication, in_words, read_publications, slug_of
from fetching.pages import Link, files_of, releases_of
from fetching.report import by_hand

# How many releases are looked at for one that has files: the newest may only be announced.
LOOKED_AT = 3


@dataclass
class Plan:
    """What is wanted of a release: its month, page and folder, its files, and what there is to say of it.

    `blocked` says what must be fetched with a browser, where the page of another publication lets no command through.
    """

    release: str
    page: str
    folder: Path
    files: list[Link]
    notes: list[str] = field(default_factory=list)
    blocked: str | None = None


def read_releases(client: Client, publication: Publication) -> dict[str, str]:
    """Return the addresses of a publication's releases by month, the newest first. Raises Unfetchable for none."""
    series = client.site.series(publication.path)
    releases = releases_of(client.site, publication, client.page(series))
    if not releases:
        raise Unfetchable(
            f"{series}: this page links to no release. Look at it with a browser: its form may have changed."
        )
    return releases


def make_plan(client: Client, downloads: Path, release: str | None = None) -> Plan:
    """Find a release, the newest without `release`, and its files.

    Raises Blocked, which says what to fetch with a browser, or Unfetchable where the release is not there or its page
    lacks a file that is needed.
    """
    publication = read_publications()[APPOINTMENTS]
    page = ""
    notes: list[str] = []
    try:
        releases = read_releases(client, publication)
        if release and release not in releases:
            raise Unfetchable(
                f"{client.site.series(APPOINTMENTS)}: there is no release of {in_words(release)} on this page. "
                f"The newest are {', '.join(list(releases)[:LOOKED_AT])}; make download LIST=1 shows all."
            )
        for month in [release] if release else list(releases)[:LOOKED_AT]:
            page, release = releases[month], month
            files = files_of(publication, page, client.page(page))
            if files:
                break
            notes.append(f"The page of {in_words(month)} has no files yet.")
    except Blocked as problem:
        pages = {
            page_of(client.site, publication, release): [kind.name_in(release) for kind in publication.kinds]
            for publication in read_publications().values()
        }
        raise Blocked(by_hand(problem, pages, downloads, release)) from problem
    lacking = [kind for kind in publication.kinds if kind not in [file.kind for file in files]]
    if needed := [kind for kind in lacking if kind.needed]:
        earlier = next((month for month in releases if month < release), None) if release else None
        raise Unfetchable(
            f"{page}: the release is not complete yet. Its page has no file of {needed[0].what}, such as "
            f"{needed[0].name_in(release)}. Try again later"
            + (f", or take the one before: make download RELEASE={earlier}." if earlier else ".")
        )
    assert release
    notes += [f"The page has no file of {kind.what}, such as {kind.name_in(release)}." for kind in lacking]
    plan = Plan(release, page, downloads / release, files, notes)
    add_patients(client, plan)
    return plan


def add_patients(client: Client, plan: Plan) -> None:
    """Add the file of registered patients of the release's month, or of the nearest later one that has it."""
    publication = read_publications()[PATIENTS]
    page = client.site.series(PATIENTS)
    [kind] = publication.kinds
    try:
        later = sorted(month for month in read_releases(client, publication) if month >= plan.release)
        for month in later[:LOOKED_AT]:
            page = page_of(client.site, publication, month)
            if files := files_of(publication, page, client.page(page)):
                plan.files += files
                return
        words = f"no page from {in_words(plan.release)} on has it"
    except Missing as problem:
        words = str(problem)
    except Blocked as problem:
        if any(kind.fits(file.name) for file in plan.folder.glob("*")):
            plan.notes.append(f"{page} lets only a browser through, so {kind.example} stays as it is in {plan.folder}.")
        else:
            plan.blocked = by_hand(problem, {page: [kind.example]}, plan.folder.parent, plan.release)
        return
    plan.notes.append(f"{publication.title} has no {kind.example}: {words}.".replace("..", "."))


def page_of(site: Site, publication: Publication, release: str | None) -> str:
    """Return the address that a release's page has by its name, that of the whole series without a release."""
    series = site.series(publication.path)
    return f"{series}/{slug_of(release)}" if release else series
