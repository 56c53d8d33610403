"""Bring the published warehouse up to date: download the newest release, import it, build all releases, publish.

What is there already, and unchanged, is not done again. Where the site lets only a browser through, it goes on with
what somebody has put into the newest folder of `data/downloads`.

Exit codes: 0 a new build is published; 3 nothing is new, so nothing was done; 2 something failed, and the published
warehouse is as it was.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import build
from building.publish import published_record
from fetching.addresses import Unfetchable, read_site
from fetching.client import Blocked, Client
from fetching.kinds import APPOINTMENTS, read_publications
from fetching.release import make_plan
from fetching.run import download, only_download
from progress import complain
from publication.find import Unusable, files_in
from publication.releases import RELEASE_MONTH
from publication.report import report
from publication.write import import_publication, is_imported

PUBLISHED, FAILED, NOTHING_NEW, STOPPED = 0, 2, 3, 130


def main(arguments: list[str] | None = None, wait: Callable[[float], None] = time.sleep) -> int:
    """Run the command; `wait` takes the seconds of each pause of the download."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--downloads", type=Path, default=Path("data/downloads"), help="where releases are fetched to")
    parser.add_argument("--publications", type=Path, default=Path("data/publications"), help="where releases are kept")
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse"), help="where to publish")
    parser.add_argument("--vars", dest="dbt_vars", help="variables for dbt, as YAML")
    options = parser.parse_args(arguments)
    before = build_id(options.warehouse)
    try:
        folder = newest(options.downloads, options.publications, wait)
        if not is_imported(folder, options.publications):
            report(import_publication([folder], options.publications, folder.name))
    except (Unfetchable, Unusable, OSError) as problem:
        complain(f"refresh: {problem}\nNothing was published. {options.warehouse} is as it was.")
        return FAILED
    except KeyboardInterrupt:
        complain(f"refresh: stopped. {options.warehouse} is as it was, and the next make refresh goes on from here.")
        return STOPPED
    os.environ["NHS_RAW_DIR"] = str(options.publications)
    given = ["--vars", options.dbt_vars] if options.dbt_vars else []
    if code := build.main(["build", "--warehouse", str(options.warehouse), *given]):
        return code
    return NOTHING_NEW if build_id(options.warehouse) == before else PUBLISHED


def build_id(warehouse: Path) -> str | None:
    """Return which build is published, None where none is."""
    record = published_record(warehouse)
    return record["build_id"] if record else None


def newest(downloads: Path, publications: Path, wait: Callable[[float], None]) -> Path:
    """Download the newest release and return its folder.

    Where the site lets only a browser through, return the newest folder, if it has files that were not imported yet.
    Raises Unfetchable where it has none.
    """
    try:
        with Client(read_site(), wait) as client, only_download(downloads):
            return download(client, make_plan(client, downloads)).folder
    except Blocked as problem:
        folder = max((f for f in downloads.iterdir() if re.fullmatch(RELEASE_MONTH, f.name)), default=None)
        if folder is None or is_imported(folder, publications) or not is_complete(folder):
            raise
        print(f"{problem}\n\nThese or others are in {folder} already, so it goes on with what lies there.")
        return folder


def is_complete(folder: Path) -> bool:
    """Whether a folder has every kind of file without which a release is not whole."""
    names = [file.name for file in files_in(folder)]
    return all(
        any(kind.fits(name) for name in names) for kind in read_publications()[APPOINTMENTS].kinds if kind.needed
    )


if __name__ == "__main__":
    sys.exit(main())
