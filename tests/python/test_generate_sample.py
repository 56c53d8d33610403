"""The generator of the synthetic sample: the same bytes for everyone, in each layout, at any size, or a clear error."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb
import generate_sample
import pandas as pd
import pytest
import sample.tables
from conftest import PROJECT, Once
from database import quote

SAMPLE_DIR = PROJECT / "seeds" / "raw"
TABLES = ("actual_duration", "appointments_regional", "national_categories")
OPTIONAL_TABLES = (
    *("appointments_by_role", "practices", "appointments_by_practice", "sub_icb_coverage"),
    *("appointments_by_pcn_system", "registered_patients", "workforce"),
)
FILES = sorted(f"{table}.csv" for table in (*TABLES, *OPTIONAL_TABLES))
COUNT = "count_of_appointments"
DURATION_KEY = ["sub_icb_location_code", "appointment_date", "actual_duration"]

Tables = dict[str, pd.DataFrame]


def run_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = PROJECT / "scripts" / "generate_sample.py"
    return subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)


def read_tables(folder: Path, names: Iterable[str] = TABLES) -> Tables:
    """The files as text, with counts as integers; a count that is no integer fails here."""
    tables = {name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in names}
    return {name: table.astype({COUNT: "int64"}) if COUNT in table else table for name, table in tables.items()}


def sample_dir(once: Once, name: str) -> Path:
    """The committed sample, one of another seed, or one of the ICBs of July 2022 to March 2026."""
    if name == "committed":
        return SAMPLE_DIR
    if name == "other_seed":
        return once("sample_of_seed_7", lambda folder: generate_sample.write_sample(folder, seed=7))
    return once("older_sample", lambda folder: generate_sample.write_sample(folder, geography="2022-07"))


def month_of(dates: pd.Series, date_format: str) -> pd.Series:
    return pd.to_datetime(dates, format=date_format).dt.strftime("%Y-%m")


@pytest.fixture(scope="session")
def publication_dir(once: Once) -> Path:
    """What the command writes when told nothing but where to."""

    def fill(folder: Path) -> None:
        result = run_script("--output", str(folder))
        assert result.returncode == 0, result.stderr

    return once("sample_of_the_command", fill)


@pytest.fixture(scope="session")
def course_dir(once: Once) -> Path:
    return once("sample_in_course_layout", lambda folder: generate_sample.write_sample(folder, layout="course"))


@pytest.fixture(scope="session")
def publication(publication_dir: Path) -> Tables:
    return read_tables(publication_dir, (*TABLES, *OPTIONAL_TABLES))


@pytest.fixture(scope="session")
def course(course_dir: Path) -> Tables:
    return read_tables(course_dir)


# The same for everyone


@pytest.mark.parametrize("name", FILES)
def test_the_committed_sample_is_what_the_script_writes(publication_dir: Path, name: str) -> None:
    committed = SAMPLE_DIR / name
    assert committed.read_bytes() == (publication_dir / name).read_bytes(), (
        f"{committed} differs; run: python scripts/generate_sample.py"
    )


@pytest.mark.parametrize("threads", [1, 4])
def test_bytes_are_the_same_on_any_thread_count_in_any_folder_with_or_without_older_files(
    publication_dir: Path, tmp_path: Path, threads: int
) -> None:
    folder = tmp_path / "a 'folder' [1] *"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text("an older file")
    generate_sample.write_sample(folder, threads=threads)
    assert sorted(path.name for path in folder.iterdir()) == FILES
    for name in FILES:
        assert (folder / name).read_bytes() == (publication_dir / name).read_bytes(), name


# What goes wrong says so


def test_a_missing_input_exits_2_is_named_and_leaves_older_files_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in FILES:
        (tmp_path / name).write_text("an older file")
    monkeypatch.setattr(sample.tables, "CALIBRATION_DIR", tmp_path / "elsewhere")
    assert generate_sample.main(["--output", str(tmp_path)]) == 2
    assert f"{tmp_path / 'elsewhere' / 'regional_icb.csv'}: missing" in capsys.readouterr().err
    assert {path.read_text() for path in tmp_path.iterdir()} == {"an older file"}


def test_unusable_output_exits_2_and_names_it(tmp_path: Path) -> None:
    not_a_folder = tmp_path / "taken"
    not_a_folder.write_text("a file")
    for output in (not_a_folder, not_a_folder / "below"):
        result = run_script("--output", str(output))
        assert result.returncode == 2
        assert str(output) in result.stderr
        assert "Traceback" not in result.stderr
    assert not_a_folder.read_text() == "a file"


@pytest.mark.parametrize(
    "arguments",
    [("--layout", "other"), ("--geography", "2030-01"), ("--seed", "many"), ("--rows", "1"), ("--scale", "0")],
)
def test_unknown_options_exit_2_and_are_named(tmp_path: Path, arguments: tuple[str, str]) -> None:
    result = run_script("--output", str(tmp_path), *arguments)
    assert result.returncode == 2
    assert arguments[0] in result.stderr
    assert not any(tmp_path.iterdir())


def test_scaled_tables_never_take_the_place_of_the_sample(tmp_path: Path) -> None:
    for arguments in (("--scale", "1"), ("--scale", "1", "--layout", "course", "--output", str(tmp_path))):
        result = run_script(*arguments)
        assert result.returncode == 2
        assert "--scale: needs --output DIR" in result.stderr
    assert not any(tmp_path.iterdir())


# The files and their two layouts


@pytest.mark.parametrize("layout", ["publication", "course"])
def test_files_are_small_plain_utf8_text_whose_every_row_says_that_it_is_synthetic(
    request: pytest.FixtureRequest, layout: str
) -> None:
    contents = [(request.getfixturevalue(f"{layout}_dir") / name).read_bytes() for name in FILES]
    assert sum(map(len, contents)) <= 14_500_000
    for content in contents:
        assert b"\r" not in content
        assert not content.startswith(b"\xef\xbb\xbf")
        assert content.endswith(b"\n")
        header, *rows = content.decode("utf-8").splitlines()
        assert header.endswith(",is_synthetic")
        assert all(row.endswith(",true") for row in rows)


COLUMNS = {
    "actual_duration": "sub_icb_location_code sub_icb_location_ons_code sub_icb_location_name icb_ons_code"
    " region_ons_code appointment_date actual_duration count_of_appointments",
    "appointments_regional": "sub_icb_location_code icb_ons_code appointment_month appointment_status hcp_type"
    " appointment_mode time_between_book_and_appointment count_of_appointments",
    "national_categories": "sub_icb_location_code appointment_date icb_ons_code sub_icb_location_name service_setting"
    " context_type national_category count_of_appointments appointment_month",
    "appointments_by_role": "sub_icb_location_code icb_ons_code appointment_date sds_role_group count_of_appointments",
    "practices": "practice_code practice_name supplier pcn_code pcn_name sub_icb_location_code icb_code region_code",
    "appointments_by_practice": "appointment_month practice_code sub_icb_location_code hcp_type appointment_mode"
    " national_category time_between_book_and_appointment appointment_status count_of_appointments",
    "sub_icb_coverage": "sub_icb_location_code sub_icb_location_ons_code icb_ons_code appointment_month"
    " included_practices open_practices included_practice_patients open_practice_patients",
    "appointments_by_pcn_system": "sub_icb_location_code icb_ons_code appointment_month appointment_status hcp_type"
    " appointment_mode time_between_book_and_appointment count_of_appointments",
    "registered_patients": "extract_date org_type org_code sex age_group_5 number_of_patients",
    "workforce": "source snapshot_month pcn_code sub_icb_location_code staff_group staff_role fte",
}


def test_columns_are_those_of_the_raw_tables(publication: Tables, course: Tables) -> None:
    assert set(publication) == set(COLUMNS)
    for name, columns in COLUMNS.items():
        assert list(publication[name]) == [*columns.split(), "is_synthetic"], name
    for name in TABLES:
        columns = COLUMNS[name]
        known = columns if name == "actual_duration" else columns.removeprefix("sub_icb_location_code ")
        assert list(course[name]) == [*known.split(), "is_synthetic"], name


@pytest.mark.parametrize(
    ("layout", "table", "field", "pattern"),
    [
        ("publication", "actual_duration", "appointment_date", r"\d\d[A-Z]{3}202[12]"),
        ("publication", "appointments_regional", "appointment_month", r"[A-Z]{3}202[0-2]"),
        ("publication", "national_categories", "appointment_date", r"\d\d[A-Z]{3}202[12]"),
        ("publication", "national_categories", "appointment_month", r"[A-Z]{3}202[12]"),
        ("publication", "appointments_by_role", "appointment_date", r"\d\d[A-Z]{3}2022"),
        ("publication", "appointments_by_practice", "appointment_month", r"01[A-Z]{3}2022"),
        ("publication", "sub_icb_coverage", "appointment_month", r"01[A-Z]{3}2022"),
        ("publication", "appointments_by_pcn_system", "appointment_month", r"01[A-Z]{3}2022"),
        ("publication", "registered_patients", "extract_date", "01JUN2022"),
        ("publication", "workforce", "snapshot_month", "2022-06"),
        ("course", "actual_duration", "appointment_date", r"\d\d-[A-Z][a-z][a-z]-2[12]"),
        ("course", "appointments_regional", "appointment_month", r"202[0-2]-\d\d"),
        ("course", "national_categories", "appointment_date", r"202[12]-\d\d-\d\d"),
        ("course", "national_categories", "appointment_month", r"202[12]-\d\d"),
    ],
)
def test_dates_are_written_as_in_the_files_of_the_layout(
    request: pytest.FixtureRequest, layout: str, table: str, field: str, pattern: str
) -> None:
    assert request.getfixturevalue(layout)[table][field].str.fullmatch(pattern).all()


def test_course_layout_holds_the_same_appointments_without_the_location(publication: Tables, course: Tables) -> None:
    regional = publication["appointments_regional"].drop(columns="sub_icb_location_code")
    regional["appointment_month"] = month_of(regional["appointment_month"], "%b%Y")
    columns = regional.columns.tolist()
    pd.testing.assert_frame_equal(
        course["appointments_regional"].sort_values(columns, ignore_index=True),
        regional.sort_values(columns, ignore_index=True),
    )
    # Which leaves rows that share a key, and some that are alike throughout; both are real rows.
    assert regional.duplicated(regional.columns.difference([COUNT])).sum() > 1000
    assert regional.duplicated().sum() > 0

    durations = publication["actual_duration"].copy()
    dates = pd.to_datetime(durations["appointment_date"], format="%d%b%Y")
    durations["appointment_date"] = dates.dt.strftime("%d-%b-%y")
    pd.testing.assert_frame_equal(course["actual_duration"], durations)

    categories = publication["national_categories"].copy()
    tails = categories.pop("sub_icb_location_code")
    dates = pd.to_datetime(categories["appointment_date"], format="%d%b%Y")
    categories["appointment_date"] = dates.dt.strftime("%Y-%m-%d")
    categories["appointment_month"] = dates.dt.strftime("%Y-%m")
    pd.testing.assert_frame_equal(course["national_categories"], categories)
    assert (categories["sub_icb_location_name"].str.rsplit(" - ", n=1).str[1] == tails).all()


@pytest.mark.parametrize("table", OPTIONAL_TABLES)
def test_tables_that_are_no_part_of_the_course_are_the_same_in_its_layout(
    publication_dir: Path, course_dir: Path, table: str
) -> None:
    assert (course_dir / f"{table}.csv").read_bytes() == (publication_dir / f"{table}.csv").read_bytes()


# Many times the rows


@pytest.fixture(scope="module")
def scaled_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scaled")


@pytest.fixture(scope="module")
def scaled(scaled_dir: Path) -> Tables:
    folder = scaled_dir
    (folder / "actual_duration.parquet").mkdir()
    (folder / "actual_duration.parquet" / "part-old.parquet").write_text("from a run before")
    result = run_script("--scale", "1", "--output", str(folder))
    assert result.returncode == 0, result.stderr
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    for name, table in tables.items():
        assert f"{name}.parquet: {len(table):,} rows, {table[COUNT].sum():,} synthetic appointments" in result.stdout
    return tables


def test_scale_1_has_the_rows_of_the_real_tables_of_mid_2022(scaled: Tables) -> None:
    """1,511,748 (137,793 + 596,821 + 777,134), and less than one copy of the sampled locations more."""
    rows = sum(len(table) for table in scaled.values())
    places = scaled["actual_duration"]["sub_icb_location_code"].nunique()
    assert 1_511_748 <= rows < 1_511_748 * (1 + 37 / (places - 37))


def test_a_scaled_place_has_about_as_many_rows_as_a_real_one(scaled: Tables) -> None:
    """Of the tables of mid-2022, 106 locations have 30 months in one and 334 days in the other."""
    places = scaled["actual_duration"]["sub_icb_location_code"].nunique()
    assert len(scaled["appointments_regional"]) / places == pytest.approx(596_821 / 106, rel=0.05)
    assert len(scaled["national_categories"]) / places == pytest.approx(777_134 / 106, rel=0.3)


def test_scaled_tables_fit_together_in_every_place_and_month(scaled: Tables) -> None:
    durations, regional, categories = (scaled[name] for name in TABLES)

    def totals(table: pd.DataFrame) -> pd.Series:
        month = table["appointment_month"] if "appointment_month" in table else table["appointment_date"].str[2:]
        return table.groupby([table["sub_icb_location_code"], month.rename("month")])[COUNT].sum()

    attended = totals(regional[regional["appointment_status"] == "Attended"])
    everything = totals(regional)
    assert totals(durations).equals(attended.loc[totals(durations).index])
    assert totals(categories).equals(everything.loc[totals(categories).index])


def test_every_scaled_place_is_another_place_with_the_sampled_ones_among_them(scaled: Tables) -> None:
    table = scaled["actual_duration"]
    assert not table.duplicated(DURATION_KEY).any()
    places = set(table["sub_icb_location_code"])
    sampled = set(pd.read_csv(SAMPLE_DIR / "actual_duration.csv")["sub_icb_location_code"])
    assert sampled < places
    assert {place.split(" ")[0] for place in places} == sampled
    assert all(set(other["sub_icb_location_code"]) == places for other in scaled.values())


def test_scaled_tables_are_those_that_no_folder_may_lack_and_those_of_practices(
    scaled: Tables, scaled_dir: Path
) -> None:
    names = (*TABLES, "practices", "appointments_by_practice", "sub_icb_coverage")
    assert sorted(path.name for path in scaled_dir.iterdir()) == sorted(f"{name}.parquet" for name in names)


def test_scale_1_has_the_rows_by_practice_of_three_months_of_england(scaled: Tables, scaled_dir: Path) -> None:
    """2,101 practices have 392,709 rows in October 2025, and England has 6,157 practices. None is in two places."""

    def table(name: str) -> str:
        return f"read_parquet({quote(scaled_dir / f'{name}.parquet' / '*.parquet')})"

    [(rows, practices, places, months)] = duckdb.execute(
        "select count(*), count(distinct practice_code), count(distinct (practice_code, sub_icb_location_code)), "
        f"count(distinct appointment_month) from {table('appointments_by_practice')}"
    ).fetchall()
    assert rows == pytest.approx(3 * 392_709 * 6_157 / 2_101, rel=0.1)
    assert months == 3 and practices == places
    listed = duckdb.execute(
        "select count(distinct practice_code), count(*) filter (pcn_code = 'U'), count(distinct pcn_code) "
        f"from {table('practices')}"
    ).fetchall()
    copies = scaled["actual_duration"]["sub_icb_location_code"].nunique() // 37
    assert listed == [(practices, copies, copies * 37 * 12 + 1)]
    [(differing,)] = duckdb.execute(
        f"""
        with by_practice as (
            select
                sub_icb_location_code, right(appointment_month, 7) as month, sum(count_of_appointments) as appointments
            from {table("appointments_by_practice")} group by all
        )
        select count(*) from by_practice anti join (
            select sub_icb_location_code, appointment_month as month, sum(count_of_appointments) as appointments
            from {table("appointments_regional")} group by all
        ) as regional using (sub_icb_location_code, month, appointments)
        """
    ).fetchall()
    assert differing == 0
