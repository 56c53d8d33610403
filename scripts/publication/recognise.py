"""Recognise by its header which raw table a CSV is of, and in which layout. The layouts are in layouts.yml."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from publication.find import Unusable, printable

FILE = Path(__file__).with_name("layouts.yml")


@dataclass(frozen=True)
class Layout:
    """One form of header; layouts.yml says what the fields mean."""

    name: str
    table: str
    columns: dict[str, list[str]]
    optional: list[str] = field(default_factory=list)
    keys_repeat: bool = False

    def find(self, header: list[str]) -> dict[str, list[int]]:
        """Return where in a header each column of the raw table is: nowhere, or in one or more positions."""
        names = [name.lower() for name in header]
        return {
            column: [at for at, name in enumerate(names) if name in [spelling.lower() for spelling in spellings]]
            for column, spellings in self.columns.items()
        }

    def reads(self, header: list[str]) -> bool:
        """Whether every column of a header is read."""
        return sum(len(at) for at in self.find(header).values()) == len(header)

    def missing(self, header: list[str]) -> list[str]:
        """Return the columns that a header would need to be of this layout, by the publisher's first name for each."""
        return [
            self.columns[column][0]
            for column, at in self.find(header).items()
            if not at and column not in self.optional
        ]


@dataclass(frozen=True)
class Table:
    """A raw table; layouts.yml says what the fields mean."""

    name: str
    columns: list[str]
    date: str
    counts: list[str]
    month: str | None = None
    optional: bool = False


@dataclass(frozen=True)
class Refused:
    """A form of file that is refused, by columns that only it has; layouts.yml says what the fields mean."""

    columns: list[str]
    reason: str


@dataclass(frozen=True)
class Known:
    """All that layouts.yml says."""

    tables: dict[str, Table]
    refused: list[Refused]
    layouts: list[Layout]

    def table_of(self, layout: Layout) -> Table:
        """Return the raw table that a layout's files are of."""
        return self.tables[layout.table]


def read_layouts(file: Path = FILE) -> Known:
    """Return what layouts.yml says. Raises Unusable where it is not of the form that its head describes."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        layouts = [Layout(**entry | {"columns": as_lists(entry["columns"])}) for entry in content["layouts"]]
        tables = {
            name: Table(name=name, columns=columns_of(name, layouts), **about)
            for name, about in content["tables"].items()
        }
        return Known(tables, [Refused(**entry) for entry in content["refused"]], layouts)
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as problem:
        raise Unusable(
            f"{file}: the layouts cannot be read: {problem}. The head of the file says what it holds."
        ) from problem


def as_lists(columns: dict[str, str | list[str]]) -> dict[str, list[str]]:
    """Return a layout's columns with a list of names for each, also where there is only one."""
    return {column: [names] if isinstance(names, str) else names for column, names in columns.items()}


def columns_of(table: str, layouts: list[Layout]) -> list[str]:
    """Return every column that a layout of a raw table has or lacks, in the order in which they first stand there."""
    ours = [[*layout.columns, *layout.optional] for layout in layouts if layout.table == table]
    return list(dict.fromkeys(column for columns in ours for column in columns))


def recognise(name: str, header: list[str], known: Known) -> tuple[Layout, dict[str, int | None]]:
    """Return the layout of a file's header, and where in it each column of the layout is: None where it is not.

    `name` is what a message calls the file. Raises Unusable for a header that fits none, or a file that would count the
    same appointments again.
    """
    names = {column.lower() for column in header}
    refused = [form for form in known.refused if {column.lower() for column in form.columns} <= names]
    for layout in known.layouts:
        if layout.missing(header) or not all(layout.reads(form.columns) for form in refused):
            continue
        found = layout.find(header)
        twice = [layout.columns[column][0] for column, at in found.items() if len(at) > 1]
        if twice:
            raise Unusable(
                f"{name}: column {', '.join(twice)} appears more than once in the header. Download the file again."
            )
        return layout, {column: at[0] if at else None for column, at in found.items()}
    if refused:
        raise Unusable(f"{name}: {refused[0].reason}.")
    fit = {layout.name: sum(bool(at) for at in layout.find(header).values()) for layout in known.layouts}
    nearest = max(known.layouts, key=lambda layout: fit[layout.name])
    raise Unusable(
        f"{name}: no known layout has this header.\n"
        f"    Found: {printable(','.join(header)) or 'nothing'}\n"
        + (
            f"    The nearest is {nearest.name}, which also has {', '.join(nearest.missing(header))}.\n"
            if fit[nearest.name] > 2
            else ""
        )
        + "    Leave the file out, or add its layout: docs/data.md says how."
    )
