-- The keys of the first records of an NDJSON file.
-- Grain: one row per key, in alphabetical order. In: records(record VARCHAR). Columns: key VARCHAR.
SELECT DISTINCT unnest(json_keys(record)) AS key
FROM (SELECT record FROM records LIMIT 10000)
WHERE json_valid(record)
ORDER BY key
