"""Keep releases side by side: what each said of a month, and that none is replaced by one that holds less."""

import json
import re
import shutil
from pathlib import Path

import duckdb
from database import quote

from publication.find import Unusable, printable
from publication.read import Part, as_count, as_date

RELEASE_MONTH = r"20\d\d-(0[1-9]|1[0-2])"


def refuse_loss(folder: Path, parts: list[Part]) -> None:
    """Raise Unusable where the release is there already, from a file of which these have no version."""
    hashes = {part.sha256 for part in parts}
    names = {(part.source.path.name, part.source.member) for part in parts}
    if not (folder / "manifest.json").exists():
        return
    old = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    lost = [
        printable(":".join(filter(None, (source["file"], source["member"]))))
        for table in old["tables"].values()
        for source in table["sources"]
        if source["sha256"] not in hashes and (source["file"], source["member"]) not in names
    ]
    if lost:
        raise Unusable(
            f"{folder} was imported from {len(lost)} files that are not in this import: {', '.join(lost[:5])}"
            f"{', ...' if len(lost) > 5 else ''}. Name those too, or remove {folder} to import the release anew."
        )


def write_totals(connection: duckdb.DuckDBPyConnection, release: str, staging: Path, publications: Path) -> None:
    """Write into each release's folder what it and the releases before it said of each month and place.

    `staging` is the release's own folder, not yet in place. A release that comes late is thereby added to later ones.
    """
    folders = {
        manifest.parent.name: manifest.parent
        for manifest in publications.glob("*/manifest.json")
        if re.fullmatch(RELEASE_MONTH, manifest.parent.name)
        and (manifest.parent / "appointments_regional.parquet").exists()
    } | {release: staging}
    connection.execute(
        f"""
        create temporary table own_totals as
        select
            {quote(release)} as release_month, sub_icb_location_code, sub_icb_location_ons_code, icb_ons_code,
            strftime({as_date("appointment_month")}, '%Y-%m') as appointment_month,
            sum(appointments)::varchar as count_of_appointments,
            coalesce(sum(appointments) filter (lower(trim(appointment_status)) = 'attended'), 0)::varchar
                as count_of_attended,
            coalesce(sum(appointments) filter (lower(trim(appointment_status)) = 'dna'), 0)::varchar as count_of_dna
        from (
            select *, {as_count("count_of_appointments")} as appointments
            from {quote(staging / "appointments_regional.parquet")}
        )
        where appointments is not null
        group by all having appointment_month is not null
        """
    )
    for name, folder in folders.items():
        if name != release:
            connection.execute(
                f"insert into own_totals select * from {quote(folder / 'release_totals.parquet')} "
                f"where release_month = {quote(name)}"
            )
    for name, folder in folders.items():
        new = staging / "totals"
        connection.execute(
            f"copy (from own_totals where release_month <= {quote(name)} order by all) to {quote(new)} (format parquet)"
        )
        new.replace(folder / "release_totals.parquet")


def put_in_place(staging: Path, publications: Path, release: str) -> Path:
    """Move a finished release to its folder, in place of the one that was there; return the folder."""
    folder, old = publications / release, publications / ".replaced"
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    staging.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return folder
