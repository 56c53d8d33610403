"""Demand by mode and status, a panel for England and each NHS region."""

import altair as alt
from database import Warehouse

from charts.house import STATUS_COLOURS, TEXT, Picture, england_first, finish

MART = "mart_demand_by_mode_and_status"


def draw(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            if(area_level = 'England', 'England', area_name) as area,
            area_level = 'England' as is_england,
            appointment_mode,
            appointment_status,
            appointments_per_1000_patients_per_month as rate,
            sum(share_of_area) over (partition by area_code, appointment_mode) as mode_share
        from marts.mart_demand_by_mode_and_status
        where area_level in ('England', 'NHS region') and area_code <> 'Unknown' and appointment_mode <> 'Unknown'
        """
    )
    order = england_first(rows)
    [(leading_modes, lowest_area, lowest, highest_area, highest)] = warehouse.connection.execute(
        """
        with shares as (
            select area_name, appointment_mode, sum(share_of_area) as share
            from marts.mart_demand_by_mode_and_status
            where area_level = 'NHS region' and area_code <> 'Unknown'
            group by area_name, appointment_mode
        ),
        leaders as (
            select area_name, arg_max(appointment_mode, share) as appointment_mode, max(share) as share
            from shares
            group by area_name
        )
        select
            list(distinct appointment_mode),
            arg_min(area_name, share), min(share),
            arg_max(area_name, share), max(share)
        from leaders
        """
    ).fetchall()
    modes = alt.Y("appointment_mode:N", title=None, sort=["Face-to-Face", "Telephone", "Home Visit", "Video/Online"])
    base = alt.Chart(rows).encode(y=modes)
    bars = base.mark_bar().encode(
        x=alt.X("sum(rate):Q", axis=alt.Axis(title=None, tickCount=3)),
        color=alt.Color(
            "appointment_status:N", scale=STATUS_COLOURS, legend=alt.Legend(title=None, orient="top", offset=4)
        ),
        order=alt.Order("appointment_status:N"),
        tooltip=["area:N", "appointment_mode:N", "appointment_status:N", alt.Tooltip("rate:Q", format=",.1f")],
    )
    labels = (
        base.mark_text(align="left", dx=4, fontSize=11, color=TEXT)
        .encode(x=alt.X("sum(rate):Q"), text=alt.Text("share:Q", format=".1%"))
        .transform_aggregate(rate="sum(rate)", share="max(mode_share)", groupby=["area", "appointment_mode"])
    )
    panels = (
        alt.layer(bars, labels)
        .properties(width=290, height=92)
        .facet(facet=alt.Facet("area:N", sort=order, header=alt.Header(title=None)), columns=2, spacing=16)
    )
    if not leading_modes:
        title = "No NHS region is in the data"
    elif lowest_area == highest_area:
        title = f"{leading_modes[0]} leads in {lowest_area}: {lowest:.1%} of appointments"
    else:
        one = len(leading_modes) == 1
        leader = f"{leading_modes[0]} leads everywhere" if one else "The leading mode differs by region"
        title = f"{leader}: {lowest:.1%} of appointments in {lowest_area}, {highest:.1%} in {highest_area}"
    return finish(
        warehouse,
        panels,
        title,
        [
            "Appointments per 1,000 registered patients a month. Labels are each mode's share of all appointments.",
            warehouse.period("appointments_regional"),
        ],
        f"Bar charts of appointments by mode and status for England and each NHS region. {title}.",
    )
