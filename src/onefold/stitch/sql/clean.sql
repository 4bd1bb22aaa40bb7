-- What records are compared by, without bad values.
-- Grain: one row a record. Columns: as _stitch_matching, bad values NULL; blv_email, blv_phone,
-- blv_given_name, blv_surname: why a value that the record has is not used.
SELECT
  m.rid,
  m.token,
  CASE WHEN g.reason IS NULL THEN m.given END AS given,
  CASE WHEN s.reason IS NULL THEN m.surname END AS surname,
  m.generation,
  CASE WHEN d.reason IS NULL THEN m.birthdate END AS birthdate,
  CASE WHEN e.reason IS NULL THEN m.email END AS email,
  CASE WHEN p.reason IS NULL THEN m.phone END AS phone,
  m.address,
  m.postal,
  m.city,
  CASE WHEN r.email IS NOT NULL AND m.email IS NULL THEN 'not an e-mail address'
    ELSE e.reason END AS blv_email,
  CASE WHEN r.phone IS NOT NULL AND m.phone IS NULL THEN 'not a phone number'
    ELSE p.reason END AS blv_phone,
  g.reason AS blv_given_name,
  s.reason AS blv_surname
FROM _stitch_matching AS m
JOIN _stitch_records AS r ON r.rid = m.rid
LEFT JOIN _stitch_bad_values AS e ON e.semantic = 'email' AND e.value = m.email
LEFT JOIN _stitch_bad_values AS p ON p.semantic = 'phone' AND p.value = m.phone
LEFT JOIN _stitch_bad_values AS g ON g.semantic = 'given_name' AND g.value = m.given
LEFT JOIN _stitch_bad_values AS s ON s.semantic = 'surname' AND s.value = m.surname
LEFT JOIN _stitch_bad_values AS d
  ON d.semantic = 'birthdate' AND d.value = CAST(m.birthdate AS VARCHAR)
