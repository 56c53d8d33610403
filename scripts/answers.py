"""Write the answers page: the goal and the six questions for people who will never open a database.

One HTML file with everything inside it: headline answers, charts, tables that can be downloaded, caveats, and what the
figures come from. It opens from disk, asks the network for nothing, and its policy lets no script run but its own.

What depends on the area is in the page once, as rows for England, each region and each ICB: the picker shows those of
one area in chart and table, and the download writes them out.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import duckdb
import great_tables
import jinja2
import pandas as pd
import vl_convert
from charts import BLUE, LIGHT_BLUE, PALE_GREY, STATUS_COLOURS, TEXT, YELLOW, Warehouse, house_style, share_axis
from pages import write_page
from progress import complain, step

TEMPLATES = Path(__file__).parent / "templates"
ENGLAND = "England E92000001"
ROWS, COMPARED = alt.NamedData("rows"), alt.NamedData("england")


class NothingToShow(Exception):
    """There is no published warehouse to read; the message says what to do."""


@dataclass
class Table:
    """A table of the page: what it shows of a mart, and how.

    `columns` are those shown, with heading and format (text, whole, decimal, share); what else `sql` selects is in the
    download alone. Where it selects area_level and area_code, the page shows one area's rows at a time.
    """

    mart: str
    caption: str
    sql: str
    columns: dict[str, tuple[str, str]]


AREA = "area_level, area_code, area_name"
LEVELS = "area_level in ('England', 'NHS region', 'ICB')"

TABLES = {
    "allocation": Table(
        "mart_resource_allocation",
        "ICBs by appointments per 1,000 registered patients a month, over the latest twelve months",
        """
        select
            icb_ons_code, icb_name, region_ons_code, region_name,
            strftime(period_start_month, '%B %Y') || ' to ' || strftime(period_end_month, '%B %Y') as period,
            appointment_count, registered_patients, appointments_per_1000_patients_per_month,
            england_appointments_per_1000_patients_per_month, allocation_gap, allocation_gap_share, rank_below_england
        from marts.mart_resource_allocation
        order by rank_below_england nulls last, icb_name
        """,
        {
            "icb_name": ("ICB", "text"),
            "region_name": ("NHS region", "text"),
            "appointments_per_1000_patients_per_month": ("Per 1,000 patients a month", "decimal"),
            "allocation_gap": ("Appointments above or below England's rate", "whole"),
            "allocation_gap_share": ("As a share of those expected", "share"),
        },
    ),
    "demand": Table(
        "mart_demand_by_mode_and_status",
        "Appointments by mode and status",
        f"""
        select
            {AREA}, appointment_mode, appointment_status, appointment_count, share_of_area,
            share_difference_from_england, appointments_per_1000_patients_per_month
        from marts.mart_demand_by_mode_and_status
        where {LEVELS}
        order by demand_rank_in_area, appointment_mode, appointment_status
        """,
        {
            "appointment_mode": ("Mode", "text"),
            "appointment_status": ("Status", "text"),
            "appointment_count": ("Appointments", "whole"),
            "share_of_area": ("Share of all", "share"),
            "share_difference_from_england": ("Against England's share", "share"),
            "appointments_per_1000_patients_per_month": ("Per 1,000 patients a month", "decimal"),
        },
    ),
    "lead_times": Table(
        "mart_attendance_by_lead_time",
        "Attendance by time between booking and appointment",
        f"""
        select
            {AREA}, lead_time_band, lead_time_band_order, appointment_count, attended_count, dna_count,
            unknown_status_count, dna_rate, dna_rate_ci_lower, dna_rate_ci_upper, dna_odds_ratio,
            adjusted_dna_odds_ratio
        from marts.mart_attendance_by_lead_time
        where {LEVELS} and hcp_type = 'All'
        order by lead_time_band_order, lead_time_band
        """,
        {
            "lead_time_band": ("Time from booking", "text"),
            "attended_count": ("Attended", "whole"),
            "dna_count": ("Missed (DNA)", "whole"),
            "dna_rate": ("DNA rate", "share"),
            "dna_rate_ci_lower": ("95% interval from", "share"),
            "dna_rate_ci_upper": ("to", "share"),
            "dna_odds_ratio": ("Odds against same day", "decimal"),
            "adjusted_dna_odds_ratio": ("Adjusted for mode and professional", "decimal"),
        },
    ),
    "durations": Table(
        "mart_duration_profile",
        "Attended appointments by duration",
        f"""
        select
            {AREA}, duration_band, duration_band_order, appointment_count, share_of_area, share_of_known,
            cumulative_share_of_known
        from marts.mart_duration_profile
        where {LEVELS}
        order by duration_band_order, duration_band
        """,
        {
            "duration_band": ("Duration", "text"),
            "appointment_count": ("Appointments", "whole"),
            "share_of_area": ("Share of all", "share"),
            "share_of_known": ("Share of known durations", "share"),
            "cumulative_share_of_known": ("This long or shorter", "share"),
        },
    ),
    "professionals": Table(
        "mart_professional_mix",
        "Each professional's appointments by time between booking and appointment",
        f"""
        select
            {AREA}, mix.hcp_type, mix.attribute_value,
            bands.lead_time_band_order, mix.appointment_count, mix.share_of_hcp_type, mix.area_share,
            mix.adjusted_residual
        from marts.mart_professional_mix as mix
        inner join core.dim_lead_time_band as bands on mix.attribute_value = bands.lead_time_band
        where {LEVELS} and mix.attribute = 'lead_time_band'
        order by mix.hcp_type = 'Unknown', mix.hcp_type, bands.lead_time_band_order
        """,
        {
            "hcp_type": ("Professional", "text"),
            "attribute_value": ("Time from booking", "text"),
            "appointment_count": ("Appointments", "whole"),
            "share_of_hcp_type": ("Share of the professional's", "share"),
            "area_share": ("Share of all", "share"),
            "adjusted_residual": ("Adjusted residual", "whole"),
        },
    ),
    "months": Table(
        "mart_monthly_demand",
        "Appointments by month",
        f"""
        select
            {AREA}, strftime(appointment_month, '%Y-%m-%d') as appointment_month,
            strftime(appointment_month, '%B %Y') as month, appointment_count, working_days,
            appointments_per_working_day, change_from_same_month_last_year, rolling_3_month_average, seasonal_index,
            dna_rate, same_day_share, gp_share, face_to_face_share
        from marts.mart_monthly_demand
        where {LEVELS}
        order by marts.mart_monthly_demand.appointment_month
        """,
        {
            "month": ("Month", "text"),
            "appointment_count": ("Appointments", "whole"),
            "working_days": ("Working days", "whole"),
            "appointments_per_working_day": ("Per working day", "whole"),
            "change_from_same_month_last_year": ("Against the year before", "share"),
            "seasonal_index": ("Seasonal index", "decimal"),
            "dna_rate": ("DNA rate", "share"),
        },
    ),
    "weekdays": Table(
        "mart_weekday_demand",
        "Attended appointments by weekday",
        f"""
        select
            {AREA}, weekday, weekday_order, day_count, appointment_count, appointments_per_day, share_of_area,
            weekday_index
        from marts.mart_weekday_demand
        where {LEVELS} and raw_table = 'actual_duration'
        order by weekday_order
        """,
        {
            "weekday": ("Weekday", "text"),
            "appointments_per_day": ("Appointments a day", "whole"),
            "share_of_area": ("Share of the week", "share"),
            "weekday_index": ("Index to the mean working day", "decimal"),
        },
    ),
    "locations": Table(
        "mart_top_locations",
        "Locations among the first five by records or by appointments",
        """
        select
            sub_icb_location_code, sub_icb_location_name, icb_name, region_name, record_count, record_rank,
            appointment_count, appointment_rank
        from marts.mart_top_locations
        where raw_table = 'national_categories' and (is_top_five_by_records or is_top_five_by_appointments)
        order by record_rank, sub_icb_location_name
        """,
        {
            "sub_icb_location_name": ("Sub-ICB location", "text"),
            "region_name": ("NHS region", "text"),
            "record_count": ("Records", "whole"),
            "record_rank": ("Rank by records", "whole"),
            "appointment_count": ("Appointments", "whole"),
            "appointment_rank": ("Rank by appointments", "whole"),
        },
    ),
}

# The tables that answer each question (0: the goal).
SECTIONS = {
    0: ["allocation"],
    1: ["demand"],
    2: ["lead_times"],
    3: ["durations"],
    4: ["professionals"],
    5: ["months", "weekdays"],
    6: ["locations"],
}

# Cards at the top: what an area's latest month says.
CARDS = {
    "appointments_per_working_day": ("appointments per working day", "whole"),
    "same_day_share": ("held on the day they were booked", "share"),
    "gp_share": ("held by a GP", "share"),
    "face_to_face_share": ("held face to face", "share"),
    "dna_rate": ("missed (DNA), of those attended or missed", "share"),
}


def in_order_of(column: str) -> alt.EncodingSortField:
    return alt.EncodingSortField(column, op="min")


def shown_on_hover(**columns: tuple[str, str | None]) -> list[alt.Tooltip]:
    """What a mark says under the pointer: columns with heading and number format, if they are numbers."""
    return [
        alt.Tooltip(f"{column}:Q", title=title, format=form) if form else alt.Tooltip(f"{column}:N", title=title)
        for column, (title, form) in columns.items()
    ]


def england_tick(x: str | alt.X, y: alt.Y) -> alt.Chart:
    """England's value as a mark across a bar."""
    tick: alt.Chart = alt.Chart(COMPARED).mark_tick(color=YELLOW, thickness=3, opacity=1).encode(x=x, y=y)
    return tick


