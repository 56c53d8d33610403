-- If the geography seed lacks a code, its appointments stay in every total, under their own code and in the region
-- Unknown. The usual reason is a boundary change, so the test only warns and does not withhold the build. The warning
-- says what this costs: England's rates per patient include the code's appointments but not its patients. An ICB that
-- ended stays an area of its own too, if its appointments cannot be given to today's ICBs. UNMAPPED is the publisher's
-- own word for appointments in PCNs' systems of which no place is known: 1,042,307 of 27,419,666 in October 2025.
{{ config(severity='warn') }}

{%- set offenders -%}
with

appointments as (

    select distinct
        icb_ons_code,
        sub_icb_location_code
    from {{ ref('fct_appointments_monthly') }}

),

icbs as (

    select
        *,
        icb_ons_code in (select icb_ons_code from appointments) as has_appointments
    from {{ ref('dim_icb') }}

)

select
    'New ICB code, kept under its own name: ' || icb_ons_code
    || case
        when has_appointments
            then
                '. The rates per patient of England include its appointments but not its patients, so they are too high'
                || ' until geography.csv and practice_coverage.csv have it.'
        else '.'
    end as offender
from icbs
where
    not is_in_reference
    and (icb_ons_code <> 'UNMAPPED' or has_appointments)

union all

select 'New sub-ICB location code, kept under its own name: ' || sub_icb_location_code as offender
from {{ ref('dim_sub_icb_location') }}
where
    not is_in_reference
    and (
        sub_icb_location_code <> 'UNMAPPED'
        or sub_icb_location_code in (select sub_icb_location_code from appointments)
    )

union all

select
    icb_name || ' (' || icb_ons_code || ') stays an ICB of its own. Its places belong to several ICBs of the geography'
    || ' that the build reports in, and the tables do not say which appointments belong to which. They are in the'
    || ' totals of its region and of England, but not in those of the ICBs that have its places.' as offender
from icbs
where is_in_reference and not is_in_geography and has_appointments
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
