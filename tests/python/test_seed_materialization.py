"""The seed materialization on files as they come, in a project that has nothing but seeds."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from building.workbooks import convert_workbooks
from conftest import PROJECT, Dbt, DbtOnSpark, fingerprint
from database import quote
from dbt_process import Spark
from workbook_files import write_workbook

PROJECT_YML = """
name: seeds_only
version: "1.0.0"
profile: nhs_gp_appointments_warehouse
macro-paths: ["macros", "{macros}"]
on-run-start: "{{{{ limit_file_access() }}}}"
flags: {{send_anonymous_usage_stats: false}}
"""

# A seed of three columns: text, a number and one that a file may lack.
SEED_YML = """
  - name: {name}
    config: {{meta: {{raw_table: {raw}, optional: {optional}{meta}}}}}
    columns:
      - {{name: code, data_type: string{tests}}}
      - {{name: amount, data_type: {amount}}}
      - {{name: place, data_type: string, config: {{meta: {{optional: true}}}}}}
      - {{name: source_file, data_type: string}}
"""


class Seeds:
    """A dbt project whose seeds are the given files; `raw` ones are read from NHS_RAW_DIR. On DuckDB, or on Spark."""

    def __init__(self, folder: Path, spark: Spark | None = None) -> None:
        self.folder = folder
        self.engine = "spark" if spark else "duckdb"
        self.seeds = folder / "project" / "seeds"
        self.raw_dir = folder / "raw's [2022]"
        self.seeds.mkdir(parents=True)
        self.raw_dir.mkdir()
        (folder / "project" / "dbt_project.yml").write_text(PROJECT_YML.format(macros=PROJECT / "macros" / "engine"))
        self.entries = ""
        # What a build makes of the raw tables that are workbooks before it runs dbt.
        self.workbooks: dict[str, dict[str, str]] = {}
        build, project = folder / "build", folder / "project"
        self.dbt = DbtOnSpark(spark, build, project) if spark else Dbt(build, project)
        self.schema = self.dbt.schema if isinstance(self.dbt, DbtOnSpark) else "main"

    def add(
        self,
        name: str,
        content: bytes,
        raw: bool = False,
        amount: str = "string",
        tests: str = "",
        optional: bool = False,
        meta: str = "",
    ) -> None:
        """Add a seed with this file content; a raw one's file in the project is only a header. `meta` is more of it."""
        file = self.seeds / f"{name}.csv"
        file.write_bytes(b"code,amount\n" if raw else content)
        if raw:
            (self.raw_dir / f"{name}.csv").write_bytes(content)
        given = {"raw": str(raw).lower(), "optional": str(optional).lower()}
        self.entries += SEED_YML.format(name=name, amount=amount, tests=tests, meta=meta, **given)
        (self.seeds / "seeds.yml").write_text("version: 2\nseeds:" + self.entries)

    def add_release(self, month: str, **tables: str) -> None:
        """Put a release into the raw folder, with the rows of each table as SQL values of code, amount and place."""
        folder = self.raw_dir / month
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"tables": dict.fromkeys(tables)}))
        for name, rows in tables.items():
            duckdb.execute(
                f"copy (select * from (values {rows}) as t (code, amount, place)) "
                f"to {quote(folder / f'{name}.parquet')} (format parquet)"
            )

    def seed(self, *arguments: str, raw: bool = False, spelling: str = "{}", command: str = "seed") -> tuple[int, str]:
        """Run dbt seed (or another command); return its exit code and what it printed.

        With `raw`, NHS_RAW_DIR names the raw folder, in the way of `spelling`.
        """
        named = {"NHS_RAW_DIR": spelling.format(self.raw_dir), "HOME": str(self.folder)} if raw else {}
        run = self.dbt(command, *arguments, **named, NHS_WORKBOOKS=json.dumps(self.workbooks))
        return run.returncode, run.stdout

    def rows(self, name: str, columns: str = "code, amount, place") -> list[tuple[Any, ...]]:
        """The rows of a loaded seed, in file order, without the source file."""
        if isinstance(self.dbt, DbtOnSpark):
            return duckdb.execute(f"select {columns} from {self.dbt.spark_table('', name)}").fetchall()
        with duckdb.connect(str(self.dbt.build_file), read_only=True) as connection:
            return connection.execute(f'select {columns} from main."{name}"').fetchall()


