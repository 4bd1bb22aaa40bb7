-- Values that must not link records.
-- Grain: one row a value. Columns: semantic, value (normalised), records, bearers (different names
-- under which it is borne; 0 when nobody counted them), reason.
-- Reads _stitch_matching, _stitch_keys, _stitch_listed (semantic, value, verdict: deny or allow).
-- Parameters: $as_of (birthdates after it are wrong), $household, $find (false: denied values only).
WITH bearing AS (
  SELECT
    rid,
    email,
    phone,
    birthdate,
    CASE WHEN given IS NOT NULL
      THEN hash(split_part(given, ' ', 1), coalesce(surname, '')) END AS bearer
  FROM _stitch_matching
),

borne AS (
  SELECT 'email' AS semantic, email AS value, bearer FROM bearing WHERE email IS NOT NULL
  UNION ALL
  SELECT 'phone', phone, bearer FROM bearing WHERE phone IS NOT NULL
  UNION ALL
  SELECT k.tag, k.value, b.bearer
  FROM _stitch_keys AS k JOIN bearing AS b ON b.rid = k.rid
  WHERE starts_with(k.tag, 'fk-')
),

counted AS (
  SELECT
    semantic,
    value,
    count(*) AS records,
    count(bearer) AS named,
    min(bearer) <> max(bearer) AS differ
  FROM borne
  GROUP BY semantic, value
),

-- How often the second record of a value bears another name than the first (families, typos): the
-- field's own rate, from values with two records. And the logarithm of the number of values: what
-- chance brings about once in so many values is no outlier.
fields AS (
  SELECT
    semantic,
    ln(count(*) + 1) AS surprise,
    (count(*) FILTER (WHERE named = 2 AND differ) + 1) / (count(*) FILTER (WHERE named = 2) + 2)
      AS rate
  FROM counted
  GROUP BY semantic
),

busy AS (
  SELECT c.semantic, c.value, any_value(c.records) AS records, any_value(c.named) AS named,
    count(DISTINCT b.bearer) AS bearers
  FROM counted AS c
  JOIN borne AS b ON b.semantic = c.semantic AND b.value = c.value
  WHERE c.named > $household
  GROUP BY c.semantic, c.value
),

-- Bernstein's bound: a sum with mean m exceeds m + s/3 + sqrt(s²/9 + 2ms) with probability exp(-s)
crowded AS (
  SELECT b.semantic, b.value, b.records, b.bearers
  FROM busy AS b
  JOIN fields AS f ON f.semantic = b.semantic
  WHERE b.bearers > $household
    AND b.bearers - 1 > (b.named - 1) * f.rate + f.surprise / 3
      + sqrt(pow(f.surprise, 2) / 9 + 2 * f.surprise * (b.named - 1) * f.rate)
),

days AS (
  SELECT birthdate, count(*) AS records, count(DISTINCT bearer) AS bearers
  FROM bearing
  WHERE birthdate IS NOT NULL
  GROUP BY birthdate
),

-- A birthdate is never bad for being popular, only for standing far above its year and all days
spikes AS (
  SELECT birthdate, records, bearers
  FROM days
  QUALIFY bearers > $household + 10 * greatest(
    avg(bearers) OVER (),
    (sum(bearers) OVER (PARTITION BY date_part('year', birthdate)) - bearers) / 365)
),

names AS (
  SELECT 'given_name' AS semantic, given AS value, count(*) AS records
  FROM _stitch_matching WHERE given IS NOT NULL GROUP BY given
  UNION ALL
  SELECT 'surname', surname, count(*)
  FROM _stitch_matching WHERE surname IS NOT NULL GROUP BY surname
),

suspects AS (
  SELECT semantic, value, records, bearers, 'borne by too many people' AS reason, 3 AS priority
  FROM crowded
  UNION ALL
  SELECT semantic, value, records, 0, 'placeholder', 2
  FROM counted
  WHERE CASE semantic
    WHEN 'email' THEN regexp_matches(value,
        '^(test|tests|testing|tester|noreply|no[-_.]reply|donotreply|none|null|nil|na|n[.]a|no|non|nomail|noemail|no[-_.]?mail|no[-_.]?email|unknown|inconnu|anonymous|anonyme|fake|spam|asdf+|qwerty|azerty|abc|abcd|xx+|aaa+|zzz+)[0-9]{0,3}@')
      OR regexp_matches(value, '@(test|none|no|null|na|nomail|noemail|fake|spam)[.]')
    WHEN 'phone' THEN right(value, 7) = repeat(right(value, 1), 7)
      OR regexp_matches(value, '(12345678|23456789|87654321|98765432)')
    ELSE value IN ('0', 'na', 'n/a', 'none', 'null', 'nan', 'unknown', 'inconnu', '-', 'x', 'test')
    END
  UNION ALL
  SELECT semantic, value, records, 0, 'placeholder', 2
  FROM names
  WHERE value IN ('unknown', 'inconnu', 'inconnue', 'unbekannt', 'none', 'null', 'nan', 'n a',
      'test', 'tests', 'testing', 'customer', 'anonymous', 'anonyme', 'noname', 'no name',
      'firstname', 'first name', 'lastname', 'last name', 'given name', 'surname', 'undefined',
      'mr', 'mrs', 'ms', 'mme', 'mlle', 'monsieur', 'madame')
    OR (semantic = 'given_name' AND value IN ('na', 'tester', 'client', 'guest', 'invite', 'admin',
      'user', 'nom', 'prenom', 'name'))
    OR (length(value) >= 2 AND trim(value, left(value, 1)) = '')
  UNION ALL
  SELECT 'birthdate', CAST(birthdate AS VARCHAR), records, bearers,
    CASE
      WHEN birthdate > CAST($as_of AS DATE) THEN 'in the future'
      WHEN birthdate IN (DATE '1900-01-01', DATE '1899-12-31', DATE '0001-01-01', DATE '1800-01-01') THEN 'placeholder'
      ELSE 'far more common than its neighbours'
    END,
    2
  FROM (
    SELECT * FROM spikes
    UNION
    SELECT * FROM days
    WHERE birthdate > CAST($as_of AS DATE)
      OR birthdate IN (DATE '1900-01-01', DATE '1899-12-31', DATE '0001-01-01', DATE '1800-01-01')
  ) AS strange
),

found AS (
  SELECT s.semantic, s.value, s.records, s.bearers, s.reason, s.priority
  FROM suspects AS s
  ANTI JOIN _stitch_listed AS l
    ON l.semantic = s.semantic AND l.value = s.value AND l.verdict = 'allow'
  WHERE $find
  UNION ALL
  SELECT l.semantic, l.value, coalesce(c.records, n.records, d.records, 0), coalesce(d.bearers, 0),
    'denied by stitch.yaml', 1
  FROM _stitch_listed AS l
  LEFT JOIN counted AS c ON c.semantic = l.semantic AND c.value = l.value
  LEFT JOIN names AS n ON n.semantic = l.semantic AND n.value = l.value
  LEFT JOIN days AS d ON l.semantic = 'birthdate' AND CAST(d.birthdate AS VARCHAR) = l.value
  WHERE l.verdict = 'deny'
)

SELECT semantic, value, records, bearers, reason
FROM found
QUALIFY row_number() OVER (PARTITION BY semantic, value ORDER BY priority) = 1
