"""What the data can and cannot bear: reconciliation and unknown labels.

Readings taken where the contract is silent:

- The period variables bound the unknown shares, as they bound the marts; reconciliation shows every
  month of the raw tables.
- Two tables both have an ICB x month where each has an accepted row there, of whatever status;
  left is the table compared, right `appointments_regional`, difference left - right.
- Practices are compared location by location, where the table has as many of them as the coverage says are included.
  The other identities compare all locations of an ICB together.
- A label that the seed calls not known in one field counts as unknown in every field.
"""

import pandas as pd

from .areas import AREA, sum_by_area
from .measures import ratio
from .raw import LABELS, RawTables
from .reference import Reference

UNKNOWN_LABELS = sorted(set(LABELS.loc[~LABELS["is_known"], "label"]))
FIELDS = {
    "actual_duration": ["duration_band"],
    "appointments_regional": [
        "appointment_status",
        "hcp_type",
        "appointment_mode",
        "lead_time_band",
    ],
    "national_categories": ["service_setting", "context_type", "national_category"],
    "appointments_by_role": ["sds_role_group"],
}


def reconciliation(raw: RawTables, included_practices: pd.Series) -> pd.DataFrame:
    """`quality_reconciliation`: identity x ICB x sub-ICB location x month, in appointments."""
    cell = ["icb_ons_code", "appointment_month"]
    regional = raw.appointments_regional
    attended = regional["appointment_count"].where(regional["appointment_status"] == "Attended", 0)
    sides = {
        "durations_vs_attended": (raw.actual_duration, attended),
        "categories_vs_all": (raw.national_categories, regional["appointment_count"]),
        "roles_vs_all": (raw.appointments_by_role, regional["appointment_count"]),
    }
    parts = []
    for identity, (daily, counts) in sides.items():
        left = daily.groupby(cell, observed=True)["appointment_count"].sum().rename("left_count")
        right = regional.assign(right_count=counts).groupby(cell, observed=True)["right_count"].sum()
        both = pd.concat([left, right], axis="columns", join="inner").reset_index()
        parts.append(both.assign(identity=identity, sub_icb_location_code="All").astype({"icb_ons_code": object}))
    if "sub_icb_location_code" in regional:
        parts.append(complete_locations(raw.appointments_by_practice, regional, included_practices))
    table = pd.concat(parts, ignore_index=True)
    table["difference"] = table["left_count"] - table["right_count"]
    return table[
        [
            *("identity", "icb_ons_code", "sub_icb_location_code", "appointment_month"),
            *("left_count", "right_count", "difference"),
        ]
    ]


def complete_locations(practices: pd.DataFrame, regional: pd.DataFrame, included: pd.Series) -> pd.DataFrame:
    """Both counts of each location and month of which the table of practices has all that are included."""
    cell = ["sub_icb_location_code", "appointment_month"]
    left = practices.groupby(cell, observed=True).agg(
        icb_ons_code=("icb_ons_code", "first"),
        practice_count=("practice_code", "nunique"),
        left_count=("appointment_count", "sum"),
    )
    right = regional.groupby(cell, observed=True)["appointment_count"].sum().rename("right_count")
    both = left.join(right, how="inner").join(included.rename_axis(cell), how="inner")
    both = both[both["practice_count"] == both["included_practices"]].reset_index()
    return both.assign(identity="practices_vs_all").astype({name: object for name in (cell[0], "icb_ons_code")})


def unknown_share(raw: RawTables, reference: Reference) -> pd.DataFrame:
    """`quality_unknown_share`: raw_table x field x area x month."""
    parts = []
    for raw_table, fields in FIELDS.items():
        rows = getattr(raw, raw_table)
        if rows.empty:
            continue
        counts = rows["appointment_count"]
        unknowns = {field: counts.where(rows[field].isin(UNKNOWN_LABELS), 0) for field in fields}
        sums = sum_by_area(
            rows.assign(**{f"unknown_{field}": values for field, values in unknowns.items()}),
            reference,
            ["appointment_month"],
            ["appointment_count", *(f"unknown_{field}" for field in fields)],
        )
        for field in fields:
            parts.append(
                sums[[*AREA, "appointment_month", "appointment_count"]].assign(
                    raw_table=raw_table,
                    field=field,
                    unknown_count=sums[f"unknown_{field}"],
                    unknown_share=ratio(sums[f"unknown_{field}"], sums["appointment_count"]),
                )
            )
    table = pd.concat(parts, ignore_index=True)
    return table[
        [
            "raw_table",
            "field",
            *AREA,
            "appointment_month",
            "unknown_count",
            "appointment_count",
            "unknown_share",
        ]
    ]
