"""What lead times each professional's appointments have."""

import altair as alt
from database import Warehouse

from charts.house import LIGHT_BLUE, TEXT, WIDTH, YELLOW, Picture, finish

MART = "mart_professional_mix"


def draw(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            mix.hcp_type,
            mix.attribute_value as lead_time_band,
            bands.lead_time_band_order as band_order,
            mix.share_of_hcp_type,
            mix.adjusted_residual
        from marts.mart_professional_mix as mix
        inner join core.dim_lead_time_band as bands on mix.attribute_value = bands.lead_time_band
        where
            mix.area_level = 'England' and mix.attribute = 'lead_time_band'
            and mix.hcp_type <> 'Unknown' and mix.attribute_value <> 'Unknown'
        """
    )
    [(gp, other)] = warehouse.connection.execute(
        """
        select
            max(same_day_share) filter (hcp_type = 'GP'),
            max(same_day_share) filter (hcp_type = 'Other Practice staff')
        from marts.mart_demand_by_professional
        where area_level = 'England'
        """
    ).fetchall()
    limit = rows["adjusted_residual"].abs().max()
    base = alt.Chart(rows).encode(
        x=alt.X(
            "lead_time_band:N",
            sort=alt.EncodingSortField("band_order"),
            title=None,
            axis=alt.Axis(labelAngle=0, orient="top"),
        ),
        y=alt.Y("hcp_type:N", title=None),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=3).encode(
        color=alt.Color(
            "adjusted_residual:Q",
            scale=alt.Scale(domain=[-limit, 0, limit], range=[YELLOW, "#F5F7F8", LIGHT_BLUE], interpolate="rgb"),
            legend=None,
        ),
        tooltip=[
            "hcp_type:N",
            "lead_time_band:N",
            alt.Tooltip("share_of_hcp_type:Q", format=".1%"),
            "adjusted_residual:Q",
        ],
    )
    shares = base.mark_text(fontSize=16, dy=-7, fontWeight="bold", color=TEXT).encode(
        text=alt.Text("share_of_hcp_type:Q", format=".1%")
    )
    residuals = base.mark_text(fontSize=11, dy=12, color=TEXT).encode(
        text=alt.Text("adjusted_residual:Q", format="+,.0f")
    )
    title = "Lead time by professional"
    if gp is not None and other is not None:
        title = (
            f"{gp:.0%} of GP appointments are held on the day they are booked, {other:.0%} of other practice staff's"
        )
    return finish(
        warehouse,
        (cells + shares + residuals).properties(width=WIDTH + 80, height=150),
        title,
        [
            "England: the share of each professional's appointments by lead time, with the adjusted residual below it.",
            "Blue means more than expected if lead time did not depend on the professional, and yellow means fewer.",
            warehouse.period("appointments_regional"),
        ],
        f"Table of shares by professional and lead time, shaded by adjusted residual. {title}.",
    )
