"""Recognise by its header which raw table a CSV is of, and in which layout. The layouts are in layouts.yml."""

from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import yaml

from publication.find import Unusable, base_name, printable

FILE = Path(__file__).with_name("layouts.yml")


class Unknown(Unusable):
    """No layout has the header of this file."""


@dataclass(frozen=True)
class Layout:
    """One form of header; layouts.yml says what the fields mean."""

    name: str
    table: str
    columns: dict[str, list[str]]
    optional: list[str] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    keys_repeat: bool = False
    same_header_as: str | None = None

    def find(self, header: list[str]) -> dict[str, list[tuple[int, ...]]]:
        """Return where in a header each column of the raw table is: nowhere, or in one or more places.

        A place is the positions of the columns whose cells are joined, which is mostly one.
        """
        names = [name.lower() for name in header]
        return {
            column: [
                place
                for spelling in spellings
                for place in product(
                    *([at for at, name in enumerate(names) if name == part] for part in parts_of(spelling))
                )
            ]
            for column, spellings in self.columns.items()
        }

    def reads(self, names: list[str]) -> bool:
        """Whether every one of a file's columns is read."""
        ours = {part for spellings in self.columns.values() for spelling in spellings for part in parts_of(spelling)}
        return {name.lower() for name in names} <= ours

    def missing(self, header: list[str]) -> list[str]:
        """Return the columns that a header would need to be of this layout, by the publisher's first name for each."""
        return [
            self.columns[column][0]
            for column, places in self.find(header).items()
            if not places and column not in self.optional
        ]


def parts_of(spelling: str) -> list[str]:
    """Return the names, in lower case, of the columns that a spelling in layouts.yml joins: mostly one."""
    return spelling.lower().split(" + ")


@dataclass(frozen=True)
class Table:
    """A raw table; layouts.yml says what the fields mean."""

    name: str
    columns: list[str]
    date: str | None = None
    counts: list[str] = field(default_factory=list)
    month: str | None = None
    optional: bool = False
    publication: str | None = None


@dataclass(frozen=True)
class Form:
    """A form of file that is left out; layouts.yml says what the fields mean."""

    reason: str
    columns: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def fits(self, name: str, columns: set[str]) -> bool:
        """Whether a file of this name and these columns, both in lower case, is of this form."""
        named = any(word.lower() in name for word in self.names) or not self.names
        return named and {column.lower() for column in self.columns} <= columns


@dataclass(frozen=True)
class Known:
    """All that layouts.yml says."""

    tables: dict[str, Table]
    never_ignored: list[str]
    left_out: list[Form]
    layouts: list[Layout]

    def table_of(self, layout: Layout) -> Table:
        """Return the raw table that a layout's files are of."""
        return self.tables[layout.table]


def read_layouts(file: Path = FILE) -> Known:
    """Return what layouts.yml says. Raises Unusable where it is not of the form that its head describes."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        entries = {entry["name"]: entry for entry in content["layouts"]}
        layouts = [
            Layout(**twin | entry | {"columns": as_lists((twin | entry)["columns"])})
            for entry in content["layouts"]
            for twin in [entries[entry["same_header_as"]] if "same_header_as" in entry else {}]
        ]
        tables = {
            name: Table(name=name, columns=columns_of(name, layouts), **about)
            for name, about in content["tables"].items()
        }
        left_out = [Form(**entry) for entry in content["left_out"]]
        return Known(tables, content["never_ignored"], left_out, layouts)
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as problem:
        raise Unusable(
            f"{file}: the layouts cannot be read: {problem}. The head of the file says what it holds."
        ) from problem


def as_lists(columns: dict[str, str | list[str]]) -> dict[str, list[str]]:
    """Return a layout's columns with a list of names for each, also where there is only one."""
    return {column: [names] if isinstance(names, str) else names for column, names in columns.items()}


def columns_of(table: str, layouts: list[Layout]) -> list[str]:
    """Return every column that a layout of a raw table has or lacks, in the order in which they first stand there."""
    ours = [[*layout.constants, *layout.columns, *layout.optional] for layout in layouts if layout.table == table]
    return list(dict.fromkeys(column for columns in ours for column in columns))


def recognise(name: str, header: list[str], known: Known) -> tuple[Layout, dict[str, tuple[int, ...]]] | Form:
    """Return the layout of a file's header and where in it the layout's columns are, or the form that is left out.

    `name` is what a message calls the file. Raises Unknown for a header that fits no layout and no form.
    """
    names = {column.lower() for column in header}
    forms = [form for form in known.left_out if form.fits(base_name(name), names)]
    telling = [column for column in known.never_ignored if column.lower() in names]
    telling += [column for form in forms for column in form.columns]
    for layout in known.layouts:
        if layout.same_header_as or layout.missing(header) or not layout.reads(telling):
            continue
        found = layout.find(header)
        twice = [layout.columns[column][0] for column, places in found.items() if len(places) > 1]
        if twice:
            raise Unusable(
                f"{name}: column {', '.join(twice)} appears more than once in the header. Download the file again."
            )
        return layout, {column: places[0] for column, places in found.items() if places}
    if forms:
        return forms[0]
    fit = {layout.name: sum(bool(places) for places in layout.find(header).values()) for layout in known.layouts}
    nearest = max(known.layouts, key=lambda layout: fit[layout.name])
    missing = nearest.missing(header)
    raise Unknown(
        f"{name}: no known layout has this header.\n"
        f"    Found: {printable(','.join(header)) or 'nothing'}\n"
        + (
            f"    The nearest is {nearest.name}, which "
            f"{'also has' if missing else 'does not read'} {', '.join(missing or telling)}.\n"
            if fit[nearest.name] > 2
            else ""
        )
        + "    Add its layout: docs/data.md says how. Or leave it out: IGNORE_UNKNOWN=1 leaves out every CSV that is "
        "unknown."
    )
