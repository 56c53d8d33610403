-- A code that the geography seed lacks keeps its appointments in every total under its own name and the
-- region Unknown. A boundary change is the usual reason: a warning, not a reason to withhold the build. It says
-- what it costs: the code's appointments are in England's rates per patient, its patients are not.
{{ config(severity='warn') }}

{%- set offenders -%}
select
    'New ICB code, kept under its own name: ' || icb_ons_code
    || '. Rates per patient of England are too high by its appointments until geography.csv and'
    || ' practice_coverage.csv have it.' as offender
from {{ ref('dim_icb') }}
where not is_in_reference

union all

select 'New sub-ICB location code, kept under its own name: ' || sub_icb_location_code as offender
from {{ ref('dim_sub_icb_location') }}
where not is_in_reference
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
