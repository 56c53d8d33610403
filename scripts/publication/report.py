"""Say what was imported, what the publication lacks, and what to do next."""

import textwrap
from typing import Any

from publication.read import named
from publication.write import Imported


def report(imported: Imported) -> None:
    """Print what was imported, for whoever called the import."""
    folder, manifest, needed, left_out = imported
    tables = manifest["tables"]
    print(f"Imported the {manifest['release_month']} publication, of geography {manifest['geography']}, into {folder}:")
    for table, about in tables.items():
        appointments = "" if about["appointments"] is None else f"{about['appointments']:,} appointments"
        line = (
            f"   {table:<26}{about['rows']:>10,} rows {appointments:>26}   {months_of(about):<18}   {areas_of(about)}"
        )
        print(line.rstrip())
    if left_out:
        print("\n   ".join(["Left out:", *named(left_out)]))
    for table, about in tables.items():
        if about["absent"]:
            text = f"Absent from {table}, as the names of areas in the marts will say: {'; '.join(about['absent'])}"
            print(textwrap.fill(text, 110, subsequent_indent="   ", break_on_hyphens=False))
    if needed:
        print(
            f"The release has no {' and no '.join(needed)}. If these were published, import again with their files too."
        )
    if "appointments_regional" in needed:
        print("A build also needs appointments_regional, from this release or from another in the same folder.")
    else:
        print(f"Next: make build RAW={folder}")
    if len(list(folder.parent.glob("20*/manifest.json"))) > 1:
        print(f"To build every month of all the releases together: make build RAW={folder.parent}")


def months_of(about: dict[str, Any]) -> str:
    """Return the months of a table, nothing for one without."""
    first, last = about["first_month"], about["last_month"]
    return "" if not first else first if first == last else f"{first} to {last}"


def areas_of(about: dict[str, Any]) -> str:
    """Return how many ICBs a table names or, where it names none, how many locations."""
    count, area = (about["icbs"], "ICB") if about["icbs"] else (about["sub_icb_locations"], "sub-ICB location")
    return f"{count} {area}{'' if count == 1 else 's'}" if count else ""
