-- Pairs of records that share a foreign key: they are one person, whatever their names.
-- Grain: one row a pair. Columns: rule (the tag), a, b (rid). The records of a key are joined in a row,
-- ordered by their separation keys, so that those which agree stand side by side.
-- Reads _stitch_clean_keys, _stitch_clean.
WITH separations AS (
  SELECT rid, string_agg(tag || ' ' || value, ' ' ORDER BY tag) AS separation
  FROM _stitch_clean_keys
  WHERE starts_with(tag, 'sk-')
  GROUP BY rid
)

SELECT tag AS rule, a, b
FROM (
  SELECT
    k.tag,
    lag(k.rid) OVER (
      PARTITION BY k.tag, k.value ORDER BY s.separation, c.birthdate, c.token) AS a,
    k.rid AS b
  FROM _stitch_clean_keys AS k
  JOIN _stitch_clean AS c ON c.rid = k.rid
  LEFT JOIN separations AS s ON s.rid = k.rid
  WHERE starts_with(k.tag, 'fk-')
) AS neighbours
WHERE a IS NOT NULL