@pytest.fixture
def seeds(request: pytest.FixtureRequest, tmp_path: Path) -> Seeds:
    """Seeds on DuckDB, or on the engines that a test's mark names."""
    return Seeds(tmp_path, request.getfixturevalue("spark") if getattr(request, "param", "") == "spark" else None)


on_spark = pytest.mark.parametrize("seeds", ["spark"], indirect=True)
on_both_engines = pytest.mark.parametrize("seeds", ["duckdb", "spark"], indirect=True)


@on_both_engines
def test_files_load_as_spreadsheets_and_publishers_write_them(seeds: Seeds) -> None:
    seeds.add("plain", b"code,amount,place\n00L,1,Devon\n01E,2,\n")
    seeds.add("bom", b"\xef\xbb\xbfcode,amount\n00L,1\n")
    seeds.add("crlf", b"code,amount,place\r\n00L,1,Devon\r\n01E,2,Kent\r\n")
    seeds.add("bom_and_crlf", b"\xef\xbb\xbfcode,amount\r\n00L,1\r\n")
    seeds.add("quoted", b'"code","amount","place"\n"00L","1","Bath, ""Bristol"" and Devon"\n')
    seeds.add("no_last_line_end", b"code,amount\n00L,1")
    seeds.add("other_order", b"amount,code\n1,00L\n")
    seeds.add("other_case", b"CODE,Amount,PLACE\n00L,1,Devon\n")
    seeds.add("more_columns", b"code,note,amount\n00L,new,1\n")
    # As pandas writes its index, without a name and with one; and as Excel writes empty columns.
    seeds.add("index_column", b",amount,code\n0,1,00L\n")
    seeds.add("named_index", b"Unnamed: 0,code,amount\n0,00L,1\n")
    seeds.add("empty_columns", b"code,,amount,,\n00L,,1,,\n")
    seeds.add("header_only", b"code,amount\n")
    seeds.add("typed", b"code,amount\n00L,0012\n01E,\n", amount="bigint")
    nasty = "'); drop table main.plain; --\\' {{ x }}"
    seeds.add("a_cell_is_never_sql", f'code,amount,"{nasty}"\n"{nasty}",1,2\n'.encode())
    code, output = seeds.seed()
    assert code == 0, output
    assert seeds.rows("plain") == [("00L", "1", "Devon"), ("01E", "2", None)]
    assert seeds.rows("crlf") == [("00L", "1", "Devon"), ("01E", "2", "Kent")]
    assert seeds.rows("quoted") == [("00L", "1", 'Bath, "Bristol" and Devon')]
    assert seeds.rows("other_case") == [("00L", "1", "Devon")]
    assert seeds.rows("header_only") == []
    assert seeds.rows("typed") == [("00L", 12, None), ("01E", None, None)]
    assert seeds.rows("a_cell_is_never_sql") == [(nasty, "1", None)]
    extra = ("more_columns", "index_column", "named_index", "empty_columns")
    for name in ("bom", "bom_and_crlf", "no_last_line_end", "other_order", *extra):
        assert seeds.rows(name) == [("00L", "1", None)], name


