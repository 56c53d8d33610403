"""Files that are refused: damaged, hostile, unknown or there twice. Each is named, and nothing changes."""

import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import fingerprint
from publication_files import OLD, PATIENTS, REGIONAL, csv_of, imported, manifest_of, run_import, write, zip_of


def unsafe_zip(path: Path, name: str, link: bool = False, content: bytes | None = None) -> Path:
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    if link:
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, csv_of(REGIONAL) if content is None else content)
    return path


def zip_with_one_name_twice(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", csv_of(REGIONAL))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", csv_of(REGIONAL, {"appointment_month": "APR2022"}))
    return path


def long_zip(path: Path) -> Path:
    return zip_of(path, devon=csv_of(REGIONAL, *({"hcp_type": str(number)} for number in range(2000))))


def truncated(path: Path) -> Path:
    return write(path, long_zip(path).read_bytes()[:-200])


def corrupt(path: Path) -> Path:
    """A ZIP whose directory is sound and whose member is not."""
    content = bytearray(long_zip(path).read_bytes())
    content[200:240] = bytes(40)
    return write(path, bytes(content))


def encrypted(path: Path) -> Path:
    """A ZIP whose member claims to be encrypted, in both of its headers."""
    zip_of(path, devon=csv_of(REGIONAL))
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature) + offset
        content[at : at + 2] = struct.pack("<H", 1)
    return write(path, bytes(content))


# A file that one of these makes of a sound one, and the words that refuse it.
CSVS: dict[str, tuple[Callable[[], bytes], str]] = {
    "unknown_header": (
        lambda: csv_of(REGIONAL).replace(b"APPT_MODE,", b""),
        f"The nearest is {REGIONAL}, which also has APPT_MODE.",
    ),
    "empty_file": (lambda: b"", "the file is empty (0 bytes)"),
    "no_header": (lambda: b"\r\n", "Found: nothing"),
    "regional_by_practice": (
        lambda: b"GP_CODE,GP_NAME," + csv_of(REGIONAL),
        f"The nearest is {REGIONAL}, which does not read GP_CODE.",
    ),
    "column_twice": (
        lambda: csv_of(REGIONAL).replace(b"COUNT_OF_APPOINTMENTS\r\n", b"COUNT_OF_APPOINTMENTS,appt_mode\r\n"),
        "APPT_MODE appears more than once",
    ),
    "latin_1": (
        lambda: csv_of(REGIONAL, {}, {"hcp_type": "Caf\xe9"}).decode().encode("latin-1"),
        "line 3 is not UTF-8",
    ),
    "utf_16": (lambda: csv_of(REGIONAL).decode().encode("utf-16"), "line 1 is not UTF-8"),
    "short_line": (lambda: csv_of(REGIONAL) + b"15N,E38000230\r\n", "line 3 cannot be read"),
    "long_line": (
        lambda: csv_of(REGIONAL) + csv_of(REGIONAL).splitlines()[1] + b",1,2\r\n",
        "line 3 cannot be read",
    ),
    "no_month": (
        lambda: csv_of(REGIONAL, {"appointment_month": "May"}),
        "no month of appointments can be read in the files",
    ),
    "odd_year": (lambda: csv_of(REGIONAL, {"appointment_month": "MAY9999"}), "is 9999-05, which no publication"),
    "doubled_file": (lambda: csv_of(REGIONAL, {}, {}), "the same rows are in it twice"),
    "a_key_twice": (lambda: csv_of(REGIONAL, {}, {"count_of_appointments": "11"}), "the same rows are in it twice"),
    "practices_twice": (lambda: csv_of("practices", {}, {}), "the same rows are in it twice"),
    "staff_twice": (lambda: csv_of("workforce of PCNs", *({}, {"fte": "0.5"}) * 2), "the same rows are in it twice"),
    "doubled_ccg_file": (
        lambda: csv_of(f"appointments_regional {OLD}", *({}, {"hcp_type": "Unknown"}) * 2),
        "the same rows are in it twice",
    ),
    "a_key_twice_in_a_daily_ccg_file": (
        lambda: csv_of(f"actual_duration {OLD}", {}, {"count_of_appointments": "11"}),
        "the same rows are in it twice",
    ),
}
OTHERS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no_such_file": (lambda p: p / "nothing.zip", "there is no such file or folder"),
    "no_csv": (lambda p: write(p / "a.xlsx", b"x"), "there is no CSV in"),
    "empty_zip": (lambda p: write(p / "a.zip", b""), "the file is empty (0 bytes)"),
    "truncated_zip": (lambda p: truncated(p / "a.zip"), "damaged or cut short"),
    "corrupt_zip": (lambda p: corrupt(p / "a.zip"), "the ZIP is damaged"),
    "encrypted_zip": (lambda p: encrypted(p / "a.zip"), "the file cannot be unpacked"),
    "not_a_zip": (lambda p: write(p / "a.zip", b"<html>Not found</html>"), "damaged or cut short"),
    "zip_slip": (lambda p: unsafe_zip(p / "a.zip", "../../evil.csv"), "this path leads out of the ZIP"),
    "zip_slip_windows": (lambda p: unsafe_zip(p / "a.zip", "..\\evil.csv"), "this path leads out of the ZIP"),
    "zip_absolute": (lambda p: unsafe_zip(p / "a.zip", "/tmp/evil.csv"), "this path leads out of the ZIP"),
    "zip_drive": (lambda p: unsafe_zip(p / "a.zip", "C:evil.csv"), "this path leads out of the ZIP"),
    "zip_link": (lambda p: unsafe_zip(p / "a.zip", "a.csv", link=True), "this is a link instead of a file"),
    "zip_in_zip": (lambda p: unsafe_zip(p / "a.zip", "a.zip"), "this is a ZIP inside a ZIP"),
    "zip_name_twice": (lambda p: zip_with_one_name_twice(p / "a.zip"), "there are two files of one name in the ZIP"),
    "zip_bomb": (
        lambda p: unsafe_zip(p / "a.zip", "a.csv", content=bytes(50_000_000)),
        "bytes that unpack to 50,000,000",
    ),
    "a_file_and_its_copy": (
        lambda p: zip_of(p / "a.zip", devon=csv_of(REGIONAL), copy_of_devon=csv_of(REGIONAL)),
        "are the same file",
    ),
    "two_releases_at_once": (
        lambda p: zip_of(p / "a.zip", devon=csv_of(REGIONAL), later=csv_of(REGIONAL, {"count_of_appointments": "11"})),
        "appointments_regional holds 15N in 2022-05 in two files",
    ),
    "two_maps_at_once": (
        lambda p: zip_of(p / "a.zip", old=csv_of("practices"), new=csv_of("practices", {"pcn_code": "U00009"})),
        "practices holds 15N in two files",
    ),
    "two_extracts_at_once": (
        lambda p: zip_of(p / "a.zip", old=csv_of(PATIENTS), new=csv_of(PATIENTS, {"number_of_patients": "1"})),
        "registered_patients holds rows in 2022-06 in two files",
    ),
}


