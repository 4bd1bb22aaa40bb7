-- What people are to be called besides the destination's identifier, and are not yet for sure.
-- Grain: one row for each way to bring it about. Columns: _what (renamed, new, taken, ambiguous),
-- _identifier, _label, _was (the name that is replaced, of `renamed`), _name, _person_id, _turn.
-- Reads wanted (_identifier, _person_id, _label, _name), known (_identifier, _label, _name,
-- _unsure), settled (_identifier, _label, _name), ready (_identifier: whom the destination knows).
-- After a rename without an answer a person may bear the new name or still the old one: both are
-- asked to become what is wanted, and the one that is nobody's changes nothing.
WITH asked AS (
  SELECT
    _identifier,
    _label,
    min(_person_id) AS _person_id,
    min(_name) AS _name,
    count(DISTINCT _name) AS names
  FROM wanted
  WHERE _name <> ''
  GROUP BY _identifier, _label
),

borne AS (
  SELECT _identifier, _label, _name FROM known WHERE NOT _name IS NULL
  UNION
  SELECT _identifier, _label, _name FROM settled WHERE NOT _name IS NULL
),

judged AS (
  SELECT
    a.*,
    s._name AS before,
    k._name AS latest,
    coalesce(k._unsure, FALSE) AS unsure,
    count(*) OVER (PARTITION BY a._label, a._name) > 1 OR EXISTS (
      SELECT 1 FROM borne AS b
      WHERE b._label = a._label AND b._name = a._name AND b._identifier <> a._identifier
    ) AS taken,
    CASE WHEN r._identifier IS NULL THEN 2 ELSE 1 END AS _turn
  FROM asked AS a
  LEFT JOIN known AS k ON k._identifier = a._identifier AND k._label = a._label
  LEFT JOIN settled AS s ON s._identifier = a._identifier AND s._label = a._label
  LEFT JOIN ready AS r ON r._identifier = a._identifier
  WHERE k._name IS NULL OR k._name <> a._name OR k._unsure
)

SELECT
  CASE WHEN names > 1 THEN 'ambiguous' ELSE 'taken' END AS _what,
  _identifier,
  _label,
  CAST(NULL AS VARCHAR) AS _was,
  _name,
  _person_id,
  1 AS _turn
FROM judged
WHERE names > 1 OR taken
UNION ALL
SELECT 'renamed', j._identifier, j._label, b._name, j._name, j._person_id, j._turn
FROM judged AS j
JOIN borne AS b ON b._identifier = j._identifier AND b._label = j._label
WHERE j.names = 1 AND NOT j.taken AND b._name <> j._name
UNION ALL
SELECT 'new', _identifier, _label, NULL, _name, _person_id, _turn
FROM judged
WHERE names = 1 AND NOT taken AND (before IS NULL OR (unsure AND latest = _name AND before = _name))
