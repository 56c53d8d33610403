"""Import a publication of NHS England's "Appointments in General Practice" as it is downloaded.

Reads ZIPs, folders and CSV files, recognises each CSV by its header, and writes the raw tables in the columns of
`seeds/raw/` as Parquet to `data/publications/<release month>/`, with a manifest. Cells are written as published:
what they mean is for the staging models. Releases lie side by side, and each folder's `release_totals` holds what it
and every earlier release said of each month. docs/data.md says where the files are found and how to add a layout.

Anything that can't be read, isn't recognised or is there twice is refused before anything is written: exit code 2.
"""

import argparse
import codecs
import csv
import hashlib
import io
import json
import re
import shutil
import stat
import sys
import textwrap
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import click
import duckdb
from database import connect, quote
from progress import complain

REFERENCE = Path(__file__).resolve().parents[1] / "seeds" / "reference"

# Where a row is from. The publisher names the same columns differently in each era of the NHS's geography.
GEOGRAPHIES = {
    "by sub-ICB location": {
        "sub_icb_location_code": ["sub_icb_location_code"],
        "sub_icb_location_ons_code": ["sub_icb_location_ons_code"],
        "sub_icb_location_name": ["sub_icb_location_name", "sub_icb_location"],
        "icb_ons_code": ["icb_ons_code"],
        "region_ons_code": ["region_ons_code", "region_code"],
    },
    "by CCG": {
        "sub_icb_location_code": ["ccg_code", "commissioner_organisation_code"],
        "sub_icb_location_ons_code": ["ccg_ons_code"],
        "sub_icb_location_name": ["ccg_name"],
        "icb_ons_code": ["stp_ons", "stp_ons_code"],
        "region_ons_code": ["region_ons_code"],
    },
}
# What a row says: by raw table, each column and what the publisher calls it.
MEASURES = {
    "appointments_regional": {
        "appointment_month": ["appointment_month"],
        "appointment_status": ["appt_status"],
        "hcp_type": ["hcp_type"],
        "appointment_mode": ["appt_mode"],
        "time_between_book_and_appointment": ["time_between_book_and_appt"],
        "count_of_appointments": ["count_of_appointments"],
    },
    "actual_duration": {
        "appointment_date": ["appointment_date"],
        "actual_duration": ["actual_duration"],
        "count_of_appointments": ["count_of_appointments"],
    },
    "national_categories": {
        "appointment_date": ["appointment_date"],
        "service_setting": ["service_setting"],
        "context_type": ["context_type"],
        "national_category": ["national_category"],
        "count_of_appointments": ["count_of_appointments"],
    },
    "sub_icb_coverage": {
        "appointment_month": ["appointment_month"],
        "included_practices": ["included practices"],
        "open_practices": ["open practices"],
        "included_practice_patients": ["patients registered at included practices"],
        "open_practice_patients": ["patients registered at open practices"],
    },
}
# What a file may lack: its code says which place a row is of.
OPTIONAL = {"sub_icb_location_ons_code", "sub_icb_location_name", "region_ons_code"}
OPTIONAL_OF = {"sub_icb_coverage": OPTIONAL | {"icb_ons_code"}}
# Files of a publication that hold the same appointments in another form, by columns that only they have.
REFUSED = (
    (
        {"gp_code"},
        "a practice-level crosstab. This warehouse holds areas: leave the file out, the regional files have its "
        "appointments",
    ),
    (
        {"appointment_date", "appt_status"},
        "a daily crosstab. Leave the file out: the regional files have its appointments, by month",
    ),
)

# A build does without coverage: the reference seed has the ICBs'.
MAY_BE_ABSENT = {"sub_icb_coverage"}

RELEASE_MONTH = r"20\d\d-(0[1-9]|1[0-2])"
DATE_FORMATS = ("%d-%b-%y", "%d%b%Y", "%Y-%m-%d", "%b%Y", "%Y-%m")
# No file of a publication comes near these; what does is no publication.
MAX_MEMBER_BYTES = 4 * 1024**3
MAX_COMPRESSION_RATIO = 250
MAX_MEMBERS = 1000
MEMORY_LIMIT = "1GB"


class Unusable(Exception):
    """The publication cannot be imported; the message says what is wrong with which file and what to do."""


