-- Prints in which geography the build reports and how it was found. Stops the build, before a fact is made, if the
-- variable names a geography that does not exist or one that is older than the tables: the tables do not say where the
-- appointments of redrawn places were counted before.
{%- set told -%}
select
    'The build reports in geography ' || build.geography || ' ('
    || {{ format_count('count(distinct seed.icb_ons_code)') }} || ' ICBs)'
    || case
        when build.geography <> build.published_geography
            then
                ', as the variable geography says. Its tables were published in geography '
                || build.published_geography || '.'
        when build.is_told_by_codes
            then '. Its tables were published in this geography, as the ICB codes of appointments_regional show.'
        else
            '. Its tables were published in this geography, as the last month of appointments_regional shows. The ICB'
            || ' codes belong to several geographies.'
    end as line
from {{ ref('int_geography') }} as build
inner join {{ ref('geography') }} as seed on build.geography = seed.geography
group by
    build.geography,
    build.published_geography,
    build.is_told_by_codes
{%- endset -%}

{%- set offenders -%}
select
    'The variable geography names ' || {{ text_literal(named_geography()) }}
    || ', but seeds/reference/geography.csv only has ' || {{ join_text('geography', ', ', 'geography') }} || '.' as offender
from (select distinct geography from {{ ref('geography') }}) as geographies
where not exists (select 1 from {{ ref('int_geography') }})
having count(*) > 0

union all

select
    'The variable geography names ' || build.geography || ', but the tables were published in geography '
    || build.published_geography || '. The tables do not say where the appointments of the redrawn places ('
    || redrawn.places || ') were counted before. Leave the variable out, or build an older release.' as offender
from {{ ref('int_geography') }} as build
inner join (
    select
        geography,
        {{ join_text(
            'case when boundary_changed_on is not null then sub_icb_location_code end', ', ', 'sub_icb_location_code'
        ) }} as places
    from {{ ref('geography') }}
    group by geography
) as redrawn on build.published_geography = redrawn.geography
where build.valid_from < build.published_valid_from
{%- endset -%}

{% do name_offenders(told) %}
{% do name_offenders(offenders) %}
{{ offenders }}
