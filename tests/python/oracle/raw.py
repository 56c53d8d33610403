"""Read the raw tables of appointments from a folder, as text, and clean them.

Source of the rules: sections 2 and 5 of the design (labels, date spellings, what is rejected).

Readings taken where the contract is silent:

- An empty value in any column of a table's grain (codes, date, labels) is an empty key: the row is
  rejected. In the publication layout that holds for `sub_icb_location_code` too; in
  `national_categories` an empty code is first looked for in the location's name.
- The month of a row of `national_categories` is that of `appointment_date`; its own
  `appointment_month` is not read.
- A label is the known one that differs from it in spaces, case and dashes alone; any other keeps its own text.
- Spaces around a count or a date do no harm, nor does midnight after a date or a fraction of zeros after a count; a
  sign, another fraction or a thousands comma does.
- Of a date such as 01/12/2021, the day comes first where a row of the column says so and none says the contrary, and
  the other way round. The date of a month is its first day, so 01/12/2021 says it in a column of months.
- A table that a folder may lack has no rows where it is lacking. That of practices names no ICB: a row has the ICB of
  its location in `appointments_regional`, the first in order where there are several.
- A folder of releases holds a folder yyyy-mm for each that was imported, with its manifest. A month of a table is that
  of the newest release that has it; a row whose month cannot be read is not counted, whichever release it is from.
"""

import datetime
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

UNKNOWN = "Unknown"

LABELS, BANDS = (
    pd.read_csv(Path(__file__).resolve().parents[3] / "seeds" / "reference" / f"{seed}.csv")
    for seed in ("labels", "bands")
)

# By field, the known label of every spelling: in small letters and with plain hyphens.
SPELLINGS = {field: {label.casefold(): label for label in labels} for field, labels in LABELS.groupby("field")["label"]}
# Some files say the same in other words.
ALSO = {
    "unknown / data quality": UNKNOWN,
    "unknown / data issue": UNKNOWN,
    "video conference/online": "Video/Online",
}

FIRST_DATE = datetime.date(2017, 1, 1)
LAST_DATE = datetime.date(2030, 12, 31)
MONTH_NUMBERS = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
        start=1,
    )
}

DURATION_COLUMNS = [
    *("sub_icb_location_code", "icb_ons_code", "appointment_date", "actual_duration", "count_of_appointments"),
]
CATEGORY_COLUMNS = [
    *("sub_icb_location_code", "sub_icb_location_name", "icb_ons_code", "appointment_date", "service_setting"),
    *("context_type", "national_category", "count_of_appointments"),
]
ROLE_COLUMNS = [
    *("sub_icb_location_code", "icb_ons_code", "appointment_date", "sds_role_group", "count_of_appointments"),
]
PCN_COLUMNS = [
    *("sub_icb_location_code", "icb_ons_code", "appointment_month", "appointment_status", "hcp_type"),
    *("appointment_mode", "time_between_book_and_appointment", "count_of_appointments"),
]
PRACTICE_COLUMNS = [
    *("appointment_month", "practice_code", "sub_icb_location_code", "hcp_type", "appointment_mode"),
    *("national_category", "time_between_book_and_appointment", "appointment_status", "count_of_appointments"),
]

STAFF_COLUMNS = ["source", "snapshot_month", "sub_icb_location_code", "fte"]


class RawTables(NamedTuple):
    """The accepted rows of the raw tables of appointments, one row per raw row.

    Each frame has `icb_ons_code`, `sub_icb_location_code` (the ODS code; the column is absent where
    the layout has none), `appointment_month` (first of the month), its own labels as clean labels,
    `appointment_count` (int64); the daily tables also have `appointment_date`, that of practices `practice_code`. That
    of staff has `source` and `fte` instead of appointments, and the month of the snapshot as `appointment_month`.
    """

    actual_duration: pd.DataFrame
    appointments_regional: pd.DataFrame
    national_categories: pd.DataFrame
    appointments_by_role: pd.DataFrame
    appointments_by_practice: pd.DataFrame
    workforce: pd.DataFrame
    appointments_by_pcn_system: pd.DataFrame


