-- Identifiers that the destination holds and that nobody bears any more, with where each leads.
-- Grain: one row an old identifier. Columns: _kind (rename, merge, ambiguous), _from, _to,
-- _person_id, _turn (1: to be told now; 2…: after those before it, to the same _to; 0: never, for it
-- was refused before), _order, _reason (why it was refused).
-- Reads acknowledged (_identifier, _person_id), desired (_identifier, _person_id, _wanted),
-- refused (_identifier), aliases (old_person_id, person_id), refusals (_kind, _from, _to, _reason).
-- A person id '' stands for nobody: the identifier was renamed or merged away before. Without one,
-- nobody knows whose it is: so it is after a rename without an answer, which is not told again.
WITH held AS (
  SELECT a._identifier, coalesce(l.person_id, a._person_id) AS person_id
  FROM acknowledged AS a
  LEFT JOIN aliases AS l ON l.old_person_id = a._person_id
  WHERE a._person_id <> ''
),

borne AS (
  SELECT _person_id AS person_id, min(_identifier) AS identifier, count(*) AS identifiers
  FROM desired
  WHERE _wanted AND NOT _person_id IS NULL
  GROUP BY _person_id
),

orphaned AS (
  SELECT h._identifier AS _from, h.person_id, b.identifier, b.identifiers
  FROM held AS h
  JOIN borne AS b ON b.person_id = h.person_id
  WHERE NOT EXISTS (SELECT 1 FROM desired AS d WHERE d._identifier = h._identifier)
    AND NOT EXISTS (SELECT 1 FROM refused AS r WHERE r._identifier = h._identifier)
),

judged AS (
  SELECT
    CASE
      WHEN o.identifiers > 1 THEN 'ambiguous'
      WHEN NOT k._identifier IS NULL THEN 'merge'
      WHEN row_number() OVER (PARTITION BY o.identifier ORDER BY o._from) = 1 THEN 'rename'
      ELSE 'merge'
    END AS _kind,
    o._from,
    CASE WHEN o.identifiers = 1 THEN o.identifier END AS _to,
    o.person_id AS _person_id
  FROM orphaned AS o
  LEFT JOIN acknowledged AS k
    ON k._identifier = o.identifier AND coalesce(k._person_id, '?') <> ''
),

told_before AS (
  SELECT _kind, _from, _to, min(_reason) AS _reason
  FROM refusals
  GROUP BY _kind, _from, _to
)

SELECT
  _kind,
  _from,
  _to,
  _person_id,
  CAST(CASE WHEN _reason IS NULL THEN row_number() OVER (
    PARTITION BY _to, _kind = 'ambiguous', _reason IS NULL ORDER BY rank, _from
  ) ELSE 0 END AS INTEGER) AS _turn,
  CAST(row_number() OVER (ORDER BY rank, _from) - 1 AS BIGINT) AS _order,
  _reason
FROM (
  SELECT
    j.*,
    r._reason,
    CASE j._kind WHEN 'rename' THEN 0 WHEN 'merge' THEN 1 ELSE 2 END AS rank
  FROM judged AS j
  LEFT JOIN told_before AS r ON r._kind = j._kind AND r._from = j._from AND r._to = j._to
) AS ranked
