"""England through time: which geography a release is of, what moves, what stands, and what a reader is told."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import generate_sample
import pandas as pd
import pytest
from conftest import PROJECT, Dbt, Once, build_once
from oracle.compare import compare_with_warehouse
from oracle.oracle import KEYS, compute
from publication_files import NEW, imported, release
from relabel import NEW_ONS_CODES, ended_places, places_of_today
from test_answers import write_page
from test_publish import copy_build, publish
from test_raw_tables import DEVON, DORSET, build, category, duration, regional, rows_of, write_raw

with (PROJECT / "seeds" / "reference" / "geography.csv").open(encoding="utf-8") as seed:
    GEOGRAPHY = list(csv.DictReader(seed))
TODAY = [row for row in GEOGRAPHY if row["geography"] == "2026-04"]
BEFORE = [row for row in GEOGRAPHY if row["geography"] == "2022-07"]


def totals(build_file: Path, level: str) -> dict[str, int]:
    """Appointments of each area of a level, by its code."""
    return dict(
        rows_of(
            build_file,
            "select area_code, sum(appointment_count) from marts.mart_monthly_demand "
            f"where area_level = '{level}' group by all",
        )
    )


def moved(build_file: Path, to: dict[str, str]) -> dict[str, int]:
    """Appointments of each ICB, where each location of a build goes to the ICB that `to` names."""
    sums: dict[str, int] = {}
    for location, count in rows_of(
        build_file,
        "select sub_icb_location_code, sum(appointment_count) from core.fct_appointments_monthly group by all",
    ):
        sums[to[location]] = sums.get(to[location], 0) + count
    return sums


# A release of after April 2026: that of October 2025 under the codes of today.


def test_a_release_of_today_is_imported_by_the_icbs_of_today(relabelled_raw_dir: Path) -> None:
    manifest = json.loads((relabelled_raw_dir / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["release_month"], manifest["geography"]) == ("2026-04", "2026-04")
    assert [(about["icbs"], len(about["absent"])) for about in manifest["tables"].values()] == [
        (36, 0),
        (36, 0),
        (18, 18),
        (36, 0),
    ], "the categories are of the south: 18 of 36 ICBs"
    names = {f"{row['icb_name']} ({row['icb_ons_code']})" for row in TODAY}
    assert set(manifest["tables"]["national_categories"]["absent"]) < names


def test_a_release_of_today_has_36_icbs_and_every_appointment_where_it_says(
    relabelled_warehouse: Path, publication_warehouse: Path
) -> None:
    now = dict(places_of_today()[["old_code", "icb_ons_code"]].to_numpy())
    expected = moved(publication_warehouse, now)
    assert len(expected) == 36
    assert totals(relabelled_warehouse, "ICB") == expected
    for level in ("England", "NHS region"):
        assert totals(relabelled_warehouse, level) == totals(publication_warehouse, level)
    names = rows_of(
        relabelled_warehouse,
        "select distinct area_level, area_name from marts.mart_monthly_demand where area_level <> 'Sub-ICB location'",
    )
    assert {name for level, name in names if level == "ICB"} == {row["icb_name"] for row in TODAY}
    assert {name for level, name in names if level != "ICB"} == {"England", *(row["region_name"] for row in TODAY)}
    assert rows_of(
        relabelled_warehouse,
        "select sub_icb_location_code, sub_icb_location_ons_code, cast(boundary_changed_on as varchar) "
        "from core.dim_sub_icb_location where boundary_changed_on is not null order by all",
    ) == [(code, ons, "2026-04-01") for code, ons in sorted(NEW_ONS_CODES.items())]
    assert rows_of(relabelled_warehouse, "select count(*) from core.dim_icb where not is_in_geography") == [(0,)]


def test_no_icb_that_ended_is_named_where_a_reader_looks(relabelled_warehouse: Path, tmp_path: Path) -> None:
    """In the published file, but for the table of all geographies, and on the answers page; test_docs has the docs."""
    warehouse = tmp_path / "warehouse"
    run = publish(copy_build(relabelled_warehouse, tmp_path / "build"), warehouse)
    assert run.returncode == 0, run.stderr
    record = json.loads((warehouse / "build.json").read_text(encoding="utf-8"))
    assert (record["geography"], record["published_geography"]) == ("2026-04", "2026-04")
    assert write_page(warehouse).returncode == 0
    texts = {"answers": (warehouse / "answers.html").read_text(encoding="utf-8")}
    assert "The areas are those of England from April 2026 on." in texts["answers"]
    with duckdb.connect(str(warehouse / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "select table_schema || '.' || table_name, column_name from information_schema.columns "
            "where data_type = 'VARCHAR'"
        ).fetchall()
        for table, column in columns:
            values = connection.execute(f"select list(distinct {column}) from {table}").fetchall()
            texts[table] = texts.get(table, "") + str(values)
        comments = "select comment from duckdb_columns() union all select comment from duckdb_tables()"
        texts["comments"] = str(connection.execute(comments).fetchall())
    ended = ended_places()
    assert set(ended.findall(texts.pop("core.dim_location_geography"))) >= {"E54000034", "QNQ", "NHS Frimley ICB"}
    assert {name: found[0] for name, text in texts.items() if (found := ended.search(text))} == {}


# Older tables on the ICBs of today.


def test_an_older_publication_reports_on_the_icbs_of_today(
    publication_of_today_warehouse: Path, publication_warehouse: Path
) -> None:
    to = {row["sub_icb_location_code"]: row["icb_ons_code"] for row in TODAY} | {"D4U1Y": "E54000034"}
    expected = moved(publication_warehouse, to)
    assert len(expected) == 37
    assert totals(publication_of_today_warehouse, "ICB") == expected
    for level in ("England", "NHS region"):
        assert totals(publication_of_today_warehouse, level) == totals(publication_warehouse, level)
    assert rows_of(
        publication_of_today_warehouse,
        "select icb_ons_code, icb_code, icb_name, region_name from core.dim_icb where not is_in_geography order by 1",
    ) == [
        ("E54000034", "QNQ", "NHS Frimley ICB (to March 2026)", "South East"),
        # The publisher's word for appointments in PCNs' own systems without a place.
        ("UNMAPPED", None, "UNMAPPED", "Unknown"),
    ]
    england = "select distinct area_name, icb_count from marts.mart_monthly_demand where area_level = 'England'"
    assert rows_of(publication_of_today_warehouse, england) == [("England", 37)]
    profile = "select distinct geography, published_geography from quality.quality_raw_profile"
    assert rows_of(publication_of_today_warehouse, profile) == [("2026-04", "2022-07")]


def test_tables_without_locations_keep_an_icb_whole_that_went_to_several(
    course_of_today_warehouse: Path, course_warehouse: Path
) -> None:
    """The course tables name ICBs alone: what two of them have cannot be split, so they stay, as Frimley does."""
    kept = {"E54000023", "E54000025", "E54000034"}
    successors: dict[str, set[str]] = {}
    now = {row["sub_icb_location_code"]: row["icb_ons_code"] for row in TODAY}
    for row in BEFORE:
        new = now.get(row["sub_icb_location_code"], row["icb_ons_code"])
        successors.setdefault(row["icb_ons_code"], set()).add(new)
    assert {icb for icb, new in successors.items() if len(new) > 1} | {"E54000034"} == kept
    expected: dict[str, int] = {}
    for icb, count in totals(course_warehouse, "ICB").items():
        to = icb if icb in kept else next(iter(successors[icb]))
        expected[to] = expected.get(to, 0) + count
    assert totals(course_of_today_warehouse, "ICB") == expected
    for level in ("England", "NHS region"):
        assert totals(course_of_today_warehouse, level) == totals(course_warehouse, level)


@pytest.fixture(scope="session")
def older_sample_raw_dir(once: Once) -> Path:
    """The sample of the ICBs of before April 2026: with locations, with coverage of three ICBs of its own."""
    return once("older_sample", lambda folder: generate_sample.write_sample(folder, geography="2022-07"))


@pytest.fixture(scope="session")
def older_sample_of_today_warehouse(once: Once, older_sample_raw_dir: Path) -> Path:
    """That sample, built on the ICBs of April 2026."""
    return build_once(once, "older_sample_of_today", older_sample_raw_dir, "2026-04")


@pytest.fixture(scope="module", params=["relabelled", "older_sample_of_today", "course_of_today"])
def both(request: pytest.FixtureRequest) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, pd.DataFrame]]]:
    """A warehouse on the ICBs of today, opened read-only, and the oracle's tables."""
    name, is_moved = request.param.removesuffix("_of_today"), request.param.endswith("_of_today")
    raw_dir = request.getfixturevalue(f"{name}_raw_dir")
    with duckdb.connect(str(request.getfixturevalue(f"{request.param}_warehouse")), read_only=True) as connection:
        yield connection, compute(raw_dir, PROJECT, geography="2026-04" if is_moved else None)


