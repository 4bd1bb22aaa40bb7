-- Why records are one person.
-- Grain: one row a piece of evidence between two records of one person. Columns: datasource_a,
-- pk_a, datasource_b, pk_b, rule, value (what the two share, as the first of them has it).
-- :value says it by rule, from c (the first record's clean values) and k (its key).
-- Reads _stitch_links, _stitch_labels, _stitch_records, _stitch_clean, _stitch_clean_keys.
SELECT
  a.datasource AS datasource_a,
  a.pk AS pk_a,
  b.datasource AS datasource_b,
  b.pk AS pk_b,
  l.rule,
  :value AS value
FROM _stitch_links AS l
JOIN _stitch_labels AS la ON la.rid = l.a
JOIN _stitch_labels AS lb ON lb.rid = l.b
JOIN _stitch_records AS a ON a.rid = l.a
JOIN _stitch_records AS b ON b.rid = l.b
JOIN _stitch_clean AS c ON c.rid = l.a
LEFT JOIN _stitch_clean_keys AS k ON k.rid = l.a AND k.tag = l.rule
WHERE la.cluster = lb.cluster
