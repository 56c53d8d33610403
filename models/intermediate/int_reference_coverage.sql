{%- set measures = [
    'included_practices', 'open_practices', 'included_practice_patients', 'open_practice_patients'
] -%}
with

coverage as (

    select * from {{ ref('practice_coverage') }}

),

location_coverage as (

    select
        *,
        min(coverage_month) over (partition by icb_ons_code) as first_location_month
    from coverage
    where sub_icb_location_code is not null

),

-- What part of its ICB a location was in the first month that has locations.
first_shares as (

    select
        icb_ons_code,
        sub_icb_location_code,
        {% for measure in measures -%}
        {{ ratio(measure, 'sum(' ~ measure ~ ') over (partition by icb_ons_code)') }} as {{ measure }}_share
        {{- ',' if not loop.last }}
        {% endfor %}
    from location_coverage
    where coverage_month = first_location_month

),

-- In earlier months only ICBs are known: a location takes its part of the ICB then.
by_location as (

    select
        icb_ons_code,
        sub_icb_location_code,
        coverage_month,
        {% for measure in measures -%}
        cast({{ measure }} as double) as {{ measure }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from location_coverage

    union all

    select
        first_shares.icb_ons_code,
        first_shares.sub_icb_location_code,
        coverage.coverage_month,
        {% for measure in measures -%}
        first_shares.{{ measure }}_share * coverage.{{ measure }} as {{ measure }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from coverage
    inner join first_shares on coverage.icb_ons_code = first_shares.icb_ons_code
    where coverage.sub_icb_location_code is null

),

-- Rounded once, as an ICB: what was split and comes together again is the published number.
final as (

    select
        locations.icb_ons_code,
        by_location.coverage_month,
        {% for measure in measures -%}
        cast(round(sum(by_location.{{ measure }})) as bigint) as {{ measure }}
        {{- ',' if not loop.last }}
        {% endfor %}
    from by_location
    inner join {{ ref('int_locations') }} as locations
        on by_location.sub_icb_location_code = locations.sub_icb_location_code
    inner join {{ ref('dim_icb') }} as icbs on locations.icb_ons_code = icbs.icb_ons_code
    group by
        locations.icb_ons_code,
        by_location.coverage_month

)

select * from final