@pytest.mark.parametrize("table", sorted(KEYS))
def test_every_cell_on_the_icbs_of_today_equals_the_oracle(
    both: tuple[duckdb.DuckDBPyConnection, dict[str, pd.DataFrame]], table: str
) -> None:
    connection, tables = both
    differences = compare_with_warehouse(tables, connection, table)
    assert not differences, "\n" + "\n".join(differences)


def test_a_bi_tool_regroups_a_build_by_either_geography(
    publication_warehouse: Path, publication_of_today_warehouse: Path, relabelled_warehouse: Path
) -> None:
    regrouped = """
        select geographies.icb_ons_code, sum(facts.appointment_count)
        from core.fct_appointments_monthly as facts
        inner join core.dim_location_geography as geographies using (sub_icb_location_code)
        where geographies.geography = '{}' group by all
    """
    now = dict(rows_of(publication_warehouse, regrouped.format("2026-04")))
    expected = totals(publication_of_today_warehouse, "ICB")
    assert expected.pop("E54000034")
    # All that is left of Thames Valley is what was not Frimley's.
    assert now == expected
    then = dict(rows_of(relabelled_warehouse, regrouped.format("2022-07")))
    expected = totals(publication_warehouse, "ICB")
    assert expected.pop("E54000034")
    assert then == expected


