-- A question without a sentence means that a mart came out empty or a figure undefined. Every sentence on
-- generated data says so first.
with

sample as (

    select max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from {{ ref('quality_raw_profile') }}

),

unanswered as (

    select
        questions.question,
        cast(null as {{ dbt.type_string() }}) as headline
    from {{ ref('questions') }} as questions
    left join {{ ref('mart_headline_answers') }} as headlines
        on questions.question_number = headlines.question_number
    group by questions.question
    having count(headlines.headline) < 2

),

unlabelled as (

    select
        headlines.question,
        headlines.headline
    from {{ ref('mart_headline_answers') }} as headlines
    cross join sample
    where (headlines.headline like 'Synthetic sample: %') <> sample.is_synthetic

)

select * from unanswered
union all
select * from unlabelled
