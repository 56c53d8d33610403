"""Question 3: how long appointments last, and with what that goes together.

Readings taken where the contract is silent:

- `share_of_known` and `cumulative_share_of_known` are both null for Unknown; a known band without
  appointments has no row, and the cumulative share is that of all known bands up to the row's.
- Both tables are compared only in the ICB x month cells that both have; an ICB's own measures pool
  those cells. All 20 pairs of measures have a row for each unit as soon as there is one such cell.
- The words for strength are of Pearson's r.
"""

import pandas as pd

from .areas import AREA, finish, sum_by_area
from .measures import add_share_of_area, ratio, with_counts
from .raw import UNKNOWN, RawTables
from .reference import DURATION_BANDS, Reference, band_order
from .said import Asked, percent
from .statistics import pearson, spearman, strength

DURATION_MEASURES = [
    "mean_minutes_midpoint",
    "share_up_to_10_minutes",
    "share_over_20_minutes",
    "unknown_duration_share",
]
OTHER_MEASURES = [
    "dna_rate",
    "unknown_status_share",
    "gp_share",
    "face_to_face_share",
    "same_day_share",
]


def with_duration_counts(rows: pd.DataFrame) -> pd.DataFrame:
    """Add to rows of `actual_duration` appointments by condition, and minutes by the band's ends.

    known_duration_count, up_to_10_count, over_20_count, unknown_count in appointments;
    minutes_lower and minutes_upper in appointment minutes, 0 for Unknown.
    """
    counts = rows["appointment_count"]
    bands = rows["duration_band"].astype(object)
    lowest = bands.map({band: ends[0] for band, ends in DURATION_BANDS.items()})
    highest = bands.map({band: ends[1] for band, ends in DURATION_BANDS.items()})
    return rows.assign(
        known_duration_count=counts.where(bands != UNKNOWN, 0),
        bounded_count=counts.where(lowest.notna(), 0),
        up_to_10_count=counts.where(highest <= 10, 0),
        over_20_count=counts.where(lowest > 20, 0),
        unknown_count=counts.where(bands == UNKNOWN, 0),
        minutes_lower=(counts * lowest.fillna(0)).astype("int64"),
        minutes_upper=(counts * highest.fillna(0)).astype("int64"),
    )


