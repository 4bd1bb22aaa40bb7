-- grain: one row a written row that cannot be sent
-- in:    written; repeated (row, agreed)
-- out:   _identifier (the profile's), _person_id, field, reason
SELECT
  written."user" AS _identifier,
  written._person_id,
  CAST(NULL AS VARCHAR) AS field,
  CASE WHEN repeated.agreed = FALSE THEN 'event_key_not_unique'
    ELSE 'properties_too_large' END AS reason
FROM written
LEFT JOIN repeated ON repeated."row" = written."row"
WHERE repeated.agreed = FALSE OR strlen(written.properties) > :most_bytes
