"""Write a release: each raw table as Parquet, and the manifest that says what is in it and from which files."""

import json
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from database import connect, quote
from fingerprint import fingerprint

from publication.contents import (
    REFERENCE,
    SUMMARY,
    find_absent,
    find_geography,
    profile,
    refuse_repeats,
    summarise,
    summarise_together,
)
from publication.find import Unusable, files_in, find_sources
from publication.read import LeftOut, Part, named, read_sources
from publication.recognise import Known, read_layouts
from publication.releases import RELEASE_MONTH, put_in_place, refuse_loss, write_totals
from publication.tell_apart import tell_apart

MEMORY_LIMIT = "1GB"
NO_CSV = "not CSV files"


class Imported(NamedTuple):
    """A release that was imported: its folder, its manifest, the tables it lacks that most have, what was left out."""

    folder: Path
    manifest: dict[str, Any]
    needed: list[str]
    left_out: LeftOut


def made_from(paths: list[Path]) -> str:
    """Return a hash of what decides what an import of `paths` writes: their files, this code, the reference seeds."""
    code = [file for file in Path(__file__).parent.iterdir() if file.suffix in (".py", ".yml")]
    return fingerprint([*(file for path in paths for file in files_in(path)), *code, *REFERENCE.glob("*.csv")])


def is_imported(folder: Path, publications: Path) -> bool:
    """Whether the release in a folder of its month's name was imported as it is now, by this code."""
    file = publications / folder.name / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return manifest.get("made_from") == made_from([folder])


def import_publication(
    paths: list[Path], publications: Path, release: str | None = None, ignore_unknown: bool = False
) -> Imported:
    """Import a publication into a folder of its own below `publications`.

    `release` is the publication's month as yyyy-mm; without one it is the latest month in the files of appointments.
    Raises Unusable, having written nothing, for a publication that cannot be imported, such as one with a file that no
    layout fits, unless `ignore_unknown`.
    """
    known = read_layouts()
    sources, others = find_sources(paths)
    staging = publications / ".unfinished"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        with connect(
            [publications, REFERENCE], memory_limit=MEMORY_LIMIT, temp_directory=str(staging / "spill")
        ) as connection:
            connection.execute(SUMMARY)
            parts, left_out = read_sources(connection, sources, known, staging, ignore_unknown)
            left_out |= {NO_CSV: others} if others else {}
            if not parts:
                raise Unusable(
                    "\n   ".join(["there is nothing in these files that the warehouse uses.", *named(left_out)])
                )
            for part in parts:
                summarise(connection, known.table_of(part.layout), part.file)
            parts = tell_apart(connection, parts, known)
            refuse_repeats(connection, parts, known)
            files = write_tables(connection, parts, known, staging)
            manifest = describe(connection, parts, files, known, release) | {"made_from": made_from(paths)}
            for part in parts:
                part.file.unlink()
            release = manifest["release_month"]
            refuse_loss(publications / release, parts)
            (staging / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
            if "appointments_regional" in files:
                write_totals(connection, release, staging, publications)
        shutil.rmtree(staging / "spill", ignore_errors=True)
        folder = put_in_place(staging, publications, release)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    needed = [table.name for table in known.tables.values() if not table.optional and table.name not in files]
    return Imported(folder, manifest, needed, left_out)


def write_tables(
    connection: duckdb.DuckDBPyConnection, parts: list[Part], known: Known, folder: Path
) -> dict[str, Path]:
    """Write each raw table into `folder` from its parts; return the tables' files by name, in the order of `known`."""
    files: dict[str, Path] = {}
    for table in known.tables:
        members = [part for part in parts if part.layout.table == table]
        if not members:
            continue
        rows = f"from read_parquet([{', '.join(quote(part.file) for part in members)}])"
        lacks_codes = table == "sub_icb_coverage" and "appointments_regional" in files
        if lacks_codes:
            rows = with_area_codes(rows, files["appointments_regional"])
        files[table] = folder / f"{table}.parquet"
        if len(members) == 1 and not lacks_codes:
            shutil.copyfile(members[0].file, files[table])
        else:
            connection.execute(f"copy ({rows}) to {quote(files[table])} (format parquet, compression zstd)")
        if lacks_codes:
            summarise(connection, known.tables[table], files[table])
        else:
            summarise_together(connection, files[table], members)
    return files


def with_area_codes(coverage: str, appointments: Path) -> str:
    """Return SQL of coverage rows with the codes that they lack, where a release's appointments name one place alone.

    By a CCG's short code alone, one whose boundary changed could not be told from the location of that code today.
    """
    return f"""
        select c.* replace (
            coalesce(c.sub_icb_location_ons_code, p.ons_code) as sub_icb_location_ons_code,
            coalesce(c.icb_ons_code, p.icb_code) as icb_ons_code
        )
        from ({coverage}) as c
        left join (
            select
                trim(sub_icb_location_code) as code, max(sub_icb_location_ons_code) as ons_code,
                max(icb_ons_code) as icb_code
            from {quote(appointments)}
            group by all having count(distinct (sub_icb_location_ons_code, icb_ons_code)) = 1
        ) as p on trim(c.sub_icb_location_code) = p.code
        order by all -- a join keeps no order, and importing again changes nothing
    """


def describe(
    connection: duckdb.DuckDBPyConnection,
    parts: list[Part],
    files: dict[str, Path],
    known: Known,
    release: str | None,
) -> dict[str, Any]:
    """Return the manifest: the release's month and geography and, by table, what it holds, lacks and is from.

    Raises Unusable where the release's month is none, or earlier than what the files hold.
    """
    geography = find_geography(connection, files, known)
    tables = {
        name: profile(connection, file)
        | {
            "sources": [
                {
                    "file": part.source.path.name,
                    "member": part.source.member,
                    "layout": part.layout.name,
                    "sha256": part.sha256,
                }
                | profile(connection, part.file)
                for part in parts
                if part.layout.table == name
            ],
            "absent": find_absent(connection, known.tables[name], file, geography),
        }
        for name, file in files.items()
    }
    own = [about for name, about in tables.items() if not known.tables[name].publication]
    latest = max((about["last_month"] or "" for about in own), default="")
    if release and latest > release:
        raise Unusable(f"the files hold {latest}, so they are not of the {release} publication. Correct RELEASE=.")
    release = release or latest
    if not re.fullmatch(RELEASE_MONTH, release):
        raise Unusable(
            f"the latest month in the files is {release}, which no publication is named after. "
            "Name the release with RELEASE=yyyy-mm."
            if release
            else "no month of appointments can be read in the files, so the release has no name. Name it with "
            "RELEASE=yyyy-mm, or import its files of appointments together with these."
        )
    return {"release_month": release, "geography": geography, "tables": tables}
