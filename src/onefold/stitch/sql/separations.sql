-- The values of one separation key as numbers. Grain: one row a record that bears it.
-- Columns: rid, code (INTEGER). Parameter: $tag.
SELECT rid, CAST(dense_rank() OVER (ORDER BY value) AS INTEGER) AS code
FROM _stitch_clean_keys
WHERE tag = $tag