def demand_chart() -> alt.TopLevelMixin:
    known = "datum.appointment_mode != 'Unknown'"
    modes = alt.Y("appointment_mode:N", title=None, sort=["Face-to-Face", "Telephone", "Home Visit", "Video/Online"])
    share = alt.X("sum(share_of_area):Q", axis=share_axis("share of all appointments"))
    bars = alt.Chart(ROWS).transform_filter(known).mark_bar(height=26)
    bars = bars.encode(
        x=share,
        y=modes,
        color=alt.Color("appointment_status:N", scale=STATUS_COLOURS, legend=alt.Legend(title=None, orient="top")),
        order=alt.Order("appointment_status:O"),
        tooltip=shown_on_hover(
            appointment_mode=("Mode", None),
            appointment_status=("Status", None),
            share_of_area=("Share of all", ".1%"),
            appointment_count=("Appointments", ","),
        ),
    )
    return alt.layer(bars, england_tick(share, modes).transform_filter(known)).properties(height=200)


def lead_time_chart() -> alt.TopLevelMixin:
    known = "datum.lead_time_band != 'Unknown'"
    bands = alt.Y("lead_time_band:N", title=None, sort=in_order_of("lead_time_band_order"))
    rate = alt.X("dna_rate:Q", axis=share_axis("DNA rate"))
    base = alt.Chart(ROWS).transform_filter(known).encode(y=bands)
    on_hover = shown_on_hover(
        lead_time_band=("Time from booking", None),
        dna_rate=("DNA rate", ".1%"),
        dna_count=("Missed", ","),
        attended_count=("Attended", ","),
    )
    return alt.layer(
        base.mark_bar(color=BLUE, height=18).encode(x=rate, tooltip=on_hover),
        base.mark_rule(color=TEXT, strokeWidth=2).encode(x="dna_rate_ci_lower:Q", x2="dna_rate_ci_upper:Q"),
        base.mark_text(align="left", dx=6, color=TEXT).encode(
            x="dna_rate_ci_upper:Q", text=alt.Text("dna_rate:Q", format=".1%")
        ),
        england_tick(rate, bands).transform_filter(known),
    ).properties(height=230)


