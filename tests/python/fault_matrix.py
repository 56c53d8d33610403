"""What can be wrong with raw tables and settings: one named fault each, and a checkout to build them in.

Faults of one group are put into one build, each in a table or a row of its own, because a build names all that it
finds.
"""

import csv
import gzip
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from conftest import PROJECT, make
from copies import copy_with_environment
from workbook_files import write_workbook

DURATION, REGIONAL, CATEGORIES = "actual_duration", "appointments_regional", "national_categories"
NOT_PRINTED = dict.fromkeys(map(ord, "\x1b\u202e"), "?")
HOSTILE = "'; drop table raw.actual_duration; -- {{ 1 + 1 }} ../../x \x1b[2J\u202e \\"

Change = Callable[[Path], object]
Rows = list[dict[str, str]]


@dataclass
class Fault:
    """A mutation of one raw table's file (or a setting) and the words that the build must say of it."""

    group: str
    words: list[str]
    table: str = ""
    change: Change = lambda file: None
    settings: dict[str, str] = field(default_factory=dict)


def content(change: Callable[[bytes], bytes]) -> Change:
    """A change of the file's bytes."""
    return lambda file: file.write_bytes(change(file.read_bytes()))


def rows(change: Callable[[Rows], Rows]) -> Change:
    """A change of the file's rows."""

    def apply(file: Path) -> None:
        reader = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
        changed = change(list(reader))
        text = io.StringIO()
        writer = csv.DictWriter(text, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(changed)
        file.write_text(text.getvalue(), encoding="utf-8")

    return apply


def cell(number: int, **cells: str) -> Change:
    """Other cells in one row."""
    return rows(lambda table: table[:number] + [table[number] | cells] + table[number + 1 :])


def one_more(number: int) -> Change:
    """One appointment more in one row."""
    return rows(
        lambda table: (
            table[:number]
            + [table[number] | {"count_of_appointments": str(int(table[number]["count_of_appointments"]) + 1)}]
            + table[number + 1 :]
        )
    )


def renamed(ending: str, change: Callable[[bytes], bytes] = lambda text: text) -> Change:
    """The file's content, changed, under another ending."""

    def apply(file: Path) -> None:
        file.with_suffix(ending).write_bytes(change(file.read_bytes()))
        file.unlink()

    return apply


def as_parquet(file: Path) -> bytes:
    """The table as the bytes of a Parquet file."""
    target = file.with_suffix(".tmp")
    duckdb.read_csv(str(file), all_varchar=True).write_parquet(str(target))
    data = target.read_bytes()
    target.unlink()
    return data


def cut_parquet(file: Path) -> None:
    file.with_suffix(".parquet").write_bytes(as_parquet(file)[:-500])
    file.unlink()


def also_as_parquet(file: Path) -> None:
    file.with_suffix(".parquet").write_bytes(as_parquet(file))


def as_workbook(file: Path, skipped: int = 0) -> Path:
    """Put a workbook in the file's place, without the first `skipped` lines, and return its path."""
    table = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))
    file.unlink()
    return write_workbook(file.with_suffix(".xlsx"), table[skipped:])


def cut_workbook(file: Path) -> None:
    workbook = as_workbook(file)
    workbook.write_bytes(workbook.read_bytes()[:-3000])


def header(change: Callable[[str], str]) -> Change:
    """A change of the first line."""

    def apply(text: bytes) -> bytes:
        first, rest = text.decode().split("\n", 1)
        return f"{change(first)}\n{rest}".encode()

    return content(apply)