def daily_tables(raw: RawTables) -> dict[str, pd.DataFrame]:
    """The tables that the marts count by day, by name."""
    return {"actual_duration": raw.actual_duration, "national_categories": raw.national_categories}


def read_raw_tables(raw_dir: Path) -> RawTables:
    """Read and clean the raw tables in a folder, or those of the releases in it.

    A table that is missing has no rows. Raises FileNotFoundError where that is appointments_regional, KeyError where a
    column is missing.
    """
    of_appointment = {
        "appointment_status": "appointment_status",
        "hcp_type": "hcp_type",
        "appointment_mode": "appointment_mode",
        "lead_time_band": "time_between_book_and_appointment",
    }
    regional = clean_rows(read_text_columns(raw_dir, "appointments_regional"), labels=of_appointment)
    return RawTables(
        actual_duration=clean_rows(
            read_optional(raw_dir, "actual_duration", DURATION_COLUMNS), labels={"duration_band": "actual_duration"}
        ),
        appointments_regional=regional,
        national_categories=clean_rows(
            read_optional(raw_dir, "national_categories", CATEGORY_COLUMNS),
            labels={
                "service_setting": "service_setting",
                "context_type": "context_type",
                "national_category": "national_category",
            },
        ),
        appointments_by_role=clean_rows(
            read_optional(raw_dir, "appointments_by_role", ROLE_COLUMNS), labels={"sds_role_group": "sds_role_group"}
        ),
        appointments_by_practice=clean_rows(
            with_icbs(read_optional(raw_dir, "appointments_by_practice", PRACTICE_COLUMNS), regional),
            labels=of_appointment | {"practice_code": "practice_code", "national_category": "national_category"},
        ),
        appointments_by_pcn_system=clean_rows(
            read_optional(raw_dir, "appointments_by_pcn_system", PCN_COLUMNS), labels=of_appointment
        ),
        workforce=clean_staff(with_icbs(read_optional(raw_dir, "workforce", STAFF_COLUMNS), regional)),
    )


def clean_staff(texts: pd.DataFrame) -> pd.DataFrame:
    """Turn the text columns of the table of staff into the accepted rows."""
    rows = {name: map_distinct(texts[name], stripped_or_none) for name in ("icb_ons_code", "sub_icb_location_code")}
    rows["appointment_month"] = pd.to_datetime(map_distinct(texts["snapshot_month"], parse_month))
    rows["source"] = map_distinct(texts["source"], partial(clean_label, field="source"))
    rows["fte"] = map_distinct(
        texts["fte"], lambda text: float(text) if re.fullmatch(r"[0-9]+([.][0-9]+)?", text.strip()) else None
    )
    return pd.DataFrame(rows).dropna().astype({"fte": "float64"}).reset_index(drop=True)


def read_optional(raw_dir: Path, table: str, columns: list[str]) -> pd.DataFrame:
    """What `read_text_columns` gives, or a table of these columns without rows where the folder has no such table."""
    try:
        return read_text_columns(raw_dir, table)
    except FileNotFoundError:
        return pd.DataFrame(columns=columns, dtype=str).astype("category")


def with_icbs(texts: pd.DataFrame, regional: pd.DataFrame) -> pd.DataFrame:
    """The table of practices with the ICB of each row, by the rows of `appointments_regional`."""
    icbs: dict[str, str] = {}
    if "sub_icb_location_code" in regional:
        pairs = regional[["sub_icb_location_code", "icb_ons_code"]].drop_duplicates().astype(str)
        first = pairs.sort_values("icb_ons_code").drop_duplicates("sub_icb_location_code")
        icbs = dict(zip(first["sub_icb_location_code"], first["icb_ons_code"], strict=True))
    codes = map_distinct(texts["sub_icb_location_code"], lambda text: icbs.get(text.strip(), UNKNOWN))
    return texts.assign(icb_ons_code=codes.astype("category"))


