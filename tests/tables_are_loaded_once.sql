-- These tables have one row per key in every published file that we have seen, so a repeat is a double load. (The
-- regional tables are different: their equal rows are different places. So is workforce: they are different people.)
-- A repeat gives the fact's row more than one record, so only such keys are counted.
{%- set offenders -%}
{% for table in raw_tables() | selectattr('key', 'defined') -%}
{#- An organisation with registered patients is a place of its own. -#}
{%- set places = [] if table.name == 'registered_patients' else ['sub_icb_location_code', 'icb_ons_code'] -%}
{%- set words = places[:1] + ['cast(' ~ table.key[0] ~ ' as ' ~ dbt.type_string() ~ ')'] + table.key[1:] -%}
select
    '{{ table.name }} has ' || {{ format_count('count(*)') }} || ' rows for ' || {{ words | join(" || ', ' || ") }}
    || '. Was it loaded twice?' as offender
from {{ ref('stg_nhs__' ~ table.name) }}
where
    rejection_reason is null
    and ({{ table.key | join(', ') }}) in (
        select
            {{ table.key | join(',\n            ') }}
        from {{ ref(table.fact) }}
        where record_count > 1
    )
group by
    {{ (places + table.key) | join(',\n    ') }}
having count(*) > 1
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
