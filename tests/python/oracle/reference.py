"""Read the reference seeds and answer questions about the calendar and the registered patients.

Readings taken where the contract is silent:

- Band orders start at 1 and `Unknown` comes after the known bands (8 for lead times, 7 for
  durations); a label that is in neither comes after that.
- Any other label than `Unknown` is known, also a band that nobody has seen before; that one has no
  bounds and no place among the others.
- Where the raw folder has the publication's own coverage, its ICBs x months go before the seed's, its locations have
  registered patients by the same rules as ICBs, and its included practices go before the seed's, location by location.
- The period of a mart is the distinct months of its raw table; every area is measured over all of
  them, whether or not it has rows in each.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from .need import NeedInputs
from .raw import BANDS, LABELS, UNKNOWN, parse_month, read_optional, read_text_columns


def known_bands(field: str) -> dict[str, tuple[float, float]]:
    """The lowest and highest days or minutes of each known band, in the order of reports; infinite without an end."""
    bands = LABELS[LABELS["field"].eq(field) & LABELS["is_known"]].merge(BANDS, on=["field", "label"], how="left")
    bands = bands.sort_values("label_order").fillna({"upper_bound": np.inf})
    return dict(zip(bands["label"], zip(bands["lower_bound"], bands["upper_bound"], strict=True), strict=True))


LEAD_TIME_BANDS = known_bands("lead_time_band")
DURATION_BANDS = known_bands("duration_band")

PATIENTS = ["included_practice_patients", "open_practice_patients"]
LISTED_COLUMNS = ["practice_code", "practice_name", "supplier", "pcn_code", "pcn_name", "sub_icb_location_code"]
PLACE_AND_MONTH = ["sub_icb_location_code", "coverage_month"]


class Reference(NamedTuple):
    """The reference seeds.

    `geography`: one row per sub-ICB location; `icbs`: one row per ICB, indexed by ONS code, with name, region and
    whether it is one of the geography reported; `coverage`: one row per ICB and month, in patients;
    `bank_holidays`: dates; `location_coverage`: one row per sub-ICB location and month, without rows where none is
    loaded; `included_practices`: practices in the publication, by sub-ICB location and month; `need`: patients by age
    and sex, and what else need is computed from; `practices`: the rows of the raw table, with null for what is empty
    and for the PCN U.
    """

    geography: pd.DataFrame
    icbs: pd.DataFrame
    coverage: pd.DataFrame
    bank_holidays: pd.DatetimeIndex
    location_coverage: pd.DataFrame
    included_practices: pd.Series
    need: NeedInputs
    practices: pd.DataFrame


def read_reference(project_dir: Path, need: NeedInputs) -> Reference:
    """Read practice coverage, as the seed has it, and bank holidays; `places` adds the geography."""
    folder = project_dir / "seeds" / "reference"
    coverage = pd.read_csv(
        folder / "practice_coverage.csv", parse_dates=["coverage_month"], dtype={"sub_icb_location_code": str}
    )
    holidays = pd.read_csv(folder / "bank_holidays.csv", parse_dates=["bank_holiday_date"])
    return Reference(
        geography=pd.DataFrame(),
        icbs=pd.DataFrame(),
        coverage=coverage,
        bank_holidays=pd.DatetimeIndex(holidays["bank_holiday_date"]),
        location_coverage=pd.DataFrame(columns=["sub_icb_location_code", "coverage_month", *PATIENTS]),
        included_practices=coverage.dropna(subset=["sub_icb_location_code"]).set_index(PLACE_AND_MONTH)[
            "included_practices"
        ],
        need=need,
        practices=pd.DataFrame(columns=LISTED_COLUMNS, dtype=object),
    )


def with_published_coverage(
    reference: Reference, raw_dir: Path, counted_under: Callable[[pd.DataFrame], pd.DataFrame]
) -> Reference:
    """The reference with what the raw folder's own coverage table, if there is one, says.

    `counted_under` gives rows the ICB that they are counted under.
    """
    try:
        texts = read_text_columns(raw_dir, "sub_icb_coverage").astype(str)
    except FileNotFoundError:
        return reference
    rows = texts.rename(columns=str.lower)
    rows["coverage_month"] = pd.to_datetime(rows["appointment_month"].map(parse_month))
    counts = ["included_practices", *PATIENTS]
    rows[counts] = rows[counts].astype("int64")
    practices = pd.concat([rows.groupby(PLACE_AND_MONTH)["included_practices"].sum(), reference.included_practices])
    rows = counted_under(rows).astype({"icb_ons_code": object})
    by_icb = rows.groupby(["icb_ons_code", "coverage_month"], as_index=False)[PATIENTS].sum()
    both = pd.concat([by_icb, reference.coverage[["icb_ons_code", "coverage_month", *PATIENTS]]])
    return reference._replace(
        coverage=both.drop_duplicates(["icb_ons_code", "coverage_month"], keep="first"),
        location_coverage=rows[["sub_icb_location_code", "coverage_month", *PATIENTS]],
        included_practices=practices[~practices.index.duplicated(keep="first")],
    )


def listed_practices(raw_dir: Path) -> pd.DataFrame:
    """The rows of the raw table practices that have a code and a location; none where there is no such table.

    Of several releases, those of the newest that has the table.
    """
    releases = sorted(file.parent for file in raw_dir.glob("20??-??/practices.parquet"))
    texts = read_optional(releases[-1] if releases else raw_dir, "practices", LISTED_COLUMNS)[LISTED_COLUMNS]
    rows: pd.DataFrame = texts.apply(lambda column: column.astype(str).str.split().str.join(" ")).astype(object)
    rows = rows.mask(rows == "", None)
    rows.loc[rows["pcn_code"] == "U", ["pcn_code", "pcn_name"]] = None
    kept: pd.DataFrame = rows.dropna(subset=["practice_code", "sub_icb_location_code"])
    return kept.reset_index(drop=True)


def band_order(band: str, bands: Iterable[str]) -> int:
    """The place of a band among the known ones, from 1; then Unknown, then any new label."""
    known = list(bands)
    if band in known:
        return known.index(band) + 1
    return len(known) + (1 if band == UNKNOWN else 2)


def days_of_months(months: pd.DatetimeIndex, bank_holidays: pd.DatetimeIndex) -> pd.DataFrame:
    """Every calendar day of the months given, with its weekday name and order and kind.

    Columns: appointment_date, appointment_month, weekday (`Monday`... or `Bank holiday`),
    weekday_order (1-8), is_working_day (Monday to Friday and no bank holiday).
    """
    days = pd.DatetimeIndex(
        np.concatenate(
            [pd.date_range(month, month + pd.offsets.MonthEnd(0), unit="ns").to_numpy() for month in months]
            or [np.array([], dtype="datetime64[ns]")]
        )
    )
    is_holiday = days.isin(bank_holidays)
    return pd.DataFrame(
        {
            "appointment_date": days,
            "appointment_month": days.to_period("M").to_timestamp(),
            "weekday": np.where(is_holiday, "Bank holiday", days.day_name()),
            "weekday_order": np.where(is_holiday, 8, days.day_of_week + 1),
            "is_working_day": (days.day_of_week < 5) & ~is_holiday,
        }
    )


def month_lengths(months: pd.DatetimeIndex, bank_holidays: pd.DatetimeIndex) -> pd.DataFrame:
    """Calendar days and working days of each month, indexed by month."""
    days = days_of_months(months, bank_holidays)
    return days.groupby("appointment_month").agg(
        calendar_days=("appointment_date", "size"),
        working_days=("is_working_day", "sum"),
    )


def mean_patients(
    coverage: pd.DataFrame, places: list[str], months: pd.DatetimeIndex, key: str = "icb_ons_code"
) -> pd.DataFrame:
    """Mean registered patients of each place (by the code in `key`) over the months given, indexed by code.

    Columns `included` and `open` (patients at included and at open practices). A month takes the
    latest covered month on or before it; one before the first covered month takes the first. A place
    without coverage has nulls.
    """
    means = pd.DataFrame(index=pd.Index(places), columns=["included", "open"], dtype="float64")
    for place, rows in coverage.groupby(key):
        if place not in means.index:
            continue
        rows = rows.sort_values("coverage_month")
        positions = np.searchsorted(
            rows["coverage_month"].to_numpy(dtype="datetime64[D]"),
            months.to_numpy().astype("datetime64[D]"),
            side="right",
        )
        taken = rows.iloc[np.maximum(positions - 1, 0)]
        means.loc[place, "included"] = taken["included_practice_patients"].mean()
        means.loc[place, "open"] = taken["open_practice_patients"].mean()
    return means
