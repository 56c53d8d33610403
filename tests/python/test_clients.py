"""The published file in the hands of its readers: five versions of DuckDB, its command line, SQLAlchemy, Node."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import skip_or_fail
from test_publish import copy_build, publish

READ_EVERYTHING = """
import json, sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
tables = connection.execute(
    "select table_schema, table_name from information_schema.tables order by table_schema, table_name"
).fetchall()
counts = {f"{s}.{t}": len(connection.execute(f'select * from {s}."{t}"').fetchall()) for s, t in tables}
print(json.dumps(counts))
"""
REFLECT = """
import json, sys, sqlalchemy
engine = sqlalchemy.create_engine(f"duckdb:///{sys.argv[1]}", connect_args={"read_only": True})
inspector = sqlalchemy.inspect(engine)
tables = {}
for schema in ("core", "marts", "quality"):
    for name in inspector.get_table_names(schema=schema):
        table = sqlalchemy.Table(name, sqlalchemy.MetaData(), schema=schema, autoload_with=engine)
        with engine.connect() as connection:
            rows = connection.execute(sqlalchemy.select(table)).fetchall()
        assert len(table.columns) > 0
        tables[f"{schema}.{name}"] = len(rows)
print(json.dumps(tables))
"""
NODE = """
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const instance = await DuckDBInstance.create(process.argv[2], { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const tables = (await connection.runAndReadAll(
    'select table_schema, table_name from information_schema.tables')).getRowsJson();
  const counts = {};
  for (const [schema, name] of tables) {
    const reader = await connection.runAndReadAll(`select * from ${schema}."${name}"`);
    counts[`${schema}.${name}`] = reader.getRowsJson().length;
  }
  console.log(JSON.stringify(counts));
})();
"""


@pytest.fixture(scope="module")
def warehouse(sample_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, published."""
    folder = tmp_path_factory.mktemp("clients")
    run = publish(copy_build(sample_warehouse, folder / "build"), folder / "warehouse")
    assert run.returncode == 0, run.stderr
    return folder / "warehouse"


@pytest.fixture(scope="module")
def expected(warehouse: Path) -> dict[str, int]:
    """Rows of each table, as the build record has them."""
    tables: dict[str, int] = json.loads((warehouse / "build.json").read_text(encoding="utf-8"))["tables"]
    return tables


def install(folder: Path, *packages: str) -> Path:
    """Make an environment with these packages and return its Python; skip (or fail) where they cannot be had."""
    # This environment's pip serves the others.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-compile"]
    run = subprocess.run([*pip, *packages], capture_output=True, check=False)
    if run.returncode != 0:
        skip_or_fail(f"pip cannot install {', '.join(packages)} here")
    return python


def counted(*command: str, folder: Path | None = None) -> dict[str, Any]:
    """Run a client and return the rows that it counted, which it prints as JSON."""
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    counts: dict[str, Any] = json.loads(run.stdout)
    return counts


@pytest.mark.parametrize("version", ["1.0.0", "1.2.2", "1.4.5", "1.5.6", "2.0.0"])
def test_every_table_opens_in_duckdb(warehouse: Path, expected: dict[str, int], tmp_path: Path, version: str) -> None:
    python = install(tmp_path / "venv", f"duckdb=={version}")
    assert counted(str(python), "-c", READ_EVERYTHING, str(warehouse / "nhs_gp_appointments.duckdb")) == expected


def test_every_table_opens_in_the_command_line(warehouse: Path, expected: dict[str, int], tmp_path: Path) -> None:
    duckdb_cli = install(tmp_path / "venv", "duckdb-cli==1.5.6").with_name("duckdb")
    counts = " union all ".join(f"select '{table}' as name, count(*) as row_count from {table}" for table in expected)
    file = str(warehouse / "nhs_gp_appointments.duckdb")
    run = subprocess.run([str(duckdb_cli), "-readonly", "-json", file, counts], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    assert {row["name"]: row["row_count"] for row in json.loads(run.stdout)} == expected


@pytest.mark.parametrize("sqlalchemy", ["1.4.*", "2.0.44"])
def test_sqlalchemy_reflects_and_reads_every_table(
    warehouse: Path, expected: dict[str, int], tmp_path: Path, sqlalchemy: str
) -> None:
    """From 2.0.45 on, SQLAlchemy asks for pg_collation when it reflects, which DuckDB has not."""
    python = install(tmp_path / "venv", "duckdb-engine==0.17.*", f"sqlalchemy=={sqlalchemy}", "duckdb==1.4.5")
    file = str(warehouse / "nhs_gp_appointments.duckdb")
    assert counted(str(python), "-W", "ignore", "-c", REFLECT, file) == expected


def test_every_table_opens_in_node(warehouse: Path, expected: dict[str, int], tmp_path: Path) -> None:
    if not shutil.which("npm"):
        skip_or_fail("Node and npm are not here")
    # Exactly this version: to npm, every one of this client's versions is a pre-release.
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "@duckdb/node-api@1.4.5-r.1"]
    if subprocess.run(install, cwd=tmp_path, capture_output=True, check=False).returncode != 0:
        skip_or_fail("npm cannot install @duckdb/node-api here")
    (tmp_path / "read.js").write_text(NODE, encoding="utf-8")
    file = str(warehouse / "nhs_gp_appointments.duckdb")
    assert counted("node", "read.js", file, folder=tmp_path) == expected


def test_every_mart_opens_in_pandas_and_polars(warehouse: Path, expected: dict[str, int], tmp_path: Path) -> None:
    files = sorted((warehouse / "parquet").glob("*.parquet"))
    python = install(tmp_path / "venv", "pandas", "pyarrow", "polars")
    found = counted(
        *(str(python), "-c"),
        "import sys, json, pandas, polars; print(json.dumps({f: [len(pandas.read_parquet(f)), "
        "polars.read_parquet(f).height] for f in sys.argv[1:]}))",
        *map(str, files),
    )
    assert {f"marts.{Path(name).stem}": counts for name, counts in found.items()} == {
        name: [count, count] for name, count in expected.items() if name.startswith("marts.")
    }


def test_no_column_has_a_type_that_drivers_choke_on(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
        types = connection.execute("select distinct data_type from duckdb_columns() where not internal").fetchall()
    assert {name for (name,) in types} <= {"VARCHAR", "BIGINT", "DOUBLE", "DATE", "BOOLEAN"}
