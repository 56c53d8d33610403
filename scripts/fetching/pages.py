"""Find releases on a series' page and files on a release's page."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from publication.find import printable
from selectolax.lexbor import LexborHTMLParser

from fetching.addresses import Site, Unfetchable, file_name, last_part, origin, resolve
from fetching.kinds import Kind, Publication, month_of


@dataclass(frozen=True)
class Link:
    """A file that a page offers: what it is, the name it is kept under, its address and the page's."""

    kind: Kind
    name: str
    address: str
    page: str


def links_of(page: str, html: str) -> list[tuple[str, str]]:
    """Return each link of a page, as it stands there and as the address that it leads to."""
    links = [node.attributes.get("href") or "" for node in LexborHTMLParser(html).css("a[href]")]
    return [(link, address) for link in links if (address := resolve(page, link))]


def is_challenge(html: str) -> bool:
    """Whether a page is none of the publisher's, but asks whether its reader is a person at a browser."""
    parser = LexborHTMLParser(html)
    title = parser.css_first("title")
    words = title.text().lower() if title else ""
    return "just a moment" in words or "attention required" in words or "_cf_chl_opt" in html


def releases_of(site: Site, publication: Publication, html: str) -> dict[str, str]:
    """Return the addresses of the releases' pages that a series' page links to, by month, the newest first."""
    series = site.series(publication.path)
    found = {
        month: address.rstrip("/")
        for _, address in links_of(series + "/", html)
        if origin(address) in site.origins
        and urlsplit(address).path.rstrip("/").rpartition("/")[0] == urlsplit(series).path
        and (month := month_of(last_part(address.rstrip("/"))))
    }
    return dict(sorted(found.items(), reverse=True))


def files_of(publication: Publication, page: str, html: str) -> list[Link]:
    """Return the files of a release's page that are of one of the publication's kinds, in the kinds' order.

    Raises Unfetchable where one's name is not to be trusted, or two have one name. Whether an address may be asked is
    for the client to say.
    """
    found: dict[str, Link] = {}
    for link, address in links_of(page, html):
        # What lies behind an encoded slash too: such a link is refused, not passed over.
        bare = re.split(r"[/\\]", last_part(address))[-1]
        kind = next((kind for kind in publication.kinds if kind.fits(bare)), None)
        if kind is None:
            continue
        name = file_name(address, link)
        other = found.setdefault(name.casefold(), Link(kind, name, address, page))
        if other.address != address:
            raise Unfetchable(
                f"{page}: two different files of this page are called {printable(name)}. Download the right one with a "
                "browser."
            )
    return sorted(found.values(), key=lambda file: publication.kinds.index(file.kind))
