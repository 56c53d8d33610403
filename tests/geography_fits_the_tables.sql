-- Says in which geography the build reports and how that was found, and stops it, before a fact is made, where the
-- variable names one that is not there or that is older than the tables: a re-drawn place cannot be put together again.
{%- set told -%}
select
    'Places: geography ' || build.geography || ' (' || {{ format_count('count(distinct seed.icb_ons_code)') }}
    || ' ICBs), '
    || case
        when build.geography <> build.published_geography
            then 'as the variable says; the tables were published in geography ' || build.published_geography || '.'
        when build.is_told_by_codes
            then 'as published: appointments_regional has ICB codes of no other geography.'
        else 'as published: the ICB codes of appointments_regional are of several geographies, its last month of this one.'
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
    'The variable geography names ' || {{ text_literal(named_geography()) }} || '. seeds/reference/geography.csv has '
    || {{ join_text('geography', ', ', 'geography') }} || '.' as offender
from (select distinct geography from {{ ref('geography') }}) as geographies
where not exists (select 1 from {{ ref('int_geography') }})
having count(*) > 0

union all

select
    'The variable geography names ' || build.geography || ', but the tables were published in geography '
    || build.published_geography || '. What the re-drawn places (' || redrawn.places || ') were before cannot be put'
    || ' together again. Leave the variable out, or build an older release.' as offender
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