@on_both_engines
def test_raw_tables_load_from_the_raw_folder_in_every_format(seeds: Seeds) -> None:
    content = b"code,amount,place\n00L,1,Devon\n01E,2,\n"
    for name in ("as_csv", "as_gzip", "as_parquet", "as_parts", "as_workbook", "as_pandas_writes"):
        seeds.add(name, content, raw=True)
    (seeds.raw_dir / "as_gzip.csv").unlink()
    (seeds.raw_dir / "as_gzip.csv.gz").write_bytes(gzip.compress(content))
    (seeds.raw_dir / "as_parquet.csv").unlink()
    typed = duckdb.sql(
        "select * from (values (2::bigint, '00L', date '2021-12-01'), (3, '01E', null)) as t (\"AMOUNT\", code, place)"
    )
    assert typed is not None
    typed.write_parquet(str(seeds.raw_dir / "as_parquet.parquet"))
    # In parts, in a folder, as engines with many workers write a table.
    (seeds.raw_dir / "as_parts.csv").unlink()
    (seeds.raw_dir / "as_parts.parquet").mkdir()
    for part in (0, 1):
        typed.limit(1, offset=part).write_parquet(str(seeds.raw_dir / "as_parts.parquet" / f"part-{part}.parquet"))
    # With an index that has no name, and one that pandas names.
    (seeds.raw_dir / "as_pandas_writes.csv").unlink()
    frame = pd.DataFrame({"": [0, 1], "code": ["00L", "01E"], "amount": [1, 2], "place": ["Devon", None]}, index=[5, 3])
    frame["day"] = pd.Series(["2021-12-01", None], index=frame.index, dtype="datetime64[ns]")
    frame.to_parquet(seeds.raw_dir / "as_pandas_writes.parquet")
    assert "__index_level_0__" in pq.read_schema(seeds.raw_dir / "as_pandas_writes.parquet").names
    (seeds.raw_dir / "as_workbook.csv").unlink()
    table = [("A title",), ("code", None, "PLACE", "amount"), ("00L", 0, "Devon", 1), ("01E", 1, None, 2.0)]
    write_workbook(seeds.raw_dir / "as_workbook.xlsx", table)
    seeds.workbooks = convert_workbooks(seeds.raw_dir, seeds.seeds, seeds.folder / "workbooks")
    before = fingerprint(seeds.raw_dir)
    code, output = seeds.seed(raw=True)
    assert code == 0, output
    assert fingerprint(seeds.raw_dir) == before
    assert seeds.rows("as_csv") == seeds.rows("as_gzip") == [("00L", "1", "Devon"), ("01E", "2", None)]
    assert seeds.rows("as_workbook") == seeds.rows("as_pandas_writes") == seeds.rows("as_csv")
    assert f"Loaded 2 rows into {seeds.schema}.as_workbook from {seeds.raw_dir}/as_workbook.xlsx" in output
    assert seeds.rows("as_workbook", "distinct source_file") == [(f"{seeds.raw_dir}/as_workbook.xlsx",)]
    assert (
        seeds.rows("as_parquet") == sorted(seeds.rows("as_parts")) == [("00L", "2", "2021-12-01"), ("01E", "3", None)]
    )
    assert f"Loaded 2 rows into {seeds.schema}.as_gzip from {seeds.raw_dir}/as_gzip.csv.gz" in output
    assert seeds.rows("as_csv", "distinct source_file") == [(f"{seeds.raw_dir}/as_csv.csv",)]


