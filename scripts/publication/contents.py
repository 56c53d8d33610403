"""What the rows say: how many, of when and where, whether any came twice, of which geography, and who is absent."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
from database import quote

from publication.find import Unusable, printable
from publication.read import Part, as_count, as_date
from publication.recognise import Known, Table

REFERENCE = Path(__file__).resolve().parents[2] / "seeds" / "reference"
APPOINTMENTS = "count_of_appointments"
# What stands for the place of PCNs that are in none.
UNMAPPED = quote("UNMAPPED")
SUMMARY = (
    "create table summary (file varchar, location varchar, icb varchar, source varchar, day timestamp, "
    "appointments bigint, rows bigint)"
)


def summarise(connection: duckdb.DuckDBPyConnection, table: Table, file: Path) -> None:
    """Add to the table `summary` what the rows of a Parquet file of a raw table say, so that nothing reads them again.

    Its columns: file, location and icb (codes as published), source (of staff), day (timestamp), appointments (bigint)
    and rows, summed by the others; null where the raw table has no such column.
    """

    def column(name: str) -> str:
        return name if name in table.columns else "null::varchar"

    appointments = as_count(APPOINTMENTS) if APPOINTMENTS in table.counts else "null::bigint"
    day = as_date(table.date) if table.date else "null::timestamp"
    connection.execute(
        f"""
        insert into summary
        select
            {quote(file)}, {column("sub_icb_location_code")} as location, {column("icb_ons_code")} as icb,
            {column("source")} as source, {day} as day, sum({appointments})::bigint, count(*)
        from {quote(file)} group by all
        """
    )


def summarise_together(connection: duckdb.DuckDBPyConnection, file: Path, parts: list[Part]) -> None:
    """Add to the table `summary` what a file says that has the rows of these parts and no others."""
    connection.execute(
        f"insert into summary select * replace ({quote(file)} as file) from {said(p.file for p in parts)}"
    )


def said(files: Iterable[Path]) -> str:
    """Return a from-clause item with what the rows of files say, as `summarise` has it."""
    return f"(from summary where file in ({', '.join(map(quote, files))}))"


def reference(name: str) -> str:
    """Return a from-clause item with the rows of a reference seed, every cell as text, nulls where it is empty."""
    return f"read_csv({quote(REFERENCE / f'{name}.csv')}, all_varchar = true)"


def profile(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, Any]:
    """Return rows, appointments (null for a table without), first and last month and numbers of areas of a file."""
    names = ("rows", "appointments", "first_month", "last_month", "sub_icb_locations", "icbs")
    [values] = connection.execute(
        "select coalesce(sum(rows), 0)::bigint, sum(appointments)::bigint, strftime(min(day), '%Y-%m'), "
        f"strftime(max(day), '%Y-%m'), count(distinct nullif(location, {UNMAPPED})), "
        f"count(distinct nullif(icb, {UNMAPPED})) from {said([file])}"
    ).fetchall()
    return dict(zip(names, values, strict=True))


def refuse_repeats(connection: duckdb.DuckDBPyConnection, parts: list[Part], known: Known) -> None:
    """Raise Unusable where the same content came twice: equal files, one file doubled, or one month in two files."""
    by_content: dict[str, Part] = {}
    for part in parts:
        if part.sha256 in by_content:
            raise Unusable(
                f"{part.source.name} and {by_content[part.sha256].source.name} are the same file, whose appointments "
                "would count twice. Leave one of them out."
            )
        by_content[part.sha256] = part
    for part in parts:
        refuse_doubled_rows(connection, part, known.table_of(part.layout))
    for table in known.tables.values():
        sources = {str(part.file): part.source for part in parts if part.layout.table == table.name}
        if len(sources) < 2:
            continue
        shared = connection.execute(
            "select location, source, strftime(day, '%Y-%m') as month, min(file), max(file) "
            f"from {said(map(Path, sources))} where {'day is not null' if table.date else 'true'} "
            "group by all having count(distinct file) > 1 order by all limit 1"
        ).fetchone()
        if shared:
            location, source, month, *files = shared
            what = " of ".join(printable(text) for text in (location, source) if text) or "rows"
            raise Unusable(
                f"{table.name} holds {what}{f' in {month}' if month else ''} in two files: "
                f"{' and '.join(sources[file].name for file in files)}. They are of two releases, or one file in two "
                "forms. Import one of them at a time."
            )


def refuse_doubled_rows(connection: duckdb.DuckDBPyConnection, part: Part, table: Table) -> None:
    """Raise Unusable where a part holds a key twice or, in a layout whose keys repeat, each row at least twice."""
    rows = quote(part.file)
    if part.layout.keys_repeat:
        each = f"select count(*) as times from {rows} as r group by r"
        check = f"select coalesce(min(times), 0) > 1 from ({each})"
    else:
        keys = ", ".join(column for column in table.columns if column not in table.counts)
        check = f"select exists (select 1 from {rows} group by {keys} having count(*) > 1)"
    if connection.execute(check).fetchall()[0][0]:
        raise Unusable(f"{part.source.name}: the same rows are in it twice. Download the file again.")


def find_geography(connection: duckdb.DuckDBPyConnection, files: dict[str, Path], known: Known) -> str:
    """Return the geography that a release was published in, as a build finds it (int_published_geographies).

    By the ICB codes of appointments_regional, or of all tables that have such codes where that is absent: codes that no
    older geography has or that ended. Where all are of several geographies, by the last month.
    """
    telling = (
        {name: files[name] for name in ("appointments_regional",) if name in files}
        or {name: file for name, file in files.items() if "icb_ons_code" in known.tables[name].columns}
        or files
    )
    codes = " union ".join(
        f"select trim(icb) as icb_ons_code, day::date as day from {said([file])}" for file in telling.values()
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


def find_absent(connection: duckdb.DuckDBPyConnection, table: Table, file: Path, geography: str) -> list[str]:
    """Return, in words, the ICBs of a geography that a table lacks, altogether or in some of the months that it has.

    An ICB is there where its code is, or, for codes of other geographies and of STPs, where one of its locations is.
    None is absent from a table that names neither.
    """
    if not {"icb_ons_code", "sub_icb_location_code"} & set(table.columns):
        return []
    rows = connection.execute(
        f"""
        with places as (from {reference("geography")} where geography = {quote(geography)}),
        icb_months as (
            select distinct
                coalesce(i.icb_ons_code, p.icb_ons_code) as icb_ons_code,
                {"date_trunc('month', t.day)" if table.date else "true"} as month
            from {said([file])} as t
            left join (select distinct icb_ons_code from places) as i on trim(t.icb) = i.icb_ons_code
            left join {reference("area_successions")} as s on trim(t.location) = s.predecessor_code
            left join places as p
                on
                    coalesce(s.successor_code, trim(t.location)) = p.sub_icb_location_code
                    and coalesce(trim(t.icb), '') in (
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
