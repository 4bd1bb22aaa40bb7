-- lives: everybody the shop has ever known up to today, and what happened to them since day 1.
-- Grain: one row a person. Reads ids(i).
-- i          the person's number from 0; the truth
-- role       0 head of the household, 1 partner, 2 and 3 children or flatmates
-- head       the number of the household's head
-- members    persons in the household, 1 to 4
-- joined_day the day of their first record; 1 for all but the new ones
-- changes    the later days on which something of theirs changed
-- gone_day   the day on which they were gone; NULL for those still there

CREATE OR REPLACE TEMP TABLE lives AS
WITH seated AS (
  SELECT
    i,
    CASE
      WHEN begins_household(i) THEN 0
      WHEN begins_household(i - 1) THEN 1
      WHEN begins_household(i - 2) THEN 2
      ELSE 3
    END AS role,
    CASE
      WHEN begins_household(i + 1) THEN 1
      WHEN begins_household(i + 2) THEN 2
      WHEN begins_household(i + 3) THEN 3
      ELSE 4
    END AS members_from_here,
    CASE
      WHEN i < getvariable('customers') THEN 1
      ELSE 2 + (i - getvariable('customers')) // getvariable('new_a_day')
    END AS joined_day
  FROM ids
),
marked AS (
  SELECT
    i,
    role,
    i - role AS head,
    role + members_from_here AS members,
    joined_day,
    list_filter(
      getvariable('later_days'),
      lambda d: d > joined_day AND happens('people', 'changed', i * 64 + d)
    ) AS changes,
    list_min(list_filter(
      getvariable('later_days'),
      lambda d: d > joined_day AND happens('people', 'gone', i * 64 + d)
    )) AS gone_day
  FROM seated
)
SELECT * FROM marked;
