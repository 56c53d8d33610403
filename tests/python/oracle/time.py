"""Question 5: patterns over months and weekdays.

Readings taken where the contract is silent:

- `seasonal_index` is null unless the area has all 13 months from six before to six after.
- `day_count` counts the days of all the table's months, alike for every area and with or without
  rows; a bank holiday is `Bank holiday` on whatever weekday it falls.
- The mean working day behind `weekday_index` is the area's total on working days over their number
  in the table's months; null where that total is 0.
"""

import pandas as pd

from .areas import AREA, AREA_COLUMNS, finish, months_of, sum_by_area
from .measures import add_attendance, add_share_of_area, ratio, with_counts
from .raw import RawTables, daily_tables
from .reference import Reference, days_of_months, month_lengths
from .said import Asked, percent

# Appointments per working day: the planning assumption that the design names.
DAILY_CAPACITY = 1_200_000


def monthly_demand(rows: pd.DataFrame, reference: Reference, daily_capacity: float = DAILY_CAPACITY) -> pd.DataFrame:
    """`mart_monthly_demand` from the rows of `appointments_regional`."""
    counts = [
        "appointment_count",
        "attended_count",
        "dna_count",
        "gp_count",
        "face_to_face_count",
        "telephone_count",
        "known_lead_time_count",
        "same_day_count",
    ]
    mart = sum_by_area(with_counts(rows), reference, ["appointment_month"], counts)
    lengths = month_lengths(months_of(rows), reference.bank_holidays)
    mart = add_attendance(mart.merge(lengths, on="appointment_month", validate="m:1"))
    for kind in ("calendar", "working"):
        mart[f"appointments_per_{kind}_day"] = ratio(mart["appointment_count"], mart[f"{kind}_days"])
    for name in ("gp", "face_to_face", "telephone"):
        mart[f"{name}_share"] = ratio(mart[f"{name}_count"], mart["appointment_count"])
    mart["same_day_share"] = ratio(mart["same_day_count"], mart["known_lead_time_count"])

    # On a grid of every calendar month a shift by rows is a shift by months.
    months = months_of(rows)
    grid = pd.date_range(months.min(), months.max(), freq="MS")
    series = mart.pivot(index="appointment_month", columns=AREA, values="appointments_per_working_day").reindex(grid)
    twelve_months = series.rolling(12).mean()
    centred = (twelve_months.shift(-5) + twelve_months.shift(-6)) / 2
    patterns = {
        "change_from_previous_month": series / series.shift(1) - 1,
        "change_from_same_month_last_year": series / series.shift(12) - 1,
        "rolling_3_month_average": (series + series.shift(1) + series.shift(2)) / 3,
        "seasonal_index": series / centred,
        "demand_rank_in_area": series.rank(method="min", ascending=False),
    }
    for name, values in patterns.items():
        long = pd.DataFrame({name: values.rename_axis("appointment_month").unstack()}).reset_index()
        mart = mart.merge(long, on=[*AREA, "appointment_month"], how="left", validate="1:1")
    mart["demand_rank_in_area"] = mart["demand_rank_in_area"].astype("Int64")
    mart["utilisation_of_assumed_capacity"] = (mart["appointments_per_working_day"] / daily_capacity).where(
        mart["area_level"] == "England"
    )
    columns = [
        "appointment_month",
        "appointment_count",
        "calendar_days",
        "working_days",
        "appointments_per_calendar_day",
        "appointments_per_working_day",
        "change_from_previous_month",
        "change_from_same_month_last_year",
        "rolling_3_month_average",
        "seasonal_index",
        "demand_rank_in_area",
        "attended_count",
        "dna_count",
        "attendance_rate",
        "dna_rate",
        "gp_count",
        "gp_share",
        "face_to_face_count",
        "face_to_face_share",
        "telephone_count",
        "telephone_share",
        "known_lead_time_count",
        "same_day_count",
        "same_day_share",
        "utilisation_of_assumed_capacity",
    ]
    return finish(mart, rows, reference, columns)


