with

final as (

    {% for raw_table, date in [
        ('actual_duration', 'appointment_date'),
        ('appointments_regional', 'appointment_month'),
        ('national_categories', 'appointment_date'),
    ] -%}
    select
        '{{ raw_table }}' as raw_table,
        origin.source_file,
        origin.is_synthetic,
        profile.row_count,
        profile.rejected_row_count,
        profile.appointment_count,
        profile.first_date,
        profile.last_date,
        profile.icb_count,
        profile.sub_icb_location_count,
        period.period_from,
        period.period_to
    from (
        select
            max(source_file) as source_file,
            coalesce(max(lower(is_synthetic)) = 'true', false) as is_synthetic
        from {{ ref(raw_table) }}
    ) as origin
    cross join (
        select
            count(*) as row_count,
            count(rejection_reason) as rejected_row_count,
            cast(coalesce(sum(case when rejection_reason is null then appointment_count end), 0) as bigint)
                as appointment_count,
            min(case when rejection_reason is null then {{ date }} end) as first_date,
            max(case when rejection_reason is null then {{ date }} end) as last_date,
            count(distinct case when rejection_reason is null then icb_ons_code end) as icb_count,
            count(distinct case when rejection_reason is null then sub_icb_location_code end)
                as sub_icb_location_count
        from {{ ref('stg_nhs__' ~ raw_table) }}
    ) as profile
    cross join (
        select
            min(appointment_month) as period_from,
            max(appointment_month) as period_to
        from {{ ref('stg_nhs__' ~ raw_table) }}
        where rejection_reason is null and {{ is_in_period('appointment_month') }}
    ) as period
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

)

select * from final
