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

from publication.find import Source, Unusable, printable
from publication.recognise import Known, Layout, Table, recognise

DATE_FORMATS = ("%d-%b-%y", "%d%b%Y", "%Y-%m-%d", "%b%Y", "%Y-%m", "%b-%y")


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
    connection: duckdb.DuckDBPyConnection, sources: list[Source], known: Known, folder: Path
) -> list[Part]:
    """Read each source into a Parquet file in `folder`, one at a time and in bounded memory.

    Raises Unusable, which names every source that cannot be read or recognised.
    """
    parts, problems = [], []
    scratch = folder / "scratch.csv"
    bar = click.progressbar(
        length=sum(source.size for source in sources), label="Reading", file=sys.stderr, hidden=not sys.stderr.isatty()
    )
    with bar as progress:
        for number, source in enumerate(sources):
            try:
                sha256 = unpack(source, scratch, progress.update)
                header = read_header(scratch)
                layout, columns = recognise(source.name, header, known)
                part = Part(source, layout, sha256, folder / f"part-{number:04}.parquet")
                write_part(connection, part, scratch, len(header), known.table_of(layout), columns)
                parts.append(part)
            except Unusable as problem:
                problems.append(str(problem))
            scratch.unlink(missing_ok=True)
    if problems:
        raise Unusable("\n".join(problems))
    return parts


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
                raise Unusable(
                    f"{source.name}: line {line} is not UTF-8. Download the file again, and do not save it with a "
                    "spreadsheet."
                ) from problem
            line += block.count(b"\n")
            digest.update(block)
            copy.write(block)
            advance(len(block))
    return digest.hexdigest()


def read_header(file: Path) -> list[str]:
    """Return the names in a CSV's first line, none where the file is empty."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return [name.strip() for name in next(csv.reader(io.StringIO(lines.readline())), [])]


def write_part(
    connection: duckdb.DuckDBPyConnection,
    part: Part,
    scratch: Path,
    width: int,
    table: Table,
    columns: dict[str, int | None],
) -> None:
    """Write the rows of a CSV of `width` columns, in the raw table's columns, to the part's file.

    `columns` says where in the CSV each column is; one that is nowhere is null. No header becomes SQL. Raises Unusable
    for a line that cannot be read.
    """
    types = ", ".join(f"'c{position}': 'varchar'" for position in range(width))
    sql = {column: "null" if columns.get(column) is None else f"c{columns[column]}" for column in table.columns}
    cells = [f"{cell}::varchar as {column}" for column, cell in sql.items()]
    if table.month:
        cells.append(f"strftime({as_date(sql[table.date])}, '%Y-%m') as {table.month}")
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
