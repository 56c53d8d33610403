"""Each analysis, compiled by dbt and executed against the built sample."""

from pathlib import Path

import duckdb
import pytest
from conftest import ANALYSES, Dbt


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of compiled analyses."""
    dbt = Dbt(tmp_path_factory.mktemp("analyses"))
    run = dbt("compile", "--select", "path:analyses")
    assert run.returncode == 0, run.stdout
    return dbt.folder / "target" / "compiled" / "nhs_gp_appointments_warehouse" / "analyses"


@pytest.mark.parametrize("analysis", ANALYSES)
def test_an_analysis_returns_its_answer(compiled: Path, sample_warehouse: Path, analysis: str) -> None:
    with duckdb.connect(str(sample_warehouse), read_only=True) as connection:
        found = connection.execute((compiled / f"{analysis}.sql").read_text(encoding="utf-8"))
        rows = found.fetchall()
    assert rows, "an answer has rows"
    assert all(None not in row[:2] for row in rows)
