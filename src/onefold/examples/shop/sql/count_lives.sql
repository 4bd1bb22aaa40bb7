-- One row: persons there on the day; of these, changed on it and new on it; persons gone on it.
SELECT
  count(*) FILTER (gone_day IS NULL) AS people,
  count(*) FILTER (gone_day IS NULL AND list_contains(changes, getvariable('day'))) AS changed,
  count(*) FILTER (gone_day IS NULL AND joined_day > 1 AND joined_day = getvariable('day'))
    AS joined,
  count(*) FILTER (gone_day = getvariable('day')) AS gone
FROM lives;
