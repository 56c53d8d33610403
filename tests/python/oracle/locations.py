"""Question 6: the locations with the most records.

Readings taken where the contract is silent:

- A record is an accepted raw row, also one of count 0; a location without appointments has no row.
- Names here are geography's own, without a note on months.
"""

import pandas as pd

from .measures import rank_from_most
from .raw import UNKNOWN, RawTables, daily_tables
from .reference import Reference
from .said import Asked


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


def marts(raw: RawTables, reference: Reference) -> dict[str, pd.DataFrame]:
    """The marts of the question, by name, from raw tables within the period."""
    return {
        "mart_top_locations": top_locations(daily_tables(raw), reference),
    }


def sentences(asked: Asked) -> list[str]:
    """The sentences of the headline answers, their figures read again from the marts."""

    def top(measure: str) -> str:
        locations = asked.rows(
            f"select {measure}_count, sub_icb_location_code, sub_icb_location_name from marts.mart_top_locations "
            f"where raw_table = 'national_categories' order by {measure}_count desc, sub_icb_location_code"
        )
        fifth = locations[4][0]
        return "; ".join(f"{name} ({count:,})" for count, _, name in locations if count >= fifth)

    held = asked.rows("select count(distinct icb_ons_code) from core.fct_appointment_categories_daily")[0][0]
    whole = asked.rows("select count(*) from core.dim_icb where is_in_geography")[0][0]
    area = "England" if held == whole else f"England ({held} of {whole} ICBs)"
    return [
        f"{asked.period('national_categories')}, "
        f"the locations with the most records in the national categories of {area} "
        f"were {top('record')}.",
        f"Ranked by appointments instead, they were {top('appointment')}.",
    ]