@on_both_engines
def test_each_month_is_loaded_from_the_newest_release_that_has_it(seeds: Seeds) -> None:
    """In whatever form a release writes it; a row whose month cannot be read is of no month, so none goes before it."""
    seeds.entries += """
  - name: places
    config: {meta: {of_releases: true}}
    columns: [{name: raw_table}, {name: release_month, data_type: date}, {name: data_month, data_type: date},
      {name: sub_icb_location_code}, {name: source_file}]
"""
    for name, meta in (
        ("by_month", ", month: code"),
        ("by_day", ", month: code"),
        ("without_months", ""),
        ("in_no_release", ""),
    ):
        seeds.add(name, b"", raw=True, meta=meta, optional=name == "in_no_release")
        (seeds.raw_dir / f"{name}.csv").unlink()
    (seeds.seeds / "places.csv").write_text("raw_table,release_month,data_month,sub_icb_location_code\n")
    seeds.add_release(
        "2021-11",
        by_month="('OCT2021', '1', 'oldest'), ('NOV2021', '2', 'oldest'), (null, '3', 'oldest'), "
        "('it''s \\ ', '4', 'oldest')",
        by_day="('31-Oct-21', '1', 'oldest'), ('01-Nov-21', '2', 'oldest')",
        without_months="('x', '1', 'oldest')",
    )
    seeds.add_release(
        "2021-12", by_month="('2021-11', '5', 'middle'), (' DEC2021', '6', 'middle'), ('x', '7', 'middle')"
    )
    seeds.add_release("2022-01", by_month="('01DEC2021', '8', 'newest')", by_day="('2021-11-30', '3', 'newest')")
    seeds.add_release("2022-02", without_months="('x', '2', 'newest')")
    # Set aside, unfinished, or of the day: no release.
    for name in ("2022-03", "2022-02-old", "2022-13"):
        (seeds.raw_dir / name).mkdir()
        (seeds.raw_dir / name / "by_month.parquet").touch()
    (seeds.raw_dir / "2022-13" / "manifest.json").touch()

    code, output = seeds.seed(raw=True)
    assert code == 0, output
    by_month = [
        (None, "3", "oldest"),
        ("OCT2021", "1", "oldest"),
        ("it's \\ ", "4", "oldest"),
        ("2021-11", "5", "middle"),
        ("x", "7", "middle"),
        ("01DEC2021", "8", "newest"),
    ]
    assert sorted(seeds.rows("by_month"), key=lambda row: row[1]) == sorted(by_month, key=lambda row: row[1] or "")
    assert sorted(seeds.rows("by_day")) == [("2021-11-30", "3", "newest"), ("31-Oct-21", "1", "oldest")]
    assert seeds.rows("without_months") == [("x", "2", "newest")]
    assert seeds.rows("in_no_release") == []
    assert sorted(seeds.rows("by_day", "source_file, code")) == [
        (f"{seeds.raw_dir}/2021-11/by_day.parquet", "31-Oct-21"),
        (f"{seeds.raw_dir}/2022-01/by_day.parquet", "2021-11-30"),
    ]
    assert f"Loaded 6 rows into {seeds.schema}.by_month from 3 releases, 2021-11 to 2022-01" in output
    held = seeds.rows("places", "raw_table, cast(release_month as varchar), cast(data_month as varchar)")
    assert sorted(row for row in held if row[0] == "by_day") == [
        ("by_day", "2021-11-01", "2021-10-01"),
        ("by_day", "2021-11-01", "2021-11-01"),
        ("by_day", "2022-01-01", "2021-11-01"),
    ], "also what is loaded from a newer release"

    run = seeds.dbt("seed", NHS_RAW_DIR=str(seeds.raw_dir), NHS_AS_OF="2021-12")
    assert run.returncode == 0, run.stdout
    assert sorted(amount for _, amount, _ in seeds.rows("by_month")) == ["1", "3", "4", "5", "6", "7"]
    assert seeds.rows("without_months") == [("x", "1", "oldest")]

    # A file that is not there, though its release had it, is not a table that the release lacks.
    (seeds.raw_dir / "2021-12" / "by_month.parquet").unlink()
    code, output = seeds.seed(raw=True)
    assert code != 0
    assert "A release lacks a file of raw table 'by_month' that its manifest.json names." in output
    assert f"expected: {seeds.raw_dir}/2021-12/by_month.parquet" in output
    assert seeds.rows("without_months") == [("x", "1", "oldest")], "no raw table was replaced"
    if seeds.engine == "duckdb":
        (seeds.raw_dir / "2022-02" / "without_months.csv").touch()
        code, output = seeds.seed(raw=True)
        assert code != 0
        assert f"found: {seeds.raw_dir}/2022-02/without_months.csv" in output


@pytest.mark.parametrize("spelling", ["{}/", "{}//", "{}/../raw's [2022]", "~/raw's [2022]"])
def test_the_raw_folder_may_be_spelt_as_shells_and_people_do(seeds: Seeds, spelling: str) -> None:
    """On Spark, which takes long to start, other tests spell it so in passing."""
    seeds.add("table_a", b"code,amount\n00L,1\n", raw=True)
    code, output = seeds.seed(raw=True, spelling=spelling)
    assert code == 0, output
    assert seeds.rows("table_a") == [("00L", "1", None)]


def test_a_copy_of_the_seeds_folder_serves_an_engine_that_cannot_see_the_project(seeds: Seeds) -> None:
    seeds.add("table_a", b"code,amount\n00L,1\n")
    copy = seeds.folder / "copy"
    (copy / "seeds").mkdir(parents=True)
    (copy / "seeds" / "table_a.csv").write_bytes(b"code,amount\n01E,2\n")
    run = seeds.dbt("seed", NHS_SEED_ROOT=str(copy))
    assert run.returncode == 0, run.stdout
    assert seeds.rows("table_a") == [("01E", "2", None)]


