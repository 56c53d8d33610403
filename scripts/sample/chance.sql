-- Chance, and how a total is shared out. Every draw goes through these macros.
-- The linter does not know how the bodies of DuckDB macros are indented.
-- noqa: disable=LT02

-- A whole number from 0 to 999,999 that depends on the seed and the key alone.
create macro draw(key) as
    cast('0x' || left(md5(concat_ws('|', getvariable('seed'), key)), 12) as bigint) % 1000000;

-- A factor between 1 - amount and 1 + amount, 1 on average.
create macro vary(amount, key) as
    1 + amount * (draw(key) - 499999.5) / 500000;

-- How much of total the weights so far have used up, in whole numbers. A drawn start stands in for rounding to the
-- nearest, so that over many totals no part is favoured.
create macro used_up(total, weight_to_here, all_weights, drawn) as
    (
        cast(total as hugeint) * weight_to_here
        + cast(drawn as hugeint) * all_weights // 1000000
    ) // all_weights;

-- The whole-number part of total that falls to one weight of many; all parts add up to the total. weight_to_here is the
-- running sum of the weights up to and including this one.
create macro share_out(total, weight_to_here, weight, all_weights, drawn) as
    cast(
        used_up(total, weight_to_here, all_weights, drawn)
        - used_up(total, weight_to_here - weight, all_weights, drawn)
        as bigint
    );
