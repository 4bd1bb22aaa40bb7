-- Records by a name together with another value, such as a birthdate, where the two meet in so few
-- records by chance that meeting in two records is evidence.
-- Grain: one row a record that has all parts. Columns: rid, token, key, bearer, birthdate,
-- generation. In few records a share says little: each value is taken for at most as common as it
-- would be among a thousand records more. Reads _stitch_clean; :key, :bearer, :name and :other are expressions over it.
-- Parameter: $coincidences (records that chance may bring together).
WITH complete AS (
  SELECT rid, token, :key AS key, :bearer AS bearer, :name AS name, :other AS other,
    birthdate, generation
  FROM _stitch_clean
  WHERE :present AND :bearer IS NOT NULL
),

names AS (SELECT name, count(*) AS records FROM complete GROUP BY name),

others AS (
  SELECT other, count(*) / (SELECT count(*) + 1000 FROM complete) AS share
  FROM complete
  GROUP BY other
)

SELECT c.rid, c.token, c.key, c.bearer, c.birthdate, c.generation
FROM complete AS c
JOIN names AS n ON n.name = c.name
JOIN others AS o ON o.other = c.other
WHERE n.records * o.share < $coincidences
