-- grain: one row a request
-- in:    cut
-- out:   chunk, rows, method, path, opening, closing, objects
SELECT
  _chunk AS chunk,
  CAST(count(*) AS INTEGER) AS "rows",
  any_value(_method) AS method,
  any_value(_path) AS path,
  any_value(_opening) AS opening,
  any_value(_closing) AS closing,
  string_agg(_object, ',' ORDER BY _position) AS objects
FROM cut
WHERE _chunk BETWEEN :first AND :last
GROUP BY _chunk
ORDER BY _chunk
