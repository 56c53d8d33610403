"""Write the answers page: the goal and the questions, for people who will never open a database.

One HTML file with everything inside it: headline answers, charts, tables that can be downloaded, caveats, and what the
figures come from. It opens from disk, asks the network for nothing, and its policy lets no script run but its own.

What each question shows is described in its folder below models/marts: see sections.py. What depends on the area is in
the page once, as rows for England, each region and each ICB: the picker shows those of one area in chart and table, and
the download writes them out.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import duckdb
import great_tables
import jinja2
import pandas as pd
import vl_convert
from charts.house import CONFIG
from database import Warehouse, headline_answers
from pages import write_page
from progress import complain, step
from sections import BadSection, Section, Table, read_sections

TEMPLATES = Path(__file__).parent / "templates"
ENGLAND = "England E92000001"

# Cards at the top: what an area's latest month says.
CARDS = {
    "appointments_per_working_day": ("appointments per working day", "whole"),
    "same_day_share": ("held on the day they were booked", "share"),
    "gp_share": ("held by a GP", "share"),
    "face_to_face_share": ("held face to face", "share"),
    "dna_rate": ("missed (DNA), of those attended or missed", "share"),
}


class NothingToShow(Exception):
    """There is no published warehouse to read; the message says what to do."""


def read_table(warehouse: Warehouse, table: Table) -> dict[str, Any]:
    """Return a table's columns and rows as plain JSON types."""
    result = warehouse.connection.execute(table.sql)
    return {"names": [column[0] for column in result.description], "rows": [list(row) for row in result.fetchall()]}


def rendered(table: Table, data: dict[str, Any]) -> str:
    """Return England's rows, or all where the table knows no areas, as an HTML table."""
    rows = [dict(zip(data["names"], row, strict=True)) for row in data["rows"]]
    if "area_code" in data["names"]:
        rows = [row for row in rows if row["area_level"] == "England"]
    shown = great_tables.GT(pd.DataFrame(rows, columns=list(table.columns)))
    formats: dict[str, list[str]] = {}
    for column, (_, kind) in table.columns.items():
        formats.setdefault(kind, []).append(column)
    return (
        shown.cols_label({column: label for column, (label, _) in table.columns.items()})
        .fmt_integer(formats.get("whole", []))
        .fmt_number(formats.get("decimal", []), decimals=2)
        .fmt_percent(formats.get("share", []), decimals=1)
        .sub_missing(missing_text="–")
        .tab_options(table_width="100%", table_font_names="inherit", table_font_size="0.9rem")
        .as_raw_html()
    )


def chart_spec(table: Table) -> dict[str, Any]:
    """Return a table's chart as a whole Vega-Lite specification in the house's style, as wide as its place."""
    config = CONFIG | {"aria": False, "mark": {"aria": False}}
    return {"data": {"name": "rows"}, "width": "container", "background": "white", "config": config} | table.chart.spec


def areas(warehouse: Warehouse) -> dict[str, list[tuple[str, str]]]:
    """Return key and name of each area that can be picked, by the heading it is listed under."""
    listed = warehouse.connection.execute(
        """
        select distinct
            if(areas.area_level = 'ICB', icbs.region_name, areas.area_level) as heading,
            areas.area_level || ' ' || areas.area_code as key,
            areas.area_name,
            areas.area_level
        from marts.mart_monthly_demand as areas
        left join core.dim_icb as icbs on areas.area_level = 'ICB' and areas.area_code = icbs.icb_ons_code
        where areas.area_level in ('England', 'NHS region', 'ICB')
        order by
            areas.area_level = 'ICB', areas.area_level = 'NHS region', heading nulls last, areas.area_name
        """
    ).fetchall()
    grouped: dict[str, list[tuple[str, str]]] = {}
    for heading, key, name, level in listed:
        label = {"England": "", "NHS region": "NHS regions"}.get(level, f"ICBs in {heading or 'no known region'}")
        grouped.setdefault(label, []).append((key, name))
    return grouped


