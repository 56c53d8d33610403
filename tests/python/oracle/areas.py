"""Sum rows by area and name the areas.

Readings taken where the contract is silent:

- The ICB of a row is the raw row's own `icb_ons_code`, also where its location is new; the region
  is that of the ICB in geography.
- The name of an area counts an ICB as present in a month where it has appointments. A region named
  `Unknown` has no ICBs in geography, so its name never counts them.
- A location that geography doesn't know has its own short code as code and name.
- Combinations whose counts sum to 0 have no row.
"""

import pandas as pd

from .raw import UNKNOWN
from .reference import Reference, mean_patients

ENGLAND_CODE = "E92000001"
AREA = ["area_level", "area_code"]
AREA_COLUMNS = ["area_level", "area_code", "area_name", "icb_count"]


def months_of(rows: pd.DataFrame) -> pd.DatetimeIndex:
    """The distinct months of a raw table, in order."""
    return pd.DatetimeIndex(sorted(rows["appointment_month"].unique()))


def within_period(rows: pd.DataFrame, period_from: str | None = None, period_to: str | None = None) -> pd.DataFrame:
    """The rows of the months from `period_from` to `period_to`, both included (`2021-12`...)."""
    if period_from is not None:
        rows = rows[rows["appointment_month"] >= pd.Timestamp(period_from).replace(day=1)]
    if period_to is not None:
        rows = rows[rows["appointment_month"] <= pd.Timestamp(period_to).replace(day=1)]
    return rows


def sum_by_area(
    rows: pd.DataFrame,
    reference: Reference,
    dimensions: list[str],
    measures: list[str] | None = None,
) -> pd.DataFrame:
    """Sum measures by area and dimensions, for every area level that the rows can bear.

    Returns one row per area_level, area_code and dimensions, with `measures` (default
    `appointment_count`, in appointments), where the appointments aren't 0.
    """
    measures = measures or ["appointment_count"]
    places = [name for name in ("icb_ons_code", "sub_icb_location_code") if name in rows]
    sums = rows.groupby(places + dimensions, observed=True, as_index=False)[measures].sum()
    for name in places + dimensions:
        if isinstance(sums[name].dtype, pd.CategoricalDtype):
            sums[name] = sums[name].astype(object)

    levels = {
        "England": pd.Series(ENGLAND_CODE, index=sums.index),
        "NHS region": region_codes(sums["icb_ons_code"], reference),
        "ICB": sums["icb_ons_code"],
    }
    if "sub_icb_location_code" in sums:
        levels["Sub-ICB location"] = location_codes(sums["sub_icb_location_code"], reference)
    by_level = [
        sums.assign(area_level=level, area_code=codes).groupby(AREA + dimensions, as_index=False)[measures].sum()
        for level, codes in levels.items()
    ]
    together = pd.concat(by_level, ignore_index=True)
    return together[together["appointment_count"] > 0].reset_index(drop=True)


def region_codes(icb_codes: pd.Series, reference: Reference) -> pd.Series:
    """The ONS code of each ICB's region; `Unknown` for an ICB that geography doesn't know."""
    return icb_codes.astype(object).map(reference.icbs["region_ons_code"]).fillna(UNKNOWN)


def location_codes(short_codes: pd.Series, reference: Reference) -> pd.Series:
    """The ONS code of each location; its own short code where geography doesn't know it."""
    ons_codes = reference.geography.set_index("sub_icb_location_code")["sub_icb_location_ons_code"]
    short_codes = short_codes.astype(object)
    return short_codes.map(ons_codes).fillna(short_codes)


def describe_areas(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Name the areas of a raw table: area_level, area_code, area_name, icb_count."""
    icbs = reference.icbs
    month_count = rows["appointment_month"].nunique()
    rows = rows[rows["appointment_count"] > 0]
    icb_months = rows.groupby("icb_ons_code", observed=True)["appointment_month"].nunique()
    complete = {icb for icb, count in icb_months.items() if count == month_count}

    def with_icbs(name: str, members: set[str]) -> str:
        whole = len(members & complete)
        return name if whole == len(members) else f"{name} ({whole} of {len(members)} ICBs)"

    def with_months(name: str, count: int) -> str:
        return name if count == month_count else f"{name} ({count} of {month_count} months)"

    areas: list[tuple[object, ...]] = [
        ("England", ENGLAND_CODE, with_icbs("England", set(icbs.index[icbs["is_current"]])), len(icb_months))
    ]
    region_names = icbs.set_index("region_ons_code")["region_name"].to_dict()
    regions = region_codes(pd.Series(icb_months.index), reference)
    for region, icb_count in regions.value_counts().items():
        members = set(icbs.index[icbs["is_current"] & (icbs["region_ons_code"] == region)])
        name = with_icbs(region_names.get(region, UNKNOWN), members)
        areas.append(("NHS region", region, name, icb_count))
    for icb, count in icb_months.items():
        name = icbs["icb_name"].get(icb, icb)
        areas.append(("ICB", icb, with_months(name, count), 1))
    if "sub_icb_location_code" in rows:
        names = reference.geography.set_index("sub_icb_location_code")["sub_icb_location_name"]
        locations = rows.groupby("sub_icb_location_code", observed=True)["appointment_month"]
        counts = locations.nunique()
        codes = location_codes(pd.Series(counts.index), reference)
        for code, location, count in zip(codes, counts.index, counts, strict=True):
            name = with_months(names.get(location, location), count)
            areas.append(("Sub-ICB location", code, name, 1))
    return pd.DataFrame(areas, columns=AREA_COLUMNS)


def patients_by_area(rows: pd.DataFrame, reference: Reference, patients: pd.DataFrame) -> pd.DataFrame:
    """Registered patients of each area: the sum over its ICBs that occur in the rows.

    `patients` is what `mean_patients` gives for ICBs. A location has some only where its own coverage is
    loaded. An ICB without coverage adds nothing; an area of such ICBs alone has null.
    """
    icbs = pd.Series(sorted(rows.loc[rows["appointment_count"] > 0, "icb_ons_code"].unique()), dtype=object)
    included = icbs.map(patients["included"])
    levels = {
        "England": pd.Series(ENGLAND_CODE, index=icbs.index),
        "NHS region": region_codes(icbs, reference),
        "ICB": icbs,
    }
    frames = []
    for level, codes in levels.items():
        sums = included.groupby(codes.rename("area_code")).sum(min_count=1)
        frames.append(sums.rename("registered_patients").reset_index().assign(area_level=level))
    if "sub_icb_location_code" in rows and len(reference.location_coverage):
        places = list(rows["sub_icb_location_code"].unique())
        means = mean_patients(reference.location_coverage, places, months_of(rows), "sub_icb_location_code")
        codes = location_codes(pd.Series(means.index), reference)
        frames.append(
            pd.DataFrame({"area_code": codes, "registered_patients": means["included"].to_numpy()}).assign(
                area_level="Sub-ICB location"
            )
        )
    return pd.concat(frames, ignore_index=True)


def finish(mart: pd.DataFrame, rows: pd.DataFrame, reference: Reference, columns: list[str]) -> pd.DataFrame:
    """Add the area's name and ICB count, and put the columns in order after the area's."""
    named = mart.merge(describe_areas(rows, reference), on=AREA, how="left", validate="m:1")
    return named[AREA_COLUMNS + columns].reset_index(drop=True)
