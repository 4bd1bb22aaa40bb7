-- Rows of a load that another row of it with the same key outdoes: by `:last_updated` (none is
-- older than any), then by the later delivery, then by the later line.
-- Grain: one row per row outdone. In: staged (see staging.py); :last_updated, a column or NULL.
-- Columns: row_id BIGINT, the staged row; _delivery INTEGER; fate VARCHAR; _key VARCHAR.
SELECT row_id, _delivery, 'superseded' AS fate, _key
FROM (
  SELECT
    staged.rowid AS row_id,
    staged._delivery,
    staged._key,
    row_number() OVER (
      PARTITION BY staged._key
      ORDER BY :last_updated DESC NULLS LAST, staged._delivery DESC, staged._line DESC
    ) AS place
  FROM staged
  SEMI JOIN (
    SELECT _key FROM staged WHERE _problems IS NULL GROUP BY _key HAVING count(*) > 1
  ) AS repeated ON staged._key = repeated._key
  WHERE staged._problems IS NULL
) AS ranked
WHERE place > 1
