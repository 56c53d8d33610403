"""Layouts: each is recognised by its header, cells land in the right columns, and each has a fixture."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from publication.find import Unusable
from publication.recognise import FILE, Form, Known, Layout, Unknown, read_layouts, recognise
from publication.write import import_publication
from publication_files import (
    FIXTURES,
    NEW,
    OLD,
    PROJECT,
    REGIONAL,
    TABLES,
    Fixture,
    as_csv,
    csv_of,
    fixture_file,
    fixture_of,
    rows_of,
    write,
)

KNOWN = read_layouts()
LAYOUTS = {layout.name: layout for layout in KNOWN.layouts}
# Those that a header tells, without those whose files have the header of another.
BY_HEADER = [layout.name for layout in KNOWN.layouts if not layout.same_header_as]


def recognised(header: list[str], known: Known = KNOWN) -> tuple[Layout, dict[str, tuple[int, ...]]]:
    """The layout of a header, and where in it its columns are."""
    found = recognise("a.csv", header, known)
    assert not isinstance(found, Form), found.reason
    return found


def expected_cell(fixture: Fixture, row: list[str], column: str) -> str:
    """What a row of a fixture has in one of our columns, which may be of several of the publisher's."""
    cell = "-".join(cell for ours, cell in zip(fixture.columns, row, strict=True) if ours == column)
    return cell[: len("2022-06")] if column == "snapshot_month" else cell


def spellings(fixture: Fixture) -> Iterator[list[str]]:
    """The header of a fixture: by the first names and, for each other name of a column, with that in its place."""
    first = [names[0] for names in fixture.names]
    yield first
    for position, names in enumerate(fixture.names):
        for other in names[1:]:
            yield [*first[:position], other, *first[position + 1 :]]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_file_is_recognised_by_its_header_whatever_its_name(tmp_path: Path, name: str) -> None:
    fixture, layout = fixture_of(name), LAYOUTS[name]
    headers = list(spellings(fixture))
    as_published = as_csv(headers[0], fixture.rows)
    first_line = as_published.splitlines()[0]
    files = {
        "as_published.CSV": as_published,
        "other_order.csv": as_csv(
            ["New column", *reversed(headers[0])], [["x", *reversed(row)] for row in fixture.rows]
        ),
        "other_case.csv": as_published.replace(first_line, first_line.swapcase()),
        "spreadsheet.csv": b"\xef\xbb\xbf" + as_published.replace(b"\r\n", b"\n"),
        **{f"other_name_{number}.csv": as_csv(header, fixture.rows) for number, header in enumerate(headers[1:])},
    }
    for file, content in files.items():
        folder, manifest, *_ = import_publication([write(tmp_path / file, content)], tmp_path / f"p_{file}", "2022-06")
        assert list(manifest["tables"]) == [layout.table], file
        [source] = manifest["tables"][layout.table]["sources"]
        assert source["layout"] == name, file
        assert source["sha256"] == hashlib.sha256(content).hexdigest()
        columns = [column for column in KNOWN.tables[layout.table].columns if column in fixture.columns]
        expected = [tuple(expected_cell(fixture, row, column) for column in columns) for row in fixture.rows]
        assert rows_of(folder / f"{layout.table}.parquet", ", ".join(columns)) == expected, file
        # What the file does not have is there, and says nothing or what every row of the layout says.
        others = [column for column in KNOWN.tables[layout.table].columns if column not in columns]
        for column in others:
            said = set(rows_of(folder / f"{layout.table}.parquet", column))
            assert said == {(layout.constants.get(column),)}, (file, column)


@pytest.mark.parametrize("name", BY_HEADER)
def test_a_file_may_lack_the_columns_that_are_optional_and_no_other(name: str) -> None:
    fixture, layout = fixture_of(name), LAYOUTS[name]
    header = next(spellings(fixture))
    optional = set(layout.optional)
    needed = [at for at, column in enumerate(fixture.columns) if column and column not in optional]
    found, columns = recognised([header[at] for at in needed])
    assert found == layout
    places: dict[str, tuple[int, ...]] = {}
    for position, at in enumerate(needed):
        places[fixture.columns[at]] = (*places.get(fixture.columns[at], ()), position)
    assert columns == places
    for missing in needed:
        try:
            other = recognise("a.csv", [column for at, column in enumerate(header) if at != missing], KNOWN)
        except Unusable:
            continue
        assert isinstance(other, Form) or other[0] != layout, f"without {header[missing]}"


@pytest.mark.parametrize("name", [f"{table} {era}" for table in TABLES for era in (NEW, OLD)])
def test_a_file_may_lack_names_of_its_places_and_nothing_that_its_rows_say(name: str) -> None:
    fixture = fixture_of(name)
    header = next(spellings(fixture))
    may_lack = {"", "sub_icb_location_ons_code", "sub_icb_location_name", "region_ons_code"}
    if name.startswith("sub_icb_coverage"):
        may_lack.add("icb_ons_code")
    for missing, column in enumerate(fixture.columns):
        rest = [*header[:missing], *header[missing + 1 :]]
        if column in may_lack:
            assert recognised(rest)[0].name == name
        else:
            with pytest.raises(Unusable, match="no known layout has this header"):
                recognise("a.csv", rest, KNOWN)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_fixture_has_the_columns_and_names_of_its_layout(name: str) -> None:
    fixture, layout = fixture_of(name), LAYOUTS[name]
    assert fixture.rows, f"{fixture_file(name)}: add made-up rows below the two lines of names"
    in_fixture: dict[str, set[str]] = {}
    for column, names in zip(fixture.columns, fixture.names, strict=True):
        if column in in_fixture:
            in_fixture[column] = {" + ".join((*in_fixture[column], *names))}
        elif column:
            in_fixture[column] = set(names)
    in_layout = {column: set(names) for column, names in layout.columns.items()}
    left_out = {column for column in layout.optional if column not in in_fixture}
    assert in_fixture == {column: names for column, names in in_layout.items() if column not in left_out}, (
        f"{fixture_file(name).relative_to(PROJECT)} and the layout {name!r} in {FILE.relative_to(PROJECT)} name "
        "different columns. Put right the one that is wrong."
    )


