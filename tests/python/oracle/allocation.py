"""The goal: where services and practitioners would go if use were alike everywhere.

Readings taken where the contract is silent:

- The latest 12 months are the 12 latest months that the table has (all of them, if fewer).
- England's rates are over the areas of the level whose patients are known: appointments of a code without coverage
  would raise the rate that all are measured by. The rates by need are over those whose age is known too.
- `registered_patients` and `included_patients` are the same figure, over these 12 months.
- The ranks are among the areas of the level that have a rate, from the lowest, ties alike.
- The need of an ICB is, in months in which its locations have all of its patients, over these; otherwise over its
  patients by age.
- The name of an area counts its months within the 12.
- A location has the ICB of geography; one that geography doesn't know has that of its rows.
"""

import numpy as np
import pandas as pd
from scipy import stats

from .areas import location_codes, months_of
from .measures import ratio, with_counts
from .need import FORMULAS, need_by_area
from .raw import UNKNOWN, RawTables
from .reference import Reference, mean_patients
from .said import Asked, percent
from .scenario import allocation_scenario, latest_staff

COUNTS = [
    "appointment_count",
    "gp_count",
    "known_lead_time_count",
    "same_day_count",
    "over_14_days_count",
    "attended_count",
    "dna_count",
    "unknown_status_count",
]
COLUMNS = [
    "area_level",
    "area_code",
    "area_name",
    "icb_ons_code",
    "icb_name",
    "region_ons_code",
    "region_name",
    "period_start_month",
    "period_end_month",
    "month_count",
    "appointment_count",
    "registered_patients",
    "need_index",
    "need_weighted_patients",
    "patients_as_of",
    "share_aged_65_and_over",
    "imd_2019_score",
    "appointments_per_1000_patients_per_month",
    "england_appointments_per_1000_patients_per_month",
    "expected_appointment_count",
    "allocation_gap",
    "allocation_gap_share",
    "rank_below_england",
    "appointments_per_1000_weighted_patients_per_month",
    "england_appointments_per_1000_weighted_patients_per_month",
    "expected_appointment_count_by_need",
    "allocation_gap_by_need",
    "allocation_gap_by_need_share",
    "rank_below_england_by_need",
    "is_below_england_both_ways",
    "need_index_other_formula",
    "allocation_gap_by_other_formula",
    "is_below_england_all_ways",
    "gp_count",
    "gp_share",
    "known_lead_time_count",
    "same_day_count",
    "same_day_share",
    "over_14_days_count",
    "over_14_days_share",
    "attended_count",
    "dna_count",
    "dna_rate",
    "unknown_status_count",
    "unknown_status_share",
    "included_patients",
    "open_patients",
    "coverage_share",
]


def of_level(rows: pd.DataFrame, reference: Reference, months: pd.DatetimeIndex, level: str) -> pd.DataFrame:
    """Names, counts and patients of the areas of a level, ICB or Sub-ICB location."""
    key = "icb_ons_code" if level == "ICB" else "sub_icb_location_code"
    sums = rows.groupby(key, observed=True, as_index=False)[COUNTS].sum()
    area = sums[sums["appointment_count"] > 0].reset_index(drop=True)
    place = area[key] = area[key].astype(object)
    if level == "ICB":
        coverage = reference.coverage
        area["area_code"], names = place, reference.icbs["icb_name"]
    else:
        coverage = reference.location_coverage
        known = reference.geography.set_index("sub_icb_location_code")
        area["area_code"], names = location_codes(place, reference), known["sub_icb_location_name"]
        published = rows.astype({"icb_ons_code": object}).groupby(key, observed=True)["icb_ons_code"].max()
        area["icb_ons_code"] = place.map(known["icb_ons_code"]).fillna(place.map(published))
    held = rows[rows["appointment_count"] > 0].groupby(key, observed=True)["appointment_month"].nunique()
    present = place.map(held).astype(int)
    suffix = " (" + present.astype(str) + f" of {len(months)} months)"
    area["area_name"] = place.map(names).fillna(place) + suffix.where(present < len(months), "")
    patients = mean_patients(coverage, list(place), months, key)
    area["registered_patients"] = area["included_patients"] = place.map(patients["included"])
    area["open_patients"] = place.map(patients["open"])
    return area.assign(area_level=level)


