"""Import a publication of NHS England's "Appointments in General Practice" as it is downloaded.

Reads ZIPs, folders and CSV files, recognises each CSV by its header, and writes the raw tables in the columns of
`seeds/raw/` as Parquet to `data/publications/<release month>/`, with a manifest. Cells are written as published:
what they mean is for the staging models. Releases lie side by side, and each folder's `release_totals` holds what it
and every earlier release said of each month. docs/data.md says where the files are found and how to add a layout.

What a publication offers and the warehouse does not use is left out by name. Anything that can't be read, isn't
recognised or is there twice is refused before anything is written: exit code 2.
"""

import argparse
import os
import re
import sys
from pathlib import Path

from progress import complain
from publication.find import Unusable
from publication.releases import RELEASE_MONTH
from publication.report import report
from publication.write import import_publication


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, help="ZIPs, folders and CSV files of one publication")
    parser.add_argument("--publications", type=Path, default=Path("data/publications"), help="where releases are kept")
    parser.add_argument("--release", help="the publication's month as yyyy-mm, if it is not its data's latest month")
    parser.add_argument(
        "--ignore-unknown",
        action="store_true",
        default=os.environ.get("IGNORE_UNKNOWN") == "1",
        help="leave out CSVs that no layout fits; IGNORE_UNKNOWN=1 in the environment means the same",
    )
    options = parser.parse_args(arguments)
    try:
        if options.release and not re.fullmatch(RELEASE_MONTH, options.release):
            raise Unusable(f"release: expected a month as yyyy-mm, such as 2025-10; found {options.release!r}.")
        imported = import_publication(options.paths, options.publications, options.release, options.ignore_unknown)
    except (Unusable, OSError) as problem:
        complain(f"import: {problem}\nNothing was imported.")
        return 2
    report(imported)
    return 0


if __name__ == "__main__":
    sys.exit(main())
