"""The goal: where services and practitioners would go if use were alike everywhere.

Readings taken where the contract is silent:

- The latest 12 months are the 12 latest months that the table has (all of them, if fewer).
- The England rate is over the ICBs present whose patients are known: appointments of a code without
  coverage would raise the rate that all are measured by.
- `registered_patients` and `included_patients` are the same figure, over these 12 months.
- `rank_below_england` ranks every ICB that has a rate, from the lowest, ties alike.
"""

import pandas as pd

from .areas import months_of
from .measures import ratio, with_counts
from .raw import UNKNOWN, RawTables
from .reference import Reference, mean_patients
from .said import Asked, percent


def resource_allocation(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_resource_allocation` from the rows of `appointments_regional`."""
    months = months_of(rows)[-12:]
    rows = with_counts(rows[rows["appointment_month"].isin(months)])
    counts = [
        "appointment_count",
        "gp_count",
        "known_lead_time_count",
        "same_day_count",
        "over_14_days_count",
        "attended_count",
        "dna_count",
        "unknown_status_count",
    ]
    mart = rows.groupby("icb_ons_code", observed=True, as_index=False)[counts].sum()
    mart = mart[mart["appointment_count"] > 0].reset_index(drop=True)
    icb = mart["icb_ons_code"] = mart["icb_ons_code"].astype(object)
    mart["icb_name"] = icb.map(reference.icbs["icb_name"]).fillna(icb)
    for name in ("region_ons_code", "region_name"):
        mart[name] = icb.map(reference.icbs[name]).fillna(UNKNOWN)
    mart["period_start_month"], mart["period_end_month"] = months.min(), months.max()
    mart["month_count"] = len(months)

    patients = mean_patients(reference.coverage, list(icb), months)
    mart["registered_patients"] = mart["included_patients"] = icb.map(patients["included"])
    mart["open_patients"] = icb.map(patients["open"])
    mart["coverage_share"] = ratio(mart["included_patients"], mart["open_patients"])

    count, registered = mart["appointment_count"], mart["registered_patients"]
    rate = ratio(count, registered) * 1000 / len(months)
    england_rate = count[registered.notna()].sum() / registered.sum() * 1000 / len(months)
    expected = registered * england_rate * len(months) / 1000
    mart["appointments_per_1000_patients_per_month"] = rate
    mart["england_appointments_per_1000_patients_per_month"] = england_rate
    mart["expected_appointment_count"] = expected
    mart["allocation_gap"] = count - expected
    mart["allocation_gap_share"] = ratio(count - expected, expected)
    mart["rank_below_england"] = rate.rank(method="min").astype("Int64")

    mart["gp_share"] = ratio(mart["gp_count"], count)
    mart["same_day_share"] = ratio(mart["same_day_count"], mart["known_lead_time_count"])
    mart["over_14_days_share"] = ratio(mart["over_14_days_count"], mart["known_lead_time_count"])
    mart["dna_rate"] = ratio(mart["dna_count"], mart["attended_count"] + mart["dna_count"])
    mart["unknown_status_share"] = ratio(mart["unknown_status_count"], count)
    return mart[
        [
            "icb_ons_code",
            "icb_name",
            "region_ons_code",
            "region_name",
            "period_start_month",
            "period_end_month",
            "month_count",
            "appointment_count",
            "registered_patients",
            "appointments_per_1000_patients_per_month",
            "england_appointments_per_1000_patients_per_month",
            "expected_appointment_count",
            "allocation_gap",
            "allocation_gap_share",
            "rank_below_england",
            "gp_count",
            "gp_share",
            "known_lead_time_count",
            "same_day_count",
            "same_day_share",
            "over_14_days_count",
            "over_14_days_share",
            "attended_count",
            "dna_count",
            "dna_rate",
            "unknown_status_count",
            "unknown_status_share",
            "included_patients",
            "open_patients",
            "coverage_share",
        ]
    ]


def marts(raw: RawTables, reference: Reference) -> dict[str, pd.DataFrame]:
    """The marts of the question, by name, from raw tables within the period."""
    return {
        "mart_resource_allocation": resource_allocation(raw.appointments_regional, reference),
    }


def sentences(asked: Asked) -> list[str]:
    """The sentences of the headline answers, their figures read again from the marts."""
    icbs = asked.rows(
        "select appointments_per_1000_patients_per_month, icb_name, allocation_gap, period_start_month, "
        "period_end_month, england_appointments_per_1000_patients_per_month "
        "from marts.mart_resource_allocation order by 1"
    )
    lowest = icbs[:5]
    shares = asked.row("select min(coverage_share), max(coverage_share) from marts.mart_resource_allocation")
    return [
        f"From {lowest[0][3]:%B %Y} to {lowest[0][4]:%B %Y}, the ICBs furthest below the rate of England's ICBs in the "
        f"data, {lowest[0][5]:.1f} appointments per 1,000 registered patients a month, were "
        + "; ".join(f"{name} ({rate:.1f})" for rate, name, *_ in lowest)
        + ".",
        "At that rate, they would have had this many more appointments in that time: "
        + "; ".join(f"{name} {-gap:,.0f}" for _, name, gap, *_ in lowest)
        + ".",
        "A low rate is a reason to look closer, not proof of need. Rates are not adjusted for age or deprivation, "
        f"unmet need is not recorded, and the practices in the data serve {percent(shares[0])} to "
        f"{percent(shares[1])} of an ICB's registered patients.",
    ]
