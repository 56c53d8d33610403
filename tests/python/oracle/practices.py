"""Question 7: practices and PCNs beside their peers, with funnels.

Readings taken where the contract is silent:

- The period is the three calendar months up to the last month of practices. A practice has its own months: those in
  which it has appointments.
- A practice is listed once whatever its suppliers, and is in the first row in order if the list contradicts itself. One
  that is not listed has its code for a name, no PCN, and the location of its latest month.
- Patients of a practice are those of known age and sex. A PCN has the mean over its months of the patients of the
  practices that have appointments in the month; its rates leave out practices whose patients are not known.
- A PCN with practices in several locations is in the one with most of its appointments, of equals the first by code.
- The denominator of the rate is in patients x months, and a value to compare with leaves out practices without one.
- The percentile rank counts half of the equal values. Percentiles for winsorising are interpolated.
- What a funnel is estimated from are the practices that it shows: those with a denominator of 100 or more.
"""

import numpy as np
import pandas as pd

from .areas import months_of
from .measures import ratio, with_counts
from .need import FORMULAS, need_by_area
from .raw import UNKNOWN, RawTables
from .reference import Reference
from .said import Asked, percent
from .statistics import funnel_position, funnel_scores, percentile_ranks

COUNTS = ["gp_count", "face_to_face_count", "telephone_count", "known_lead_time_count", "same_day_count"]
COUNTS += ["within_7_days_count", "over_14_days_count", "attended_count", "dna_count", "unknown_status_count"]
COUNTS += ["unmapped_category_count"]
PLACE = ["sub_icb_location_code", "sub_icb_location_name", "icb_ons_code", "icb_name", "region_ons_code", "region_name"]
RATE = "appointments_per_1000_weighted_patients_per_month"
RATES = ["appointments_per_1000_patients_per_month", RATE]
MINIMUM = 100


def practice_months(rows: pd.DataFrame) -> pd.DataFrame:
    """The counts of each practice and month of the period, from the rows of `appointments_by_practice`."""
    rows = rows.astype({"practice_code": object})
    if len(rows):
        rows = rows[rows["appointment_month"] > rows["appointment_month"].max() - pd.DateOffset(months=3)]
    rows = with_counts(rows)
    unmapped = rows["national_category"].isin(["Unmapped", "Inconsistent Mapping"])
    rows["unmapped_category_count"] = rows["appointment_count"].where(unmapped, 0)
    sums = rows.groupby(["practice_code", "appointment_month"], as_index=False)[["appointment_count", *COUNTS]].sum()
    return sums[sums["appointment_count"] > 0].reset_index(drop=True)


