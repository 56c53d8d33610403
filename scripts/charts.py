"""Draw the answers from a published warehouse: one picture per question, two where the question has two sides.

Each picture's title says what was found, its subtitle unit and period, its footer the source and whether the data is
synthetic. Colours are those of the NHS identity, told apart by people who see colours differently; what is drawn is
labelled where it is drawn. Everything comes from the published marts by SQL: nothing is computed here.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import altair as alt
import duckdb
import pandas as pd
from progress import complain

BLUE, LIGHT_BLUE = "#005EB8", "#41B6E6"
YELLOW, PINK, PALE_GREY, TEXT = "#FFB81C", "#AE2573", "#D8DDE0", "#212B32"
STATUS_COLOURS = alt.Scale(domain=["Attended", "DNA", "Unknown"], range=[BLUE, PINK, PALE_GREY])
WIDTH = 640


@dataclass
class Picture:
    """A chart with what is said about it: `alt_text` for who cannot see it."""

    chart: alt.TopLevelMixin
    title: str
    alt_text: str


class Warehouse:
    """A published file, open for reading."""

    def __init__(self, file: Path) -> None:
        self.connection = duckdb.connect(str(file), read_only=True)
        [(self.is_synthetic,)] = self.connection.execute(
            "select bool_or(is_synthetic) from quality.quality_raw_profile"
        ).fetchall()

    def rows(self, sql: str) -> pd.DataFrame:
        return self.connection.execute(sql).df()

    def period(self, raw_table: str) -> str:
        """The months of a raw table in words: January 2020 to June 2022."""
        period: str
        [(period,)] = self.connection.execute(
            "select strftime(period_from, '%B %Y') || ' to ' || strftime(period_to, '%B %Y') "
            "from quality.quality_raw_profile where raw_table = ?",
            [raw_table],
        ).fetchall()
        return period

    def finish(self, chart: alt.TopLevelMixin, title: str, subtitle: list[str], alt_text: str) -> Picture:
        """Put title, subtitle and footer around a chart."""
        source = "Source: NHS England, Appointments in General Practice (OGL v3.0)"
        footer = "Synthetic sample: places are real, figures are made up." if self.is_synthetic else source
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
        finished = house_style(chart.properties(title=heading, padding=12))
        return Picture(finished, title, alt_text)


def house_style(chart: alt.TopLevelMixin) -> alt.TopLevelMixin:
    styled: alt.TopLevelMixin = (
        chart.properties(background="white")
        .configure(font="Arial, Helvetica, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(labelColor=TEXT, titleColor=TEXT, gridColor="#EDEFF0", domainColor=PALE_GREY, labelFontSize=12)
        .configure_header(labelColor=TEXT, labelFontSize=13, labelFontWeight="bold", title=None)
        .configure_legend(labelColor=TEXT, titleColor=TEXT, labelFontSize=12)
    )
    return styled


def share_axis(title: str | None = None) -> alt.Axis:
    return alt.Axis(format=".0%", title=title, tickCount=4)


def england_first(rows: pd.DataFrame) -> list[str]:
    """The areas in the order of their panels: England, then the regions by name."""
    return rows.sort_values(["is_england", "area"], ascending=[False, True])["area"].unique().tolist()


def demand_by_mode_and_status(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            if(area_level = 'England', 'England', area_name) as area,
            area_level = 'England' as is_england,
            appointment_mode,
            appointment_status,
            appointments_per_1000_patients_per_month as rate,
            sum(share_of_area) over (partition by area_code, appointment_mode) as mode_share
        from marts.mart_demand_by_mode_and_status
        where area_level in ('England', 'NHS region') and area_code <> 'Unknown' and appointment_mode <> 'Unknown'
        """
    )
    order = england_first(rows)
    [(leading_modes, lowest_area, lowest, highest_area, highest)] = warehouse.connection.execute(
        """
        with shares as (
            select area_name, appointment_mode, sum(share_of_area) as share
            from marts.mart_demand_by_mode_and_status
            where area_level = 'NHS region' and area_code <> 'Unknown'
            group by area_name, appointment_mode
        ),
        leaders as (
            select area_name, arg_max(appointment_mode, share) as appointment_mode, max(share) as share
            from shares
            group by area_name
        )
        select
            list(distinct appointment_mode),
            arg_min(area_name, share), min(share),
            arg_max(area_name, share), max(share)
        from leaders
        """
    ).fetchall()
    modes = alt.Y("appointment_mode:N", title=None, sort=["Face-to-Face", "Telephone", "Home Visit", "Video/Online"])
    base = alt.Chart(rows).encode(y=modes)
    bars = base.mark_bar().encode(
        x=alt.X("sum(rate):Q", axis=alt.Axis(title=None, tickCount=3)),
        color=alt.Color(
            "appointment_status:N", scale=STATUS_COLOURS, legend=alt.Legend(title=None, orient="top", offset=4)
        ),
        order=alt.Order("appointment_status:N"),
        tooltip=["area:N", "appointment_mode:N", "appointment_status:N", alt.Tooltip("rate:Q", format=",.1f")],
    )
    labels = (
        base.mark_text(align="left", dx=4, fontSize=11, color=TEXT)
        .encode(x=alt.X("sum(rate):Q"), text=alt.Text("share:Q", format=".1%"))
        .transform_aggregate(rate="sum(rate)", share="max(mode_share)", groupby=["area", "appointment_mode"])
    )
    panels = (
        alt.layer(bars, labels)
        .properties(width=290, height=92)
        .facet(facet=alt.Facet("area:N", sort=order, header=alt.Header(title=None)), columns=2, spacing=16)
    )
    if not leading_modes:
        title = "No NHS region is in the data"
    elif lowest_area == highest_area:
        title = f"{leading_modes[0]} leads in {lowest_area}: {lowest:.1%} of appointments"
    else:
        one = len(leading_modes) == 1
        leader = f"{leading_modes[0]} leads everywhere" if one else "The leading mode differs by region"
        title = f"{leader}: {lowest:.1%} of appointments in {lowest_area}, {highest:.1%} in {highest_area}"
    return warehouse.finish(
        panels,
        title,
        [
            "Appointments per 1,000 registered patients a month, by mode and status; label: the mode's share of all.",
            warehouse.period("appointments_regional"),
        ],
        f"Bar charts of appointments by mode and status for England and each NHS region. {title}.",
    )


