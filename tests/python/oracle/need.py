"""The need index of every place: the work that the age and sex of its patients let one expect, England being 1.

Source of the rules: section 12 of the design.

Readings taken where the contract is silent:

- Of the raw table, each type of organisation has its own extract: the latest whose month is not after the last month
  of `appointments_regional` in the period, else the first.
- A location that this extract lacks has the reference's patients, as if the table were not loaded. A practice or PCN
  has none. `U` is no PCN.
- England is the locations of the geography reported. A location of another one that appointments are counted under
  has an index of its own.
- `patients_as_of` of an area is the oldest of its locations'.
- The deprivation of an ICB is over its locations that have a score, weighted by the same patients as its need.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from .raw import clean_label, map_distinct, parse_count, parse_date, read_optional

PATIENT_COLUMNS = ["extract_date", "org_type", "org_code", "sex", "age_group_5", "number_of_patients"]
LEVELS = {"SUB_ICB_LOCATION_CODE": "Sub-ICB location", "GP": "Practice", "PCN": "PCN"}
FORMULAS = ["review_2007", "global_sum_2004"]
KEY = ["area_level", "area_code"]


class NeedInputs(NamedTuple):
    """What need is computed from.

    `loaded`: the raw table's rows by sex and five years of age (area_level, code, extract_date, sex, age, patients);
    `seed`: the same of the reference, for locations; `workload`: formula x sex x lowest_age, with workload_index;
    `deprivation`: score by location.
    """

    loaded: pd.DataFrame
    seed: pd.DataFrame
    workload: pd.DataFrame
    deprivation: pd.Series


def read_need_inputs(raw_dir: Path, project_dir: Path) -> NeedInputs:
    """Read registered patients from the raw folder, if it has them, and the reference seeds."""
    folder = project_dir / "seeds" / "reference"
    seed = pd.read_csv(folder / "registered_patients_by_age.csv", dtype={"sub_icb_location_code": str})
    seed = pd.DataFrame(
        {
            "area_level": "Sub-ICB location",
            "code": seed["sub_icb_location_code"],
            "extract_date": pd.to_datetime(seed["extract_date"]),
            "sex": seed["sex"],
            "age": seed["age_band"].map(lowest_age).astype("int64"),
            "patients": seed["registered_patients"],
        }
    )
    texts = read_optional(raw_dir, "registered_patients", PATIENT_COLUMNS)
    loaded = pd.DataFrame(
        {
            "area_level": map_distinct(texts["org_type"], lambda text: LEVELS.get(str(clean_label(text, "org_type")))),
            "code": map_distinct(texts["org_code"], lambda text: text.strip() or None),
            "extract_date": pd.to_datetime(map_distinct(texts["extract_date"], parse_date)),
            "sex": map_distinct(texts["sex"], lambda text: clean_label(text, "sex")),
            "age": map_distinct(texts["age_group_5"], lowest_age),
            "patients": map_distinct(texts["number_of_patients"], parse_count),
        }
    ).dropna()
    loaded = loaded[loaded["sex"].isin(["MALE", "FEMALE"])]
    loaded = loaded[(loaded["area_level"] != "PCN") | (loaded["code"] != "U")]
    deprivation = pd.read_csv(folder / "deprivation.csv", dtype={"sub_icb_location_code": str})
    return NeedInputs(
        loaded=loaded.astype({"age": "int64", "patients": "int64"}),
        seed=seed,
        workload=pd.read_csv(folder / "workload_index.csv"),
        deprivation=deprivation.set_index("sub_icb_location_code")["imd_2019_score"],
    )


def lowest_age(band: str) -> int | None:
    """The lowest age in `0_4`, `10-14` or `95+`; None for anything else, such as `ALL`."""
    digits = band.strip().replace("+", "-").replace("_", "-").split("-")[0]
    return int(digits) if digits.isdigit() else None


def extract_of_period(rows: pd.DataFrame, last_month: pd.Timestamp) -> pd.DataFrame:
    """Of each level, the rows of the extract that counts for a period that ends in a month."""
    frames = [rows.iloc[:0]]
    for _, of_level in rows.groupby("area_level"):
        dates = of_level["extract_date"]
        in_time = dates[dates.dt.to_period("M").dt.to_timestamp() <= last_month]
        frames.append(of_level[dates == (in_time.max() if len(in_time) else dates.min())])
    return pd.concat(frames)


def workload_of(rows: pd.DataFrame, workload: pd.DataFrame) -> pd.DataFrame:
    """Patients, those of 65 and over and the work by each formula, by level and code."""
    index = {
        (formula, sex): band.set_index("lowest_age")["workload_index"].sort_index()
        for (formula, sex), band in workload.groupby(["formula", "sex"])
    }

    @cache
    def weight_of(formula: str, sex: str, age: int) -> float:
        return float(index[formula, sex].loc[:age].iloc[-1])

    rows = rows.assign(patients_65=rows["patients"].where(rows["age"] >= 65, 0))
    for formula in FORMULAS:
        weights = [weight_of(formula, sex, age) for sex, age in zip(rows["sex"], rows["age"], strict=True)]
        rows[formula] = rows["patients"] * weights
    sums = rows.groupby(["area_level", "code"])[["patients", "patients_65", *FORMULAS]].sum()
    sums["patients_as_of"] = (
        rows.groupby(["area_level", "code"])["extract_date"].min().dt.to_period("M").dt.to_timestamp()
    )
    return sums.reset_index()


def need_by_area(inputs: NeedInputs, geography: pd.DataFrame, last_month: pd.Timestamp) -> pd.DataFrame:
    """The need of every practice, PCN, location, ICB, region and England, indexed by area_level and area_code.

    Columns: patients, share_aged_65_and_over, imd_2019_score, patients_as_of and, by the name of each formula, the need
    index. `geography` has the locations of the build, those of the geography reported and others.
    """
    loaded = extract_of_period(inputs.loaded, last_month)
    has_rows = set(loaded.loc[loaded["area_level"] == "Sub-ICB location", "code"])
    geography = geography.assign(like=geography["sub_icb_location_code"])
    stands_in = geography["patients_from_code"].fillna("")
    geography["like"] = geography["like"].where(stands_in == "", stands_in)
    lacking = geography[~geography["sub_icb_location_code"].isin(has_rows)]
    from_seed = inputs.seed.merge(
        lacking[["sub_icb_location_code", "like"]].drop_duplicates(), left_on="code", right_on="like"
    )
    from_seed["code"] = from_seed["sub_icb_location_code"]
    sums = workload_of(pd.concat([loaded, from_seed[loaded.columns]], ignore_index=True), inputs.workload)

    places = sums[sums["area_level"] == "Sub-ICB location"].merge(
        geography, left_on="code", right_on="sub_icb_location_code"
    )
    places["score"] = places["like"].map(inputs.deprivation)
    places["scored"] = places["patients"].where(places["score"].notna(), 0)
    places["score"] = (places["score"] * places["patients"]).fillna(0)
    now = places[places["geography"] == geography["geography"].max()]
    levels = [
        places.assign(area_level="Sub-ICB location", area_code=places["sub_icb_location_ons_code"]),
        places.assign(area_level="ICB", area_code=places["icb_ons_code"]),
        now.assign(area_level="NHS region", area_code=now["region_ons_code"]),
        now.assign(area_level="England", area_code="E92000001"),
        sums[sums["area_level"] != "Sub-ICB location"].assign(area_code=sums["code"], score=0, scored=0),
    ]
    together = pd.concat(levels).groupby(KEY)
    need: pd.DataFrame = together[["patients", "patients_65", *FORMULAS, "score", "scored"]].sum().astype("float64")
    need["patients_as_of"] = together["patients_as_of"].min()
    for formula in FORMULAS:
        work = need[formula] / need["patients"]
        need[formula] = work / work["England", "E92000001"]
    need["share_aged_65_and_over"] = need["patients_65"] / need["patients"]
    need["imd_2019_score"] = need["score"] / need["scored"].where(need["scored"] > 0)
    return need[["patients", *FORMULAS, "patients_as_of", "share_aged_65_and_over", "imd_2019_score"]]
