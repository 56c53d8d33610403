"""Compute every mart from the raw files.

Written from the design alone and sharing no code with the SQL models, so that a mistake has to be
made twice to go unseen. A module per question, named like its folder below models/marts, holds the formulas of its
marts and says which readings it took where the contract is silent.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pandas as pd
import yaml

from . import quality
from .areas import within_period
from .places import reported_in
from .raw import RawTables, read_raw_tables
from .reference import Reference

MODELS = Path(__file__).resolve().parents[3] / "models"


def questions() -> dict[str, ModuleType]:
    """The module of each question, by the name of its folder below models/marts.

    Raises NotImplementedError, which says what to add where, if a folder has none.
    """
    modules = {}
    for folder in sorted(path for path in (MODELS / "marts").iterdir() if path.is_dir()):
        if not (Path(__file__).parent / f"{folder.name}.py").exists():
            raise NotImplementedError(
                f"models/marts/{folder.name} has no oracle: add tests/python/oracle/{folder.name}.py with functions "
                "marts and sentences, like those of locations.py."
            )
        modules[folder.name] = import_module(f"{__package__}.{folder.name}")
    return modules


def primary_keys(files: str) -> dict[str, list[str]]:
    """The columns that each table has one row per, as the .yml of its model says."""
    keys = {}
    for file in MODELS.glob(files):
        [model] = yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
        [key] = [constraint for constraint in model["constraints"] if constraint["type"] == "primary_key"]
        keys[model["name"]] = key["columns"]
    return keys


MART_KEYS = primary_keys("marts/*/mart_*.yml")
QUALITY_KEYS = primary_keys("quality/quality_reconciliation.yml") | primary_keys("quality/quality_unknown_share.yml")
KEYS = MART_KEYS | QUALITY_KEYS


def compute(
    raw_dir: Path,
    project_dir: Path,
    period_from: str | None = None,
    period_to: str | None = None,
    geography: str | None = None,
) -> dict[str, pd.DataFrame]:
    """Every mart and the quality tables, keyed by name; NaN, NA, NaT and None stand for null.

    `raw_dir` holds the raw tables, `project_dir` the reference seeds. `period_from` and
    `period_to` (months, both included, `2021-12` or a date) bound the marts. `geography` names the one to report in;
    without it the tables are reported as they were published.
    """
    raw_dir = Path(raw_dir)
    raw, reference = reported_in(read_raw_tables(raw_dir), raw_dir, Path(project_dir), geography)
    return compute_tables(raw, reference, period_from, period_to)


def compute_tables(
    raw: RawTables,
    reference: Reference,
    period_from: str | None = None,
    period_to: str | None = None,
) -> dict[str, pd.DataFrame]:
    """What `compute` gives, from tables already read."""
    bounded = RawTables(*(within_period(rows, period_from, period_to) for rows in raw))
    tables = {
        "quality_reconciliation": quality.reconciliation(raw, reference.included_practices),
        "quality_unknown_share": quality.unknown_share(bounded, reference),
    }
    for question in questions().values():
        tables |= question.marts(bounded, reference)
    return tables