def attendance_by_lead_time(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            lead_time_band, lead_time_band_order, dna_rate, dna_rate_ci_lower, dna_rate_ci_upper,
            dna_odds_ratio as crude, adjusted_dna_odds_ratio as adjusted
        from marts.mart_attendance_by_lead_time
        where area_level = 'England' and hcp_type = 'All' and lead_time_band <> 'Unknown'
        order by lead_time_band_order
        """
    )
    order = rows["lead_time_band"].tolist()
    rate = alt.Chart(rows).encode(y=alt.Y("lead_time_band:N", sort=order, title=None))
    rates = (
        rate.mark_bar(color=BLUE, height=14).encode(x=alt.X("dna_rate:Q", axis=share_axis("DNA rate")))
        + rate.mark_rule(color=TEXT, strokeWidth=2).encode(x="dna_rate_ci_lower:Q", x2="dna_rate_ci_upper:Q")
        + rate.mark_text(align="left", dx=6, color=TEXT).encode(
            x="dna_rate_ci_upper:Q", text=alt.Text("dna_rate:Q", format=".1%")
        )
    ).properties(width=270, height=230)
    odds = alt.Chart(rows).encode(y=alt.Y("lead_time_band:N", sort=order, title=None, axis=alt.Axis(labels=False)))
    crude = odds.encode(x=alt.X("crude:Q", title="odds of a DNA, against the same day"))
    adjusted = odds.encode(x="adjusted:Q")
    odds_ratios = (
        odds.mark_rule(color=PALE_GREY, strokeWidth=3).encode(x="crude:Q", x2="adjusted:Q")
        + crude.mark_circle(size=110, opacity=1, color=BLUE)
        + adjusted.mark_circle(size=110, opacity=1, color=YELLOW)
        + crude.mark_text(align="left", dx=9, color=TEXT).encode(text=alt.Text("crude:Q", format=".1f"))
        + adjusted.transform_filter("datum.lead_time_band_order > 1")
        .mark_text(align="right", dx=-9, color=TEXT)
        .encode(text=alt.Text("adjusted:Q", format=".1f"))
    ).properties(width=270, height=230)
    rates_by_band = rows.dropna(subset=["dna_rate"]).set_index("lead_time_band")["dna_rate"]
    title = "DNA rate by time between booking and appointment"
    if {"Same day", "More than 28 days"} <= set(rates_by_band.index):
        title = (
            f"{rates_by_band['Same day']:.1%} of same-day appointments are missed, "
            f"{rates_by_band['More than 28 days']:.1%} of those booked more than 28 days ahead"
        )
    return warehouse.finish(
        alt.hconcat(rates, odds_ratios, spacing=24),
        title,
        [
            "England. DNA: did not attend, of those attended or missed, with 95% intervals. Right: crude odds in blue,",
            "adjusted for professional and mode in yellow. Lead time includes what patients chose: this shows where",
            "DNAs are, not what booking sooner would do. " + warehouse.period("appointments_regional"),
        ],
        f"Bars of the DNA rate by lead time, and the odds of a DNA against the same day, crude and adjusted. {title}.",
    )


def duration_profile(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            if(regions.area_level = 'England', 'England', regions.area_name) as area,
            regions.area_level = 'England' as is_england,
            greatest(regions.share_of_known, england.share_of_known) as label_height,
            regions.duration_band,
            regions.duration_band_order,
            regions.share_of_known,
            england.share_of_known as england_share
        from marts.mart_duration_profile as regions
        inner join marts.mart_duration_profile as england
            on regions.duration_band = england.duration_band and england.area_level = 'England'
        where regions.area_level in ('England', 'NHS region') and regions.duration_band <> 'Unknown'
        """
    )
    [(band, share, short, unknown)] = warehouse.connection.execute(
        """
        select
            arg_max(duration_band, share_of_known),
            max(share_of_known),
            coalesce(max(cumulative_share_of_known) filter (duration_band in ('1-5 minutes', '6-10 minutes')), 0),
            coalesce(max(share_of_area) filter (duration_band = 'Unknown'), 0)
        from marts.mart_duration_profile
        where area_level = 'England'
        """
    ).fetchall()
    order = england_first(rows)
    base = alt.Chart(rows).encode(
        x=alt.X(
            "duration_band:N",
            sort=alt.EncodingSortField("duration_band_order"),
            title=None,
            axis=alt.Axis(labelAngle=0, labelExpr="replace(datum.label, ' minutes', '')", labelFontSize=10),
        )
    )
    panels = (
        alt.layer(
            base.mark_bar(color=BLUE).encode(y=alt.Y("share_of_known:Q", axis=share_axis())),
            base.mark_tick(color=YELLOW, thickness=3, width=24, opacity=1).encode(y="england_share:Q"),
            base.mark_text(dy=-8, fontSize=10, color=TEXT).encode(
                y="label_height:Q", text=alt.Text("share_of_known:Q", format=".0%")
            ),
        )
        .properties(width=290, height=95)
        .facet(facet=alt.Facet("area:N", sort=order, header=alt.Header(title=None)), columns=2, spacing=16)
    )
    title = "No duration is known"
    if share is not None:
        title = f"{band} is the most frequent duration ({share:.0%}); {short:.0%} take 10 minutes or less"
    return warehouse.finish(
        panels,
        title,
        [
            f"Attended appointments of known duration, by minutes; yellow: England. Unknown for {unknown:.0%} of all.",
            "Each GP system records durations in its own way. " + warehouse.period("actual_duration"),
        ],
        f"Bar charts of attended appointments by duration band for each NHS region, with England marked. {title}.",
    )


