-- Every headline on generated data begins with words that say so, and no headline on real data does.
with

sample as (

    select max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from {{ ref('quality_raw_profile') }}

),

final as (

    select
        headlines.question_number,
        headlines.headline
    from {{ ref('mart_headline_answers') }} as headlines
    cross join sample
    where (headlines.headline like 'Synthetic sample: %') <> sample.is_synthetic

)

select * from final
