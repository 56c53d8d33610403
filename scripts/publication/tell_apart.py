"""Tell appointments in PCNs' own systems from those in general practice: both are published under one header.

Three signs speak for one or the other, or say nothing: how many appointments there are for the patients, which statuses
there are, and the file's name. The name counts least, because anyone may change it. Figures are of the publication of
October 2025, in which 106 locations have 917,026,378 appointments and 97 have 27,419,666 more in PCNs' systems.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
from database import quote

from publication.contents import reference, said
from publication.find import Unusable, base_name
from publication.read import Part
from publication.recognise import Known

# Appointments per registered patient and month. In general practice every location has 0.30 to 1.04 in each month, and
# every ICB had over 0.20 in April 2020, the quietest month of all. In PCNs' systems no location has over 0.10.
FEWEST_IN_GENERAL_PRACTICE = 0.15
# So few appointments in a file say nothing: no location has fewer than 45,000 in a month of general practice.
TOO_FEW_TO_TELL = 500

PRACTICE, PCN = "appointments in general practice", "appointments in PCNs' own systems"
PREFIX = {PRACTICE: "Regional_", PCN: "PCN_"}


@dataclass(frozen=True)
class Sign:
    """What one sign speaks for, PRACTICE or PCN or nothing, and what was seen."""

    speaks_for: str | None = None
    seen: str = ""


def tell_apart(connection: duckdb.DuckDBPyConnection, parts: list[Part], known: Known) -> list[Part]:
    """Return the parts, each under the layout that its rows are of.

    Raises Unusable, which names every part whose signs disagree and says how to answer.
    """
    twins = {layout.same_header_as: layout for layout in known.layouts if layout.same_header_as}
    signs = read_signs(connection, [part for part in parts if part.layout.name in twins])
    kinds = {file: decide(*(sign.speaks_for for sign in seen)) for file, seen in signs.items()}
    questions = [ask(part, signs[part.file]) for part in parts if part.file in signs and not kinds[part.file]]
    if questions:
        raise Unusable("\n".join(questions))
    return [replace(part, layout=twins[part.layout.name]) if kinds.get(part.file) == PCN else part for part in parts]


def read_signs(connection: duckdb.DuckDBPyConnection, parts: list[Part]) -> dict[Path, tuple[Sign, Sign, Sign]]:
    """Return what each part's number of appointments, its statuses and its name speak for, by the part's file."""
    if not parts:
        return {}
    files = [part.file for part in parts]
    rows = connection.execute(
        f"""
        with patients as (
            select sub_icb_location_code as location, avg(included_practice_patients::bigint) as patients
            from {reference("practice_coverage")} group by all
        ),
        cells as (
            select file, location, date_trunc('month', day) as month, sum(appointments) as appointments
            from {said(files)} where day is not null group by all
        ),
        volumes as (
            select file, sum(appointments) as appointments, sum(appointments) / sum(patients) as per_patient
            from cells inner join patients on trim(cells.location) = patients.location group by all
        ),
        statuses as (
            select
                filename as file,
                count(*) filter (trim(appointment_status) = 'Booked') as booked,
                count(*) filter (trim(appointment_status) = 'Unknown') as unknown
            from read_parquet([{", ".join(map(quote, files))}], filename = true) group by all
        )
        select file, coalesce(appointments, 0), per_patient, booked, unknown
        from statuses left join volumes using (file)
        """
    ).fetchall()
    names = {str(part.file): base_name(part.source.name) for part in parts}
    return {
        Path(file): (volume_sign(appointments, per_patient), status_sign(booked, unknown), name_sign(names[file]))
        for file, appointments, per_patient, booked, unknown in rows
    }


def volume_sign(appointments: int, per_patient: float) -> Sign:
    if appointments < TOO_FEW_TO_TELL:
        return Sign()
    return Sign(
        PCN if per_patient < FEWEST_IN_GENERAL_PRACTICE else PRACTICE,
        f"there are {per_patient:.3f} appointments per registered patient and month; in general practice there are 0.3 "
        "to 1.0, and in PCNs' own systems fewer than 0.1",
    )


def status_sign(booked: int, unknown: int) -> Sign:
    """What speaks for whose rows they are in how they name appointments that may still take place.

    They are Booked in PCNs' own systems and Unknown in general practice: in every file, and nearly every location and
    month.
    """
    if bool(booked) == bool(unknown):
        return Sign()
    kind, status = (PCN, "Booked") if booked else (PRACTICE, "Unknown")
    return Sign(kind, f"there is the status {status}, which only {kind} have")


def name_sign(name: str) -> Sign:
    kinds = [kind for kind, word in ((PRACTICE, "regional"), (PCN, "pcn")) if word in name]
    return Sign(kinds[0], "the file's name says so") if len(kinds) == 1 else Sign()


def decide(volume: str | None, statuses: str | None, name: str | None) -> str | None:
    """Return what a file holds, None where its signs disagree.

    What two signs of the rows agree on stands, whatever the name. Where the rows' signs contradict each other, the name
    decides if it says what the volume says. One sign of the rows alone is not taken against the name.
    """
    said = {volume, statuses} - {None}
    if len(said) == 2:
        return volume if name == volume else None
    if said and (volume == statuses or name in (None, *said)):
        return said.pop()
    return None if said else name or PRACTICE


def ask(part: Part, signs: tuple[Sign, Sign, Sign]) -> str:
    """Return the question what a part holds, with what speaks for each and how to answer."""
    volume, statuses, _ = (sign.speaks_for for sign in signs)
    lines = [f"{part.source.name}: the file holds {PRACTICE} or {PCN}, which share a header, and its signs disagree."]
    for kind in (PRACTICE, PCN):
        reasons = "; ".join(sign.seen for sign in signs if sign.speaks_for == kind)
        lines.append(f"For {kind}: {reasons or 'nothing'}.")
    unpack = "unpack it from the ZIP and " if part.source.member else ""
    for kind in (PRACTICE, PCN):
        if decide(volume, statuses, kind) == kind:
            lines.append(f"If it holds {kind}, {unpack}give it a name that begins with {PREFIX[kind]}.")
        else:
            lines.append(f"It cannot be imported as {kind}. If that is what it should hold, download it again.")
    return "\n    ".join(lines)