@dataclass
class Source:
    """One CSV of the publication: a file, or a member of a ZIP."""

    path: Path
    member: str | None
    size: int
    table: str = ""
    layout: str = ""
    sha256: str = ""
    header: list[str] = field(default_factory=list)
    part: Path = Path()

    @property
    def name(self) -> str:
        """What a message calls it. Nothing in it can move the cursor of the terminal it is printed on."""
        name = f"{self.path}:{self.member}" if self.member else str(self.path)
        return printable(name)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The file's bytes. Raises Unusable where they cannot be had."""
        try:
            if self.member is None:
                with self.path.open("rb") as file:
                    yield file
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                    yield file
        except (zipfile.BadZipFile, zlib.error, EOFError) as problem:
            raise Unusable(f"{self.name}: the ZIP is damaged ({problem}). Download it again.") from problem
        except (RuntimeError, NotImplementedError) as problem:
            raise Unusable(f"{self.name}: cannot be unpacked ({problem}). Download it again.") from problem


def printable(text: str) -> str:
    """Return `text` with a question mark for every character that is not for printing."""
    return "".join(character if character.isprintable() else "?" for character in text)


def find_sources(paths: list[Path]) -> tuple[list[Source], list[str]]:
    """Return every CSV in the files, folders and ZIPs of `paths`, by name, and what else lies there.

    Raises Unusable for what is no publication: no such file, no CSV at all, ZIPs that are damaged or hostile.
    """
    sources: list[Source] = []
    ignored: list[str] = []
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise Unusable(
                f"{path}: no such file or folder. Name folders, ZIPs or CSVs with PUBLICATION=; a path with a space in "
                "it goes in quotes of its own: PUBLICATION=\"'my folder'\"."
            )
        files += sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    seen: set[Path] = set()
    for file in files:
        if file.resolve() in seen:
            raise Unusable(f"{printable(str(file))} is named twice. Name it once.")
        seen.add(file.resolve())
        if file.suffix.lower() == ".csv":
            sources.append(Source(file, None, file.stat().st_size))
        elif file.suffix.lower() == ".zip":
            members, others = find_members(file)
            sources += members
            ignored += others
        else:
            ignored.append(printable(str(file)))
    if not sources:
        raise Unusable(f"no CSV in {', '.join(map(str, paths))}. Download the publication's CSV ZIPs: docs/data.md.")
    return sources, ignored


