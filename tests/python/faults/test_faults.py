"""Broken raw tables, one named fault each, through `make build`: exit code, words, no traceback, nothing published.

Faults of one group are put into one build, each in a table or a row of its own, because a build names all that it
finds. The folder of the raw tables has a name that would be SQL or Jinja if it were not taken literally.
"""

import csv
import fcntl
import functools
import gzip
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, fingerprint, make
from copies import copy_project

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
                f"ALLOW_REJECTED={ {DURATION: 5, REGIONAL: 4, CATEGORIES: 3}[table]}",
            ],
            table,
            change,
        )
        for name, table, reason, change in (
            ("date_unreadable", DURATION, "appointment_date is not a date", cell(1, appointment_date="31/12/2021")),
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
            ("icb_empty", CATEGORIES, "icb_ons_code is empty", cell(2, icb_ons_code="")),
            ("category_empty", CATEGORIES, "national_category is empty", cell(3, national_category="")),
        )
    },
    # Labels that nobody has seen, one of them hostile.
    "new_duration_band": Fault(
        "labels", ['New label in actual_duration.duration_band: "61-90 minutes", 1 row'], DURATION,
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
    "one_appointment_more_in_categories": Fault(
        "one_more", ["categories_vs_all differs in E540000"], CATEGORIES, one_more(0)
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


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with this environment, in which the sample is published as if it were real."""
    clone = copy_project(tmp_path_factory.mktemp("faults") / "clone")
    (clone / ".venv").symlink_to(PROJECT / ".venv")
    run = make(clone, "build")
    assert run.returncode == 0, run.stdout + run.stderr
    return clone


@pytest.fixture(scope="module")
def build_of(
    clone: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """A function that builds a group of faults, once, and returns how it ended."""
    done: dict[str, subprocess.CompletedProcess[str]] = {}

    def build(group: str) -> subprocess.CompletedProcess[str]:
        if group not in done:
            raw_dir = tmp_path_factory.mktemp(group) / "raw's {{ 1 + 1 }}; --"
            shutil.copytree(PROJECT / "seeds" / "raw", raw_dir, ignore=shutil.ignore_patterns("*.yml"))
            settings: dict[str, str] = {"RAW": str(raw_dir)}
            for fault in FAULTS.values():
                if fault.group == group:
                    settings |= fault.settings
                    if fault.table:
                        fault.change(raw_dir / f"{fault.table}.csv")
            environment: dict[str, str] = {
                name: settings.pop(name)
                for name in ("ALLOW_REJECTED", "NHS_AS_OF", "NHS_MEMORY_LIMIT")
                if name in settings
            }
            # By the environment: a shell and make would want the folder's name quoted.
            environment["NHS_RAW_DIR"] = settings.pop("RAW")
            done[group] = make(clone, "build", *(f"{name}={value}" for name, value in settings.items()), **environment)
        return done[group]

    return build


@pytest.fixture(scope="module")
def before(clone: Path) -> dict[str, str]:
    return fingerprint(clone / "warehouse")


def test_the_documented_faults_are_the_tested_ones() -> None:
    text = (PROJECT / "docs" / "publishing.md").read_text(encoding="utf-8")
    section = text.split("\n## Faults\n")[1].split("\n## ")[0]
    listed = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")][1:]
    assert sorted(listed) == sorted(name.replace("_", " ") for name in FAULTS)


def test_killed_while_dbt_runs_the_published_build_stays_and_a_later_one_works(
    clone: Path, before: dict[str, str]
) -> None:
    """dbt outlives its parent for some seconds, and keeps the lock: two of them never write to one folder."""
    with subprocess.Popen(
        ["make", "build"], cwd=clone, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        assert run.stdout is not None
        while "Loaded" not in run.stdout.readline():
            pass
        lock = (clone / "target" / "build.lock").read_text(encoding="utf-8")
        os.kill(int(re.findall(r"process (\d+)", lock)[0]), signal.SIGKILL)
        second = make(clone, "build")
        assert second.returncode == 2
        assert "another build is running here: process" in second.stderr
        assert fingerprint(clone / "warehouse") == before
    with (clone / "target" / "build.lock").open() as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)  # until dbt, the last one to hold it, has ended
    assert fingerprint(clone / "warehouse") == before
    third = make(clone, "rollback")
    assert third.returncode == 2 and "no build before the published one" in third.stderr, "the lock is free again"


def test_stopped_by_ctrl_c_the_published_build_stays_and_that_is_all_it_says(
    clone: Path, before: dict[str, str]
) -> None:
    with subprocess.Popen(
        ["make", "build"],
        cwd=clone,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As at a keyboard: Ctrl-C reaches make, the script and dbt at once, and none of them was told to ignore it.
        start_new_session=True,
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    ) as run:
        assert run.stdout is not None and run.stderr is not None
        while "Loaded" not in run.stdout.readline():
            pass
        os.killpg(run.pid, signal.SIGINT)
        said = run.stderr.read()
    assert run.returncode != 0
    assert said.startswith("Nothing was published: the build was stopped by Ctrl-C. warehouse is as it was.\nmake: ***")
    assert len(said.splitlines()) == 2, said
    assert fingerprint(clone / "warehouse") == before


def test_on_a_disk_that_fills_while_dbt_builds_the_published_build_stays(clone: Path, before: dict[str, str]) -> None:
    """A limit on the size of files stands in for the disk; a third of what the build's own file needs."""
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (8_000_000, 8_000_000))
    run = subprocess.run(["make", "build"], cwd=clone, preexec_fn=limit, capture_output=True, text=True, check=False)
    output = run.stdout + run.stderr
    assert run.returncode == 2, output
    assert "File too large" in output
    assert "Traceback" not in output
    assert "Nothing was published: " in output
    assert fingerprint(clone / "warehouse") == before


@pytest.mark.by_hand
def test_readers_of_twenty_whole_builds_never_find_an_error_or_two_builds_mixed(
    clone: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two threads read all the while; every other build is of a sample with more rows. About five minutes."""
    raw_dir = tmp_path_factory.mktemp("more") / "raw"
    shutil.copytree(PROJECT / "seeds" / "raw", raw_dir, ignore=shutil.ignore_patterns("*.yml"))
    for table in (DURATION, REGIONAL, CATEGORIES):
        rows(lambda lines: [line for line in lines if line["icb_ons_code"] != "E54000008"])(raw_dir / f"{table}.csv")
    seen: set[str] = set()
    problems: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                folder = (clone / "warehouse" / "current").resolve()
                record = json.loads((folder / "build.json").read_text(encoding="utf-8"))
                with duckdb.connect(str(folder / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
                    for table, count in record["tables"].items():
                        schema, name = table.split(".")
                        found = connection.execute(f'select count(*) from {schema}."{name}"').fetchall()
                        if schema == "marts":
                            file = str(folder / "parquet" / f"{name}.parquet")
                            found += connection.execute("select count(*) from read_parquet(?)", [file]).fetchall()
                        if set(found) != {(count,)}:
                            problems.append((record["build_id"], table, count, found))
                seen.add(record["build_id"])
            except Exception as problem:  # whatever a reader meets is a failure
                problems.append(repr(problem))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(20):
        run = make(clone, "build", **({"NHS_RAW_DIR": str(raw_dir)} if number % 2 else {}))
        assert run.returncode == 0, run.stdout + run.stderr
    stop.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert len(seen) == 21


@pytest.fixture(scope="module")
def internal_names(clone: Path) -> re.Pattern[str]:
    """What no user has to read: macros by name, ids of dbt's, files that dbt writes, tracebacks."""
    manifest = json.loads((clone / "target" / "manifest.json").read_text(encoding="utf-8"))
    # A name of one word, such as `ratio`, is a word of English too.
    macros = {macro["name"] for macro in manifest["macros"].values() if "_" in macro["name"]}
    assert {"check_seed_file", "name_offenders"} < macros
    others = ["macro", "called by", "nhs_gp_appointments_warehouse", "target/run", "target/compiled", "Traceback"]
    return re.compile(rf"(?<!\w)({'|'.join([*macros, *others])})(?!\w)")


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_and_nothing_is_published(
    clone: Path,
    before: dict[str, str],
    build_of: Callable[[str], subprocess.CompletedProcess[str]],
    internal_names: re.Pattern[str],
    name: str,
) -> None:
    fault = FAULTS[name]
    run = build_of(fault.group)
    output = run.stdout + run.stderr
    assert run.returncode == 2, output
    for word in fault.words:
        assert word in output, f"{word!r} is not in\n{output}"
    # Make adds a line of its own.
    *report, make_says = run.stderr.splitlines()
    assert make_says.startswith("make: ***"), run.stderr
    assert len(report) <= 15, run.stderr
    assert max(map(len, report)) < 500, run.stderr
    first_lines = [line for line in report if not line.startswith(" ")]
    assert len(set(first_lines)) == len(first_lines), "each cause once"
    assert report[-1] == "The full log is logs/dbt.log."
    assert "Nothing was published: " in report[-2]
    for line in run.stdout.splitlines():
        assert re.match("Building and testing the warehouse$|Loaded |The build reports in geography ", line), run.stdout
    assert not (told := internal_names.search(output)), f"{told} is in\n{output}"
    assert fingerprint(clone / "warehouse") == before