def compared_with_england(area: pd.DataFrame, patients: pd.Series, month_count: int) -> dict[str, pd.Series]:
    """The rate, England's rate, the number expected, the gap, its share and the rank, for one way to count patients."""
    count = area["appointment_count"]
    rate = ratio(count, patients) * 1000 / month_count
    england = count[patients.notna()].sum() / patients.sum() * 1000 / month_count if patients.notna().any() else np.nan
    expected = patients * england * month_count / 1000
    return {
        "rate": rate,
        "england": pd.Series(england, index=area.index, dtype="float64"),
        "expected": expected,
        "gap": count - expected,
        "share": ratio(count - expected, expected),
        "rank": rate.rank(method="min").astype("Int64"),
    }


def need_of_icbs(need: pd.DataFrame, reference: Reference, months: pd.DatetimeIndex) -> pd.DataFrame:
    """The need index by each formula of every ICB with patients: the mean over the months, weighted by its patients.

    In a month in which its locations have all of its patients, the index is theirs, weighted by their patients.
    """
    places = reference.geography.set_index("sub_icb_location_code")[["sub_icb_location_ons_code", "icb_ons_code"]]
    places = places.join(need.loc["Sub-ICB location", FORMULAS], on="sub_icb_location_ons_code")
    icbs = list(reference.icbs.index)
    own = pd.DataFrame(need.loc["ICB", FORMULAS]).reindex(icbs)
    weighted: pd.DataFrame = own * 0
    total = own[FORMULAS[0]] * 0
    for month in months:
        at = pd.DatetimeIndex([month])
        registered = mean_patients(reference.coverage, icbs, at)["included"]
        located = mean_patients(reference.location_coverage, list(places.index), at, "sub_icb_location_code")[
            "included"
        ]
        work = places[FORMULAS].mul(located, axis=0)
        known = work[FORMULAS[0]].notna()
        sums = work[known].assign(located=located[known]).groupby(places["icb_ons_code"][known]).sum().reindex(icbs)
        is_whole = sums["located"] == registered
        for formula in FORMULAS:
            weighted[formula] += sums[formula].where(is_whole, own[formula] * registered)
        total += registered
    return weighted.div(total, axis=0)


def all_below(*gaps: pd.Series) -> pd.Series:
    """Whether every gap is below 0: no if one is known not to be, null if that depends on one that is not known."""
    frame = pd.concat(gaps, axis=1)
    answers = (frame < 0).all(axis=1).astype(object)
    return answers.where((frame >= 0).any(axis=1) | frame.notna().all(axis=1), None)


