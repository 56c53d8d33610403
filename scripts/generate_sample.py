"""Write the synthetic sample of the raw tables.

The counts are invented, and so are practices and PCNs. What they are invented from is real: ICBs, sub-ICB locations
and labels carry their published codes and names, and the totals in scripts/sample/calibration/ set sizes and mixes, so
that answers from the sample point the way the real ones do. Every row says of itself `is_synthetic` = true. The SQL is
in scripts/sample/.

Three rules make the files fit together and stay the same on every machine:

- A total is drawn once and then shared out. A location's month is shared out over statuses; its Attended appointments
  are shared out again over days and duration bands, all its appointments over days, and each day's over categories and
  over roles. So durations equal Attended, and categories and roles equal all statuses, in every sub-ICB location and
  month. What practices hold is shared out from their location's rows.
- Chance comes from md5 of the seed and a name, never from a random number generator, whose draws would depend on the
  order in which threads ask.
- Sums run over integers only. Adding fractions gives last digits that depend on the order of adding.
"""

import argparse
import math
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from progress import complain, step
from sample.tables import GEOGRAPHIES, OPTIONAL_TABLES, PROJECT, RAW_TABLES, SCALED_TABLES, build_tables

DEFAULT_OUTPUT_DIR = PROJECT / "seeds" / "raw"
DEFAULT_SEED = 20220630
LAYOUTS = ("publication", "course")
DEFAULT_GEOGRAPHY = GEOGRAPHIES[-1]

# What `--scale 1` stands for: the rows of the three real tables of mid-2022, in the layout known from courses.
COURSE_ROWS = 137_793 + 596_821 + 777_134

# By table: the file or folder, its number of rows and its number of appointments, 0 where it holds none.
Written = dict[str, tuple[Path, int, int]]


@contextmanager
def replacing(output_dir: Path) -> Iterator[Path]:
    """Give a folder whose content takes the place of what has its name in `output_dir`, once the block has ended well.

    It lies in `output_dir`, made if need be, because a rename replaces a file in one step only within a file system.
    """
    if output_dir.exists() and not output_dir.is_dir():
        raise NotADirectoryError(f"{output_dir}: exists and is not a folder")
    output_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sample-", dir=output_dir.resolve()) as name:
        yield Path(name)
        for path in sorted(Path(name).iterdir()):
            target = output_dir / path.name
            if path.is_dir() and target.is_dir():
                shutil.rmtree(target)
            path.replace(target)


