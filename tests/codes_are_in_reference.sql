-- A code that the geography seed lacks keeps its appointments in every total under its own name and the region Unknown.
-- A boundary change is the usual reason: a warning, not a reason to withhold the build. It says what it costs: the
-- code's appointments are in England's rates per patient, its patients are not. An ICB that ended, and whose
-- appointments cannot be given to those of today, stays one too.
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

union all

select
    icb_name || ' (' || icb_ons_code || ') stays an ICB of its own: its places belong to several ICBs of the geography'
    || ' reported, and what belongs to which is not in the tables. Its region and England hold it; the ICBs of its'
    || ' places are short of it.' as offender
from {{ ref('dim_icb') }}
where is_in_reference and not is_in_geography
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
