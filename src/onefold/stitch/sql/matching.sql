-- What records are compared by.
-- Grain: one row a record. Columns: rid; token (64 bits made from source and key, an order that
-- no other record changes); given (words); surname (squashed); generation (jr, sr, ii…); birthdate;
-- email (the mailbox); phone (E.164); address (house number and street); postal; city.
-- Reads _stitch_records, _stitch_phones. The expressions :given … :email fold one column each.
WITH written AS (
  SELECT
    rid,
    md5_number_lower(datasource || '|' || pk) AS token,
    :given AS given,
    :surname AS surname,
    :suffix AS suffix,
    CASE WHEN given_name IS NULL AND surname IS NULL THEN :full_name END AS whole,
    CASE WHEN given_name IS NULL AND surname IS NULL AND contains(full_name, ',')
      THEN :before_comma END AS before_comma,
    birthdate,
    :email AS email,
    CASE WHEN regexp_matches(address, '\d') THEN :address END AS address,
    replace(:postal, ' ', '') AS postal,
    :city AS city
  FROM _stitch_records
),

-- only a full name: "Martin, Jean" or "Jean Martin"
named AS (
  SELECT
    * REPLACE (
      coalesce(given, CASE
        WHEN before_comma IS NOT NULL THEN trim(substr(whole, length(before_comma) + 1))
        ELSE regexp_extract(whole, '^(.*) [^ ]+$', 1)
      END) AS given,
      coalesce(surname, before_comma, regexp_extract(whole, '[^ ]+$')) AS surname
    )
  FROM written
),

-- titles, generations and middle initials are no part of a name that two records share
bare AS (
  SELECT
    * REPLACE (
      regexp_replace(regexp_replace(given,
        '^((m|mr|mrs|ms|miss|mx|dr|prof|mme|mlle|monsieur|madame|mademoiselle|herr|frau|sir) )+', ''),
        '( ([\p{L}]|jr|junior|sr|senior|ii|iii|iv))+$', '') AS given,
      regexp_replace(surname, ' (jr|junior|sr|senior|ii|iii|iv)$', '') AS surname
    ),
    coalesce(
      suffix,
      nullif(regexp_extract(surname, ' (jr|junior|sr|senior|ii|iii|iv)$', 1), ''),
      nullif(regexp_extract(given, ' (jr|junior|sr|senior|ii|iii|iv)$', 1), '')
    ) AS generation
  FROM named
)

SELECT
  b.rid,
  b.token,
  nullif(b.given, '') AS given,
  nullif(replace(b.surname, ' ', ''), '') AS surname,
  CASE b.generation WHEN 'junior' THEN 'jr' WHEN 'senior' THEN 'sr' ELSE b.generation END
    AS generation,
  b.birthdate,
  b.email,
  p.e164 AS phone,
  -- the kind of street is written in too many ways to count
  nullif(trim(regexp_replace(regexp_replace(
    ' ' || replace(b.address, ' ', '  ') || ' ',
    ' (rue|r|avenue|av|ave|boulevard|boul|bd|blvd|place|pl|allee|allees|all|impasse|imp|chemin|che|ch|route|rte|square|sq|quai|cours|street|st|road|rd|drive|dr|lane|ln|court|ct|strasse|str|de|du|des|la|le|les|l|d|the|of) ',
    '', 'g'), ' +', ' ', 'g')), '') AS address,
  nullif(CASE WHEN regexp_full_match(b.postal, '\d{9}') THEN left(b.postal, 5) ELSE b.postal END, '')
    AS postal,
  b.city
FROM bare AS b
LEFT JOIN _stitch_phones AS p ON p.rid = b.rid
