-- The reasons for which rows were rejected, commonest first, each with its first example.
-- Grain: one row per field and reason, the first 100. In: staged (see staging.py).
-- Columns: field VARCHAR; reason VARCHAR; struck BIGINT, rows; file VARCHAR; line BIGINT.
SELECT
  problem.field AS field,
  problem.reason AS reason,
  count(*) AS struck,
  arg_min(_file, (_delivery, _line)) AS file,
  arg_min(_line, (_delivery, _line)) AS line
FROM (SELECT _delivery, _file, _line, unnest(_problems) AS problem FROM staged)
GROUP BY ALL
ORDER BY struck DESC, file, line, field
LIMIT 100
