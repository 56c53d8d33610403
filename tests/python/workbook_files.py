"""Excel workbooks, written by hand: no library of the build or of the tests writes them."""

import datetime
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

Cell = str | int | float | bool | datetime.date | None
Row = Iterable[Cell]

RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
# Style 1 is a date; Excel counts days from here.
STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
DAY_ZERO = datetime.date(1899, 12, 30)


def write_workbook(path: Path, rows: Iterable[Row], hidden: Iterable[Row] = (), second: Iterable[Row] = ()) -> Path:
    """Write a workbook of three sheets, the first of them hidden, and return its path.

    Cells are texts, numbers, truth values and dates as Excel has them; None is no cell.
    """
    sheets = {"Notes": hidden, "Table": rows, "More": second}
    entries, links = "", ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for number, (name, cells) in enumerate(sheets.items(), start=1):
            state = ' state="hidden"' if name == "Notes" else ""
            entries += f'<sheet name={quoteattr(name)} sheetId="{number}"{state} r:id="rId{number}"/>'
            links += f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            file.writestr(f"xl/worksheets/sheet{number}.xml", sheet_of(cells))
        links += f'<Relationship Id="rId9" Type="{OFFICE}/styles" Target="styles.xml"/>'
        root = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        file.writestr("_rels/.rels", f'<Relationships xmlns="{RELATIONSHIPS}">{root}</Relationships>')
        file.writestr("xl/styles.xml", STYLES)
        file.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>'
        )
        file.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{RELATIONSHIPS}">{links}</Relationships>')
    return path


def sheet_of(rows: Iterable[Row]) -> str:
    """The XML of a worksheet."""
    lines = "".join(
        f'<row r="{number}">{"".join(cell_of(f"{chr(65 + at)}{number}", cell) for at, cell in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def cell_of(place: str, cell: Cell) -> str:
    """The XML of a cell; a sheet has up to 26 columns here."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, datetime.date):
        return f'<c r="{place}" s="1"><v>{(cell - DAY_ZERO).days}</v></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'
