-- Rows of a load whose key stands in the table, with the file that it stands in.
-- Grain: one row per key of the load that stands. In: incoming; standing; :older, whether the row
-- that came gives way to the one that stands.
-- Columns: row_id BIGINT; _delivery INTEGER; origin VARCHAR, the file; older BOOLEAN.
SELECT incoming.row_id, incoming._delivery, standing._origin AS origin, :older AS older
FROM standing
JOIN incoming ON standing._key = incoming._key
