"""Mistakes in layouts.yml: each is named, with the layout it is in and what is wrong."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from publication.find import Unusable
from publication.recognise import FILE, Known, Layout, read_layouts
from publication_files import NEW, PROJECT, fixture_file, write

RAW = PROJECT / "seeds" / "raw"


def seed_header(table: str) -> set[str]:
    """The columns that a raw table's seed has, without the mark of the synthetic sample."""
    with (RAW / f"{table}.csv").open(encoding="utf-8", newline="") as seed:
        return set(next(csv.reader(seed))) - {"is_synthetic"}


def seed_contract(table: str) -> tuple[bool, set[str]]:
    """Whether a build does without a raw table, and every column that its seed may have."""
    [seed] = yaml.safe_load((RAW / f"{table}.yml").read_text(encoding="utf-8"))["seeds"]
    return bool(seed["config"]["meta"].get("optional")), {column["name"] for column in seed["columns"]}


def hides(first: Layout, second: Layout) -> bool:
    """Whether every header that has what `second` needs has what `first` needs too."""

    def needed(layout: Layout) -> list[set[str]]:
        return [
            {str(name).lower() for name in names}
            for column, names in layout.columns.items()
            if column not in layout.optional
        ]

    return all(any(theirs <= ours for theirs in needed(second)) for ours in needed(first))


def mistakes(known: Known) -> list[str]:
    """What is wrong with the layouts, in words."""
    found = []
    seeds = {file.stem for file in RAW.glob("*.csv")}
    # A layout may carry a column that another raw table has: a region's code, say, for whoever reads the Parquet.
    columns = set().union(*(seed_contract(seed)[1] for seed in seeds))
    for table in known.tables.values():
        if table.name not in seeds:
            found.append(f"{table.name} is no raw table: seeds/raw/{table.name}.csv does not exist")
            continue
        if table.optional != seed_contract(table.name)[0]:
            found.append(f"{table.name} is optional in one of layouts.yml and seeds/raw/{table.name}.yml alone")
        for column in {table.date, *table.counts} - {None, *table.columns}:
            found.append(f"{table.name} has no column {column}")
    for position, layout in enumerate(known.layouts):
        if layout.table not in known.tables or layout.table not in seeds:
            found.append(f"{layout.name}: unknown raw table {layout.table}. Known are {', '.join(known.tables)}")
            continue
        for column in {*layout.constants, *layout.columns, *layout.optional} - columns:
            found.append(f"{layout.name}: no seed in seeds/raw has a column {column}")
        table = known.tables[layout.table]
        for column in {table.date, *table.counts} & set(layout.optional):
            found.append(f"{layout.name}: {column} is optional, and without it a row says nothing")
        for column in seed_header(layout.table) - {*layout.constants, *layout.columns, *layout.optional, table.month}:
            found.append(
                f"{layout.name}: {column} is missing, which seeds/raw/{layout.table}.csv has. Add the publisher's name "
                "for it or, if the file may do without, name it under optional"
            )
        for column, names in layout.columns.items():
            if not names or not all(isinstance(name, str) and name for name in names):
                found.append(f"{layout.name}: the publisher's name for {column} is not text: {names}")
        for earlier in known.layouts[:position]:
            if earlier.name == layout.name or fixture_file(earlier.name) == fixture_file(layout.name):
                found.append(f"{layout.name}: two layouts have this name")
            elif not layout.same_header_as and hides(earlier, layout):
                found.append(
                    f"{layout.name}: no header can tell it from {earlier.name}, which comes first. Put the one with "
                    "more columns first, or name a column that only one of them has"
                )
    return found


def test_the_layouts_are_without_mistakes() -> None:
    assert mistakes(read_layouts()) == []


ENTRY = """
  - name: actual_duration by hour
    table: actual_duration
    columns:
      sub_icb_location_code: SUB_ICB_LOCATION_CODE
      sub_icb_location_ons_code: SUB_ICB_LOCATION_ONS_CODE
      sub_icb_location_name: SUB_ICB_LOCATION_NAME
      icb_ons_code: ICB_ONS_CODE
      region_ons_code: REGION_ONS_CODE
      appointment_date: Appointment_Hour
      actual_duration: ACTUAL_DURATION
      count_of_appointments: COUNT_OF_APPOINTMENTS
"""
MISTAKES: dict[str, tuple[Callable[[str], str], str]] = {
    "unknown_raw_table": (
        lambda entry: entry.replace("table: actual_duration", "table: durations"),
        "actual_duration by hour: unknown raw table durations. Known are appointments_regional, actual_duration,",
    ),
    "column_missing": (
        lambda entry: entry.replace("      actual_duration: ACTUAL_DURATION\n", ""),
        "actual_duration by hour: actual_duration is missing, which seeds/raw/actual_duration.csv has",
    ),
    "column_misspelt": (
        lambda entry: entry.replace("region_ons_code:", "region_ons_cod:"),
        "actual_duration by hour: no seed in seeds/raw has a column region_ons_cod",
    ),
    "optional_column_misspelt": (
        lambda entry: entry + "    optional: [region_cod]\n",
        "actual_duration by hour: no seed in seeds/raw has a column region_cod",
    ),
    "count_optional": (
        lambda entry: entry + "    optional: [count_of_appointments]\n",
        "actual_duration by hour: count_of_appointments is optional, and without it a row says nothing",
    ),
    "name_that_yaml_reads_as_something_else": (
        lambda entry: entry.replace("ACTUAL_DURATION", "[NO]"),
        "the publisher's name for actual_duration is not text: [False]",
    ),
    "the_same_header": (
        lambda entry: entry.replace("Appointment_Hour", "APPOINTMENT_DATE"),
        "actual_duration by hour: no header can tell it from actual_duration by sub-ICB location, which comes first",
    ),
    "more_columns_but_later": (
        lambda entry: entry.replace(
            "appointment_date: Appointment_Hour", "appointment_date: Appointment_Date\n      hcp_type: HCP_TYPE"
        ),
        "actual_duration by hour: no header can tell it from actual_duration by sub-ICB location, which comes first",
    ),
    "the_same_name": (
        lambda entry: entry.replace("by hour", NEW),
        "actual_duration by sub-ICB location: two layouts have this name",
    ),
}


def test_a_sound_entry_has_no_mistake(tmp_path: Path) -> None:
    file = write(tmp_path / "layouts.yml", (FILE.read_text(encoding="utf-8") + ENTRY).encode())
    assert mistakes(read_layouts(file)) == []


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_in_an_entry_is_named(tmp_path: Path, case: str) -> None:
    change, words = MISTAKES[case]
    assert change(ENTRY) != ENTRY
    file = write(tmp_path / "layouts.yml", (FILE.read_text(encoding="utf-8") + change(ENTRY)).encode())
    assert [mistake for mistake in mistakes(read_layouts(file)) if words in mistake], mistakes(read_layouts(file))


@pytest.mark.parametrize(
    ("found", "instead", "words"),
    [
        ("\n    columns:", "\n    fields:", "columns"),
        ("\n    table:", "\n    raw_table:", "raw_table"),
        ("counts: [count_of_appointments]", "count: [count_of_appointments]", "count"),
        ("layouts:", "layouts: [", "while parsing"),
    ],
)
def test_layouts_that_cannot_be_read_are_said_to_be_so(tmp_path: Path, found: str, instead: str, words: str) -> None:
    text = FILE.read_text(encoding="utf-8").replace(found, instead)
    with pytest.raises(Unusable, match=rf"layouts\.yml: the layouts cannot be read: [\s\S]*{words}"):
        read_layouts(write(tmp_path / "layouts.yml", text.encode()))
