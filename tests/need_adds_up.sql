-- Weighted for need, the patients of England's locations add up to its patients, by both formulas: an index only moves
-- patients from one place to another. And every location of the build's geography has patients by age, so that none is
-- missing from England's mean.
{%- set offenders -%}
with

by_level as (

    select
        need.org_level,
        sum(need.patients) as patients,
        sum(need.patients * need.need_index) as weighted_patients,
        sum(need.patients * need.need_index_other_formula) as weighted_patients_other_formula
    from {{ ref('int_need_by_organisation') }} as need
    left join {{ ref('dim_sub_icb_location') }} as locations
        on
            need.org_level = 'Sub-ICB location'
            and need.org_code = locations.sub_icb_location_ons_code
    where
        need.org_level in ('England', 'NHS region')
        or locations.is_in_geography
    group by need.org_level

)

select
    'The patients of England by ' || by_level.org_level || ' are ' || {{ format_count('round(by_level.patients)') }}
    || ', and ' || {{ format_count('round(by_level.weighted_patients)') }} || ' and '
    || {{ format_count('round(by_level.weighted_patients_other_formula)') }} || ' when they are weighted for need by the'
    || ' two formulas, but England has ' || {{ format_count('england.patients') }} || '.' as offender
from by_level
cross join (
    select patients
    from {{ ref('int_need_by_organisation') }}
    where org_level = 'England'
) as england
where
    by_level.patients <> england.patients
    or abs(by_level.weighted_patients - england.patients) > 1e-9 * england.patients
    or abs(by_level.weighted_patients_other_formula - england.patients) > 1e-9 * england.patients

union all

select
    'No table has the patients of ' || locations.sub_icb_location_name || ' by age and sex, so England''s need leaves'
    || ' them out. Add them to registered_patients_by_age.csv, or name a location that stands for it as'
    || ' patients_from_code in geography.csv.' as offender
from {{ ref('dim_sub_icb_location') }} as locations
left join {{ ref('int_need_by_organisation') }} as need
    on
        need.org_level = 'Sub-ICB location'
        and locations.sub_icb_location_ons_code = need.org_code
where
    locations.is_in_geography
    and need.org_code is null
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
