{# A relation of counts per area with each row's share and rank within its area. #}
{% macro with_shares_and_ranks(relation) %}
    select
        *,
        cast(sum(appointment_count) over (partition by area_level, area_code) as bigint) as area_appointment_count,
        {{ ratio('appointment_count', 'sum(appointment_count) over (partition by area_level, area_code)') }}
            as share_of_area,
        {{ rank_of('appointment_count desc', 'area_level, area_code') }} as demand_rank_in_area
    from {{ relation }}
{% endmacro %}


{# A row's rank by an ordering, within a partition where one is given: 1, 2, 2, 4. A window expression. #}
{% macro rank_of(order_by, partition_by=none) -%}
    cast(
        rank() over ({{ 'partition by ' ~ partition_by ~ ' ' if partition_by }}order by {{ order_by }}) as bigint
    )
{%- endmacro %}


{# Appointments per 1,000 registered patients per month, over all months of the area's raw table. #}
{% macro rate_per_1000_patients_per_month(appointment_count, registered_patients, month_count) -%}
    {{ ratio(appointment_count ~ ' * 1000.0e0', registered_patients ~ ' * ' ~ month_count) }}
{%- endmacro %}


{# The appointments of a group for which a condition holds. #}
{% macro count_where(condition) -%}
    cast(sum(case when {{ condition }} then appointment_count else 0 end) as bigint)
{%- endmacro %}


{# Columns: the appointments of a group by what became of them. Attendance is over attended and DNA. #}
{% macro attendance_counts() -%}
    {{ count_where("appointment_status = 'Attended'") }} as attended_count,
    {{ count_where("appointment_status = 'DNA'") }} as dna_count,
    {{ count_where("appointment_status = 'Unknown'") }} as unknown_status_count
{%- endmacro %}


{# Columns: the appointments of a group by lead time. Shares of them are over known lead time, everywhere. #}
{% macro lead_time_counts() -%}
    {{ count_where("lead_time_band <> 'Unknown'") }} as known_lead_time_count,
    {{ count_where("lead_time_band = 'Same day'") }} as same_day_count
{%- endmacro %}


{# Mean minutes of a group over the bands that have bounds, each appointment taken at its band's `minutes`. #}
{% macro mean_minutes(minutes) -%}
    {{ ratio(
        'sum(appointment_count * ' ~ minutes ~ ')',
        'sum(case when ' ~ minutes ~ ' is not null then appointment_count end)'
    ) }}
{%- endmacro %}


{#
    The mean of a value over the calendar months `first` to `last` of an area, or of another partition, counted from the
    row's own (-1 is the month before), for relations that hold month_index (dim_month); null where any of them is
    absent.
#}
{% macro mean_of_months(value, first, last, partition_by='area_level, area_code') -%}
    {%- set ends = [] -%}
    {%- for offset in [first, last] -%}
        {%- do ends.append(offset | abs ~ (' preceding' if offset <= 0 else ' following')) -%}
    {%- endfor -%}
    {%- set window -%}
        over (
            partition by {{ partition_by }} order by month_index
            range between {{ ends[0] }} and {{ ends[1] }}
        )
    {%- endset -%}
    case when count(*) {{ window }} = {{ last - first + 1 }} then avg({{ value }}) {{ window }} end
{%- endmacro %}