def totals(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """Return a raw table's number of rows and of appointments, 0 where it holds none."""
    appointments = "sum(count_of_appointments)" if "count_of_appointments" in con.table(table).columns else "0"
    [(rows, appointments)] = con.execute(f"select count(*), cast({appointments} as bigint) from {table}").fetchall()
    return rows, appointments


def write_sample(
    output_dir: Path,
    layout: str = LAYOUTS[0],
    seed: int = DEFAULT_SEED,
    threads: int | None = None,
    geography: str = DEFAULT_GEOGRAPHY,
) -> Written:
    """Write a CSV file (UTF-8, LF, one header line) per raw table into `output_dir`, made if need be.

    The bytes depend on `layout`, `seed` and `geography` alone, not on `threads` (all cores where None). The files
    appear, or replace older ones, only once all are complete. Raises ValueError for an unknown layout or
    geography and OSError where the folder cannot be made or written to or an input is missing.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"layout {layout!r}: must be one of {', '.join(LAYOUTS)}")
    written: Written = {}
    with replacing(output_dir) as folder, build_tables(folder, geography, seed, threads=threads) as con:
        for table in (*RAW_TABLES, *OPTIONAL_TABLES):
            path = folder / f"{table}.csv"
            con.execute(f"copy {layout}.{table} to $path (format csv, header)", {"path": str(path)})
            written[table] = output_dir / path.name, *totals(con, table)
    return written


def write_scaled(
    output_dir: Path,
    scale: int,
    seed: int = DEFAULT_SEED,
    geography: str = DEFAULT_GEOGRAPHY,
    tables: tuple[str, ...] = SCALED_TABLES,
) -> Written:
    """Write RAW_TABLES with at least `scale` times COURSE_ROWS, and those of practices, or `tables` of these alone.

    Each is a folder of Parquet part files. The sampled locations, at the published density, once as themselves and then
    as places and practices with codes of their own, in the publication layout. Time grows with `scale`, memory does
    not: each copy is a part, written by itself. Older tables of these names are replaced, once all are complete. Raises
    what `write_sample` does.
    """
    written: Written = {}
    with replacing(output_dir) as folder, build_tables(folder, geography, seed, density="published") as con:
        counts = {table: totals(con, table) for table in SCALED_TABLES}
        copies = math.ceil(scale * COURSE_ROWS / sum(counts[table][0] for table in RAW_TABLES))
        for table in tables:
            con.execute(f"create or replace table one_copy as from publication.{table}")
            named = ", ".join(
                f"if($copy = 0 or {column} = 'U', {column}, {column} || ' ' || $copy) as {column}"
                for column in con.table("one_copy").columns
                if column.startswith(("sub_icb_location_", "practice_", "pcn_"))
            )
            parts = folder / f"{table}.parquet"
            parts.mkdir()
            for copy in range(copies):
                con.execute(
                    f"copy (select * replace ({named}) from one_copy) to $path (format parquet)",
                    {"copy": copy, "path": str(parts / f"part-{copy:05}.parquet")},
                )
            rows, appointments = counts[table]
            written[table] = output_dir / parts.name, copies * rows, copies * appointments
    return written


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line; argparse itself ends with exit code 2 on a bad option."""
    parser = argparse.ArgumentParser(
        description=(
            "Write a synthetic sample of the raw tables of GP appointments, a CSV file each: "
            f"{', '.join((*RAW_TABLES, *OPTIONAL_TABLES))}. The counts are invented, and so are practices and PCNs; "
            "sizes and mixes follow published NHS England totals. The same seed, layout and geography always give the "
            "same bytes. Older files of these names are replaced."
        ),
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=DEFAULT_SEED,
        metavar="N",
        help="whole number that every pseudo-random draw depends on (default: %(default)s)",
    )
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        default=LAYOUTS[0],
        help=(
            "publication: sub_icb_location_code in every table of appointments, dates such as 01DEC2021. course: the "
            "same counts without that column in appointments_regional and national_categories, and in those two and "
            "actual_duration dates such as 01-Dec-21 and 2021-12-01 (default: %(default)s)"
        ),
    )
    parser.add_argument(
        "--geography",
        choices=GEOGRAPHIES,
        default=DEFAULT_GEOGRAPHY,
        help="the ICBs: those of July 2022 to March 2026, or of April 2026 on (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=DEFAULT_OUTPUT_DIR,
        metavar="DIR",
        help="folder to write to, made if it does not exist (default: the project's seeds/raw)",
    )
    parser.add_argument(
        "--scale",
        type=int,
        metavar="N",
        help=(
            f"instead, at least N times the {COURSE_ROWS:,} rows of the real tables of mid-2022 as Parquet, with "
            f"as many more places and practices, to measure on: {', '.join(SCALED_TABLES)} and no "
            "others; needs --output and has the publication layout"
        ),
    )
    arguments = parser.parse_args(argv)
    if arguments.scale is not None:
        if arguments.scale < 1:
            parser.error("argument --scale: expected a whole number from 1")
        if arguments.layout != LAYOUTS[0] or arguments.output == DEFAULT_OUTPUT_DIR:
            parser.error("argument --scale: needs --output DIR, a folder of its own, and the publication layout")
    return arguments


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns 0, or 2 with a message on standard error for unusable input."""
    arguments = parse_arguments(argv)
    output, seed, geography = arguments.output, arguments.seed, arguments.geography
    try:
        with step(f"Writing the synthetic sample to {output}"):
            if arguments.scale is None:
                written = write_sample(output, arguments.layout, seed, geography=geography)
            else:
                written = write_scaled(output, arguments.scale, seed, geography)
    except FileNotFoundError as error:  # one of the facts that it starts from; a folder is made
        complain(f"generate_sample: {error}")
        return 2
    except (OSError, duckdb.IOException) as error:
        complain(
            f"generate_sample: cannot write the sample to {output}: {error}\nChoose another folder with --output DIR."
        )
        return 2
    for path, rows, appointments in written.values():
        size = sum(file.stat().st_size for file in (path.iterdir() if path.is_dir() else [path])) / 1e6
        held = f", {appointments:,} synthetic appointments" if appointments else ""
        print(f"{path}: {rows:,} rows{held}, {size:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
