-- An organisation's patients by sex and age make up its patients of all sexes and ages. They did in all 7,653
-- organisations of November 2025. If they do not, the table was cut short or put together from several releases.
{%- set offenders -%}
select
    'registered_patients has ' || {{ format_count('parts') }} || ' patients of the ' || org_type || ' ' || org_code
    || ' by sex and age on ' || cast(extract_date as {{ dbt.type_string() }}) || ', but ' || {{ format_count('whole') }}
    || ' in all. The load is incomplete or of several releases.' as offender
from (
    select
        extract_date,
        org_type,
        org_code,
        sum(case when sex <> 'ALL' and age_band <> 'ALL' then number_of_patients end) as parts,
        sum(case when sex = 'ALL' and age_band = 'ALL' then number_of_patients end) as whole
    from {{ ref('fct_registered_patients') }}
    group by
        extract_date,
        org_type,
        org_code
) as organisations
where parts <> whole
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
