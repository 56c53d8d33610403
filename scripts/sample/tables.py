"""The raw tables of the synthetic sample, in a database in memory."""

from pathlib import Path

import duckdb
from database import connect

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE_DIR = Path(__file__).resolve().parent
CALIBRATION_DIR = SAMPLE_DIR / "calibration"
REFERENCE_DIR = PROJECT / "seeds" / "reference"

# Each with ICBs of its own in sampled_icbs.csv.
GEOGRAPHIES = ("2022-07", "2026-04")
CALIBRATION_TABLES = (
    "regional_icb",
    "regional_icb_mode",
    "regional_joint",
    "regional_month",
    "regional_month_mix",
    "duration_month",
    "duration_weekday",
    "category_month",
    "role",
    "patients_age",
    "workforce_role",
)
REFERENCE_TABLES = ("geography", "bank_holidays", "practice_coverage")
RAW_TABLES = ("actual_duration", "appointments_regional", "national_categories")
# A folder of raw tables may lack these. Each may read those before it.
OPTIONAL_TABLES = (
    "appointments_by_role",
    "practices",
    "appointments_by_practice",
    "sub_icb_coverage",
    "appointments_by_pcn_system",
    "registered_patients",
    "workforce",
)
# Those that practices are answered from, for measuring on many rows.
PRACTICE_TABLES = ("practices", "appointments_by_practice", "sub_icb_coverage")
SCALED_TABLES = (*RAW_TABLES, *PRACTICE_TABLES)
# The files of SQL in the order in which they run: each reads what those before it made.
SQL_FILES = ("chance", "places", "totals", *RAW_TABLES, *OPTIONAL_TABLES, "layouts")


def load_inputs(con: duckdb.DuckDBPyConnection) -> None:
    """Read the calibration totals and the reference seeds, one table per file, as text but for the totals.

    Raises FileNotFoundError, naming the file, where one is missing.
    """
    files = {table: CALIBRATION_DIR / f"{table}.csv" for table in CALIBRATION_TABLES}
    files |= {table: REFERENCE_DIR / f"{table}.csv" for table in REFERENCE_TABLES}
    files["sampled_icbs"] = SAMPLE_DIR / "sampled_icbs.csv"
    for table, path in files.items():
        if not path.is_file():
            raise FileNotFoundError(f"{path}: missing; restore it from the repository")
        con.execute(
            f"create table {table} as from read_csv($path, header = true, all_varchar = true)", {"path": str(path)}
        )
    for table in CALIBRATION_TABLES:
        total = con.table(table).columns[-1]
        con.execute(f"alter table {table} alter {total} type bigint")


def build_tables(
    output_dir: Path, geography: str, seed: int, density: str = "sample", threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a database that holds the raw tables, and reaches no files but its inputs and those below `output_dir`.

    Schema `main` holds them with dates as dates and one row per key, schemas `publication` and `course` as files of
    those layouts have them. Counts are appointments, whole and above 0. `density` says into how many rows totals are
    shared out: "sample", or "published" for as many as the real tables have. `threads` is all cores where None.
    Raises ValueError for an unknown geography and FileNotFoundError, naming the file, where an input is missing.
    """
    if geography not in GEOGRAPHIES:
        raise ValueError(f"geography {geography!r}: must be one of {', '.join(GEOGRAPHIES)}")
    con = connect([SAMPLE_DIR, REFERENCE_DIR, output_dir], **({} if threads is None else {"threads": str(threads)}))
    for name, value in {"geography": geography, "seed": str(seed), "density": density}.items():
        con.execute(f"set variable {name} = $value", {"value": value})
    load_inputs(con)
    for name in SQL_FILES:
        con.execute((SAMPLE_DIR / f"{name}.sql").read_text(encoding="utf-8"))
    return con
