"""Compute every mart from the raw files.

Written from the design alone and sharing no code with the SQL models, so that a mistake has to be
made twice to go unseen. Each module says which readings it took where the contract is silent.
"""

from pathlib import Path

import pandas as pd

from . import (
    allocation,
    attendance,
    demand,
    durations,
    locations,
    professionals,
    quality,
    time_patterns,
)
from .areas import within_period
from .places import reported_in
from .raw import RawTables, read_raw_tables
from .reference import Reference

AREA_KEY = ["area_level", "area_code"]

# One row per these columns.
MART_KEYS = {
    "mart_demand_by_mode_and_status": [*AREA_KEY, "appointment_mode", "appointment_status"],
    "mart_demand_by_category": [
        *AREA_KEY,
        "service_setting",
        "context_type",
        "national_category",
    ],
    "mart_attendance_by_lead_time": [*AREA_KEY, "hcp_type", "lead_time_band"],
    "mart_duration_profile": [*AREA_KEY, "duration_band"],
    "mart_duration_associations": ["unit", "duration_measure", "other_measure"],
    "mart_demand_by_professional": [*AREA_KEY, "hcp_type"],
    "mart_professional_mix": [*AREA_KEY, "hcp_type", "attribute", "attribute_value"],
    "mart_association_strength": [*AREA_KEY, "attribute"],
    "mart_monthly_demand": [*AREA_KEY, "appointment_month"],
    "mart_weekday_demand": ["raw_table", *AREA_KEY, "weekday"],
    "mart_top_locations": ["raw_table", "sub_icb_location_code"],
    "mart_resource_allocation": ["icb_ons_code"],
}
QUALITY_KEYS = {
    "quality_reconciliation": ["identity", "icb_ons_code", "appointment_month"],
    "quality_unknown_share": ["raw_table", "field", *AREA_KEY, "appointment_month"],
}
KEYS = MART_KEYS | QUALITY_KEYS


def compute(
    raw_dir: Path,
    project_dir: Path,
    period_from: str | None = None,
    period_to: str | None = None,
    geography: str | None = None,
) -> dict[str, pd.DataFrame]:
    """Every mart and the quality tables, keyed by name; NaN, NA, NaT and None stand for null.

    `raw_dir` holds the three raw tables, `project_dir` the reference seeds. `period_from` and
    `period_to` (months, both included, `2021-12` or a date) bound the marts. `geography` names the one to report in;
    without it the tables are reported as they were published.
    """
    raw_dir = Path(raw_dir)
    raw, reference = reported_in(read_raw_tables(raw_dir), raw_dir, Path(project_dir), geography)
    return compute_tables(raw, reference, period_from, period_to)


def compute_tables(
    raw: RawTables,
    reference: Reference,
    period_from: str | None = None,
    period_to: str | None = None,
) -> dict[str, pd.DataFrame]:
    """What `compute` gives, from tables already read."""
    bounded = RawTables(*(within_period(rows, period_from, period_to) for rows in raw))
    regional = bounded.appointments_regional
    daily = {
        "actual_duration": bounded.actual_duration,
        "national_categories": bounded.national_categories,
    }
    return {
        "mart_demand_by_mode_and_status": demand.demand_by_mode_and_status(regional, reference),
        "mart_demand_by_category": demand.demand_by_category(bounded.national_categories, reference),
        "mart_attendance_by_lead_time": attendance.attendance_by_lead_time(regional, reference),
        "mart_duration_profile": durations.duration_profile(bounded.actual_duration, reference),
        "mart_duration_associations": durations.duration_associations(bounded.actual_duration, regional),
        "mart_demand_by_professional": professionals.demand_by_professional(regional, reference),
        "mart_professional_mix": professionals.professional_mix(regional, reference),
        "mart_association_strength": professionals.association_strength(regional, reference),
        "mart_monthly_demand": time_patterns.monthly_demand(regional, reference),
        "mart_weekday_demand": time_patterns.weekday_demand(daily, reference),
        "mart_top_locations": locations.top_locations(daily, reference),
        "mart_resource_allocation": allocation.resource_allocation(regional, reference),
        "quality_reconciliation": quality.reconciliation(raw),
        "quality_unknown_share": quality.unknown_share(bounded, reference),
    }
