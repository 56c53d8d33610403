"""Keep download.json, which says what was fetched into a release's folder, from where and when."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

NAME = "download.json"


@dataclass(frozen=True)
class Version:
    """Which version of a file the site has, as far as it says: bytes, ETag, Last-Modified."""

    bytes: int | None = None
    etag: str | None = None
    last_modified: str | None = None

    def may_be(self, other: "Version") -> bool:
        """Whether nothing that both say differs. Of two that have ETags, the time of the last change adds nothing."""
        pairs: list[tuple[object, object]] = [(self.bytes, other.bytes), (self.etag, other.etag)]
        if not (self.etag and other.etag):
            pairs.append((self.last_modified, other.last_modified))
        return all(mine == theirs for mine, theirs in pairs if mine is not None and theirs is not None)

    @property
    def validator(self) -> str | None:
        """What If-Range takes: a strong ETag or, without one, the time of the last change."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


@dataclass(frozen=True)
class Entry:
    """A file that was fetched: where it is from, its version there, its hash, and when (UTC)."""

    address: str
    version: Version
    sha256: str = ""
    fetched_at: str = ""


@dataclass
class Record:
    """What download.json in a folder says: files by name, and those of which a part lies there."""

    folder: Path
    release: str
    files: dict[str, Entry] = field(default_factory=dict)
    unfinished: dict[str, Entry] = field(default_factory=dict)

    def save(self) -> None:
        text = json.dumps(
            {
                "release": self.release,
                "files": {name: flat(entry) for name, entry in sorted(self.files.items())},
                "unfinished": {name: flat(entry) for name, entry in sorted(self.unfinished.items())},
            },
            indent=2,
        )
        new = self.folder / f".{NAME}"
        new.write_text(text + "\n", encoding="utf-8")
        new.replace(self.folder / NAME)


def flat(entry: Entry) -> dict[str, object]:
    said = {"address": entry.address, **asdict(entry.version), "sha256": entry.sha256, "fetched_at": entry.fetched_at}
    return {name: value for name, value in said.items() if value not in (None, "")}


def entries(found: dict[str, dict[str, object]]) -> dict[str, Entry]:
    return {
        name: Entry(
            str(said["address"]),
            Version(*(said.get(key) for key in ("bytes", "etag", "last_modified"))),  # type: ignore[arg-type]
            str(said.get("sha256", "")),
            str(said.get("fetched_at", "")),
        )
        for name, said in found.items()
    }


def read_record(folder: Path, release: str) -> Record:
    """Return the folder's record. One that is not there or cannot be read is empty: files are then looked at anew."""
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return Record(folder, release, entries(said["files"]), entries(said.get("unfinished", {})))
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return Record(folder, release)
