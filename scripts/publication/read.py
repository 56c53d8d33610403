"""Read each CSV into a Parquet file of its own, in the columns of its raw table. Cells stay as published."""

import codecs
import csv
import hashlib
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb
from database import quote

from publication.find import Source, Unusable, printable, refuse_empty
from publication.recognise import Form, Known, Layout, Table, Unknown, recognise

DATE_FORMATS = ("%d-%b-%y", "%d%b%Y", "%Y-%m-%d", "%d/%m/%Y", "%b%Y", "%Y-%m", "%b-%y")
# No header comes near this.
MAX_HEADER_BYTES = 1 << 20
UNKNOWN = "unknown CSV files, which IGNORE_UNKNOWN=1 leaves out"

# Names of files by the reason why they were left out, and how many of them a line names.
LeftOut = dict[str, list[str]]
NAMED = 5


def named(left_out: LeftOut) -> list[str]:
    """Return, for each reason, the first names of what was left out, how many more there are, and the reason."""
    return [
        f"{', '.join(names[:NAMED])}{f' and {len(names) - NAMED:,} more' if len(names) > NAMED else ''}: {reason}"
        for reason, names in left_out.items()
    ]


@dataclass(frozen=True)
class Part:
    """A CSV that was read: what it is, the hash of its bytes, and the Parquet file of its rows."""

    source: Source
    layout: Layout
    sha256: str
    file: Path


def as_date(column: str) -> str:
    """Return SQL that reads a date or month in any form of publishers and engines, null where it is none.

    A form with slashes is none here: its order is for the build to find.
    """
    day = f"regexp_replace(trim({column}), '[ T]00:00(:00([.]0+)?)?$', '')"
    return f"try_strptime({day}, [{', '.join(map(quote, DATE_FORMATS))}])"


def as_count(column: str) -> str:
    """Return SQL that reads a count as the build does, `12.0` as 12, null where it is none."""
    return f"try_cast(regexp_extract(trim({column}), '^([0-9]{{1,15}})([.]0+)?$', 1) as bigint)"


def read_sources(
    connection: duckdb.DuckDBPyConnection, sources: list[Source], known: Known, folder: Path, ignore_unknown: bool
) -> tuple[list[Part], LeftOut]:
    """Read each source into a Parquet file in `folder`, one at a time and in bounded memory.

    Return what was read and, by the reason, the names of what was left out, also unread. Raises Unusable, which names
    every source that cannot be read or recognised; those that are not recognised are left out if `ignore_unknown`.
    """
    parts: list[Part] = []
    left_out: LeftOut = {}
    problems: list[str] = []
    scratch = folder / "scratch.csv"
    bar = click.progressbar(
        length=sum(source.size for source in sources), label="Reading", file=sys.stderr, hidden=not sys.stderr.isatty()
    )
    with bar as progress:
        for number, source in enumerate(sources):
            try:
                header = read_header(source)
                found = recognise(source.name, header, known)
                if isinstance(found, Form):
                    left_out.setdefault(found.reason, []).append(source.short_name)
                    progress.update(source.size)
                    continue
                layout, columns = found
                sha256 = unpack(source, scratch, progress.update)
                # Mapping.csv and the coverage may lie in several ZIPs. A copy of what is no appointment adds nothing.
                if "count_of_appointments" not in known.table_of(layout).counts and sha256 in {
                    part.sha256 for part in parts
                }:
                    continue
                part = Part(source, layout, sha256, folder / f"part-{number:04}.parquet")
                write_part(connection, part, scratch, len(header), known.table_of(layout), columns)
                parts.append(part)
            except Unknown as problem:
                if ignore_unknown:
                    left_out.setdefault(UNKNOWN, []).append(source.short_name)
                else:
                    problems.append(str(problem))
            except Unusable as problem:
                problems.append(str(problem))
            finally:
                scratch.unlink(missing_ok=True)
    if problems:
        raise Unusable("\n".join(problems))
    return parts, left_out


def unpack(source: Source, scratch: Path, advance: Callable[[int], None]) -> str:
    """Copy a source's bytes into `scratch`, checking that they are UTF-8; return their hash."""
    digest = hashlib.sha256()
    decode = codecs.getincrementaldecoder("utf-8")().decode
    line = 1
    with source.open() as file, scratch.open("wb") as copy:
        while block := file.read(1 << 20):
            try:
                decode(block)
            except UnicodeDecodeError as problem:
                line += block.count(b"\n", 0, problem.start)
                raise Unusable(not_utf_8(source, line)) from problem
            line += block.count(b"\n")
            digest.update(block)
            copy.write(block)
            advance(len(block))
    return digest.hexdigest()


def read_header(source: Source) -> list[str]:
    """Return the names in a CSV's first line. Raises Unusable for an empty file, Unknown where it cannot be read."""
    refuse_empty(source.name, source.size)
    with source.open() as file:
        line = file.readline(MAX_HEADER_BYTES)
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Unknown(not_utf_8(source, 1)) from problem
    return [name.strip() for name in next(csv.reader(io.StringIO(text)), [])]


def not_utf_8(source: Source, line: int) -> str:
    return f"{source.name}: line {line} is not UTF-8. Download the file again, and do not save it with a spreadsheet."


def write_part(
    connection: duckdb.DuckDBPyConnection,
    part: Part,
    scratch: Path,
    width: int,
    table: Table,
    columns: dict[str, tuple[int, ...]],
) -> None:
    """Write the rows of a CSV of `width` columns, in the raw table's columns, to the part's file.

    `columns` says where in the CSV each column is; one that is nowhere is null. No header becomes SQL. Raises Unusable
    for a line that cannot be read.
    """
    types = ", ".join(f"'c{position}': 'varchar'" for position in range(width))
    sql = dict.fromkeys(table.columns, "null")
    sql |= {column: " || '-' || ".join(f"c{position}" for position in place) for column, place in columns.items()}
    sql |= {column: quote(text) for column, text in part.layout.constants.items()}
    if table.date and table.month:
        # A date that cannot be read stays as it is, for staging to reject.
        otherwise = sql[table.date] if table.month == table.date else "null"
        sql[table.month] = f"coalesce(strftime({as_date(sql[table.date])}, '%Y-%m'), {otherwise})"
    cells = [f"({cell})::varchar as {column}" for column, cell in sql.items()]
    try:
        connection.execute(
            f"copy (select {', '.join(cells)} from read_csv({quote(scratch)}, header = true, auto_detect = false, "
            f"""delim = ',', quote = '"', escape = '"', columns = {{{types}}})) """
            f"to {quote(part.file)} (format parquet, compression zstd)"
        )
    except duckdb.Error as problem:
        what = [line.strip() for line in str(problem).splitlines()]
        line = next((re.search(r"Line: (\d+)", text) for text in what if "Line:" in text), None)
        found = next(
            (text for text in what if text.startswith(("Expected Number", "Value with unterminated"))), what[0]
        )
        raise Unusable(
            f"{part.source.name}: line {line[1] if line else '?'} cannot be read: {printable(found)}. "
            "Download the file again."
        ) from problem
