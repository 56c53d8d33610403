"""Download a release of NHS England's "Appointments in General Practice", and the patients that go with it.

Finds the release's page, lists what it will fetch, and fetches it into `data/downloads/<release month>/`, with
`download.json`, which says what is from where. What is there already, whole and unchanged, is not fetched again, and
what broke off goes on where it was. docs/data.md says which files these are, and what to do where a site lets only a
browser through.

Whatever cannot be had whole is refused: exit code 2, and no file under its name that is not whole.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fetching.addresses import Unfetchable, read_site
from fetching.client import Client
from fetching.kinds import APPOINTMENTS, in_words, read_publications
from fetching.release import make_plan, read_releases
from fetching.run import download, only_download
from progress import complain
from publication.releases import RELEASE_MONTH


def main(arguments: list[str] | None = None, wait: Callable[[float], None] = time.sleep) -> int:
    """Run the command; `wait` takes the seconds of each pause."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--release", help="the release's month as yyyy-mm; the newest without it")
    parser.add_argument("--downloads", type=Path, default=Path("data/downloads"), help="where releases are fetched to")
    parser.add_argument("--list", action="store_true", help="show the releases and fetch nothing")
    options = parser.parse_args(arguments)
    try:
        if options.release and not re.fullmatch(RELEASE_MONTH, options.release):
            raise Unfetchable(f"release: expected a month as yyyy-mm, such as 2025-10; found {options.release!r}.")
        with Client(read_site(), wait) as client:
            if options.list:
                show_releases(client)
                return 0
            with only_download(options.downloads):
                done = download(client, make_plan(client, options.downloads, options.release))
    except (Unfetchable, OSError) as problem:
        complain(f"download: {problem}")
        return 2
    except KeyboardInterrupt:
        complain("download: stopped. The next make download goes on from here.")
        return 130
    if not done.fetched:
        print(f"Nothing to fetch: all {len(done.unchanged)} files in {done.folder} are whole and unchanged.")
    print(f"Next: make import PUBLICATION={done.folder}")
    return 0


def show_releases(client: Client) -> None:
    """Print the releases, the newest first."""
    for release, page in read_releases(client, read_publications()[APPOINTMENTS]).items():
        print(f"{release}   {in_words(release):<16}{page}")


if __name__ == "__main__":
    sys.exit(main())