def practice_places(rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Name, supplier, PCN and place of every practice that is listed or has appointments, indexed by its code."""
    listed = reference.practices
    suppliers = listed.dropna(subset="supplier").groupby("practice_code")["supplier"]
    order = ["sub_icb_location_code", "pcn_code", "practice_name", "pcn_name"]
    one = listed.sort_values(order, na_position="last").drop_duplicates("practice_code").set_index("practice_code")
    one["supplier"] = suppliers.agg(lambda names: " / ".join(sorted(set(names))))
    named = one["pcn_name"].where(one["pcn_name"].notna(), one["pcn_code"])
    one["pcn_name"] = named

    columns = ["practice_code", "sub_icb_location_code"]
    latest = rows.sort_values(["appointment_month", "sub_icb_location_code"], ascending=[False, True])
    latest = latest[columns].astype(object).drop_duplicates("practice_code").set_index("practice_code")
    practices = pd.concat([one, latest[~latest.index.isin(one.index)]])
    for column in ("practice_name", "supplier", "pcn_code", "pcn_name"):
        practices[column] = practices[column].astype(object) if column in practices else None
    practices["practice_name"] = practices["practice_name"].where(
        practices["practice_name"].notna(), practices.index.to_series()
    )
    return with_place(practices, rows, reference)


def with_place(frame: pd.DataFrame, rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Add the name, ICB and region of each `sub_icb_location_code`."""
    code = frame["sub_icb_location_code"]
    known = reference.geography.set_index("sub_icb_location_code")
    published = rows.astype(object).groupby("sub_icb_location_code")["icb_ons_code"].first()
    icb = code.map(known["icb_ons_code"]).fillna(code.map(published))
    return frame.assign(
        sub_icb_location_name=code.map(known["sub_icb_location_name"]).fillna(code),
        icb_ons_code=icb,
        icb_name=icb.map(reference.icbs["icb_name"]).fillna(icb),
        region_ons_code=icb.map(reference.icbs["region_ons_code"]).fillna(UNKNOWN),
        region_name=icb.map(reference.icbs["region_name"]).fillna(UNKNOWN),
    )


def practice_need(raw: RawTables, reference: Reference) -> pd.DataFrame:
    """Patients, need index, need-weighted patients and their month, by practice."""
    need = need_by_area(reference.need, reference.geography, months_of(raw.appointments_regional).max())
    need = need.reset_index()
    need = need[need["area_level"] == "Practice"].set_index("area_code")
    index = need[FORMULAS[0]]
    return pd.DataFrame(
        {
            "patients_as_of": need["patients_as_of"],
            "registered_patients": need["patients"].astype("float64"),
            "need_index": index,
            "need_weighted_patients": need["patients"] * index,
        }
    )


def with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the share of each count, by the denominators of the project."""
    everything, timed = frame["appointment_count"], frame["known_lead_time_count"]
    kept_or_missed = frame["attended_count"] + frame["dna_count"]
    denominators = {
        **dict.fromkeys(["gp", "face_to_face", "telephone", "unknown_status", "unmapped_category"], everything),
        **dict.fromkeys(["same_day", "within_7_days", "over_14_days"], timed),
    }
    shares = {f"{name}_share": ratio(frame[f"{name}_count"], of) for name, of in denominators.items()}
    return frame.assign(
        **shares,
        attendance_rate=ratio(frame["attended_count"], kept_or_missed),
        dna_rate=ratio(frame["dna_count"], kept_or_missed),
    )


def count_and_share_columns() -> list[str]:
    """The counts in order, each with its share behind it."""
    columns = []
    for count in COUNTS:
        share = {"attended_count": "attendance_rate", "dna_count": "dna_rate"}.get(
            count, count.replace("_count", "_share")
        )
        columns += [count] if count == "known_lead_time_count" else [count, share]
    return columns


def months_and_counts(months: pd.DataFrame, by: str) -> pd.DataFrame:
    """First and last month, number of months and counts of each group, indexed by it."""
    groups = months.groupby(by)
    return pd.DataFrame(
        {
            "period_start_month": groups["appointment_month"].min(),
            "period_end_month": groups["appointment_month"].max(),
            "month_count": groups["appointment_month"].nunique(),
            **{name: groups[name].sum() for name in ["appointment_count", *COUNTS]},
        }
    )


def practice_profile(months: pd.DataFrame, places: pd.DataFrame, need: pd.DataFrame) -> pd.DataFrame:
    """`mart_practice_profile`."""
    mart = months_and_counts(months, "practice_code").join(places).join(need)
    for rate, patients in zip(RATES, ("registered_patients", "need_weighted_patients"), strict=True):
        mart[rate] = ratio(mart["appointment_count"] * 1000, mart[patients] * mart["month_count"])
    names = ["practice_code", "practice_name", "supplier", "pcn_code", "pcn_name", *PLACE]
    period = ["period_start_month", "period_end_month", "month_count", "patients_as_of"]
    patients_columns = ["registered_patients", "need_index", "need_weighted_patients", "appointment_count"]
    columns = [*names, *period, *patients_columns, *RATES, *count_and_share_columns()]
    return with_shares(mart.reset_index())[columns]


def pcn_profile(
    months: pd.DataFrame, places: pd.DataFrame, need: pd.DataFrame, rows: pd.DataFrame, reference: Reference
) -> pd.DataFrame:
    """`mart_pcn_profile`."""
    of_practices = ["pcn_code", "pcn_name", "sub_icb_location_code"]
    joined = months.join(places[of_practices], on="practice_code").join(need, on="practice_code")
    joined = joined.dropna(subset="pcn_code")
    joined["counted"] = joined["appointment_count"].where(joined["registered_patients"] > 0, 0)
    mart = months_and_counts(joined, "pcn_code")
    groups = joined.groupby("pcn_code")
    mart["practice_count"] = groups["practice_code"].nunique()
    mart["location_count"] = groups["sub_icb_location_code"].nunique()
    mart["patients_as_of"] = groups["patients_as_of"].max()
    mart["appointment_count_with_patients"] = groups["counted"].sum()
    for name in ("registered_patients", "need_weighted_patients"):
        patient_months = groups[name].sum(min_count=1)
        mart[name] = patient_months / mart["month_count"]
    mart["need_index"] = ratio(mart["need_weighted_patients"], mart["registered_patients"])
    for rate, patients in zip(RATES, ("registered_patients", "need_weighted_patients"), strict=True):
        mart[rate] = ratio(mart["appointment_count_with_patients"] * 1000, mart[patients] * mart["month_count"])
    names = places.dropna(subset="pcn_code").groupby("pcn_code")["pcn_name"].min()
    mart["pcn_name"] = names.reindex(mart.index)
    sizes = joined.groupby(["pcn_code", "sub_icb_location_code"])["appointment_count"].sum().reset_index()
    sizes = sizes.sort_values(["appointment_count", "sub_icb_location_code"], ascending=[False, True])
    mart["sub_icb_location_code"] = sizes.drop_duplicates("pcn_code").set_index("pcn_code")["sub_icb_location_code"]
    mart = with_place(mart, rows, reference)
    counted = ["location_count", "practice_count", "period_start_month", "period_end_month", "month_count"]
    patients_columns = ["patients_as_of", "registered_patients", "need_index", "need_weighted_patients"]
    columns = ["pcn_code", "pcn_name", *PLACE, *counted, *patients_columns, "appointment_count"]
    columns += ["appointment_count_with_patients", *RATES, *count_and_share_columns()]
    return with_shares(mart.reset_index())[columns]


def practice_benchmarks(profile: pd.DataFrame) -> pd.DataFrame:
    """`mart_practice_benchmarks` from the profiles of practices."""
    everything, timed = profile["appointment_count"], profile["known_lead_time_count"]
    measures = {
        RATE: (everything, profile["need_weighted_patients"] * profile["month_count"]),
        "gp_share": (profile["gp_count"], everything),
        "face_to_face_share": (profile["face_to_face_count"], everything),
        "same_day_share": (profile["same_day_count"], timed),
        "over_14_days_share": (profile["over_14_days_count"], timed),
        "dna_rate": (profile["dna_count"], profile["attended_count"] + profile["dna_count"]),
        "unmapped_category_share": (profile["unmapped_category_count"], everything),
    }
    names = ["practice_code", "practice_name", "pcn_code", "sub_icb_location_code", "icb_ons_code", "region_ons_code"]
    parts = []
    for measure, (numerator, denominator) in measures.items():
        part = profile[names].assign(
            measure=measure, numerator=numerator.astype("float64"), denominator=denominator.astype("float64")
        )
        parts.append(compared(part, 1000 if measure == RATE else 1))
    mart = pd.concat(parts, ignore_index=True)
    peers = ["pcn_value", "location_value", "icb_value", "england_value"]
    found = ["percentile_in_icb", "percentile_in_england", "z_score", "funnel"]
    return mart[[*names[:1], "measure", *names[1:], "numerator", "denominator", "value", *peers, *found]]


def compared(part: pd.DataFrame, per: int) -> pd.DataFrame:
    """The practices of one measure, which is per 1 or per 1,000, with the values of their peers and their funnel."""
    numerator, denominator = part["numerator"].where(part["denominator"].notna()), part["denominator"]
    part["value"] = ratio(numerator * per, denominator)
    part["everyone"] = "England"
    keys = {"pcn": "pcn_code", "location": "sub_icb_location_code", "icb": "icb_ons_code", "england": "everyone"}
    for peers, key in keys.items():
        top, bottom = (values.groupby(part[key]).transform("sum") for values in (numerator, denominator))
        part[f"{peers}_value"] = ratio(top * per, bottom)

    ranked = part[denominator >= MINIMUM]
    by_icb = ranked.groupby("icb_ons_code")["value"]
    part["percentile_in_icb"] = by_icb.transform(percentile_ranks).astype("float64")
    part["percentile_in_england"] = percentile_ranks(ranked["value"]) if len(ranked) else np.nan
    part["z_score"] = (
        funnel_scores(
            ranked["numerator"], ranked["denominator"], float(ranked["england_value"].iloc[0]) / per, is_rate=per != 1
        )
        if len(ranked)
        else np.nan
    )
    part["z_score"] = part["z_score"].astype("float64")
    part["funnel"] = part["z_score"].map(funnel_position).astype(object)
    return part.drop(columns="everyone")


def marts(raw: RawTables, reference: Reference) -> dict[str, pd.DataFrame]:
    """The marts of the question, by name, from raw tables within the period."""
    rows = raw.appointments_by_practice
    months = practice_months(rows)
    places, need = practice_places(rows, reference), practice_need(raw, reference)
    profile = practice_profile(months, places, need)
    return {
        "mart_practice_profile": profile,
        "mart_pcn_profile": pcn_profile(months, places, need, rows, reference),
        "mart_practice_benchmarks": practice_benchmarks(profile),
    }


def sentences(asked: Asked) -> list[str]:
    """The sentences of the headline answers, their figures read again from the marts."""
    practices = asked.rows("from marts.mart_practice_profile")
    if not practices:
        return ["The raw tables hold no appointments by practice, so this question has no answer here."]
    first, last, unmapped, everything = asked.row(
        "select min(appointment_month), max(appointment_month), "
        "sum(appointment_count) filter (where national_category in ('Unmapped', 'Inconsistent Mapping')), "
        "sum(appointment_count) from core.fct_appointments_by_practice_monthly"
    )
    period = f"In {first:%B %Y}" if first == last else f"From {first:%B %Y} to {last:%B %Y}"

    def tenths(mart: str, value: str, where: str) -> tuple[float, float, int]:
        values = [value for (value,) in asked.rows(f"select {value} from marts.{mart} where {where}")]
        low, high = np.quantile(values, [0.1, 0.9])
        return float(low), float(high), len(values)

    words = {
        "unmapped_category_share": "the share of appointments without a known category",
        RATE: "appointments per need-weighted patient",
        "gp_share": "the share held by GPs",
        "face_to_face_share": "the share held face to face",
        "same_day_share": "the share held on the day they were booked",
        "over_14_days_share": "the share held more than 14 days after booking",
        "dna_rate": "the DNA rate",
    }
    spread = {
        measure: tenths("mart_practice_benchmarks", "value", f"measure = '{measure}' and denominator >= 100")
        for measure in words
    }
    counts = {
        measure: asked.row(
            "select count(*) filter (abs(z_score) > 3.0902323), count(*) filter (abs(z_score) > 1.959964) "
            f"from marts.mart_practice_benchmarks where measure = '{measure}'"
        )
        for measure in words
    }
    found = "; ".join(f"{counts[m][0]:,} and {counts[m][1]:,} by {said}" for m, said in words.items())
    most = max(count for _, _, count in spread.values())
    record, use, missed = spread["unmapped_category_share"], spread[RATE], spread["dna_rate"]
    pcn_use = tenths("mart_pcn_profile", RATE, "need_weighted_patients * month_count >= 100")
    pcn_missed = tenths("mart_pcn_profile", "dna_rate", "attended_count + dna_count >= 100")
    return [
        f"{period}, {percent(unmapped / everything)} of the appointments in {len(practices):,} practices had no known "
        f"category (Unmapped or Inconsistent Mapping): at most {percent(record[0])} in a tenth of the practices, and "
        f"at least {percent(record[1])} in another tenth. Practices record differently, so keep this in mind for every "
        "other difference between them.",
        f"Of {most:,} practices, chance alone would put {0.002 * most:,.0f} beyond the 99.8% limits of a funnel and "
        f"{0.05 * most:,.0f} beyond its 95% limits. The limits allow for the usual differences between practices, and "
        f"these were beyond them: {found}. They are reasons to look, not judgements.",
        f"The middle four fifths of {pcn_use[2]:,} PCNs had from {pcn_use[0]:.1f} to {pcn_use[1]:.1f} appointments a "
        "month per 1,000 patients weighted for need by age and sex, and the middle four fifths of practices from "
        f"{use[0]:.1f} to {use[1]:.1f}.",
        f"Patients missed from {percent(pcn_missed[0])} to {percent(pcn_missed[1])} of appointments (DNA) in the "
        f"middle four fifths of {pcn_missed[2]:,} PCNs, and from {percent(missed[0])} to {percent(missed[1])} in the "
        "middle four fifths of practices.",
    ]