def duration_chart() -> alt.TopLevelMixin:
    known = "datum.duration_band != 'Unknown'"
    bands = alt.Y("duration_band:N", title=None, sort=in_order_of("duration_band_order"))
    share = alt.X("share_of_known:Q", axis=share_axis("share of attended appointments of known duration"))
    base = alt.Chart(ROWS).transform_filter(known).encode(y=bands, x=share)
    on_hover = shown_on_hover(
        duration_band=("Duration", None),
        share_of_known=("Share of known", ".1%"),
        appointment_count=("Appointments", ","),
    )
    return alt.layer(
        base.mark_bar(color=BLUE, height=18).encode(tooltip=on_hover),
        base.mark_text(align="left", dx=6, color=TEXT).encode(text=alt.Text("share_of_known:Q", format=".1%")),
        england_tick(share, bands).transform_filter(known),
    ).properties(height=200)


def professional_chart() -> alt.TopLevelMixin:
    base = (
        alt.Chart(ROWS)
        .transform_filter("datum.hcp_type != 'Unknown' && datum.attribute_value != 'Unknown'")
        .encode(
            x=alt.X("hcp_type:N", title=None, axis=alt.Axis(labelAngle=0, orient="top", labelLimit=160)),
            y=alt.Y("attribute_value:N", title=None, sort=in_order_of("lead_time_band_order")),
        )
    )
    difference = "datum.share_of_hcp_type - datum.area_share"
    cells = base.transform_calculate(difference=difference).mark_rect(stroke="white", strokeWidth=3)
    scale = alt.Scale(domain=[-0.2, 0, 0.2], range=[YELLOW, "#F5F7F8", LIGHT_BLUE], interpolate="rgb", clamp=True)
    shares = base.mark_text(fontSize=14, color=TEXT).encode(text=alt.Text("share_of_hcp_type:Q", format=".1%"))
    on_hover = shown_on_hover(
        hcp_type=("Professional", None),
        attribute_value=("Time from booking", None),
        share_of_hcp_type=("Share of the professional's", ".1%"),
        area_share=("Share of all", ".1%"),
    )
    cells = cells.encode(color=alt.Color("difference:Q", scale=scale, legend=None), tooltip=on_hover)
    return alt.layer(cells, shares).properties(height=300)


