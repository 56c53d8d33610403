"""The charts of what was measured."""

from pathlib import Path
from typing import Any

import altair as alt

from bench.builds import WHAT

NHS_BLUE, NHS_GREY = "#005EB8", "#768692"


def draw_builds(results: dict[str, Any], file: Path) -> None:
    """Draw the builds' wall times as bars, shortest first."""
    rows = [
        {
            "what": WHAT[name].replace("`", ""),
            "seconds": figures["median_seconds"],
            "label": f"{figures['median_seconds']:.1f} s",
        }
        for name, figures in results["builds"].items()
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("what:N", sort=alt.EncodingSortField("seconds"), title=None, axis=alt.Axis(labelLimit=420, ticks=False))
    )
    bars = base.mark_bar(color=NHS_BLUE).encode(
        x=alt.X("seconds:Q", title="seconds, median", axis=alt.Axis(grid=False))
    )
    labels = base.mark_text(align="left", dx=4).encode(x="seconds:Q", text="label:N")
    measured_on = results["machines"]["build"]
    subtitle = f"{measured_on['cores']} cores, {measured_on['processor']}, {results['data']}"
    share = results["builds"]["make build"]["median_seconds"] / results["builds"]["stock seeds"]["median_seconds"]
    title = f"Build, test and publish: {share:.0%} of the time that dbt's own seeds take"
    finish(bars + labels, title, subtitle, 220, file)


def draw_growth(results: dict[str, Any], file: Path) -> None:
    """Draw wall time and peak memory against raw rows, both axes logarithmic, with proportional growth as a line."""
    growth = results["growth"]
    first = growth[0]
    panels = []
    for field, title in (("seconds", "seconds, whole make build"), ("peak_mb", "peak memory, MB")):
        values = [{**row, "linear": first[field] * row["raw_rows"] / first["raw_rows"]} for row in growth]
        log = alt.Scale(type="log", nice=False, padding=30)
        base = alt.Chart(alt.InlineData(values=values), width=300, height=260).encode(
            x=alt.X("raw_rows:Q", scale=log, title="raw rows", axis=alt.Axis(format="~s", tickCount=4, grid=False))
        )
        line = base.mark_line(point=True, color=NHS_BLUE).encode(
            y=alt.Y(f"{field}:Q", scale=log, title=title, axis=alt.Axis(format=",", tickCount=4))
        )
        linear = base.mark_line(strokeDash=[4, 4], color=NHS_GREY).encode(y=alt.Y("linear:Q", scale=log))
        labels = base.mark_text(dy=-12, color=NHS_BLUE).encode(
            y=f"{field}:Q", text=alt.Text(f"{field}:Q", format=",.0f")
        )
        panels.append(linear + line + labels)
    subtitle = (
        f"Generated tables, DuckDB's memory_limit {first['memory_limit']}, "
        f"{results['machines']['growth']['cores']} cores. Dashed: in proportion to the rows."
    )
    rows, seconds = (growth[-1][field] / first[field] for field in ("raw_rows", "seconds"))
    title = f"{rows:.0f} times the rows in {seconds:.0f} times the time and {growth[-1]['peak_mb'] / 1000:.1f} GB"
    finish(alt.hconcat(*panels), title, subtitle, None, file)


def finish(chart: alt.LayerChart | alt.HConcatChart, title: str, subtitle: str, height: int | None, file: Path) -> None:
    """Give a chart its title and write it as an SVG."""
    if height:
        chart = chart.properties(width=420, height=height)
    heading = alt.TitleParams(title, subtitle=subtitle, anchor="start", fontSize=16, subtitleColor=NHS_GREY, offset=16)
    chart.properties(title=heading).configure(font="Arial, sans-serif").configure_view(stroke=None).save(file)
