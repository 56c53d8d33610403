"""What the data can and cannot bear: reconciliation and unknown labels.

Readings taken where the contract is silent:

- The period variables bound the unknown shares, as they bound the marts; reconciliation shows every
  month of the raw tables.
- Two tables both have an ICB x month where each has an accepted row there, of whatever status;
  left is the daily table, right `appointments_regional`, difference left - right.
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
}


def reconciliation(raw: RawTables) -> pd.DataFrame:
    """`quality_reconciliation`: identity x ICB x month, in appointments."""
    cell = ["icb_ons_code", "appointment_month"]
    regional = raw.appointments_regional
    attended = regional["appointment_count"].where(regional["appointment_status"] == "Attended", 0)
    sides = {
        "durations_vs_attended": (raw.actual_duration, attended),
        "categories_vs_all": (raw.national_categories, regional["appointment_count"]),
    }
    parts = []
    for identity, (daily, counts) in sides.items():
        left = daily.groupby(cell, observed=True)["appointment_count"].sum().rename("left_count")
        right = regional.assign(right_count=counts).groupby(cell, observed=True)["right_count"].sum()
        both = pd.concat([left, right], axis="columns", join="inner").reset_index()
        parts.append(both.assign(identity=identity))
    table = pd.concat(parts, ignore_index=True)
    table["icb_ons_code"] = table["icb_ons_code"].astype(object)
    table["difference"] = table["left_count"] - table["right_count"]
    return table[["identity", *cell, "left_count", "right_count", "difference"]]


def unknown_share(raw: RawTables, reference: Reference) -> pd.DataFrame:
    """`quality_unknown_share`: raw_table x field x area x month."""
    parts = []
    for raw_table, fields in FIELDS.items():
        rows = getattr(raw, raw_table)
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