def month_chart() -> alt.TopLevelMixin:
    axis = alt.Axis(format="%b %y", labelAngle=0, tickCount=6, grid=False, labelOverlap=True)
    scale = alt.Scale(zero=False, nice=True, padding=12)
    base = alt.Chart(ROWS).encode(x=alt.X("appointment_month:T", title=None, axis=axis))
    per_day = alt.Y("appointments_per_working_day:Q", title="per working day", scale=scale, axis=alt.Axis(format="~s"))
    on_hover = shown_on_hover(
        month=("Month", None),
        appointments_per_working_day=("Per working day", ",.0f"),
        working_days=("Working days", ","),
    )
    return alt.layer(
        base.mark_line(color=LIGHT_BLUE, strokeWidth=6, opacity=0.5).encode(
            y=alt.Y("rolling_3_month_average:Q", scale=scale)
        ),
        base.mark_line(color=BLUE).encode(y=per_day),
        base.mark_circle(color=BLUE, size=60, opacity=1).encode(y=per_day, tooltip=on_hover),
    ).properties(height=260)


def weekday_chart() -> alt.TopLevelMixin:
    weekdays = alt.Y("weekday:N", title=None, sort=in_order_of("weekday_order"))
    base = alt.Chart(ROWS).encode(y=weekdays, x=alt.X("appointments_per_day:Q", title="attended appointments a day"))
    on_hover = shown_on_hover(
        weekday=("Weekday", None),
        appointments_per_day=("Appointments a day", ",.0f"),
        weekday_index=("Index", ".2f"),
    )
    return alt.layer(
        base.mark_bar(color=BLUE, height=18).encode(tooltip=on_hover),
        base.mark_text(align="left", dx=6, color=TEXT).encode(text=alt.Text("appointments_per_day:Q", format=",.0f")),
    ).properties(height=200)