# What a build refuses, and what it tells.


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    return Dbt(tmp_path_factory.mktemp("geography"))


THAMES = ("E54000070", "U2G6B", "NHS Thames Valley ICB - U2G6B")


def test_what_cannot_be_reported_is_refused_before_a_fact_is_made(dbt: Dbt, tmp_path: Path) -> None:
    raw_dir = write_raw(tmp_path / "raw", [regional(THAMES)], [duration(THAMES)], [category(THAMES)])
    known = ", ".join(sorted({row["geography"] for row in GEOGRAPHY}))
    for name, selected, word in (
        (
            "2022-07",
            "+fct_appointments_monthly",
            "The variable geography names 2022-07, but the tables were published in geography 2026-04. The tables "
            "do not say where the appointments of the redrawn places (92A, D9Y0V, U2G6B) were counted before.",
        ),
        (
            "2001-04",
            "+geography_fits_the_tables",
            f"The variable geography names 2001-04, but seeds/reference/geography.csv only has {known}.",
        ),
        ("today", "int_geography", "var geography: expected 'published' or a geography of seeds/reference/geography"),
    ):
        code, output = build(dbt, raw_dir, "--vars", f"{{geography: {name}}}", "--select", selected)
        assert code != 0
        assert word in " ".join(output.split()), output
        facts = "select count(*) from information_schema.tables where table_name like 'fct%'"
        assert rows_of(dbt.build_file, facts) == [(0,)]


