"""Raw tables and reference seeds of a few invented places, and what the oracle makes of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
from oracle.oracle import compute

GEOGRAPHY = """\
geography,valid_from,valid_to,sub_icb_location_code,sub_icb_location_ons_code,sub_icb_location_name,icb_ons_code,\
icb_name,region_ons_code,region_name,patients_from_code
2022-07,2022-07-01,2026-03-31,00A,E38000001,North ICB - 00A,E54000001,North ICB,E40000001,Uplands,
2022-07,2022-07-01,2026-03-31,00B,E38000002,North ICB - 00B,E54000001,North ICB,E40000001,Uplands,
2022-07,2022-07-01,2026-03-31,01E,E38000003,Mid ICB - 01E,E54000002,Mid ICB,E40000001,Uplands,
2022-07,2022-07-01,2026-03-31,00D,E38000004,South ICB - 00D,E54000003,South ICB,E40000002,Lowlands,
"""
COVERAGE = """\
icb_ons_code,sub_icb_location_code,coverage_month,included_practices,open_practices,included_practice_patients,\
open_practice_patients
E54000001,00A,2020-08-01,1,1,600,600
E54000001,00B,2020-08-01,1,1,400,400
E54000001,00A,2020-10-01,1,1,1800,2400
E54000001,00B,2020-10-01,1,1,1200,1600
E54000002,01E,2020-08-01,1,1,1000,1000
E54000003,00D,2020-08-01,1,1,2000,2000
"""
BANK_HOLIDAYS = """\
bank_holiday_date,bank_holiday_name
2022-06-02,Spring bank holiday
2022-06-03,Platinum Jubilee bank holiday
"""
# By work, 1 per person under 65 and 2 above, by both formulas but for women by the second (1 and 4).
WORKLOAD = """\
formula,sex,age_band,lowest_age,highest_age,workload_index
review_2007,MALE,0-64,0,64,1
review_2007,MALE,65+,65,,2
review_2007,FEMALE,0-64,0,64,1
review_2007,FEMALE,65+,65,,2
global_sum_2004,MALE,0-64,0,64,1
global_sum_2004,MALE,65+,65,,2
global_sum_2004,FEMALE,0-64,0,64,1
global_sum_2004,FEMALE,65+,65,,4
"""
# Work 150 for 100 people, 100 for 100, 150 for 100 and 100 for 100; England is 500 for 400.
PATIENTS_BY_AGE = """\
extract_date,sub_icb_location_code,sex,age_band,registered_patients
2025-11-01,00A,MALE,60-64,50
2025-11-01,00A,MALE,65-69,50
2025-11-01,00B,FEMALE,0-4,100
2025-11-01,01E,FEMALE,95+,50
2025-11-01,01E,FEMALE,5-9,50
2025-11-01,00D,MALE,10-14,100
"""
DEPRIVATION = """\
sub_icb_location_code,imd_2019_score,patients_with_score,patients
00A,10,1,1
00B,30,1,1
01E,25,1,1
"""
REGIONAL = (
    "ICB_ONS_CODE,appointment_month,appointment_status,hcp_type,appointment_mode,"
    "time_between_book_and_appointment,count_of_appointments"
)
DURATIONS = (
    "sub_icb_location_code,sub_icb_location_ons_code,sub_icb_location_name,icb_ons_code,"
    "region_ons_code,appointment_date,actual_duration,count_of_appointments,is_synthetic"
)
CATEGORIES = (
    "appointment_date,icb_ons_code,sub_icb_location_name,service_setting,context_type,"
    "national_category,count_of_appointments,appointment_month"
)
NORTH, MID, SOUTH, NEW = "E54000001", "E54000002", "E54000003", "E54000099"


MakeTables = Callable[..., dict[str, pd.DataFrame]]


def table_maker(tmp_path: Path) -> MakeTables:
    """A function that writes raw tables and seeds and gives what the oracle makes of them."""

    def make(
        regional: Sequence[str] = (),
        durations: Sequence[str] = (),
        categories: Sequence[str] = (),
        header: str = REGIONAL,
        **options: str,
    ) -> dict[str, pd.DataFrame]:
        reference = tmp_path / "seeds" / "reference"
        reference.mkdir(parents=True)
        (reference / "geography.csv").write_text(GEOGRAPHY)
        (reference / "practice_coverage.csv").write_text(COVERAGE)
        (reference / "bank_holidays.csv").write_text(BANK_HOLIDAYS)
        (reference / "workload_index.csv").write_text(WORKLOAD)
        (reference / "registered_patients_by_age.csv").write_text(PATIENTS_BY_AGE)
        (reference / "deprivation.csv").write_text(DEPRIVATION)
        raw = tmp_path / "raw"
        raw.mkdir()
        for name, first, rows in (
            ("appointments_regional", header, regional or [appointments()]),
            ("actual_duration", DURATIONS, durations or [duration()]),
            ("national_categories", CATEGORIES, categories or [category()]),
        ):
            # As published: a byte order mark, and carriage returns.
            text = "\ufeff" + "".join(f"{line}\r\n" for line in [first, *rows])
            (raw / f"{name}.csv").write_bytes(text.encode())
        return compute(raw, tmp_path, **options)

    return make


def appointments(
    icb: str = NORTH,
    month: str = "2022-06",
    status: str = "Attended",
    hcp: str = "GP",
    mode: str = "Telephone",
    band: str = "Same Day",
    count: int | str = 1,
    location: str | None = None,
) -> str:
    """A line of appointments_regional; with a location, of the publication layout."""
    first = [] if location is None else [location]
    return ",".join([*first, icb, month, status, hcp, mode, band, str(count)])


def duration(
    code: str = "00A", icb: str = NORTH, date: str = "01-Jun-22", band: str = "1-5 Minutes", count: int = 1
) -> str:
    """A line of actual_duration."""
    return f"{code},E38,name,{icb},E40,{date},{band},{count},true"


def category(
    name: str = "North ICB - 00A", icb: str = NORTH, date: str = "2022-06-01", label: str = "Home Visit", count: int = 1
) -> str:
    """A line of national_categories."""
    setting = "General Practice,Care Related Encounter"
    return f"{date},{icb},{name},{setting},{label},{count},{date[:7]}"


def only(table: pd.DataFrame, **where: object) -> pd.Series:
    """The one row of a table with these values."""
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1, table
    return table.iloc[0]