def test_without_the_raw_folder_the_projects_own_file_is_read(seeds: Seeds) -> None:
    seeds.add("table_a", b"code,amount\n00L,1\n", raw=True)
    code, output = seeds.seed()
    assert code == 0, output
    assert seeds.rows("table_a") == []
    assert "Loaded 0 rows into main.table_a from seeds/table_a.csv" in output


@on_both_engines
def test_an_optional_table_that_the_raw_folder_lacks_has_no_rows_whatever_the_projects_own_file_holds(
    seeds: Seeds,
) -> None:
    """Rows of the project's sample among tables of one's own would be counted with them."""
    seeds.add("needed", b"code,amount\n00L,1\n", raw=True)
    for name in ("lacking", "present"):
        seeds.add(name, b"code,amount,place\n01E,2,Kent\n", raw=True, optional=True)
        (seeds.seeds / f"{name}.csv").write_bytes(b"code,amount,place\nSAMPLE,3,Devon\n")
    (seeds.raw_dir / "lacking.csv").unlink()
    code, output = seeds.seed(raw=True)
    assert code == 0, output
    assert seeds.rows("lacking") == []
    assert seeds.rows("present") == [("01E", "2", "Kent")]
    assert f"rows into {seeds.schema}.lacking" not in output
    if seeds.engine == "duckdb":
        code, output = seeds.seed()
        assert code == 0, output
        assert seeds.rows("lacking") == [("SAMPLE", "3", "Devon")]


def test_unusable_raw_files_are_all_named_before_anything_is_replaced(seeds: Seeds) -> None:
    sound = b"code,amount\n00L,1\n"
    for name in (
        "sound",
        "missing",
        "twice",
        "short_header",
        "same_column_twice",
        "semicolons",
        "empty",
        "workbook_alone",
        "workbook_cut_short",
        "workbook_without_header",
        "workbook_beside_csv",
    ):
        seeds.add(name, sound, raw=True)
    assert seeds.seed(raw=True)[0] == 0
    (seeds.raw_dir / "sound.csv").write_bytes(b"code,amount\n99Z,9\n")
    (seeds.raw_dir / "missing.csv").unlink()
    (seeds.raw_dir / "twice.parquet").touch()
    (seeds.raw_dir / "short_header.csv").write_bytes(b"code,quan\x1btity\n00L,1\n")
    (seeds.raw_dir / "same_column_twice.csv").write_bytes(b"code,amount,Code\n00L,1,00L\n")
    (seeds.raw_dir / "semicolons.csv").write_bytes(b"code;amount\n00L;1\n")
    (seeds.raw_dir / "empty.csv").write_bytes(b"")
    for name in ("alone", "cut_short", "without_header"):
        (seeds.raw_dir / f"workbook_{name}.csv").unlink()
    cut_short = write_workbook(seeds.raw_dir / "workbook_cut_short.xlsx", [("code", "amount")])
    cut_short.write_bytes(cut_short.read_bytes()[:100])
    write_workbook(seeds.raw_dir / "workbook_without_header.xlsx", [("Code", "quantity"), ("00L", 1)])
    write_workbook(seeds.raw_dir / "workbook_beside_csv.xlsx", [("code", "amount")])
    seeds.workbooks = convert_workbooks(seeds.raw_dir, seeds.seeds, seeds.folder / "workbooks")
    # One that came after the build had looked, or where dbt runs without the build.
    write_workbook(seeds.raw_dir / "workbook_alone.xlsx", [("code", "amount")])
    code, output = seeds.seed(raw=True)
    assert code != 0
    folder = seeds.raw_dir
    for part in (
        "NHS_RAW_DIR holds no raw table 'missing'",
        f"expected: one of missing.csv, missing.csv.gz, missing.parquet, missing.xlsx in {folder}",
        "NHS_RAW_DIR holds raw table 'twice' more than once",
        f"{folder}/short_header.csv: column 'amount' is missing.",
        "expected in the header: code, amount",
        "found in the header: code, quan?tity",
        f"{folder}/same_column_twice.csv: column 'code' appears more than once.",
        f"{folder}/semicolons.csv: the columns are separated by semicolons or tabs.",
        "found in the header: code;amount",
        f"{folder}/empty.csv: column 'code' is missing",
        "found in the header: nothing",
        f"{folder}/workbook_alone.xlsx: dbt does not read Excel workbooks.",
        f"make build RAW={folder}",
        f"{folder}/workbook_cut_short.xlsx: this is not a whole Excel workbook.",
        f"{folder}/workbook_without_header.xlsx: column 'amount' is missing.",
        "found in the header: code, quantity",
        "Rename or add the column in the header of the first sheet, which must be within its first ten rows;",
        f"found: {folder}/workbook_beside_csv.csv, {folder}/workbook_beside_csv.xlsx",
        "sound, but cannot be loaded without empty, missing, same_column_twice, semicolons, short_header, twice, "
        "workbook_alone, workbook_beside_csv, workbook_cut_short, workbook_without_header.",
    ):
        assert part in output, part + "\n\n" + output
    assert seeds.rows("sound") == [("00L", "1", None)]


