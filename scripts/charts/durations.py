"""Durations, a panel for England and each NHS region."""

import altair as alt
from database import Warehouse

from charts.house import BLUE, TEXT, YELLOW, Picture, england_first, finish, share_axis

MART = "mart_duration_profile"


def draw(warehouse: Warehouse) -> Picture | None:
    rows = warehouse.rows(
        """
        select
            if(regions.area_level = 'England', 'England', regions.area_name) as area,
            regions.area_level = 'England' as is_england,
            greatest(regions.share_of_known, england.share_of_known) as label_height,
            regions.duration_band,
            regions.duration_band_order,
            regions.share_of_known,
            england.share_of_known as england_share
        from marts.mart_duration_profile as regions
        inner join marts.mart_duration_profile as england
            on regions.duration_band = england.duration_band and england.area_level = 'England'
        where regions.area_level in ('England', 'NHS region') and regions.duration_band <> 'Unknown'
        """
    )
    period = warehouse.period("actual_duration")
    if not period:
        return None
    [(band, share, short, unknown)] = warehouse.connection.execute(
        """
        select
            arg_max(duration_band, share_of_known),
            max(share_of_known),
            coalesce(max(cumulative_share_of_known) filter (duration_band in ('1-5 minutes', '6-10 minutes')), 0),
            coalesce(max(share_of_area) filter (duration_band = 'Unknown'), 0)
        from marts.mart_duration_profile
        where area_level = 'England'
        """
    ).fetchall()
    order = england_first(rows)
    base = alt.Chart(rows).encode(
        x=alt.X(
            "duration_band:N",
            sort=alt.EncodingSortField("duration_band_order"),
            title=None,
            axis=alt.Axis(labelAngle=0, labelExpr="replace(datum.label, ' minutes', '')", labelFontSize=10),
        )
    )
    panels = (
        alt.layer(
            base.mark_bar(color=BLUE).encode(y=alt.Y("share_of_known:Q", axis=share_axis())),
            base.mark_tick(color=YELLOW, thickness=3, width=24, opacity=1).encode(y="england_share:Q"),
            base.mark_text(dy=-8, fontSize=10, color=TEXT).encode(
                y="label_height:Q", text=alt.Text("share_of_known:Q", format=".0%")
            ),
        )
        .properties(width=290, height=95)
        .facet(facet=alt.Facet("area:N", sort=order, header=alt.Header(title=None)), columns=2, spacing=16)
    )
    title = "No duration is known"
    if share is not None:
        title = f"{band} is the most frequent duration ({share:.0%}); {short:.0%} take 10 minutes or less"
    return finish(
        warehouse,
        panels,
        title,
        [
            f"Attended appointments of known duration, by minutes. Yellow is England. {unknown:.0%} are unknown.",
            "Each GP system records durations in its own way. " + period,
        ],
        f"Bar charts of attended appointments by duration band for each NHS region, with England marked. {title}.",
    )