def read_text_columns(raw_dir: Path, table: str) -> pd.DataFrame:
    """Read one raw table; every column a categorical of its text, header names in lower case.

    Of releases, each month from the newest that has it. Raises FileNotFoundError where there is no file of the table.
    """
    releases = sorted(manifest.parent for manifest in raw_dir.glob("20??-??/manifest.json"))
    if not releases:
        return read_file(raw_dir, table)
    frames: list[pd.DataFrame] = []
    months_taken: set[object] = set()
    for release in reversed(releases):
        if not (release / f"{table}.parquet").exists():
            continue
        frame = read_file(release, table)
        dates = ("appointment_date", "extract_date", "snapshot_month", "appointment_month")
        date = next(name for name in dates if name in frame)
        months = map_distinct(frame[date], parse_month)
        frames.append(frame[~months.isin(months_taken)].astype(object))
        months_taken |= set(months.dropna())
    if not frames:
        raise FileNotFoundError(f"no release in {raw_dir} has a {table}.parquet")
    return pd.concat(frames, ignore_index=True).fillna("").astype("category")


def read_file(raw_dir: Path, table: str) -> pd.DataFrame:
    """Read the file of one raw table in a folder, as read_text_columns returns it."""
    for ending in (".csv", ".csv.gz", ".parquet"):
        path = raw_dir / f"{table}{ending}"
        if not path.exists():
            continue
        if ending == ".parquet":
            frame = pd.read_parquet(path)
            for column in frame.columns:
                values = frame[column].astype(object)
                text = [None if pd.isna(value) else str(value) for value in values.unique()]
                texts = dict(zip(values.unique(), text, strict=True))
                # A date read from a timestamp ends in midnight; an absent value is an empty text.
                frame[column] = values.map(texts).fillna("").str.removesuffix(" 00:00:00").astype("category")
        else:
            frame = pd.read_csv(
                path,
                dtype=str,
                keep_default_na=False,
                encoding="utf-8-sig",
            ).astype("category")
        frame.columns = [str(name).strip().lower() for name in frame.columns]
        return frame
    raise FileNotFoundError(f"{raw_dir} holds no {table}.csv, {table}.csv.gz or {table}.parquet")


