"""In which geography the tables are, and under which ICB each row is counted in another.

Source of the rules: section 10 of the design.

Readings taken where the contract is silent:

- A release is of a geography that has all its codes. Of several, it is the one of its last month, or the first of
  them if that month is older; if none has all, the newest that any code needs.
- An ICB that ended and that some table names without a location, and whose locations went to several ICBs, stays an
  ICB of its own in every table.
- Of releases of several geographies together, the tables are of the newest, and what an older release counts under an
  ICB that ended is counted as if it were reported in the newest.
- Patients of a month before the seed has locations are rounded once, as the ICB that they are reported under.
- The ONS code of a location that the seed has none for is the one in `actual_duration`, or in `appointments_regional`
  where that is missing; of several the last.
"""

from pathlib import Path

import pandas as pd

from .need import read_need_inputs
from .raw import RawTables, read_text_columns
from .reference import PATIENTS, Reference, listed_practices, read_reference, with_published_coverage

PLACE = ["icb_ons_code", "sub_icb_location_code"]


def reported_in(
    raw: RawTables, raw_dir: Path, project_dir: Path, named: str | None = None
) -> tuple[RawTables, Reference]:
    """The tables with the ICB that each row is counted under, and the reference of the geography reported.

    `named` is a geography of the seed; without it the one in which the tables were published. Raises ValueError for
    one that is older than the tables'.
    """
    seed = read_geographies(project_dir)
    published = published_geography(raw.appointments_regional, seed)
    reported = named or published
    if reported < published:
        raise ValueError(f"tables of {published} cannot be reported in {reported}")
    alone = icbs_without_location(raw) if published != reported else set()
    moves: dict[tuple[str, str | None], str] = {}
    for name in sorted(seed.loc[seed["geography"] <= published, "geography"].unique()):
        moves |= icb_moves(seed, name, reported, alone)
    moved = RawTables(*(counted_under(rows, moves) for rows in raw))

    held = {icb for rows in moved for icb in rows["icb_ons_code"].unique()}
    reference = read_reference(project_dir, read_need_inputs(raw_dir, project_dir))
    geography = seed[seed["geography"] == reported]
    ended = seed[(seed["geography"] < reported) & seed["icb_ons_code"].isin(held - set(geography["icb_ons_code"]))]
    ended = ended.drop_duplicates(["icb_ons_code", "sub_icb_location_code"], keep="last")
    suffix = " (to " + pd.to_datetime(ended["valid_to"]).dt.strftime("%B %Y") + ")"
    ended = ended.assign(icb_name=ended["icb_name"] + suffix)
    gone = ~ended["sub_icb_location_code"].isin(geography["sub_icb_location_code"])
    ended_places = ended[gone].assign(sub_icb_location_name=ended["sub_icb_location_name"] + suffix)
    # A location that stays with an ICB that ended has its name of then.
    kept = ended[~gone].set_index("sub_icb_location_code")
    columns = ["sub_icb_location_name", "icb_ons_code"]
    as_kept = {
        name: geography["sub_icb_location_code"].map(kept[name]).astype(object).fillna(geography[name])
        for name in columns
    }
    places = pd.concat([geography.assign(**as_kept), ended_places], ignore_index=True)
    places["sub_icb_location_ons_code"] = ons_codes(places, raw_dir)

    icb_columns = ["icb_ons_code", "icb_name", "region_ons_code", "region_name"]
    icbs = pd.concat([geography, ended])[icb_columns].drop_duplicates().set_index("icb_ons_code")
    reference = reference._replace(
        geography=places,
        icbs=icbs.assign(is_current=icbs.index.isin(geography["icb_ons_code"])),
        practices=listed_practices(raw_dir),
        # The seed of coverage has the ICBs of the first geography.
        coverage=reference_coverage(reference.coverage, icb_moves(seed, seed["geography"].min(), reported, alone)),
    )
    return moved, with_published_coverage(reference, raw_dir, lambda rows: counted_under(rows, moves))


def read_geographies(project_dir: Path) -> pd.DataFrame:
    """The seed of geographies, all of them, as text."""
    return pd.read_csv(project_dir / "seeds" / "reference" / "geography.csv", dtype=str, keep_default_na=False)


