-- The sound rows of a load that have no fate yet: they will be written.
-- Grain: one row per key. In: staged (see staging.py); fates(row_id).
-- Columns: those of staged, and row_id BIGINT.
SELECT staged.rowid AS row_id, staged.*
FROM staged
ANTI JOIN fates ON staged.rowid = fates.row_id
WHERE staged._problems IS NULL
