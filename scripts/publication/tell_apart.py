"""Tell apart files of two raw tables that have the same header."""

from dataclasses import replace

import duckdb

from publication.read import Part
from publication.recognise import Known


def tell_apart(connection: duckdb.DuckDBPyConnection, parts: list[Part], known: Known) -> list[Part]:
    """Return the parts, those of appointments in PCNs' own systems under their own layout."""
    twins = {layout.same_header_as: layout for layout in known.layouts if layout.same_header_as}
    return [
        replace(part, layout=twins[part.layout.name])
        if part.layout.name in twins and "pcn" in part.source.name.lower()
        else part
        for part in parts
    ]
