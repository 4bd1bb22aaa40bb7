-- Values that more people bear than families, typing errors and chance explain.
-- Grain: one row a value. Columns: semantic, value, records, bearers.
-- Reads _stitch_counted, _stitch_borne. Parameter: $household (bearers that are always fine).
--
-- How often the second record of a value bears another name than the first is the field's own rate,
-- taken from values with two records. Bernstein's bound: a sum with mean m exceeds
-- m + s/3 + sqrt(s²/9 + 2ms) with probability exp(-s); s is such that it happens by chance to not
-- one of the field's values.
WITH fields AS (
  SELECT
    semantic,
    ln(count(*) + 1) AS surprise,
    (count(*) FILTER (WHERE named = 2 AND differ) + 1) / (count(*) FILTER (WHERE named = 2) + 2)
      AS rate
  FROM _stitch_counted
  WHERE semantic <> 'birthdate'
  GROUP BY semantic
),

busy AS (
  SELECT c.semantic, c.value, c.records, c.named, count(DISTINCT b.bearer) AS bearers
  FROM _stitch_counted AS c
  JOIN _stitch_borne AS b ON b.semantic = c.semantic AND b.value = c.value
  WHERE c.named > $household
  GROUP BY c.semantic, c.value, c.records, c.named
)

SELECT b.semantic, b.value, b.records, b.bearers
FROM busy AS b
JOIN fields AS f ON f.semantic = b.semantic
WHERE b.bearers > $household
  AND b.bearers - 1 > (b.named - 1) * f.rate + f.surprise / 3
    + sqrt(pow(f.surprise, 2) / 9 + 2 * f.surprise * (b.named - 1) * f.rate)