HTML = b"<!DOCTYPE html>\n<html><body>Sign in to download</body></html>\n"
FAULTS = {
    # What a file's first line, or its bytes, give away: all are named before anything is loaded.
    "column_missing": Fault(
        "header", ["actual_duration.csv: column 'appointment_date' is missing"], DURATION,
        header(lambda line: line.replace("appointment_date", "day")),
    ),
    "column_twice": Fault(
        "header", ["appointments_regional.csv: column 'hcp_type' appears more than once"], REGIONAL,
        header(lambda line: line.replace("is_synthetic", "HCP_TYPE")),
    ),
    "no_header": Fault(
        "header", ["national_categories.csv: column 'appointment_date' is missing"], CATEGORIES,
        content(lambda text: text.split(b"\n", 1)[1]),
    ),
    "semicolons": Fault(
        "separator", ["actual_duration.csv: the columns are separated by semicolons or tabs"], DURATION,
        content(lambda text: text.replace(b",", b";")),
    ),
    "tabs": Fault(
        "separator", ["appointments_regional.csv: the columns are separated by semicolons or tabs"], REGIONAL,
        content(lambda text: text.replace(b",", b"\t")),
    ),
    "web_page": Fault(
        "separator", ["national_categories.csv: this is a web page, not a table", "Download it again"], CATEGORIES,
        content(lambda _: HTML),
    ),
    "empty_file": Fault(
        "whole_file", ["actual_duration.csv: column 'sub_icb", "found in the header: nothing"], DURATION,
        content(lambda _: b""),
    ),
    "file_missing": Fault(
        "whole_file", ["NHS_RAW_DIR holds no raw table 'appointments_regional'", "expected: one of"], REGIONAL,
        Path.unlink,
    ),
    "allowed_missing_unknown": Fault(
        "allowed_missing", ["ALLOW_MISSING: expected names of raw tables", "found 'appointments_regional'"],
        settings={"ALLOW_MISSING": "appointments_regional"},
    ),
    "two_files_for_one_table": Fault(
        "whole_file", ["NHS_RAW_DIR holds raw table 'national_categories' more than once"], CATEGORIES, also_as_parquet
    ),
    "utf_16": Fault(
        "encoding", ["actual_duration.csv: column 'sub_icb_location_code' is missing"], DURATION,
        content(lambda text: text.decode().encode("utf-16")),
    ),
    "spreadsheet_saved_as_csv": Fault(
        "encoding", ["appointments_regional.csv: column 'icb_ons_code' is missing"], REGIONAL,
        content(lambda _: b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" + bytes(range(256)) * 8),
    ),
    "wrong_table": Fault(
        "encoding", ["national_categories.csv: column", "is missing"], CATEGORIES,
        lambda file: shutil.copy(PROJECT / "seeds/reference/geography.csv", file),
    ),
    "gzip_cut_short": Fault(
        "compressed", ["actual_duration.csv.gz"], DURATION, renamed(".csv.gz", lambda text: gzip.compress(text)[:-3000])
    ),
    "parquet_cut_short": Fault("compressed", ["appointments_regional.parquet"], REGIONAL, cut_parquet),
    "csv_named_parquet": Fault("compressed", ["national_categories.parquet"], CATEGORIES, renamed(".parquet")),
    # What the build finds before it runs dbt.
    "workbook_cut_short": Fault(
        "workbooks", ["actual_duration.xlsx: this is not a whole Excel workbook", "download it again"], DURATION,
        cut_workbook,
    ),
    "workbook_with_a_password": Fault(
        "workbooks", ["appointments_regional.xlsx: the workbook is protected with a password"], REGIONAL,
        renamed(".xlsx", lambda text: bytes.fromhex("d0cf11e0a1b11ae1") + text),
    ),
    "workbook_without_a_header": Fault(
        "workbooks", ["national_categories.xlsx: column 'appointment_date' is missing"], CATEGORIES,
        lambda file: as_workbook(file, skipped=1),
    ),
    # What only reading a file shows: by line.
    "windows_1252": Fault(
        "lines", ["actual_duration.csv: a line cannot be read", "as utf-8", "line 3: "], DURATION,
        content(lambda text: text.replace(b"Cheshire", b"Ch\xe4shire", 2)),
    ),
    "too_few_cells": Fault(
        "lines", ["appointments_regional.csv: a line cannot be read", "expected: 9 cells", "line 46621: 01F"], REGIONAL,
        content(lambda text: text + b"01F,E54\n"),
    ),
    "too_many_cells": Fault(
        "lines", ["national_categories.csv: a line cannot be read", "expected: 10 cells", "line 22510: a"], CATEGORIES,
        content(lambda text: text + b"a,b,c,d,e,f,g,h,i,j,k\n"),
    ),
    "cut_within_a_line": Fault(
        "cut", ["actual_duration.csv: a line cannot be read", "cut short"], DURATION, content(lambda text: text[:-40])
    ),
    "open_quote": Fault(
        "cut", ["appointments_regional.csv: a line cannot be read"], REGIONAL,
        content(lambda text: text + b'"01F,E54000008,JAN2020\n'),
    ),
    "header_only": Fault(
        "header_only", ["national_categories holds no appointments: 0 rows loaded", "Export it again"], CATEGORIES,
        content(lambda text: text.split(b"\n", 1)[0] + b"\n"),
    ),
    # Rows that cannot be counted.
    **{
        # Each table's in the build of another group, so that a build's report names them all.
        name: Fault(
            {DURATION: "rejected", REGIONAL: "labels", CATEGORIES: "one_more"}[table],
            [
                f"1 row of {table} rejected: {reason}",
                f"ALLOW_REJECTED={ {DURATION: 5, REGIONAL: 4, CATEGORIES: 4}[table]}",
            ],
            table,
            change,
        )
        for name, table, reason, change in (
            ("date_unreadable", DURATION, "appointment_date is not a date", cell(1, appointment_date="31.12.2021")),
            ("date_that_is_not", DURATION, "appointment_date is not a date; count", cell(
                2, appointment_date="31FEB2022", count_of_appointments="x")),
            ("date_before_2017", DURATION, "appointment_date is outside 2017-01-01", cell(
                3, appointment_date="31DEC2016")),
            ("date_empty", DURATION, "appointment_date is empty", cell(5, appointment_date=" ")),
            ("location_empty", DURATION, "sub_icb_location_code is empty", cell(6, sub_icb_location_code="")),
            ("count_negative", REGIONAL, "count_of_appointments is not", cell(1, count_of_appointments="-1")),
            ("month_unreadable", REGIONAL, "appointment_month is not a date", cell(2, appointment_month="2022-13")),
            ("month_after_2030", REGIONAL, "appointment_month is outside", cell(3, appointment_month="JAN2031")),
            ("status_empty", REGIONAL, "appointment_status is empty", cell(4, appointment_status="")),
            ("count_with_commas", CATEGORIES, "count_of_appointments is not", cell(1, count_of_appointments="1,000")),
            ("date_in_no_order", CATEGORIES, "appointment_date may have the day or the month first, and no row", cell(
                4, appointment_date="01/12/2021")),
            ("icb_empty", CATEGORIES, "icb_ons_code is empty", cell(2, icb_ons_code="")),
            ("category_empty", CATEGORIES, "national_category is empty", cell(3, national_category="")),
        )
    },
    "count_and_a_half": Fault(
        "icb_month",
        ["1 row of actual_duration rejected: count_of_appointments is not a whole number", "ALLOW_REJECTED=1"],
        DURATION,
        cell(0, count_of_appointments="12.5"),
    ),
    # Labels that nobody has seen, one of them hostile.
    "new_duration_band": Fault(
        "labels", ['New label in actual_duration.duration_band: "61-90 Minutes", 1 row'], DURATION,
        cell(0, actual_duration="61-90 Minutes"),
    ),
    "new_status": Fault(
        "labels", ['New label in appointments_regional.appointment_status: "Cancelled", 1 row', "ALLOW_NEW_LABELS"],
        REGIONAL, cell(0, appointment_status="Cancelled"),
    ),
    "hostile_category": Fault(
        "labels", [f'New label in national_categories.national_category: "{HOSTILE}", 1 row'.translate(NOT_PRINTED)],
        CATEGORIES,
        cell(0, national_category=HOSTILE),
    ),
    # Tables that do not agree.
    "durations_doubled": Fault(
        "durations_doubled", ["actual_duration has 2 rows for", "loaded twice?"], DURATION,
        rows(lambda table: table + table),
    ),
    "categories_doubled": Fault(
        "categories_doubled", ["national_categories has 2 rows for", "loaded twice?"], CATEGORIES,
        rows(lambda table: table + table),
    ),
    "regional_doubled": Fault(
        "regional_doubled", ["durations_vs_attended differs in", "categories_vs_all differs in", "incomplete, doubled"],
        REGIONAL, rows(lambda table: table + table),
    ),
    "one_appointment_more": Fault(
        "one_more", ["durations_vs_attended differs in E540000", "A load is incomplete, doubled or of another release"],
        DURATION, one_more(0),
    ),
    # In a workbook, which reads as its CSV does: the other rows of this table agree with the other tables.
    "one_appointment_more_in_categories": Fault(
        "one_more", ["categories_vs_all differs in E540000", "national_categories.xlsx"], CATEGORIES,
        lambda file: (one_more(0)(file), as_workbook(file)),
    ),
    "month_missing_in_durations": Fault(
        "gap", ["actual_duration has no row in March 2022, but has rows in months before and after"], DURATION,
        rows(lambda table: [row for row in table if "MAR2022" not in row["appointment_date"]]),
    ),
    "month_missing_in_regional": Fault(
        "gap", ["appointments_regional has no row in June 2021, but has rows in months before and after"], REGIONAL,
        rows(lambda table: [row for row in table if row["appointment_month"] != "JUN2021"]),
    ),
    "month_missing_in_categories": Fault(
        "gap", ["national_categories has no row in January 2022, but has rows in months before and after"], CATEGORIES,
        rows(lambda table: [row for row in table if "JAN2022" not in row["appointment_date"]]),
    ),
    "icb_lost_in_one_month": Fault(
        "icb_month", ["E54000008 has appointments in May 2022 in appointments_regional but not in actual_duration"],
        DURATION,
        rows(
            lambda table: [
                row for row in table if row["icb_ons_code"] != "E54000008" or "MAY2022" not in row["appointment_date"]
            ]
        ),
    ),
    # Settings.
    "folder_missing": Fault("nowhere", ["no such folder, or nothing in it"], settings={"RAW": "nowhere"}),
    "release_not_imported": Fault(
        "as_of", ["NHS_AS_OF must name a release (yyyy-mm)", "make import"], settings={"NHS_AS_OF": "2019-01"}
    ),
    "period_malformed": Fault(
        "period", ["var period_from: expected a month as 'yyyy-mm'", "found '2022'"],
        settings={"VARS": "{period_from: '2022'}"},
    ),
    "period_without_a_month": Fault(
        "empty_period", ["No raw table has a month in the period"],
        settings={"VARS": "{period_from: 2029-01, period_to: 2029-12}"},
    ),
    "allowance_not_a_number": Fault(
        "allowance", ["ALLOW_REJECTED: expected a whole number of rows; found 'many'"],
        settings={"ALLOW_REJECTED": "many"},
    ),
    "variables_malformed": Fault("yaml", ["--vars", "is not valid YAML"], settings={"VARS": "{period_from"}),
    "memory_limit_malformed": Fault(
        "memory_limit", ["NHS_MEMORY_LIMIT is not an amount of memory", "such as 4GB"],
        settings={"NHS_MEMORY_LIMIT": "lots"},
    ),
    "memory_too_small": Fault(
        "memory", ["The build needs more memory than it may have", "Raise NHS_MEMORY_LIMIT"],
        settings={"NHS_MEMORY_LIMIT": "25MB"},
    ),
}  # fmt: skip


def clone_with_sample(folder: Path) -> Path:
    """A checkout with this environment, in which the sample is published as if it were real."""
    copy_with_environment(folder)
    run = make(folder, "build")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder
