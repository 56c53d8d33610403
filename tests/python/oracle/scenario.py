"""What if there were more appointments or staff to share out, and those with least for their need came first?

Readings taken where the contract is silent:

- A scenario is over the areas with need-weighted patients; that of staff over those that the latest snapshot of any
  source has.
- Each level of area shares out the whole budget.
"""

import numpy as np
import pandas as pd
from scipy import optimize

from .areas import location_codes
from .reference import Reference

KEY = ["area_level", "area_code"]
COLUMNS = [
    "scenario",
    *KEY,
    "area_name",
    "icb_ons_code",
    "icb_name",
    "region_ons_code",
    "region_name",
    "budget",
    "current",
    "need_weighted_patients",
    "level_before",
    "level_after",
    "allocated",
    "england_level",
    "shortfall_to_england",
]
# As dbt_project.yml has them.
BUDGETS = {"appointments": 500_000, "fte": 1000}


def latest_staff(rows: pd.DataFrame, reference: Reference) -> pd.Series:
    """Full-time equivalents by area_level and area_code, of the latest snapshot of each source."""
    latest = rows[rows["appointment_month"] == rows.groupby("source")["appointment_month"].transform("max")]
    levels = {
        "ICB": latest["icb_ons_code"].astype(object),
        "Sub-ICB location": location_codes(latest["sub_icb_location_code"], reference),
    }
    sums = {
        (level, str(code)): float(rows["fte"].sum())
        for level, codes in levels.items()
        for code, rows in latest.groupby(codes)
    }
    staff: pd.Series = pd.Series(list(sums.values()), dtype="float64", name="fte")
    staff.index = pd.MultiIndex.from_tuples(list(sums), names=KEY)
    return staff


def water_level(held: pd.Series, patients: pd.Series, budget: int) -> float:
    """The amount per patient to which a budget raises those who have least, found as the root of what it would cost."""
    levels = held / patients

    def missing(level: float) -> float:
        return float((np.maximum(0, level - levels) * patients).sum() - budget)

    return float(optimize.brentq(missing, levels.min(), levels.max() + budget / patients.min(), xtol=1e-15, rtol=1e-15))


def whole_shares(shares: pd.Series, codes: pd.Series, budget: int) -> pd.Series:
    """The shares in whole units that add up to the budget, by largest remainder, then by code."""
    whole = pd.Series(np.floor(shares), index=shares.index)
    order = pd.DataFrame({"lost": whole - shares, "code": codes}).sort_values(["lost", "code"]).index
    whole[order[: int(budget - whole.sum())]] += 1
    return whole.astype("int64")


def allocation_scenario(mart: pd.DataFrame, staff: pd.Series) -> pd.DataFrame:
    """`mart_allocation_scenario` from the rows of `mart_resource_allocation` and full-time equivalents by area."""
    known = mart[mart["need_weighted_patients"] > 0]
    parts = []
    for scenario, patients_of_level in (("appointments", 1000), ("fte", 10_000)):
        budget = BUDGETS[scenario]
        if scenario == "appointments":
            held = known["appointment_count"] / known["month_count"]
        else:
            held = known.join(staff, on=KEY)["fte"]
        known_amounts = known.assign(current=held, scenario=scenario, budget=budget).dropna(subset="current")
        for _, rows in known_amounts.groupby("area_level"):
            area = rows.reset_index(drop=True)
            patients = area["need_weighted_patients"] / patients_of_level
            level = water_level(area["current"], patients, budget)
            area["level_before"] = area["current"] / patients
            shares = np.maximum(0, level - area["level_before"]) * patients
            area["allocated"] = whole_shares(shares, area["area_code"], budget)
            area["level_after"] = (area["current"] + area["allocated"]) / patients
            area["england_level"] = area["current"].sum() / patients.sum()
            still = area["england_level"] * patients - area["current"] - area["allocated"]
            parts.append(area.assign(shortfall_to_england=np.maximum(0, still)))
    empty = known.iloc[:0].reindex(columns=COLUMNS)
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else empty