def find_members(path: Path) -> tuple[list[Source], list[str]]:
    """Return the CSVs in a ZIP and the names of its other files. Nothing is ever unpacked under a member's name."""
    name = printable(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as problem:
        raise Unusable(f"{name}: the ZIP is damaged or cut short ({problem}). Download it again.") from problem
    if len(members) > MAX_MEMBERS:
        raise Unusable(f"{name}: {len(members):,} files in one ZIP; no publication has more than {MAX_MEMBERS:,}.")
    if len({member.filename for member in members}) < len(members):
        raise Unusable(f"{name}: two files of one name in the ZIP. Download it again.")
    sources, ignored = [], []
    for member in members:
        where = f"{name}:{printable(member.filename)}"
        steps = re.split(r"[/\\]", member.filename)
        if member.filename.startswith(("/", "\\")) or ".." in steps or ":" in steps[0]:
            raise Unusable(f"{where}: a path that leads out of the ZIP. This is no publication; do not open it.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Unusable(f"{where}: a link instead of a file. This is no publication; do not open it.")
        if member.is_dir():
            continue
        if member.filename.lower().endswith(".zip"):
            raise Unusable(f"{where}: a ZIP inside a ZIP. Unpack the outer one and name the ZIPs in it.")
        if not member.filename.lower().endswith(".csv"):
            ignored.append(where)
            continue
        if member.file_size > MAX_MEMBER_BYTES:
            raise Unusable(f"{where}: {member.file_size:,} bytes unpacked; at most {MAX_MEMBER_BYTES:,} are read.")
        if member.file_size > MAX_COMPRESSION_RATIO * max(member.compress_size, 1024):
            raise Unusable(
                f"{where}: {member.compress_size:,} bytes that unpack to {member.file_size:,}. "
                "This is no publication; do not open it."
            )
        sources.append(Source(path, member.filename, member.file_size))
    return sources, ignored


def unpack(source: Source, scratch: Path, advance: Callable[[int], None]) -> None:
    """Copy a source's bytes into `scratch`, checking that they are UTF-8; set its hash and header."""
    digest = hashlib.sha256()
    decode = codecs.getincrementaldecoder("utf-8")().decode
    line = 1
    with source.open() as file, scratch.open("wb") as copy:
        while block := file.read(1 << 20):
            try:
                decode(block)
            except UnicodeDecodeError as problem:
                line += block.count(b"\n", 0, problem.start)
                raise Unusable(
                    f"{source.name}: line {line} is not UTF-8. Download the file again, and do not save it with a "
                    "spreadsheet."
                ) from problem
            line += block.count(b"\n")
            digest.update(block)
            copy.write(block)
            advance(len(block))
    source.sha256 = digest.hexdigest()
    with scratch.open(encoding="utf-8-sig", newline="") as file:
        source.header = [name.strip() for name in next(csv.reader(io.StringIO(file.readline())), [])]


def recognise(source: Source) -> dict[str, int | None]:
    """Set a source's table and layout by its header; return the position of each column of the raw table.

    Raises Unusable for a header that fits none, or a file that would count the same appointments again.
    """
    names = [name.lower() for name in source.header]
    for marks, why in REFUSED:
        if marks <= set(names):
            raise Unusable(f"{source.name}: {why}.")
    nearest: tuple[int, str, list[str]] = (0, "", [])
    for table, measures in MEASURES.items():
        for era, geography in GEOGRAPHIES.items():
            columns = geography | measures
            found = {
                column: [position for position, name in enumerate(names) if name in spellings]
                for column, spellings in columns.items()
            }
            optional = OPTIONAL_OF.get(table, OPTIONAL)
            missing = [columns[name][0] for name, at in found.items() if not at and name not in optional]
            if not missing:
                twice = [columns[name][0].upper() for name, at in found.items() if len(at) > 1]
                if twice:
                    raise Unusable(f"{source.name}: column {', '.join(twice)} appears more than once in the header.")
                source.table, source.layout = table, f"{table} {era}"
                return {column: at[0] if at else None for column, at in found.items()}
            fit = len(columns) - len(missing)
            if fit > nearest[0]:
                nearest = (fit, f"{table} {era}", missing)
    raise Unusable(
        f"{source.name}: no known layout has this header.\n"
        f"    found: {printable(','.join(source.header)) or 'nothing'}\n"
        + (f"    nearest: {nearest[1]}, which also has {', '.join(nearest[2]).upper()}\n" if nearest[0] > 2 else "")
        + "    Leave the file out, or add its layout: docs/data.md."
    )


def write_part(
    connection: duckdb.DuckDBPyConnection, source: Source, scratch: Path, columns: dict[str, int | None]
) -> None:
    """Write a source's rows, in the raw table's columns, into its own Parquet file. No header becomes SQL."""
    types = ", ".join(f"'c{position}': 'varchar'" for position in range(len(source.header)))
    cells = [f"{'null' if at is None else f'c{at}'}::varchar as {column}" for column, at in columns.items()]
    if source.table == "national_categories":
        date = as_date(f"c{columns['appointment_date']}")
        cells.append(f"strftime({date}, '%Y-%m') as appointment_month")
    try:
        connection.execute(
            f"copy (select {', '.join(cells)} from read_csv({quote(scratch)}, header = true, auto_detect = false, "
            f"""delim = ',', quote = '"', escape = '"', columns = {{{types}}})) """
            f"to {quote(source.part)} (format parquet, compression zstd)"
        )
    except duckdb.Error as problem:
        what = [line.strip() for line in str(problem).splitlines()]
        line = next((re.search(r"Line: (\d+)", text) for text in what if "Line:" in text), None)
        found = next(
            (text for text in what if text.startswith(("Expected Number", "Value with unterminated"))), what[0]
        )
        raise Unusable(
            f"{source.name}: line {line[1] if line else '?'} cannot be read: {printable(found)}. "
            "Download the file again."
        ) from problem


def as_date(column: str) -> str:
    """Return SQL that reads a date or month in any form the publisher has used, null where it is none."""
    return f"try_strptime(trim({column}), [{', '.join(map(quote, DATE_FORMATS))}])"


def refuse_repeats(connection: duckdb.DuckDBPyConnection, sources: list[Source]) -> None:
    """Raise Unusable where the same content came twice: equal files, one file doubled, or one month in two files."""
    by_content: dict[str, Source] = {}
    for source in sources:
        if source.sha256 in by_content:
            raise Unusable(
                f"{source.name} and {by_content[source.sha256].name} are the same file, whose appointments would "
                "count twice. Leave one of them out."
            )
        by_content[source.sha256] = source
    for source in sources:
        counts = {"count_of_appointments", *MEASURES["sub_icb_coverage"]} - {"appointment_month"}
        keys = ", ".join(column for column in columns_of(connection, source.part) if column not in counts)
        if source.layout.endswith("by CCG") and date_column(source.table) == "appointment_month":
            # Merged CCGs are published under one code: rows that share a key are summed. All of them twice is a slip.
            # A daily table has one row per key in every file seen, and a build refuses others.
            distinct = f"(select count(*) from (select distinct * from {quote(source.part)}))"
            check = f"select count(*) > 0 and count(*) >= 2 * {distinct} from {quote(source.part)}"
        else:
            check = f"select exists (select 1 from {quote(source.part)} group by {keys} having count(*) > 1)"
        doubled = connection.execute(check).fetchall()[0][0]
        if doubled:
            raise Unusable(f"{source.name}: the same rows are in it twice. Download the file again.")
    for table in MEASURES:
        parts = {str(source.part): source for source in sources if source.table == table}
        if len(parts) < 2:
            continue
        shared = connection.execute(
            f"select sub_icb_location_code, strftime(month, '%Y-%m'), min(filename), max(filename) from ("
            f"select sub_icb_location_code, filename, date_trunc('month', {as_date(date_column(table))}) as month "
            f"from {parquet(parts)}) where month is not null group by all having count(distinct filename) > 1 "
            "order by all limit 1"
        ).fetchone()
        if shared:
            location, month, *files = shared
            raise Unusable(
                f"{table} holds {printable(str(location))} in {month} in two files: "
                f"{' and '.join(parts[file].name for file in files)}. Two releases, or one file in two forms? "
                "Import one of them at a time."
            )


def columns_of(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """Return the names of a Parquet file's columns."""
    return [row[0] for row in connection.execute(f"describe from {quote(file)}").fetchall()]


def parquet(files: Iterable[str | Path]) -> str:
    """Return a from-clause item with the rows of Parquet files and the file each is from."""
    return f"read_parquet([{', '.join(map(quote, files))}], filename = true)"


def date_column(table: str) -> str:
    """Return the column that says when a raw table's appointments were."""
    return "appointment_date" if "appointment_date" in MEASURES[table] else "appointment_month"


def profile(connection: duckdb.DuckDBPyConnection, table: str, files: list[Path]) -> dict[str, Any]:
    """Return rows, appointments (null for coverage), first and last month and areas of some of a table's files."""
    count = "null" if table == "sub_icb_coverage" else "sum(try_cast(trim(count_of_appointments) as bigint))::bigint"
    names = ("rows", "appointments", "first_month", "last_month", "sub_icb_locations", "icbs")
    [values] = connection.execute(
        f"select count(*), {count}, strftime(min(month), '%Y-%m'), strftime(max(month), '%Y-%m'), "
        "count(distinct sub_icb_location_code), count(distinct icb_ons_code) "
        f"from (select *, {as_date(date_column(table))} as month from {parquet(files)})"
    ).fetchall()
    return dict(zip(names, values, strict=True))


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
    """


def reference(name: str) -> str:
    """Return a from-clause item with the rows of a reference seed, every cell as text, nulls where it is empty."""
    return f"read_csv({quote(REFERENCE / f'{name}.csv')}, all_varchar = true)"


def find_geography(connection: duckdb.DuckDBPyConnection, tables: dict[str, Path]) -> str:
    """Return the geography that a release was published in, as a build finds it (int_published_geographies).

    By the ICB codes of appointments_regional, or of all tables where that is absent: codes that no older geography has
    or that ended. Where all are of several geographies, by the last month.
    """
    telling = {name: tables[name] for name in ("appointments_regional",) if name in tables} or tables
    codes = " union ".join(
        f"select trim(icb_ons_code) as icb_ons_code, {as_date(date_column(table))}::date as day from {quote(file)}"
        for table, file in telling.items()
    )
    [(geography,)] = connection.execute(
        f"""
        with geographies as (select distinct geography, valid_from::date as valid_from from {reference("geography")}),
        validity as (
            select icb_ons_code, min(valid_from)::date as first, max(valid_from)::date as last
            from {reference("geography")} group by icb_ons_code
        ),
        evidence as (
            select
                max(first) as newest, min(last) as oldest,
                coalesce(max(g.valid_from), (select min(valid_from) from geographies)) as by_month
            from ({codes}) as c
            left join validity on c.icb_ons_code = validity.icb_ons_code
            left join geographies as g on c.day >= g.valid_from
        )
        select geography from geographies, evidence
        where valid_from = greatest(newest, least(oldest, by_month))
        """
    ).fetchall()
    return str(geography)


def find_absent(connection: duckdb.DuckDBPyConnection, table: str, file: Path, geography: str) -> list[str]:
    """Return, in words, the ICBs of a geography that a table lacks, altogether or in some of the months that it has.

    An ICB is there where its code is, or, for codes of other geographies and of STPs, where one of its locations is.
    """
    rows = connection.execute(
        f"""
        with places as (from {reference("geography")} where geography = {quote(geography)}),
        icb_months as (
            select distinct
                coalesce(i.icb_ons_code, p.icb_ons_code) as icb_ons_code,
                date_trunc('month', {as_date(f"t.{date_column(table)}")}) as month
            from {quote(file)} as t
            left join (select distinct icb_ons_code from places) as i on trim(t.icb_ons_code) = i.icb_ons_code
            left join {reference("area_successions")} as s on trim(t.sub_icb_location_code) = s.predecessor_code
            left join places as p
                on
                    coalesce(s.successor_code, trim(t.sub_icb_location_code)) = p.sub_icb_location_code
                    and coalesce(trim(t.icb_ons_code), '') in (
                        select icb_ons_code from {reference("geography")}
                        union all select stp_ons_code from {reference("stps")} union all select ''
                    )
        )
        select i.icb_name, i.icb_ons_code, count(m.month), (select count(distinct month) from icb_months)
        from (select distinct icb_ons_code, icb_name from places) as i
        left join icb_months as m on i.icb_ons_code = m.icb_ons_code
        group by all having count(m.month) < (select count(distinct month) from icb_months) order by all
        """
    ).fetchall()
    return [
        f"{name} ({code})" + (f": {present} of {months} months" if present else "")
        for name, code, present, months in rows
    ]


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
            coalesce(sum(appointments) filter (trim(appointment_status) = 'Attended'), 0)::varchar as count_of_attended,
            coalesce(sum(appointments) filter (trim(appointment_status) = 'DNA'), 0)::varchar as count_of_dna
        from (
            select *, try_cast(trim(count_of_appointments) as bigint) as appointments
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


def import_publication(
    paths: list[Path], publications: Path, release: str | None = None
) -> tuple[Path, dict[str, Any], list[str]]:
    """Import a publication; return its folder, its manifest and the names of files that were ignored.

    Raises Unusable, having written nothing, for a publication that cannot be imported.
    """
    sources, ignored = find_sources(paths)
    staging = publications / ".unfinished"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        with connect(
            [publications, REFERENCE], memory_limit=MEMORY_LIMIT, temp_directory=str(staging / "spill")
        ) as connection:
            release, manifest = read_sources(connection, sources, staging, release)
            folder = publications / release
            refuse_loss(folder, sources)
            (staging / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
            if "appointments_regional" in manifest["tables"]:
                write_totals(connection, release, staging, publications)
        shutil.rmtree(staging / "spill", ignore_errors=True)
        old = publications / ".replaced"
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        staging.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder, manifest, ignored


def read_sources(
    connection: duckdb.DuckDBPyConnection, sources: list[Source], staging: Path, release: str | None
) -> tuple[str, dict[str, Any]]:
    """Write each raw table into `staging` from its sources; return the release month and the manifest.

    Every file that is unusable is named at once. Reads one file at a time, in bounded memory.
    """
    problems = []
    scratch = staging / "scratch.csv"
    bar = click.progressbar(
        length=sum(source.size for source in sources), label="Reading", file=sys.stderr, hidden=not sys.stderr.isatty()
    )
    with bar as progress:
        for number, source in enumerate(sources):
            source.part = staging / f"part-{number:04}.parquet"
            try:
                unpack(source, scratch, progress.update)
                write_part(connection, source, scratch, recognise(source))
            except Unusable as problem:
                problems.append(str(problem))
            scratch.unlink(missing_ok=True)
    if problems:
        raise Unusable("\n".join(problems))
    refuse_repeats(connection, sources)

    tables = {}
    files: dict[str, Path] = {}
    for table in MEASURES:
        members = [source for source in sources if source.table == table]
        if not members:
            continue
        file = staging / f"{table}.parquet"
        rows = f"select * exclude filename from {parquet([source.part for source in members])}"
        if table == "sub_icb_coverage" and "appointments_regional" in tables:
            rows = with_area_codes(rows, staging / "appointments_regional.parquet")
        connection.execute(f"copy ({rows}) to {quote(file)} (format parquet, compression zstd)")
        files[table] = file
        tables[table] = profile(connection, table, [file]) | {
            "sources": [
                {"file": source.path.name, "member": source.member, "layout": source.layout, "sha256": source.sha256}
                | profile(connection, table, [source.part])
                for source in members
            ],
        }
    for source in sources:
        source.part.unlink()
    geography = find_geography(connection, files)
    for table, file in files.items():
        tables[table]["absent"] = find_absent(connection, table, file, geography)
    latest = max((about["last_month"] or "" for about in tables.values()), default="")
    if release and latest > release:
        raise Unusable(f"the files hold {latest}, so they are not of the {release} publication. Correct RELEASE=.")
    release = release or latest
    if not re.fullmatch(RELEASE_MONTH, release):
        raise Unusable(
            f"the latest month in the files is {release or 'not to be read'}, which no publication is named after. "
            "Name the release with RELEASE=yyyy-mm."
        )
    return release, {"release_month": release, "geography": geography, "tables": tables}


def refuse_loss(folder: Path, sources: list[Source]) -> None:
    """Raise Unusable where the release is there already, from files that these sources are not."""
    if not (folder / "manifest.json").exists():
        return
    old = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    hashes = {source.sha256 for source in sources}
    lost = [
        printable(":".join(filter(None, (source["file"], source["member"]))))
        for table in old["tables"].values()
        for source in table["sources"]
        if source["sha256"] not in hashes
    ]
    if lost:
        raise Unusable(
            f"{folder} was imported from {len(lost)} files that are not in this import: {', '.join(lost[:5])}"
            f"{', ...' if len(lost) > 5 else ''}. Name those too, or remove {folder} to import the release anew."
        )


def report(folder: Path, manifest: dict[str, Any], ignored: list[str]) -> None:
    """Print what was imported, what the publication lacks, and what to do next."""
    tables = manifest["tables"]
    print(f"Imported the {manifest['release_month']} publication, of geography {manifest['geography']}, into {folder}:")
    for table, about in tables.items():
        appointments = "" if about["appointments"] is None else f"{about['appointments']:,} appointments"
        print(
            f"   {table:<22}{about['rows']:>10,} rows {appointments:>28}   "
            f"{about['first_month']} to {about['last_month']}   {about['icbs']} ICB{'' if about['icbs'] == 1 else 's'}"
        )
    if ignored:
        print(f"Ignored, being no CSV: {', '.join(ignored)}")
    for table, about in tables.items():
        if about["absent"]:
            text = f"Absent from {table}, as the names of areas in the marts will say: {'; '.join(about['absent'])}"
            print(textwrap.fill(text, 110, subsequent_indent="   ", break_on_hyphens=False))
    missing = [table for table in MEASURES if table not in tables and table not in MAY_BE_ABSENT]
    if missing:
        print(f"No file of {', '.join(missing)}: a build needs all three tables. Name those files too.")
    else:
        print(f"Next: make build RAW={folder}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, help="ZIPs, folders and CSV files of one publication")
    parser.add_argument("--publications", type=Path, default=Path("data/publications"), help="where releases are kept")
    parser.add_argument("--release", help="the publication's month as yyyy-mm, if it is not its data's latest month")
    options = parser.parse_args(arguments)
    try:
        if options.release and not re.fullmatch(RELEASE_MONTH, options.release):
            raise Unusable(f"release: expected a month as yyyy-mm, such as 2025-10; found {options.release!r}.")
        report(*import_publication(options.paths, options.publications, options.release))
    except (Unusable, OSError) as problem:
        complain(f"import: {problem}\nNothing was imported.")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
