-- How does the distribution of durations correlate with appointment status and healthcare professional types? The query
-- compares ICBs, because the table of durations has neither status nor professional.
select
    duration_measure,
    other_measure,
    unit_count,
    pearson_r,
    pearson_r_ci_lower,
    pearson_r_ci_upper,
    strength
from {{ ref('mart_duration_associations') }}
where unit = 'ICB'
order by
    duration_measure,
    abs(pearson_r) desc nulls last