def test_every_fixture_has_a_layout() -> None:
    unused = set(FIXTURES.iterdir()) - {fixture_file(name) for name in LAYOUTS}
    assert not unused, (
        f"No layout in {FILE.relative_to(PROJECT)} has the name that {', '.join(file.name for file in unused)} is of. "
        "Add the layout there, or remove the fixture."
    )


def test_a_layout_without_a_fixture_is_told_what_to_add() -> None:
    with pytest.raises(
        pytest.fail.Exception, match=r"Add tests/python/publication/fixtures/practices_by_pcn_2030\.csv"
    ):
        fixture_of("practices by PCN, 2030")


def test_a_table_by_day_gets_the_month_that_its_staging_model_asks_for(tmp_path: Path) -> None:
    rows = [{"appointment_date": day} for day in ("03MAY2022", "2022-06-30", "01-Jul-22")]
    file = write(tmp_path / "a.csv", csv_of(f"national_categories {NEW}", *rows))
    folder = import_publication([file], tmp_path / "p").folder
    assert rows_of(folder / "national_categories.parquet", "appointment_date, appointment_month") == [
        ("03MAY2022", "2022-05"),
        ("2022-06-30", "2022-06"),
        ("01-Jul-22", "2022-07"),
    ]


def test_a_form_that_is_left_out_may_get_a_layout(tmp_path: Path) -> None:
    entry = """
  - name: actual_duration by status
    table: actual_duration
    columns: {sub_icb_location_code: APPT_STATUS, appointment_date: APPOINTMENT_DATE, count_of_appointments: N}
"""
    known = read_layouts(write(tmp_path / "layouts.yml", (FILE.read_text(encoding="utf-8") + entry).encode()))
    header = ["N", "APPOINTMENT_DATE", "APPT_STATUS"]
    assert isinstance(recognise("a.csv", header, KNOWN), Form)
    assert recognised(header, known)[0].name == "actual_duration by status"


@pytest.mark.parametrize("column", ["GP_CODE", "pcn_code"])
def test_a_file_of_practices_is_never_taken_for_one_of_areas(column: str) -> None:
    regional = [names[0] for names in fixture_of(REGIONAL).names]
    with pytest.raises(Unknown, match=f"The nearest is {REGIONAL}, which does not read {column.upper()}"):
        recognise("a.csv", [*regional, column], KNOWN)


def test_staff_of_a_pcn_are_never_taken_for_a_practice_s() -> None:
    """Files of both have nearly the same columns, and either may get the other's date."""
    header = [names[0] for names in fixture_of("workforce of PCNs").names]
    with pytest.raises(Unknown):
        recognise("a.csv", [*(name for name in header if name != "CENSUS_YEAR"), "SNAPSHOT_DATE"], KNOWN)


@pytest.mark.parametrize(
    ("layout", "cells", "month"),
    [
        ("workforce of PCNs", {"CENSUS_YEAR": "2022", "CENSUS_MONTH": "6"}, "2022-06"),
        ("workforce of general practice", {"SNAPSHOT_DATE": "30JUN2022"}, "2022-06"),
        ("workforce of general practice", {"SNAPSHOT_DATE": "30/06/2022"}, "2022-06"),
        ("workforce of general practice", {"SNAPSHOT_DATE": "summer"}, "summer"),  # for staging to reject
    ],
)
def test_staff_are_of_a_month(tmp_path: Path, layout: str, cells: dict[str, str], month: str) -> None:
    fixture = fixture_of(layout)
    header = [names[0] for names in fixture.names]
    row = [cells.get(name, cell) for name, cell in zip(header, fixture.rows[0], strict=True)]
    file = write(tmp_path / "a.csv", as_csv(header, [row]))
    folder = import_publication([file], tmp_path / "p", "2022-06").folder
    assert rows_of(folder / "workforce.parquet", "snapshot_month") == [(month,)]


def test_two_layouts_of_one_table_are_one_table(tmp_path: Path) -> None:
    """A column that only one layout has is null in the rows of the other, whichever comes first."""
    files = [
        write(tmp_path / "a.csv", csv_of("sub_icb_coverage by CCG", {"sub_icb_location_code": "99P"})),
        write(tmp_path / "b.csv", csv_of("sub_icb_coverage by sub-ICB location")),
    ]
    folder = import_publication(files, tmp_path / "p").folder
    assert duckdb.read_parquet(str(folder / "sub_icb_coverage.parquet")).order("1").project(
        "sub_icb_location_code, icb_ons_code, open_practices"
    ).fetchall() == [("15N", "E54000037", "10"), ("99P", None, "10")]