def professional_mix(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            mix.hcp_type,
            mix.attribute_value as lead_time_band,
            bands.lead_time_band_order as band_order,
            mix.share_of_hcp_type,
            mix.adjusted_residual
        from marts.mart_professional_mix as mix
        inner join core.dim_lead_time_band as bands on mix.attribute_value = bands.lead_time_band
        where
            mix.area_level = 'England' and mix.attribute = 'lead_time_band'
            and mix.hcp_type <> 'Unknown' and mix.attribute_value <> 'Unknown'
        """
    )
    [(gp, other)] = warehouse.connection.execute(
        """
        select
            max(same_day_share) filter (hcp_type = 'GP'),
            max(same_day_share) filter (hcp_type = 'Other Practice staff')
        from marts.mart_demand_by_professional
        where area_level = 'England'
        """
    ).fetchall()
    limit = rows["adjusted_residual"].abs().max()
    base = alt.Chart(rows).encode(
        x=alt.X(
            "lead_time_band:N",
            sort=alt.EncodingSortField("band_order"),
            title=None,
            axis=alt.Axis(labelAngle=0, orient="top"),
        ),
        y=alt.Y("hcp_type:N", title=None),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=3).encode(
        color=alt.Color(
            "adjusted_residual:Q",
            scale=alt.Scale(domain=[-limit, 0, limit], range=[YELLOW, "#F5F7F8", LIGHT_BLUE], interpolate="rgb"),
            legend=None,
        ),
        tooltip=[
            "hcp_type:N",
            "lead_time_band:N",
            alt.Tooltip("share_of_hcp_type:Q", format=".1%"),
            "adjusted_residual:Q",
        ],
    )
    shares = base.mark_text(fontSize=16, dy=-7, fontWeight="bold", color=TEXT).encode(
        text=alt.Text("share_of_hcp_type:Q", format=".1%")
    )
    residuals = base.mark_text(fontSize=11, dy=12, color=TEXT).encode(
        text=alt.Text("adjusted_residual:Q", format="+,.0f")
    )
    title = "Lead time by professional"
    if gp is not None and other is not None:
        title = (
            f"{gp:.0%} of GP appointments are held on the day they are booked, {other:.0%} of other practice staff's"
        )
    return warehouse.finish(
        (cells + shares + residuals).properties(width=WIDTH + 80, height=150),
        title,
        [
            "England: share of each professional's appointments by lead time. Below: adjusted residual, blue where",
            "there are more than if lead time went without regard to professional, yellow where fewer.",
            warehouse.period("appointments_regional"),
        ],
        f"Table of shares by professional and lead time, shaded by adjusted residual. {title}.",
    )


def monthly_demand(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            appointment_month, appointments_per_working_day as per_working_day, rolling_3_month_average, seasonal_index,
            working_days, strftime(appointment_month, '%b %Y') as month_name, demand_rank_in_area as rank_in_area,
            max(demand_rank_in_area) over () as last_rank
        from marts.mart_monthly_demand
        where area_level = 'England'
        order by appointment_month
        """
    )
    weekdays = warehouse.rows(
        """
        select weekday, weekday_order, appointments_per_day, weekday_index
        from marts.mart_weekday_demand
        where raw_table = 'actual_duration' and area_level = 'England'
        """
    )
    x = alt.X("appointment_month:T", title=None, axis=alt.Axis(format="%b %y", labelAngle=0, tickCount=10, grid=False))
    base = alt.Chart(rows).encode(x=x)
    scale = alt.Scale(zero=False, nice=True, padding=12)
    per_day = alt.Y(
        "per_working_day:Q", title="appointments per working day", scale=scale, axis=alt.Axis(format="~s", tickCount=5)
    )
    seasonal = base.transform_filter("isValid(datum.seasonal_index) && abs(datum.seasonal_index - 1) >= 0.05")
    busiest_label = base.transform_filter("datum.rank_in_area == 1").mark_text(dy=-14, fontSize=11, fontWeight="bold")
    quietest_label = base.transform_filter("datum.rank_in_area == datum.last_rank").mark_text(
        dy=18, fontSize=11, fontWeight="bold"
    )
    months = (
        base.mark_line(color=LIGHT_BLUE, strokeWidth=6, opacity=0.5).encode(
            y=alt.Y("rolling_3_month_average:Q", scale=scale)
        )
        + base.mark_line(color=BLUE).encode(y=per_day)
        + base.mark_circle(color=BLUE, size=40, opacity=1).encode(
            y=per_day, tooltip=["month_name", alt.Tooltip("per_working_day:Q", format=",.0f"), "working_days"]
        )
        + seasonal.mark_point(
            shape="diamond", size=150, color=YELLOW, filled=True, stroke=TEXT, strokeWidth=1, opacity=1
        ).encode(y=per_day)
        + seasonal.mark_text(dy=20, fontSize=10, color="#4C6272").encode(
            y=per_day, text=alt.Text("seasonal_index:Q", format=".2f")
        )
        + busiest_label.encode(y=per_day, text="month_name:N", color=alt.value(TEXT))
        + quietest_label.encode(y=per_day, text="month_name:N", color=alt.value(TEXT))
    ).properties(width=WIDTH, height=240)
    strip_base = alt.Chart(weekdays).encode(
        x=alt.X(
            "weekday:N",
            sort=alt.EncodingSortField("weekday_order"),
            title=None,
            axis=alt.Axis(labelAngle=0, orient="bottom"),
        )
    )
    strip = (
        strip_base.mark_bar(color=BLUE).encode(
            y=alt.Y("appointments_per_day:Q", title="attended per day", axis=alt.Axis(format="~s", tickCount=3))
        )
        + strip_base.mark_text(dy=-8, fontSize=11, color=TEXT).encode(
            y="appointments_per_day:Q", text=alt.Text("weekday_index:Q", format=".2f")
        )
    ).properties(width=WIDTH, height=110)
    busiest = rows.iloc[rows["per_working_day"].argmax()]
    quietest = rows.iloc[rows["per_working_day"].argmin()]
    title = f"{busiest['per_working_day']:,.0f} appointments per working day in {busiest['appointment_month']:%B %Y}"
    if busiest["per_working_day"] > quietest["per_working_day"]:
        title = (
            f"{busiest['appointment_month']:%B %Y} was the busiest month per working day "
            f"({busiest['per_working_day'] / 1e6:.2f} million), {quietest['appointment_month']:%B %Y} the quietest "
            f"({quietest['per_working_day'] / 1e6:.2f})"
        )
    return warehouse.finish(
        alt.vconcat(months, strip, spacing=24),
        title,
        [
            "England. Pale: three-month average. Diamonds: 5% or more off the centred 12-month mean (seasonal index).",
            "2020-21 is a COVID break. Below: attended appointments a day, with the index to the mean working day.",
            f"{warehouse.period('appointments_regional')}; weekdays {warehouse.period('actual_duration')}",
        ],
        f"Line of appointments per working day by month and bars by weekday, for England. {title}.",
    )


