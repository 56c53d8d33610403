"""DNA rates by lead time, and the odds of a DNA against the same day."""

import altair as alt
from database import Warehouse

from charts.house import BLUE, PALE_GREY, TEXT, YELLOW, Picture, finish, share_axis

MART = "mart_attendance_by_lead_time"


def draw(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            lead_time_band, lead_time_band_order, dna_rate, dna_rate_ci_lower, dna_rate_ci_upper,
            dna_odds_ratio as crude, adjusted_dna_odds_ratio as adjusted
        from marts.mart_attendance_by_lead_time
        where area_level = 'England' and hcp_type = 'All' and lead_time_band <> 'Unknown'
        order by lead_time_band_order
        """
    )
    order = rows["lead_time_band"].tolist()
    rate = alt.Chart(rows).encode(y=alt.Y("lead_time_band:N", sort=order, title=None))
    rates = (
        rate.mark_bar(color=BLUE, height=14).encode(x=alt.X("dna_rate:Q", axis=share_axis("DNA rate")))
        + rate.mark_rule(color=TEXT, strokeWidth=2).encode(x="dna_rate_ci_lower:Q", x2="dna_rate_ci_upper:Q")
        + rate.mark_text(align="left", dx=6, color=TEXT).encode(
            x="dna_rate_ci_upper:Q", text=alt.Text("dna_rate:Q", format=".1%")
        )
    ).properties(width=270, height=230)
    odds = alt.Chart(rows).encode(y=alt.Y("lead_time_band:N", sort=order, title=None, axis=alt.Axis(labels=False)))
    crude = odds.encode(x=alt.X("crude:Q", title="odds of a DNA, against the same day"))
    adjusted = odds.encode(x="adjusted:Q")
    odds_ratios = (
        odds.mark_rule(color=PALE_GREY, strokeWidth=3).encode(x="crude:Q", x2="adjusted:Q")
        + crude.mark_circle(size=110, opacity=1, color=BLUE)
        + adjusted.mark_circle(size=110, opacity=1, color=YELLOW)
        + crude.mark_text(align="left", dx=9, color=TEXT).encode(text=alt.Text("crude:Q", format=".1f"))
        + adjusted.transform_filter("datum.lead_time_band_order > 1")
        .mark_text(align="right", dx=-9, color=TEXT)
        .encode(text=alt.Text("adjusted:Q", format=".1f"))
    ).properties(width=270, height=230)
    rates_by_band = rows.dropna(subset=["dna_rate"]).set_index("lead_time_band")["dna_rate"]
    title = "DNA rate by time between booking and appointment"
    if {"Same day", "More than 28 days"} <= set(rates_by_band.index):
        title = (
            f"{rates_by_band['Same day']:.1%} of same-day appointments are missed, "
            f"{rates_by_band['More than 28 days']:.1%} of those booked more than 28 days ahead"
        )
    return finish(
        warehouse,
        alt.hconcat(rates, odds_ratios, spacing=24),
        title,
        [
            "England. The DNA rate is the missed share of appointments attended or missed, with 95% intervals.",
            "On the right, blue is the odds of a DNA as they are, and yellow is adjusted for professional and mode.",
            "Lead time includes patients' own choice, so this does not say what earlier appointments would change.",
            warehouse.period("appointments_regional"),
        ],
        f"Bars of the DNA rate by lead time, and the odds of a DNA against the same day, crude and adjusted. {title}.",
    )
