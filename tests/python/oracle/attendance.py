"""Question 2: attendance by the time between booking and appointment.

Readings taken where the contract is silent:

- `area_appointment_count` is that of the area and the row's hcp_type, as `share_of_area` is.
- The `Same day` row has ratios of 1 whatever its counts, even where it has no DNA.
- The odds ratio is a quotient of odds: null where the band has nobody attended, or where Same day
  has no DNA or nobody attended. The relative risk is null where either rate is, or where the
  Same day rate is 0. So "no DNA gives 0" holds wherever Same day's own rate or odds are above 0.
- A stratum's total in the Mantel-Haenszel sums is attended + DNA of the two bands: appointments of
  Unknown status take no part.
- Without any Same day row in the area and hcp_type, every ratio is null; the Mantel-Haenszel
  denominator is then 0 as well.
"""

import math

import numpy as np
import pandas as pd

from .areas import AREA, finish, sum_by_area
from .measures import add_attendance, add_share_of_area, ratio, with_counts
from .raw import RawTables
from .reference import LEAD_TIME_BANDS, Reference, band_order
from .said import Asked, percent
from .statistics import (
    mantel_haenszel_odds_ratio,
    odds_ratio,
    wilson_interval,
    woolf_interval,
)

ALL = "All"
REFERENCE_BAND = "Same day"
COUNTS = ["appointment_count", "attended_count", "dna_count", "unknown_status_count"]
RATIOS = [
    "dna_relative_risk",
    "dna_odds_ratio",
    "dna_odds_ratio_ci_lower",
    "dna_odds_ratio_ci_upper",
    "adjusted_dna_odds_ratio",
]


def attendance_by_lead_time(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_attendance_by_lead_time` from the rows of `appointments_regional`."""
    cells = sum_by_area(
        with_counts(rows),
        reference,
        ["hcp_type", "appointment_mode", "lead_time_band"],
        COUNTS,
    )
    # Strata are hcp_type x mode for All, mode alone within one hcp_type.
    cells["stratum"] = cells["hcp_type"] + " / " + cells["appointment_mode"]
    cells = pd.concat([cells.assign(hcp_type=ALL), cells], ignore_index=True)

    group = [*AREA, "hcp_type"]
    mart = cells.groupby([*group, "lead_time_band"], as_index=False)[COUNTS].sum()
    mart["lead_time_band_order"] = [band_order(band, LEAD_TIME_BANDS) for band in mart["lead_time_band"]]
    mart = add_attendance(add_share_of_area(mart, within=group))
    mart["dna_rate_of_all"] = ratio(mart["dna_count"], mart["appointment_count"])
    mart["dna_rate_ci_lower"], mart["dna_rate_ci_upper"] = wilson_interval(
        mart["dna_count"], mart["attended_count"] + mart["dna_count"]
    )

    pairs_by_group = {key: cells_by_stratum(part) for key, part in cells.groupby(group)}
    ratios = [
        ratios_against_same_day(pairs_by_group[key], band)
        for key, band in zip(mart[group].itertuples(index=False, name=None), mart["lead_time_band"], strict=True)
    ]
    mart[RATIOS] = np.array(ratios, dtype="float64").reshape(len(mart), len(RATIOS))
    columns = [
        "hcp_type",
        "lead_time_band",
        "lead_time_band_order",
        "appointment_count",
        "attended_count",
        "dna_count",
        "unknown_status_count",
        "area_appointment_count",
        "share_of_area",
        "attendance_rate",
        "dna_rate",
        "dna_rate_of_all",
        "dna_rate_ci_lower",
        "dna_rate_ci_upper",
        *RATIOS,
    ]
    return finish(mart, rows, reference, columns)


def cells_by_stratum(cells: pd.DataFrame) -> dict[str, np.ndarray]:
    """For each band an array of (strata, 2): DNA and attended, 0 where a stratum lacks the band."""
    strata, stratum_count = pd.factorize(cells["stratum"])[0], cells["stratum"].nunique()
    pairs: dict[str, np.ndarray] = {}
    for band, stratum, dna, attended in zip(
        cells["lead_time_band"], strata, cells["dna_count"], cells["attended_count"], strict=True
    ):
        array = pairs.setdefault(band, np.zeros((stratum_count, 2), dtype="int64"))
        array[stratum] += (dna, attended)
    return pairs


def ratios_against_same_day(pairs: dict[str, np.ndarray], band: str) -> list[float]:
    """The five ratios of a band, in the order of RATIOS, from one area's and hcp_type's cells."""
    if band == REFERENCE_BAND:
        return [1.0, 1.0, math.nan, math.nan, 1.0]
    if REFERENCE_BAND not in pairs:
        return [math.nan] * len(RATIOS)
    dna, attended = (float(total) for total in pairs[band].sum(axis=0))
    same_dna, same_attended = (float(total) for total in pairs[REFERENCE_BAND].sum(axis=0))
    relative_risk = math.nan
    if dna + attended > 0 and same_dna > 0:
        relative_risk = (dna / (dna + attended)) / (same_dna / (same_dna + same_attended))
    return [
        relative_risk,
        odds_ratio(dna, attended, same_dna, same_attended),
        *woolf_interval(dna, attended, same_dna, same_attended),
        mantel_haenszel_odds_ratio(np.stack([pairs[band], pairs[REFERENCE_BAND]], axis=1)),
    ]


def marts(raw: RawTables, reference: Reference) -> dict[str, pd.DataFrame]:
    """The marts of the question, by name, from raw tables within the period."""
    return {
        "mart_attendance_by_lead_time": attendance_by_lead_time(raw.appointments_regional, reference),
    }


def sentences(asked: Asked) -> list[str]:
    """The sentences of the headline answers, their figures read again from the marts."""
    england = "area_level = 'England' and hcp_type = 'All' and lead_time_band"
    same_day = asked.mart("mart_attendance_by_lead_time", f"{england} = 'Same day'")
    late = asked.mart("mart_attendance_by_lead_time", f"{england} = 'More than 28 days'")
    return [
        f"{asked.period('appointments_regional')}, patients in {same_day['area_name']} missed (DNA) "
        f"{percent(same_day['dna_count'] / (same_day['dna_count'] + same_day['attended_count']))} of appointments "
        "held on "
        f"the day they were booked and {percent(late['dna_count'] / (late['dna_count'] + late['attended_count']))} of "
        "those booked more than 28 days ahead, among appointments known to be attended or missed.",
        "For appointments booked more than 28 days ahead, the odds of a DNA were "
        f"{late['dna_odds_ratio']:.1f} times those of same-day appointments, or "
        f"{late['adjusted_dna_odds_ratio']:.1f} times if only appointments with the same type of professional and the "
        "same mode are compared.",
        f"Same-day appointments were {percent(same_day['share_of_area'])} of all "
        f"({same_day['appointment_count']:,}). Lead time includes patients' own choice, so this shows where DNAs "
        "happen, not what earlier appointments would change.",
    ]