@on_spark
def test_unusable_raw_files_are_named_by_spark_too(seeds: Seeds) -> None:
    """What is checked is shared by the engines; how a folder is listed and a header read is not."""
    sound = b"code,amount\n00L,1\n"
    for name in ("sound", "missing", "twice", "short_header"):
        seeds.add(name, sound, raw=True)
    code, output = seeds.seed(raw=True, spelling="~/raw's [2022]")
    assert code == 0, output
    (seeds.raw_dir / "sound.csv").write_bytes(b"code,amount\n99Z,9\n")
    (seeds.raw_dir / "missing.csv").unlink()
    (seeds.raw_dir / "twice.parquet").write_bytes(b"PAR1")
    (seeds.raw_dir / "short_header.csv").write_bytes(b"code,quantity\n00L,1\n")
    code, output = seeds.seed(raw=True)
    assert code != 0
    for part in (
        "NHS_RAW_DIR holds no raw table 'missing'",
        "found: short_header.csv, sound.csv, twice.csv, twice.parquet",
        "NHS_RAW_DIR holds raw table 'twice' more than once",
        f"{seeds.raw_dir}/short_header.csv: column 'amount' is missing.",
        "found in the header: code, quantity",
        "sound, but cannot be loaded without missing, short_header, twice.",
    ):
        assert part in output, part + "\n\n" + output
    assert seeds.rows("sound") == [("00L", "1", None)]


@on_both_engines
def test_a_raw_folder_that_is_not_there_is_named(seeds: Seeds) -> None:
    seeds.add("table_a", b"code,amount\n00L,1\n", raw=True)
    run = seeds.dbt("seed", NHS_RAW_DIR=str(seeds.folder / "nowhere"))
    assert run.returncode != 0
    assert f"{seeds.folder}/nowhere" in run.stdout
    assert "no such folder, or nothing in it" in run.stdout


@on_both_engines
def test_broken_lines_are_named_and_the_old_tables_stay(seeds: Seeds) -> None:
    broken = {
        "too_many_cells": b"code,amount\n00L,1\n01E,2,3,4\n",
        "too_few_cells": b"code,amount,place\n00L,1,Devon\n01E\n",
        "latin_1": b"code,amount\n00L,1\nCaf\xe9,2\n",
        "open_quote": b'code,amount\n00L,1\n"01E,2\n',
    }
    if seeds.engine == "spark":
        # It reads a file line by line, many lines at a time: there such a cell is a broken line, never two rows.
        broken["line_break"] = b'code,amount\n00L,1\n"two\nlines",2\n'
    for name in broken:
        seeds.add(name, b"code,amount\n00L,1\n", raw=True)
    code, output = seeds.seed(raw=True, spelling="file://{}/" if seeds.engine == "spark" else "{}")
    assert code == 0, output
    for name in broken:
        (seeds.raw_dir / f"{name}.csv").write_bytes(broken[name])
    code, output = seeds.seed(raw=True)
    assert code != 0
    for name in broken:
        error = output.split(f"Failure in seed {name} ")[1].split("Failure in seed ")[0]
        assert f"2022]/{name}.csv" in error
        # DuckDB shows a byte that is not UTF-8 as two question marks.
        line = broken[name].decode("utf-8", "replace").splitlines()[2].lstrip('"')
        line = line.replace("\ufffd,", "??") if seeds.engine == "duckdb" else line
        assert "a line cannot be read" in error, error
        assert line in error, error
        assert seeds.engine == "spark" or "line 3: " in error
        assert name != "line_break" or "without line breaks in a cell" in error
        assert seeds.rows(name) == [("00L", "1", None)]


