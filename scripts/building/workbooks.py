"""Excel workbooks as raw tables: the first sheet of each as a CSV, which every engine reads."""

import csv
import datetime
import hashlib
import itertools
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import yaml
from progress import step
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

# A sheet's header is within so many rows of its first one; titles and notes may stand above it.
HEADER_ROWS = 10
# How a file begins that Excel encrypted, and a workbook of Excel 97 to 2003.
OLD_OR_ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1")


def raw_folder() -> Path | None:
    """Return the folder in which workbooks are looked for, None for the embedded sample.

    That is the folder of the raw tables or, where NHS_AS_OF names a release, that release's own. Unlike the macro
    raw_folder, it is never the folder of all releases: beside others, a release may have no workbook.
    """
    folder, release = os.environ.get("NHS_RAW_DIR", ""), os.environ.get("NHS_AS_OF", "")
    if not folder and not release:
        return None
    return Path(folder or "data/publications", release).expanduser()


def convert_workbooks(raw_dir: Path, seeds: Path, converted: Path) -> dict[str, dict[str, str]]:
    """Write the first sheet of each raw table's workbook in `raw_dir` as a CSV into the folder `converted`.

    Returns, for each raw table that has one, the `path` of its CSV, or the `problem` with the workbook in words. The
    raw tables are those that the yml files in `seeds` describe. A CSV is named after all that it was made from, so a
    workbook that was converted before is not read again.
    """
    found: dict[str, dict[str, str]] = {}
    for table, columns in raw_tables(seeds).items():
        workbook = raw_dir / f"{table}.xlsx"
        if not workbook.is_file():
            continue
        with workbook.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        digest.update(Path(__file__).read_bytes() + " ".join(columns).encode())
        target = converted.resolve() / f"{digest.hexdigest()}.csv"
        if not target.exists():
            converted.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(".unfinished")
            with step(f"Reading {workbook}"):
                problem = convert_apart(workbook, columns, unfinished)
            if problem:
                found[table] = {"problem": problem}
                continue
            unfinished.replace(target)
        found[table] = {"path": str(target)}
    return found


def raw_tables(seeds: Path) -> dict[str, list[str]]:
    """Return the columns of each raw table that the yml files in a folder describe."""
    return {
        seed["name"]: [column["name"] for column in seed["columns"]]
        for file in sorted(seeds.glob("*.yml"))
        for seed in yaml.safe_load(file.read_text(encoding="utf-8"))["seeds"]
    }


def convert_apart(workbook: Path, columns: list[str], target: Path) -> str | None:
    """Do what `convert` does in a process of its own, which its memory ends with, and say so where that ran out."""
    with ProcessPoolExecutor(max_workers=1) as process:
        try:
            return process.submit(convert, workbook, columns, target).result()
        except BrokenProcessPool:
            return (
                f"{workbook}: the first sheet does not fit into memory.\n"
                "    expected: a table, and nothing else\n"
                "    found: a sheet that cannot be held, most often for a stray cell far below or beside the table\n"
                "    Delete the rows below the table and the columns beside it, or save the sheet as CSV UTF-8."
            )


def convert(workbook: Path, columns: list[str], target: Path) -> str | None:
    """Write the rows of a workbook's first sheet, from its header on, as a CSV; return what is wrong with it, if so.

    The header is the row that names the most of `columns`. Whether it names all that a raw table needs is for the load
    to say, as of every file.
    """
    with workbook.open("rb") as file:
        if file.read(len(OLD_OR_ENCRYPTED)) == OLD_OR_ENCRYPTED:
            return (
                f"{workbook}: the workbook is protected with a password, or is an old .xls under a new name.\n"
                "    expected: .xlsx that opens without a password\n"
                "    found: the first bytes of a compound file, as Excel wrote until 2003 and encrypts today\n"
                "    Open it in Excel, save it as .xlsx without a password, and build again."
            )
    try:
        rows = first_sheet(workbook).iter_rows()
    except (CalamineError, ValueError) as problem:
        return (
            f"{workbook}: this is not a whole Excel workbook.\n"
            "    expected: .xlsx, from the first byte to the last, with a worksheet that can be seen\n"
            f"    found: {str(problem).splitlines()[0]}\n"
            "    The file was cut short or is of another kind: download it again, or save the sheet as CSV UTF-8."
        )
    top = list(itertools.islice(rows, HEADER_ROWS))
    named = [len(set(columns) & {text(cell).strip().lower() for cell in row}) for row in top]
    header = named.index(max(named)) if named else 0
    with target.open("w", encoding="utf-8", newline="") as file:
        texts = ([text(cell) for cell in row] for row in itertools.chain(top[header:], rows))
        # A sheet often has empty rows below its table.
        csv.writer(file).writerows(filter(any, texts))
    return None


def first_sheet(workbook: Path) -> CalamineSheet:
    """Return the first sheet that a reader would see: the visible ones with cells, charts left out."""
    book = CalamineWorkbook.from_path(workbook)
    for number, sheet in enumerate(book.sheets_metadata):
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            return book.get_sheet_by_index(number)
    raise ValueError("no worksheet that can be seen")


def text(cell: str | float | datetime.date | datetime.time | datetime.timedelta) -> str:
    """Return a cell as text: whole numbers without a decimal point, dates as yyyy-mm-dd.

    A line break becomes a space, because Spark reads a CSV line by line; the load squeezes both alike.
    """
    if isinstance(cell, str):
        return cell.replace("\r", " ").replace("\n", " ")
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