def top_locations(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            regexp_replace(sub_icb_location_name, '^NHS (.*) ICB - ', '\\1 - ') as location,
            record_count, record_rank, is_top_five_by_records,
            appointment_count, appointment_rank, is_top_five_by_appointments
        from marts.mart_top_locations
        where raw_table = 'national_categories' and (is_top_five_by_records or is_top_five_by_appointments)
        """
    )

    rows = rows.sort_values("record_rank")
    order = rows["location"].tolist()

    def side(count: str, is_top: str, label: str, with_names: bool) -> alt.LayerChart | alt.FacetChart:
        names = alt.Axis(labelLimit=280, labels=with_names, ticks=False, domain=False)
        base = alt.Chart(rows).encode(y=alt.Y("location:N", sort=order, title=None, axis=names))
        colour = alt.condition(f"datum.{is_top}", alt.value(BLUE), alt.value(PALE_GREY))
        x = alt.X(f"{count}:Q", title=count.replace("_count", "s"), axis=alt.Axis(format="~s", tickCount=4))
        bars = base.mark_bar(height=20).encode(x=x, color=colour)
        labels = (
            base.transform_calculate(label=label).mark_text(align="left", dx=5, color=TEXT).encode(x=x, text="label:N")
        )
        return alt.layer(bars, labels).properties(width=230, height=alt.Step(32))

    millions = "format(datum.appointment_count / 1e6, '.1f') + ' m (rank ' + datum.appointment_rank + ')'"
    left = side("record_count", "is_top_five_by_records", "format(datum.record_count, ',')", True)
    right = side("appointment_count", "is_top_five_by_appointments", millions, False)
    first = rows.iloc[0]
    is_same = rows["appointment_rank"].is_monotonic_increasing
    title = (
        f"{first['location']} has the most records ({first['record_count']:,}); "
        f"by appointments the order {'is the same' if is_same else 'differs'}"
    )
    return warehouse.finish(
        alt.hconcat(left, right, spacing=50),
        title,
        [
            "Sub-ICB locations among the first five by records or by appointments; blue: among the first five.",
            "A record is a count of appointments, so records say how finely a location codes. "
            + warehouse.period("national_categories"),
        ],
        f"Bars of records and of appointments for the leading locations. {title}.",
    )


def resource_allocation(warehouse: Warehouse) -> Picture:
    rows = warehouse.rows(
        """
        select
            regexp_replace(regexp_replace(icb_name, '^NHS ', ''), ' ICB$', '') as icb,
            region_name,
            appointments_per_1000_patients_per_month as rate,
            england_appointments_per_1000_patients_per_month as england_rate,
            rate - england_rate as gap,
            allocation_gap,
            strftime(period_start_month, '%B %Y') || ' to ' || strftime(period_end_month, '%B %Y') as period
        from marts.mart_resource_allocation
        where allocation_gap is not null
        order by gap
        """
    )
    base = alt.Chart(rows).encode(
        y=alt.Y(
            "icb:N", sort=rows["icb"].tolist(), title=None, axis=alt.Axis(labelLimit=330, ticks=False, domain=False)
        )
    )
    bars = base.mark_bar().encode(
        x=alt.X(
            "gap:Q",
            title="appointments per 1,000 patients a month, against England's",
            axis=alt.Axis(format="+.0f", tickCount=6),
            scale=alt.Scale(padding=34, nice=False),
        ),
        color=alt.condition("datum.gap < 0", alt.value(BLUE), alt.value(PALE_GREY)),
        tooltip=[
            "icb:N",
            "region_name:N",
            alt.Tooltip("rate:Q", format=".1f"),
            alt.Tooltip("allocation_gap:Q", format="+,.0f"),
        ],
    )
    below = base.transform_filter("datum.gap < 0").mark_text(align="right", dx=-4, fontSize=11, color=TEXT)
    above = base.transform_filter("datum.gap >= 0").mark_text(align="left", dx=4, fontSize=11, color=TEXT)
    labels = [text.encode(x="gap:Q", text=alt.Text("rate:Q", format=".0f")) for text in (below, above)]
    title, period = "Of no ICB in the data are registered patients known", ""
    if len(rows):
        lowest = rows.iloc[0]
        period = lowest["period"]
        title = (
            f"{lowest['icb']} has the fewest appointments per patient: {lowest['rate']:.0f} per 1,000 a month, "
            f"England {lowest['england_rate']:.0f}"
        )
    return warehouse.finish(
        alt.layer(bars, *labels).properties(width=420, height=alt.Step(17)),
        title,
        [
            "ICBs by appointments per 1,000 registered patients a month (labels), as the difference from England's.",
            f"A reason to look, not proof of need: not adjusted for age or deprivation. {period}",
        ],
        f"Ranked bars of each ICB's appointments per 1,000 patients against England's rate. {title}.",
    )


# By the mart that each is drawn from and documented with.
CHARTS: dict[str, Callable[[Warehouse], Picture]] = {
    "mart_demand_by_mode_and_status": demand_by_mode_and_status,
    "mart_attendance_by_lead_time": attendance_by_lead_time,
    "mart_duration_profile": duration_profile,
    "mart_professional_mix": professional_mix,
    "mart_monthly_demand": monthly_demand,
    "mart_top_locations": top_locations,
    "mart_resource_allocation": resource_allocation,
}


def draw(warehouse: Warehouse) -> dict[str, Picture]:
    """Draw every chart of the published file, by mart."""
    return {mart: chart(warehouse) for mart, chart in CHARTS.items()}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("output", type=Path, help="folder for one file per chart")
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse/nhs_gp_appointments.duckdb"))
    parser.add_argument("--format", choices=["svg", "png"], default="svg", help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    if not options.warehouse.exists():
        complain(f"{options.warehouse}: no published warehouse there. Run `make build`.")
        return 2
    options.output.mkdir(parents=True, exist_ok=True)
    for mart, picture in draw(Warehouse(options.warehouse)).items():
        picture.chart.save(options.output / f"{mart}.{options.format}", scale_factor=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