def location_chart() -> alt.TopLevelMixin:
    names = alt.Y("place:N", title=None, sort=in_order_of("record_rank"), axis=alt.Axis(labelLimit=150))
    place = "replace(datum.sub_icb_location_name, /^NHS (.*) ICB - /, '')"
    base = alt.Chart(ROWS).transform_calculate(place=f"{place} + ', ' + datum.region_name")
    base = base.encode(y=names, x=alt.X("record_count:Q", title="records", axis=alt.Axis(format="~s", tickCount=4)))
    on_hover = shown_on_hover(
        sub_icb_location_name=("Location", None), record_count=("Records", ","), appointment_count=("Appointments", ",")
    )
    return alt.layer(
        base.mark_bar(color=BLUE, height=22).encode(tooltip=on_hover),
        base.mark_text(align="left", dx=6, color=TEXT).encode(text=alt.Text("record_count:Q", format=",")),
    ).properties(height=alt.Step(34))


def allocation_chart() -> alt.TopLevelMixin:
    area = alt.param(name="area", value="")
    gap = "datum.appointments_per_1000_patients_per_month - datum.england_appointments_per_1000_patients_per_month"
    icb = "replace(replace(datum.icb_name, /^NHS /, ''), / ICB$/, '')"
    base = (
        alt.Chart(ROWS)
        .transform_filter("isValid(datum.rank_below_england)")
        .transform_calculate(gap=gap, icb=icb)
        .encode(
            y=alt.Y(
                "icb:N",
                title=None,
                sort=in_order_of("gap"),
                axis=alt.Axis(labelLimit=150, ticks=False, domain=False),
            ),
            x=alt.X(
                "gap:Q",
                title="difference from England's rate",
                axis=alt.Axis(format="+.0f", tickCount=6),
                scale=alt.Scale(padding=34, nice=False),
            ),
        )
    )
    picked = "area == 'ICB ' + datum.icb_ons_code || area == 'NHS region ' + datum.region_ons_code"
    colour = (
        alt.when(picked)
        .then(alt.value(YELLOW))
        .when("datum.gap < 0")
        .then(alt.value(BLUE))
        .otherwise(alt.value(PALE_GREY))
    )
    below = base.transform_filter("datum.gap < 0").mark_text(align="right", dx=-4, fontSize=11, color=TEXT)
    above = base.transform_filter("datum.gap >= 0").mark_text(align="left", dx=4, fontSize=11, color=TEXT)
    label = alt.Text("appointments_per_1000_patients_per_month:Q", format=".0f")
    on_hover = shown_on_hover(
        icb_name=("ICB", None),
        region_name=("NHS region", None),
        appointments_per_1000_patients_per_month=("Per 1,000 patients a month", ".1f"),
        allocation_gap=("Appointments above or below England's rate", ",.0f"),
    )
    bars = base.mark_bar().encode(color=colour, tooltip=on_hover)
    return alt.layer(bars, below.encode(text=label), above.encode(text=label)).add_params(area).properties(height=760)


# By table: the chart, what it is for who sees it and for who does not.
CHARTS = {
    "allocation": (
        allocation_chart,
        "Appointments per 1,000 registered patients a month, as the difference from England's rate; label: the rate. "
        "Yellow: the area picked.",
        "Ranked bars of each ICB's appointments per 1,000 patients against England's rate",
    ),
    "demand": (
        demand_chart,
        "Share of all appointments by mode and status. Yellow mark: the mode's share in England.",
        "Stacked bars of the share of appointments by mode and status",
    ),
    "lead_times": (
        lead_time_chart,
        "Missed appointments (DNA) of those attended or missed, with 95% intervals. Yellow mark: England.",
        "Bars of the DNA rate by time between booking and appointment",
    ),
    "durations": (
        duration_chart,
        "Attended appointments of known duration. Yellow mark: England.",
        "Bars of the share of appointments by duration",
    ),
    "professionals": (
        professional_chart,
        "Share of each professional's appointments by time from booking. Blue: more than the area's share over all "
        "professionals, yellow: less.",
        "Table of shares by professional and time from booking, shaded by the difference from all professionals",
    ),
    "months": (
        month_chart,
        "Appointments per working day. Pale: three-month average.",
        "Line of appointments per working day by month",
    ),
    "weekdays": (weekday_chart, "Attended appointments a day, by weekday.", "Bars of appointments a day by weekday"),
    "locations": (
        location_chart,
        "Records (counts of appointments, not appointments) by sub-ICB location.",
        "Bars of records of the leading locations",
    ),
}


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


