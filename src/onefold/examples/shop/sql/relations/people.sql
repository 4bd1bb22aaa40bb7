-- people: who is there today, as they really are.
-- Grain: one row a person. Reads lives.
-- i, role, head, members, joined_day, changes   as in lives
-- gender, given_name, nickname, surname, birth_surname, born_on
-- country, home, old_home   addresses: number, street, flat, city, postal; old_home differs for
--                           those who moved before day 1 and for those whose home just changed
-- email, mobile, household_phone, calling_code
-- accounts, pos_records     how many records they have there; not both 0
-- is_member, head_is_member, is_listed   in the loyalty programme; on the e-mail opt-in list
-- home_day, email_day, phone_day, tier_day, opt_day   the last day that one changed; 1 when it never did
-- broken                    1, 2 or 3 for the few whose records are broken on day 1, else 0

CREATE OR REPLACE TEMP TABLE people AS
WITH drawn AS (
  SELECT
    i,
    role,
    head,
    members,
    joined_day,
    changes,
    CASE WHEN i % 10000 BETWEEN 900 AND 902 THEN i % 10000 - 899 ELSE 0 END AS broken,
    if(chance('gender', head) < 0.54, 'F', 'M') AS head_gender,
    20 * 365 + floor(62 * 365 * power(chance('age', head), 1.3))::INTEGER AS head_age,
    head_age >= 43 * 365 AS has_children,
    has_children AND members = 4 AND happens('people', 'twins', head) AS has_twins,
    role = 1 AND happens('people', 'couple', head) AS is_partner,
    members > 1 AND happens('people', 'couple', head)
      AND happens('people', 'married', head) AS is_married,
    happens('people', 'account', i) OR i % 10000 BETWEEN 900 AND 902 AS has_account
  FROM lives
  WHERE gone_day IS NULL
),
grown AS (
  SELECT
    *,
    has_children AND role >= 2 AS is_child,
    has_twins AND role >= 2 AS is_twin,
    CASE
      WHEN has_twins AND role = 2 THEN 'M'
      WHEN has_twins AND role = 3 THEN 'F'
      WHEN is_partner THEN if(head_gender = 'F', 'M', 'F')
      ELSE if(chance('gender', i) < 0.54, 'F', 'M')
    END AS gender,
    if(has_twins AND role = 3, i - 1, i) AS birth_number,
    CASE
      WHEN chance('country', head) < 0.05 THEN 'BE'
      WHEN chance('country', head) < 0.08 THEN 'CH'
      ELSE 'FR'
    END AS country
  FROM drawn
),
named AS (
  SELECT
    *,
    CASE
      WHEN role = 0 THEN head_age
      WHEN is_child
        THEN greatest(18 * 365, head_age - whole(22 * 365, 38 * 365, 'age of child', birth_number))
      WHEN is_partner THEN greatest(18 * 365, head_age + whole(-2200, 2200, 'age of partner', i))
      ELSE 18 * 365 + whole(0, 30 * 365, 'age of flatmate', birth_number)
    END AS age_days,
    CASE
      WHEN is_twin AND happens('people', 'twin_names', head) THEN {
        'name': if(
          gender = 'F',
          pick(getvariable('twins'), 'twins', head).woman,
          pick(getvariable('twins'), 'twins', head).man
        ),
        'nickname': NULL
      }
      WHEN is_child AND role = 2 AND gender = 'M' AND head_gender = 'M'
        AND happens('people', 'namesake', head)
        THEN pick_early(getvariable('men'), 'given name', head, 1.5)
      WHEN gender = 'F' THEN pick_early(getvariable('women'), 'given name', i, 1.5)
      ELSE pick_early(getvariable('men'), 'given name', i, 1.5)
    END AS given,
    surname_of(if(is_child OR (role = 1 AND is_married), head, i)) AS surname,
    CASE
      WHEN is_married AND role <= 1 AND gender = 'F' THEN surname_of(-1 - i + 2147483646)
      ELSE surname_of(if(is_child OR (role = 1 AND is_married), head, i))
    END AS birth_surname
  FROM grown
),
joined AS (
  SELECT
    *,
    has_account::INTEGER
      + (has_account AND happens('people', 'second_account', i))::INTEGER AS accounts,
    CASE
      WHEN NOT has_account OR broken > 0 OR happens('people', 'pos', i)
        THEN 1 + happens('people', 'second_pos', i)::INTEGER
      ELSE 0
    END AS pos_records,
    broken > 0 OR happens('people', 'member', i) AS is_member,
    happens('people', 'member', head) AS head_is_member,
    members > 1 AND happens('people', 'family_mailbox', head) AS shares_mailbox,
    broken > 0 OR (
      happens('people', 'listed', i)
      AND NOT (members > 1 AND role > 0 AND happens('people', 'family_mailbox', head))
    ) AS is_listed
  FROM named
),
dated AS (
  SELECT
    *,
    last_day('home', i, changes, is_member, is_listed) AS home_day,
    last_day('email', i, changes, is_member, is_listed) AS email_day,
    last_day('phone', i, changes, is_member, is_listed) AS phone_day,
    last_day('tier', i, changes, is_member, is_listed) AS tier_day,
    last_day('opt', i, changes, is_member, is_listed) AS opt_day
  FROM joined
)
SELECT
  i,
  role,
  head,
  members,
  joined_day,
  changes,
  gender,
  given.name AS given_name,
  nullif(given.nickname, '') AS nickname,
  surname,
  birth_surname,
  DATE '2026-11-02' - age_days AS born_on,
  country,
  home_of(country, if(home_day = 1, head * 64, i * 64 + home_day)) AS home,
  home_of(
    country,
    CASE
      WHEN home_day > 1 THEN head * 64
      WHEN happens('people', 'moved', head) THEN head * 64 + 1
      ELSE head * 64
    END
  ) AS old_home,
  CASE country WHEN 'BE' THEN '32' WHEN 'CH' THEN '41' ELSE '33' END AS calling_code,
  mobile_of(country, i, phone_day) AS mobile,
  if(country = 'FR', (140000000 + scatter(head, 39999983))::VARCHAR, mobile_of(country, head, 1))
    AS household_phone,
  if(
    shares_mailbox AND email_day = 1,
    concat('famille.', mail_part(surname_of(head)), head, '@orange.example'),
    mailbox_of(given.name, surname, DATE '2026-11-02' - age_days, i, email_day)
  ) AS email,
  accounts,
  pos_records,
  is_member,
  head_is_member,
  is_listed,
  home_day,
  email_day,
  phone_day,
  tier_day,
  opt_day,
  broken
FROM dated;
