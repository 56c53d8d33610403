"""Question 4: how demand and its kind differ by healthcare professional.

Readings taken where the contract is silent:

- `working_days` and `month_count` are those of the whole table's period for every area.
- A known label that the area has only together with Unknown is an empty row or column of the known
  table: its expected counts are 0 (0 x a total / n), its residuals null (their variance is 0).
- An area whose known table is empty keeps its row in `mart_association_strength`: count 0, degrees
  of freedom 0, the rest null (`cramers_v_including_unknown` as its own table gives).
"""

from typing import Any

import pandas as pd

from .areas import AREA, finish, months_of, sum_by_area
from .measures import (
    add_attendance,
    add_patients,
    add_share_of_area,
    known_part,
    ratio,
    table_of,
    with_counts,
)
from .raw import RawTables
from .reference import LEAD_TIME_BANDS, Reference, month_lengths
from .roles import demand_by_role, monthly_demand_by_role, sentences_of_roles
from .said import Asked, percent
from .statistics import (
    adjusted_residuals,
    bergsma_v,
    chi_squared,
    degrees_of_freedom,
    expected_counts,
    strength,
)

ATTRIBUTES = ["appointment_mode", "lead_time_band", "appointment_status"]


def demand_by_professional(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_demand_by_professional` from the rows of `appointments_regional`."""
    counts = [
        "appointment_count",
        "attended_count",
        "dna_count",
        "known_lead_time_count",
        "same_day_count",
        "within_7_days_count",
        "over_14_days_count",
    ]
    mart = sum_by_area(with_counts(rows), reference, ["hcp_type"], counts)
    mart = add_patients(add_attendance(add_share_of_area(mart)), rows, reference)
    lengths = month_lengths(months_of(rows), reference.bank_holidays)
    mart["working_days"] = lengths["working_days"].sum()
    mart["appointments_per_working_day"] = ratio(mart["appointment_count"], mart["working_days"])
    for name in ("same_day", "within_7_days", "over_14_days"):
        mart[f"{name}_share"] = ratio(mart[f"{name}_count"], mart["known_lead_time_count"])

    bands = sum_by_area(rows, reference, ["hcp_type", "lead_time_band"])
    medians = {
        key: median_band(dict(zip(part["lead_time_band"], part["appointment_count"], strict=True)))
        for key, part in bands.groupby([*AREA, "hcp_type"])
    }
    mart["median_lead_time_band"] = [
        medians[key] for key in mart[[*AREA, "hcp_type"]].itertuples(index=False, name=None)
    ]
    columns = [
        "hcp_type",
        "appointment_count",
        "area_appointment_count",
        "share_of_area",
        "working_days",
        "appointments_per_working_day",
        "registered_patients",
        "month_count",
        "appointments_per_1000_patients_per_month",
        "attended_count",
        "dna_count",
        "attendance_rate",
        "dna_rate",
        "known_lead_time_count",
        "same_day_count",
        "same_day_share",
        "within_7_days_count",
        "within_7_days_share",
        "over_14_days_count",
        "over_14_days_share",
        "median_lead_time_band",
    ]
    return finish(mart, rows, reference, columns)


def median_band(counts: dict[str, int]) -> str | None:
    """The first known band whose cumulative count reaches half the known; None if none is known."""
    known = sum(count for band, count in counts.items() if band != "Unknown")
    reached = 0
    for band in LEAD_TIME_BANDS:
        reached += counts.get(band, 0)
        if known and 2 * reached >= known:
            return band
    return None


def professional_mix(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_professional_mix` from the rows of `appointments_regional`."""
    parts = []
    for attribute in ATTRIBUTES:
        counts = sum_by_area(rows, reference, ["hcp_type", attribute])
        for (level, code), area in counts.groupby(AREA):
            table = table_of(area, "hcp_type", attribute)
            known = known_part(table)
            expected = expected_counts(known)
            if known.size:
                expected = expected.reindex(
                    index=[label for label in table.index if label != "Unknown"],
                    columns=[label for label in table.columns if label != "Unknown"],
                    fill_value=0.0,
                )
            part = long_form(table, "appointment_count").join(
                [
                    long_form(expected, "expected_count"),
                    long_form(adjusted_residuals(known), "adjusted_residual"),
                ]
            )
            part["hcp_type_appointment_count"] = part.groupby(level=0)["appointment_count"].transform("sum")
            value_totals = part.groupby(level=1)["appointment_count"].transform("sum")
            part["area_share"] = ratio(value_totals, float(table.to_numpy().sum()))
            part = part.rename_axis(["hcp_type", "attribute_value"]).reset_index()
            parts.append(part.assign(area_level=str(level), area_code=str(code), attribute=attribute))
    mart = pd.concat(parts, ignore_index=True)
    mart["share_of_hcp_type"] = ratio(mart["appointment_count"], mart["hcp_type_appointment_count"])
    columns = [
        "hcp_type",
        "attribute",
        "attribute_value",
        "appointment_count",
        "hcp_type_appointment_count",
        "share_of_hcp_type",
        "area_share",
        "expected_count",
        "adjusted_residual",
    ]
    return finish(mart, rows, reference, columns)


def long_form(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """One row per cell of a cross-table, indexed by its row and column labels."""
    return pd.DataFrame({name: table.stack()}).rename_axis([0, 1])


def association_strength(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_association_strength` from the rows of `appointments_regional`."""
    found = []
    for attribute in ATTRIBUTES:
        counts = sum_by_area(rows, reference, ["hcp_type", attribute])
        for (level, code), area in counts.groupby(AREA):
            table = table_of(area, "hcp_type", attribute)
            known = known_part(table)
            cramers_v = bergsma_v(known)
            found.append(
                {
                    "area_level": level,
                    "area_code": code,
                    "attribute": attribute,
                    "appointment_count": int(known.to_numpy().sum()),
                    "degrees_of_freedom": degrees_of_freedom(known),
                    "chi_squared": chi_squared(known),
                    "cramers_v": cramers_v,
                    "cramers_v_including_unknown": bergsma_v(table),
                    "strength": strength(cramers_v),
                }
            )
    columns = [
        "attribute",
        "appointment_count",
        "degrees_of_freedom",
        "chi_squared",
        "cramers_v",
        "cramers_v_including_unknown",
        "strength",
    ]
    return finish(pd.DataFrame(found), rows, reference, columns)


def marts(raw: RawTables, reference: Reference) -> dict[str, pd.DataFrame]:
    """The marts of the question, by name, from raw tables within the period."""
    return {
        "mart_demand_by_professional": demand_by_professional(raw.appointments_regional, reference),
        "mart_professional_mix": professional_mix(raw.appointments_regional, reference),
        "mart_association_strength": association_strength(raw.appointments_regional, reference),
        "mart_demand_by_role": demand_by_role(raw.appointments_by_role, reference),
        "mart_monthly_demand_by_role": monthly_demand_by_role(raw.appointments_by_role, reference),
    }


def sentences(asked: Asked) -> list[str]:
    """The sentences of the headline answers, their figures read again from the marts."""
    gp = asked.mart("mart_demand_by_professional", "area_level = 'England' and hcp_type = 'GP'")
    other = asked.mart("mart_demand_by_professional", "area_level = 'England' and hcp_type = 'Other Practice staff'")
    v = {
        attribute: (strength, value)
        for attribute, strength, value in asked.rows(
            "select attribute, strength, cramers_v from marts.mart_association_strength where area_level = 'England'"
        )
    }
    said = {attribute: f"{value:.3f} ({strength})" for attribute, (strength, value) in v.items()}

    def over(row: dict[str, Any], count: str) -> str:
        return percent(row[count] / row["known_lead_time_count"])

    return [
        *(sentences_of_roles(asked) or [sentence_of_professionals(asked, gp, other)]),
        f"{over(gp, 'same_day_count')} of GP appointments were held on the day they were booked, against "
        f"{over(other, 'same_day_count')} of those of other practice staff; "
        f"{over(gp, 'over_14_days_count')} were held more than 14 days after booking, against "
        f"{over(other, 'over_14_days_count')}. These are shares of appointments whose lead time is known.",
        "On a scale from 0 (unrelated) to 1, the type of professional is related to lead time at "
        f"{said['lead_time_band']}, to mode at {said['appointment_mode']} and to attendance at "
        f"{said['appointment_status']}. Only appointments for which both are known are counted.",
    ]


def sentence_of_professionals(asked: Asked, gp: dict[str, Any], other: dict[str, Any]) -> str:
    """Who holds the appointments, where roles are not known."""
    return (
        f"{asked.period('appointments_regional')}, GPs held "
        f"{percent(gp['appointment_count'] / gp['area_appointment_count'])} "
        f"of appointments in {gp['area_name']} ({gp['appointment_count']:,}, or "
        f"{gp['appointment_count'] / gp['working_days']:,.0f} per working day) and other practice staff "
        f"{percent(other['appointment_count'] / gp['area_appointment_count'])} ({other['appointment_count']:,}, or "
        f"{other['appointment_count'] / gp['working_days']:,.0f})."
    )