def test_a_line_break_in_a_cell_is_kept(seeds: Seeds) -> None:
    """Spark refuses it, as a broken line."""
    seeds.add("table_a", b'code,amount,place\n00L,1,"two\nlines"\n')
    code, output = seeds.seed()
    assert code == 0, output
    assert seeds.rows("table_a") == [("00L", "1", "two\nlines")]


def test_seeds_behave_as_dbt_users_expect(seeds: Seeds) -> None:
    seeds.add("table_a", b"code,amount\n00L,1\n01E,2\n", tests=", data_tests: [unique, not_null]")
    code, output = seeds.seed()
    assert code == 0, output
    assert "OK loaded seed file main.table_a" in output
    assert "INSERT 2" in output
    code, output = seeds.seed("--full-refresh")
    assert code == 0, output
    assert seeds.rows("table_a") == [("00L", "1", None), ("01E", "2", None)], "not loaded twice"
    code, output = seeds.seed(command="build")
    assert code == 0, output
    assert "PASS unique_table_a_code" in output
    code, output = seeds.seed("generate", command="docs")
    assert code == 0, output
    catalog = (seeds.dbt.folder / "target" / "catalog.json").read_text(encoding="utf-8")
    assert '"code": {"type": "VARCHAR", "index": 1' in catalog
    with duckdb.connect(str(seeds.dbt.build_file)) as connection:
        connection.execute("drop table main.table_a; create view main.table_a as select 1 as code")
    code, output = seeds.seed()
    assert code != 0
    assert "it is a view" in output


def test_a_run_on_duckdb_reaches_the_folders_of_the_seeds_and_nothing_else(tmp_path: Path) -> None:
    seeds = Seeds(tmp_path)
    seeds.add("small", b"code,amount\n00L,1\n")
    (tmp_path / "secret.csv").write_text("code\n1\n")
    tests = {
        "reads_a_seed": f"from read_csv('{seeds.seeds}/small.csv') where false",
        "reads_elsewhere": f"from read_csv('{tmp_path}/secret.csv')",
        "reads_upwards": f"from read_csv('{seeds.seeds}/../../secret.csv')",
        "lists_elsewhere": f"from glob('{tmp_path}/*')",
        "asks_the_network": "from read_csv('https://example.org/a.csv')",
        "opens_a_database": f"{{% do run_query(\"attach '{tmp_path}/other.duckdb'\") %}} select 1",
        "writes": f"{{% do run_query(\"copy (select 1) to '{tmp_path}/copy.csv'\") %}} select 1",
        "loads_an_extension": "{% do run_query('load httpfs') %} select 1",
        "opens_up": "{% do run_query('set enable_external_access = true') %} select 1",
    }
    (tmp_path / "project" / "tests").mkdir()
    for name, sql in tests.items():
        (tmp_path / "project" / "tests" / f"{name}.sql").write_text(sql)
    seeds.seed(command="build")
    results = json.loads((tmp_path / "build" / "target" / "run_results.json").read_text())["results"]
    found = {result["unique_id"].split(".")[2]: (result["status"], result["message"]) for result in results}
    assert found["small"][0] == "success"
    assert found["reads_a_seed"][0] == "pass"
    words = {"loads_an_extension": "disabled", "opens_up": "configuration has been locked"}
    for name in list(tests)[1:]:
        assert found[name][0] == "error", name
        assert words.get(name, "disabled by configuration") in found[name][1], found[name]
    assert not (tmp_path / "copy.csv").exists()
