-- Pairs of records that share a key under the same or a like name.
-- Grain: one row a pair. Columns: a, b (rid). Equal names of a key are joined in a row, ordered by
-- birthdate, so that a refusal between two persons does not tear one of them apart; where a name
-- has several birthdates, records without one are paired with each; names that are alike are joined
-- by one pair.
-- Reads _stitch_keyed (rid, token, key, bearer, birthdate, generation), _stitch_nicknames (name,
-- stands_for). :alike compares x.bearer with y.bearer. :equal (false: like names
-- only), :block_bearers.
WITH bearers AS (
  SELECT key, bearer, arg_min(rid, token) AS rid,
    min(birthdate) < max(birthdate) AND count(birthdate) < count(*) AS undecided
  FROM _stitch_keyed
  GROUP BY key, bearer
),

dated AS (
  SELECT k.key, k.bearer, arg_min(k.rid, k.token) AS rid
  FROM _stitch_keyed AS k
  JOIN bearers AS b ON b.key = k.key AND b.bearer = k.bearer AND b.undecided
  WHERE k.birthdate IS NOT NULL
  GROUP BY k.key, k.bearer, k.birthdate
  QUALIFY count(*) OVER (PARTITION BY k.key, k.bearer) <= :block_bearers
),

mixed AS (
  SELECT key FROM bearers GROUP BY key HAVING count(*) BETWEEN 2 AND :block_bearers
),

named AS (
  SELECT b.key, b.bearer, b.rid, n.stands_for
  FROM bearers AS b
  JOIN mixed AS m ON m.key = b.key
  LEFT JOIN _stitch_nicknames AS n ON n.name = split_part(b.bearer, ' ', 1)
),

-- the shorter name first
alike AS (
  SELECT x.rid AS short, y.rid AS long
  FROM named AS x
  JOIN named AS y ON y.key = x.key
  WHERE (length(x.bearer), x.bearer) < (length(y.bearer), y.bearer) AND :alike
),

-- J., or Alex, beside both Alexander and Alexandra: nobody knows who is meant
ambiguous AS (
  SELECT DISTINCT one.short
  FROM alike AS one
  JOIN alike AS two ON two.short = one.short AND one.long <> two.long
  ANTI JOIN alike AS both_alike
    ON (both_alike.short = one.long AND both_alike.long = two.long)
    OR (both_alike.short = two.long AND both_alike.long = one.long)
)

SELECT a, b
FROM (
  SELECT
    lag(rid) OVER (PARTITION BY key, bearer ORDER BY birthdate, generation, token) AS a,
    rid AS b
  FROM _stitch_keyed
) AS same_name
WHERE a IS NOT NULL AND :equal
UNION ALL
SELECT k.rid, d.rid
FROM _stitch_keyed AS k
JOIN dated AS d ON d.key = k.key AND d.bearer = k.bearer
WHERE k.birthdate IS NULL AND :equal
UNION ALL
SELECT a.short, a.long
FROM alike AS a
ANTI JOIN ambiguous AS u ON u.short = a.short
