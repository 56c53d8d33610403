-- A question without a sentence means that a mart came out empty or a figure undefined. Every sentence on
-- generated data says so first.
select
    questions.question,
    count(headlines.headline) as headline_count
from {{ ref('questions') }} as questions
left join {{ ref('mart_headline_answers') }} as headlines
    on questions.question_number = headlines.question_number
group by questions.question
having count(headlines.headline) < 2

union all

select
    headlines.headline as question,
    1 as headline_count
from {{ ref('mart_headline_answers') }} as headlines
cross join (
    select max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic
    from {{ ref('quality_raw_profile') }}
) as sample
where (headlines.headline like 'Synthetic sample: %') <> sample.is_synthetic
