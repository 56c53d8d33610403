"""Question 1: which modes, statuses and categories have the highest demand, and where.

Readings taken where the contract is silent:

- General practice has 0 appointments in an area and month of which `appointments_regional` has none. It is not known
  how many where that table lacks the month or knows no locations.
"""

import pandas as pd

from .areas import AREA, finish, sum_by_area
from .measures import add_england_share, add_patients, add_share_of_area, rank_from_most, ratio
from .raw import RawTables
from .reference import Reference
from .said import Asked, percent


def demand_by_mode_and_status(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_demand_by_mode_and_status` from the rows of `appointments_regional`."""
    dimensions = ["appointment_mode", "appointment_status"]
    mart = ranked_shares(rows, reference, dimensions)
    mart = add_patients(mart, rows, reference)
    mart["share_difference_from_england"] = mart["share_of_area"] - mart["england_share"]
    columns = [
        *dimensions,
        "appointment_count",
        "area_appointment_count",
        "share_of_area",
        "demand_rank_in_area",
        "england_share",
        "share_difference_from_england",
        "location_quotient",
        "registered_patients",
        "month_count",
        "appointments_per_1000_patients_per_month",
    ]
    return finish(mart, rows, reference, columns)


def demand_by_category(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_demand_by_category` from the rows of `national_categories`."""
    dimensions = ["service_setting", "context_type", "national_category"]
    mart = ranked_shares(rows, reference, dimensions)
    columns = [
        *dimensions,
        "appointment_count",
        "area_appointment_count",
        "share_of_area",
        "demand_rank_in_area",
        "england_share",
        "location_quotient",
    ]
    return finish(mart, rows, reference, columns)


def demand_in_pcn_systems(rows: pd.DataFrame, regional: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_demand_in_pcn_systems` from the rows of `appointments_by_pcn_system` and `appointments_regional`."""
    month = [*AREA, "appointment_month"]
    name = "general_practice_appointment_count"
    beside = sum_by_area(regional, reference, ["appointment_month"]).rename(columns={"appointment_count": name})
    mart = sum_by_area(rows, reference, ["appointment_month"]).merge(beside, on=month, how="left", validate="1:1")
    held = beside.groupby("area_level")["appointment_month"].agg(set).to_dict()
    is_held = pd.Series(
        [
            held_month in held.get(level, set())
            for level, held_month in zip(mart["area_level"], mart["appointment_month"], strict=True)
        ],
        index=mart.index,
        dtype=bool,
    )
    mart[name] = mart[name].astype("Int64").where(~is_held | mart[name].notna(), 0)
    mart["ratio_to_general_practice"] = ratio(mart["appointment_count"], mart[name])
    columns = ["appointment_month", "appointment_count", name, "ratio_to_general_practice"]
    return finish(mart, rows, reference, columns)


def ranked_shares(rows: pd.DataFrame, reference: Reference, dimensions: list[str]) -> pd.DataFrame:
    """Counts by area and dimensions, their share and rank in the area, and England's share."""
    mart = add_share_of_area(sum_by_area(rows, reference, dimensions))
    mart["demand_rank_in_area"] = mart.groupby(AREA)["appointment_count"].transform(rank_from_most)
    return add_england_share(mart, dimensions)


def marts(raw: RawTables, reference: Reference) -> dict[str, pd.DataFrame]:
    """The marts of the question, by name, from raw tables within the period."""
    return {
        "mart_demand_by_mode_and_status": demand_by_mode_and_status(raw.appointments_regional, reference),
        "mart_demand_by_category": demand_by_category(raw.national_categories, reference),
        "mart_demand_in_pcn_systems": demand_in_pcn_systems(
            raw.appointments_by_pcn_system, raw.appointments_regional, reference
        ),
    }


def sentences(asked: Asked) -> list[str]:
    """The sentences of the headline answers, their figures read again from the marts."""
    first, second = asked.rows(
        "select appointment_mode, appointment_status, appointment_count, share_of_area, area_appointment_count, "
        "area_name from marts.mart_demand_by_mode_and_status where area_level = 'England' and demand_rank_in_area <= 2 "
        "order by demand_rank_in_area"
    )
    regions = asked.rows(
        "select area_name, sum(appointment_count) / any_value(registered_patients) / any_value(month_count) * 1000, "
        "sum(appointment_count) filter (appointment_mode = 'Face-to-Face') / sum(appointment_count) "
        "from marts.mart_demand_by_mode_and_status where area_level = 'NHS region' group by area_name"
    )
    face_to_face, rate = asked.row(
        "select sum(appointment_count) filter (appointment_mode = 'Face-to-Face') / sum(appointment_count), "
        "sum(appointment_count) / any_value(registered_patients) / any_value(month_count) * 1000 "
        "from marts.mart_demand_by_mode_and_status where area_level = 'England'"
    )
    by_rate = sorted(regions, key=lambda region: region[1])
    by_face_to_face = sorted(regions, key=lambda region: region[2])
    england = first[5]
    return [
        f"{asked.period('appointments_regional')}, "
        f"the most frequent appointments in {england} were {first[0]} with status "
        f"{first[1]}: {first[2]:,}, or {percent(first[3])} of {first[4]:,}; next came {second[0]} with status "
        f"{second[1]}: {second[2]:,}, or {percent(second[3])}.",
        f"Face-to-face was {percent(face_to_face)} of appointments in {england}; among NHS regions it ranged from "
        f"{percent(by_face_to_face[0][2])} in {by_face_to_face[0][0]} to {percent(by_face_to_face[-1][2])} in "
        f"{by_face_to_face[-1][0]}.",
        f"Per 1,000 registered patients a month, {by_rate[-1][0]} had the most appointments ({by_rate[-1][1]:.1f}) and "
        f"{by_rate[0][0]} the fewest ({by_rate[0][1]:.1f}), against {rate:.1f} in {england}.",
        *sentence_of_pcns(asked),
    ]


def sentence_of_pcns(asked: Asked) -> list[str]:
    """What PCNs' own systems hold, from the facts rather than from the mart; nothing where the build has none of it."""
    in_systems, in_practice = "core.fct_appointments_in_pcn_systems_monthly", "core.fct_appointments_monthly"
    total = "(select sum(appointment_count) from {})"
    of_same_months = "(select sum(appointment_count) from {} semi join {} using (appointment_month))"
    count, shared, beside = asked.row(
        f"select {total.format(in_systems)}, {of_same_months.format(in_systems, in_practice)}, "
        f"{of_same_months.format(in_practice, in_systems)}"
    )
    if count is None:
        return []
    [area] = asked.row("select distinct area_name from marts.mart_demand_in_pcn_systems where area_level = 'England'")
    return [
        f"{asked.period('appointments_by_pcn_system')}, primary care networks (PCNs) in {area} recorded another "
        f"{count:,} appointments in systems of their own: {100 * shared / beside:.1f} for every 100 in general "
        "practice in the same months. They are in no other figure here."
    ]