def published_geography(rows: pd.DataFrame, seed: pd.DataFrame) -> str:
    """The geography of the rows of `appointments_regional`, which are not empty."""
    geographies_of = seed.groupby("icb_ons_code")["geography"].agg(set)
    held = [geographies_of[icb] for icb in rows["icb_ons_code"].unique() if icb in geographies_of.index]
    with_all_codes = set(seed["geography"]).intersection(*held)
    if not with_all_codes:
        return str(max(min(geographies) for geographies in held))
    last_month = rows["appointment_month"].max().strftime("%Y-%m")
    begun = [geography for geography in with_all_codes if geography <= last_month]
    return str(max(begun) if begun else min(with_all_codes))


def icbs_without_location(raw: RawTables) -> set[str]:
    """The ICBs that some table names without a location."""
    return {icb for rows in raw if "sub_icb_location_code" not in rows for icb in rows["icb_ons_code"].unique()}


def icb_moves(seed: pd.DataFrame, published: str, reported: str, alone: set[str]) -> dict[tuple[str, str | None], str]:
    """The ICB reported, by the published ICB and location; by the ICB and None for rows without a location.

    Only what moves is in it. `alone` names the ICBs that some table has without a location.
    """
    now = seed[seed["geography"] == reported].set_index("sub_icb_location_code")["icb_ons_code"]
    moves: dict[tuple[str, str | None], str] = {}
    of_then = seed[seed["geography"] == published]
    for icb in of_then["icb_ons_code"].unique():
        places = of_then[of_then["icb_ons_code"] == icb]
        if icb in set(now):
            continue
        successors = {place: now.get(place, icb) for place in places["sub_icb_location_code"]}
        if len(set(successors.values())) == 1:
            moves[icb, None] = next(iter(successors.values()))
        elif icb in alone:
            continue
        moves |= {(icb, place): successor for place, successor in successors.items()}
    return moves


def counted_under(rows: pd.DataFrame, moves: dict[tuple[str, str | None], str]) -> pd.DataFrame:
    """The rows with the ICB that each is counted under."""
    icbs = rows["icb_ons_code"].astype(object)
    places = rows["sub_icb_location_code"].astype(object) if "sub_icb_location_code" in rows else None
    if places is None:
        moved = [moves.get((icb, None), icb) for icb in icbs]
    else:
        pairs = pd.MultiIndex.from_arrays([icbs, places])
        known = {pair: moves.get(pair, pair[0]) for pair in pairs.unique()}
        moved = [known[pair] for pair in pairs]
    return rows.assign(icb_ons_code=pd.Series(moved, index=rows.index, dtype=object).astype("category"))


def ons_codes(places: pd.DataFrame, raw_dir: Path) -> pd.Series:
    """The ONS code of each place: the seed's, else the published one, else its short code."""
    try:
        texts = read_text_columns(raw_dir, "actual_duration")
    except FileNotFoundError:
        texts = read_text_columns(raw_dir, "appointments_regional")
    names = ["sub_icb_location_code", "sub_icb_location_ons_code"]
    pairs = texts.reindex(columns=names, fill_value="").drop_duplicates().astype(str)
    published = pairs[pairs["sub_icb_location_ons_code"] != ""].groupby("sub_icb_location_code").max().iloc[:, 0]
    codes = places["sub_icb_location_ons_code"].replace("", None)
    short = places["sub_icb_location_code"]
    return codes.fillna(short.map(published)).fillna(short)


def reference_coverage(seed: pd.DataFrame, moves: dict[tuple[str, str | None], str]) -> pd.DataFrame:
    """The seed's coverage by the ICBs reported: one row per ICB and month."""
    whole, by_place = seed[seed["sub_icb_location_code"].isna()], seed[seed["sub_icb_location_code"].notna()]
    first = by_place[by_place["coverage_month"] == by_place["coverage_month"].min()]
    parts = first[PLACE + PATIENTS].merge(
        first.groupby("icb_ons_code")[PATIENTS].sum(), on="icb_ons_code", suffixes=("", "_of_icb")
    )
    earlier = whole.drop(columns="sub_icb_location_code").merge(parts, on="icb_ons_code", suffixes=("_then", ""))
    for name in PATIENTS:
        earlier[name] = earlier[f"{name}_then"] * earlier[name] / earlier[f"{name}_of_icb"]
    columns = [*PLACE, "coverage_month", *PATIENTS]
    rows = counted_under(pd.concat([earlier[columns], by_place[columns]], ignore_index=True), moves)
    sums = rows.groupby(["icb_ons_code", "coverage_month"], observed=True, as_index=False)[PATIENTS].sum()
    return sums.astype({"icb_ons_code": object}).round(dict.fromkeys(PATIENTS, 0))
