-- The values of NDJSON records, by path.
-- Grain: one row per record. In: records(line_number, record VARCHAR); :paths, JSON pointers;
--   :invalid, what to say of a record that is not JSON.
-- Columns: _line BIGINT; text VARCHAR[], the values as text (NULL when absent, null or '');
--   json VARCHAR[], the values as JSON; _broken VARCHAR, why a record has none; _raw BLOB.
-- DuckDB reads a number with a point as a double. So where a record holds a long one, its numbers
-- are turned into strings that begin with U+0001 before it is read, and back afterwards.
-- The expression finds strings (kept) and numbers (put between \x01 and \x02, neither of which may
-- stand raw in JSON); a string is followed by both, and they are taken away again.
WITH judged AS (
  SELECT
    line_number,
    record,
    CASE
      WHEN NOT json_valid(record) THEN :invalid
      WHEN json_type(record) <> 'OBJECT' THEN 'JSON, but not an object'
    END AS broken,
    regexp_matches(record, '[0-9][0-9.]{15}') AS long_number
  FROM records
),
readable AS (
  SELECT
    *,
    CASE
      WHEN broken IS NULL AND long_number THEN replace(replace(replace(
        regexp_replace(
          record,
          '("(?:[^"\\]|\\.)*")|(-?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?)',
          '\1' || chr(1) || '\2' || chr(2),
          'g'
        ),
        chr(1) || chr(2), ''), chr(1), '"\u0001'), chr(2), '"')
      WHEN broken IS NULL THEN record
    END AS readable
  FROM judged
),
extracted AS (
  SELECT
    *,
    json_extract_string(readable, :paths) AS texts,
    json_extract(readable, :paths) AS jsons
  FROM readable
)
SELECT
  line_number AS _line,
  list_transform(
    texts, lambda value: nullif(CASE WHEN long_number THEN ltrim(value, chr(1)) ELSE value END, '')
  ) AS text,
  list_transform(
    jsons,
    lambda value: nullif(CASE
      WHEN long_number THEN regexp_replace(value, '"\\u0001([^"]*)"', '\1', 'g') ELSE value
    END, 'null')
  ) AS json,
  broken AS _broken,
  CASE WHEN broken IS NOT NULL THEN encode(record) END AS _raw
FROM extracted
