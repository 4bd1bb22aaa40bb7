-- Grain: one row a rule. Columns: rule, kept, refused (links between records of one person, and
-- between records of two).
SELECT
  k.rule,
  count(*) FILTER (WHERE a.cluster = b.cluster) AS kept,
  count(*) FILTER (WHERE a.cluster <> b.cluster) AS refused
FROM _stitch_links AS k
JOIN _stitch_labels AS a ON a.rid = k.a
JOIN _stitch_labels AS b ON b.rid = k.b
GROUP BY k.rule
ORDER BY k.rule
