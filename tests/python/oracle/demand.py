"""Question 1: which modes, statuses and categories have the highest demand, and where."""

import pandas as pd

from .areas import AREA, finish, sum_by_area
from .measures import add_england_share, add_patients, add_share_of_area, rank_from_most
from .reference import Reference


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


def ranked_shares(rows: pd.DataFrame, reference: Reference, dimensions: list[str]) -> pd.DataFrame:
    """Counts by area and dimensions, their share and rank in the area, and England's share."""
    mart = add_share_of_area(sum_by_area(rows, reference, dimensions))
    mart["demand_rank_in_area"] = mart.groupby(AREA)["appointment_count"].transform(rank_from_most)
    return add_england_share(mart, dimensions)
