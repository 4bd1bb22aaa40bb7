-- grain: one row a change that fits into a request
-- in:    written (changes with `_object`)
-- out:   written's columns, _chunk (its request, from 0, dense), _position (in it, from 0)
-- Rows are dealt in order of the identifier, so that the same changes give the same requests. Only
-- narrow columns are sorted: sorting whole rows takes six times as long. A block of rows that is
-- too heavy for one body is cut wherever a multiple of :stride bytes is passed; a piece is then at
-- most :stride and one object long.
WITH numbered AS (
  SELECT
    _identifier,
    strlen(_object) + 1 AS bytes,
    row_number() OVER (ORDER BY _identifier) - 1 AS number
  FROM written
  WHERE strlen(_object) <= :max_object_bytes
), heavy AS (
  SELECT number // :max_objects AS block
  FROM numbered
  GROUP BY block
  HAVING sum(bytes) > :max_bytes
), pieces AS (
  SELECT
    number,
    (sum(bytes) OVER (PARTITION BY number // :max_objects ORDER BY number) - bytes)
      // :stride AS piece
  FROM numbered
  WHERE number // :max_objects IN (SELECT block FROM heavy)
), placed AS (
  SELECT
    numbered._identifier,
    numbered.number,
    numbered.number // :max_objects AS block,
    coalesce(pieces.piece, 0) AS piece
  FROM numbered
  LEFT JOIN pieces ON pieces.number = numbered.number
), chunks AS (
  SELECT
    block,
    piece,
    min(number) AS first_number,
    row_number() OVER (ORDER BY block, piece) - 1 AS chunk
  FROM placed
  GROUP BY block, piece
)
SELECT
  written.*,
  CAST(chunks.chunk AS BIGINT) AS _chunk,
  CAST(placed.number - chunks.first_number AS INTEGER) AS _position
FROM written
JOIN placed ON placed._identifier = written._identifier
JOIN chunks ON chunks.block = placed.block AND chunks.piece = placed.piece