def areas(warehouse: Warehouse) -> dict[str, list[tuple[str, str]]]:
    """Return key and name of each area that can be picked, by the heading it is listed under."""
    listed = warehouse.connection.execute(
        f"""
        select distinct
            if(areas.area_level = 'ICB', icbs.region_name, areas.area_level) as heading,
            areas.area_level || ' ' || areas.area_code as key,
            areas.area_name,
            areas.area_level
        from marts.mart_monthly_demand as areas
        left join core.dim_icb as icbs on areas.area_level = 'ICB' and areas.area_code = icbs.icb_ons_code
        where {LEVELS}
        order by
            areas.area_level = 'ICB', areas.area_level = 'NHS region', heading nulls last, areas.area_name
        """
    ).fetchall()
    grouped: dict[str, list[tuple[str, str]]] = {}
    for heading, key, name, level in listed:
        label = {"England": "", "NHS region": "NHS regions"}.get(level, f"ICBs in {heading or 'no known region'}")
        grouped.setdefault(label, []).append((key, name))
    return grouped


def geography(warehouse: Warehouse, name: str) -> str:
    """Return from when to when England had the areas of a geography, in words."""
    words: str
    [(words,)] = warehouse.connection.execute(
        "select distinct 'from ' || strftime(valid_from, '%B %Y') || coalesce(' to ' || strftime(valid_to, '%B %Y'), "
        "' on') from core.dim_location_geography where geography = ?",
        [name],
    ).fetchall()
    return words


def questions(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return the goal and the questions: number, words, headline sentences and caveats of the marts shown."""
    listed = warehouse.connection.execute(
        """
        select question_number, question, list(headline order by headline_order)
        from marts.mart_headline_answers
        group by question_number, question
        order by question_number
        """
    ).fetchall()
    comments = dict(
        warehouse.connection.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
    )
    sections = []
    for number, question, headlines in listed:
        caveats: dict[str, None] = {}
        for name in SECTIONS[number]:
            _, _, said = comments[TABLES[name].mart].partition("**Caveats**")
            caveats.update(dict.fromkeys(re.findall(r"^- (.+(?:\n .+)*)$", said, re.MULTILINE)))
        plain = [" ".join(caveat.replace("`", "").split()) for caveat in caveats]
        sections.append({"number": number, "question": question, "headlines": headlines, "caveats": plain})
    return sections


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
    data = {name: read_table(warehouse, table) for name, table in TABLES.items()}
    charts = {name: house_style(chart()).to_dict() for name, (chart, _, _) in CHARTS.items()}
    for spec in charts.values():
        spec["width"] = "container"
        spec["config"] |= {"aria": False, "mark": {"aria": False}}
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
                name: data[name] | {"columns": table.columns, "mart": table.mart} for name, table in TABLES.items()
            },
            "charts": charts,
            "cards": CARDS,
            "england": ENGLAND,
        },
        areas=areas(warehouse),
        cards=CARDS,
        questions=questions(warehouse),
        sections=SECTIONS,
        tables={name: (table, rendered(table, data[name])) for name, table in TABLES.items()},
        by_area={name for name in TABLES if "area_code" in data[name]["names"]},
        charts=CHARTS,
        build=build,
        raw_files={
            raw["raw_table"]: [(Path(file["path"]).name, file["sha256"]) for file in raw["files"]]
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
    except (NothingToShow, OSError, duckdb.Error) as problem:
        complain(f"No page was written: {problem}")
        return 2
    print(f"{output}   opens from disk, {output.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
