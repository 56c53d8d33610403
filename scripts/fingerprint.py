"""Hashes of files, by which scripts tell what has changed."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def fingerprint(files: Iterable[Path], words: Iterable[str] = ()) -> str:
    """Return one SHA-256 of files, by path and content, and of words, in hexadecimal."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(os.fsencode(file) + f"\0{sha256_of(file)}\0".encode())
    for word in words:
        digest.update(f"{word}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()
