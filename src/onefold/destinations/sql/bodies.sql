-- grain: one row a request
-- in:    cut
-- out:   chunk, rows, body
SELECT
  _chunk AS chunk,
  CAST(count(*) AS INTEGER) AS "rows",
  encode(:opening || string_agg(_object, ',' ORDER BY _position) || :closing) AS body
FROM cut
WHERE _chunk BETWEEN :first AND :last
GROUP BY _chunk
ORDER BY _chunk
