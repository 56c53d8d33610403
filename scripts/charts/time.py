"""Months per working day, and weekdays."""

import altair as alt
from database import Warehouse

from charts.house import BLUE, LIGHT_BLUE, TEXT, WIDTH, YELLOW, Picture, finish

MART = "mart_monthly_demand"


def draw(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            appointment_month, appointments_per_working_day as per_working_day, rolling_3_month_average, seasonal_index,
            working_days, strftime(appointment_month, '%b %Y') as month_name, demand_rank_in_area as rank_in_area,
            max(demand_rank_in_area) over () as last_rank
        from marts.mart_monthly_demand
        where area_level = 'England'
        order by appointment_month
        """
    )
    weekdays = warehouse.rows(
        """
        select weekday, weekday_order, appointments_per_day, weekday_index
        from marts.mart_weekday_demand
        where raw_table = 'actual_duration' and area_level = 'England'
        """
    )
    x = alt.X("appointment_month:T", title=None, axis=alt.Axis(format="%b %y", labelAngle=0, tickCount=10, grid=False))
    base = alt.Chart(rows).encode(x=x)
    scale = alt.Scale(zero=False, nice=True, padding=12)
    per_day = alt.Y(
        "per_working_day:Q", title="appointments per working day", scale=scale, axis=alt.Axis(format="~s", tickCount=5)
    )
    seasonal = base.transform_filter("isValid(datum.seasonal_index) && abs(datum.seasonal_index - 1) >= 0.05")
    busiest_label = base.transform_filter("datum.rank_in_area == 1").mark_text(dy=-14, fontSize=11, fontWeight="bold")
    quietest_label = base.transform_filter("datum.rank_in_area == datum.last_rank").mark_text(
        dy=18, fontSize=11, fontWeight="bold"
    )
    months = (
        base.mark_line(color=LIGHT_BLUE, strokeWidth=6, opacity=0.5).encode(
            y=alt.Y("rolling_3_month_average:Q", scale=scale)
        )
        + base.mark_line(color=BLUE).encode(y=per_day)
        + base.mark_circle(color=BLUE, size=40, opacity=1).encode(
            y=per_day, tooltip=["month_name", alt.Tooltip("per_working_day:Q", format=",.0f"), "working_days"]
        )
        + seasonal.mark_point(
            shape="diamond", size=150, color=YELLOW, filled=True, stroke=TEXT, strokeWidth=1, opacity=1
        ).encode(y=per_day)
        + seasonal.mark_text(dy=20, fontSize=10, color="#4C6272").encode(
            y=per_day, text=alt.Text("seasonal_index:Q", format=".2f")
        )
        + busiest_label.encode(y=per_day, text="month_name:N", color=alt.value(TEXT))
        + quietest_label.encode(y=per_day, text="month_name:N", color=alt.value(TEXT))
    ).properties(width=WIDTH, height=240)
    strip_base = alt.Chart(weekdays).encode(
        x=alt.X(
            "weekday:N",
            sort=alt.EncodingSortField("weekday_order"),
            title=None,
            axis=alt.Axis(labelAngle=0, orient="bottom"),
        )
    )
    strip = (
        strip_base.mark_bar(color=BLUE).encode(
            y=alt.Y("appointments_per_day:Q", title="attended per day", axis=alt.Axis(format="~s", tickCount=3))
        )
        + strip_base.mark_text(dy=-8, fontSize=11, color=TEXT).encode(
            y="appointments_per_day:Q", text=alt.Text("weekday_index:Q", format=".2f")
        )
    ).properties(width=WIDTH, height=110)
    busiest = rows.iloc[rows["per_working_day"].argmax()]
    quietest = rows.iloc[rows["per_working_day"].argmin()]
    title = f"{busiest['per_working_day']:,.0f} appointments per working day in {busiest['appointment_month']:%B %Y}"
    if busiest["per_working_day"] > quietest["per_working_day"]:
        title = (
            f"{busiest['appointment_month']:%B %Y} was the busiest month per working day "
            f"({busiest['per_working_day'] / 1e6:.2f} million), {quietest['appointment_month']:%B %Y} the quietest "
            f"({quietest['per_working_day'] / 1e6:.2f})"
        )
    subtitle = [
        "England. The pale line is the three-month average. Diamonds are months at least 5% off the mean of the",
        "12 months around them (seasonal index). COVID-19 shaped 2020 and 2021.",
    ]
    period = warehouse.period("appointments_regional")
    if not len(weekdays):
        alt_text = f"Line of appointments per working day by month, for England. {title}."
        return finish(warehouse, months, title, [*subtitle, period], alt_text)
    return finish(
        warehouse,
        alt.vconcat(months, strip, spacing=24),
        title,
        [
            *subtitle,
            "Below are attended appointments a day, with the index to the mean working day.",
            f"{period}; weekdays {warehouse.period('actual_duration')}",
        ],
        f"Line of appointments per working day by month and bars by weekday, for England. {title}.",
    )