def clean_rows(texts: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    """Turn text columns into the accepted rows; `labels` maps clean column names to raw ones."""
    rows = {"icb_ons_code": map_distinct(texts["icb_ons_code"], stripped_or_none)}
    if "sub_icb_location_code" in texts:
        rows["sub_icb_location_code"] = map_distinct(texts["sub_icb_location_code"], stripped_or_none)
    if "service_setting" in labels:
        from_name = map_distinct(texts["sub_icb_location_name"], code_in_name)
        rows["sub_icb_location_code"] = (
            rows["sub_icb_location_code"].where(rows["sub_icb_location_code"].notna(), other=from_name)
            if "sub_icb_location_code" in rows
            else from_name
        )
    if "appointment_date" in texts:
        day_first = says_day_first(texts["appointment_date"].cat.categories)
        dates = partial(parse_date, day_first=day_first)
        rows["appointment_date"] = map_distinct(texts["appointment_date"], dates)
        rows["appointment_month"] = map_distinct(texts["appointment_date"], lambda text: first_of_month(dates(text)))
    else:
        day_first = says_day_first(texts["appointment_month"].cat.categories, of_months=True)
        rows["appointment_month"] = map_distinct(texts["appointment_month"], partial(parse_month, day_first=day_first))
    for name, raw_name in labels.items():
        rows[name] = map_distinct(texts[raw_name], partial(clean_label, field=name))
    rows["appointment_count"] = map_distinct(texts["count_of_appointments"], parse_count)

    frame = pd.DataFrame(rows).dropna(axis="index", how="any").reset_index(drop=True)
    for column in frame.columns:
        if column in ("appointment_date", "appointment_month"):
            frame[column] = pd.to_datetime(frame[column])
        elif column == "appointment_count":
            frame[column] = frame[column].astype("int64")
        else:
            frame[column] = frame[column].astype("category")
    return frame


def map_distinct(column: pd.Series, function: Callable[[str], object]) -> pd.Series:
    """Apply a function of text to each distinct value of a categorical column."""
    values = pd.Series([function(text) for text in column.cat.categories], dtype=object)
    return values.take(column.cat.codes.to_numpy()).set_axis(column.index)


def stripped_or_none(text: str) -> str | None:
    """The text without outer spaces; None where nothing is left."""
    return text.strip() or None


def clean_label(text: str, field: str) -> str | None:
    """The clean label of a published one, or its own text with single spaces; None if empty."""
    squeezed = re.sub(r"\s+", " ", text).strip()
    spelling = squeezed.casefold().replace("\N{EN DASH}", "-")
    return SPELLINGS.get(field, {}).get(spelling) or ALSO.get(spelling, squeezed) or None


def code_in_name(name: str) -> str | None:
    """The location code in `NHS Devon ICB - 15N`: what follows the last ` - `, or the last dash in its place."""
    _, separator, code = name.replace(" \N{EN DASH} ", " - ").rpartition(" - ")
    return code.strip() or None if separator else None


def without_midnight(text: str) -> str:
    """A date without spaces around it and without the midnight that engines and spreadsheets put behind it."""
    return re.sub(r"[ T]00:00(:00(\.0+)?)?$", "", text.strip().upper())


def says_day_first(texts: Iterable[str], of_months: bool = False) -> bool | None:
    """Whether a column's dates with slashes have the day first; None where it says nothing or contradicts itself."""
    said = set()
    for text in texts:
        if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/\d{4}", without_midnight(text)):
            first, second = int(found[1]), int(found[2])
            for is_day_first, day, month in ((True, first, second), (False, second, first)):
                if 1 <= month <= 12 and (12 < day <= 31 or (of_months and day == 1 != month)):
                    said.add(is_day_first)
    return said.pop() if len(said) == 1 else None


def parse_date(text: str, day_first: bool | None = None) -> datetime.date | None:
    """Read `01-Dec-21`, `01DEC2021`, `2021-12-01` and, where the order is known, `01/12/2021`.

    None if unreadable or out of range.
    """
    text = without_midnight(text)
    if found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text):
        year, month, day = (int(part) for part in found.groups())
    elif found := re.fullmatch(r"(\d{2})-([A-Z]{3})-(\d{2})|(\d{2})([A-Z]{3})(\d{4})", text):
        parts = [part for part in found.groups() if part is not None]
        day, month, year = int(parts[0]), MONTH_NUMBERS.get(parts[1], 0), int(parts[2])
        year += 2000 if len(parts[2]) == 2 else 0
    elif day_first is not None and (found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)):
        first, second, year = (int(part) for part in found.groups())
        day, month = (first, second) if day_first else (second, first)
    else:
        return None
    try:
        date = datetime.date(year, month, day)
    except ValueError:
        return None
    return date if FIRST_DATE <= date <= LAST_DATE else None


def parse_month(text: str, day_first: bool | None = None) -> datetime.date | None:
    """Read `2021-12`, `DEC2021`, `Dec-21` or any date spelling; the first of the month, or None."""
    stripped = text.strip().upper()
    if re.fullmatch(r"\d{4}-\d{2}", stripped):
        return parse_date(f"{stripped}-01")
    if re.fullmatch(r"[A-Z]{3}\d{4}", stripped):
        return parse_date(f"01{stripped}")
    if re.fullmatch(r"[A-Z]{3}-\d{2}", stripped):
        return parse_date(f"01-{stripped}")
    return first_of_month(parse_date(stripped, day_first))


def first_of_month(date: datetime.date | None) -> datetime.date | None:
    """The first day of a date's month; None stays None."""
    return None if date is None else date.replace(day=1)


def parse_count(text: str) -> int | None:
    """A non-negative integer, with or without a fraction of zeros, or None."""
    found = re.fullmatch(r"([0-9]+)(\.0+)?", text.strip())
    return int(found[1]) if found else None