def weekday_demand(tables: dict[str, pd.DataFrame], reference: Reference) -> pd.DataFrame:
    """`mart_weekday_demand` from the rows of the daily tables, keyed by their names."""
    columns = [
        "weekday",
        "weekday_order",
        "day_count",
        "appointment_count",
        "appointments_per_day",
        "area_appointment_count",
        "share_of_area",
        "weekday_index",
    ]
    parts = []
    for table, rows in tables.items():
        days = days_of_months(months_of(rows), reference.bank_holidays)
        day_counts = days.groupby("weekday").size()
        place = days.set_index("appointment_date")
        dated = rows.assign(
            weekday=rows["appointment_date"].map(place["weekday"]),
            weekday_order=rows["appointment_date"].map(place["weekday_order"]),
            working_day_count=rows["appointment_count"].where(rows["appointment_date"].map(place["is_working_day"]), 0),
        )
        measures = ["appointment_count", "working_day_count"]
        part = sum_by_area(dated, reference, ["weekday", "weekday_order"], measures)
        part["day_count"] = part["weekday"].map(day_counts)
        part["appointments_per_day"] = ratio(part["appointment_count"], part["day_count"])
        part = add_share_of_area(part)
        mean_working_day = ratio(
            part.groupby(AREA)["working_day_count"].transform("sum"),
            float(days["is_working_day"].sum()),
        )
        part["weekday_index"] = ratio(part["appointments_per_day"], mean_working_day)
        parts.append(finish(part, rows, reference, columns).assign(raw_table=table))
    # A table without rows would make counts doubles.
    mart = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return mart[["raw_table", *AREA_COLUMNS, *columns]]


def marts(raw: RawTables, reference: Reference) -> dict[str, pd.DataFrame]:
    """The marts of the question, by name, from raw tables within the period."""
    return {
        "mart_monthly_demand": monthly_demand(raw.appointments_regional, reference),
        "mart_weekday_demand": weekday_demand(
            daily_tables(raw) | {"appointments_by_role": raw.appointments_by_role}, reference
        ),
    }


def sentences(asked: Asked) -> list[str]:
    """The sentences of the headline answers, their figures read again from the marts."""
    months = asked.rows(
        "select appointment_count / working_days, appointment_month, area_name from marts.mart_monthly_demand "
        "where area_level = 'England' order by 1"
    )
    quiet, busy = months[0], months[-1]
    days = asked.rows(
        "select appointment_count, day_count, weekday, area_name from marts.mart_weekday_demand "
        "where raw_table = 'actual_duration' and area_level = 'England' and weekday_order <= 5"
    )
    mean = sum(day[0] for day in days) / sum(day[1] for day in days)
    years_and_months = asked.rows(
        "select year(appointment_month), appointment_month from core.fct_appointments_monthly group by all"
    )
    days = sorted((count / number, name, area) for count, number, name, area in days)
    low, high = days[0], days[-1]
    return [
        f"{asked.period('appointments_regional')}, "
        f"the busiest month per working day in {busy[2]} was {busy[1]:%B %Y} "
        f"({busy[0]:,.0f} appointments) and the quietest {quiet[1]:%B %Y} ({quiet[0]:,.0f}).",
        f"{asked.period('actual_duration')}, "
        f"{high[1]} was the busiest weekday in {high[2]}, {percent(high[0] / mean - 1)} "
        f"above the mean working day, and {low[1]} the quietest, {percent(1 - low[0] / mean)} below it.",
        f"A rota that follows this pattern would have {high[0] - low[0]:,.0f} more attended appointments on a "
        f"{high[1]} than "
        f"on a {low[1]} in {high[2]}. Months are a weaker guide, because "
        + (
            "2020 and 2021 were shaped by COVID-19."
            if {year for year, _ in years_and_months} & {2020, 2021}
            else f"the data hold only {len(years_and_months)} of them."
        ),
    ]
