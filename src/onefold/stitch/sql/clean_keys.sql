-- Keys that records bear, without bad values.
-- Grain: one row a record and tag. Columns: rid, tag, value (normalised).
SELECT k.rid, k.tag, k.value
FROM _stitch_keys AS k
ANTI JOIN _stitch_bad_values AS b ON b.semantic = k.tag AND b.value = k.value
