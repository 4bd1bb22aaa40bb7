-- grain: one row a row of a request
-- in:    written (changes with `_object`, and where it goes: `_method`, `_path`, `_opening`,
--        `_closing`)
-- out:   written's columns, _chunk (its request, from 0, dense), _position (in it, from 0)
-- A request holds rows that go to one place. Rows are dealt in order of the identifier, so that the
-- same changes give the same requests. Rows of equal identifiers go to different places.
WITH numbered AS (
  SELECT
    *,
    (
      row_number() OVER (
        PARTITION BY _method, _path, _opening, _closing ORDER BY _identifier
      ) - 1
    ) AS _number
  FROM written
  WHERE strlen(_object) <= :max_object_bytes
)
SELECT
  * EXCLUDE (_number),
  CAST(
    dense_rank() OVER (ORDER BY _method, _path, _opening, _closing, _number // :max_objects) - 1
    AS BIGINT
  ) AS _chunk,
  CAST(_number % :max_objects AS INTEGER) AS _position
FROM numbered
