-- A place of the geography that is counted, and whose registered patients nobody knows, makes every rate per patient
-- too high that its appointments are in. A release's own coverage file has them; the reference seed lacks those of
-- places that began after it.
{{ config(severity='warn') }}

{%- set offenders -%}
with

covered as (

    select sub_icb_location_code from {{ ref('practice_coverage') }}
    where sub_icb_location_code is not null

    union all

    select sub_icb_location_code from {{ ref('fct_sub_icb_coverage_monthly') }}

)

select distinct
    'Nobody knows the registered patients of ' || locations.sub_icb_location_name || '. Rates per patient of '
    || locations.icb_name || ', its region and England are too high by its appointments, until the raw tables bring the'
    || ' publication''s coverage (make import) or practice_coverage.csv has it.' as offender
from {{ ref('dim_sub_icb_location') }} as locations
inner join {{ ref('int_area_codes') }} as area_codes
    on
        locations.sub_icb_location_code = area_codes.sub_icb_location_code
        and area_codes.is_in_build
left join covered on locations.sub_icb_location_code = covered.sub_icb_location_code
where
    locations.is_in_reference
    and covered.sub_icb_location_code is null
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
