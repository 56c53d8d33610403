"""Find the CSVs of a publication in files, folders and ZIPs, and refuse ZIPs that are damaged or hostile."""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# No file of a publication comes near these; what does is no publication.
MAX_MEMBER_BYTES = 4 * 1024**3
MAX_COMPRESSION_RATIO = 250
MAX_MEMBERS = 1000
LITTER = {".ds_store", "thumbs.db", "desktop.ini", "download.json"}


class Unusable(Exception):
    """The publication cannot be imported; the message says what is wrong with which file and what to do."""


@dataclass(frozen=True)
class Source:
    """One CSV of the publication: a file, or a member of a ZIP."""

    path: Path
    member: str | None
    size: int

    @property
    def name(self) -> str:
        """What a message calls it. Nothing in it can move the cursor of the terminal it is printed on."""
        name = f"{self.path}:{self.member}" if self.member else str(self.path)
        return printable(name)

    @property
    def short_name(self) -> str:
        """Its name without folders, as a list of what was left out has it."""
        return printable(f"{self.path.name}:{self.member}" if self.member else self.path.name)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The file's bytes. Raises Unusable where they cannot be had."""
        try:
            if self.member is None:
                with self.path.open("rb") as file:
                    yield file
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                    yield file
        except (zipfile.BadZipFile, zlib.error, EOFError) as problem:
            raise Unusable(f"{self.name}: the ZIP is damaged ({problem}). Download it again.") from problem
        except (RuntimeError, NotImplementedError) as problem:
            raise Unusable(f"{self.name}: the file cannot be unpacked ({problem}). Download it again.") from problem


def printable(text: str) -> str:
    """Return `text` with a question mark for every character that is not for printing."""
    return "".join(character if character.isprintable() else "?" for character in text)


def is_litter(path: Path) -> bool:
    """Whether a file is what computers leave in folders and ZIPs, of which nobody needs to hear.

    So is what `make download` says of the files there.
    """
    return "__MACOSX" in path.parts or path.name.startswith(("._", "~$")) or path.name.lower() in LITTER


def base_name(name: str) -> str:
    """Return the last part of a source's name, in lower case: neither its folders nor its ZIP."""
    return re.split(r"[/\\:]", name.lower())[-1]


def files_in(path: Path) -> list[Path]:
    """Return the files below a folder, in order and without litter, or the file that `path` is."""
    return sorted(f for f in path.rglob("*") if f.is_file() and not is_litter(f)) if path.is_dir() else [path]


def find_sources(paths: list[Path]) -> tuple[list[Source], list[str]]:
    """Return every CSV in the files, folders and ZIPs of `paths`, by name, and what else lies there.

    Raises Unusable for what is no publication: no such file, no CSV at all, ZIPs that are damaged or hostile.
    """
    sources: list[Source] = []
    ignored: list[str] = []
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise Unusable(
                f"{path}: there is no such file or folder. Name folders, ZIPs or CSVs with PUBLICATION=. A path with a "
                "space in it goes in quotes of its own: PUBLICATION=\"'my folder'\"."
            )
        files += files_in(path)
    seen: set[Path] = set()
    for file in files:
        if file.resolve() in seen:
            raise Unusable(f"{printable(str(file))} is named twice. Name it once.")
        seen.add(file.resolve())
        if file.suffix.lower() == ".csv":
            sources.append(Source(file, None, file.stat().st_size))
        elif file.suffix.lower() == ".zip":
            members, others = find_members(file)
            sources += members
            ignored += others
        else:
            ignored.append(printable(file.name))
    if not sources:
        raise Unusable(
            f"there is no CSV in {', '.join(map(str, paths))}. Download the publication's CSV ZIPs: docs/data.md says "
            "where they are."
        )
    return sources, ignored


def refuse_empty(name: str, size: int) -> None:
    """Raise Unusable for a file of no bytes."""
    if not size:
        raise Unusable(
            f"{name}: the file is empty (0 bytes). Download it again. In a folder that a cloud service synchronises it "
            "may not have arrived yet."
        )


def find_members(path: Path) -> tuple[list[Source], list[str]]:
    """Return the CSVs in a ZIP and the names of its other files. Nothing is ever unpacked under a member's name."""
    name = printable(str(path))
    refuse_empty(name, path.stat().st_size)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as problem:
        raise Unusable(f"{name}: the ZIP is damaged or cut short ({problem}). Download it again.") from problem
    if len(members) > MAX_MEMBERS:
        raise Unusable(
            f"{name}: the ZIP holds {len(members):,} files, and no publication has more than {MAX_MEMBERS:,}. "
            "This is no publication; do not open it."
        )
    if len({member.filename for member in members}) < len(members):
        raise Unusable(f"{name}: there are two files of one name in the ZIP. Download it again.")
    sources, ignored = [], []
    for member in members:
        where = f"{name}:{printable(member.filename)}"
        steps = re.split(r"[/\\]", member.filename)
        if member.filename.startswith(("/", "\\")) or ".." in steps or ":" in steps[0]:
            raise Unusable(f"{where}: this path leads out of the ZIP. This is no publication; do not open it.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Unusable(f"{where}: this is a link instead of a file. This is no publication; do not open it.")
        if member.is_dir() or is_litter(Path(member.filename)):
            continue
        if member.filename.lower().endswith(".zip"):
            raise Unusable(f"{where}: this is a ZIP inside a ZIP. Unpack the outer one and name the ZIPs in it.")
        if not member.filename.lower().endswith(".csv"):
            ignored.append(printable(f"{path.name}:{member.filename}"))
            continue
        if member.file_size > MAX_MEMBER_BYTES:
            raise Unusable(
                f"{where}: the file has {member.file_size:,} bytes once it is unpacked, and at most "
                f"{MAX_MEMBER_BYTES:,} are read. This is no publication; do not open it."
            )
        if member.file_size > MAX_COMPRESSION_RATIO * max(member.compress_size, 1024):
            raise Unusable(
                f"{where}: the file has {member.compress_size:,} bytes that unpack to {member.file_size:,}. "
                "This is no publication; do not open it."
            )
        sources.append(Source(path, member.filename, member.file_size))
    return sources, ignored
