-- Which practices and PCNs differ from their peers, and in what? The query counts the practices outside the limits of a
-- funnel by measure, and how many chance alone would put there. A practice that records unlike the others differs in
-- everything.
select
    measure,
    count(*) as practice_count,
    sum(case when funnel in ('above 99.8%', 'below 99.8%') then 1 else 0 end) as beyond_99_8_count,
    0.002 * count(*) as beyond_99_8_by_chance,
    sum(case when funnel <> 'within' then 1 else 0 end) as beyond_95_count,
    0.05 * count(*) as beyond_95_by_chance
from {{ ref('mart_practice_benchmarks') }}
where percentile_in_england is not null
group by measure
order by
    case when measure = 'unmapped_category_share' then 0 else 1 end,
    measure
