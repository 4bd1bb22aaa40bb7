-- grain: one row a desired row that is refused whole (field is NULL), or a field refused in a row
-- in:    desired; contested (desired rows that share their identifier, with `versions`: how many
--        different rows share it); prepared
--        :unfit says why an identifier cannot be sent, or NULL
-- out:   _identifier, _person_id, field, reason
SELECT
  CAST(_identifier AS VARCHAR) AS _identifier,
  _person_id,
  CAST(NULL AS VARCHAR) AS field,
  :unfit AS reason
FROM desired
WHERE :unfit IS NOT NULL
UNION ALL
SELECT _identifier, _person_id, NULL, 'identifier_not_unique'
FROM contested
WHERE versions > 1
UNION ALL
SELECT _identifier, _person_id, unnest(_refused), unnest(_reasons)
FROM prepared
WHERE len(_refused) > 0
