-- Phone numbers as E.164.
-- Grain: one row a record that has a phone. Columns: rid, e164 (NULL: not a possible number).
-- Reads _stitch_records, _stitch_countries (name: ISO code), _stitch_calling_codes (name: any three
-- digits that begin with the code); both with calling_code, national_prefix, lengths, pattern.
WITH written AS (
  SELECT
    rid,
    -- from the first + or digit on, without an extension
    regexp_extract(
      regexp_replace(phone, '(?i)(;ext=|[,;]? *\b(ext|extension|poste|x)\b\.? *:? *\d|#).*$', ''),
      '[+0-9].*'
    ) AS body,
    upper(country) AS country
  FROM _stitch_records
  WHERE phone IS NOT NULL
),

digits AS (
  SELECT
    rid,
    CASE WHEN regexp_full_match(body, '\+*[-\d\s().\[\]/‐-―·]+')
      THEN regexp_replace(body, '[^0-9]', '', 'g') END AS dialled,
    starts_with(body, '+') AS has_plus,
    coalesce(c.name, :default_country) AS country
  FROM written AS w
  LEFT JOIN _stitch_countries AS c ON c.name = w.country
),

-- dialled from abroad: the digits after + or the international prefix
placed AS (
  SELECT
    rid,
    country,
    dialled,
    CASE
      WHEN has_plus THEN dialled
      WHEN country = :default_country AND regexp_matches(dialled, :default_out)
        THEN regexp_replace(dialled, :default_out, '\1')
      WHEN country <> :default_country AND regexp_matches(dialled, '^00[1-9]')
        THEN substr(dialled, 3)
    END AS abroad
  FROM digits
  WHERE dialled IS NOT NULL
),

-- without +, but the country's own calling code stands in front: 33612345678
coded AS (
  SELECT
    p.rid,
    p.country,
    p.dialled,
    coalesce(
      p.abroad,
      CASE
        WHEN NOT starts_with(p.dialled, home.calling_code) THEN NULL
        WHEN p.country = :default_country THEN CASE
          WHEN length(p.dialled) > :longest
            OR (
              NOT regexp_full_match(p.dialled, :default_pattern)
              AND regexp_full_match(
                regexp_replace(
                  substr(p.dialled, length(home.calling_code) + 1), :default_prefix, ''),
                :default_pattern)
            )
            THEN p.dialled
          END
        WHEN NOT list_contains(home.lengths, length(p.dialled) - length(home.calling_code))
          THEN NULL
        WHEN NOT list_contains(home.lengths, length(p.dialled))
          OR (
            NOT regexp_full_match(p.dialled, home.pattern)
            AND regexp_full_match(substr(p.dialled, length(home.calling_code) + 1), home.pattern)
          )
          THEN p.dialled
      END
    ) AS abroad
  FROM placed AS p
  JOIN _stitch_countries AS home ON home.name = p.country
),

planned AS (
  SELECT
    c.rid,
    plan.calling_code,
    plan.lengths,
    plan.national_prefix,
    CASE WHEN c.abroad IS NULL THEN c.dialled
      ELSE substr(c.abroad, length(plan.calling_code) + 1) END AS rest
  FROM coded AS c
  JOIN _stitch_calling_codes AS plan
    ON c.abroad IS NOT NULL AND plan.name = left(c.abroad, 3)
  UNION ALL
  SELECT c.rid, plan.calling_code, plan.lengths, plan.national_prefix, c.dialled
  FROM coded AS c
  JOIN _stitch_countries AS plan ON plan.name = c.country
  WHERE c.abroad IS NULL
),

numbered AS (
  SELECT
    rid,
    calling_code,
    lengths,
    CASE
      WHEN calling_code = :default_code THEN CASE
        WHEN regexp_full_match(rest, :default_pattern)
          AND NOT regexp_full_match(regexp_replace(rest, :default_prefix, ''), :default_pattern)
          THEN rest
        ELSE regexp_replace(rest, :default_prefix, '')
        END
      WHEN starts_with(rest, national_prefix)
        AND (
          national_prefix = '0'
          OR (
            list_contains(lengths, length(rest) - length(national_prefix))
            AND NOT list_contains(lengths, length(rest))
          )
        )
        THEN substr(rest, length(national_prefix) + 1)
      ELSE rest
    END AS number
  FROM planned
)

SELECT
  w.rid,
  '+' || n.calling_code || n.number AS e164
FROM written AS w
LEFT JOIN numbered AS n
  ON n.rid = w.rid
  AND list_contains(n.lengths, length(n.number))
  AND (n.calling_code <> :default_code OR regexp_full_match(n.number, :default_pattern))