def latest_months(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Return the latest month of each area and its figures for the cards, by the area's key."""
    result = warehouse.connection.execute(
        f"""
        select
            area_level || ' ' || area_code as area, strftime(appointment_month, '%B %Y') as month, {", ".join(CARDS)}
        from marts.mart_monthly_demand
        where area_level in ('England', 'NHS region', 'ICB')
        qualify row_number() over (partition by area_level, area_code order by appointment_month desc) = 1
        order by area
        """
    )
    names = [column[0] for column in result.description]
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in result.fetchall()}


def geography(warehouse: Warehouse, name: str) -> str:
    """Return from when to when England had the areas of a geography, in words."""
    words: str
    [(words,)] = warehouse.connection.execute(
        "select distinct 'from ' || strftime(valid_from, '%B %Y') || coalesce(' to ' || strftime(valid_to, '%B %Y'), "
        "' on') from core.dim_location_geography where geography = ?",
        [name],
    ).fetchall()
    return words


def questions(
    warehouse: Warehouse, sections: dict[int, Section], data: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the goal and the questions: number, words, headlines, tables with rows, and caveats of their marts."""
    comments = dict(
        warehouse.connection.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
    )
    shown = []
    for number, question, headlines in sorted(headline_answers(warehouse.connection)):
        if number not in sections:
            raise NothingToShow(f"question {number} has no section: no folder below models/marts describes one.")
        tables = [table for table in sections[number].tables if data[table.name]["rows"]]
        caveats: dict[str, None] = {}
        for table in tables:
            _, _, said = comments[table.mart].partition("**Caveats**")
            caveats.update(dict.fromkeys(re.findall(r"^- (.+(?:\n .+)*)$", said, re.MULTILINE)))
        shown.append(
            {
                "number": number,
                "question": question,
                "headlines": headlines,
                "tables": tables,
                "caveats": [" ".join(caveat.replace("`", "").split()) for caveat in caveats],
            }
        )
    return shown


def policy(*scripts: str) -> str:
    """Return a content security policy under which these scripts run and nothing is fetched."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}"


def render(folder: Path) -> str:
    """Return the page of the warehouse published in `folder`. Raises NothingToShow where there is none."""
    file, record = folder / "nhs_gp_appointments.duckdb", folder / "build.json"
    for needed in (file, record):
        if not needed.exists():
            raise NothingToShow(f"{needed} is missing: no warehouse is published there. Run `make build`.")
    warehouse = Warehouse(file)
    build = json.loads(record.read_text(encoding="utf-8"))
    sections = read_sections()
    data = {table.name: read_table(warehouse, table) for section in sections.values() for table in section.tables}
    shown = questions(warehouse, sections, data)
    tables = {table.name: table for question in shown for table in question["tables"]}
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # columns in the order they are shown
    bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # the snippet may be left out, see its docs
    script = (TEMPLATES / "answers.js").read_text(encoding="utf-8")
    return environment.get_template("answers.html.j2").render(
        policy=policy(bundle, script),
        style=(TEMPLATES / "answers.css").read_text(encoding="utf-8"),
        bundle=bundle,
        script=script,
        content={
            "tables": {
                name: data[name] | {"columns": table.columns, "mart": table.mart} for name, table in tables.items()
            },
            "charts": {name: chart_spec(table) for name, table in tables.items()},
            "cards": CARDS,
            "latest": latest_months(warehouse),
            "england": ENGLAND,
        },
        areas=areas(warehouse),
        cards=CARDS,
        questions=shown,
        rendered={name: rendered(table, data[name]) for name, table in tables.items()},
        by_area={name for name in tables if "area_code" in data[name]["names"]},
        build=build,
        raw_files={
            # The files of several releases differ by their folder alone.
            raw["raw_table"]: [
                ("/".join(Path(file["path"]).parts[-2 if len(raw["files"]) > 1 else -1 :]), file["sha256"])
                for file in raw["files"]
            ]
            for raw in build["raw_tables"]
        },
        period=warehouse.period("appointments_regional"),
        geography=geography(warehouse, build["geography"]),
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse"), help="where the build was published")
    options = parser.parse_args(arguments)
    output = options.warehouse / "answers.html"
    try:
        with step("Writing the answers page"):
            write_page(render(options.warehouse), output)
    except (NothingToShow, BadSection, OSError, duckdb.Error) as problem:
        complain(f"No page was written: {problem}")
        return 2
    print(f"{output}   opens from disk, {output.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
