with

headlines as (

    select * from {{ ref('headlines') }}

),

questions as (

    select * from {{ ref('questions') }}

),

sample as (

    select max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic from {{ ref('quality_raw_profile') }}

),

final as (

    select
        headlines.question_number,
        headlines.headline_order,
        questions.question,
        case when sample.is_synthetic then 'Synthetic sample: ' else '' end || headlines.headline as headline,
        headlines.evidence_mart
    from headlines
    inner join questions on headlines.question_number = questions.question_number
    cross join sample

)

select * from final
