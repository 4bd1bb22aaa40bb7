-- grain: one row a row of a request
-- in:    cut
-- out:   run (its request), object, chunk, method, path, opening, closing; by request, in order
SELECT
  _chunk AS run,
  _object AS object,
  _chunk AS chunk,
  _method AS method,
  _path AS path,
  _opening AS opening,
  _closing AS closing
FROM cut
WHERE _chunk BETWEEN :first AND :last
ORDER BY _chunk, _position