def test_what_the_tables_say_otherwise_is_counted_as_they_say_and_named(dbt: Dbt, tmp_path: Path) -> None:
    """Of today, with: a location under another ICB, an ICB that ended, an STP, a code that nobody knows, a region."""
    devon_in_dorset = ("E54000041", "15N", "NHS Dorset ICB - 15N")
    devon_under_new = ("E54999999", "15N", "NHS Devon ICB - 15N")
    old_london = ("E54000028", "93C", "NHS North Central London ICB - 93C")
    stp = ("E54000012", "15M", "NHS Derby and Derbyshire ICB - 15M")
    another_stp = ("E54000007", *stp[1:])
    places = [THAMES, DORSET, devon_in_dorset, devon_under_new, old_london, stp]
    located = [
        regional(place, count=str(count)) | {"sub_icb_location_code": place[1]} for count, place in enumerate(places, 1)
    ]
    raw_dir = write_raw(
        tmp_path / "raw",
        located,
        [
            duration(place, count=str(count)) | {"sub_icb_location_ons_code": "", "region_ons_code": region}
            for count, (place, region) in enumerate(zip(places, ["E40000003", *["E40000006"] * 5], strict=True), 1)
        ],
        [
            *(
                category(place, count=str(count)) | {"sub_icb_location_code": place[1]}
                for count, place in enumerate(places[:-1], 1)
            ),
            category(stp, count="4") | {"sub_icb_location_code": stp[1]},
            category(another_stp, count="2", category="Planned Clinics") | {"sub_icb_location_code": stp[1]},
        ],
    )
    code, output = build(dbt, raw_dir)
    assert code == 0, output
    assert dict(
        rows_of(
            dbt.build_file,
            "select icb_ons_code, sum(appointment_count) from core.fct_appointments_monthly group by all",
        )
    ) == {
        "E54000070": 1,
        "E54000041": 2 + 3,
        "E54999999": 4,
        "E54000071": 5,
        "E54000058": 6,
    }
    said = " ".join(output.split())
    for line in (
        "The build reports in geography 2026-04 (36 ICBs). Its tables were published in this geography, as the ICB "
        "codes of appointments_regional show.",
        "appointments_regional has the location 15N in NHS Dorset ICB (E54000041), and 3 appointments are counted "
        "there. geography.csv has it in NHS Devon ICB (E54000037). Correct one of the two.",
        "appointments_regional has the location 15N in E54999999 (E54999999), and 4 appointments are counted there.",
        "appointments_regional has the ICB code E54000028, which geography 2026-04 does not have: 5 appointments are "
        "counted under NHS West and North London ICB (E54000071).",
        "appointments_regional has one STP code, which was used before July 2022. 6 appointments are counted under the "
        "ICBs of the locations.",
        "national_categories has 2 STP codes, which were used before July 2022. 6 appointments are counted under the "
        "ICBs of the locations.",
        "actual_duration has NHS Thames Valley ICB (E54000070) in the region E40000003. It is counted in South East "
        "(E40000005), where geography.csv has it. Correct one of the two.",
        "New ICB code, kept under its own name: E54999999.",
        "No table has the registered patients of NHS Thames Valley ICB - U2G6B.",
    ):
        assert line in said, line
    assert DEVON[0] not in dict(rows_of(dbt.build_file, "select icb_ons_code, 1 from core.fct_appointments_monthly"))


def test_releases_of_two_geographies_are_compared_like_with_like(tmp_path: Path) -> None:
    """06K went whole to another ICB; D9Y0V has its code and another boundary; D4U1Y ended."""
    cells = {
        "2026-03": [
            ("06K", "E38000049", "E54000025", "FEB2026", "Attended", 100),
            ("D9Y0V", "E38000253", "E54000042", "FEB2026", "Attended", 90),
            ("D4U1Y", "E38000252", "E54000034", "FEB2026", "Attended", 40),
        ],
        "2026-05": [
            ("06K", "E38000049", "E54000065", "FEB2026", "Attended", 103),
            ("D9Y0V", "E38009903", "E54000067", "FEB2026", "Attended", 30),
            ("U2G6B", "E38009901", "E54000070", "FEB2026", "Attended", 20),
        ],
    }
    for month, rows in cells.items():
        imported(tmp_path / "p", release(tmp_path / month, NEW, rows), "--release", month)
    dbt = Dbt(tmp_path / "build")
    code, output = build(dbt, tmp_path / "p" / "2026-05")
    assert code == 0, output
    assert rows_of(
        dbt.build_file,
        "select icb_ons_code, first_count, latest_count, change, left_out_icb_count from quality.quality_restatements "
        "where measure = 'appointments'",
    ) == [("E54000065", 100, 103, 3, 2)]
    [(headline,)] = rows_of(
        dbt.build_file,
        "select headline from marts.mart_headline_answers where evidence_mart = 'quality_restatements'",
    )
    assert headline == (
        "Later publications changed 1 of 1 ICB months by more than 1%, most of all NHS Central East ICB in February "
        "2026: 100 appointments as first published, 103 now (3.0%). 2 ICBs are left out, because their boundaries "
        "changed between the publications."
    )
    assert rows_of(dbt.build_file, "select count(*) from core.dim_icb where not is_in_geography") == [(0,)]
