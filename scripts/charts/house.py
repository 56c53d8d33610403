"""What every chart shares: colours, type, titles.

Colours are those of the NHS identity, told apart by people who see colours differently.
"""

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from database import Warehouse

BLUE, LIGHT_BLUE = "#005EB8", "#41B6E6"
YELLOW, PINK, PALE_GREY, TEXT = "#FFB81C", "#AE2573", "#D8DDE0", "#212B32"
STATUS_COLOURS = alt.Scale(domain=["Attended", "DNA", "Unknown"], range=[BLUE, PINK, PALE_GREY])
WIDTH = 640

# Vega-Lite's configuration. `style: england` is the mark that stands for England's value across a bar.
CONFIG: dict[str, Any] = {
    "font": "Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "gridColor": "#EDEFF0",
        "domainColor": PALE_GREY,
        "labelFontSize": 12,
    },
    "header": {"labelColor": TEXT, "labelFontSize": 13, "labelFontWeight": "bold", "title": None},
    "legend": {"labelColor": TEXT, "titleColor": TEXT, "labelFontSize": 12},
    "bar": {"color": BLUE},
    "line": {"color": BLUE},
    "circle": {"color": BLUE},
    "rule": {"color": TEXT},
    "text": {"color": TEXT},
    "style": {"england": {"color": YELLOW, "thickness": 3, "opacity": 1}},
}


@dataclass
class Picture:
    """A chart, its title, and what it shows for people who cannot see it."""

    chart: alt.TopLevelMixin
    title: str
    alt_text: str


def finish(warehouse: Warehouse, chart: alt.TopLevelMixin, title: str, subtitle: list[str], alt_text: str) -> Picture:
    """Put title, subtitle and footer around a chart, in the house's style."""
    source = "Source: NHS England, Appointments in General Practice (OGL v3.0)"
    footer = "Synthetic sample: places are real, figures are made up." if warehouse.is_synthetic else source
    heading = alt.TitleParams(
        title,
        subtitle=[*subtitle, footer],
        anchor="start",
        fontSize=17,
        color=TEXT,
        subtitleColor="#4C6272",
        subtitleFontSize=12,
        subtitlePadding=6,
        offset=18,
    )
    return Picture(
        chart.properties(title=heading, padding=12, background="white", config=CONFIG),
        title,
        alt_text,
    )


def share_axis(title: str | None = None) -> alt.Axis:
    """Return an axis of percentages."""
    return alt.Axis(format=".0%", title=title, tickCount=4)


def england_first(rows: pd.DataFrame) -> list[str]:
    """The areas in the order of their panels: England, then the regions by name."""
    return rows.sort_values(["is_england", "area"], ascending=[False, True])["area"].unique().tolist()
