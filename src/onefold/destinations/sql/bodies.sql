-- grain: one row a row of a request
-- in:    cut
-- out:   run (its request), object, chunk; by request, in order
SELECT
  _chunk AS run,
  _object AS object,
  _chunk AS chunk
FROM cut
WHERE _chunk BETWEEN :first AND :last
ORDER BY _chunk, _position
