-- profile_records(source): how people stand in one of the three sources that hold profiles
-- ('accounts', 'pos' or 'loyalty'), with that source's mess. Day 1 and loyalty hold everybody;
-- a later day of the two others holds those who are new or whose data changed on that day.
-- Grain: one row a record of the file; `version` 1 is an older state of a key that is also there.
-- i, copy, version, r     the person, which of their records, and a number for draws on the record
-- given_name, surname, gender, born_on, email, phone, street, flat, postal, city, country
--                         as that source has them: NULL where it has nothing
-- customer_no, card       the brand's customer number and the loyalty card, as written there
-- created_s, updated_s    seconds since 1970, UTC
-- is_member, tier_day, broken   as in people

CREATE OR REPLACE TEMP MACRO profile_records(source) AS TABLE
WITH copied AS (
  SELECT
    *,
    unnest(range(
      CASE source
        WHEN 'accounts' THEN accounts WHEN 'pos' THEN pos_records ELSE is_member::INTEGER
      END
    )) AS copy
  FROM people
  WHERE getvariable('day') = 1
    OR source = 'loyalty'
    OR joined_day = getvariable('day')
    OR list_contains(changes, getvariable('day'))
),
versioned AS (
  SELECT
    *,
    i * 4 + copy AS r,
    unnest(if(happens(source, 'duplicate', i * 4 + copy), [0, 1], [0])) AS version
  FROM copied
),
known AS (
  SELECT
    i,
    copy,
    version,
    r,
    joined_day,
    is_member,
    tier_day,
    broken,
    CASE
      WHEN happens(source, 'nickname', r) THEN coalesce(nickname, given_name) ELSE given_name
    END AS given_name,
    if(happens(source, 'maiden_name', r), birth_surname, surname) AS surname,
    if(happens(source, 'missing_gender', r), NULL, gender) AS gender,
    CASE
      WHEN happens(source, 'junk_birthdate', r) THEN DATE '1900-01-01'
      WHEN happens(source, 'missing_birthdate', r) THEN NULL
      ELSE born_on
    END AS born_on,
    CASE
      WHEN email_day = 1 AND happens(source, 'missing_email', r) THEN NULL
      WHEN email_day = 1 AND happens(source, 'junk_email', r)
        THEN pick_early(getvariable('junk_emails'), concat(source, ' junk email'), r, 2).name
      ELSE mailed(email, source, r)
    END AS email,
    CASE
      WHEN version = 1 THEN NULL
      WHEN phone_day = 1 AND happens(source, 'missing_phone', r) THEN NULL
      WHEN phone_day = 1 AND happens(source, 'junk_phone', r)
        THEN pick_early(getvariable('junk_phones'), concat(source, ' junk phone'), r, 2).name
      ELSE phone_text(
        calling_code,
        if(
          members > 1 AND phone_day = 1 AND happens(source, 'household_phone', r),
          household_phone,
          mobile
        ),
        phone_format(calling_code, chance(concat(source, ' phone format'), r))
      )
    END AS phone,
    CASE
      WHEN home_day = 1 AND happens(source, 'missing_address', r) THEN NULL
      WHEN version = 1 OR (home_day = 1 AND happens(source, 'old_address', r)) THEN old_home
      ELSE home
    END AS home,
    country,
    CASE
      WHEN NOT happens(source, 'card', r) THEN NULL
      WHEN role > 0 AND head_is_member AND happens(source, 'household_card', r)
        THEN card_number(head)
      WHEN is_member THEN card_number(i)
    END AS card,
    CASE
      WHEN happens(source, 'missing_number', r) THEN NULL
      WHEN happens(source, 'wrong_number', r)
        THEN customer_number(floor(i * chance(concat(source, ' wrong number'), r))::BIGINT, 0)
      ELSE customer_number(i, copy)
    END AS customer_no,
    if(
      joined_day = 1,
      midnight(1) - 86400 - whole(0, 4000 * 86400, concat(source, ' created'), r),
      office_hours(joined_day, concat(source, ' created'), r)
    ) AS created_s,
    if(
      len(changes) > 0,
      office_hours(list_max(changes), 'changed', i),
      NULL
    ) AS changed_s
  FROM versioned
),
written AS (
  SELECT
    *,
    with_typo(given_name, source, 0, r) AS typed_given_name,
    with_typo(surname, source, 1, r) AS typed_surname,
    home_street(home, happens(source, 'short_street', r)) AS typed_street
  FROM known
),
swapped AS (
  SELECT
    *,
    happens(source, 'swapped_names', r) AS is_swapped
  FROM written
)
SELECT
  i,
  copy,
  version,
  r,
  CASE
    WHEN happens(source, 'missing_given_name', r) THEN NULL
    ELSE with_case(if(is_swapped, typed_surname, typed_given_name), source, r)
  END AS given_name,
  with_case(if(is_swapped, typed_given_name, typed_surname), source, r) AS surname,
  gender,
  born_on,
  with_typo(email, source, 2, r) AS email,
  phone,
  with_typo(with_case(typed_street, source, r), source, 3, r) AS street,
  home.flat AS flat,
  home_postal(home) AS postal,
  with_case(home.city.name, source, r) AS city,
  if(home IS NULL, NULL, country) AS country,
  customer_no,
  card,
  created_s,
  CASE
    WHEN version = 1 THEN created_s
    WHEN changed_s IS NOT NULL THEN changed_s
    WHEN joined_day > 1 THEN created_s
    ELSE created_s + floor((midnight(1) - created_s) * (0.1 + 0.9 * chance(concat(source, ' updated'), r)))::BIGINT
  END AS updated_s,
  is_member,
  tier_day,
  broken
FROM swapped;
