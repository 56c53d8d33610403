"""Question 6: the locations with the most records.

Readings taken where the contract is silent:

- A record is an accepted raw row, also one of count 0; a location without appointments has no row.
- Names here are geography's own, without a note on months.
"""

import pandas as pd

from .measures import rank_from_most
from .raw import UNKNOWN
from .reference import Reference


def top_locations(tables: dict[str, pd.DataFrame], reference: Reference) -> pd.DataFrame:
    """`mart_top_locations` from the rows of both daily tables, keyed by their names."""
    names = reference.geography.set_index("sub_icb_location_code")["sub_icb_location_name"]
    parts = []
    for table, rows in tables.items():
        place = ["sub_icb_location_code", "icb_ons_code"]
        part = rows.groupby(place, observed=True, as_index=False).agg(
            record_count=("appointment_count", "size"),
            appointment_count=("appointment_count", "sum"),
        )
        part = part[part["appointment_count"] > 0].astype(dict.fromkeys(place, object))
        for name in ("record", "appointment"):
            part[f"{name}_rank"] = rank_from_most(part[f"{name}_count"])
            part[f"is_top_five_by_{name}s"] = part[f"{name}_rank"] <= 5
        parts.append(part.assign(raw_table=table))
    mart = pd.concat(parts, ignore_index=True)
    code, icb = mart["sub_icb_location_code"], mart["icb_ons_code"]
    mart["sub_icb_location_name"] = code.map(names).fillna(code)
    mart["icb_name"] = icb.map(reference.icbs["icb_name"]).fillna(icb)
    for name in ("region_ons_code", "region_name"):
        mart[name] = icb.map(reference.icbs[name]).fillna(UNKNOWN)
    return mart[
        [
            "raw_table",
            "sub_icb_location_code",
            "sub_icb_location_name",
            "icb_ons_code",
            "icb_name",
            "region_ons_code",
            "region_name",
            "record_count",
            "record_rank",
            "is_top_five_by_records",
            "appointment_count",
            "appointment_rank",
            "is_top_five_by_appointments",
        ]
    ]
