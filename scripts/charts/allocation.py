"""ICBs by their rate by need, against England's."""

import altair as alt
from database import Warehouse

from charts.house import BLUE, PALE_GREY, TEXT, Picture, finish

MART = "mart_resource_allocation"


def draw(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            regexp_replace(regexp_replace(icb_name, '^NHS ', ''), ' ICB$', '') as icb,
            region_name,
            appointments_per_1000_weighted_patients_per_month as rate,
            england_appointments_per_1000_weighted_patients_per_month as england_rate,
            rate - england_rate as gap,
            allocation_gap_by_need,
            is_below_england_all_ways,
            strftime(period_start_month, '%B %Y') || ' to ' || strftime(period_end_month, '%B %Y') as period
        from marts.mart_resource_allocation
        where area_level = 'ICB' and allocation_gap_by_need is not null
        order by gap
        """
    )
    base = alt.Chart(rows).encode(
        y=alt.Y(
            "icb:N", sort=rows["icb"].tolist(), title=None, axis=alt.Axis(labelLimit=330, ticks=False, domain=False)
        )
    )
    bars = base.mark_bar().encode(
        x=alt.X(
            "gap:Q",
            title="appointments per 1,000 weighted patients a month, against England's",
            axis=alt.Axis(format="+.0f", tickCount=6),
            scale=alt.Scale(padding=34, nice=False),
        ),
        color=alt.condition("datum.is_below_england_all_ways", alt.value(BLUE), alt.value(PALE_GREY)),
        tooltip=[
            "icb:N",
            "region_name:N",
            alt.Tooltip("rate:Q", format=".1f"),
            alt.Tooltip("allocation_gap_by_need:Q", format="+,.0f"),
        ],
    )
    below = base.transform_filter("datum.gap < 0").mark_text(align="right", dx=-4, fontSize=11, color=TEXT)
    above = base.transform_filter("datum.gap >= 0").mark_text(align="left", dx=4, fontSize=11, color=TEXT)
    labels = [text.encode(x="gap:Q", text=alt.Text("rate:Q", format=".0f")) for text in (below, above)]
    title, period = "The age and sex of patients are not known for any ICB in the data", ""
    if len(rows):
        lowest = rows.iloc[0]
        period = lowest["period"]
        title = (
            f"For the age and sex of its patients, {lowest['icb']} has the fewest appointments: "
            f"{lowest['rate']:.0f} per 1,000 a month, England {lowest['england_rate']:.0f}"
        )
    return finish(
        warehouse,
        alt.layer(bars, *labels).properties(width=420, height=alt.Step(17)),
        title,
        [
            "Labels: appointments per 1,000 patients a month, weighted for age and sex. Bars: difference from England.",
            "Blue: below England also per registered patient and by the other formula of weights.",
            "A low rate is a reason to look closer, not proof of need: deprivation and illness are not in the weights.",
            period,
        ],
        f"Ranked bars of each ICB's appointments per 1,000 weighted patients against England's rate. {title}.",
    )
