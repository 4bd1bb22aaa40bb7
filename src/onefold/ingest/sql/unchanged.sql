-- Rows of a load that say just what the table says already: they are not written again.
-- Grain: one row per such row. In: incoming; standing, the files that hold their keys; :same.
-- Columns: row_id BIGINT; _delivery INTEGER; fate VARCHAR; _key VARCHAR.
SELECT incoming.row_id, incoming._delivery, 'unchanged' AS fate, incoming._key
FROM standing
JOIN incoming ON standing._key = incoming._key
WHERE :same
