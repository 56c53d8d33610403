-- The two daily tables have one row per key in every file seen: a repeat is a double load. (Not so in
-- appointments_regional, where equal rows are different places.)
{%- set offenders -%}
select
    'actual_duration has ' || {{ format_count('record_count') }} || ' rows for ' || sub_icb_location_code || ', '
    || cast(appointment_date as {{ dbt.type_string() }}) || ', ' || duration_band || ': loaded twice?' as offender
from {{ ref('fct_appointment_durations_daily') }}
where record_count > 1

union all

select
    'national_categories has ' || {{ format_count('record_count') }} || ' rows for ' || sub_icb_location_code
    || ', ' || cast(appointment_date as {{ dbt.type_string() }}) || ', ' || service_setting || ', '
    || national_category || ': loaded twice?' as offender
from {{ ref('fct_appointment_categories_daily') }}
where record_count > 1
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
