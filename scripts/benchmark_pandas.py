"""The six questions in pandas, as an analyst would answer them in a notebook: what the benchmark compares with.

No tests, no intervals, no areas below the region but where a question asks for them. Reads the three raw tables as
.csv from the folder named first and prints one table per question.
"""

import sys
from pathlib import Path

import pandas as pd

COUNT = "count_of_appointments"


def dna_rate(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Attended, DNA and the DNA rate, a fraction of 1, per value of `by`."""
    counts = table.pivot_table(index=by, columns="appointment_status", values=COUNT, aggfunc="sum", fill_value=0)
    return counts.assign(dna_rate=counts["DNA"] / (counts["DNA"] + counts["Attended"]))


def main(folder: Path) -> None:
    durations = pd.read_csv(folder / "actual_duration.csv")
    regional = pd.read_csv(folder / "appointments_regional.csv")
    categories = pd.read_csv(folder / "national_categories.csv")
    durations["date"] = pd.to_datetime(durations["appointment_date"], format="mixed", dayfirst=True)
    regional["month"] = pd.to_datetime(regional["appointment_month"], format="mixed")
    categories["date"] = pd.to_datetime(categories["appointment_date"], format="mixed")
    regions = durations.drop_duplicates("icb_ons_code").set_index("icb_ons_code")["region_ons_code"]
    regional["region"] = regional["icb_ons_code"].map(regions)
    lead_time, mode = "time_between_book_and_appointment", "appointment_mode"

    # 1. Demand by mode and status across regions.
    demand = regional.groupby(["region", mode, "appointment_status"])[COUNT].sum()
    print(demand / demand.groupby("region").transform("sum"))

    # 2. Lead time and attendance.
    print(dna_rate(regional, [lead_time]))
    print(dna_rate(regional, ["hcp_type", lead_time]))

    # 3. Durations, and their correlation with DNA rates and professionals across ICBs.
    bands = durations.groupby(["region_ons_code", "actual_duration"])[COUNT].sum()
    print(bands / bands.groupby("region_ons_code").transform("sum"))
    minutes = {"1-5": 3, "6-10": 8, "11-15": 13, "16-20": 18, "21-30": 25.5, "31-60": 45.5}
    known = durations.assign(minutes=durations["actual_duration"].str.split(" ").str[0].map(minutes)).dropna(
        subset="minutes"
    )
    sums = known.assign(weighted=known["minutes"] * known[COUNT]).groupby("icb_ons_code")[["weighted", COUNT]].sum()
    recent = regional[regional["month"] >= durations["date"].min()]
    gp_share = recent[recent["hcp_type"] == "GP"].groupby("icb_ons_code")[COUNT].sum()
    icbs = dna_rate(recent, ["icb_ons_code"]).assign(
        mean_minutes=sums["weighted"] / sums[COUNT],
        gp_share=gp_share / recent.groupby("icb_ons_code")[COUNT].sum(),
    )
    print(icbs[["mean_minutes", "dna_rate", "gp_share"]].corr())

    # 4. Professionals and availability.
    for attribute in (lead_time, mode, "appointment_status"):
        mix = regional.pivot_table(index="hcp_type", columns=attribute, values=COUNT, aggfunc="sum", fill_value=0)
        print(mix.div(mix.sum(axis=1), axis=0))

    # 5. Months, seasons and weekdays.
    months = regional.groupby("month")[COUNT].sum()
    working_days = months.index.map(lambda month: len(pd.bdate_range(month, month + pd.offsets.MonthEnd())))
    print((months / working_days).to_frame("per_weekday"))
    print(durations.groupby(["region_ons_code", durations["date"].dt.day_name()])[COUNT].sum())

    # 6. The five locations with most records.
    records = categories.groupby("sub_icb_location_name")[COUNT].agg(["size", "sum"])
    print(records.nlargest(5, "size"))
    print(records.nlargest(5, "sum"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
