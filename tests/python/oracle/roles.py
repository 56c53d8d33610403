"""Question 4, where the role of the member of staff is known: who holds the appointments, and how that changes.

Reading taken where the contract is silent: the share of a role in a month is over all appointments of the area in the
month, whether their role is known or not.
"""

import pandas as pd

from .areas import AREA, finish, months_of, sum_by_area
from .measures import add_england_share, add_patients, add_share_of_area, ratio
from .reference import Reference, month_lengths
from .said import Asked, percent


def demand_by_role(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_demand_by_role` from the rows of `appointments_by_role`."""
    mart = add_share_of_area(sum_by_area(rows, reference, ["sds_role_group"]))
    mart = add_patients(add_england_share(mart, ["sds_role_group"]), rows, reference)
    mart["working_days"] = month_lengths(months_of(rows), reference.bank_holidays)["working_days"].sum()
    mart["appointments_per_working_day"] = ratio(mart["appointment_count"], mart["working_days"])
    columns = [
        "sds_role_group",
        "appointment_count",
        "area_appointment_count",
        "share_of_area",
        "england_share",
        "location_quotient",
        "working_days",
        "appointments_per_working_day",
        "registered_patients",
        "month_count",
        "appointments_per_1000_patients_per_month",
    ]
    return finish(mart, rows, reference, columns)


def monthly_demand_by_role(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """`mart_monthly_demand_by_role` from the rows of `appointments_by_role`."""
    month = [*AREA, "appointment_month"]
    mart = sum_by_area(rows, reference, ["appointment_month", "sds_role_group"])
    mart["area_month_appointment_count"] = mart.groupby(month)["appointment_count"].transform("sum")
    mart["share_of_area_month"] = ratio(mart["appointment_count"], mart["area_month_appointment_count"])
    lengths = month_lengths(months_of(rows), reference.bank_holidays)[["working_days"]]
    mart = mart.merge(lengths, on="appointment_month", validate="m:1")
    mart["appointments_per_working_day"] = ratio(mart["appointment_count"], mart["working_days"])
    a_year_on = mart[[*month, "sds_role_group", "appointments_per_working_day"]].assign(
        appointment_month=mart["appointment_month"] + pd.DateOffset(years=1)
    )
    mart = mart.merge(a_year_on, on=[*month, "sds_role_group"], how="left", suffixes=("", "_last_year"), validate="1:1")
    last_year = mart["appointments_per_working_day_last_year"]
    mart["change_from_same_month_last_year"] = ratio(mart["appointments_per_working_day"], last_year) - 1
    columns = [
        "appointment_month",
        "sds_role_group",
        "appointment_count",
        "area_month_appointment_count",
        "share_of_area_month",
        "working_days",
        "appointments_per_working_day",
        "change_from_same_month_last_year",
    ]
    return finish(mart, rows, reference, columns)


def sentences_of_roles(asked: Asked) -> list[str]:
    """Who holds the appointments, by role, and how GPs' share moved; nothing where the build has no roles."""
    roles = {
        role: (count, working_days, area)
        for role, count, working_days, area in asked.rows(
            "select sds_role_group, appointment_count, working_days, area_name from marts.mart_demand_by_role "
            "where area_level = 'England'"
        )
    }
    if not roles:
        return []
    total = sum(count for count, _, _ in roles.values())

    def held(role: str, after_share: str = "", after_day: str = "") -> str:
        count, working_days, _ = roles[role]
        return f"{percent(count / total)}{after_share} ({count:,}, or {count / working_days:,.0f}{after_day})"

    of_all = f" of appointments in {roles['GP'][2]}"
    unknown = sum(roles[role][0] for role in ("Data Quality", "Unknown") if role in roles)
    sentences = [
        f"{asked.period('appointments_by_role')}, GPs held "
        f"{held('GP', of_all, ' per working day')}, "
        f"nurses {held('Nurses')} and other direct patient care staff {held('Other Direct Patient Care')}. "
        f"The role was not known for {percent(unknown / total)}."
    ]
    months = asked.rows(
        "select appointment_month, sum(appointment_count), "
        "coalesce(sum(appointment_count) filter (sds_role_group = 'GP'), 0), "
        "coalesce(sum(appointment_count) filter (sds_role_group in ('Data Quality', 'Unknown')), 0) "
        "from core.fct_appointments_by_role_daily group by 1 order by 1 desc limit 24"
    )
    last, earliest = months[0][0], months[-1][0]
    if len(months) == 24 and 12 * (last.year - earliest.year) + last.month - earliest.month == 23:
        all_now, gp_now, unknown_now = (sum(month[i] for month in months[:12]) for i in (1, 2, 3))
        all_then, gp_then, unknown_then = (sum(month[i] for month in months[12:]) for i in (1, 2, 3))
        sentences.append(
            f"In the year to {last:%B %Y}, GPs held {percent(gp_now / all_now)} of appointments, against "
            f"{percent(gp_then / all_then)} in the year before; the role was not known for "
            f"{percent(unknown_now / all_now)}, against {percent(unknown_then / all_then)}."
        )
    return sentences