def resource_allocation(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_resource_allocation` from the rows of `appointments_regional`."""
    months = months_of(rows)[-12:]
    need = need_by_area(reference.need, reference.geography, months.max())
    rows = with_counts(rows[rows["appointment_month"].isin(months)])
    parts = []
    for level in ["ICB", "Sub-ICB location"] if "sub_icb_location_code" in rows else ["ICB"]:
        area = of_level(rows, reference, months, level)
        area = area.join(need.drop(columns="patients"), on=["area_level", "area_code"])
        if level == "ICB":
            of_icbs = need_of_icbs(need, reference, months)
            for formula in FORMULAS:
                area[formula] = area["area_code"].map(of_icbs[formula]).fillna(area[formula])
        area = area.rename(columns=dict(zip(FORMULAS, ["need_index", "need_index_other_formula"], strict=True)))
        registered = area["registered_patients"]
        area["need_weighted_patients"] = registered * area["need_index"]
        raw = compared_with_england(area, registered, len(months))
        by_need = compared_with_england(area, area["need_weighted_patients"], len(months))
        other = compared_with_england(area, registered * area["need_index_other_formula"], len(months))
        for found, kind, suffix in ((raw, "patients", ""), (by_need, "weighted_patients", "_by_need")):
            area[f"appointments_per_1000_{kind}_per_month"] = found["rate"]
            area[f"england_appointments_per_1000_{kind}_per_month"] = found["england"]
            area[f"expected_appointment_count{suffix}"] = found["expected"]
            area[f"allocation_gap{suffix}"] = found["gap"]
            area[f"allocation_gap{suffix}_share"] = found["share"]
            area[f"rank_below_england{suffix}"] = found["rank"]
        area["allocation_gap_by_other_formula"] = other["gap"]
        area["is_below_england_both_ways"] = all_below(raw["gap"], by_need["gap"])
        area["is_below_england_all_ways"] = all_below(raw["gap"], by_need["gap"], other["gap"])
        parts.append(area)
    mart = pd.concat(parts, ignore_index=True)

    icb = mart["icb_ons_code"]
    mart["icb_name"] = icb.map(reference.icbs["icb_name"]).fillna(icb)
    for name in ("region_ons_code", "region_name"):
        mart[name] = icb.map(reference.icbs[name]).fillna(UNKNOWN)
    mart["period_start_month"], mart["period_end_month"] = months.min(), months.max()
    mart["month_count"] = len(months)
    count = mart["appointment_count"]
    mart["coverage_share"] = ratio(mart["included_patients"], mart["open_patients"])
    mart["gp_share"] = ratio(mart["gp_count"], count)
    mart["same_day_share"] = ratio(mart["same_day_count"], mart["known_lead_time_count"])
    mart["over_14_days_share"] = ratio(mart["over_14_days_count"], mart["known_lead_time_count"])
    mart["dna_rate"] = ratio(mart["dna_count"], mart["attended_count"] + mart["dna_count"])
    mart["unknown_status_share"] = ratio(mart["unknown_status_count"], count)
    return mart[COLUMNS]


def marts(raw: RawTables, reference: Reference) -> dict[str, pd.DataFrame]:
    """The marts of the question, by name, from raw tables within the period."""
    mart = resource_allocation(raw.appointments_regional, reference)
    return {
        "mart_resource_allocation": mart,
        "mart_allocation_scenario": allocation_scenario(mart, latest_staff(raw.workforce, reference)),
    }


def sentences(asked: Asked) -> list[str]:
    """The sentences of the headline answers, their figures read again from the marts."""
    mart = asked.connection.execute(
        "select * from marts.mart_resource_allocation where allocation_gap_by_need is not null "
        "order by rank_below_england_by_need, area_code"
    ).df()
    icbs = mart[mart["area_level"] == "ICB"]
    below = icbs[icbs["is_below_england_all_ways"].astype(bool)]
    furthest = below[below["rank_below_england_by_need"].rank(method="min") <= 5]
    first = icbs.iloc[0]
    rate = "appointments_per_1000_weighted_patients_per_month"
    said = [
        f"From {first['period_start_month']:%B %Y} to {first['period_end_month']:%B %Y}, {len(below)} of the "
        f"{len(icbs)} ICBs in the data had fewer appointments than at England's rate in all three ways of counting "
        "patients: as they are registered, and weighted for age and sex by either of two formulas."
    ]
    if len(furthest):
        said += [
            f"Of these, the furthest below by need, against the {first['england_' + rate]:.1f} appointments per 1,000 "
            "weighted patients a month of England's ICBs in the data, were "
            + "; ".join(f"{row['icb_name']} ({row[rate]:.1f})" for _, row in furthest.iterrows())
            + ".",
            "At that rate, the ICBs below it in all three ways would have had this many more appointments in that "
            "time: "
            + "; ".join(
                f"{name} {-gap:,.0f}"
                for name, gap in zip(below["icb_name"], below["allocation_gap_by_need"], strict=True)
            )
            + ".",
        ]
    raw, main, other = (icbs[f"allocation_gap{way}"] < 0 for way in ("", "_by_need", "_by_other_formula"))
    changed = (raw != main).sum()
    said.append(
        f"Weighting patients for age and sex puts {changed} ICB{'' if changed == 1 else 's'} on the other side of "
        f"England's rate by the main formula and {(raw != other).sum()} by the other, so do not rely on a gap that "
        "only one way of counting shows."
    )
    aged = np.average(icbs["share_aged_65_and_over"], weights=icbs["registered_patients"])
    for words, side in (
        (
            "Below England's rate per registered patient but not by need (with the share of patients aged 65 and over, "
            f"which is {percent(aged)} in all these ICBs together): ",
            icbs[raw & ~main],
        ),
        ("Below England's rate by need but not per registered patient (with the same share): ", icbs[~raw & main]),
    ):
        if len(side):
            side = side.sort_values("allocation_gap_by_need")
            aged_65 = zip(side["icb_name"], side["share_aged_65_and_over"], strict=True)
            said.append(words + "; ".join(f"{name} ({percent(share)})" for name, share in aged_65) + ".")
    places = mart[mart["area_level"] == "Sub-ICB location"]
    ends = [places[places["icb_ons_code"] == icb] for icb in furthest["icb_ons_code"]]
    pairs = [
        " and ".join(f"{row['area_name']} ({row[rate]:.1f})" for row in (within.iloc[0], within.iloc[-1]))
        for within in ends
        if len(within) > 1
    ]
    if pairs:
        said.append(
            "Within an ICB the rate by need differs too. Of those furthest below that have several locations, the "
            f"lowest and the highest were {'; '.join(pairs)}."
        )
    scored = places.dropna(subset=["imd_2019_score"])
    if len(scored) > 3:
        said.append(deprivation(scored["imd_2019_score"], scored[rate]))
    scenario = asked.rows(
        "select icb_name, allocated, budget, level_after from marts.mart_allocation_scenario "
        "where scenario = 'appointments' and area_level = 'ICB' order by allocated desc, icb_ons_code"
    )
    some = [f"{name} {allocated:,}" for name, allocated, _, _ in scenario if allocated]
    least = min(row[3] for row in scenario)
    said.append(
        f"If there were {scenario[0][2]:,} more appointments a month to share out among these ICBs, the lowest rate by "
        f"need first, {len(some)} would get some, and none would have fewer than {least:.1f} per 1,000 weighted "
        f"patients: {'; '.join(some)}."
    )
    said.append(
        "A low rate is a reason to look closer, not proof of need. Illness, deprivation, ethnicity and distance are "
        "not in the weights, unmet need is not recorded, practices record differently, and those in the data serve "
        f"{percent(icbs['coverage_share'].min())} to {percent(icbs['coverage_share'].max())} of an ICB's registered "
        "patients."
    )
    return said


def deprivation(scores: pd.Series, rates: pd.Series) -> str:
    """What the rank correlation of two columns says; the interval by Bonett and Wright (2000)."""
    rho = stats.spearmanr(scores, rates).statistic
    error = stats.norm.ppf(0.975) * np.sqrt((1 + rho**2 / 2) / (len(scores) - 3))
    lower, upper = np.tanh(np.arctanh(rho) - error), np.tanh(np.arctanh(rho) + error)
    strength = ["negligible", "weak", "moderate", "strong"][np.searchsorted([0.1, 0.3, 0.5], abs(rho), side="right")]
    more = "fewer" if upper < 0 else "more"
    meaning = (
        f"says that the more deprived had {more} appointments for their patients' age and sex"
        if lower * upper > 0
        else "does not show which of the two had more"
    )
    return (
        f"Deprivation is not in these weights. Across {len(scores)} sub-ICB locations, its rank correlation with the "
        f"rate by need is {strength} ({rho:.2f}, 95% interval {lower:.2f} to {upper:.2f}), which {meaning}."
    )