@pytest.mark.parametrize("case", [*CSVS, *OTHERS])
def test_what_is_no_sound_publication_is_refused_by_name_and_nothing_changes(tmp_path: Path, case: str) -> None:
    good = write(tmp_path / "good.csv", csv_of(f"actual_duration {OLD}"))
    publications = tmp_path / "p"
    imported(publications, good)
    before = fingerprint(publications)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    if case in CSVS:
        make_content, words = CSVS[case]
        file = write(inbox / "a.csv", make_content())
    else:
        make_file, words = OTHERS[case]
        file = make_file(inbox)
    run = run_import(publications, file)
    assert run.returncode == 2, run.stdout
    assert words in run.stderr
    assert file.name in run.stderr or case in ("no_month", "odd_year")
    assert "Nothing was imported." in run.stderr
    assert "Traceback" not in run.stderr
    assert fingerprint(publications) == before
    assert {path.name for path in tmp_path.iterdir()} == {"good.csv", "p", "inbox"}
    assert {path.name for path in inbox.iterdir()} <= {file.name}


def test_every_unusable_file_is_named_at_once(tmp_path: Path) -> None:
    write(tmp_path / "one.csv", b"a,b\n1,2\n")
    write(tmp_path / "two.csv", b"GP_CODE," + csv_of(REGIONAL))
    run = run_import(tmp_path / "p", tmp_path)
    assert run.returncode == 2
    assert "one.csv: no known layout" in run.stderr
    assert "two.csv: no known layout" in run.stderr


def test_a_name_cannot_write_on_the_terminal_or_become_sql(tmp_path: Path) -> None:
    evil = "'); drop table x; --\x1b[2J.csv"
    content = csv_of(REGIONAL).replace(b"\r\n", b",'); drop table x; --\r\n")
    with zipfile.ZipFile(tmp_path / "it's.zip", "w") as archive:
        archive.writestr(evil, content)
    imported(tmp_path / "p's", tmp_path / "it's.zip")
    [source] = manifest_of(tmp_path / "p's" / "2022-05")["tables"]["appointments_regional"]["sources"]
    assert source["member"] == evil
    run = run_import(tmp_path / "p's", tmp_path / "it's.zip", write(tmp_path / "copy.csv", content))
    assert "'); drop table x; --?[2J.csv are the same file" in run.stderr
