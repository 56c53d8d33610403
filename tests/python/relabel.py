"""A publication of before April 2026 as one of after it would look: the same appointments under the codes of today."""

import re
import zipfile
from pathlib import Path

import duckdb
import pandas as pd

PROJECT = Path(__file__).resolve().parents[2]
# Stand-ins for the codes that ONS gave the three places that were drawn anew, which no release here has.
NEW_ONS_CODES = {"U2G6B": "E38009901", "92A": "E38009902", "D9Y0V": "E38009903"}
CELLS = {"sub_icb_location_code", "sub_icb_location_ons_code", "sub_icb_location_name", "icb_ons_code", "icb_name"}


def geographies() -> pd.DataFrame:
    """The seed, every cell as text."""
    return pd.read_csv(PROJECT / "seeds" / "reference" / "geography.csv", dtype=str, keep_default_na=False)


def ended_places() -> re.Pattern[str]:
    """What finds the codes and names of ICBs and locations that ended in April 2026."""
    kinds = ["icb_ons_code", "icb_code", "icb_name", "sub_icb_location_code"]
    seed = geographies()
    now, before = (set(seed[seed["geography"] == name][kinds].to_numpy().ravel()) for name in ("2026-04", "2022-07"))
    return re.compile(rf"(?<![\w+/=])({'|'.join(map(re.escape, sorted(before - now)))})(?![\w+/=])")


def places_of_today() -> pd.DataFrame:
    """One row per location of before April 2026 (`old_code`) and what the files call its place since.

    Frimley's D4U1Y ended, and went to three locations practice by practice; here all of it becomes U2G6B, the largest.
    """
    seed = geographies()
    before = seed[seed["geography"] == "2022-07"][["sub_icb_location_code"]]
    before = before.assign(old_code=before["sub_icb_location_code"]).replace(
        {"sub_icb_location_code": {"D4U1Y": "U2G6B"}}
    )
    places = before.merge(seed[seed["geography"] == "2026-04"], on="sub_icb_location_code")
    places["sub_icb_location_ons_code"] = (
        places["sub_icb_location_code"].map(NEW_ONS_CODES).fillna(places["sub_icb_location_ons_code"])
    )
    return places


def relabel(files: Path, output: Path) -> None:
    """Write the publisher's ZIPs of `files` into `output` with the places of today, each CSV under its own name."""
    output.mkdir()
    places = places_of_today()
    with duckdb.connect() as connection:
        connection.register("places", places)
        for archive in sorted(files.glob("*.zip")):
            with zipfile.ZipFile(archive) as source, zipfile.ZipFile(output / archive.name, "w") as target:
                for member in source.namelist():
                    source.extract(member, output)
                    table = f"read_csv('{output / member}', all_varchar = true)"
                    header = connection.execute(f"describe from {table}").fetchall()
                    replaced = [f'p.{name.lower()} as "{name}"' for name, *_ in header if name.lower() in CELLS]
                    code = next(name for name, *_ in header if name.lower() == "sub_icb_location_code")
                    connection.execute(
                        f"copy (select r.* replace ({', '.join(replaced)}) from {table} as r "
                        f"inner join places as p on r.\"{code}\" = p.old_code) to '{output}/out.csv' (header)"
                    )
                    target.write(output / "out.csv", member, zipfile.ZIP_DEFLATED, 1)
                    (output / member).unlink()
    (output / "out.csv").unlink()
