-- The two daily tables have one row per key in every published file that we have seen, so a repeat is a double load.
-- (appointments_regional is different: its equal rows are different places.) A repeat gives the fact's row more than
-- one record, so only such keys are counted.
{%- set offenders -%}
{% for raw_table, fact, labels in [
    ('actual_duration', 'fct_appointment_durations_daily', ['duration_band']),
    ('national_categories', 'fct_appointment_categories_daily', ['service_setting', 'context_type', 'national_category']),
] -%}
select
    '{{ raw_table }} has ' || {{ format_count('count(*)') }} || ' rows for ' || sub_icb_location_code || ', '
    || cast(appointment_date as {{ dbt.type_string() }}) || ', ' || {{ labels | join(" || ', ' || ") }}
    || '. Was it loaded twice?' as offender
from {{ ref('stg_nhs__' ~ raw_table) }}
where
    rejection_reason is null
    and (appointment_date, {{ labels | join(', ') }}) in (
        select
            appointment_date,
            {{ labels | join(',\n            ') }}
        from {{ ref(fact) }}
        where record_count > 1
    )
group by
    sub_icb_location_code,
    icb_ons_code,
    appointment_date,
    {{ labels | join(',\n    ') }}
having count(*) > 1
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
