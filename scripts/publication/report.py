"""Say what was imported, what the publication lacks, and what to do next."""

import textwrap

from publication.write import Imported


def report(imported: Imported) -> None:
    """Print what was imported, for whoever called the import."""
    folder, manifest, needed, ignored = imported
    tables = manifest["tables"]
    print(f"Imported the {manifest['release_month']} publication, of geography {manifest['geography']}, into {folder}:")
    for table, about in tables.items():
        appointments = "" if about["appointments"] is None else f"{about['appointments']:,} appointments"
        print(
            f"   {table:<22}{about['rows']:>10,} rows {appointments:>28}   "
            f"{about['first_month']} to {about['last_month']}   {about['icbs']} ICB{'' if about['icbs'] == 1 else 's'}"
        )
    if ignored:
        print(f"These files were ignored, because they are not CSVs: {', '.join(ignored)}")
    for table, about in tables.items():
        if about["absent"]:
            text = f"Absent from {table}, as the names of areas in the marts will say: {'; '.join(about['absent'])}"
            print(textwrap.fill(text, 110, subsequent_indent="   ", break_on_hyphens=False))
    if needed:
        print(f"A build also needs {', '.join(needed)}. Import again, and name the files of these too.")
    else:
        print(f"Next: make build RAW={folder}")
