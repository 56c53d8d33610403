"""Counts of appointments by condition, shares, ranks: what several questions use."""

import numpy as np
import pandas as pd

from .areas import AREA, months_of, patients_by_area
from .raw import UNKNOWN
from .reference import LEAD_TIME_BANDS, Reference, mean_patients


def ratio(numerator: pd.Series, denominator: pd.Series | float) -> pd.Series:
    """Divide; null where the denominator is 0 or null."""
    bottom = pd.Series(denominator, index=numerator.index, dtype="float64")
    return numerator.astype("float64") / bottom.where(bottom != 0, np.nan)


def rank_from_most(values: pd.Series) -> pd.Series:
    """Rank, 1 = most, ties 1, 2, 2, 4; null stays null."""
    return values.rank(method="min", ascending=False).astype("Int64")


def with_counts(rows: pd.DataFrame) -> pd.DataFrame:
    """Add to rows of `appointments_regional` one column of appointments per condition."""
    counts = rows["appointment_count"]
    status, hcp_type = rows["appointment_status"], rows["hcp_type"]
    mode, band = rows["appointment_mode"], rows["lead_time_band"]
    conditions = {
        "attended_count": status == "Attended",
        "dna_count": status == "DNA",
        "unknown_status_count": status == UNKNOWN,
        "gp_count": hcp_type == "GP",
        "face_to_face_count": mode == "Face-to-Face",
        "telephone_count": mode == "Telephone",
        "known_lead_time_count": band != UNKNOWN,
        "same_day_count": band == "Same day",
        "within_7_days_count": band.isin([name for name, (_, last) in LEAD_TIME_BANDS.items() if last <= 7]),
        "over_14_days_count": band.isin([name for name, (first, _) in LEAD_TIME_BANDS.items() if first >= 15]),
    }
    return rows.assign(**{name: counts.where(true, 0) for name, true in conditions.items()})


def add_attendance(mart: pd.DataFrame) -> pd.DataFrame:
    """Add attendance_rate and dna_rate, over attended and DNA."""
    kept_or_missed = mart["attended_count"] + mart["dna_count"]
    return mart.assign(
        attendance_rate=ratio(mart["attended_count"], kept_or_missed),
        dna_rate=ratio(mart["dna_count"], kept_or_missed),
    )


def add_share_of_area(mart: pd.DataFrame, within: list[str] | None = None) -> pd.DataFrame:
    """Add area_appointment_count and share_of_area, within the area or finer columns."""
    totals = mart.groupby(within or AREA)["appointment_count"].transform("sum")
    return mart.assign(
        area_appointment_count=totals,
        share_of_area=ratio(mart["appointment_count"], totals),
    )


def add_england_share(mart: pd.DataFrame, dimensions: list[str]) -> pd.DataFrame:
    """Add england_share, the same row's share_of_area in England, and location_quotient."""
    england = mart.loc[mart["area_level"] == "England", [*dimensions, "share_of_area"]]
    england = england.rename(columns={"share_of_area": "england_share"})
    mart = mart.merge(england, on=dimensions, how="left", validate="m:1")
    return mart.assign(location_quotient=ratio(mart["share_of_area"], mart["england_share"]))


def add_patients(mart: pd.DataFrame, rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Add registered_patients, month_count and the appointments per 1,000 patients per month."""
    months = months_of(rows)
    patients = mean_patients(reference.coverage, list(rows["icb_ons_code"].unique()), months)
    mart = mart.merge(patients_by_area(rows, reference, patients), on=AREA, how="left", validate="m:1")
    rate = ratio(mart["appointment_count"], mart["registered_patients"]) * 1000 / len(months)
    return mart.assign(month_count=len(months), appointments_per_1000_patients_per_month=rate)


def table_of(counts: pd.DataFrame, row: str, column: str) -> pd.DataFrame:
    """Cross-tabulate appointment counts; rows and columns that are empty are left out."""
    table = counts.pivot_table(index=row, columns=column, values="appointment_count", aggfunc="sum", fill_value=0)
    return without_empty(table)


def without_empty(table: pd.DataFrame) -> pd.DataFrame:
    """The table without its empty rows and columns."""
    return table.loc[table.sum(axis="columns") > 0, table.sum(axis="index") > 0]


def known_part(table: pd.DataFrame) -> pd.DataFrame:
    """The known rows and columns of a cross-table, without those that are then empty."""
    rows = [label != UNKNOWN for label in table.index]
    columns = [label != UNKNOWN for label in table.columns]
    return without_empty(table.loc[rows, columns])
