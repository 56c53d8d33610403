"""What readers see of each question: the sections that the folders below models/marts describe.

A folder's own file, such as models/marts/demand/demand.yml, holds the question's exposure. Its `config: meta:` has the
question's number and the tables of the answers page, each with its chart as a Vega-Lite specification.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MARTS = Path(__file__).resolve().parents[1] / "models" / "marts"

# How a column of a table is written: as it is, as a whole number, with two decimals, as a percentage.
FORMATS = ("text", "whole", "decimal", "share")


class BadSection(Exception):
    """A question's file cannot be read as a section; the message names the file and what it lacks."""


@dataclass(frozen=True)
class Chart:
    """A chart of the answers page: what it shows, the same for people who cannot see it, and how it is drawn.

    `spec` is Vega-Lite without data: `rows` are those of the area picked, and the data named `england` are England's. A
    parameter named `area` is told which area is picked.
    """

    caption: str
    alt_text: str
    spec: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A table of the answers page.

    `columns` are those shown, each with its heading and one of FORMATS; what else `sql` selects is in the download
    alone. Where it selects area_level and area_code, the page shows one area's rows at a time.
    """

    name: str
    mart: str
    caption: str
    sql: str
    columns: dict[str, list[str]]
    chart: Chart


@dataclass(frozen=True)
class Section:
    """A question (0: the goal), its folder's name and its tables, in the order in which they are shown."""

    question_number: int
    folder: str
    tables: list[Table]


def read_section(file: Path) -> Section:
    """Return the section that a question's file describes. Raises BadSection where it describes none."""
    try:
        [exposure] = yaml.safe_load(file.read_text(encoding="utf-8"))["exposures"]
        meta = exposure["config"]["meta"]
        tables = [Table(**{**table, "chart": Chart(**table["chart"])}) for table in meta["tables"]]
        section = Section(meta["question_number"], file.stem, tables)
    except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError) as problem:
        raise BadSection(
            f"{file}: expected one exposure whose config.meta has question_number and tables, each with "
            f"{', '.join(Table.__dataclass_fields__)}; found {type(problem).__name__}: {problem}. "
            "Compare it with models/marts/time/time.yml."
        ) from problem
    for table in tables:
        for column, shown in table.columns.items():
            if len(shown) != 2 or shown[1] not in FORMATS:
                raise BadSection(
                    f"{file}: column {column} of table {table.name}: expected a heading and one of "
                    f"{', '.join(FORMATS)}; found {shown}. A heading with a comma needs quotation marks."
                )
    return section


def read_sections(marts: Path = MARTS) -> dict[int, Section]:
    """Return the section of each question by its number. Raises BadSection where a folder has none."""
    folders = sorted(folder for folder in marts.iterdir() if folder.is_dir())
    sections = [read_section(folder / f"{folder.name}.yml") for folder in folders]
    return {section.question_number: section for section in sorted(sections, key=lambda s: s.question_number)}
