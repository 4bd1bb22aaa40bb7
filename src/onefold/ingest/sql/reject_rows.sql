-- Rejected rows with every reason.
-- Grain: one row per row and reason. In: staged (see staging.py).
-- Columns: file VARCHAR; line BIGINT; field VARCHAR, NULL when the row as a whole is broken;
--   reason VARCHAR; value VARCHAR, the field's as delivered; raw BLOB, the row: its bytes when it
--   is broken, else its declared fields as JSON of texts.
SELECT
  _file AS file,
  _line AS line,
  problem.field AS field,
  problem.reason AS reason,
  problem.value AS value,
  _raw AS raw
FROM (SELECT _file, _line, _raw, unnest(_problems) AS problem FROM staged)
