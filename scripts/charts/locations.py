"""The leading locations by records, beside their appointments."""

import altair as alt
from database import Warehouse

from charts.house import BLUE, PALE_GREY, TEXT, Picture, finish

MART = "mart_top_locations"


def draw(warehouse: Warehouse) -> Picture | None:
    rows = warehouse.rows(
        """
        select
            regexp_replace(sub_icb_location_name, '^NHS (.*) ICB - ', '\\1 - ') as location,
            record_count, record_rank, is_top_five_by_records,
            appointment_count, appointment_rank, is_top_five_by_appointments
        from marts.mart_top_locations
        where raw_table = 'national_categories' and (is_top_five_by_records or is_top_five_by_appointments)
        """
    )
    period = warehouse.period("national_categories")
    if not period:
        return None
    rows = rows.sort_values("record_rank")
    order = rows["location"].tolist()

    def side(count: str, is_top: str, label: str, with_names: bool) -> alt.LayerChart | alt.FacetChart:
        names = alt.Axis(labelLimit=280, labels=with_names, ticks=False, domain=False)
        base = alt.Chart(rows).encode(y=alt.Y("location:N", sort=order, title=None, axis=names))
        colour = alt.condition(f"datum.{is_top}", alt.value(BLUE), alt.value(PALE_GREY))
        x = alt.X(f"{count}:Q", title=count.replace("_count", "s"), axis=alt.Axis(format="~s", tickCount=4))
        bars = base.mark_bar(height=20).encode(x=x, color=colour)
        labels = (
            base.transform_calculate(label=label).mark_text(align="left", dx=5, color=TEXT).encode(x=x, text="label:N")
        )
        return alt.layer(bars, labels).properties(width=230, height=alt.Step(32))

    millions = "format(datum.appointment_count / 1e6, '.1f') + ' m (rank ' + datum.appointment_rank + ')'"
    left = side("record_count", "is_top_five_by_records", "format(datum.record_count, ',')", True)
    right = side("appointment_count", "is_top_five_by_appointments", millions, False)
    first = rows.iloc[0]
    is_same = rows["appointment_rank"].is_monotonic_increasing
    title = (
        f"{first['location']} has the most records ({first['record_count']:,}); "
        f"by appointments the order {'is the same' if is_same else 'differs'}"
    )
    return finish(
        warehouse,
        alt.hconcat(left, right, spacing=50),
        title,
        [
            "Sub-ICB locations that are among the first five by records or by appointments; the first five are blue.",
            "A record is a count of appointments, so many records mean that a location codes in detail. " + period,
        ],
        f"Bars of records and of appointments for the leading locations. {title}.",
    )
