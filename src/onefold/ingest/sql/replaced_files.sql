-- The files that hold a row which this load replaces.
-- Grain: one row per row replaced. In: matched; fates. Columns: origin VARCHAR.
SELECT matched.origin
FROM matched
ANTI JOIN fates ON matched.row_id = fates.row_id
