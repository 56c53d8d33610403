-- If the geography seed lacks a code, its appointments stay in every total, under their own code and in the region
-- Unknown. The usual reason is a boundary change, so the test only warns and does not withhold the build. The warning
-- says what this costs: England's rates per patient include the code's appointments but not its patients. An ICB that
-- ended stays an area of its own too, if its appointments cannot be given to today's ICBs.
{{ config(severity='warn') }}

{%- set offenders -%}
select
    'New ICB code, kept under its own name: ' || icb_ons_code
    || '. The rates per patient of England include its appointments but not its patients, so they are too high until'
    || ' geography.csv and practice_coverage.csv have it.' as offender
from {{ ref('dim_icb') }}
where not is_in_reference

union all

select 'New sub-ICB location code, kept under its own name: ' || sub_icb_location_code as offender
from {{ ref('dim_sub_icb_location') }}
where not is_in_reference

union all

select
    icb_name || ' (' || icb_ons_code || ') stays an ICB of its own. Its places belong to several ICBs of the geography'
    || ' that the build reports in, and the tables do not say which appointments belong to which. They are in the'
    || ' totals of its region and of England, but not in those of the ICBs that have its places.' as offender
from {{ ref('dim_icb') }}
where is_in_reference and not is_in_geography
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
