-- Rows of a load that give way to the row that stands.
-- Grain: one row per such row. In: matched.
-- Columns: row_id BIGINT; _delivery INTEGER; fate VARCHAR; _key VARCHAR.
SELECT row_id, _delivery, 'superseded' AS fate, CAST(NULL AS VARCHAR) AS _key
FROM matched
WHERE older
