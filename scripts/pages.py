"""Where the docs site and the answers page are written."""

import tempfile
from pathlib import Path


def write_page(page: str, output: Path) -> None:
    """Put a page in the place of the one before, whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=output.parent, encoding="utf-8", delete=False) as unfinished:
        unfinished.write(page)
    Path(unfinished.name).chmod(0o644)
    Path(unfinished.name).replace(output)
