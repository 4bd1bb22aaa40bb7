-- grain: one row an object
-- in:    objects (list: the place of its array in the body, person, key: unique in its list,
--        moment: NULL for what has none, bytes: of its text)
-- out:   list, key, chunk (its request, from 0, dense), position (in its list of the chunk, from 0)
-- A person's objects are one block, or several full ones and the rest when they are more than a
-- request holds; attributes come first. Blocks of one size share a request, as many as fit: so
-- nobody's objects are parted, and the same objects give the same requests. Larger blocks go first:
-- the first objects of somebody with many leave before the rest. A request that is too long is cut
-- wherever a multiple of :stride bytes is passed.
WITH numbered AS (
  SELECT
    list,
    person,
    key,
    bytes,
    row_number() OVER (PARTITION BY person ORDER BY list, moment, key) - 1 AS number,
    (
      CASE WHEN :combined
        THEN row_number() OVER (PARTITION BY person ORDER BY list, moment, key)
        ELSE row_number() OVER (PARTITION BY person, list ORDER BY moment, key)
      END - 1
    ) // :most AS block
  FROM objects
),

blocks AS (
  SELECT
    person,
    block,
    CASE WHEN :combined
      THEN count(*)
      ELSE greatest(
        count(*) FILTER (WHERE list = 0),
        count(*) FILTER (WHERE list = 1),
        count(*) FILTER (WHERE list = 2)
      )
    END AS size
  FROM numbered
  GROUP BY person, block
),

seated AS (
  SELECT
    person,
    block,
    size,
    (row_number() OVER (PARTITION BY size ORDER BY person, block) - 1) // (:most // size) AS request
  FROM blocks
),

queued AS (
  SELECT
    numbered.list,
    numbered.key,
    numbered.bytes,
    seated.size,
    seated.request,
    row_number() OVER (
      PARTITION BY seated.size, seated.request ORDER BY numbered.person, numbered.number
    ) AS turn
  FROM numbered
  JOIN seated ON seated.person = numbered.person AND seated.block = numbered.block
),

heavy AS (
  SELECT size, request
  FROM queued
  GROUP BY size, request
  HAVING sum(bytes) > :max_bytes
),

pieces AS (
  SELECT
    queued.*,
    CASE WHEN heavy.size IS NULL THEN 0
      ELSE (
        sum(queued.bytes) OVER (
          PARTITION BY queued.size, queued.request ORDER BY queued.turn
        ) - queued.bytes
      ) // :stride
    END AS piece
  FROM queued
  LEFT JOIN heavy ON heavy.size = queued.size AND heavy.request = queued.request
)

SELECT
  list,
  key,
  CAST(dense_rank() OVER (ORDER BY size DESC, request, piece) - 1 AS BIGINT) AS chunk,
  CAST(
    row_number() OVER (PARTITION BY size, request, piece, list ORDER BY turn) - 1 AS INTEGER
  ) AS position
FROM pieces