def duration_profile(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_duration_profile` from the rows of `actual_duration`."""
    counted = with_duration_counts(rows)
    mart = add_share_of_area(sum_by_area(counted, reference, ["duration_band"]))
    measures = ["known_duration_count", "bounded_count", "minutes_lower", "minutes_upper"]
    area = sum_by_area(counted, reference, [], ["appointment_count", *measures])
    bounded = area["bounded_count"]
    area = area.assign(
        mean_minutes_lower=ratio(area["minutes_lower"], bounded),
        mean_minutes_midpoint=ratio((area["minutes_lower"] + area["minutes_upper"]) / 2, bounded),
        mean_minutes_upper=ratio(area["minutes_upper"], bounded),
    ).drop(columns="appointment_count")
    mart = mart.merge(area, on=AREA, validate="m:1")

    bands = list(DURATION_BANDS)
    mart["duration_band_order"] = [band_order(band, bands) for band in mart["duration_band"]]
    mart = mart.sort_values([*AREA, "duration_band_order"], ignore_index=True)
    is_known = mart["duration_band"] != UNKNOWN
    up_to_here = mart["appointment_count"].where(is_known, 0)
    up_to_here = up_to_here.groupby([mart[name] for name in AREA]).cumsum()
    known = mart["known_duration_count"]
    mart["share_of_known"] = ratio(mart["appointment_count"], known).where(is_known)
    mart["cumulative_share_of_known"] = ratio(up_to_here, known).where(is_known)
    columns = [
        "duration_band",
        "duration_band_order",
        "appointment_count",
        "area_appointment_count",
        "known_duration_count",
        "share_of_area",
        "share_of_known",
        "cumulative_share_of_known",
        "mean_minutes_lower",
        "mean_minutes_midpoint",
        "mean_minutes_upper",
    ]
    return finish(mart, rows, reference, columns)


def duration_associations(durations: pd.DataFrame, appointments: pd.DataFrame) -> pd.DataFrame:
    """`mart_duration_associations` from `actual_duration` and `appointments_regional`."""
    cell = ["icb_ons_code", "appointment_month"]
    left = with_duration_counts(durations).groupby(cell, observed=True).sum(numeric_only=True)
    right = with_counts(appointments).groupby(cell, observed=True).sum(numeric_only=True)
    left = left.rename(columns={"appointment_count": "duration_appointment_count"})
    cells = left.join(right, how="inner")
    units = {"ICB": cells.groupby(level="icb_ons_code", observed=True).sum(), "ICB-month": cells}

    found = []
    for unit, sums in units.items():
        measures = unit_measures(sums)
        for duration_measure in DURATION_MEASURES if len(sums) else []:
            for other_measure in OTHER_MEASURES:
                both = measures[[duration_measure, other_measure]].dropna()
                x, y = both[duration_measure].to_numpy(), both[other_measure].to_numpy()
                r, lower, upper = pearson(x, y)
                found.append(
                    {
                        "unit": unit,
                        "duration_measure": duration_measure,
                        "other_measure": other_measure,
                        "unit_count": len(both),
                        "pearson_r": r,
                        "pearson_r_ci_lower": lower if unit == "ICB" else float("nan"),
                        "pearson_r_ci_upper": upper if unit == "ICB" else float("nan"),
                        "spearman_rho": spearman(x, y),
                        "strength": strength(r),
                    }
                )
    columns = [
        "unit",
        "duration_measure",
        "other_measure",
        "unit_count",
        "pearson_r",
        "pearson_r_ci_lower",
        "pearson_r_ci_upper",
        "spearman_rho",
        "strength",
    ]
    return pd.DataFrame(found, columns=columns)


def unit_measures(sums: pd.DataFrame) -> pd.DataFrame:
    """The four duration measures and five others of each unit, from its summed counts."""
    known = sums["known_duration_count"]
    minutes = (sums["minutes_lower"] + sums["minutes_upper"]) / 2
    total = sums["appointment_count"]
    return pd.DataFrame(
        {
            "mean_minutes_midpoint": ratio(minutes, sums["bounded_count"]),
            "share_up_to_10_minutes": ratio(sums["up_to_10_count"], known),
            "share_over_20_minutes": ratio(sums["over_20_count"], known),
            "unknown_duration_share": ratio(sums["unknown_count"], sums["duration_appointment_count"]),
            "dna_rate": ratio(sums["dna_count"], sums["attended_count"] + sums["dna_count"]),
            "unknown_status_share": ratio(sums["unknown_status_count"], total),
            "gp_share": ratio(sums["gp_count"], total),
            "face_to_face_share": ratio(sums["face_to_face_count"], total),
            "same_day_share": ratio(sums["same_day_count"], sums["known_lead_time_count"]),
        }
    )


def marts(raw: RawTables, reference: Reference) -> dict[str, pd.DataFrame]:
    """The marts of the question, by name, from raw tables within the period."""
    return {
        "mart_duration_profile": duration_profile(raw.actual_duration, reference),
        "mart_duration_associations": duration_associations(raw.actual_duration, raw.appointments_regional),
    }


def sentences(asked: Asked) -> list[str]:
    """The sentences of the headline answers, their figures read again from the marts."""
    profile = asked.rows(
        "select duration_band, appointment_count, area_appointment_count, mean_minutes_lower, mean_minutes_upper, "
        "area_name "
        "from marts.mart_duration_profile where area_level = 'England' order by duration_band_order"
    )
    known = sum(row[1] for row in profile if row[0] != "Unknown")
    unknown = sum(row[1] for row in profile if row[0] == "Unknown")
    top = max((row for row in profile if row[0] != "Unknown"), key=lambda row: row[1])
    short = sum(row[1] for row in profile if row[0] in ("1-5 minutes", "6-10 minutes"))
    pair = "unit = 'ICB' and duration_measure = 'mean_minutes_midpoint' and other_measure"
    dna = asked.mart("mart_duration_associations", f"{pair} = 'dna_rate'")
    gp = asked.mart("mart_duration_associations", f"{pair} = 'gp_share'")
    return [
        f"{asked.period('actual_duration')}, {percent(top[1] / known)} of attended appointments of known duration in "
        f"{top[5]} "
        f"took {top[0]}, the most frequent band, and {percent(short / known)} took 10 minutes or less; the mean lies "
        f"between {top[3]:.1f} and {top[4]:.1f} minutes.",
        f"Duration is unknown for {percent(unknown / top[2])} of attended appointments in {top[5]} ({unknown:,} of "
        f"{top[2]:,}).",
        "The durations table holds neither status nor professional, so this compares areas, not appointments. Across "
        f"{dna['unit_count']} ICBs, mean duration has a {dna['strength']} correlation with the DNA rate "
        f"({dna['pearson_r']:.2f}) and a {gp['strength']} one with the share of GP appointments "
        f"({gp['pearson_r']:.2f}).",
    ]
