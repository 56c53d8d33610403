"""Appointments by raw table, column and clean label in the tables of mid-2022, as several analysts published them."""

PUBLISHED_TOTALS = {
    ("appointments_regional", "appointment_status"): {
        "Attended": 677_755_876,
        "Unknown": 34_137_416,
        "DNA": 30_911_233,
    },
    ("appointments_regional", "hcp_type"): {
        "GP": 379_650_140,
        "Other Practice staff": 339_650_535,
        "Unknown": 23_503_850,
    },
    ("appointments_regional", "appointment_mode"): {
        "Face-to-Face": 439_981_729,
        "Telephone": 267_862_657,
        "Unknown": 26_451_305,
        "Home Visit": 4_887_876,
        "Video/Online": 3_620_958,
    },
    ("appointments_regional", "lead_time_band"): {
        "Same day": 342_747_171,
        "2 to 7 days": 153_794_531,
        "8 to 14 days": 86_846_519,
        "1 day": 67_716_097,
        "15 to 21 days": 42_710_574,
        "22 to 28 days": 25_536_541,
        "More than 28 days": 23_050_987,
        "Unknown": 402_105,
    },
    ("actual_duration", "duration_band"): {
        "Unknown": 40_284_086,
        "6-10 minutes": 33_800_815,
        "1-5 minutes": 28_600_865,
        "11-15 minutes": 25_160_882,
        "16-20 minutes": 16_004_247,
        "21-30 minutes": 15_026_365,
        "31-60 minutes": 9_103_432,
    },
}
